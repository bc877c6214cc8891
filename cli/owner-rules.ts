/**
 * What the owner says of an app instead of its author: which routes are open, how many requests a day it may have, which
 * grants are taken back. Kept in the registry beside what is set of functions, and put over the manifest of whatever
 * version runs. What it opens shows on the card, so that it is asked about like any wider reach.
 */

import { onlyGiven } from "../blueprints/cloud-grant.ts";
import { type Doors, isLimit, leadsTo, withDoors } from "../blueprints/doors.ts";
import type { Manifest } from "../blueprints/manifest.ts";
import { grantsAsked } from "../blueprints/reach.ts";
import { suggest } from "../blueprints/suggest.ts";
import { faults } from "./errors.ts";

export interface OwnerRules {
  /** By path. */
  doors?: Doors;
  /** A day. */
  requests?: number;
  /** Grants that the blueprint asks for, and does not have. */
  withheld?: string[];
  /** Of grants that asking alone does not give (`data`): those that the owner gave. */
  given?: string[];
}

type Key = { part: "door"; path: string } | { part: "requests" } | { part: "grant"; what: string };

const settingOf = ({ settings }: Manifest, name: string): boolean => Object.hasOwn(settings, name);

/** `routes./share/*`, `requests` (unless the app has a setting of that name), `grants.cloud`. */
export function ruleKey(key: string, manifest: Manifest): Key | undefined {
  if (key === "requests") return settingOf(manifest, key) ? undefined : { part: "requests" };
  if (key.startsWith("routes./")) return { part: "door", path: key.slice("routes.".length) };
  const what = /^grants\.([a-z]+)$/.exec(key)?.[1];
  return what === undefined ? undefined : { part: "grant", what };
}

/** What was there, with what was typed. Throws `setting-wrong`. */
export function withRules(before: OwnerRules, given: Readonly<Record<string, string>>, manifest: Manifest): OwnerRules {
  let after = before;
  for (const [key, text] of Object.entries(given)) {
    const rule = ruleKey(key, manifest)!;
    if (rule.part === "requests") after = { ...after, requests: requestsFrom(key, text) };
    else if (rule.part === "door")
      after = { ...after, doors: { ...after.doors, [rule.path]: doorFrom(key, rule.path, text, manifest) } };
    else after = withGrant(after, rule.what, grantFrom(key, rule.what, text, manifest));
  }
  return tidy(after);
}

export function withoutRules(before: OwnerRules, keys: readonly string[], manifest: Manifest): OwnerRules {
  let after = before;
  for (const key of keys) {
    const rule = ruleKey(key, manifest)!;
    if (rule.part === "requests") after = { ...after, requests: undefined as never };
    else if (rule.part === "door")
      after = {
        ...after,
        doors: Object.fromEntries(Object.entries(after.doors ?? {}).filter(([path]) => path !== rule.path)),
      };
    else after = withGrant(after, rule.what, !onlyGiven.includes(rule.what));
  }
  return tidy(after);
}

/** Without what is empty, so that the same rules are the same text. */
function tidy({ doors = {}, requests, withheld = [], given = [] }: OwnerRules): OwnerRules {
  return {
    ...(Object.keys(doors).length > 0 ? { doors } : {}),
    ...(requests === undefined ? {} : { requests }),
    ...(withheld.length > 0 ? { withheld: [...withheld].sort() } : {}),
    ...(given.length > 0 ? { given: [...given].sort() } : {}),
  };
}

/** `public`, `public 30 per minute`, `private`. */
function doorFrom(key: string, path: string, text: string, { routes }: Manifest): Doors[string] {
  if (leadsTo(routes, path) === null) {
    const near = suggest(path, Object.keys(routes));
    throw faults.settingWrong(key, `is below no route of this app${near ? `; did you mean routes.${near}?` : ""}`);
  }
  const [word = "", ...rest] = text.trim().split(/[ ,]+/);
  const limit = rest.join(" ");
  if (word === "private" && limit === "") return { public: false };
  if (word === "public" && limit === "") return { public: true };
  if (word === "public" && isLimit(limit)) return { public: true, limit };
  throw faults.settingWrong(key, "has to be private, public, or public with a limit, as public 30 per minute");
}

