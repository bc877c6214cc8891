/** `pulumi help` and `--help`: the table of commands as text. What the engine refuses is not in it. */
import { commands } from "../cli.ts";

/** All commands, or one with its flags. */
export function helpText(words: readonly string[]): string {
  const name = words.join(" ");
  const flags = commands[name];
  if (words.length === 0 || !flags) {
    const list = Object.keys(commands).map((command) => `  pulumi ${command}\n`);
    return `Pulumi's command line, carried out by Freehold's engine.\n\nUsage:\n${list.join("")}\nUse "pulumi COMMAND --help" for its flags.\n`;
  }
  const list = Object.entries(flags).map(
    ([flag, kind]) => `  ${flag}${kind === "value" || kind === "list" ? " VALUE" : ""}\n`,
  );
  return `Usage:\n  pulumi ${name} [flags]\n${list.length > 0 ? `\nFlags:\n${list.join("")}` : ""}`;
}
