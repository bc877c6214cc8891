/**
 * As many entries of a catalog as wanted, the same each time: words of this project's own pages as often as they stand
 * there, digests and commits that nothing can compress, half of the entries in other repositories.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { CatalogEntry } from "../../catalog/index/entry.ts";

const docs = resolve(import.meta.dirname, "../../docs");

function words(): string[] {
  const pages = readdirSync(docs, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".md"));
  const text = pages.sort().map((name) => readFileSync(join(docs, name), "utf8"));
  return (
    text
      .join(" ")
      .toLowerCase()
      .match(/[a-z]{2,12}/g) ?? []
  );
}

/** mulberry32: numbers below `below`, the same of the same seed. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
}

const licenses = ["MIT", "MIT", "MIT", "Apache-2.0", "GPL-3.0-only", "AGPL-3.0-or-later"];
const runtimes = ["nodejs24.x", "nodejs24.x", "nodejs22.x", "python3.13"];

/** Sorted by id. */
export function manyEntries(count: number, seed = 1): CatalogEntry[] {
  const all = words();
  const number = numbers(seed);
  const one = <T>(list: readonly T[]): T => list[number(list.length)]!;
  const some = (least: number, more: number): string[] => Array.from({ length: least + number(more) }, () => one(all));
  const tags = some(80, 1);
  const names = new Map<string, string>();
  while (names.size < count) {
    const title = some(1, 3);
    const id = title.join("-").slice(0, 32).replace(/-$/, "");
    names.set(id, title.join(" ").slice(0, 60));
  }
  const entries = [...names].map(([id, title], at): CatalogEntry => {
    const hash = createHash("sha256").update(id).digest("hex");
    return {
      id,
      version: `${number(4)}.${number(12)}.${number(9)}`,
      title: title[0]!.toUpperCase() + title.slice(1),
      tagline: some(5, 6).join(" ").slice(0, 120),
      tags: [...new Set(Array.from({ length: 1 + number(3) }, () => one(tags)))],
      license: one(licenses),
      ...(at % 2 === 0 ? { repositoryId: 1e8 + number(9e8), commit: hash.slice(0, 40) } : {}),
      path: id,
      digest: `sha256:${createHash("sha256").update(hash).digest("hex")}`,
      reach: number(3) === 0 ? ["public"] : number(4) === 0 ? [`api.${one(all)}.com`, "secret"] : [],
      level: number(9),
      runtimes: [one(runtimes)],
      sizeBytes: number(300_000),
    };
  });
  return entries.sort((a, b) => (a.id < b.id ? -1 : 1));
}
