/** Catalogs on GitHub through the built command: real octokit, real HTTP, an emulated GitHub that has accidents. */
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { CatalogState } from "../../catalog/documents.ts";
import { formatIndex } from "../../catalog/index/format.ts";
import { manyEntries } from "../support/catalog-entries.ts";
import { type Hub, type HubRepository, startGitHub } from "../support/github.ts";
import { type Home, root, withHome } from "../support/home.ts";

let hub: Hub;
let home: Home;
let apps: HubRepository;
const entries = manyEntries(500);
const index = (serial: number) => formatIndex({ format: 1, name: "anns", serial, entries });

beforeAll(async () => {
  hub = await startGitHub();
  home = await withHome({ env: hub.env });
  apps = hub.repository("ann/apps", { "catalog.json": index(1) });
});
afterAll(async () => {
  await home.close();
  await hub.close();
});

const stateIn = (file: string): { checkedAt: string } => JSON.parse(readFileSync(file, "utf8"));

/** What refreshing says of the one catalog, and how many requests it took. */
async function refreshed(): Promise<{ code: number; state: CatalogState; statuses: number[] }> {
  const before = hub.requests.length;
  const { code, stdout } = await home.attempt("catalog", "refresh", "anns", "--json");
  const statuses = hub.requests.slice(before).map(({ status }) => status);
  return { code, state: JSON.parse(stdout).catalogs[0], statuses };
}

