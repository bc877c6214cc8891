/**
 * Tags of a function that are the owner's alone to set: they open what holds every other function back. No role and no
 * user may set them, whatever its policies allow; taking them off opens nothing, and is an ordinary right.
 */
import type { Call } from "../service.ts";
import { checkDevelopmentTags, folderTag, inspectTag } from "./development.ts";
import { accessDenied } from "./errors.ts";
import { hostsTag } from "./hosts.ts";

/** The host that a function's URL answers at, which is a site that people sign in to. */
export const addressTag = "freehold:address";

/** The names of a gate: sign-in sends people there. */
const namesTag = /^freehold:names?(:\d+)?$/;

const owned = (name: string): boolean =>
  [folderTag, inspectTag, addressTag].includes(name) || [hostsTag, namesTag].some((tag) => tag.test(name));

/** Throws what Lambda would: for who is not the owner, and for values that cannot be carried out. */
export async function checkOwnerTags({ caller, accountId }: Call, tags: Record<string, string>): Promise<void> {
  const [first] = Object.keys(tags).filter(owned);
  if (first === undefined) return;
  // Lambda alone in its tests knows no callers.
  if (caller && caller.arn !== `arn:aws:iam::${accountId}:root`)
    throw accessDenied(`The tag ${first} is the owner's alone to set, not ${caller.arn}'s.`);
  await checkDevelopmentTags(tags);
}
