/** `completion`: the script a shell reads once, and the words that script asks for with each Tab. Changes nothing. */
import { readCopy } from "../../catalog/cache.ts";
import { bundled, readCatalogs } from "../../catalog/catalogs.ts";
import { namesIn } from "../../catalog/index/format.ts";
import { catalogHome } from "../catalogs.ts";
import { findCloud, readClouds } from "../clouds.ts";
import { type Input, type Outcome, text } from "../command.ts";
import { type Asked, complete, type Names, type Suggestion } from "../completion.ts";
import { type Shell, scripts } from "../completion-scripts.ts";
import { faults } from "../errors.ts";
import { operationIds } from "../operations/request.ts";
import type { Paths } from "../paths.ts";
import { readApps } from "../registry.ts";
import { readThings } from "../things.ts";

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
function namesOf({ paths }: Input): Names {
  const quietly = (read: (asked: Asked) => Promise<readonly string[]>) => (asked: Asked) => read(asked).catch(() => []);
  const catalogs = async () => (await readCatalogs(catalogHome(paths))).map(({ name }) => name);
  return {
    app: quietly(async ({ cloud }) => {
      const { name } = await findCloud(paths, cloud);
      return readApps(paths, name).map((app) => app.name);
    }),
    thing: quietly(async ({ cloud }) => {
      const { name } = await findCloud(paths, cloud);
      return (readThings(paths, name)?.things ?? []).map((thing) => `things/${thing.name}`);
    }),
    store: quietly(({ cloud }) => stores(paths, cloud, ["table", "bucket"])),
    table: quietly(({ cloud }) => stores(paths, cloud, ["table"])),
    type: quietly(async () => {
      const { usualKinds, thingTypes, shortName } = await (await import("../../stacks/deploy.ts")).thingWords();
      return [...Object.keys(usualKinds), ...(await thingTypes()).map(({ token }) => shortName(token))];
    }),
    blueprint: quietly(({ begins }) => blueprints(paths, begins)),
    cloud: quietly(async () => (await readClouds(paths)).clouds.map(({ name }) => name)),
    operation: quietly(async () => operationIds(paths).reverse().slice(0, 10)),
    catalog: quietly(catalogs),
    added: quietly(async () => (await catalogs()).filter((name) => name !== bundled.name)),
  };
}

/**
 * By their plain names, and by catalog and name behind a `CATALOG/`. Of other people's catalogs plain names only once a
 * letter is typed: nobody reads through ten thousand of them.
 */
async function blueprints(paths: Paths, begins: string): Promise<string[]> {
  const home = catalogHome(paths);
  const catalogs = await readCatalogs(home);
  const [before = "", after] = begins.split("/");
  const of = (catalog: (typeof catalogs)[number], prefix: string) => namesIn(readCopy(home, catalog) ?? "", prefix);
  if (after !== undefined)
    return catalogs
      .filter(({ name }) => name === before)
      .flatMap((catalog) => of(catalog, after).map((name) => `${catalog.name}/${name}`));
  const known = catalogs.filter((catalog) => begins !== "" || catalog.name === bundled.name);
  return [...known.flatMap((catalog) => of(catalog, before)), ...catalogs.map(({ name }) => `${name}/`)];
}

type StoreKind = "table" | "bucket";
const kindsInAws: Readonly<Record<string, StoreKind>> = {
  "aws:dynamodb/table:Table": "table",
  "aws:s3/bucket:Bucket": "bucket",
};

/** As blueprints name them, and what is kept of apps that are gone: no state is read, and nothing is asked of the cloud. */
async function stores(paths: Paths, cloud: string | undefined, kinds: readonly StoreKind[]): Promise<string[]> {
  const { name } = await findCloud(paths, cloud);
  const { installedBlueprint } = await import("../installed.ts");
  const of = (kind: string): boolean => kinds.includes(kindsInAws[kind]!);
  const ofApps = await Promise.all(
    readApps(paths, name).map(async (app) => {
      if (app.state === "kept")
        return app.kept.filter(({ kind }) => of(kind)).map((kept) => `${app.name}/${kept.name}`);
      const { tables = {}, buckets = {} } = (await installedBlueprint(paths, name, app))?.manifest ?? {};
      const named = { table: Object.keys(tables), bucket: Object.keys(buckets) };
      return kinds.flatMap((kind) => named[kind]).map((noun) => `${app.name}/${noun}`);
    }),
  );
  const things = (readThings(paths, name)?.things ?? []).filter(({ kind }) => of(kind));
  return [...ofApps.flat(), ...things.map((thing) => `things/${thing.name}`)];
}
