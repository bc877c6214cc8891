/** The catalogs a home knows: the list a person can edit, copies with their age, and asking many when some fail. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { Fault } from "../../blueprints/fault.ts";
import { readCopy, stateOf } from "../../catalog/cache.ts";
import { addCatalog, type CatalogHome, catalogsFile, readCatalogs, removeCatalog } from "../../catalog/catalogs.ts";
import type { CatalogEntry } from "../../catalog/index/entry.ts";
import { formatIndex } from "../../catalog/index/format.ts";
import { findEntries, newerOf } from "../../catalog/lookup.ts";
import { type Asking, type IndexSource, learnCatalog, refreshCatalogs } from "../../catalog/refresh.ts";
import type { IndexText } from "../../catalog/source.ts";
import { manyEntries } from "../support/catalog-entries.ts";

const dir = mkdtempSync(join(tmpdir(), "freehold-catalogs-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const day = 24 * 60 * 60 * 1000;
let home: CatalogHome;
let now: number;
let count = 0;
beforeEach(() => {
  const root = join(dir, String(count++));
  mkdirSync(root);
  home = { config: join(root, "config"), cache: join(root, "cache"), bundledIndex: join(root, "bundled.json") };
  now = Date.parse("2026-11-26T12:00:00Z");
  writeFileSync(home.bundledIndex, formatIndex({ format: 1, name: "bundled", serial: 1, entries: [entry("notes")] }));
});

const [base] = manyEntries(1);
const entry = (id: string, more: Partial<CatalogEntry> = {}): CatalogEntry => {
  const { repositoryId: _, commit: __, ...own } = base!;
  return { ...own, id, path: id, version: "1.0.0", ...more };
};
const text = (serial: number, ...entries: CatalogEntry[]): string =>
  formatIndex({ format: 1, name: "their-own", serial, entries });

/** A source that answers in turn; the last answer goes on. */
function source(
  ...answers: (() => Promise<{ unchanged: true } | IndexText> | never)[]
): IndexSource & { asked: any[] } {
  const asked: any[] = [];
  return {
    asked,
    readIndex(previous) {
      asked.push(previous);
      return answers[Math.min(asked.length, answers.length) - 1]!();
    },
    signedInWith: () => undefined,
  };
}
const says =
  (content: string, commit = "1".repeat(40)) =>
  async (): Promise<IndexText> => ({
    unchanged: false,
    text: content,
    commit,
    repository: "ann/apps",
    repositoryId: 77,
    validators: { etag: `"${commit}"`, commit },
  });
const unchanged = async () => ({ unchanged: true }) as const;
const fails = (code: string) => async () => {
  throw new Fault({ code, summary: `It is ${code}`, next: "freehold catalog refresh" });
};
const silent = () => new Promise<never>(() => undefined);

const asking = (sources: Record<string, IndexSource>, deadlineMs = 10_000): Asking => ({
  home,
  open: ({ ref }) => sources[ref]!,
  deadlineMs,
  now: () => now,
});

async function refusal(work: Promise<unknown>): Promise<Fault> {
  const fault = await work.catch((error: unknown) => error);
  if (fault instanceof Fault) return fault;
  throw new Error(`not refused: ${JSON.stringify(fault)}`);
}

