/**
 * What may stand next on the command line, from the command table: commands, flags, their values, apps, clouds,
 * operations. Answers words only, of characters no shell reads anything into; runs nothing.
 */
import type { CommandSpec, FlagSpec, Table } from "./command.ts";

export interface Suggestion {
  word: string;
  /** One line; empty when there is nothing to say. */
  help: string;
}

/** What a name that is asked for has to fit. */
export interface Asked {
  /** What is typed of it already. */
  begins: string;
  /** `--cloud`, where the line has it. */
  cloud?: string;
}

/** Where names come from, each read only when its turn comes. */
export type Names = Record<NameKind, (asked: Asked) => Promise<readonly string[]>>;
/** `thing`: `things/NAME`; `store`: `APP/NAME` of tables and buckets, things among them; `table`: of tables; `type`: what `add` takes; `blueprint`: `NAME`, `CATALOG/NAME`, and `CATALOG/` which is gone on with; `added`: catalogs but the bundled one. */
export type NameKind =
  | "app"
  | "thing"
  | "store"
  | "table"
  | "type"
  | "blueprint"
  | "cloud"
  | "operation"
  | "catalog"
  | "added";

/** The more of them, the less a list says; a shell that shows thousands asks first. */
const most = 200;

/** What the placeholders of usages and flags stand for; of others (files, numbers) the shell knows better. */
const placeholders: Record<string, readonly NameKind[]> = {
  APP: ["app"],
  "APP|things/NAME": ["app", "thing"],
  "APP/STORE": ["store"],
  "APP|APP/STORE": ["app", "store"],
  "APP|APP/TABLE": ["app", "table"],
  TYPE: ["type"],
  REF: ["app", "blueprint"],
  OPERATION: ["operation"],
  CATALOG: ["catalog"],
};
/** A NAME is one of another thing here and there. */
const ofCommand: Record<string, readonly NameKind[]> = {
  "cloud use": ["cloud"],
  "catalog rm": ["added"],
  "catalog refresh": ["added"],
};
const ofFlag: Record<string, readonly NameKind[]> = { cloud: ["cloud"], catalog: ["catalog"] };

/** `words`: what stands behind `freehold`, the one under way last, which may be empty. */
export async function complete(words: readonly string[], table: Table, names: Names): Promise<Suggestion[]> {
  const current = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  // Behind it stands somebody else's command line.
  if (before.includes("--")) return [];
  const found = await suggest(current, before, table, names);
  const fits = found.filter(({ word }) => word.startsWith(current));
  return someOf([...new Map(fits.map((one) => [one.word, one])).values()]);
}

/** Of too many the first, and the one that differs most: a shell then types no more for somebody than all have in common. */
function someOf(found: Suggestion[]): Suggestion[] {
  if (found.length <= most) return found;
  const [low, ...rest] = found.map(({ word }) => word).sort();
  const ends = new Set([low, rest.at(-1)]);
  const first = found.filter(({ word }) => !ends.has(word)).slice(0, most - ends.size);
  return found.filter((one) => ends.has(one.word) || first.includes(one));
}

async function suggest(current: string, before: readonly string[], table: Table, all: Names): Promise<Suggestion[]> {
  const { command, args, open, cloud } = read(before, table);
  const names = (kind: NameKind, begins = current) => all[kind]({ begins, ...(cloud === undefined ? {} : { cloud }) });
  const flags = { ...table.globalFlags, ...command?.flags };
  if (open) return flags[open] ? valuesOf(open, flags[open], names) : [];
  const [, flag, , value] = /^--([a-z-]+)(=)(.*)$/.exec(current) ?? [];
  if (flag !== undefined && value !== undefined && flags[flag])
    return (await valuesOf(flag, flags[flag], (kind) => names(kind, value))).map(({ word, help }) => ({
      word: `--${flag}=${word}`,
      help,
    }));
  if (current.startsWith("-")) return Object.entries(flags).map(([name, { help }]) => ({ word: `--${name}`, help }));
  if (!command) return commandWords(args, table.commands);
  // Its first word may be the second one of another command: `snapshot apply`.
  const more = args.length === 0 ? commandWords([command.name], table.commands) : [];
  return [...more, ...(await argumentsOf(command, args, names))];
}

/** What is said already: the command, its own arguments, and the flag that waits for its value. */
function read(before: readonly string[], { commands, globalFlags }: Table) {
  const every: Record<string, FlagSpec> = Object.assign({}, ...commands.map(({ flags }) => flags), globalFlags);
  const plain: string[] = [];
  let open: string | undefined;
  let cloud: string | undefined;
  for (const word of before) {
    const waiting = open;
    open = undefined;
    if (waiting === "cloud") cloud = word;
    if (waiting !== undefined) continue;
    cloud = /^--cloud=(.+)$/.exec(word)?.[1] ?? cloud;
    if (!word.startsWith("-")) plain.push(word);
    else open = flagThatWaits(word, every);
  }
  const command =
    commands.find(({ name }) => name === plain.slice(0, 2).join(" ")) ?? commands.find(({ name }) => name === plain[0]);
  return { command, args: command ? plain.slice(command.name.split(" ").length) : plain, open, cloud };
}

function flagThatWaits(word: string, flags: Record<string, FlagSpec>): string | undefined {
  const [name, spec] =
    Object.entries(flags).find(([name, { short }]) => word === `--${name}` || (short && word === `-${short}`)) ?? [];
  // A value that may be left out is rarely typed, and what comes next is not to be taken for it.
  return spec?.type === "string" && spec.bare === undefined ? name : undefined;
}

type Look = (kind: NameKind) => Promise<readonly string[]>;

async function valuesOf(name: string, { choices, help }: FlagSpec, names: Look): Promise<Suggestion[]> {
  if (choices) return choices.map((word) => ({ word, help }));
  return gather(ofFlag[name] ?? [], names);
}

async function argumentsOf(
  { name, usage, max }: CommandSpec,
  args: readonly string[],
  names: Look,
): Promise<Suggestion[]> {
  const places = usage.split(" -- ")[0]!.split(" ").filter(Boolean);
  const place = places[Math.min(args.length, places.length - 1)]?.replace(/[[\]]|\.\.\.$/g, "").replace("...", "");
  if (place === undefined || args.length >= max) return [];
  if (/^[a-z]+(\|[a-z]+)+$/.test(place)) return place.split("|").map((word) => ({ word, help: "" }));
  const found = await gather(ofCommand[name] ?? placeholders[place] ?? [], names);
  return found.filter(({ word }) => !args.includes(word));
}

/** Names come from strangers, too: none may be a flag, or more than a word to a shell. */
const isInert = (word: string): boolean => /^[A-Za-z0-9][\w.-]*(\/([A-Za-z0-9][\w.-]*)?)?$/.test(word);

async function gather(kinds: readonly NameKind[], names: Look): Promise<Suggestion[]> {
  const lists = await Promise.all(kinds.map((kind) => names(kind)));
  return lists.flatMap((words) => words.filter(isInert).map((word) => ({ word, help: "" })));
}

/** The first word, or the second of a group. */
function commandWords(said: readonly string[], commands: readonly CommandSpec[]): Suggestion[] {
  return commands.flatMap(({ name, summary }) => {
    const parts = name.split(" ");
    if (said.length >= parts.length || said.some((word, at) => parts[at] !== word)) return [];
    const word = parts[said.length]!;
    return [{ word, help: parts.length === said.length + 1 ? summary : "" }];
  });
}
