/**
 * An import: stores of an export into those of a cloud, equal to what was taken out. Everything is checked before the
 * first write; what has data already wants `merge` or `replace`, and `replace` takes a verified export of it first. Parts
 * are noted as they are written, so that the same call goes on after an interruption.
 */
import { z } from "zod";
import type { Cloud } from "../cloud.ts";
import { dynamodb, guarded, s3 } from "../deploy/clients.ts";
import type { Emit } from "../events.ts";
import { type ExportOptions, exportData } from "./export.ts";
import { telling } from "./export-told.ts";
import { asDataFault } from "./format/failures.ts";
import { faults } from "./format/faults.ts";
import { linesOf } from "./format/lines.ts";
import type { ExportedStore, ObjectLine, TableKeys } from "./format/manifest.ts";
import { progressFile } from "./format/names.ts";
import { type ExportPlace, textOf } from "./format/place.ts";
import { rawTables } from "./format/wire.ts";
import { clearBucket, endUploads, writeObjects } from "./import-bucket.ts";
import {
  checkExport,
  checked,
  hasVersions,
  keysOf,
  type OpenExport,
  openExport,
  partsOf,
  readObject,
} from "./import-check.ts";
import { clearTable, createWriter } from "./import-table.ts";
import { describeStore, type Place, type Store, storeName } from "./stores.ts";

export interface ImportOptions {
  emit: Emit;
  signal: AbortSignal;
  /** What there is already: `merge` writes over what has the same key, `replace` removes it after a copy. */
  mode?: "merge" | "replace";
  /** Looks and writes nothing. */
  dryRun: boolean;
  /** Of an import that goes on, and nothing else: notes, and what was there before. */
  notes: ExportPlace;
  /** Where `replace` puts what was there, by a name that is new with each import. It is kept. */
  before: (name: string) => ExportPlace;
  /** A name no other import has. */
  attempt: string;
  /** The command, for messages. */
  typed: string;
  freehold: string;
}

export interface Imported {
  store: string;
  kind: "table" | "bucket";
  count: number;
  sizeBytes: number;
  /** There was something before. */
  had: boolean;
  into: string;
}

interface Target {
  from: ExportedStore;
  to: Store;
  had: boolean;
}

/**
 * Which stores of an export go into which of a cloud: by app and name; those of the one app of an export into `app`,
 * where that is said. Throws `import-no-target`.
 */
export function targetsOf(
  stores: readonly ExportedStore[],
  places: readonly Place[],
  app?: string,
): [ExportedStore, Place][] {
  const apps = new Set(stores.map((store) => store.app));
  const wanted = app !== undefined && apps.has(app) ? stores.filter((store) => store.app === app) : stores;
  if (app !== undefined && !apps.has(app) && apps.size > 1) throw faults.noTarget([...apps].join(", "), app);
  return wanted.map((from) => {
    const into = app ?? from.app;
    const to = places.find((one) => one.app === into && one.kind === from.kind && one.name === from.name);
    if (!to) throw faults.noTarget(`the ${from.kind} ${storeName({ app: into, name: from.name })}`, into);
    return [from, to];
  });
}

/** Faults: `data-broken`, `import-schema`, `import-not-empty`, `import-refused`, `interrupted`, credentials. */
export async function importData(
  cloud: Cloud,
  source: OpenExport,
  pairs: readonly [ExportedStore, Place][],
  o: ImportOptions,
): Promise<Imported[]> {
  try {
    const targets = await lookAt(cloud, source, pairs);
    await checkExport(
      source,
      pairs.map(([from]) => from),
      o,
    );
    const notes = await openNotes(o, source, targets);
    const full = targets.filter(({ had }) => had);
    if (!notes.goesOn && full.length > 0 && !o.mode && !o.dryRun)
      throw faults.notEmpty(
        full.map(({ to }) => storeName(to)),
        o.typed,
      );
    if (!o.dryRun) {
      await notes.begin();
      if (o.mode === "replace") await makeRoom(cloud, targets, notes, o);
      for (const target of targets) await write(cloud, source, target, notes, o);
      await notes.end();
    }
    return targets.map(({ from, to, had }) => {
      const { kind, count, sizeBytes } = from;
      return { store: storeName(to), kind, count, sizeBytes, had, into: to.id };
    });
  } catch (error) {
    throw asDataFault(error, cloud, source.place.at);
  }
}

