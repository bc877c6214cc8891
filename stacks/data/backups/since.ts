/**
 * What was written since a backup: of each store how many items or files are new, are others, or are gone. Reads all of
 * both; of each item of the backup sixteen bytes are in memory, so that a million cost as many megabytes. Changes nothing.
 */
import { createHash } from "node:crypto";
import { canonical } from "../../../blueprints/canonical.ts";
import type { Cloud } from "../../cloud.ts";
import { s3 } from "../../deploy/clients.ts";
import type { TypedItem } from "../format/attribute.ts";
import { asDataFault } from "../format/failures.ts";
import { linesOf } from "../format/lines.ts";
import type { ExportedStore, ObjectLine, TableKeys } from "../format/manifest.ts";
import { patiently } from "../format/patience.ts";
import { rawTables } from "../format/wire.ts";
import { checked, keysOf, type OpenExport, partsOf, readObject } from "../import-check.ts";
import { type Place, storeName } from "../stores.ts";

export interface Since {
  /** `notes/files` */
  store: string;
  kind: "table" | "bucket";
  /** Written since: a return of the backup removes them. */
  added: number;
  /** Others than in the backup: it writes over them. */
  changed: number;
  /** In the backup alone: it brings them back. */
  gone: number;
}

/** Faults: those of reading a store, `data-broken`. */
export async function writtenSince(
  cloud: Cloud,
  source: OpenExport,
  pairs: readonly [ExportedStore, Place][],
  signal: AbortSignal,
): Promise<Since[]> {
  const found: Since[] = [];
  try {
    for (const [from, to] of pairs) {
      const compare = from.kind === "table" ? compareTable : compareBucket;
      found.push({ store: storeName(to), kind: from.kind, ...(await compare(cloud, source, from, to, signal)) });
    }
    return found;
  } catch (error) {
    throw asDataFault(error, cloud, source.place.at);
  }
}

type Counts = Pick<Since, "added" | "changed" | "gone">;
type Compare = (
  cloud: Cloud,
  source: OpenExport,
  from: ExportedStore,
  to: Place,
  signal: AbortSignal,
) => Promise<Counts>;

const compareTable: Compare = async (cloud, source, from, { id }, signal) => {
  const keys = await keysOf(source, from);
  const seen = new Seen(from.count);
  for (const part of partsOf(source, from))
    for await (const text of linesOf(checked(source.place, part, signal), part.path)) {
      const item = JSON.parse(text) as TypedItem;
      seen.add(keyOf(item, keys), contentOf(item));
    }
  seen.sort();
  const tables = await rawTables(cloud);
  try {
    for (let after: TypedItem | undefined; ; ) {
      const place = { segment: 0, segments: 1, signal, ...(after ? { after } : {}) };
      const { items, next } = await patiently(signal, () => tables.scan(id, place));
      signal.throwIfAborted();
      for (const item of items) seen.meet(keyOf(item, keys), contentOf(item));
      if (!next) return seen.counts();
      after = next;
    }
  } finally {
    tables.close();
  }
};

const keyOf = (item: TypedItem, { hash, range }: TableKeys): string =>
  JSON.stringify([hash, ...(range ? [range] : [])].map(({ name, type }) => item[name]?.[type]));

/** The same whatever the order of names, and of what stands in sets. */
const contentOf = (item: TypedItem): string => canonical(sorted({ M: item }));

function sorted(value: Record<string, unknown>): unknown {
  const [[kind, content] = ["", undefined]] = Object.entries(value);
  if (/^[SNB]S$/.test(kind)) return [kind, [...(content as string[])].sort()];
  if (kind === "L") return [kind, (content as Record<string, unknown>[]).map(sorted)];
  if (kind === "M")
    return [
      kind,
      Object.entries(content as TypedItem)
        .map(([name, one]) => [name, sorted(one)])
        .sort(),
    ];
  return [kind, content];
}

const compareBucket: Compare = async (cloud, source, from, { id: Bucket }, signal) => {
  const seen = new Seen(from.count);
  // Versions of a key follow each other, the newest last.
  let last: ObjectLine | undefined;
  const addLast = (): void => {
    if (last && !last.deleted) seen.add(last.key, `${last.size} ${last.etag}`);
  };
  for (const part of partsOf(source, from)) {
    let line = 0;
    for await (const text of linesOf(checked(source.place, part, signal), part.path)) {
      const object = readObject(text, part.path, ++line, from.folder);
      if (last?.key !== object.key) addLast();
      last = object;
    }
  }
  addLast();
  seen.sort();
  const { sdk, client } = await s3(cloud);
  try {
    let ContinuationToken: string | undefined;
    do {
      const asked = {
        Bucket,
        ExpectedBucketOwner: cloud.accountId,
        ...(ContinuationToken ? { ContinuationToken } : {}),
      };
      const page = await patiently(signal, () => client.send(new sdk.ListObjectsV2Command(asked)));
      signal.throwIfAborted();
      for (const { Key = "", Size, ETag } of page.Contents ?? []) seen.meet(Key, `${Size} ${ETag}`);
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken);
    return seen.counts();
  } finally {
    client.destroy();
  }
};

/** Sixty-four bits of a text: of a million, two are the same once in some ten million comparisons. */
const sumOf = (...texts: string[]): bigint =>
  createHash("sha256").update(JSON.stringify(texts)).digest().readBigUInt64LE();

/** Of each its name's sum, and the sum of its name and all of it. */
class Seen {
  #keys: BigUint64Array;
  #whole: BigUint64Array;
  #filled = 0;
  #added = 0;
  #changed = 0;
  #met = 0;

  constructor(count: number) {
    this.#keys = new BigUint64Array(count);
    this.#whole = new BigUint64Array(count);
  }

  add(key: string, content: string): void {
    this.#keys[this.#filled] = sumOf(key);
    this.#whole[this.#filled++] = sumOf(key, content);
  }

  /** When all are added: of versions and deletions there are fewer than lines. */
  sort(): void {
    this.#keys = this.#keys.subarray(0, this.#filled).sort();
    this.#whole = this.#whole.subarray(0, this.#filled).sort();
  }

  meet(key: string, content: string): void {
    if (!has(this.#keys, sumOf(key))) this.#added++;
    else {
      this.#met++;
      if (!has(this.#whole, sumOf(key, content))) this.#changed++;
    }
  }

  counts(): Counts {
    return { added: this.#added, changed: this.#changed, gone: this.#filled - this.#met };
  }
}

function has(sorted: BigUint64Array, wanted: bigint): boolean {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (sorted[middle]! < wanted) from = middle + 1;
    else to = middle;
  }
  return sorted[from] === wanted;
}
