/**
 * The files of an archive, whatever it is made of: a map of assets, a folder, a ZIP or TAR, here or behind a URI. In
 * the order Pulumi's engine takes them, each with a way to its bytes; a file's bytes are not held.
 */
import { createReadStream } from "node:fs";
import { open, readdir, stat } from "node:fs/promises";
import { isAbsolute, join, posix, resolve } from "node:path";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { Diagnosis, messageOf } from "../diagnosis.ts";
import { Archive, Asset } from "../value.ts";
import { fetchFile, localFile } from "./remote-files.ts";
import { readTar } from "./tar.ts";
import { type RandomAccess, readZip } from "./zip.ts";

export interface ArchivedFile {
  name: string;
  size: number;
  chunks: () => AsyncIterable<Uint8Array>;
}

type Format = "tar" | "tgz" | "zip";
const formats: [string, Format][] = [
  [".tar.gz", "tgz"],
  [".tgz", "tgz"],
  [".tar", "tar"],
  [".zip", "zip"],
  [".jar", "zip"],
];

/** By the end of the name, as Pulumi tells them. */
export function formatOf(path: string): Format | undefined {
  return formats.find(([end]) => path.endsWith(end))?.[1];
}

/** A file here, or the bytes of one that was fetched. */
type Source = { path: string; size: number } | { bytes: Buffer; size: number };

export function chunksOf(source: Source): AsyncIterable<Uint8Array> {
  if ("bytes" in source) return Readable.from([source.bytes]);
  return named(createReadStream(source.path), source.path);
}

/** Errors of a stream with the file's name. */
async function* named(stream: AsyncIterable<Uint8Array>, path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* stream;
  } catch (cause) {
    throw new Diagnosis(`failed to read '${path}': ${messageOf(cause)}`);
  }
}

/** What an asset or a packed archive is read from. `dir` is what relative paths are relative to. */
export async function sourceOf(asset: Asset | Archive, dir: string): Promise<Source> {
  if (asset.path === undefined || asset.path === "") {
    if (!asset.uri) return bytesSource(Buffer.from(asset instanceof Asset ? (asset.text ?? "") : "", "utf8"));
    const path = localFile(asset.uri);
    return path === undefined ? bytesSource(await fetchFile(asset.uri)) : fileSource(path);
  }
  return fileSource(absolute(asset.path, dir));
}

function bytesSource(bytes: Buffer): Source {
  return { bytes, size: bytes.length };
}

async function fileSource(path: string): Promise<Source> {
  const found = await statOf(path, "failed to open asset file");
  if (found.isDirectory()) throw new Diagnosis(`asset path '${path}' is a directory; try using an archive`);
  return { path, size: found.size };
}

function absolute(path: string, dir: string): string {
  return isAbsolute(path) ? path : resolve(dir, path);
}

function statOf(path: string, problem: string) {
  return stat(path).catch((cause: unknown): never => {
    throw new Diagnosis(`${problem} '${path}': ${messageOf(cause)}`);
  });
}

/** Where a packed archive is, and how it is packed; undefined for a folder and for a map of assets. */
export async function packed(archive: Archive, dir: string): Promise<{ source: Source; format: Format } | undefined> {
  if (archive.path) {
    const path = absolute(archive.path, dir);
    const format = formatOf(path);
    const found = await statOf(path, "couldn't read archive path");
    if (found.isDirectory()) return undefined;
    if (!format) throw new Diagnosis(`'${path}' is neither a recognized archive type nor a directory`);
    return { source: { path, size: found.size }, format };
  }
  if (!archive.uri) return undefined;
  const local = localFile(archive.uri);
  const format = formatOf(local ?? new URL(archive.uri).pathname);
  if (!format) throw new Diagnosis(`file at URL '${archive.uri}' is not a recognized archive format`);
  return { source: await sourceOf(archive, dir), format };
}

export async function* filesOf(archive: Archive, dir: string): AsyncGenerator<ArchivedFile> {
  const pack = await packed(archive, dir);
  if (pack) yield* unpacked(pack, archive.path ?? archive.uri!);
  else if (archive.path) yield* folder(absolute(archive.path, dir), "");
  else yield* members(archive, dir);
}

async function* members(archive: Archive, dir: string): AsyncGenerator<ArchivedFile> {
  const entries = Object.entries(archive.assets ?? {}).sort(([a], [b]) => byBytes(a, b));
  for (const [name, item] of entries) {
    if (item instanceof Archive) {
      for await (const file of filesOf(item, dir)) yield { ...file, name: posix.join(name, file.name) };
      continue;
    }
    const source = await sourceOf(item, dir);
    yield { name, size: source.size, chunks: () => chunksOf(source) };
  }
}

/** Folder by folder, in the order of names; links to files are those files, links to folders are left out. */
async function* folder(path: string, prefix: string): AsyncGenerator<ArchivedFile> {
  const entries = await readdir(path, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => byBytes(a.name, b.name))) {
    if (entry.name === ".pulumi") continue;
    const inside = join(path, entry.name);
    const name = prefix + entry.name;
    if (entry.isDirectory()) {
      yield* folder(inside, `${name}/`);
      continue;
    }
    const found = await statOf(inside, "failed to stat asset file");
    if (found.isDirectory()) continue;
    if (!found.isFile()) throw new Diagnosis(`'${inside}' is neither a file nor a folder; it cannot be archived`);
    yield { name, size: found.size, chunks: () => chunksOf({ path: inside, size: found.size }) };
  }
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

async function* unpacked(pack: { source: Source; format: Format }, what: string): AsyncGenerator<ArchivedFile> {
  const { source, format } = pack;
  const entries = format === "zip" ? zipped(source, what) : readTar(streamOf(source, format), what);
  for await (const { name, bytes } of entries) yield { name, size: bytes.length, chunks: () => Readable.from([bytes]) };
}

function streamOf(source: Source, format: Format): AsyncIterable<Uint8Array> {
  if (format !== "tgz") return chunksOf(source);
  // Whoever reads is told of errors on either side.
  return pipeline(Readable.from(chunksOf(source)), createGunzip(), () => undefined);
}

async function* zipped(source: Source, what: string): AsyncGenerator<{ name: string; bytes: Uint8Array }> {
  if ("bytes" in source) {
    const { bytes } = source;
    yield* readZip(
      { size: bytes.length, read: async (offset, length) => bytes.subarray(offset, offset + length) },
      what,
    );
    return;
  }
  const handle = await open(source.path);
  try {
    const access: RandomAccess = {
      size: source.size,
      read: async (offset, length) => {
        const buffer = Buffer.alloc(length);
        const { bytesRead } = await handle.read(buffer, 0, length, offset);
        return buffer.subarray(0, bytesRead);
      },
    };
    yield* readZip(access, what);
  } finally {
    await handle.close();
  }
}