async function lookAt(cloud: Cloud, source: OpenExport, pairs: readonly [ExportedStore, Place][]): Promise<Target[]> {
  const targets: Target[] = [];
  for (const [from, place] of pairs) {
    const to = await describeStore(cloud, place);
    if (!to) throw faults.noTarget(storeName(place), place.app);
    if (to.key) sameKeys(storeName(to), await keysOf(source, from), to.key);
    targets.push({ from, to, had: await hasData(cloud, to) });
  }
  return targets;
}

const keyWords = ({ hash, range }: TableKeys): string =>
  [hash, range].flatMap((one) => (one ? [`${one.name} (${one.type})`] : [])).join(" and ");

function sameKeys(store: string, has: TableKeys, wants: TableKeys): void {
  if (keyWords(has) !== keyWords(wants)) throw faults.otherKey(store, keyWords(has), keyWords(wants));
}

/** Anything at all; a bucket of nothing but earlier versions has some, too. */
export const hasData = (cloud: Cloud, store: Pick<Store, "kind" | "id">): Promise<boolean> =>
  guarded(cloud, () => anythingIn(cloud, store));

async function anythingIn(cloud: Cloud, { kind, id }: Pick<Store, "kind" | "id">): Promise<boolean> {
  if (kind === "table") {
    const { sdk, client } = await dynamodb(cloud);
    try {
      const { Count = 0 } = await client.send(
        new sdk.ScanCommand({ TableName: id, Limit: 1, Select: "COUNT", ConsistentRead: true }),
      );
      return Count > 0;
    } finally {
      client.destroy();
    }
  }
  const { sdk, client } = await s3(cloud);
  try {
    const asked = { Bucket: id, MaxKeys: 1, ExpectedBucketOwner: cloud.accountId };
    const { Versions = [], DeleteMarkers = [] } = await client.send(new sdk.ListObjectVersionsCommand(asked));
    return Versions.length + DeleteMarkers.length > 0;
  } finally {
    client.destroy();
  }
}

const note = z.object({
  /** Of which export into what, and how: another one has notes of its own. */
  of: z.string().optional(),
  /** Of `replace`: the name of where what was there is kept. */
  before: z.string().optional(),
  /** What was there is taken out, and verified. */
  kept: z.literal(true).optional(),
  cleared: z.string().optional(),
  /** A part that is written. */
  part: z.string().optional(),
  upload: z.object({ folder: z.string(), key: z.string(), id: z.string() }).optional(),
});

interface Notes {
  /** An earlier attempt had begun to write. */
  goesOn: boolean;
  before: string;
  begin(): Promise<void>;
  add(one: z.infer<typeof note>): Promise<void>;
  has(wanted: (one: z.infer<typeof note>) => boolean): boolean;
  uploads(folder: string): { key: string; id: string }[];
  end(): Promise<void>;
}

async function openNotes(
  { notes: place, mode, attempt }: ImportOptions,
  { digest }: OpenExport,
  targets: readonly Target[],
): Promise<Notes> {
  const of = JSON.stringify([digest, mode ?? "", targets.map(({ from, to }) => [from.folder, to.id])]);
  const text = (await textOf(place, progressFile)) ?? "";
  const lines = text
    .split("\n")
    .slice(0, -1)
    .flatMap((line) => {
      try {
        return [note.parse(JSON.parse(line))];
      } catch {
        // Cut off by a kill: what it was about is done again.
        return [];
      }
    });
  const goesOn = lines[0]?.of === of;
  const known = goesOn ? lines : [];
  const before = known[0]?.before ?? attempt;
  const add = async (one: z.infer<typeof note>): Promise<void> => {
    await place.append(progressFile, JSON.stringify(one));
    known.push(one);
  };
  return {
    goesOn,
    before,
    async begin() {
      if (goesOn && text.endsWith("\n")) return;
      await place.remove(progressFile);
      for (const one of goesOn ? [...known] : [{ of, before: attempt }])
        await place.append(progressFile, JSON.stringify(one));
    },
    add,
    has: (wanted) => known.some(wanted),
    uploads: (folder) => known.flatMap(({ upload }) => (upload?.folder === folder ? [upload] : [])),
    end: () => place.remove(progressFile),
  };
}

