/** What commands on who may come in share: the cloud, the rows, one of them by name or id, and times as they are told. */
import { suggest } from "../blueprints/suggest.ts";
import type { Cloud } from "../stacks/cloud.ts";
import type { FoundationOutputs } from "../stacks/deploy.ts";
import { enterCloud } from "./access.ts";
import { accessFaults } from "./access-errors.ts";
import { type CloudConfig, findCloud } from "./clouds.ts";
import { type Input, text } from "./command.ts";
import { duration } from "./duration.ts";
import { faults } from "./errors.ts";

type Access = Awaited<ReturnType<typeof import("../stacks/deploy.ts")["access"]>>;

export interface Entered {
  config: CloudConfig;
  cloud: Cloud;
  access: Access;
}

/** The cloud that is meant, entered. Throws what finding and entering one throws. */
export async function enterAccess(input: Input): Promise<Entered> {
  const config = await findCloud(input.paths, text(input.flags, "cloud"));
  return { config, ...(await enterWith(input, config)) };
}

export async function enterWith({ paths }: Input, config: CloudConfig): Promise<Omit<Entered, "config">> {
  const [cloud, { access }] = await Promise.all([enterCloud(paths, config), import("../stacks/deploy.ts")]);
  return { cloud, access: await access() };
}

/** What is known of sign-in, its address among it. Throws `access-not-yet` where it has none. */
export async function signinSite(cloud: Cloud): Promise<FoundationOutputs> {
  const { derivedFoundation } = await import("../stacks/deploy.ts");
  const derived = await derivedFoundation(cloud);
  if (derived.signinUrl === "") throw accessFaults.noSignin(cloud.name);
  return derived;
}

/** ISO 8601 of a row's time. */
export const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();

/** The one with this id, the beginning of an id that only one has, or this name. `what` is `passkey`, `guest`, `key`. */
export function oneOf<T extends { id: string; name: string }>(
  all: readonly T[],
  said: string,
  what: string,
  list: string,
): T {
  const byId = all.filter(({ id }) => id === said);
  const byName = all.filter(({ name }) => name === said);
  const beginning = said.length < 6 ? [] : all.filter(({ id }) => id.startsWith(said));
  const found = [byId, byName, beginning].find((some) => some.length > 0) ?? [];
  if (found.length > 1)
    throw accessFaults.several(
      what,
      said,
      found.map(({ id }) => id),
      list,
    );
  if (found[0]) return found[0];
  const near = suggest(
    said,
    all.map(({ name }) => name),
  );
  throw accessFaults.noneSuch(what, said, list, near);
}

const yearSeconds = 366 * 86_400;

/** `--expires` in seconds: more than none, at most a year. Throws `flag-invalid`. */
export function expiresSeconds(input: Input, command: string, preset: number): number {
  const said = text(input.flags, "expires");
  if (said === undefined) return preset;
  const seconds = Math.floor((duration(said) ?? 0) / 1000);
  if (seconds < 60 || seconds > yearSeconds)
    throw faults.badFlag(command, "--expires", "is a time from a minute to a year, as 12h or 30d");
  return seconds;
}

/** A name somebody gives: a line of at most 64 characters. Throws `flag-invalid`. */
export function nameFrom(input: Input, command: string, preset: string): string {
  const said = (text(input.flags, "name") ?? preset).trim();
  if (said === "" || said.length > 64 || /\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}/u.test(said))
    throw faults.badFlag(command, "--name", "is a line of at most 64 characters");
  return said;
}
