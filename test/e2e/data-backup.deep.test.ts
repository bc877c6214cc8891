/**
 * Copies of data as people meet them: taken, listed, brought back, around an upgrade and a rollback, and the export that a
 * destroy makes, killed on the way.
 */
import { existsSync, globSync, readdirSync, rmSync, statSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { changeFile, copyCounter } from "../support/counter.ts";
import { type Home, resultOf, withHome } from "../support/home.ts";
import { start } from "../support/running.ts";

let home: Home;
beforeAll(async () => {
  home = await withHome();
  await copyCounter(home.dir);
  const newer = await copyCounter(home.dir, "newer");
  await changeFile(join(newer, "blueprint.yaml"), (text) => text.replace("version: 1.0.0", "version: 2.0.0"));
}, 60_000);
afterAll(() => home?.close());

const put = (id: string, n: number) => home.freehold("data", "put", "counter/counts", JSON.stringify({ id, n }));
const items = async (): Promise<any[]> =>
  (await home.json("data", "ls", "counter/counts")).items.sort((a: any, b: any) => (a.id < b.id ? -1 : 1));
const backups = async (): Promise<any[]> => (await home.json("data", "backups", "counter")).backups;
const errorOf = (stdout: string): any =>
  stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
    .find(({ type }) => type === "error");

/** The worker, not the command that watches it: kill -9 when this is said. False: it had ended by then. */
async function killedAt(when: RegExp, command: readonly string[]): Promise<boolean> {
  const running = start(home, ...command);
  await running.said(when);
  const operations = join(home.dir, "freehold/state/operations");
  // By when it was written: two operations of one second are not in order by their names.
  const workers = globSync("*/worker.json", { cwd: operations }).map((file) => join(operations, file));
  const last = workers.reduce((one, other) => (statSync(other).mtimeMs > statSync(one).mtimeMs ? other : one));
  try {
    process.kill(JSON.parse(await readFile(last, "utf8")).pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
  return (await running.ended) !== 0;
}

describe("around an upgrade", { timeout: 300_000 }, () => {
  // A new version that spoils data is the day a copy is needed: it was made before, and what goes by its return is said.
  it("data is copied before, and comes back with rollback --data when exactly that loss is said yes to", async () => {
    await home.freehold("up", "./counter");
    const none = await home.events("upgrade", "counter", "--to", "./newer");
    expect(resultOf(none).apps[0].version).toBe("2.0.0");
    expect(await backups()).toEqual([]);
    await home.freehold("rollback", "counter");
    await put("a", 1);
    await put("b", 2);
    await home.freehold("upgrade", "counter", "--to", "./newer");
    expect(await backups()).toMatchObject([{ why: "upgrade", version: "1.0.0", verified: expect.any(String) }]);
    await put("a", 100);
    await put("c", 3);
    const refused = await home.attempt("rollback", "counter", "--data", "--yes", "--json");
    expect(refused.code).toBe(3);
    const events = refused.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(events.find(({ type }) => type === "loss")).toMatchObject({
      needed: true,
      loss: {
        backup: { version: "1.0.0" },
        stores: expect.arrayContaining([{ store: "counter/counts", kind: "table", added: 1, changed: 1, gone: 0 }]),
      },
    });
    expect((await items()).map(({ n }) => n)).toEqual([100, 2, 3]);
    const { next } = errorOf(refused.stdout);
    await put("d", 4);
    // What was said yes to is not this any more.
    const other = await home.attempt(...next.split(" ").slice(1), "--json");
    expect(other.code).toBe(3);
    const differs = errorOf(other.stdout);
    expect(differs.code).toBe("loss-differs");
    expect(resultOf(await home.events(...differs.next.split(" ").slice(1))).apps[0].version).toBe("1.0.0");
    expect(await items()).toEqual([
      { id: "a", n: 1 },
      { id: "b", n: 2 },
    ]);
    // What was there is kept.
    const replaced = join(home.dir, "freehold/data/clouds/home/replaced");
    const [copy = ""] = readdirSync(replaced);
    const lines = await readFile(join(replaced, copy, "counter/tables/counts/items-00001.jsonl"), "utf8");
    expect(lines.match(/"id"/g)).toHaveLength(4);
  });

  // F3: half of the data is neither what was shown nor the backup; what was said yes to goes on.
  it("a return of data that was killed goes on with the same command, and asks nothing again", async () => {
    const before = await items();
    await home.freehold("upgrade", "counter", "--to", "./newer");
    await put("y", 25);
    const { stdout } = await home.attempt("rollback", "counter", "--data", "--json");
    const command = errorOf(stdout).next.split(" ").slice(1);
    expect(await killedAt(/deleting DynamoDB table/, command)).toBe(true);
    expect(resultOf(await home.events(...command)).apps[0].version).toBe("1.0.0");
    expect(await items()).toEqual(before);
  });

  // F52: what cannot be copied is not upgraded.
  it("a copy that cannot be made stops the upgrade before any change", async () => {
    const cache = join(home.dir, "freehold/cache/backups");
    const { rmSync } = await import("node:fs");
    rmSync(cache, { recursive: true, force: true });
    await writeFile(cache, "in the way");
    const failed = await home.attempt("upgrade", "counter", "--to", "./newer", "--json");
    expect(failed.code).not.toBe(0);
    expect(failed.stdout).toContain("so the upgrade is not begun");
    expect((await home.json("show", "counter")).version).toBe("1.0.0");
    rmSync(cache);
  });
});

describe("data backup and restore", { timeout: 300_000 }, () => {
  it("take, list, keep by a rule that is named, and bring back one thing or all, into a copy, too", async () => {
    const made = resultOf(await home.events("data", "backup", "counter")).data;
    expect(made.backups).toMatchObject([{ app: "counter", gone: [], costPerMonth: 0, verified: expect.any(String) }]);
    const before = await items();
    await home.freehold("data", "rm", "counter/counts", "id=a");
    await put("b", 20);
    await home.freehold("data", "restore", "counter/counts", "id=a");
    const there = await home.attempt("data", "restore", "counter/counts", "id=b");
    expect(there).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("freehold data restore counter/counts id=b --replace"),
    });
    await home.freehold("data", "restore", "counter/counts", "id=b", "--replace");
    expect(await items()).toEqual(before);
    await home.freehold("data", "undo");
    expect((await items()).map(({ n }) => n)).toContain(20);
    const dry = resultOf(await home.events("data", "restore", "counter", "--dry-run")).data;
    expect(dry).toMatchObject({
      dryRun: true,
      stores: expect.arrayContaining([expect.objectContaining({ had: true })]),
    });
    expect((await home.attempt("data", "restore", "counter", "--yes")).code).toBe(3);
    await home.freehold("data", "restore", "counter", "--replace");
    expect(await items()).toEqual(before);
    const noCopy = await home.attempt("data", "restore", "counter", "--as", "second");
    expect(noCopy).toMatchObject({ code: 4, stderr: expect.stringContaining("freehold up counter --as second") });
    await home.freehold("up", "counter", "--as", "second");
    await home.freehold("data", "restore", "counter", "--as", "second");
    expect((await home.json("data", "ls", "second/counts")).items).toHaveLength(before.length);
    await home.freehold("destroy", "second", "--data", "delete", "--yes");
    expect((await home.attempt("data", "backup", "counter", "--keep", "soon")).code).toBe(2);
    const kept = resultOf(await home.events("data", "backup", "--all", "--keep", "1")).data.backups;
    expect(kept).toMatchObject([
      { app: "counter", rule: "the newest 1", gone: [expect.any(String), expect.any(String), expect.any(String)] },
    ]);
    expect(await backups()).toHaveLength(1);
    const past = await home.attempt("data", "restore", "counter/counts", "--at", "2026-01-01T00:00:00Z");
    expect(past).toMatchObject({ code: 2, stderr: expect.stringContaining("no history") });
    const shown = (await home.freehold("data", "backups")).stdout;
    expect(shown).toMatch(/counter .* whole[\s\S]*the newest 1 kept[\s\S]*none goes unless --keep is named/);
  });
});

describe("destroy --data export", { timeout: 300_000 }, () => {
  let before: any[];
  beforeEach(async () => {
    await home.freehold("up", "./counter");
    await put("e", 5);
    before = await items();
  });
  const linesIn = async (folder: string): Promise<number> =>
    (await readFile(join(home.dir, folder, "counter/tables/counts/items-00001.jsonl"), "utf8")).trim().split("\n")
      .length;

  // What a person takes away has to be whole before the last of it goes; backups of an app outlive it.
  it("leaves a whole export and nothing in the cloud, and backups stay", async () => {
    await home.freehold("data", "backup", "counter");
    const there = await backups();
    await home.freehold("destroy", "counter", "--data", "export", "--to", "taken", "--yes");
    expect(await linesIn("taken")).toBe(before.length);
    expect(await home.json("ls")).toMatchObject({ apps: [] });
    expect((await home.attempt("data", "ls", "counter")).code).toBe(4);
    expect(await backups()).toEqual(there);
    await home.freehold("up", "./counter");
    expect(await items()).toEqual([]);
    await home.freehold("data", "restore", "counter");
    expect((await items()).length).toBe(before.length);
  });

  // F3: killed at any time the same command ends it, an old export is not taken for the new one, and nothing written
  // meanwhile is deleted unread.
  it("killed while it exports or deletes, the same command goes on, into an archive, too", async () => {
    for (const [to, when] of [
      ["one", /reading DynamoDB table/],
      ["three.tar.gz", /was read back/],
    ] as const) {
      const command = ["destroy", "counter", "--data", "export", "--to", to, "--yes"];
      const begin = async (): Promise<boolean> => {
        rmSync(join(home.dir, to), { recursive: true, force: true });
        await home.freehold("up", "./counter");
        await put("e", 5);
        return killedAt(when, command);
      };
      // One that was done before it could be killed shows nothing.
      while (!(await begin()));
      await home.freehold(...command);
      expect(existsSync(join(home.dir, to))).toBe(true);
      expect(await home.json("ls")).toMatchObject({ apps: [] });
    }
    expect(await linesIn("one")).toBe(before.length);
    await home.freehold("up", "./counter");
    const taken = await home.attempt("destroy", "counter", "--data", "export", "--to", "one", "--yes");
    const again = await home.attempt("destroy", "counter", "--data", "export", "--to", "one", "--yes");
    expect([taken.code, again.code]).toEqual([2, 2]);
    expect((await home.json("show", "counter")).state).toBe("kept");
  });
});

describe("the cloud they are in", { timeout: 300_000 }, () => {
  // Backups are for the day the apps are gone: only the word that deletes everything deletes them.
  it("keeps backups over destroy --all, and takes their bucket back", async () => {
    await home.freehold("up", "./counter");
    await put("z", 26);
    await home.freehold("data", "backup", "counter");
    await home.freehold("destroy", "counter", "--data", "delete", "--yes");
    const there = await backups();
    expect(there.length).toBeGreaterThan(0);
    const gone = await home.freehold("destroy", "--all", "--yes");
    expect(gone.stderr).toMatch(/Backups are kept in s3:\/\/home--foundation--backups-/);
    expect(await backups()).toEqual(there);
    await home.freehold("up", "./counter");
    await home.freehold("data", "restore", "counter");
    expect((await items()).length).toBeGreaterThan(0);
    const made = await home.events("data", "backup", "counter");
    expect(
      made.find(({ type, kind, phase }) => type === "resource" && /s3\/bucket:/.test(kind) && phase === "done"),
    ).toMatchObject({ op: "import" });
    expect(await backups()).toHaveLength(there.length + 1);
    const health = await home.json("state", "verify");
    expect(JSON.stringify(health)).not.toMatch(/damaged|lost/);
  });

  // Whoever leaves takes everything along, and nothing stays behind to be paid for: of apps, of things, and of what was
  // removed before.
  it("goes whole behind one export of all, killed on the way, too", async () => {
    for (const name of ["now", "before"]) {
      await home.freehold("add", "table", name, "--yes");
      await home.freehold("data", "put", `things/${name}`, '{"id":"t"}');
    }
    await home.freehold("destroy", "things/before", "--yes");
    // A bucket may be one of those that go.
    const inside = await home.attempt("destroy", "--all", "--data", "export", "--to", "s3://anywhere/last", "--yes");
    expect([inside.code, inside.stderr]).toEqual([2, expect.stringContaining("Name a folder")]);
    const command = ["destroy", "--all", "--data", "export", "--to", "last", "--yes"];
    const cut = await killedAt(/reading DynamoDB table/, command);
    if (cut) await home.freehold(...command);
    const manifest = JSON.parse(await readFile(join(home.dir, "last/manifest.json"), "utf8"));
    expect(manifest.stores.map((one: any) => `${one.app}/${one.name} ${one.count}`)).toEqual(
      expect.arrayContaining(["things/before 1", "things/now 1", expect.stringMatching(/^counter\/counts [1-9]/)]),
    );
    expect((await home.json("cloud", "ls")).clouds).toEqual([]);
    expect(existsSync(join(home.dir, "freehold/data/clouds/home"))).toBe(false);
  });
});