const mostRequests = 1_000_000_000;

/** `5000 per day`, `5000`. */
function requestsFrom(key: string, text: string): number {
  const count = Number(/^([1-9]\d*)( per day)?$/.exec(text.trim())?.[1]);
  if (!(count <= mostRequests)) throw faults.settingWrong(key, "has to be requests a day, as 5000 per day");
  return count;
}

/** What is noted is what differs from how it is when the owner says nothing. */
function withGrant(rules: OwnerRules, what: string, holds: boolean): OwnerRules {
  const list = onlyGiven.includes(what) ? "given" : "withheld";
  const others = (rules[list] ?? []).filter((one) => one !== what);
  return { ...rules, [list]: holds === (list === "given") ? [...others, what] : others };
}

/** Whether an app that asks for the grant has it. */
export const holdsGrant = ({ withheld = [], given = [] }: OwnerRules, what: string): boolean =>
  onlyGiven.includes(what) ? given.includes(what) : !withheld.includes(what);

function grantFrom(key: string, what: string, text: string, manifest: Manifest): boolean {
  if (!grantsAsked(manifest).includes(what)) throw faults.settingWrong(key, "is nothing that this app asks for");
  if (text !== "yes" && text !== "no") throw faults.settingWrong(key, "has to be yes or no");
  return text === "yes";
}

/** Doors that a version still has; paths of the others apart. What is withheld stays so, for a version that asks again. */
export function rulesStillThere(rules: OwnerRules, { routes }: Manifest): { kept: OwnerRules; dropped: string[] } {
  const doors = Object.entries(rules.doors ?? {});
  const leads = ([path]: [string, unknown]): boolean => leadsTo(routes, path) !== null;
  return {
    kept: tidy({ ...rules, doors: Object.fromEntries(doors.filter(leads)) }),
    dropped: doors.filter((door) => !leads(door)).map(([path]) => `routes.${path}`),
  };
}

/** What counts for what comes next. Of an app that was removed nothing was given: what takes its name is another one. */
export function rulesOf({ state, rules = {} }: { state: string; rules?: OwnerRules }): OwnerRules {
  return state === "kept" ? tidy({ ...rules, given: [] }) : rules;
}

/** The manifest as if it said what the owner says. */
export function ruled(manifest: Manifest, rules: OwnerRules): Manifest {
  const routed = rules.doors ? withDoors(manifest, rules.doors) : manifest;
  const missing = grantsAsked(manifest).filter((what) => !holdsGrant(rules, what));
  if (missing.length === 0) return routed;
  const functions = Object.fromEntries(
    Object.entries(routed.functions).map(([name, { uses, ...rest }]) => {
      const left = Object.entries(uses).filter(([used]) => !missing.includes(used));
      return [name, { ...rest, uses: Object.fromEntries(left) }];
    }),
  );
  return { ...routed, functions };
}

/** What the owner said, by the key that `settings` knows it by. */
export function ruleEntries({
  doors = {},
  requests,
  withheld = [],
  given = [],
}: OwnerRules): [key: string, value: string][] {
  return [
    ...Object.entries(doors).map(([path, door]): [string, string] => [`routes.${path}`, doorWords(door)]),
    ...(requests === undefined ? [] : [["requests", `${requests} per day`] as [string, string]]),
    ...withheld.map((what): [string, string] => [`grants.${what}`, "no"]),
    ...given.map((what): [string, string] => [`grants.${what}`, "yes"]),
  ];
}

export const doorWords = ({ public: open, limit }: Doors[string]): string =>
  open ? `public${limit ? ` ${limit}` : ""}` : "private";
