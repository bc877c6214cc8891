/**
 * An export, looked over before anything of it is used: every sum, every line, and that each part is one an export may
 * have. Reads only. What it passes can be written; what it refuses has changed nothing.
 */
import { createHash } from "node:crypto";
import type { Emit } from "../events.ts";
import { telling } from "./export-told.ts";
import { wrongWith } from "./format/attribute.ts";
import { faults } from "./format/faults.ts";
import { linesOf } from "./format/lines.ts";
import {
  bucketSchema,
  type ExportedFile,
  type ExportedStore,
  type Manifest,
  manifestSchema,
  type ObjectLine,
  objectLine,
  type TableKeys,
  tableSchema,
} from "./format/manifest.ts";
import { folderOf, isExportPath, isPart, manifestFile, progressFile } from "./format/names.ts";
import { type ExportPlace, textOf } from "./format/place.ts";

/** An export that has a manifest: what is in it, by that alone. */
export interface OpenExport {
  place: ExportPlace;
  manifest: Manifest;
  /** SHA-256 of the manifest, and so of all that it names. */
  digest: string;
}

/** Throws `export-none`, `export-unfinished`, `data-broken`. */
export async function openExport(place: ExportPlace): Promise<OpenExport> {
  const text = await textOf(place, manifestFile);
  if (text === undefined) {
    if ((await place.size(progressFile)) !== undefined) throw faults.unfinished(place.at);
    throw faults.noExport(place.at, `has no ${manifestFile}`);
  }
  return { place, ...readManifest(text, place.at) };
}

/** Throws `export-none`, `data-broken`. */
export function readManifest(text: string, at: string): Omit<OpenExport, "place"> {
  const manifest = parse(text, manifestFile, manifestSchema, at);
  const paths = new Set<string>();
  for (const { path } of manifest.files) {
    if (!isExportPath(path) || paths.has(path))
      throw faults.broken(manifestFile, `names a file that cannot be: ${JSON.stringify(path.slice(0, 100))}`);
    paths.add(path);
  }
  for (const store of manifest.stores)
    if (store.folder !== folderOf(store))
      throw faults.broken(manifestFile, `has ${store.app}/${store.name} in another folder than its own`);
  return { manifest, digest: createHash("sha256").update(text).digest("hex") };
}

function parse<T>(
  text: string,
  file: string,
  schema: { safeParse(value: unknown): { success: boolean; data?: T; error?: unknown } },
  at: string,
): T {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw faults.broken(file, "is not JSON", cause);
  }
  const read = schema.safeParse(json);
  if (read.success) return read.data as T;
  if (file !== manifestFile) throw faults.broken(file, "does not say what it should", read.error);
  const said = (json as { format?: unknown } | null)?.format;
  const format = typeof said === "string" ? ` (it says ${JSON.stringify(said.slice(0, 40))})` : "";
  throw faults.noExport(at, `has a ${manifestFile} that is none of this format${format}`, read.error);
}

/** Parts of a store, in their order. */
export const partsOf = ({ manifest }: OpenExport, { folder }: ExportedStore): ExportedFile[] =>
  manifest.files
    .filter(({ path }) => isPart(path) && path.startsWith(`${folder}/`))
    .sort((a, b) => a.path.length - b.path.length || (a.path < b.path ? -1 : 1));

/** What a table is keyed by, as its export says. */
export async function keysOf({ place }: OpenExport, { folder }: ExportedStore): Promise<TableKeys> {
  const file = `${folder}/schema.json`;
  return parse((await textOf(place, file)) ?? "", file, tableSchema, place.at).key;
}

/** Whether earlier versions of objects are in it. */
export async function hasVersions({ place }: OpenExport, { folder }: ExportedStore): Promise<boolean> {
  const file = `${folder}/bucket.json`;
  return parse((await textOf(place, file)) ?? "", file, bucketSchema, place.at).versions;
}

