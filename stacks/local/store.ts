/**
 * The local cloud's one durable store: `node:sqlite` for everything small, files for bodies. A write is answered only
 * after its transaction is on disk; writes of one turn of the event loop share one transaction, and all that came while
 * the disk was busy share its next sync, which holds up nothing else. Knows no service: each brings its own tables.
 */
import { randomUUID } from "node:crypto";
import {
  closeSync,
  constants,
  createReadStream,
  fdatasync,
  fdatasyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
} from "node:fs";
import { open, rename, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Readable } from "node:stream";
import { syncFolder, syncFolderNow } from "./files.ts";

export interface Store {
  /** For reads. Prepared statements are the caller's to keep. */
  readonly db: DatabaseSync;
  /** Where bodies and code live; services may make folders of their own below it. */
  readonly dir: string;
  /**
   * Runs `change` inside the turn's transaction, in order of arrival, under a savepoint of its own: what it throws
   * undoes its own writes only and rejects the promise. Resolves once the transaction is durable.
   */
  write<T>(change: (db: DatabaseSync) => T): Promise<T>;
  /** Brings a service's tables to the last of its versions; each step runs once, ever. */
  migrate(service: string, steps: readonly string[]): void;
  readonly bodies: Bodies;
  close(): Promise<void>;
}

/** A durable file that is not yet referred to by any row; drop it when the row is not written. */
export interface Body {
  id: string;
  size: number;
}

export interface Bodies {
  /** Streams to a temporary file, fsyncs and renames it: durable when it resolves. `onChunk` sees every chunk (hashes). */
  put(source: Readable, onChunk?: (chunk: Buffer) => void): Promise<Body>;
  /** `start` and `end` are inclusive byte offsets, as in Range. */
  read(id: string, range?: { start: number; end: number }): Readable;
  /** After the row that referred to it is gone, durably. Missing is fine. */
  drop(id: string): Promise<void>;
  /** Removes files that no row knows; run at start by the services that own rows. */
  list(): Iterable<string>;
}

interface Pending {
  change: (db: DatabaseSync) => unknown;
  resolve: (value: any) => void;
  reject: (error: unknown) => void;
}

/** Committed and seen by reads, but not promised to anybody until it is synced. */
interface Committed {
  pending: Pending;
  value: unknown;
}

export function openStore(dir: string): Store {
  mkdirSync(join(dir, "bodies"), { recursive: true, mode: 0o700 });
  rmSync(join(dir, "incoming"), { recursive: true, force: true });
  mkdirSync(join(dir, "incoming"), { mode: 0o700 });
  const db = new DatabaseSync(join(dir, "store.db"));
  // NORMAL leaves the sync after each commit to us; SQLite still syncs a log that begins anew, and at its checkpoints.
  db.exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; PRAGMA busy_timeout=5000;");
  // Items lie by a hash of their key: each of a thousand dirties a page of its own. A log of 16 MB rather than 4 writes a
  // page that is met again once, and 8 MB of pages in memory are not read anew for each of their items.
  db.exec("PRAGMA wal_autocheckpoint=4000; PRAGMA cache_size=-8000;");
  db.exec("CREATE TABLE IF NOT EXISTS migrations (service TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID");
  const log = openLog(dir, db);
  const commit = openCommit(db);

  let queue: Pending[] = [];
  let scheduled = false;
  let closed = false;

  const flush = (): void => {
    scheduled = false;
    const batch = queue;
    queue = [];
    if (batch.length > 0) log.sync(commit(batch));
  };

  return {
    db,
    dir,
    write(change) {
      return new Promise((resolve, reject) => {
        if (closed) {
          reject(new StoreClosed());
          return;
        }
        queue.push({ change, resolve, reject });
        if (!scheduled) {
          scheduled = true;
          setImmediate(flush);
        }
      });
    },
    migrate(service, steps) {
      if (migrate(db, service, steps)) log.syncNow();
    },
    bodies: openBodies(dir),
    async close() {
      if (closed) return;
      flush();
      closed = true;
      await log.close();
      db.close();
    },
  };
}

