/** What a newer version means for an app's reach: said only as far as what is on this computer shows it. Row H11. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { cardOf } from "../../blueprints/card-of.ts";
import { loadBlueprint } from "../../blueprints/load.ts";
import { readCatalogs } from "../../catalog/catalogs.ts";
import type { CatalogEntry } from "../../catalog/index/entry.ts";
import { formatIndex } from "../../catalog/index/format.ts";
import { learnCatalog, refreshCatalogs } from "../../catalog/refresh.ts";
import { place } from "../../catalog/shelf.ts";
import { catalogHome } from "../../cli/catalogs.ts";
import { findPaths, type Paths } from "../../cli/paths.ts";
import { completed, type InstalledApp } from "../../cli/registry.ts";
import { createPaint } from "../../cli/ui/paint.ts";
import { updatesOf } from "../../cli/updates.ts";
import { plain } from "../../cli/views/ls.ts";
import { manyEntries } from "../support/catalog-entries.ts";
import { changeFile, copyCounter } from "../support/counter.ts";

const dir = mkdtempSync(join(tmpdir(), "freehold-updates-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

let paths: Paths;
let count = 0;
beforeEach(() => {
  paths = findPaths({ FREEHOLD_HOME: join(dir, String(count++)) });
});

const { repositoryId: _, commit: __, ...base } = manyEntries(1)[0]!;

/** The catalog `ann` lists counter 2.0.0 as reaching this. */
async function listed(reach: string[], digest = base.digest): Promise<void> {
  const entry: CatalogEntry = { ...base, id: "counter", path: "counter", version: "2.0.0", reach, digest };
  const text = formatIndex({ format: 1, name: "ann", serial: ++count, entries: [entry] });
  const index = { unchanged: false as const, text, commit: "1".repeat(40), repository: "ann/apps", repositoryId: 77 };
  const source = { readIndex: async () => ({ ...index, validators: {} }), signedInWith: () => undefined };
  const home = catalogHome(paths);
  const asking = { home, open: () => source, now: () => Date.now() };
  const known = (await readCatalogs(home)).filter(({ name }) => name === "ann");
  if (known.length > 0) await refreshCatalogs(known, asking);
  else await learnCatalog("github:ann/apps", "ann", asking);
}

/** Counter 1.0.0, from `ann`; it has one public route. */
async function installed(): Promise<InstalledApp> {
  const card = await cardOf(await loadBlueprint(await copyCounter(dir, `old-${count}`)), { source: "catalog" }, where);
  return completed({
    format: 1,
    name: "counter",
    ref: "ann/counter",
    source: "catalog",
    origin: { source: "catalog", catalog: "ann" },
    blueprint: "counter",
    title: "Counter",
    version: "1.0.0",
    digest: card.digest,
    reach: card.reach,
    state: "running",
    kept: [],
    settings: {},
    installedAt: "2026-11-26T12:00:00Z",
    updatedAt: "2026-11-26T12:00:00Z",
  });
}
const where = { region: "eu-central-1" };

/** Version 2.0.0 with this change was fetched before; answers its digest. */
async function fetched(change: (manifest: string) => string = (text) => text): Promise<string> {
  const fill = async (into: string): Promise<string> => {
    const folder = await copyCounter(into);
    await changeFile(join(folder, "blueprint.yaml"), (text) => change(text.replace("1.0.0", "2.0.0")));
    return folder;
  };
  return (await place({ cache: paths.cache }, fill)).digest;
}
const reachOfUpdate = async () => (await updatesOf(paths, [await installed()])).get("counter")?.reach;

const moreRoutes = (text: string) => text.replace("routes:\n", "routes:\n  /all/*: { to: api, public: true }\n");

describe("of a newer version that is not here", () => {
  // Public before and public after: that there is one more public route is in the blueprint, not in the index.
  it("nothing is said when its index names nothing new, nor when it names less", async () => {
    await listed(["public"]);
    expect(await reachOfUpdate()).toBe("unknown");
    const { format: _, ...app } = await installed();
    const document = { cloud: "home", target: "local" as const, region: "local", things: [] };
    const said = plain(
      { ...document, apps: [{ ...app, update: { version: "2.0.0", reach: "unknown" } }] },
      createPaint(false),
    );
    expect(said).toContain("update to 2.0.0");
    expect(said).not.toContain("reach");
    await listed([]);
    expect(await reachOfUpdate()).toBe("unknown");
  });

  it("it is said when its index names more", async () => {
    await listed(["api.example.org", "public"]);
    expect(await reachOfUpdate()).toBe("wider");
  });
});

describe("of a newer version that is here", () => {
  it("all of it is compared, whatever its index says", async () => {
    await listed(["public"], await fetched(moreRoutes));
    expect(await reachOfUpdate()).toBe("wider");
    await listed(["public"], await fetched((text) => text.replace("files: write", "files: read")));
    expect(await reachOfUpdate()).toBe("narrower");
    await listed(["public"], await fetched());
    expect(await reachOfUpdate()).toBe("unchanged");
  });
});
