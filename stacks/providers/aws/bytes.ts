/**
 * Assets and archives as bytes. An archive becomes the same zip whatever machine, order or time zone it was made in:
 * sorted names, Deflate, 1990-01-01, only the executable bit of a file's mode. Reads local files only, never the network.
 */
import { createHash } from "node:crypto";
import { lstat, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { zipSync } from "fflate";
import { type Archive, Asset } from "../../engine/value.ts";
import { problems } from "./errors.ts";

interface Entry {
  bytes: Uint8Array;
  executable: boolean;
}

function localPath(uri: string): string {
  if (!uri.startsWith("file:")) throw problems.cannotRead(uri, "only files on this computer are read, not addresses");
  return fileURLToPath(uri);
}

async function fileBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw problems.cannotRead(path, (error as Error).message);
  }
}

export async function assetBytes(asset: Asset): Promise<Uint8Array> {
  if (asset.text !== undefined) return new TextEncoder().encode(asset.text);
  if (asset.path !== undefined) return await fileBytes(asset.path);
  if (asset.uri !== undefined) return await fileBytes(localPath(asset.uri));
  throw problems.cannotRead("an asset", "only its hash is known, not its contents");
}

/** The zip of an archive; a zip file is taken as it is. */
export async function archiveBytes(archive: Archive): Promise<Uint8Array> {
  const path = archive.path ?? (archive.uri === undefined ? undefined : localPath(archive.uri));
  if (path !== undefined && !(await isFolder(path))) return await zipFile(path);
  const entries = new Map<string, Entry>();
  await collect(archive, "", entries);
  return zipped(entries);
}

/** What an input that may be either comes to. */
export async function contentBytes(value: Asset | Archive): Promise<Uint8Array> {
  return value instanceof Asset ? await assetBytes(value) : await archiveBytes(value);
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    throw problems.cannotRead(path, (error as Error).message);
  }
}

async function zipFile(path: string): Promise<Uint8Array> {
  const bytes = await fileBytes(path);
  const isZip = bytes[0] === 0x50 && bytes[1] === 0x4b;
  if (!isZip) throw problems.cannotRead(path, "an archive here is a folder or a .zip file");
  return bytes;
}

async function collect(archive: Archive, prefix: string, entries: Map<string, Entry>): Promise<void> {
  if (archive.assets) {
    for (const [name, part] of Object.entries(archive.assets)) {
      const at = prefix + name.replace(/^\.?\/+/, "");
      if (part instanceof Asset) entries.set(at, await assetEntry(part));
      else await collect(part, `${at.replace(/\/$/, "")}/`, entries);
    }
    return;
  }
  const path = archive.path ?? (archive.uri === undefined ? undefined : localPath(archive.uri));
  if (path === undefined) throw problems.cannotRead("an archive", "only its hash is known, not its contents");
  if (!(await isFolder(path))) throw problems.cannotRead(path, "a zip file inside another archive is not unpacked");
  await collectFolder(path, prefix, entries);
}

async function assetEntry(asset: Asset): Promise<Entry> {
  const bytes = await assetBytes(asset);
  return { bytes, executable: asset.path !== undefined && isExecutable((await stat(asset.path)).mode) };
}

const isExecutable = (mode: number): boolean => (mode & 0o100) !== 0;

async function collectFolder(folder: string, prefix: string, entries: Map<string, Entry>): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const link = (await lstat(path)).isSymbolicLink();
    const { mode, ...found } = await stat(path).then((info) => ({
      mode: info.mode,
      folder: info.isDirectory(),
      file: info.isFile(),
    }));
    // A linked folder may lead out of the archive or round in a circle.
    if (found.folder && link) throw problems.cannotRead(path, "a symbolic link to a folder");
    if (found.folder) await collectFolder(path, `${prefix}${name}/`, entries);
    else if (found.file) entries.set(prefix + name, { bytes: await fileBytes(path), executable: isExecutable(mode) });
    else throw problems.cannotRead(path, "neither a file nor a folder");
  }
}

/** Unix as the maker of the entry, so that `attrs` carries the file's mode. */
const unix = 3;

function zipped(entries: Map<string, Entry>): Uint8Array {
  // A zip holds local time without a zone: the same local midnight gives the same bytes everywhere.
  const mtime = new Date(1990, 0, 1);
  const names = [...entries.keys()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const files = Object.fromEntries(
    names.map((name) => {
      const { bytes, executable } = entries.get(name)!;
      const attrs = (0o100000 | (executable ? 0o755 : 0o644)) << 16;
      return [name, [bytes, { level: 6 as const, mtime, os: unix, attrs: attrs >>> 0 }] as [Uint8Array, object]];
    }),
  );
  return zipSync(files as Parameters<typeof zipSync>[0]);
}

export function sha256Base64(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("base64");
}

export function md5Hex(bytes: Uint8Array): string {
  return createHash("md5").update(bytes).digest("hex");
}
