/** `completion`: the script a shell reads once, and the words that script asks for with each Tab. Changes nothing. */
import { join } from "node:path";
import { bundledNames } from "../../catalog/bundled.ts";
import { readCatalogs } from "../../catalog/catalogs.ts";
import { catalogHome } from "../catalogs.ts";
import { findCloud, readClouds } from "../clouds.ts";
import { type Input, type Outcome, text } from "../command.ts";
import { complete, type Names, type Suggestion } from "../completion.ts";
import { type Shell, scripts } from "../completion-scripts.ts";
import { faults } from "../errors.ts";
import { operationIds } from "../operations/request.ts";
import { installRoot } from "../paths.ts";
import { readApps } from "../registry.ts";

export interface CompletionDocument {
  shell: Shell;
  /** Without `--words`. */
  script?: string;
  words?: Suggestion[];
}

export async function run(input: Input): Promise<Outcome> {
  const [shell] = input.args as [string];
  if (!Object.hasOwn(scripts, shell))
    throw faults.arguments("completion", `There is completion for bash and zsh, not for ${shell}.`);
  const said = text(input.flags, "words");
  const document: CompletionDocument = { shell: shell as Shell };
  if (said === undefined) return { document: { ...document, script: scripts[document.shell] } };
  const words = await complete(joined(said.split("\n")), await input.table(), namesOf(input));
  return { document: { ...document, words } };
}

/** bash takes `--flag=value` for three words. */
function joined(words: readonly string[]): string[] {
  const out: string[] = [];
  for (const [at, word] of words.entries()) {
    const before = words[at - 1];
    if (at > 0 && (word === "=" || before === "=") && out.at(-1)?.startsWith("--")) out.push(`${out.pop()}${word}`);
    else out.push(word);
  }
  return out;
}

/** What cannot be read suggests nothing: a Tab is no place for an error. */
function namesOf({ paths, flags }: Input): Names {
  const quietly = (read: () => Promise<readonly string[]>) => () => read().catch(() => []);
  return {
    app: quietly(async () => {
      const { name } = await findCloud(paths, text(flags, "cloud"));
      return readApps(paths, name).map((app) => app.name);
    }),
    blueprint: quietly(async () => bundledNames(join(installRoot(), "blueprints"))),
    cloud: quietly(async () => (await readClouds(paths)).clouds.map(({ name }) => name)),
    operation: quietly(async () => operationIds(paths).reverse().slice(0, 10)),
    catalog: quietly(async () => (await readCatalogs(catalogHome(paths))).map(({ name }) => name)),
  };
}
