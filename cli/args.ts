/** From argv to a command, its arguments and flags, by the table alone. What it does not know it refuses, with what was meant. */
import { parseArgs } from "node:util";
import { suggest } from "../blueprints/suggest.ts";
import type { CommandSpec, FlagSpec, FlagValues } from "./command.ts";
import { appFlags, commands, globalFlags } from "./command-table.ts";
import { faults } from "./errors.ts";

export interface Parsed {
  /** Undefined: no command was named. */
  command: CommandSpec | undefined;
  /** The first word of commands of two, when the second is missing: `cloud`. */
  group: string | undefined;
  args: string[];
  /** What stands after `--`, of a command that passes it on. */
  rest: string[];
  flags: FlagValues;
  version: boolean;
}

/** What is ours of it: after `--` may stand the words of another command. */
export function ownWords(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf("--");
  return end === -1 ? argv : argv.slice(0, end);
}

/** Flags whose value may be nobody else's to read. */
const unsaid: ReadonlySet<string> = new Set(["settings", "set", "value"]);

/** Our words as they may be shown and typed again: without `--json`, and without any KEY=VALUE, whose value may be secret. */
export function typedAgain(argv: readonly string[]): string[] {
  const known = everyFlag();
  const out: string[] = [];
  const words = ownWords(argv);
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    const [flag, own] = word.startsWith("--") ? word.slice(2).split("=", 2) : [];
    if (flag !== undefined && unsaid.has(flag)) at += own === undefined ? 1 : 0;
    else if (flag === undefined ? !word.includes("=") : flag !== "json") out.push(word);
    // What belongs to a flag stays with it, whatever is in it.
    const takes = flag !== undefined && !unsaid.has(flag) && own === undefined && known[flag];
    if (takes && takes.type === "string" && takes.bare === undefined && at + 1 < words.length) out.push(words[++at]!);
  }
  return out;
}

/** Throws `command-unknown`, `flag-unknown`, `flag-invalid`, `arguments-invalid` (exit code 2). */
export function parse(argv: readonly string[]): Parsed {
  const words = positionals(argv);
  const group = groupOf(words);
  const name = group ? words.slice(0, 2).join(" ") : (words[0] ?? "");
  const command = commands.find((one) => one.name === name);
  const passesOn = command?.passesOn === true;
  const { flags, args, version } = readFlags(passesOn ? ownWords(argv) : argv, command);
  const rest = passesOn ? argv.slice(ownWords(argv).length + 1) : [];
  const help = flags["help"] === true;
  if (!command) {
    const onlyGroup = group !== undefined && words.length === 1;
    if (name === "help")
      return { command: undefined, group: undefined, args, rest, flags: { ...flags, help: true }, version };
    if (onlyGroup || name === "") return { command: undefined, group, args, rest, flags, version };
    throw faults.unknownCommand(
      name,
      suggest(
        name,
        commands.map((one) => one.name),
      ),
    );
  }
  const own = args.slice(group ? 2 : 1);
  if (!help) checkCount(command, own);
  if (!help && passesOn && rest.length === 0) throw faults.noCommandLine(command.name, command.usage);
  return { command, group, args: own, rest, flags, version };
}

/** `snapshot FILE` is a command of one word, though `snapshot apply` is one of two. */
function groupOf(words: readonly string[]): string | undefined {
  const [first = ""] = words;
  if (!groups().includes(first)) return undefined;
  const isOne = commands.some(({ name }) => name === first);
  return isOne && !commands.some(({ name }) => name === words.slice(0, 2).join(" ")) ? undefined : first;
}

const groups = (): string[] => [
  ...new Set(commands.flatMap(({ name }) => (name.includes(" ") ? [name.split(" ")[0]!] : []))),
];

function options(specs: Record<string, FlagSpec>) {
  return Object.fromEntries(
    Object.entries(specs).map(([name, { type, short, multiple }]) => [
      name,
      { type, ...(short ? { short } : {}), ...(multiple ? { multiple } : {}) },
    ]),
  );
}

/** Every flag of every command, so that a flag's value is not taken for the command. */
function everyFlag(): Record<string, FlagSpec> {
  return Object.assign({ version: versionFlag }, globalFlags, appFlags, ...commands.map(({ flags }) => flags));
}

const versionFlag: FlagSpec = { type: "boolean", short: "v", help: "the version" };

function positionals(argv: readonly string[]): string[] {
  const known = everyFlag();
  return parseArgs({ args: withBare(argv, known), options: options(known), strict: false, allowPositionals: true })
    .positionals;
}

/** `--wait 5m`, `--wait=5m` and `--wait` alone: parseArgs knows no value that may be left out. */
function withBare(argv: readonly string[], known: Record<string, FlagSpec>): string[] {
  const out: string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at]!;
    if (word === "--") return [...out, ...argv.slice(at)];
    const bare = word.startsWith("--") ? known[word.slice(2)]?.bare : undefined;
    const next = argv[at + 1];
    if (bare === undefined) out.push(word);
    else if (next !== undefined && /^\d+(ms|s|m|h)?$/.test(next)) {
      out.push(`${word}=${next}`);
      at++;
    } else out.push(`${word}=${bare}`);
  }
  return out;
}

function readFlags(argv: readonly string[], command: CommandSpec | undefined) {
  const known: Record<string, FlagSpec> = {
    ...globalFlags,
    ...(command?.flags ?? {}),
    ...(command ? {} : { version: versionFlag, ...appFlags }),
  };
  const title = command?.name ?? "";
  const { tokens, values, positionals } = parseArgs({
    args: withBare(argv, known),
    options: options(command ? known : everyFlag()),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const spec = known[token.name];
    if (!spec) throw faults.unknownFlag(title, token.rawName, near(token.name, known));
    if (spec.type === "boolean" && token.value !== undefined)
      throw faults.badFlag(title, token.rawName, "takes no value");
    if (spec.type === "string" && (token.value === undefined || token.value === ""))
      throw faults.badFlag(title, token.rawName, `needs a value: ${token.rawName} ${spec.value}`);
    if (spec.choices && !spec.choices.includes(token.value ?? ""))
      throw faults.badFlag(title, token.rawName, `is one of ${spec.choices.join(", ")}`);
  }
  return { flags: { ...values } as FlagValues, args: positionals, version: values["version"] === true };
}

function near(name: string, known: Record<string, FlagSpec>): string | undefined {
  const found = suggest(name, Object.keys(known));
  return found && `--${found}`;
}

function checkCount({ name, usage, min, max }: CommandSpec, args: string[]): void {
  if (args.length < min) throw faults.arguments(name, `Something is missing: freehold ${name} ${usage}`);
  if (args.length > max)
    throw faults.arguments(
      name,
      `${args[max]} is one too many: freehold ${name}${usage ? ` ${usage}` : " takes no arguments"}`,
    );
}