/** What is there is exported and read back before the first of it goes. */
async function makeRoom(cloud: Cloud, targets: readonly Target[], notes: Notes, o: ImportOptions): Promise<void> {
  const full = targets.filter(({ had, from }) => had && !notes.has(({ cleared }) => cleared === from.folder));
  if (!notes.has(({ kept }) => kept === true)) {
    if (full.length > 0) {
      const before = o.before(notes.before);
      const options: ExportOptions = { emit: o.emit, signal: o.signal, apps: [], freehold: o.freehold, next: o.typed };
      await exportData(
        cloud,
        full.map(({ to }) => to),
        before,
        options,
      );
      const copy = await openExport(before);
      await checkExport(copy, copy.manifest.stores, o);
      o.emit({ type: "note", level: "info", message: `What was there is kept in ${before.at}` });
    }
    await notes.add({ kept: true });
  }
  for (const { from, to } of targets) {
    if (notes.has(({ cleared }) => cleared === from.folder)) continue;
    if (full.some((one) => one.from === from)) await clear(cloud, to, o);
    await notes.add({ cleared: from.folder });
  }
}

async function clear(cloud: Cloud, store: Store, { emit, signal }: ImportOptions): Promise<void> {
  const told = telling(emit, store, "delete");
  try {
    if (store.key) await clearTable(cloud, store.id, store.key, { signal, more: told.more, store: storeName(store) });
    else {
      const client = await s3(cloud);
      await clearBucket(client, cloud, store.id, { signal, more: told.more }).finally(() => client.client.destroy());
    }
    told.done();
  } catch (error) {
    told.failed(error);
    throw error;
  }
}

async function write(cloud: Cloud, source: OpenExport, target: Target, notes: Notes, o: ImportOptions): Promise<void> {
  const told = telling(o.emit, target.to, "import");
  try {
    if (target.to.key) await writeTable(cloud, source, target, notes, { ...o, more: told.more });
    else await writeBucket(cloud, source, target, notes, { ...o, more: told.more });
    told.done();
  } catch (error) {
    told.failed(error);
    throw error;
  }
}

type WriteOptions = ImportOptions & { more: (count: number, bytes: number) => void };

async function writeTable(
  cloud: Cloud,
  source: OpenExport,
  { from, to }: Target,
  notes: Notes,
  { signal, more }: WriteOptions,
) {
  const tables = await rawTables(cloud);
  try {
    const store = storeName(to);
    for (const part of partsOf(source, from)) {
      if (notes.has((one) => one.part === part.path)) continue;
      const writer = createWriter(tables, to.id, to.key!, { signal, more, store });
      let line = 0;
      for await (const text of linesOf(checked(source.place, part, signal), part.path))
        await writer.put(JSON.parse(text), text, `${part.path} line ${++line}`);
      await writer.drain();
      await notes.add({ part: part.path });
    }
  } finally {
    tables.close();
  }
}

async function writeBucket(cloud: Cloud, source: OpenExport, { from, to }: Target, notes: Notes, o: WriteOptions) {
  const client = await s3(cloud);
  const { sdk } = client;
  try {
    const asked = { Bucket: to.id, ExpectedBucketOwner: cloud.accountId };
    const versions = (await client.client.send(new sdk.GetBucketVersioningCommand(asked))).Status === "Enabled";
    if (!versions && (await hasVersions(source, from)))
      o.emit({
        type: "note",
        level: "warning",
        message: `${storeName(to)} keeps no versions: the newest of each object is written.`,
      });
    await endUploads(client, cloud, to.id, notes.uploads(from.folder));
    const began = ({ key, id }: { key: string; id: string }) => notes.add({ upload: { folder: from.folder, key, id } });
    const { signal, more } = o;
    const place = source.place;
    const bucket = {
      client,
      cloud,
      name: to.id,
      versions,
      place,
      uploads: { began },
      signal,
      more,
      store: storeName(to),
    };
    for (const part of partsOf(source, from)) {
      if (notes.has((one) => one.part === part.path)) continue;
      await writeObjects(bucket, objectsOf(source, part, from.folder, signal));
      await notes.add({ part: part.path });
    }
  } finally {
    client.client.destroy();
  }
}

async function* objectsOf(
  { place }: OpenExport,
  part: { path: string; sizeBytes: number; sha256: string },
  folder: string,
  signal: AbortSignal,
): AsyncGenerator<ObjectLine> {
  let line = 0;
  for await (const text of linesOf(checked(place, part, signal), part.path))
    yield readObject(text, part.path, ++line, folder);
}
