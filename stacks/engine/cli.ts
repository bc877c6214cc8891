/**
 * The command line of the embedded engine, as the Automation API writes it: a table of commands and their flags.
 * Anything that is not in the table is refused in Pulumi's words; nothing is ignored.
 */
import { Diagnosis } from "./diagnosis.ts";

/** `value`: takes one; `list`: may come again; `yes`: a switch; `refused`: known, not carried out. */
type FlagKind = "value" | "list" | "yes" | "optional" | "refused";
type Flags = { readonly [flag: string]: FlagKind };

const globals: Flags = {
  "--non-interactive": "yes",
  "--stack": "value",
  "-s": "value",
  "--color": "value",
  "--logflow": "yes",
  "--verbose": "value",
  "--logtostderr": "yes",
  "--tracing": "refused",
  "--debug": "yes",
  "--suppress-outputs": "yes",
  "--suppress-progress": "yes",
  "--config-file": "value",
  "--emoji": "yes",
};

const operation: Flags = {
  "--yes": "yes",
  "--skip-preview": "yes",
  "--message": "value",
  "--expect-no-changes": "yes",
  "--refresh": "optional",
  "--diff": "yes",
  "--replace": "list",
  "--exclude": "list",
  "--target": "list",
  "--exclude-dependents": "yes",
  "--target-dependents": "yes",
  "--exclude-protected": "yes",
  "--parallel": "value",
  "--exec-agent": "value",
  "--exec-kind": "value",
  "--client": "value",
  "--event-log": "value",
  "--run-program": "optional",
  "--preview-only": "yes",
  "--clear-pending-creates": "yes",
  "--continue-on-error": "refused",
  "--attach-debugger": "refused",
  "--policy-pack": "refused",
  "--policy-pack-config": "refused",
  "--plan": "value",
  "--save-plan": "refused",
  "--import-file": "refused",
};

export const commands: { readonly [command: string]: Flags } = {
  up: operation,
  preview: operation,
  refresh: operation,
  destroy: operation,
  import: { "--yes": "refused" },
  cancel: { "--yes": "yes" },
  version: {},
  whoami: { "--json": "yes" },
  install: {
    "--use-language-version-tools": "yes",
    "--no-plugins": "yes",
    "--no-dependencies": "yes",
    "--reinstall": "yes",
  },
  "plugin install": { "--server": "value" },
  "plugin rm": { "--yes": "yes" },
  "plugin ls": { "--json": "yes" },
  stack: {},
  "stack init": { "--secrets-provider": "value", "--no-select": "yes" },
  "stack select": { "--secrets-provider": "value" },
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
  "config set": { "--path": "yes", "--secret": "yes", "--plaintext": "yes" },
  "config set-all": { "--path": "yes", "--secret": "list", "--plaintext": "list", "--json": "value" },
  "config rm": { "--path": "yes" },
  "config rm-all": { "--path": "yes" },
  "config refresh": { "--force": "yes" },
};

export interface CommandLine {
  command: string;
  positional: string[];
  flags: { [flag: string]: string[] };
}

/** Throws Diagnosis in the words of Pulumi's own command line. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const { command, rest } = findCommand(args);
  const known = { ...globals, ...commands[command] };
  const line: CommandLine = { command, positional: [], flags: {} };
  for (let i = 0; i < rest.length; i++) {
    const arg = rest[i]!;
    // The API puts --stack behind the `--` that ends flags.
    if (arg === "--") {
      i = afterDashes(line, rest, i + 1);
      continue;
    }
    if (!arg.startsWith("-")) {
      line.positional.push(arg);
      continue;
    }
    const [flag, inline] = splitFlag(arg);
    const kind = known[flag];
    if (!kind) throw new Diagnosis(`unknown flag: ${flag}`);
    if (kind === "refused") throw new Diagnosis(`${flag} is not supported by this engine`);
    const takesNext = (kind === "value" || kind === "list") && inline === undefined;
    if (takesNext && i + 1 >= rest.length) throw new Diagnosis(`flag needs an argument: ${flag}`);
    const value = takesNext ? rest[++i]! : (inline ?? "true");
    line.flags[flag] = [...(line.flags[flag] ?? []), value];
  }
  if ((command === "config" || command === "stack") && line.positional.length > 0)
    throw new Diagnosis(`unknown command "${line.positional[0]}" for "pulumi ${command}"`);
  return line;
}

function afterDashes(line: CommandLine, rest: string[], from: number): number {
  let end = rest.length;
  if (end - from >= 3 && rest[end - 2] === "--stack") {
    line.flags["--stack"] = [rest[end - 1]!];
    end -= 2;
  }
  line.positional.push(...rest.slice(from, end).filter((arg, index) => !(index > 0 && arg === "--non-interactive")));
  return rest.length;
}

function splitFlag(arg: string): [string, string | undefined] {
  const at = arg.indexOf("=");
  return at < 0 ? [arg, undefined] : [arg.slice(0, at), arg.slice(at + 1)];
}

function findCommand(args: readonly string[]): { command: string; rest: string[] } {
  for (const length of [3, 2, 1]) {
    const command = args.slice(0, length).join(" ");
    if (args.length >= length && command in commands) return { command, rest: args.slice(length) };
  }
  throw new Diagnosis(`unknown command "${args.slice(0, 2).join(" ")}" for "pulumi"`);
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
