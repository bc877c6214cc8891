/**
 * An export in a folder of this computer. Files are written beside, flushed and renamed; nothing is followed that is a
 * link. Files are 0600, folders 0700: they are somebody's data.
 */
import { createHash } from "node:crypto";
import { constants, createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import type { ExportPlace, Writing } from "./place.ts";

const beside = ".partial";

export function folderPlace(root: string): ExportPlace {
  const of = (path: string): string => join(root, path);
  /** Folders whose entries are not flushed yet. */
  const dirty = new Set<string>();
  const made = new Set<string>();
  const makeFolder = async (dir: string): Promise<void> => {
    if (made.has(dir)) return;
    await mkdir(dir, { recursive: true, mode: 0o700 });
    for (let at = dir; at.length >= root.length; at = dirname(at)) dirty.add(at);
    made.add(dir);
  };
  const settle = async (): Promise<void> => {
    for (const dir of dirty) await flushFolder(dir);
    dirty.clear();
  };
  return {
    at: root,
    async create(path) {
      const file = of(path);
      await makeFolder(dirname(file));
      return writing(file, () => dirty.add(dirname(file)));
    },
    size: (path) => sizeOf(of(path)),
    read: (path, range) => readFile(of(path), range),
    pass: (path, room) => passFile(of(path), room),
    remove: (path) => rm(of(path), { force: true }),
    list: () => filesBelow(root, ""),
    settle,
    async append(path, line) {
      await settle();
      await makeFolder(root);
      await appendLine(of(path), line);
      await settle();
    },
  };
}

async function writing(file: string, renamed: () => void): Promise<Writing> {
  const handle = await open(`${file}${beside}`, "w", 0o600);
  const hash = createHash("sha256");
  let sizeBytes = 0;
  return {
    async write(chunk) {
      const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
      hash.update(bytes);
      sizeBytes += bytes.length;
      await writeAll(handle, bytes);
    },
    async finish() {
      await handle.sync();
      await handle.close();
      await rename(`${file}${beside}`, file);
      renamed();
      return { sizeBytes, sha256: hash.digest("hex") };
    },
    async abandon() {
      await handle.close().catch(() => undefined);
      await rm(`${file}${beside}`, { force: true });
    },
  };
}

/** A disk that is nearly full takes less than it is given, and says so only the next time. */
async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await handle.write(bytes, at)).bytesWritten;
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    const found = await stat(file);
    return found.isFile() ? found.size : undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}

const chunkBytes = 256 * 1024;
const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0);

function readFile(file: string, range?: { start: number; end: number }): AsyncIterable<Uint8Array> {
  if (range && range.end <= range.start) return Readable.from([]);
  return createReadStream(file, {
    flags: flags as unknown as string,
    highWaterMark: chunkBytes,
    ...(range ? { start: range.start, end: range.end - 1 } : {}),
  });
}

async function* passFile(file: string, room: Buffer): AsyncGenerator<Uint8Array> {
  const handle = await open(file, flags);
  try {
    for (;;) {
      const { bytesRead } = await handle.read(room, 0, room.length, null);
      if (bytesRead === 0) return;
      yield room.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

async function* filesBelow(root: string, path: string): AsyncGenerator<string> {
  const entries = await readdir(join(root, path), { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  for (const entry of entries) {
    const below = path === "" ? entry.name : `${path}/${entry.name}`;
    if (entry.isDirectory()) yield* filesBelow(root, below);
    else yield below;
  }
}

async function appendLine(file: string, line: string): Promise<void> {
  const handle = await open(file, "a", 0o600);
  try {
    await writeAll(handle, Buffer.from(`${line}\n`));
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Some file systems flush no folder; then the rename is as durable as it gets there. */
async function flushFolder(dir: string): Promise<void> {
  const handle = await open(dir, "r").catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
