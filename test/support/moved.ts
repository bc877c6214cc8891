/** A cloud with something in each kind of store, for what carries a cloud to another. */
import { createHash, randomBytes } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { Home } from "./home.ts";
import { writeVault } from "./vault.ts";

export const secret = "ghp_never-in-a-file";
/** More than one piece of an upload, so that its ETag is of its pieces. */
const largeBytes = 9 * 1024 ** 2;

/** An app with a table and a secret, a table of one's own, a bucket with a large file and one whose name is no file's. */
export async function fillCloud(home: Home): Promise<void> {
  await home.pipe(secret, "secret", "set", "vault", "token");
  await home.freehold("up", writeVault(home.dir), "--settings", "title=Mine");
  await home.freehold("add", "table", "readings", "--key", "sensor:string,at:number", "--yes");
  await home.freehold("add", "bucket", "photos", "--yes");
  const items = [1, 2, 3, 4, 5].map((n) => ({
    id: `item-${n}`,
    n,
    tags: { SS: ["b", "a"] },
    deep: { list: [n, null] },
  }));
  writeFileSync(join(home.dir, "items.jsonl"), items.map((one) => JSON.stringify(one)).join("\n"));
  await home.freehold("data", "import", "items.jsonl", "vault/items");
  await home.freehold("data", "put", "things/readings", '{"sensor":"roof","at":12345678901234,"value":"21.5"}');
  writeFileSync(join(home.dir, "film.bin"), randomBytes(largeBytes));
  writeFileSync(join(home.dir, "note.txt"), "hello\n");
  await home.freehold("data", "put", "things/photos", "film.bin", "films/film.bin");
  await home.freehold("data", "put", "things/photos", "note.txt", "a b/ü?.txt");
}

/** What each store of it has, item by item and byte by byte, whoever wrote it. */
export async function contentsOf(home: Home, ...flags: string[]): Promise<unknown> {
  const of = async (store: string) => (await home.json("data", "ls", store, "--typed", ...flags)).items;
  const items = (await of("vault/items")).map(({ tags, ...rest }: any) => ({ ...rest, tags: [...tags.SS].sort() }));
  const files = [];
  for (const { key } of (await home.json("data", "ls", "things/photos", ...flags)).items) {
    const to = join(home.dir, "got");
    rmSync(to, { force: true });
    await home.freehold("data", "get", "things/photos", key, "-o", to, ...flags);
    files.push([key, createHash("sha256").update(readFileSync(to)).digest("hex")]);
  }
  return { items: items.sort(byText), readings: await of("things/readings"), files };
}

const byText = (one: unknown, other: unknown): number => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1);

/** Of a result with data: every store all the same, and as many as there are. */
export function expectAllTheSame({ data }: any): void {
  expect(data.stores.map(({ store, arrived: { same, ...rest } }: any) => [store, same, rest]).sort()).toEqual([
    ["things/photos", 2, { changed: 0, missing: 0, more: 0 }],
    ["things/readings", 1, { changed: 0, missing: 0, more: 0 }],
    ["vault/items", 5, { changed: 0, missing: 0, more: 0 }],
  ]);
}