// The whole way of a catalog: it is added, searched offline, asked again for nothing, and used on when GitHub fails.
describe("a catalog on GitHub", () => {
  it("is added with who publishes it, and searched without asking anybody", async () => {
    const { added } = await home.json("catalog", "add", "github:ann/apps");
    expect(added).toMatchObject({
      name: "anns",
      publisher: "ann/apps",
      entries: 500,
      state: "fresh",
      commit: apps.head,
    });
    const asked = hub.requests.length;
    const [one] = entries.filter(({ repositoryId }) => repositoryId === undefined);
    const found = await home.json("search", one!.id, "--catalog", "anns", "--limit", "3");
    expect(found.hits[0]).toMatchObject({ name: one!.id, digest: one!.digest, publisher: "ann/apps", catalog: "anns" });
    const plain = await home.freehold("search", one!.id, "--catalog", "anns");
    expect(plain.stdout).toContain(`anns/${one!.id}`);
    expect(hub.requests.length).toBe(asked);
  });

  // Judging again needs nobody: what was fetched once is what is shown, whatever GitHub says by now.
  it("has blueprints that are judged and read offline once they were fetched", async () => {
    const counter = join(root, "test/support/fixtures/counter");
    const files = readdirSync(counter, { recursive: true, encoding: "utf8" }).filter((name) =>
      statSync(join(counter, name)).isFile(),
    );
    const repository = hub.repository(
      "bea/counter",
      Object.fromEntries(files.map((name) => [name, readFileSync(join(counter, name), "utf8")])),
    );
    repository.tag("v1");
    const commands = [
      ["info", "github:bea/counter@v1"],
      ["source", "github:bea/counter@v1"],
      ["source", "github:bea/counter@v1", "api/index.mjs"],
    ];
    const online = [];
    for (const command of commands) online.push(await home.json(...command));
    expect(online[0].card).toMatchObject({ name: "counter", origin: { commit: repository.head } });
    expect(JSON.stringify(online[2])).toContain("export");
    hub.limit({ remaining: 0, resetInSeconds: 900 });
    const offline = [];
    for (const command of commands) offline.push(await home.json(...command));
    hub.limit({ remaining: 60, resetInSeconds: 3600 });
    expect(offline).toEqual(online);
  });

  // Nobody waits for a catalog that is a day old: what is there is shown, and the next search has what is new.
  it("that was checked two days ago is asked beside a search, which does not wait", async () => {
    const file = join(home.env["FREEHOLD_HOME"]!, "cache/catalogs/anns/state.json");
    const ago = new Date(Date.now() - 2 * 24 * 60 * 60 * 1000).toISOString();
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), askedAt: ago, checkedAt: ago }));
    hub.accident(/./, { kind: "late", ms: 3000 });
    const asked = hub.requests.length;
    const found = await home.json("search", "--limit", "1");
    expect(found.catalogs[1]).toMatchObject({ name: "anns", state: "cached", checkedAt: ago });
    await vi.waitFor(() => expect(stateIn(file).checkedAt).not.toBe(ago), { timeout: 20_000, interval: 50 });
    expect(hub.requests.slice(asked).map(({ status }) => status)).toEqual([304]);
  });

  // What lies in the cache may be anything after a crash or a disk that failed; the other catalogs are searched on.
  it("whose copy is damaged is named, and the others are searched", async () => {
    const folder = join(home.env["FREEHOLD_HOME"]!, "cache/catalogs/anns");
    const copy = join(folder, readdirSync(folder).find((name) => name.startsWith("index-"))!);
    writeFileSync(copy, readFileSync(copy, "utf8").slice(0, 1000));
    const found = await home.json("search", "notes");
    expect(found.hits).toMatchObject([{ catalog: "bundled", name: "notes" }]);
    expect(found.catalogs[1]).toMatchObject({ state: "broken", failure: { code: "index-broken" } });
    // "Nothing new" would leave it damaged for ever.
    expect(await refreshed()).toMatchObject({ code: 0, state: { state: "fresh", entries: 500 } });
    expect((await home.json("search", "--catalog", "anns")).total).toBe(500);
  });

  it.each([
    ["--reach", "everything", "flag-invalid", 2],
    ["--limit", "0", "flag-invalid", 2],
    ["--catalog", "ann", "catalog-unknown", 4],
  ])("is not searched with %s %s, which means nothing", async (flag, value, code, exitCode) => {
    const ended = await home.attempt("search", flag, value, "--json");
    expect([JSON.parse(ended.stdout).code, ended.code]).toEqual([code, exitCode]);
  });

  it("that has not changed costs one conditional request without a body (G3)", async () => {
    expect(await refreshed()).toMatchObject({ code: 0, state: { state: "fresh", entries: 500 }, statuses: [304] });
  });

  // G2: the copy is used on, and it is said until when GitHub will not answer.
  it("that is limited keeps its copy, and says until when (G2)", async () => {
    hub.limit({ remaining: 0, resetInSeconds: 900 });
    const { code, state } = await refreshed();
    hub.limit({ remaining: 60, resetInSeconds: 3600 });
    expect(code).toBe(1);
    expect(state).toMatchObject({ state: "cached", entries: 500, failure: { code: "github-limited" } });
    expect(Date.parse(state.failure!.until!)).toBeGreaterThan(Date.now() + 600_000);
    expect(await refreshed()).toMatchObject({ code: 0, state: { state: "fresh" } });
  });

  // G6: a force-push to last month's index hides what is newer.
  it("that goes back to an older index keeps the newer copy (G6)", async () => {
    apps.commit({ "catalog.json": index(7) });
    expect(await refreshed()).toMatchObject({ code: 0, state: { commit: apps.head } });
    const newer = apps.head;
    apps.commit({ "catalog.json": index(6) }, { force: true });
    const { code, state } = await refreshed();
    expect(code).toBe(1);
    expect(state).toMatchObject({ state: "cached", commit: newer, failure: { code: "index-rolled-back" } });
  });

  // The name is taken by somebody else: their catalog is not the one that was added.
  it("whose name belongs to another repository now is not asked for anything", async () => {
    apps.remove();
    hub.repository("ann/apps", { "catalog.json": index(9) });
    const { code, state } = await refreshed();
    expect(code).toBe(1);
    expect(state).toMatchObject({ state: "cached", entries: 500 });
    expect(state.failure?.code).toMatch(/repository/);
    const list = await home.freehold("catalog", "ls");
    expect(list.stdout).toMatch(/anns .*a copy, checked just now/);
  });

  it("is forgotten whole, by its name only, and the bundled one stays", async () => {
    const unknown = await home.attempt("catalog", "rm", "ann", "--json");
    expect([JSON.parse(unknown.stdout).code, unknown.code]).toEqual(["catalog-unknown", 4]);
    const bundled = await home.attempt("catalog", "rm", "bundled", "--json");
    expect([JSON.parse(bundled.stdout).code, bundled.code]).toEqual(["catalog-bundled", 2]);
    const asked = hub.requests.length;
    expect(await home.json("catalog", "rm", "anns")).toEqual({
      removed: { name: "anns", ref: "github:ann/apps" },
      apps: [],
    });
    const { catalogs } = await home.json("catalog", "ls");
    expect(catalogs.map(({ name }: CatalogState) => name)).toEqual(["bundled"]);
    expect(await home.attempt("info", `anns/${entries[0]!.id}`)).toMatchObject({ code: 4 });
    expect(readdirSync(join(home.dir, "freehold/cache/catalogs"))).not.toContain("anns");
    expect(hub.requests.length).toBe(asked);
  });
});

// Whoever reads a private catalog should see with what; the token itself is kept nowhere and said nowhere.
it("a private catalog is read with a token, whose source is shown and whose text is not", async () => {
  const repository = hub.repository("ann/own", { "catalog.json": index(1) });
  repository.private = true;
  const token = hub.token("t0ken-that-is-secret", ["ann/own"]);
  const own = await withHome({ env: { ...hub.env, GITHUB_TOKEN: token } });
  try {
    const { added } = await own.json("catalog", "add", "github:ann/own");
    expect(added).toMatchObject({ name: "anns", token: "GITHUB_TOKEN", entries: 500 });
    const { stdout, stderr } = await own.freehold("catalog", "ls");
    expect(stdout).toMatch(/anns .*checked just now, asked with GITHUB_TOKEN/);
    const kept = readdirSync(own.dir, { recursive: true, encoding: "utf8" })
      .map((name) => join(own.dir, name))
      .filter((path) => statSync(path).isFile())
      .map((path) => readFileSync(path, "latin1"));
    expect([stdout, stderr, JSON.stringify(added), ...kept].join("\n")).not.toContain(token);
  } finally {
    await own.close();
  }
});
