/**
 * Log events in the store: rows by group and time, and a bounded queue in front of them, so that who writes never
 * waits. Old events go in slices. Knows no protocol and no pattern.
 */
import type { DatabaseSync } from "node:sqlite";
import type { LocalCloud } from "../service.ts";

export interface Position {
  timestamp: number;
  id: number;
}

interface Batch {
  group: string;
  stream: string;
  events: { timestamp: number; message: string }[];
  createGroup: boolean;
}

/** Events that are on disk. */
export interface Written {
  groupId: number;
  stream: string;
  ingestedMs: number;
  events: Batch["events"];
}

export const tables = [
  `CREATE TABLE logs_groups (
     id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, created_ms INTEGER NOT NULL, retention_days INTEGER,
     class TEXT NOT NULL, tags TEXT NOT NULL, protected INTEGER NOT NULL, stored_bytes INTEGER NOT NULL);
   CREATE TABLE logs_streams (
     id INTEGER PRIMARY KEY, group_id INTEGER NOT NULL, name TEXT NOT NULL, created_ms INTEGER NOT NULL,
     first_ms INTEGER, last_ms INTEGER, ingested_ms INTEGER, UNIQUE (group_id, name));
   CREATE TABLE logs_events (
     group_id INTEGER NOT NULL, timestamp INTEGER NOT NULL, id INTEGER NOT NULL, stream_id INTEGER NOT NULL,
     ingested_ms INTEGER NOT NULL, message TEXT NOT NULL, PRIMARY KEY (group_id, timestamp, id)) WITHOUT ROWID;
   CREATE INDEX logs_events_stream ON logs_events (stream_id, timestamp, id);
   CREATE TABLE logs_garbage (what TEXT NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (what, id)) WITHOUT ROWID;`,
];

/** What AWS adds to each message when it counts bytes. */
export const eventOverheadBytes = 26;
const queueLimitEvents = 20_000;
const flushMs = 20;
const sliceRows = 2000;
const dayMs = 86_400_000;

export interface EventLog {
  /** In process, never waits; what overflows the queue is dropped, oldest first, and counted in the cloud's log. */
  write(batch: Batch): void;
  /** Everything written before is in the store when this resolves. */
  flush(): Promise<void>;
  /** Within a write of the store. */
  insert(groupId: number, streamId: number, events: Batch["events"]): void;
  /** Tells those who watch; once it is on disk. */
  announce(written: readonly Written[]): void;
  /** Called with what was written, in order, until the answer is called. */
  watch(listener: (written: readonly Written[]) => void): () => void;
  /** One pass over what is older than its group's retention and what deleted groups left. */
  sweep(): Promise<void>;
}

