/** `pulumi help` and `--help`: the table of commands as text. Of deployments also what the engine refuses. */
import { commands, type Flags, globals } from "../cli.ts";
import { refusedFlags } from "./refused.ts";

const operations = new Set(["up", "preview", "refresh", "destroy", "import"]);

/** All commands, or one with its flags. */
export function helpText(words: readonly string[]): string {
  const name = words.join(" ");
  const flags = commands[name];
  if (words.length === 0 || !flags) {
    const list = Object.keys(commands).map((command) => `  pulumi ${command}\n`);
    return `Pulumi's command line, carried out by Freehold's engine.\n\nUsage:\n${list.join("")}\nWith every command:\n${flagLines(globals)}\nUse "pulumi COMMAND --help" for its own flags.\n`;
  }
  const refused = operations.has(name) ? Object.entries(refusedFlags).map(([flag, why]) => `  ${flag}: ${why}\n`) : [];
  return [
    `Usage:\n  pulumi ${name} [flags]\n`,
    ...(Object.keys(flags).length > 0 ? [`\nFlags:\n${flagLines(flags)}`] : []),
    // With --remote named here, the SDK goes on to ask for it, and gets the reason instead of "please upgrade".
    ...(refused.length > 0 ? [`\nNot supported by this engine:\n${refused.join("")}`] : []),
  ].join("");
}

function flagLines(flags: Flags): string {
  return Object.entries(flags)
    .map(([flag, kind]) => `  ${flag}${kind === "value" || kind === "list" || kind === "notedValue" ? " VALUE" : ""}\n`)
    .join("");
}
