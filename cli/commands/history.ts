/** `history`: what happened to an app, newest first. Changes shared by every computer of the cloud; commands of this one. */
import type { Input, Outcome } from "../command.ts";
import { type HistoryEntry, readHistory } from "../history.ts";
import { ruleEntries } from "../owner-rules.ts";
import type { InstalledVersion } from "../registry.ts";
import { findApp } from "./app.ts";

/** A change that was carried out, and what it changed. */
export interface ChangeItem {
  type: "change";
  /** ISO 8601. */
  at: string;
  by: string;
  operation: InstalledVersion["operation"];
  version: string;
  digest: string;
  /** What was there before, when that is still known. */
  before?: { version: string; digest: string };
  /** Keys of what was set, changed or taken back: `title`, `api.memory`. Of secrets nothing is known. */
  settings: string[];
  accepted?: InstalledVersion["accepted"];
}

export interface HistoryDocument {
  cloud: string;
  app: string;
  /** Newest first. */
  items: (ChangeItem | HistoryEntry)[];
}

const commandsShown = 50;

export async function run(input: Input): Promise<Outcome> {
  const { config, app } = await findApp(input);
  const commands = readHistory(input.paths, config.name, app.name, commandsShown);
  const items = [...changesOf(app.versions), ...commands].sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0));
  return { document: { cloud: config.name, app: app.name, items } satisfies HistoryDocument };
}

function changesOf(versions: readonly InstalledVersion[]): ChangeItem[] {
  return versions.map((one, index) => {
    const before = versions[index - 1];
    const { at, by, operation, version, digest, accepted } = one;
    return {
      type: "change",
      at,
      by,
      operation,
      version,
      digest,
      ...(before ? { before: { version: before.version, digest: before.digest } } : {}),
      settings: before ? changedKeys(before, one) : [...keysOf(one).keys()].sort(),
      ...(accepted ? { accepted } : {}),
    };
  });
}

/** What the owner said, by the key that `settings` knows it by. */
function keysOf({ settings, functions, rules = {} }: Said): Map<string, string> {
  const said = new Map([
    ...Object.entries(settings).map(([key, value]): [string, string] => [key, String(value)]),
    ...ruleEntries(rules),
  ]);
  for (const [name, { memory, timeout, environment }] of Object.entries(functions)) {
    if (memory !== undefined) said.set(`${name}.memory`, memory);
    if (timeout !== undefined) said.set(`${name}.timeout`, timeout);
    for (const [variable, value] of Object.entries(environment ?? {})) said.set(`${name}.env.${variable}`, value);
  }
  return said;
}

type Said = Pick<InstalledVersion, "settings" | "functions" | "rules">;

export function changedKeys(before: Said, after: Said): string[] {
  const [was, is] = [keysOf(before), keysOf(after)];
  return [...new Set([...was.keys(), ...is.keys()])].filter((key) => was.get(key) !== is.get(key)).sort();
}
