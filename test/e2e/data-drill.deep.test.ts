/** A restore drill: every bundled app's data, backed up, spoiled and brought back, compared sum by sum. */
import { readdirSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Home, resultOf, root, withHome } from "../support/home.ts";

const apps = readdirSync(join(root, "blueprints"), { withFileTypes: true })
  .filter(
    (entry) => entry.isDirectory() && readdirSync(join(root, "blueprints", entry.name)).includes("blueprint.yaml"),
  )
  .map(({ name }) => name);

let home: Home;
beforeAll(async () => {
  home = await withHome();
  for (const app of apps) await home.freehold("up", app);
}, 400_000);
afterAll(() => home?.close());

interface Store {
  app: string;
  name: string;
  kind: "table" | "bucket";
  key?: { hash: { name: string; type: string }; range?: { name: string; type: string } };
}

/** Key attributes by type, and of every other type one. */
function itemOf({ key }: Store, n: number): string {
  const keys = [key!.hash, ...(key!.range ? [key!.range] : [])].map(({ name, type }) => [
    name,
    { [type]: type === "S" ? `drill ${n}` : type === "N" ? String(n) : Buffer.from([n]).toString("base64") },
  ]);
  const rest = {
    "drill-n": { N: "12345678901234567890123456789012345678" },
    "drill-b": { B: Buffer.from([0, 255, n]).toString("base64") },
    "drill-set": { SS: ["a", "b"] },
    "drill-map": { M: { empty: { S: "" }, list: { L: [{ NULL: true }, { BOOL: false }] } } },
  };
  return JSON.stringify({ ...rest, ...Object.fromEntries(keys) });
}

/** Every item and object there is, each as one text with its sum. */
async function stored(to: string): Promise<string[]> {
  await home.freehold("data", "export", "--all", "--to", to);
  const manifest = JSON.parse(await readFile(join(home.dir, to, "manifest.json"), "utf8"));
  const lines: string[] = [];
  for (const { path } of manifest.files) {
    if (!path.endsWith(".jsonl")) continue;
    for (const text of (await readFile(join(home.dir, to, path), "utf8")).trim().split("\n")) {
      const row = JSON.parse(text);
      // What S3 sets itself, and where the copy lies.
      const { modified: _m, version: _v, etag: _e, file: _f, ...object } = row;
      const line = path.includes("/buckets/") ? object : row;
      lines.push(`${path.replace(/-\d+\.jsonl$/, "")} ${JSON.stringify(Object.entries(line).sort())}`);
    }
  }
  return lines.sort();
}

// F52, F75: a backup is worth what came back from it.
it("brings back what every bundled app stores, equal", { timeout: 500_000 }, async () => {
  expect(apps.length).toBeGreaterThan(5);
  const { stores } = await home.json<{ stores: Store[] }>("data", "ls");
  expect(new Set(stores.map(({ app }) => app)).size).toBeGreaterThan(4);
  await writeFile(join(home.dir, "file.txt"), "what was written");
  await writeFile(join(home.dir, "other.txt"), "spoiled");
  for (const store of stores) {
    const at = `${store.app}/${store.name}:${store.kind}`;
    if (store.kind === "table") await home.pipe(itemOf(store, 1), "data", "put", at, "--typed");
    else await home.freehold("data", "put", at, "file.txt", "drill/../ü &.txt", "--type", "text/x-drill");
  }
  const before = await stored("before");
  expect(before.length).toBeGreaterThanOrEqual(stores.length);
  const { backups } = resultOf(await home.events("data", "backup", "--all")).data;
  expect(backups.map(({ app }: { app: string }) => app).sort()).toEqual(
    [...new Set(stores.map(({ app }) => app))].sort(),
  );
  for (const store of stores) {
    const at = `${store.app}/${store.name}:${store.kind}`;
    if (store.kind === "table") await home.pipe(itemOf(store, 2), "data", "put", at, "--typed");
    else await home.freehold("data", "put", at, "other.txt", "drill/../ü &.txt");
  }
  expect(await stored("spoiled")).not.toEqual(before);
  for (const { app } of backups) await home.freehold("data", "restore", app, "--replace");
  expect(await stored("after")).toEqual(before);
});
