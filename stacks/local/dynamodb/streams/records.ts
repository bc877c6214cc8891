/**
 * Streams on disk: what became of a table's items, in order, each record in the transaction of its write. One shard a
 * stream. Sequence numbers come from the clock and never go back, so that a position outlives what was trimmed.
 */
import type { LocalCloud } from "../../service.ts";
import type { ChangeLog, Stored } from "../items.ts";
import { keyParts } from "../keys.ts";
import type { Table } from "../records.ts";
import type { KeySchemaElement, StreamUse, StreamView } from "../table-record.ts";
import { attributeOf, equalValues, type Item, itemSize } from "../value.ts";

export const retentionMs = 24 * 60 * 60 * 1000;

export interface Stream {
  id: number;
  tableName: string;
  /** When it was enabled, as text: the last part of its ARN. */
  label: string;
  view: StreamView;
  keySchema: KeySchemaElement[];
  /** Milliseconds since 1970. */
  created: number;
  /** When it was disabled, or its table deleted. */
  ended: number | undefined;
  /** Every record up to this one has been removed. */
  trimmed: number;
}

export interface StreamRow {
  seq: number;
  /** Milliseconds since 1970. */
  at: number;
  event: "INSERT" | "MODIFY" | "REMOVE";
  /** TTL did it. */
  by_service: number;
  size: number;
  /** `"Keys":{…},"NewImage":{…}`: members of a JSON object. */
  change: string;
}

/** Which records of a stream: those whose partition key falls into one of so many equal shares. */
export interface Share {
  of: number;
  index: number;
}

export interface Streams extends ChangeLog {
  /** Inside a transaction. */
  open(tableName: string, keySchema: KeySchemaElement[], view: StreamView): StreamUse;
  /** Inside a transaction: nothing is written to it any more, and it can be read for a day. */
  close(id: number): void;
  /** Streams that were written to since it was asked last, by the part of their ARNs behind `table/`. */
  takeWritten(): string[];
  /** By the part of its ARN behind `table/`: `NAME/stream/LABEL`. */
  find(path: string): Stream | undefined;
  /** In order of table and label, behind the given ones. */
  list(tableName: string | undefined, after: { tableName: string; label: string }, most: number): Stream[];
  read(id: number, after: number, most: number, share?: Share): Iterable<StreamRow>;
  /** The last record's number; what was before it when there is none. */
  last(stream: Stream): number;
  /** The first record that is not older: the number before it. */
  before(stream: Stream, atMs: number): number;
  /** Records up to this one are older than a day. */
  trimPoint(stream: Stream): number;
  /** Inside a transaction: removes at most so many old records, and streams that ended a day ago. Answers how many. */
  trim(most: number): number;
  needsTrim(): boolean;
}

export const startOf = ({ created }: Stream): number => created * 1000;

type Row = Record<string, any>;

const toStream = (row: Row | undefined): Stream | undefined =>
  row && {
    id: row["stream"],
    tableName: row["table_name"],
    label: row["label"],
    view: row["view"],
    keySchema: JSON.parse(row["key_schema"]),
    created: row["created"],
    ended: row["ended"] ?? undefined,
    trimmed: row["trimmed"],
  };

