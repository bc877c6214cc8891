/**
 * The command line of the embedded engine, as the Automation API and scripts write it: a table of commands and their
 * flags. Anything that is not in the table is refused in Pulumi's words; nothing is ignored in silence.
 */
import { refusalOf, refusedCommand } from "./commands/refused.ts";
import { CommandFailure, Diagnosis } from "./diagnosis.ts";

/**
 * `value`: takes one; `list`: may come again; `yes`: a switch; `optional`: a switch that may have a value; `noted`: a
 * switch without effect here, `notedValue` one with a value: both said once.
 */
type FlagKind = "value" | "list" | "yes" | "optional" | "noted" | "notedValue";
export type Flags = { readonly [flag: string]: FlagKind };

export const globals: Flags = {
  "--non-interactive": "yes",
  "--stack": "value",
  "-s": "value",
  "--color": "value",
  "--cwd": "value",
  "--logflow": "noted",
  "--verbose": "notedValue",
  "--logtostderr": "noted",
  "--debug": "yes",
  "--suppress-outputs": "yes",
  "--suppress-progress": "yes",
  "--config-file": "value",
  "--emoji": "yes",
  "--help": "yes",
};

const operation: Flags = {
  "--yes": "yes",
  "--skip-preview": "yes",
  "--message": "value",
  "--diff": "yes",
  "--parallel": "value",
  "--exec-agent": "value",
  "--exec-kind": "value",
  "--event-log": "value",
  "--suppress-permalink": "optional",
};

const deployment: Flags = {
  ...operation,
  "--expect-no-changes": "yes",
  "--refresh": "optional",
  "--replace": "list",
  "--exclude": "list",
  "--target": "list",
  "--target-replace": "list",
  "--exclude-dependents": "yes",
  "--target-dependents": "yes",
  "--continue-on-error": "yes",
  "--client": "value",
  "--run-program": "optional",
};

export const commands: { readonly [command: string]: Flags } = {
  up: { ...deployment, "--plan": "value" },
  preview: { ...deployment, "--save-plan": "value", "--import-file": "value" },
  refresh: { ...deployment, "--preview-only": "yes", "--clear-pending-creates": "yes" },
  destroy: { ...deployment, "--preview-only": "yes", "--exclude-protected": "yes", "--remove": "yes" },
  import: {
    ...operation,
    "--preview-only": "yes",
    "--file": "value",
    "--out": "value",
    "--generate-code": "optional",
    "--protect": "optional",
    "--parent": "value",
    "--provider": "value",
    "--properties": "value",
  },
  cancel: { "--yes": "yes" },
  version: {},
  help: {},
  whoami: { "--json": "yes", "--verbose": "yes" },
  login: { "--local": "yes", "--cloud-url": "value" },
  logout: {},
  install: {
    "--use-language-version-tools": "yes",
    "--no-plugins": "yes",
    "--no-dependencies": "yes",
    "--reinstall": "yes",
  },
  "org get-default": {},
  "org set-default": {},
  "plugin install": { "--server": "value", "--exact": "yes", "--reinstall": "yes" },
  "plugin rm": { "--yes": "yes", "--all": "yes" },
  "plugin ls": { "--json": "yes", "--project": "yes" },
  stack: { "--show-name": "yes" },
  "stack init": { "--secrets-provider": "value", "--no-select": "yes", "--copy-config-from": "value" },
  "stack select": { "--secrets-provider": "value", "--create": "yes" },
  "stack unselect": {},
  "stack rm": { "--yes": "yes", "--force": "yes", "--preserve-config": "yes" },
  "stack ls": { "--json": "yes", "--all": "yes" },
  "stack export": { "--show-secrets": "yes", "--file": "value" },
  "stack import": { "--file": "value", "--force": "yes" },
  "stack output": { "--json": "yes", "--show-secrets": "yes" },
  "stack history": { "--json": "yes", "--show-secrets": "yes", "--page-size": "value", "--page": "value" },
  "stack rename": {},
  "stack tag get": {},
  "stack tag set": {},
  "stack tag rm": {},
  "stack tag ls": { "--json": "yes" },
  config: { "--show-secrets": "yes", "--json": "yes" },
  "config get": { "--path": "yes", "--json": "yes" },
  "config set": { "--path": "yes", "--secret": "yes", "--plaintext": "yes", "--raw": "yes" },
  "config set-all": { "--path": "yes", "--secret": "list", "--plaintext": "list", "--json": "value" },
  "config rm": { "--path": "yes" },
  "config rm-all": { "--path": "yes" },
  "config refresh": { "--force": "yes" },
  "config cp": { "--path": "yes", "--dest": "value" },
};

/** Other names of the same words. */
const synonyms: { readonly [word: string]: string } = {
  update: "up",
  pre: "preview",
  down: "destroy",
  dn: "destroy",
  list: "ls",
  new: "init",
  remove: "rm",
  delete: "rm",
  "remove-all": "rm-all",
  "delete-all": "rm-all",
  copy: "cp",
  hist: "history",
  outputs: "output",
};

const shorts: { readonly [letter: string]: string } = {
  a: "--all",
  C: "--cwd",
  d: "--debug",
  e: "--emoji",
  f: "--force",
  h: "--help",
  j: "--json",
  m: "--message",
  p: "--parallel",
  r: "--refresh",
  s: "--stack",
  t: "--target",
  v: "--verbose",
  y: "--yes",
};

/** Letters that mean another flag with some commands. */
const shortsOf: { readonly [command: string]: { readonly [letter: string]: string } } = {
  up: { f: "--skip-preview" },
  refresh: { f: "--skip-preview" },
  destroy: { f: "--skip-preview" },
  import: { f: "--file", o: "--out" },
  "config cp": { d: "--dest" },
  "stack init": { s: "--stack" },
};