export function openEventLog(cloud: LocalCloud): EventLog {
  const { store } = cloud;
  let queue: Batch[] = [];
  let queued = 0;
  let dropped = 0;
  let timer: NodeJS.Timeout | null = null;
  let flushing: Promise<void> = Promise.resolve();
  let lastId = (store.db.prepare("SELECT max(id) AS id FROM logs_events").get() as { id: number | null }).id ?? 0;

  const sql = statementsOf(store.db);

  const insert: EventLog["insert"] = (groupId, streamId, events) => {
    const now = cloud.clock.now();
    let bytes = 0;
    let [first, last] = [Number.POSITIVE_INFINITY, 0];
    for (const { timestamp, message } of events) {
      sql.event.run(groupId, timestamp, ++lastId, streamId, now, message);
      bytes += Buffer.byteLength(message) + eventOverheadBytes;
      first = Math.min(first, timestamp);
      last = Math.max(last, timestamp);
    }
    sql.bytes.run(bytes, groupId);
    sql.times.run(first, first, last, now, streamId);
  };

  const listeners = new Set<(written: readonly Written[]) => void>();
  const announce: EventLog["announce"] = (written) => {
    for (const listener of listeners) listener(written);
  };

  const flush = (): Promise<void> => {
    if (timer) clearTimeout(timer);
    timer = null;
    if (queue.length > 0) {
      const batches = queue;
      queue = [];
      queued = 0;
      if (dropped > 0) cloud.log(`logs: ${dropped} events were dropped: they came faster than the disk takes them`);
      dropped = 0;
      const written = store.write((db) => put(db, sql, { batches, now: cloud.clock.now(), insert }));
      flushing = Promise.allSettled([flushing, written]).then(([, result]) => {
        if (result.status === "fulfilled") announce(result.value);
        else cloud.log(`logs: events could not be written: ${String(result.reason)}`);
      });
    }
    return flushing;
  };

  return {
    write(batch) {
      if (batch.events.length === 0) return;
      queue.push(batch);
      queued += batch.events.length;
      while (queued > queueLimitEvents && queue.length > 1) {
        const lost = queue.shift()!.events.length;
        queued -= lost;
        dropped += lost;
      }
      timer ??= setTimeout(() => void flush(), flushMs);
    },
    flush,
    insert,
    announce,
    watch(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    sweep: () => sweep(cloud),
  };
}

export function idOf(db: DatabaseSync, sql: string, ...values: (string | number)[]): number | null {
  return (db.prepare(sql).get(...values) as { id: number } | undefined)?.id ?? null;
}

export function addStream(db: DatabaseSync, groupId: number, name: string, now: number): number {
  return Number(
    db.prepare("INSERT INTO logs_streams VALUES (NULL, ?, ?, ?, NULL, NULL, NULL)").run(groupId, name, now)
      .lastInsertRowid,
  );
}

function addGroup(db: DatabaseSync, name: string, now: number): number {
  return Number(
    db.prepare("INSERT INTO logs_groups VALUES (NULL, ?, ?, NULL, 'STANDARD', '{}', 0, 0)").run(name, now)
      .lastInsertRowid,
  );
}

type Statements = ReturnType<typeof statementsOf>;

/** Of what is done for each environment some times a second: to prepare them costs more than to run them. */
const statementsOf = (db: DatabaseSync) => ({
  event: db.prepare("INSERT INTO logs_events VALUES (?, ?, ?, ?, ?, ?)"),
  bytes: db.prepare("UPDATE logs_groups SET stored_bytes = stored_bytes + ? WHERE id = ?"),
  times: db.prepare(
    `UPDATE logs_streams SET first_ms = min(coalesce(first_ms, ?), ?), last_ms = max(coalesce(last_ms, 0), ?),
       ingested_ms = ? WHERE id = ?`,
  ),
  group: db.prepare("SELECT id FROM logs_groups WHERE name = ?"),
  stream: db.prepare("SELECT id FROM logs_streams WHERE group_id = ? AND name = ?"),
});

interface Putting {
  batches: readonly Batch[];
  now: number;
  insert: EventLog["insert"];
}

/** Groups that are gone take no events, unless the batch may make one. */
function put(db: DatabaseSync, sql: Statements, { batches, now, insert }: Putting): Written[] {
  const written: Written[] = [];
  for (const { group, stream, events, createGroup } of batches) {
    const found = sql.group.get(group) as { id: number } | undefined;
    const groupId = found?.id ?? (createGroup ? addGroup(db, group, now) : null);
    if (groupId === null) continue;
    const known = sql.stream.get(groupId, stream) as { id: number } | undefined;
    insert(groupId, known?.id ?? addStream(db, groupId, stream, now), events);
    written.push({ groupId, stream, ingestedMs: now, events });
  }
  return written;
}

/** In slices of a few thousand rows: nobody else's write waits longer than that. */
async function sweep({ store, clock }: LocalCloud): Promise<void> {
  const slice = (where: string, ...values: number[]): Promise<number> =>
    store.write((db) =>
      Number(
        db
          .prepare(
            `DELETE FROM logs_events WHERE (group_id, timestamp, id) IN
               (SELECT group_id, timestamp, id FROM logs_events WHERE ${where} LIMIT ${sliceRows})`,
          )
          .run(...values).changes,
      ),
    );
  const all = async (where: string, ...values: number[]): Promise<void> => {
    while ((await slice(where, ...values)) === sliceRows);
  };
  const groups = store.db
    .prepare("SELECT id, retention_days FROM logs_groups WHERE retention_days IS NOT NULL")
    .all() as { id: number; retention_days: number }[];
  for (const group of groups) {
    const before = clock.now() - group.retention_days * dayMs;
    await all("group_id = ? AND timestamp < ?", group.id, before);
    await store.write((db) =>
      db
        .prepare("DELETE FROM logs_streams WHERE group_id = ? AND coalesce(last_ms, created_ms) < ?")
        .run(group.id, before),
    );
  }
  const garbage = store.db.prepare("SELECT what, id FROM logs_garbage").all() as { what: string; id: number }[];
  for (const { what, id } of garbage) {
    await all(what === "group" ? "group_id = ?" : "stream_id = ?", id);
    await store.write((db) => db.prepare("DELETE FROM logs_garbage WHERE what = ? AND id = ?").run(what, id));
  }
}
