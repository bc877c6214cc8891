/**
 * The access log: what gates and the sign-in function wrote of each request, with the names of those who came. Reads log
 * groups by their names alone; no body, query or secret is in them.
 */
import { type Cloud, foundationStack } from "../../cloud.ts";
import { logGroupName, nameLimits, physicalName } from "../../names.ts";
import { type LogGroup, readGroups } from "../logs.ts";
import { listGuests } from "./guests.ts";
import { listKeys } from "./keys.ts";

export interface AccessLine {
  /** ISO 8601. */
  at: string;
  /** The app, or `signin`. */
  app: string;
  /** `owner`, `guest/ID`, `key/ID`, `public`, `signin`, `nobody`. */
  who: string;
  /** Of a guest or a key that is still there. */
  name?: string;
  /** A gate's line has these two, a line of sign-in has `what`. */
  method?: string;
  path?: string;
  what?: string;
  status?: number;
  /** False: refused. Who was led to sign in is not, and has the `why` of it: `sign-in-first`. */
  allowed: boolean;
  why?: string;
  from?: string;
  ms?: number;
}

export interface AccessQuestion {
  /** Milliseconds since 1970; an hour back when left out. */
  since?: number;
  follow?: boolean;
  /** Only what was refused. */
  denied?: boolean;
  signal: AbortSignal;
}

const site = "signin";

/** Of these apps' gates and, with `signin`, of the sign-in site; oldest first, with `follow` until the signal. */
export async function readAccess(
  cloud: Cloud,
  { apps, signin }: { apps: readonly string[]; signin: boolean },
  { denied = false, ...o }: AccessQuestion,
  onLine: (line: AccessLine) => void,
): Promise<void> {
  const groups = [
    ...apps.map((app) => groupOf(cloud, app, "gate", app)),
    ...(signin ? [groupOf(cloud, foundationStack, "signin", site)] : []),
  ];
  const named = nameFinder(cloud);
  await readGroups(cloud, groups, o, async ({ noun }, { at, message }) => {
    const line = parse(message, noun, at);
    if (!line || (denied && line.allowed)) return;
    const name = await named(line.who);
    onLine({ ...line, ...(name === undefined ? {} : { name }) });
  });
}

/** A gate writes plain JSON, in which the cloud itself can look; of sign-in all is read, which is little. */
function groupOf(cloud: Cloud, app: string, noun: string, as: string): LogGroup {
  const name = logGroupName(physicalName(cloud.name, app, noun, nameLimits.function));
  return { name, noun: as, ...(as === site ? {} : { filter: '{ $.type = "access" }' }) };
}

/** Nothing when it is another line. A console puts its own words before what it is given. */
function parse(message: string, app: string, at: string): AccessLine | undefined {
  const [, json] = /(?:^|\t)(\{"type":"access".*)$/s.exec(message) ?? [];
  if (json === undefined) return undefined;
  let raw: Record<string, unknown>;
  try {
    raw = JSON.parse(json);
  } catch {
    return undefined;
  }
  const text = (key: string) => (typeof raw[key] === "string" ? { [key]: raw[key] as string } : {});
  const number = (key: string) => (typeof raw[key] === "number" ? { [key]: raw[key] as number } : {});
  return {
    ...{ at, app, who: "nobody", allowed: raw["allowed"] === true },
    ...{ ...text("at"), ...text("who"), ...text("method"), ...text("path"), ...text("what") },
    ...{ ...number("status"), ...text("why"), ...text("from"), ...number("ms") },
  };
}

const askAgainMs = 10_000;

/** Who came meanwhile is asked for, now and then: one who is not there any more stays an id. */
function nameFinder(cloud: Cloud): (who: string) => Promise<string | undefined> {
  let names = new Map<string, string>();
  let asked = 0;
  return async (who) => {
    if (!/^(guest|key)\//.test(who) || names.has(who) || Date.now() - asked < askAgainMs) return names.get(who);
    const [guests, keys] = await Promise.all([listGuests(cloud), listKeys(cloud)]);
    names = new Map([
      ...guests.map(({ id, name }) => [`guest/${id}`, name] as const),
      ...keys.map(({ id, name }) => [`key/${id}`, name] as const),
    ]);
    asked = Date.now();
    return names.get(who);
  };
}