export interface CommandLine {
  command: string;
  positional: string[];
  flags: { [flag: string]: string[] };
  /** Flags that have no effect here, as they were written. */
  noted: string[];
}

/** Throws in the words of Pulumi's own command line. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const { command, rest } = findCommand(args);
  const known: Flags = { ...globals, ...commands[command] };
  const line: CommandLine = { command, positional: [], flags: {}, noted: [] };
  for (let i = 0; i < rest.length; i++) {
    const arg = rest[i]!;
    // The API puts --stack behind the `--` that ends flags.
    if (arg === "--") {
      i = afterDashes(line, rest, i + 1);
      continue;
    }
    if (!arg.startsWith("-") || arg === "-") {
      line.positional.push(arg);
      continue;
    }
    for (const [flag, inline] of splitFlags(arg, command, known)) {
      const kind = kindOf(flag, known);
      const takesNext = (kind === "value" || kind === "list" || kind === "notedValue") && inline === undefined;
      if (takesNext && i + 1 >= rest.length) throw new CommandFailure("failed", `flag needs an argument: ${flag}`);
      const value = takesNext ? rest[++i]! : (inline ?? "true");
      if (kind === "noted" || kind === "notedValue") line.noted.push(flag);
      for (const name of flag === "--target-replace" ? ["--target", "--replace"] : [flag])
        line.flags[name] = [...(line.flags[name] ?? []), value];
    }
  }
  if ((command === "config" || command === "stack") && line.positional.length > 0 && !isSet(line, "--help"))
    throw new Diagnosis(`unknown command "${line.positional[0]}" for "pulumi ${command}"`);
  return line;
}

function kindOf(flag: string, known: Flags): FlagKind {
  const kind = known[flag];
  if (kind) return kind;
  const reason = refusalOf(flag);
  throw new Diagnosis(reason ? `${flag} is not supported by this engine: ${reason}` : `unknown flag: ${flag}`);
}

function afterDashes(line: CommandLine, rest: string[], from: number): number {
  let end = rest.length;
  // Pulumi's own API adds this to every call.
  if (rest[end - 1] === "--non-interactive" && end - 1 > from) end--;
  if (end - from >= 3 && rest[end - 2] === "--stack") {
    line.flags["--stack"] = [rest[end - 1]!];
    end -= 2;
  }
  line.positional.push(...rest.slice(from, end));
  return rest.length;
}

/** `--flag`, `--flag=value`, `-yf`, `-s name`, `-sname`. */
function splitFlags(arg: string, command: string, known: Flags): [string, string | undefined][] {
  if (arg.startsWith("--") || known[arg]) {
    const at = arg.indexOf("=");
    return [at < 0 ? [arg, undefined] : [arg.slice(0, at), arg.slice(at + 1)]];
  }
  const found: [string, string | undefined][] = [];
  for (let at = 1; at < arg.length; at++) {
    const flag = shortsOf[command]?.[arg[at]!] ?? shorts[arg[at]!];
    if (!flag || !known[flag]) throw new Diagnosis(`unknown shorthand flag: '${arg[at]}' in ${arg}`);
    if (known[flag] === "yes" || known[flag] === "noted" || known[flag] === "optional") found.push([flag, undefined]);
    else {
      const rest = arg.slice(at + 1).replace(/^=/, "");
      return [...found, [flag, rest === "" ? undefined : rest]];
    }
  }
  return found;
}

function findCommand(args: readonly string[]): { command: string; rest: string[] } {
  // Global flags may stand before the command.
  const before = args.findIndex((arg, at) => !arg.startsWith("-") && !isValueOf(args[at - 1]));
  const flags = before < 0 ? args : args.slice(0, before);
  const words = before < 0 ? [] : args.slice(before);
  if (words.length === 0) return { command: "help", rest: flags.filter((arg) => arg !== "--help" && arg !== "-h") };
  const refused = refusedCommand(words);
  const refusedWords = refused?.command.split(" ").length ?? 0;
  for (const length of [3, 2, 1]) {
    // What says more of what was typed goes first: `config env` is not `config`.
    if (refusedWords > length) break;
    const command = words
      .slice(0, length)
      .map((word, at) => (at === 0 && word !== "stack" ? (firstWord(word) ?? word) : (synonyms[word] ?? word)))
      .join(" ");
    if (words.length >= length && command in commands) return { command, rest: [...flags, ...words.slice(length)] };
  }
  if (refused) throw new Diagnosis(`\`pulumi ${refused.command}\` is not supported by this engine: ${refused.reason}`);
  throw new Diagnosis(`unknown command "${words[0]}" for "pulumi"`);
}

const firstWords = new Set(["update", "pre", "down", "dn"]);

function firstWord(word: string): string | undefined {
  return firstWords.has(word) ? synonyms[word] : undefined;
}

function isValueOf(before: string | undefined): boolean {
  if (before === undefined || before.includes("=")) return false;
  const flag = before.startsWith("--") ? before : (shorts[before[1] ?? ""] ?? before);
  return globals[flag] === "value" || globals[flag] === "notedValue";
}

export function flag(line: CommandLine, name: string): string | undefined {
  return line.flags[name]?.at(-1);
}

export function isSet(line: CommandLine, name: string): boolean {
  const value = flag(line, name);
  return value !== undefined && value !== "false";
}

/** `--parallel N`. */
export function parallelOf(line: CommandLine, otherwise: number): number {
  const text = flag(line, "--parallel");
  if (text === undefined) return otherwise;
  if (!/^-?\d+$/.test(text))
    throw new Diagnosis(
      `invalid argument "${text}" for "-p, --parallel" flag: strconv.ParseInt: parsing "${text}": invalid syntax`,
    );
  return Math.max(1, Number(text));
}