export function openStreams({ store: { db }, clock }: LocalCloud): Streams {
  const add = db.prepare(
    "INSERT INTO dynamodb_streams (table_name, label, view, key_schema, created) VALUES (?, ?, ?, ?, ?)",
  );
  const end = db.prepare("UPDATE dynamodb_streams SET ended = ? WHERE stream = ? AND ended IS NULL");
  const isOpen = db.prepare("SELECT 1 FROM dynamodb_streams WHERE stream = ? AND ended IS NULL");
  const byName = db.prepare("SELECT * FROM dynamodb_streams WHERE table_name = ? AND label = ?");
  const listed = db.prepare(
    `SELECT * FROM dynamodb_streams WHERE (?1 IS NULL OR table_name = ?1) AND (table_name, label) > (?2, ?3)
     AND (ended IS NULL OR ended > ?4) ORDER BY table_name, label LIMIT ?5`,
  );
  const put = db.prepare("INSERT INTO dynamodb_stream_records VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  const columns = "seq, at, event, by_service, size, change";
  const records = `SELECT ${columns} FROM dynamodb_stream_records WHERE stream = ? AND seq > ?`;
  const all = db.prepare(`${records} ORDER BY seq LIMIT ?`);
  const shared = db.prepare(`${records} AND hash % ? = ? ORDER BY seq LIMIT ?`);
  const newest = db.prepare("SELECT max(seq) AS seq FROM dynamodb_stream_records WHERE stream = ?");
  const oldest = db.prepare("SELECT at FROM dynamodb_stream_records WHERE stream = ? ORDER BY seq LIMIT 1");
  const older = db.prepare("SELECT max(seq) AS seq FROM dynamodb_stream_records WHERE stream = ? AND at < ?");
  const kept = db.prepare("SELECT stream, ended FROM dynamodb_streams");
  const due = db.prepare(
    "SELECT seq FROM dynamodb_stream_records WHERE stream = ? AND at < ? ORDER BY seq LIMIT 1 OFFSET ?",
  );
  const drop = db.prepare("DELETE FROM dynamodb_stream_records WHERE stream = ? AND seq <= ?");
  const trimTo = db.prepare("UPDATE dynamodb_streams SET trimmed = ? WHERE stream = ?");
  const forget = db.prepare("DELETE FROM dynamodb_streams WHERE stream = ?");

  let highest = Number(
    db
      .prepare(
        "SELECT max(coalesce((SELECT max(seq) FROM dynamodb_stream_records), 0), coalesce((SELECT max(trimmed) FROM dynamodb_streams), 0)) AS seq",
      )
      .get()!["seq"],
  );
  const written = new Set<string>();
  const nextSequence = (now: number): number => {
    highest = Math.max(highest + 1, now * 1000);
    return highest;
  };
  const horizon = (): number => clock.now() - retentionMs;
  const isGone = ({ ended }: { ended?: number | null | undefined }): boolean => ended != null && ended <= horizon();
  const trimPoint = ({ id, trimmed }: Stream): number => {
    const first = oldest.get(id);
    if (!first || Number(first["at"]) >= horizon()) return trimmed;
    return Math.max(trimmed, Number(older.get(id, horizon())!["seq"] ?? 0));
  };

  return {
    open(tableName, keySchema, view) {
      let created = clock.now();
      // Two streams of a table within a millisecond would have one name.
      while (byName.get(tableName, labelOf(created))) created += 1;
      const label = labelOf(created);
      const { lastInsertRowid } = add.run(tableName, label, view, JSON.stringify(keySchema), created);
      return { id: Number(lastInsertRowid), label, view, enabled: true };
    },
    close(id) {
      end.run(clock.now(), id);
    },
    append(table, { pk }, old, next, expired) {
      const { id, view, label } = table.record.stream!;
      // What was judged before the stream was disabled, and comes after it, is not in it.
      if ((!old && !next) || (old && next && isSame(old, next)) || !isOpen.get(id)) return;
      const now = clock.now();
      const { text, size } = changeOf(table, view, old, next);
      const event = old ? (next ? "MODIFY" : "REMOVE") : "INSERT";
      put.run(id, nextSequence(now), now, pk.readUInt32BE(0), event, expired ? 1 : 0, size, text);
      written.add(`${table.record.name}/stream/${label}`);
    },
    takeWritten() {
      const paths = [...written];
      written.clear();
      return paths;
    },
    find(path) {
      const [, tableName = "", label = ""] = /^([^/]+)\/stream\/([^/]+)$/.exec(path) ?? [];
      const found = toStream(byName.get(tableName, label));
      return found && !isGone(found) ? found : undefined;
    },
    list: (tableName, after, most) =>
      listed.all(tableName ?? null, after.tableName, after.label, horizon(), most).map((row) => toStream(row)!),
    read: (id, after, most, share) =>
      (share && share.of > 1
        ? shared.iterate(id, after, share.of, share.index, most)
        : all.iterate(id, after, most)) as Iterable<unknown> as Iterable<StreamRow>,
    last: (stream) => Number(newest.get(stream.id)!["seq"] ?? Math.max(startOf(stream), stream.trimmed)),
    before: (stream, atMs) => Number(older.get(stream.id, atMs)!["seq"] ?? startOf(stream)),
    trimPoint,
    needsTrim: () =>
      kept
        .all()
        .some((row) => isGone(row as Row) || Number(oldest.get(row["stream"]!)?.["at"] ?? Infinity) < horizon()),
    trim(most) {
      let done = 0;
      for (const row of kept.all()) {
        const id = row["stream"] as number;
        const seq = (due.get(id, horizon(), most - 1) ?? older.get(id, horizon()))!["seq"];
        if (seq !== null) {
          done += Number(drop.run(id, seq!).changes);
          trimTo.run(seq!, id);
        }
        if (isGone(row as Row) && !oldest.get(id)) forget.run(id);
      }
      return done;
    },
  };
}

/** `2026-11-26T13:20:40.123`. */
const labelOf = (ms: number): string => new Date(ms).toISOString().replace("Z", "");

/** Attributes in another order, and members of sets in another order, are no change. */
const isSame = (old: Stored, next: Stored): boolean =>
  old.text === next.text || (old.size === next.size && equalValues({ M: old.item() }, { M: next.item() }));

/** What a view shows of a change, and its bytes as AWS counts them. */
function changeOf(table: Table, view: StreamView, old: Stored | undefined, next: Stored | undefined) {
  const item = (next ?? old)!.item();
  const keys: Item = Object.fromEntries(keyParts(table.plan).map(({ name }) => [name, attributeOf(item, name)!]));
  let text = `"Keys":${JSON.stringify(keys)}`;
  let size = itemSize(keys);
  const show = (name: string, image: Stored | undefined): void => {
    if (!image) return;
    text += `,"${name}":${image.text}`;
    size += image.size;
  };
  if (view === "NEW_IMAGE" || view === "NEW_AND_OLD_IMAGES") show("NewImage", next);
  if (view === "OLD_IMAGE" || view === "NEW_AND_OLD_IMAGES") show("OldImage", old);
  return { text, size };
}