/** Every byte of some of its stores. Throws `data-broken`. */
export async function checkExport(
  from: OpenExport,
  stores: readonly ExportedStore[],
  { emit, signal }: { emit: Emit; signal: AbortSignal },
): Promise<void> {
  for (const store of stores) {
    const told = telling(emit, store, "same");
    try {
      const counted = await checkStore(from, store, signal, told.more);
      if (counted !== store.count)
        throw faults.broken(store.folder, `has ${counted} lines, and the manifest says ${store.count}`);
      told.done();
    } catch (error) {
      told.failed(error);
      throw error;
    }
  }
}

async function checkStore(
  from: OpenExport,
  store: ExportedStore,
  signal: AbortSignal,
  more: (count: number, bytes: number) => void,
): Promise<number> {
  const about = `${store.folder}/${store.kind === "table" ? "schema" : "bucket"}.json`;
  const known = from.manifest.files.find(({ path }) => path === about);
  if (!known) throw faults.broken(manifestFile, `does not name ${about}`);
  const look = looking(from.place, signal);
  await look(known);
  const keys = store.kind === "table" ? await keysOf(from, store) : undefined;
  const versions = store.kind === "bucket" && (await hasVersions(from, store));
  let count = 0;
  for (const part of partsOf(from, store)) {
    let line = 0;
    let key: string | undefined;
    for await (const text of linesOf(checked(from.place, part, signal), part.path)) {
      line++;
      if (keys) checkItem(text, part.path, line, keys);
      else {
        const object = readObject(text, part.path, line, store.folder);
        if (!versions && (object.deleted || object.key === key))
          throw faults.broken(part.path, `line ${line} is of a version, and the bucket has none`);
        ({ key } = object);
        if (!object.deleted) await look({ path: object.file, sizeBytes: object.size, sha256: object.sha256 });
      }
      more(1, text.length + 1);
    }
    count += line;
  }
  return count;
}

const roomBytes = 256 * 1024;

/** Reads one file after the other, and passes on nothing of it; throws as `checked` does. */
function looking(place: ExportPlace, signal: AbortSignal): (file: ExportedFile) => Promise<void> {
  const room = Buffer.allocUnsafeSlow(roomBytes);
  return async (file) => {
    for await (const _ of checked(place, file, signal, place.pass(file.path, room)));
  };
}

/** The bytes of a file as they come; at their end it throws when they are not those that were written. */
export async function* checked(
  place: ExportPlace,
  { path, sizeBytes, sha256 }: ExportedFile,
  signal: AbortSignal,
  chunks?: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const size = await place.size(path);
  if (size === undefined) throw faults.broken(path, "is missing");
  if (size !== sizeBytes) throw faults.broken(path, `has ${size} bytes, and was written with ${sizeBytes}`);
  const hash = createHash("sha256");
  for await (const chunk of chunks ?? place.read(path)) {
    signal.throwIfAborted();
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest("hex") !== sha256)
    throw faults.broken(path, "has other bytes than were written: its checksum differs");
}

function checkItem(text: string, file: string, line: number, keys: TableKeys): void {
  const wrong = wrongWith(jsonOf(text, file, line), keys);
  if (wrong !== undefined) throw faults.broken(file, `is wrong: line ${line} ${wrong}`);
}

/** Throws `data-broken`. */
export function readObject(text: string, file: string, line: number, folder: string): ObjectLine {
  const read = objectLine.safeParse(jsonOf(text, file, line));
  if (!read.success) throw faults.broken(file, `is wrong: line ${line} is no object's`);
  const { data } = read;
  if (!data.deleted && !(isExportPath(data.file) && data.file.startsWith(`${folder}/objects/`)))
    throw faults.broken(file, `is wrong: line ${line} names a file that cannot be`);
  return data;
}

function jsonOf(text: string, file: string, line: number): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw faults.broken(file, `is wrong: line ${line} is not JSON`, cause);
  }
}
