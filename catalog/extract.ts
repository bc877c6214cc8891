/**
 * One folder of a gzipped tar archive, as plain files: no link, no device, no name that leads elsewhere, within bounds of
 * count, size and ratio. Contents are written under numbers; a name reaches the disk only when all of them are known to
 * be fit for it. What it leaves behind when it throws lies in `into`, which is the caller's to remove.
 */
import { createHash } from "node:crypto";
import { mkdir, open, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { Fault } from "../blueprints/fault.ts";
import { leftOut, limits as ofBlueprints } from "../blueprints/files.ts";
import { faults } from "./archive-faults.ts";
import { admitPath, createTaken } from "./names.ts";
import { readTar, type TarEntry } from "./tar.ts";

const mb = 1024 ** 2;

export const limits = {
  ...ofBlueprints,
  fileBytes: 256 * mb,
  /** Of the archive as a whole, what is passed over included. */
  entries: 200_000,
  unpackedBytes: 4096 * mb,
  /** How many bytes may come of one, once there are `ratioFromBytes` of them. */
  ratio: 150,
  ratioFromBytes: 32 * mb,
};

export interface ExtractedFile {
  /** From the folder, with `/`, in NFC. */
  path: string;
  executable: boolean;
  sizeBytes: number;
  /** Its id in git: the SHA-1 of a blob with these bytes. */
  blob: string;
}

export interface ExtractInput {
  archive: AsyncIterable<Uint8Array>;
  /** The folder that is wanted, below the archive's one folder; empty is that folder itself. */
  path: string;
  /** An existing, empty folder. */
  into: string;
  /** What the archive has to say it is of, when it says so. */
  commit?: string;
  limits?: typeof limits;
}

/** Answers where the folder is, and its files in the archive's order. Throws the faults of archive-faults.ts. */
export async function extract(input: ExtractInput): Promise<{ dir: string; files: ExtractedFile[] }> {
  const max = input.limits ?? limits;
  const parts = join(input.into, "parts");
  const dir = join(input.into, "folder");
  await mkdir(parts, { mode: 0o700 });
  const files: ExtractedFile[] = [];
  const folders = new Set<string>();
  const counted = createCounter(max);
  try {
    await pipeline(input.archive, counted.packed, createGunzip(), counted.unpacked, async (chunks) => {
      await collect(chunks, input, max, async (path, entry) => {
        files.push(await writePart(join(parts, String(files.length)), path, entry));
      });
    });
  } catch (cause) {
    throw readable(cause);
  }
  if (files.length === 0) throw faults.empty(input.path);
  for (const [at, { path }] of files.entries()) {
    const to = join(dir, path);
    if (!folders.has(dirname(to))) await mkdir(dirname(to), { recursive: true, mode: 0o700 });
    folders.add(dirname(to));
    await rename(join(parts, String(at)), to);
  }
  return { dir, files };
}

function readable(cause: unknown): unknown {
  const { code = "" } = cause as { code?: string };
  if (cause instanceof Fault || !code.startsWith("Z_")) return cause;
  return faults.broken(code === "Z_BUF_ERROR" ? "ends in the middle" : "is not gzipped as it should be", cause);
}

/** Bytes before and after, and how many come of one. */
function createCounter(max: typeof limits) {
  let before = 0;
  let after = 0;
  return {
    async *packed(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const chunk of chunks) {
        before += chunk.length;
        yield chunk;
      }
    },
    async *unpacked(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const chunk of chunks) {
        after += chunk.length;
        if (after > max.unpackedBytes) throw faults.tooLarge(`It unpacks to more than ${max.unpackedBytes / mb} MB.`);
        if (after > max.ratioFromBytes && after > before * max.ratio)
          throw faults.tooLarge(`It unpacks to more than ${max.ratio} times its size, as only bombs do.`);
        yield chunk;
      }
    },
  };
}

/** Calls `take` with each file of the folder, in order; everything else is looked at, and passed over or refused. */
async function collect(
  chunks: AsyncIterable<Uint8Array>,
  { path: wanted, commit }: ExtractInput,
  max: typeof limits,
  take: (path: string, entry: TarEntry) => Promise<void>,
): Promise<void> {
  const tar = readTar(chunks);
  const admitted = createAdmission(max);
  let top: string | undefined;
  let entries = 0;
  for await (const entry of tar.entries) {
    if (++entries > max.entries) throw faults.tooLarge(`It has more than ${max.entries} entries.`);
    const said = tar.commit();
    if (commit !== undefined && said !== undefined && said !== commit) throw faults.otherCommit(commit, said);
    const [first = "", ...rest] = entry.name.split("/");
    top ??= topOf(first, entry.name);
    if (first !== top) throw faults.name(entry.name, "lies outside the archive's one folder");
    if (rest.some((part) => part === "" || part === "." || part === ".."))
      throw faults.name(entry.name, "leads out of its folder");
    const path = below(wanted, rest.join("/").normalize("NFC"));
    if (path !== undefined && admitted(path, entry)) await take(path, entry);
  }
}

function topOf(first: string, name: string): string {
  if (first === "" || first === "." || first === "..") throw faults.name(name, "leads out of its folder");
  return first;
}

/** The rest of the path below the folder; undefined when it lies elsewhere, or is that folder. */
function below(folder: string, path: string): string | undefined {
  if (folder === "") return path === "" ? undefined : path;
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : undefined;
}

/** Answers whether an entry of the folder is a file to keep. Throws on what may not be there. */
function createAdmission(max: typeof limits): (path: string, entry: TarEntry) => boolean {
  const taken = createTaken();
  const sum = { files: 0, folders: 0, bytes: 0 };
  return (path, { kind, what, sizeBytes }) => {
    const normal = admitPath(path, max.depth);
    if (normal.split("/").some((part) => leftOut.has(part))) return false;
    if (kind !== "file" && kind !== "folder") throw faults.entry(path, what);
    sum.folders += taken.add(normal, kind);
    if (sum.folders > max.folders) throw faults.tooLarge(`A blueprint may have ${max.folders} folders.`);
    if (kind === "folder") return false;
    if (++sum.files > max.files) throw faults.tooLarge(`A blueprint may have ${max.files} files.`);
    sum.bytes += sizeBytes;
    if (sizeBytes > max.fileBytes) throw faults.tooLarge(`${normal} has more than ${max.fileBytes / mb} MB.`);
    if (sum.bytes > max.bytes) throw faults.tooLarge(`A blueprint may have ${max.bytes / mb} MB.`);
    return true;
  };
}

/** Only the owner's executable bit is kept of the mode. */
async function writePart(
  file: string,
  path: string,
  { sizeBytes, executable, content }: TarEntry,
): Promise<ExtractedFile> {
  const hash = createHash("sha1").update(`blob ${sizeBytes}\0`);
  const handle = await open(file, "wx", executable ? 0o700 : 0o600);
  let head = "";
  try {
    for await (const piece of content()) {
      hash.update(piece);
      if (head.length < lfsPointer.length) head += piece.toString("latin1", 0, lfsPointer.length);
      await handle.writeFile(piece);
    }
  } finally {
    await handle.close();
  }
  if (head.startsWith(lfsPointer)) throw faults.notAsCommitted(path, "is a pointer to Git LFS, not the file itself");
  return { path, executable, sizeBytes, blob: hash.digest("hex") };
}

const lfsPointer = "version https://git-lfs.github.com/spec/";