/** Syncs the write-ahead log off the main thread, one sync at a time, and answers whose writes it holds. */
function openLog(dir: string, db: DatabaseSync) {
  // Its file is the same from now until the database is closed.
  const file = openSync(join(dir, "store.db-wal"), "r+");
  let waiting: Committed[] = [];
  let running: Promise<void> | undefined;
  let doubtful = false;

  /** After a sync that failed the system may take the log for written: the database itself, synced, is what counts then. */
  const mend = (): void => {
    if (doubtful) db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    doubtful = false;
  };
  const syncAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      const held = waiting;
      waiting = [];
      try {
        mend();
        await new Promise<void>((resolve, reject) =>
          fdatasync(file, (error) => (error === null ? resolve() : reject(error))),
        );
        for (const { pending, value } of held) pending.resolve(value);
      } catch (error) {
        doubtful = true;
        for (const { pending } of held) pending.reject(error);
      }
    }
    running = undefined;
  };

  return {
    sync(committed: readonly Committed[]): void {
      waiting.push(...committed);
      if (waiting.length > 0) running ??= syncAll();
    },
    syncNow: () => fdatasyncSync(file),
    async close(): Promise<void> {
      await running;
      closeSync(file);
    },
  };
}

export class StoreClosed extends Error {
  constructor() {
    super("the store is closed");
  }
}

/**
 * One transaction for the whole turn; a change that throws is rolled back alone. Answers what is to be synced. Its own
 * statements are prepared: to read them anew costs a small write as much as its row.
 */
function openCommit(db: DatabaseSync): (batch: readonly Pending[]) => Committed[] {
  const begin = db.prepare("BEGIN IMMEDIATE");
  const save = db.prepare("SAVEPOINT change");
  const release = db.prepare("RELEASE change");
  const commit = db.prepare("COMMIT");
  return (batch) => {
    const done: Committed[] = [];
    // A change of its own turn is the transaction: it needs no savepoint in it.
    const alone = batch.length === 1;
    try {
      begin.run();
      for (const pending of batch) {
        if (!alone) save.run();
        try {
          const value = pending.change(db);
          if (!alone) release.run();
          done.push({ pending, value });
        } catch (error) {
          if (alone) throw error;
          db.exec("ROLLBACK TO change; RELEASE change");
          pending.reject(error);
        }
      }
      commit.run();
    } catch (error) {
      // Disk full or I/O error: nothing of this turn is durable, so nothing of it may be acknowledged.
      if (db.isTransaction) db.exec("ROLLBACK");
      for (const { reject } of batch) reject(error);
      return [];
    }
    return done;
  };
}

/** Whether there was anything to do. */
function migrate(db: DatabaseSync, service: string, steps: readonly string[]): boolean {
  const row = db.prepare("SELECT version FROM migrations WHERE service = ?").get(service) as
    | { version: number }
    | undefined;
  const from = row?.version ?? 0;
  if (from >= steps.length) return false;
  db.exec("BEGIN IMMEDIATE");
  try {
    for (const step of steps.slice(from)) db.exec(step);
    db.prepare("INSERT OR REPLACE INTO migrations (service, version) VALUES (?, ?)").run(service, steps.length);
    db.exec("COMMIT");
    return true;
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

function openBodies(dir: string): Bodies {
  // 256 folders made once, so that a body's rename is the only directory entry that changes.
  const root = join(dir, "bodies");
  for (let i = 0; i < 256; i++)
    mkdirSync(join(root, i.toString(16).padStart(2, "0")), { recursive: true, mode: 0o700 });
  // Always: an earlier process may have made them and not come this far.
  for (const folder of [root, dir, dirname(dir)]) syncFolderNow(folder);
  const place = (id: string): string => join(root, id.slice(0, 2), id);

  return {
    async put(source, onChunk) {
      const id = randomUUID().replaceAll("-", "");
      const temporary = join(dir, "incoming", id);
      const file = await open(temporary, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600);
      let size = 0;
      try {
        for await (const chunk of source) {
          const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk);
          onChunk?.(bytes);
          await writeAll(file, bytes);
          size += bytes.length;
        }
        await file.sync();
        await file.close();
        await rename(temporary, place(id));
        await syncFolder(join(root, id.slice(0, 2)));
      } catch (error) {
        await file.close().catch(() => undefined);
        await unlink(temporary).catch(() => undefined);
        throw error;
      }
      return { id, size };
    },
    read: (id, range) => createReadStream(place(id), range),
    drop: (id) => unlink(place(id)).catch(() => undefined),
    *list() {
      for (const folder of readdirSync(root)) yield* readdirSync(join(root, folder));
    },
  };
}

async function writeAll(file: Awaited<ReturnType<typeof open>>, bytes: Buffer): Promise<void> {
  let offset = 0;
  while (offset < bytes.length) {
    const { bytesWritten } = await file.write(bytes, offset);
    offset += bytesWritten;
  }
}
