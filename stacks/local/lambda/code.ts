/**
 * Function code on disk: zips by their hash, extracted once each into a folder that never changes. A zip's names are
 * never trusted: what would leave the folder, is a link, or is larger than Lambda allows is refused.
 */
import { createHash, randomUUID } from "node:crypto";
import { existsSync, realpathSync } from "node:fs";
import { chmod, link, mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { crc32, inflateRaw } from "node:zlib";
import { syncFolder } from "../files.ts";
import { badZip, invalid } from "./errors.ts";

const inflate = promisify(inflateRaw);
const unzippedLimitBytes = 262_144_000;
const entriesLimit = 100_000;
const freshMs = 60_000;

export interface StoredCode {
  /** base64. */
  codeSha256: string;
  codeSizeBytes: number;
}

export interface CodeStore {
  /** Checks the zip and keeps it; durable when it resolves. */
  put(zip: Buffer): Promise<StoredCode>;
  /** The folder with the extracted code; extracts it when it is not there. */
  folder(codeSha256: string): Promise<string>;
  /** One folder with the content of all, later ones over earlier ones: what is at /opt on AWS. */
  layered(codeSha256s: readonly string[]): Promise<string>;
  /** What a zip holds, by its own directory. */
  contents(codeSha256: string): Promise<{ names: string[]; unzippedBytes: number }>;
  read(codeSha256: string): Promise<Buffer>;
  /** Removes what no version refers to any more: `code` by itself, `layered` as a function's layers together. */
  keepOnly(code: ReadonlySet<string>, layered: readonly (readonly string[])[]): Promise<void>;
}

export async function openCode(dir: string): Promise<CodeStore> {
  const zips = join(dir, "zips");
  const code = join(dir, "code");
  const incoming = join(dir, "incoming");
  await rm(incoming, { recursive: true, force: true });
  const opt = join(dir, "opt");
  for (const folder of [zips, code, opt, incoming]) await mkdir(folder, { recursive: true, mode: 0o700 });
  // A zip is durable only where its folder is; always, for an earlier process may not have come this far.
  for (const folder of [dir, dirname(dir)]) await syncFolder(folder);
  const extracting = new Map<string, Promise<string>>();
  /** Zips put a moment ago, whose function's row may not be written yet: never swept. */
  const fresh = new Map<string, number>();
  const read = (sha: string): Promise<Buffer> => readFile(join(zips, `${nameOf(sha)}.zip`));

  const extractOnce = async (sha: string): Promise<string> => {
    const target = join(code, nameOf(sha));
    if (existsSync(target)) return realpathSync(target);
    const temporary = join(incoming, randomUUID());
    await mkdir(temporary, { mode: 0o700 });
    await extract(await read(sha), temporary);
    await rename(temporary, target);
    return realpathSync(target);
  };

  const once = (key: string, extractNow: () => Promise<string>): Promise<string> => {
    let running = extracting.get(key);
    if (!running) {
      running = extractNow().finally(() => extracting.delete(key));
      extracting.set(key, running);
    }
    return running;
  };
  const folder = (sha: string): Promise<string> => once(sha, () => extractOnce(sha));

  const layerOnce = async (shas: readonly string[]): Promise<string> => {
    const target = join(opt, nameOfAll(shas));
    if (existsSync(target)) return realpathSync(target);
    const temporary = join(incoming, randomUUID());
    await mkdir(temporary, { mode: 0o700 });
    for (const sha of shas) await overlay(await folder(sha), temporary);
    await rename(temporary, target);
    return realpathSync(target);
  };

  return {
    async put(zip) {
      const entries = listEntries(zip);
      if (entries.length === 0) throw invalid("Uploaded file must be a non-empty zip");
      const codeSha256 = createHash("sha256").update(zip).digest("base64");
      fresh.set(nameOf(codeSha256), performance.now());
      const target = join(zips, `${nameOf(codeSha256)}.zip`);
      if (!existsSync(target)) {
        const temporary = join(incoming, randomUUID());
        await writeDurably(temporary, zip, 0o600);
        await rename(temporary, target);
        await syncFolder(zips);
      }
      return { codeSha256, codeSizeBytes: zip.length };
    },
    folder,
    layered: (shas) => once(nameOfAll(shas), () => layerOnce(shas)),
    async contents(sha) {
      const entries = listEntries(await read(sha));
      return {
        names: entries.map(({ name }) => name),
        unzippedBytes: entries.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      };
    },
    read,
    async keepOnly(shas, layered) {
      const together = new Set(layered.map(nameOfAll));
      for (const name of await readdir(opt))
        if (!together.has(name)) await rm(join(opt, name), { recursive: true, force: true });
      const names = new Set([...shas].map(nameOf));
      for (const [name, at] of fresh)
        if (performance.now() - at < freshMs) names.add(name);
        else fresh.delete(name);
      for (const file of await readdir(zips)) if (!names.has(file.slice(0, -4))) await rm(join(zips, file));
      for (const folder of await readdir(code))
        if (!names.has(folder)) await rm(join(code, folder), { recursive: true, force: true });
    },
  };
}

/** Hex, because base64 has slashes. */
function nameOf(codeSha256: string): string {
  return Buffer.from(codeSha256, "base64").toString("hex");
}

function nameOfAll(shas: readonly string[]): string {
  return createHash("sha256").update(shas.join()).digest("hex");
}

/** Lays a layer's files over what is there, as links: they are read-only, and no byte is kept twice. */
async function overlay(from: string, to: string): Promise<void> {
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    const there = await stat(target).catch(() => null);
    if (there && !(there.isDirectory() && entry.isDirectory())) await rm(target, { recursive: true });
    if (!entry.isDirectory()) await link(source, target);
    else {
      await mkdir(target, { recursive: true, mode: 0o700 });
      await overlay(source, target);
    }
  }
}

