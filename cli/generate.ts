/**
 * Writes docs/using/commands.md from the command table, in the words of the help. Run it with `node cli/generate.ts`; a
 * test fails while the page is stale. Loads no command.
 */
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { CommandSpec, FlagSpec } from "./command.ts";
import { commands, globalFlags } from "./command-table.ts";
import { flagRows, usageLine } from "./help.ts";

/** The page's text. */
export function pageText(): string {
  return `# Commands

Generated from \`cli/command-table.ts\`; do not edit. \`freehold COMMAND --help\` says the same in the terminal. In a clone,
\`npm run -s freehold -- COMMAND\` is the command. Without a command, \`freehold\` is \`freehold ls\`.

Exit codes are in [when things go wrong](when-things-go-wrong.md#exit-codes).

| command | does |
|---|---|
${commands.map(({ name, usage, summary }) => `| [\`${called(name, usage)}\`](#freehold-${name.replace(" ", "-")}) | ${cell(summary)} |`).join("\n")}

## Flags of every command

${flagTable(globalFlags)}

\`freehold --version\` prints the version.

${commands.map(section).join("\n")}`;
}

function section(command: CommandSpec): string {
  const { name, summary, flags, examples } = command;
  return [
    `## freehold ${name}\n`,
    `${summary[0]?.toUpperCase()}${summary.slice(1)}.\n`,
    `\`\`\`\n${usageLine(command)}\n\`\`\`\n`,
    ...(Object.keys(flags).length > 0 ? [`${flagTable(flags)}\n`] : []),
    `${examples.map(([line, what]) => `- \`${line}\`: ${what}`).join("\n")}\n`,
  ].join("\n");
}

const called = (name: string, usage: string): string => `${name} ${usage}`.trim();
const cell = (text: string): string => text.replaceAll("|", "\\|");

function flagTable(flags: Record<string, FlagSpec>): string {
  const rows = flagRows(flags).map(([flag, help]) => `| \`${cell(flag)}\` | ${cell(help)} |`);
  return `| flag | |\n|---|---|\n${rows.join("\n")}`;
}

export const generated = { path: new URL("../docs/using/commands.md", import.meta.url), text: pageText };

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(generated.path, generated.text());
