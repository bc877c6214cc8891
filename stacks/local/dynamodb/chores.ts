/**
 * Long work on tables, in slices that each share a turn's transaction: filling new indexes, entering items into the
 * expiry list, removing expired items, emptying what was deleted. All state is in the store: a killed process goes on
 * where it was, from the beginning of the one thing it was at.
 */
import type { LocalCloud } from "../service.ts";
import { expiryOf, type Items, type Position } from "./items.ts";
import { keyBytes } from "./keys.ts";
import type { Catalogue, Table } from "./records.ts";

const slice = 200;
const everyMs = 1000;
const tokenLifeMs = 10 * 60 * 1000;

export interface Chores {
  /** There may be something to do now. */
  wake(): void;
  start(): void;
  /** Resolves when the slice under way is done. */
  stop(): Promise<void>;
}

export function openChores(cloud: LocalCloud, tables: Catalogue, items: Items): Chores {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let again = false;
  let stopped = false;

  const run = async (): Promise<void> => {
    do {
      again = false;
      for (const table of tables.all()) await tend(table);
      await emptyTrash();
    } while (again && !stopped);
    await forgetTokens();
  };

  const wake = (): void => {
    if (stopped) return;
    if (running) {
      again = true;
      return;
    }
    running = run()
      .catch((error: unknown) => {
        if (!stopped) cloud.log(`dynamodb: background work failed: ${error instanceof Error ? error.stack : error}`);
      })
      .finally(() => {
        running = undefined;
        if (again) wake();
      });
  };

  const tend = async (table: Table): Promise<void> => {
    for (const { record } of table.indexes) if (record.backfilling) await fillIndex(table.record.name, record.part);
    if (table.record.ttl?.filling) await fillExpiry(table.record.name);
    if (table.record.ttl) await removeExpired(table.record.name);
  };

  /** Walks a table; `visit` runs inside each slice's transaction. False: stopped, or the table is gone. */
  const walk = async (
    name: string,
    visit: (table: Table, row: ReturnType<Items["scan"]> extends Iterable<infer R> ? R : never) => void,
  ): Promise<boolean> => {
    let at: Position | undefined;
    for (;;) {
      if (stopped) return false;
      const last = await cloud.store.write(() => {
        const table = tables.find(name);
        if (!table) return null;
        let position: Position | undefined;
        let seen = 0;
        for (const row of takeRows(items, table, at)) {
          visit(table, row);
          position = row;
          seen++;
        }
        return seen < slice ? undefined : position;
      });
      if (last === null) return false;
      if (!last) return true;
      at = last;
    }
  };

  const fillIndex = async (name: string, part: number): Promise<void> => {
    const done = await walk(name, (table, row) => {
      const index = table.indexes.find(({ record }) => record.part === part);
      if (index) items.fillIndex(index, keyBytes(table.plan, row.item()), row);
    });
    if (!done) return;
    await tables.change(name, (record) => {
      for (const index of record?.indexes ?? []) if (index.part === part) index.backfilling = false;
      return record;
    });
  };

  const fillExpiry = async (name: string): Promise<void> => {
    const done = await walk(name, (table, row) => {
      if (table.record.ttl) items.fillExpiry(table, row, row.item());
    });
    if (!done) return;
    await tables.change(name, (record) => {
      if (record?.ttl) record.ttl.filling = false;
      return record;
    });
  };

  const due = cloud.store.db.prepare(
    "SELECT at, pk, sk FROM dynamodb_expiry WHERE part = ? AND at <= ? ORDER BY at LIMIT ?",
  );
  const settle = cloud.store.db.prepare("DELETE FROM dynamodb_expiry WHERE part = ? AND at = ? AND pk = ? AND sk = ?");

  const removeExpired = async (name: string): Promise<void> => {
    for (;;) {
      const now = Math.floor(cloud.clock.now() / 1000);
      const found = tables.find(name);
      if (stopped || !found || !due.get(found.record.part, now, 1)) return;
      const removed = await cloud.store.write(() => {
        const table = tables.find(name);
        const expired = table ? due.all(table.record.part, now, slice) : [];
        for (const row of expired) {
          const key = { pk: Buffer.from(row["pk"] as Uint8Array), sk: Buffer.from(row["sk"] as Uint8Array) };
          const old = items.read(table!.record.part, key);
          if (old && expiryOf(table!, old.item()) === row["at"]) items.write(table!, key, old, undefined);
          else settle.run(table!.record.part, row["at"]!, key.pk, key.sk);
        }
        return expired.length;
      });
      if (removed < slice) return;
    }
  };

  const trash = cloud.store.db.prepare("SELECT part, trash FROM dynamodb_parts WHERE trash > 0 LIMIT 1");
  const emptyItems = cloud.store.db.prepare(
    "DELETE FROM dynamodb_items WHERE (part, pk, sk, base) IN (SELECT part, pk, sk, base FROM dynamodb_items WHERE part = ? LIMIT ?)",
  );
  const emptyExpiry = cloud.store.db.prepare(
    "DELETE FROM dynamodb_expiry WHERE (part, at, pk, sk) IN (SELECT part, at, pk, sk FROM dynamodb_expiry WHERE part = ? LIMIT ?)",
  );
  const drop = cloud.store.db.prepare("DELETE FROM dynamodb_parts WHERE part = ?");
  const unmark = cloud.store.db.prepare("UPDATE dynamodb_parts SET trash = 0 WHERE part = ?");

  /** `trash` 1: everything of the part; 2: its expiry list only. */
  const emptyTrash = async (): Promise<void> => {
    while (!stopped && trash.get()) {
      await cloud.store.write(() => {
        const found = trash.get();
        if (!found) return;
        const part = found["part"]!;
        const whole = found["trash"] === 1;
        const gone =
          (whole ? Number(emptyItems.run(part, slice).changes) : 0) + Number(emptyExpiry.run(part, slice).changes);
        if (gone === 0) (whole ? drop : unmark).run(part);
      });
    }
  };

  const oldToken = cloud.store.db.prepare("SELECT 1 FROM dynamodb_tokens WHERE at < ? LIMIT 1");
  const forget = cloud.store.db.prepare("DELETE FROM dynamodb_tokens WHERE at < ?");

  const forgetTokens = async (): Promise<void> => {
    const before = cloud.clock.now() - tokenLifeMs;
    if (!stopped && oldToken.get(before)) await cloud.store.write(() => forget.run(before));
  };

  return {
    wake,
    start() {
      timer = setInterval(wake, everyMs);
      timer.unref();
      wake();
    },
    async stop() {
      stopped = true;
      clearInterval(timer);
      await running;
    },
  };
}

function* takeRows(items: Items, table: Table, at: Position | undefined): ReturnType<typeof takeAll> {
  let left = slice;
  for (const row of takeAll(items, table, at)) {
    yield row;
    if (--left === 0) return;
  }
}

function* takeAll(items: Items, table: Table, at: Position | undefined) {
  yield* items.scan(table.record.part, { from: Buffer.alloc(0), to: undefined }, at);
}
