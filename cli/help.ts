/** Help, written from the table: of all commands, of a group, of one. */
import type { CommandSpec, FlagSpec } from "./command.ts";
import { appFlags, commands, globalFlags } from "./command-table.ts";

const pad = (rows: readonly (readonly [string, string])[]): string => {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`.trimEnd()).join("\n");
};

export function generalHelp(group?: string): string {
  const shown = group ? commands.filter(({ name }) => name.startsWith(`${group} `)) : commands;
  const rows = shown.map(({ name, usage, summary }) => [`${name} ${usage}`.trim(), summary] as const);
  return [
    group
      ? `Usage: freehold ${group} COMMAND`
      : "Freehold: your own cloud, kept yours.\n\nUsage: freehold COMMAND [ARGUMENTS] [FLAGS]",
    `Commands\n${pad(rows)}`,
    `Flags of every command\n${pad(flagRows(globalFlags))}`,
    ...(group
      ? []
      : [`Without a command: the terminal app; piped, the same as freehold ls\n${pad(flagRows(appFlags))}`]),
    "freehold COMMAND --help says more about one. freehold --version prints the version.",
  ].join("\n\n");
}

/** Flags may stand anywhere but behind another command's `--`. */
export function usageLine({ name, usage, passesOn }: CommandSpec): string {
  return `freehold ${name} ${passesOn ? usage.replace(" -- ", " [FLAGS] -- ") : `${usage} [FLAGS]`}`.replace(
    / {2,}/,
    " ",
  );
}

export function commandHelp(command: CommandSpec): string {
  const { name, summary, flags, examples } = command;
  const own = Object.keys(flags).length > 0 ? [`Flags\n${pad(flagRows(flags))}`] : [];
  return [
    `freehold ${name}: ${summary}`,
    `Usage: ${usageLine(command)}`,
    ...own,
    `Flags of every command\n${pad(flagRows(globalFlags))}`,
    `Examples\n${examples.map(([line, what]) => `  ${line}\n      ${what}`).join("\n")}`,
  ].join("\n\n");
}

export function flagRows(flags: Record<string, FlagSpec>): [string, string][] {
  return Object.entries(flags).map(([name, { short, value, bare, help }]) => {
    const shown = value ? (bare === undefined ? ` ${value}` : ` [${value}]`) : "";
    return [`${short ? `-${short}, ` : ""}--${name}${shown}`, help];
  });
}