describe("the list of catalogs", () => {
  it("has the bundled one, always and first", async () => {
    expect(await readCatalogs(home)).toEqual([{ name: "bundled", ref: "bundled" }]);
    expect((await refusal(removeCatalog(home, "bundled"))).code).toBe("catalog-bundled");
    expect(existsSync(catalogsFile(home))).toBe(false);
  });

  // It is the person's file: what they wrote in it stays when a command changes a line.
  it("keeps the order and the comments of whoever edits it", async () => {
    await addCatalog(home, { name: "first", ref: "/a" });
    await addCatalog(home, { name: "kept", ref: "/k" });
    const file = catalogsFile(home);
    const edited = readFileSync(file, "utf8")
      .replace("catalogs:", "# mine\ncatalogs:")
      .replace("/k", "/k # the club's");
    writeFileSync(file, edited);
    await addCatalog(home, { name: "second", ref: "github:ann/apps", repositoryId: 77 });
    await removeCatalog(home, "first");
    expect(readFileSync(file, "utf8")).toMatch(/# mine\n(.*\n)*.*# the club's/);
    expect(await readCatalogs(home)).toMatchObject([
      { name: "bundled" },
      { name: "kept", ref: "/k" },
      { name: "second" },
    ]);
    expect((await readCatalogs(home)).slice(2)).toEqual([{ name: "second", ref: "github:ann/apps", repositoryId: 77 }]);
  });

  it.each([
    ["format: 1\ncatalogs: [{ name: bundled, ref: /a }]", "catalogs.0.name: bundled is taken"],
    ["format: 1\ncatalogs: [{ name: a--b, ref: /a }]", "catalogs.0.name"],
    ["format: 1\ncatalogs: [{ name: aa, ref: /a }, { name: aa, ref: /b }]", "catalogs.1.name: aa is taken"],
    ["format: 1\ncatalogs: [{ name: aa, url: /a }]", "catalogs.0"],
    ["format: 2\ncatalogs: []", "format"],
    ["format: [", "catalogs.yaml"],
  ])("is refused with its place when it is wrong, and left as it is: %j", async (content, place) => {
    mkdirSync(home.config, { recursive: true });
    writeFileSync(catalogsFile(home), content);
    const fault = await refusal(addCatalog(home, { name: "new", ref: "/n" }));
    expect(fault).toMatchObject({ code: "catalogs-broken", exitCode: 2 });
    expect(fault.detail).toContain(place);
    expect(readFileSync(catalogsFile(home), "utf8")).toBe(content);
  });
});

describe("adding a catalog", () => {
  it("reads it first, and records which repository it is", async () => {
    const state = await learnCatalog(
      "github:ann/apps",
      undefined,
      asking({ "github:ann/apps": source(says(text(1, entry("diary")))) }),
    );
    expect(state).toMatchObject({ name: "their-own", publisher: "ann/apps", entries: 1, state: "fresh" });
    expect((await readCatalogs(home))[1]).toEqual({ name: "their-own", ref: "github:ann/apps", repositoryId: 77 });
    const again = learnCatalog("github:ann/other", undefined, asking({ "github:ann/other": source(says(text(1))) }));
    expect(await refusal(again)).toMatchObject({ code: "catalog-name-taken", exitCode: 2 });
  });

  it.each([
    ["does not answer", fails("github-down"), "github-down"],
    ["answers with what is no index", says("<html>"), "index-broken"],
  ])("that %s adds nothing", async (_, answer, code) => {
    const work = learnCatalog("github:ann/apps", "ann", asking({ "github:ann/apps": source(answer) }));
    expect((await refusal(work)).code).toBe(code);
    expect(await readCatalogs(home)).toHaveLength(1);
    expect(existsSync(join(home.cache, "catalogs"))).toBe(false);
  });
});

describe("refreshing", () => {
  const good = { name: "good", ref: "/good" };
  const bad = { name: "bad", ref: "/bad" };

  // Ten thousand entries that have not changed cost one question and no byte of an index.
  it("asks once, with what it was told the last time, and takes 'unchanged' for an answer (G3)", async () => {
    const ours = source(says(text(1, ...manyEntries(1000))), unchanged);
    await refreshCatalogs([good], asking({ "/good": ours }));
    const before = readCopy(home, good);
    now += 2 * day;
    expect(stateOf(home, good, now)).toMatchObject({ state: "cached", ageMs: 2 * day, entries: 1000 });
    const [state] = await refreshCatalogs([good], asking({ "/good": ours }));
    expect(state).toMatchObject({ state: "fresh", ageMs: 0 });
    expect(ours.asked).toHaveLength(2);
    expect(ours.asked[1].validators).toEqual({ etag: `"${"1".repeat(40)}"`, commit: "1".repeat(40) });
    expect(readCopy(home, good)).toBe(before);
  });

  // G1, G2: whatever one of them does, the others are refreshed and its copy stays in use, with its age and the reason.
  it.each([
    ["unreachable (G1)", fails("github-unreachable"), "github-unreachable"],
    ["limited (G2)", fails("github-limited"), "github-limited"],
    ["hostile", says(`{"format":1,"name":"x\u202e"}`), "index-broken"],
    ["silent (G1)", silent, "catalog-slow"],
    ["too large (G10)", says(" ".repeat(17 * 1024 ** 2)), "index-too-large"],
  ])("goes on when one is %s", async (_, answer, code) => {
    const sources = {
      "/good": source(says(text(1, entry("diary")))),
      "/bad": source(says(text(1, entry("kept"))), answer),
    };
    await refreshCatalogs([bad], asking(sources));
    now += 3 * day;
    const states = await refreshCatalogs([bad, good], asking(sources, 300));
    expect(states).toMatchObject([
      { name: "bad", state: "cached", ageMs: 3 * day, entries: 1, failure: { code } },
      { name: "good", state: "fresh", entries: 1 },
    ]);
    expect(readCopy(home, bad)).toContain('"kept"');
    expect((await findEntries({ ...home }, "kept", "bad")).length).toBe(0);
  });

  it("says of a catalog that was never read that there is nothing of it", async () => {
    const [state] = await refreshCatalogs([bad], asking({ "/bad": source(fails("gone")) }));
    expect(state).toMatchObject({ state: "broken", entries: 0, failure: { code: "gone", summary: "It is gone" } });
  });

  // G6: who hides what is newer serves the index of last month; its number gives that away.
  it("refuses an index that is older than the copy, and keeps the copy (G6)", async () => {
    const ours = source(
      says(text(5, entry("diary", { version: "2.0.0" }))),
      says(text(4, entry("diary"))),
      says(text(6)),
    );
    await refreshCatalogs([good], asking({ "/good": ours }));
    const [state] = await refreshCatalogs([good], asking({ "/good": ours }));
    expect(state).toMatchObject({
      state: "cached",
      failure: { code: "index-rolled-back", next: "freehold catalog rm good" },
    });
    expect(readCopy(home, good)).toContain('"2.0.0"');
    const [next] = await refreshCatalogs([good], asking({ "/good": ours }));
    expect(next).toMatchObject({ state: "fresh", entries: 0 });
  });

  // A cache may be deleted or damaged at any time: it is read anew, not asked whether it changed.
  it("reads anew what is no longer in the cache, and leaves no copy behind", async () => {
    const ours = source(says(text(1, entry("diary"))), says(text(2, entry("diary"))));
    await refreshCatalogs([good], asking({ "/good": ours }));
    const folder = join(home.cache, "catalogs", "good");
    for (const file of readdirSync(folder)) if (file.startsWith("index-")) rmSync(join(folder, file));
    expect(stateOf(home, good, now)).toMatchObject({ state: "broken" });
    await refreshCatalogs([good], asking({ "/good": ours }));
    expect(ours.asked[1].validators).toEqual({});
    writeFileSync(join(folder, "state.json"), "{ torn");
    expect(stateOf(home, good, now)).toMatchObject({ state: "broken" });
    await refreshCatalogs([good], asking({ "/good": ours }));
    expect(readdirSync(folder).filter((file) => file.endsWith(".tmp"))).toEqual([]);
    expect(stateOf(home, good, now)).toMatchObject({ state: "fresh", entries: 1 });
  });
});

describe("names in catalogs", () => {
  it("are found in each that has them, in the list's order, with where their files lie", async () => {
    const sources = {
      "github:ann/apps": source(
        says(text(1, entry("notes"), entry("far", { repositoryId: 5, commit: "2".repeat(40) }))),
      ),
    };
    await learnCatalog("github:ann/apps", "ann", asking(sources));
    expect((await findEntries(home, "notes")).map(({ catalog, publisher }) => [catalog.name, publisher])).toEqual([
      ["bundled", "bundled"],
      ["ann", "ann/apps"],
    ]);
    expect(await findEntries(home, "notes", "ann")).toMatchObject([{ repositoryId: 77, commit: "1".repeat(40) }]);
    expect(await findEntries(home, "far")).toMatchObject([
      { publisher: "repository 5", repositoryId: 5, commit: "2".repeat(40) },
    ]);
    expect(await findEntries(home, '","id":"')).toEqual([]);
  });

  // `ls` asks this each time, and only of apps that came from a catalog.
  it("have a newer version for what was installed from them, and from nowhere else", async () => {
    const sources = { "github:ann/apps": source(says(text(1, entry("diary", { version: "1.10.0" })))) };
    await learnCatalog("github:ann/apps", "ann", asking(sources));
    const app = (name: string, origin: { source: string; catalog?: string }, version: string, blueprint = "diary") => ({
      name,
      blueprint,
      version,
      origin,
    });
    const newer = await newerOf(home, [
      app("old", { source: "catalog", catalog: "ann" }, "1.9.0"),
      app("same", { source: "catalog", catalog: "ann" }, "1.10.0"),
      app("mine", { source: "folder" }, "0.1.0"),
      app("gone", { source: "catalog", catalog: "removed" }, "0.1.0"),
      app("notes", { source: "bundled" }, "1.0.0-rc.1", "notes"),
    ]);
    expect(newer.map(({ app: name, catalog, version }) => [name, catalog, version])).toEqual([
      ["old", "ann", "1.10.0"],
      ["notes", "bundled", "1.0.0"],
    ]);
  });
});
