/**
 * What the local cloud knows of event source mappings: one JSON document each in the store, all of them in memory, and
 * how far each of their lanes has come. A position is durable before the next batch, so a killed process repeats one
 * batch a lane at most.
 */
import type { DatabaseSync } from "node:sqlite";
import type { Store } from "../../store.ts";

export interface MappingRecord {
  uuid: string;
  functionName: string;
  /** `` for the unqualified. */
  qualifier: string;
  sourceArn: string;
  enabled: boolean;
  startingPosition: "TRIM_HORIZON" | "LATEST";
  batchSize: number;
  windowSeconds: number;
  /** How many lanes share the stream's partition keys. */
  parallelization: number;
  bisect: boolean;
  /** -1: for ever. */
  maximumRetryAttempts: number;
  /** -1: as long as the stream keeps it. */
  maximumRecordAgeSeconds: number;
  reportsFailures: boolean;
  /** Patterns' texts; a record that fits one is sent. Empty: all are. */
  filters: string[];
  tags: Record<string, string>;
  /** Seconds since 1970. */
  modified: number;
  /** What became of the last batch, in AWS's words. */
  result: string;
}

export interface Mappings {
  get(uuid: string): MappingRecord | undefined;
  /** In order of UUID. */
  list(): MappingRecord[];
  /** `position`: where its lanes begin. `check` runs inside the transaction and may throw. */
  create(record: MappingRecord, position: number, check: (others: MappingRecord[]) => void): Promise<MappingRecord>;
  change(uuid: string, edit: (record: MappingRecord) => void, missing: () => Error): Promise<MappingRecord>;
  remove(uuid: string, missing: () => Error): Promise<MappingRecord>;
  /** Kept when it is another than before; nobody is told. */
  note(uuid: string, result: string): Promise<void>;
  position(uuid: string, lane: number): number;
  advance(uuid: string, lane: number, position: number): Promise<void>;
  /** Called after every durable change but a note. */
  watch(listener: (uuid: string) => void): void;
}

type Row = { document: string };

const laneNumbers = ({ parallelization }: MappingRecord): number[] =>
  Array.from({ length: parallelization }, (_, lane) => lane);

export function openMappings(store: Store): Mappings {
  const { db } = store;
  const known = new Map<string, MappingRecord>();
  for (const row of db.prepare("SELECT document FROM lambda_mappings").all() as unknown as Row[]) {
    const record = JSON.parse(row.document) as MappingRecord;
    known.set(record.uuid, record);
  }
  const save = db.prepare("INSERT OR REPLACE INTO lambda_mappings (uuid, document) VALUES (?, ?)");
  const begin = db.prepare("INSERT INTO lambda_positions (uuid, lane, position) VALUES (?, ?, ?)");
  const advance = db.prepare("UPDATE lambda_positions SET position = ? WHERE uuid = ? AND lane = ?");
  const least = db.prepare("SELECT min(position) AS position FROM lambda_positions WHERE uuid = ?");
  const of = db.prepare("SELECT position FROM lambda_positions WHERE uuid = ? AND lane = ?");
  const forget = db.prepare("DELETE FROM lambda_positions WHERE uuid = ?");
  const listeners: ((uuid: string) => void)[] = [];
  const settled = (record: MappingRecord): MappingRecord => {
    for (const listener of listeners) listener(record.uuid);
    return record;
  };

  return {
    get: (uuid) => known.get(uuid),
    list: () => [...known.values()].sort((a, b) => (a.uuid < b.uuid ? -1 : 1)),
    async create(record, position, check) {
      await store.write(() => {
        check(all(db));
        save.run(record.uuid, JSON.stringify(record));
        for (const lane of laneNumbers(record)) begin.run(record.uuid, lane, position);
      });
      known.set(record.uuid, record);
      return settled(record);
    },
    async change(uuid, edit, missing) {
      const record = await store.write(() => {
        const found = read(db, uuid);
        if (!found) throw missing();
        const lanes = found.parallelization;
        edit(found);
        save.run(uuid, JSON.stringify(found));
        // Other lanes have other keys: all begin where the last one is, so that nothing is passed over.
        if (found.parallelization !== lanes) {
          const position = least.get(uuid)!["position"]!;
          forget.run(uuid);
          for (const lane of laneNumbers(found)) begin.run(uuid, lane, position);
        }
        return found;
      });
      known.set(uuid, record);
      return settled(record);
    },
    async remove(uuid, missing) {
      const record = await store.write(() => {
        const found = read(db, uuid);
        if (!found) throw missing();
        db.prepare("DELETE FROM lambda_mappings WHERE uuid = ?").run(uuid);
        forget.run(uuid);
        return found;
      });
      known.delete(uuid);
      return settled(record);
    },
    async note(uuid, result) {
      const record = known.get(uuid);
      if (!record || record.result === result) return;
      record.result = result;
      await store.write(() => {
        const found = read(db, uuid);
        if (found) save.run(uuid, JSON.stringify({ ...found, result }));
      });
    },
    position: (uuid, lane) => Number(of.get(uuid, lane)?.["position"] ?? Number.MAX_SAFE_INTEGER),
    async advance(uuid, lane, position) {
      await store.write(() => advance.run(position, uuid, lane));
    },
    watch: (listener) => void listeners.push(listener),
  };
}

function read(db: DatabaseSync, uuid: string): MappingRecord | undefined {
  const row = db.prepare("SELECT document FROM lambda_mappings WHERE uuid = ?").get(uuid) as Row | undefined;
  return row && (JSON.parse(row.document) as MappingRecord);
}

const all = (db: DatabaseSync): MappingRecord[] =>
  (db.prepare("SELECT document FROM lambda_mappings").all() as unknown as Row[]).map(({ document }) =>
    JSON.parse(document),
  );