interface Entry {
  name: string;
  method: number;
  crc: number;
  compressedBytes: number;
  sizeBytes: number;
  offset: number;
  executable: boolean;
}

/** The central directory: what an archive says it holds, checked before anything is written. */
function listEntries(zip: Buffer): Entry[] {
  const end = zip.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  if (end < 0 || end + 22 > zip.length) throw badZip();
  const count = zip.readUInt16LE(end + 10);
  let at = zip.readUInt32LE(end + 16);
  if (count > entriesLimit || count === 0xffff) throw badZip();
  const entries: Entry[] = [];
  let total = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > zip.length || zip.readUInt32LE(at) !== 0x02014b50) throw badZip();
    const nameBytes = zip.readUInt16LE(at + 28);
    const skip = zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
    const name = zip.toString("utf8", at + 46, at + 46 + nameBytes);
    const mode = zip.readUInt8(at + 5) === 3 ? zip.readUInt32LE(at + 38) >>> 16 : 0;
    checkName(name, mode);
    const sizeBytes = zip.readUInt32LE(at + 24);
    total += sizeBytes;
    if (total > unzippedLimitBytes) throw invalid(`Unzipped size must be smaller than ${unzippedLimitBytes} bytes`);
    if (!name.endsWith("/"))
      entries.push({
        name,
        method: zip.readUInt16LE(at + 10),
        crc: zip.readUInt32LE(at + 16),
        compressedBytes: zip.readUInt32LE(at + 20),
        sizeBytes,
        offset: zip.readUInt32LE(at + 42),
        executable: (mode & 0o111) !== 0,
      });
    at += 46 + nameBytes + skip;
  }
  return entries;
}

function checkName(name: string, mode: number): void {
  const parts = name.replace(/\/$/, "").split("/");
  const kind = mode & 0o170000;
  const plain = kind === 0 || kind === 0o100000 || kind === 0o040000;
  if (!plain || name.includes("\0") || name.includes("\\") || parts.some((part) => ["", ".", ".."].includes(part)))
    throw badZip();
}

async function extract(zip: Buffer, folder: string): Promise<void> {
  const entries = listEntries(zip);
  for (const parent of new Set(entries.map(({ name }) => dirname(join(folder, name)))))
    await mkdir(parent, { recursive: true, mode: 0o700 });
  const rest = entries.values();
  const worker = async (): Promise<void> => {
    for (const entry of rest) {
      const path = join(folder, entry.name);
      await writeDurably(path, await content(zip, entry), entry.executable ? 0o500 : 0o400);
    }
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
}

async function content(zip: Buffer, entry: Entry): Promise<Buffer> {
  const { offset, compressedBytes, sizeBytes } = entry;
  if (offset + 30 > zip.length || zip.readUInt32LE(offset) !== 0x04034b50) throw badZip();
  const start = offset + 30 + zip.readUInt16LE(offset + 26) + zip.readUInt16LE(offset + 28);
  const packed = zip.subarray(start, start + compressedBytes);
  if (entry.method !== 0 && entry.method !== 8) throw badZip();
  let bytes: Buffer;
  try {
    // A liar's archive inflates to more than it said: never more than it said is taken.
    bytes = entry.method === 0 ? packed : await inflate(packed, { maxOutputLength: Math.max(sizeBytes, 1) });
  } catch {
    throw badZip();
  }
  if (bytes.length !== sizeBytes || crc32(bytes) !== entry.crc) throw badZip();
  return bytes;
}

async function writeDurably(path: string, bytes: Buffer, mode: number): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await chmod(path, mode);
}

/** Whether a path is a file that may be run: `bootstrap` of a custom runtime. */
export async function isExecutable(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found?.isFile() === true && (found.mode & 0o111) !== 0;
}
