/**
 * Items into a table, as they stand in their lines: in batches, a few at once, until the cloud has taken each. Of two
 * lines with one key the later one stands, as it would one by one.
 */
import { setTimeout as wait } from "node:timers/promises";
import type { Cloud } from "../cloud.ts";
import { identityOf, type TypedItem } from "./format/attribute.ts";
import { faults } from "./format/faults.ts";
import type { TableKeys } from "./format/manifest.ts";
import { patiently, waitsMs } from "./format/patience.ts";
import { type RawTables, rawTables } from "./format/wire.ts";

const batchItems = 25;
/** So much of a batch is in memory, as often as they are under way. */
const batchBytes = 512 * 1024;
const atOnce = 16;

export interface Writer {
  /** Resolves when there is room for more, not when it is written. `text`: the item in DynamoDB's JSON. */
  put(item: TypedItem, text: string, where: string): Promise<void>;
  /** All that was put is written. */
  drain(): Promise<void>;
}

interface Entry {
  text: string;
  /** For messages: the file's line it is of. */
  where: string;
}

export interface WriteOptions {
  signal: AbortSignal;
  more: (count: number, bytes: number) => void;
  /** For messages. */
  store: string;
}

export function createWriter(tables: RawTables, table: string, keys: TableKeys, o: WriteOptions): Writer {
  let batch = new Map<string, Entry>();
  let bytes = 0;
  const flying = new Set<Promise<void>>();
  /** Of items that are under way. */
  const keysFlying = new Set<string>();
  let failure: { error: unknown } | undefined;

  const throwFailure = (): void => {
    if (failure) throw failure.error;
    o.signal.throwIfAborted();
  };
  const send = async (): Promise<void> => {
    if (batch.size === 0) return;
    while (flying.size >= atOnce) await Promise.race(flying);
    throwFailure();
    const [sent, size] = [batch, bytes];
    [batch, bytes] = [new Map(), 0];
    for (const key of sent.keys()) keysFlying.add(key);
    const flight = writeBatch(tables, table, "put", [...sent.values()], o)
      .then(() => o.more(sent.size, size))
      .catch((error) => {
        failure ??= { error };
      })
      .finally(() => {
        for (const key of sent.keys()) keysFlying.delete(key);
        flying.delete(flight);
      });
    flying.add(flight);
  };
  const settle = async (): Promise<void> => {
    await Promise.all(flying);
    throwFailure();
  };
  return {
    async put(item, text, where) {
      const key = identityOf(item, keys);
      // The one before is written first; what is still to be sent is simply another.
      if (keysFlying.has(key)) await settle();
      batch.set(key, { text, where });
      bytes += text.length;
      if (batch.size >= batchItems || bytes >= batchBytes) await send();
    },
    async drain() {
      await send();
      await settle();
    },
  };
}

/** Until all are taken. What the cloud refuses is said by its line. */
async function writeBatch(
  tables: RawTables,
  table: string,
  what: "put" | "delete",
  entries: readonly Entry[],
  o: WriteOptions,
): Promise<void> {
  let left = entries.map(({ text }) => text);
  for (let attempt = 0; left.length > 0; ) {
    const before = left.length;
    try {
      left = await patiently(o.signal, () => tables.write(table, what, left));
    } catch (error) {
      if ((error as Error).name !== "ValidationException") throw error;
      if (entries.length === 1)
        throw faults.refused(o.store, `${entries[0]!.where}: ${(error as Error).message}.`, error);
      for (const entry of entries) await writeBatch(tables, table, what, [entry], o);
      return;
    }
    // What comes back is for later; a batch that gets smaller is getting on.
    attempt = left.length < before ? 0 : attempt + 1;
    if (left.length === 0) return;
    const ms = waitsMs[attempt];
    if (ms === undefined) throw faults.throttled(o.store);
    await wait(ms / 4, undefined, { signal: o.signal });
  }
}

/** Every item of a table goes, by its key. */
export async function clearTable(
  cloud: Cloud,
  table: string,
  { hash, range }: TableKeys,
  o: WriteOptions,
): Promise<void> {
  const tables = await rawTables(cloud);
  const only = range ? [hash.name, range.name] : [hash.name];
  try {
    let after: TypedItem | undefined;
    do {
      o.signal.throwIfAborted();
      const place = { segment: 0, segments: 1, only, signal: o.signal, ...(after ? { after } : {}) };
      const page = await patiently(o.signal, () => tables.scan(table, place));
      for (let at = 0; at < page.items.length; at += batchItems * atOnce)
        await Promise.all(
          Array.from({ length: atOnce }, (_, n) => {
            const from = at + n * batchItems;
            const keys = page.items
              .slice(from, from + batchItems)
              .map((key) => ({ text: JSON.stringify(key), where: "" }));
            return writeBatch(tables, table, "delete", keys, o);
          }),
        );
      o.more(page.items.length, 0);
      after = page.next;
    } while (after);
  } finally {
    tables.close();
  }
}
