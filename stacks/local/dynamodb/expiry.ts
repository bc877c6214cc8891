/** Removes what is due: expired items, the rows of deleted tables and indexes, old tokens. In slices, for ever resumable. */
import { type Surroundings, slice } from "./backfill.ts";
import { expiryOf } from "./items.ts";

const tokenLifeMs = 10 * 60 * 1000;

/** Items whose time has passed, with their index entries. A list entry that no item bears out is only removed. */
export function expirySweeper({ cloud, tables, items, write, stopped }: Surroundings): (name: string) => Promise<void> {
  const { db } = cloud.store;
  const due = db.prepare("SELECT at, pk, sk FROM dynamodb_expiry WHERE part = ? AND at <= ? ORDER BY at LIMIT ?");
  const settle = db.prepare("DELETE FROM dynamodb_expiry WHERE part = ? AND at = ? AND pk = ? AND sk = ?");

  const removeSlice = (name: string, now: number): number => {
    const table = tables.find(name);
    if (!table) return 0;
    const { part } = table.record;
    const expired = due.all(part, now, slice);
    for (const row of expired) {
      const key = { pk: Buffer.from(row["pk"] as Uint8Array), sk: Buffer.from(row["sk"] as Uint8Array) };
      const old = items.read(part, key);
      if (old && expiryOf(table, old.item()) === row["at"]) items.write(table, key, old, undefined, true);
      else settle.run(part, row["at"]!, key.pk, key.sk);
    }
    return expired.length;
  };

  return async (name) => {
    for (;;) {
      const now = Math.floor(cloud.clock.now() / 1000);
      const found = tables.find(name);
      if (stopped() || !found || !due.get(found.record.part, now, 1)) return;
      const removed = await write(() => removeSlice(name, now));
      if (removed < slice) return;
    }
  };
}

/** `trash` 1: everything of the part goes; 2: its expiry list only. */
export function trashEmptier({ cloud, stopped }: Surroundings): () => Promise<void> {
  const { db } = cloud.store;
  const trash = db.prepare("SELECT part, trash FROM dynamodb_parts WHERE trash > 0 LIMIT 1");
  const items = db.prepare(
    "DELETE FROM dynamodb_items WHERE (part, pk, sk, base) IN (SELECT part, pk, sk, base FROM dynamodb_items WHERE part = ? LIMIT ?)",
  );
  const expiry = db.prepare(
    "DELETE FROM dynamodb_expiry WHERE (part, at, pk, sk) IN (SELECT part, at, pk, sk FROM dynamodb_expiry WHERE part = ? LIMIT ?)",
  );
  const drop = db.prepare("DELETE FROM dynamodb_parts WHERE part = ?");
  const unmark = db.prepare("UPDATE dynamodb_parts SET trash = 0 WHERE part = ?");

  const emptySlice = (): void => {
    const found = trash.get();
    if (!found) return;
    const part = found["part"]!;
    const whole = found["trash"] === 1;
    const gone = (whole ? Number(items.run(part, slice).changes) : 0) + Number(expiry.run(part, slice).changes);
    if (gone === 0) (whole ? drop : unmark).run(part);
  };

  return async () => {
    while (!stopped() && trash.get()) await cloud.store.write(emptySlice);
  };
}

/** Records of streams that are older than a day, and streams that ended a day ago. */
export function streamTrimmer({ cloud, streams, stopped }: Surroundings): () => Promise<void> {
  return async () => {
    while (!stopped() && streams.needsTrim()) await cloud.store.write(() => streams.trim(slice));
  };
}

/** Tokens of transactions are known for ten minutes, as on AWS. */
export function tokenForgetter({ cloud, stopped }: Surroundings): () => Promise<void> {
  const old = cloud.store.db.prepare("SELECT 1 FROM dynamodb_tokens WHERE at < ? LIMIT 1");
  const forget = cloud.store.db.prepare("DELETE FROM dynamodb_tokens WHERE at < ?");
  return async () => {
    const before = cloud.clock.now() - tokenLifeMs;
    if (!stopped() && old.get(before)) await cloud.store.write(() => forget.run(before));
  };
}
