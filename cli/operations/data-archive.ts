/**
 * An export that came as one file, unpacked beside where it is used: only files an export has, no larger and no more than
 * its manifest says, which comes first. Links, other names and bombs are refused. It lies in the cache until it is
 * imported.
 */
import { createReadStream, existsSync, type Stats } from "node:fs";
import { mkdir, open, rename, rm, stat, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { Fault } from "../../blueprints/fault.ts";
import { readTar, type TarEntry } from "../../catalog/tar.ts";
import type { Manifest } from "../../stacks/deploy.ts";
import { faults } from "../data-faults.ts";
import { makeFolder, type Paths } from "../paths.ts";
import { shortDigest } from "./data-places.ts";
import type { Deploy, Work } from "./work.ts";

export const isArchive = (typed: string): boolean => /\.(tar\.gz|tgz)$/i.test(typed);

const mb = 1024 ** 2;
const limits = {
  manifestBytes: 64 * mb,
  /** Deflate makes at most this many of one. */
  possible: 1032,
  /** What real data does not come to, in an archive of more than `ratioFromBytes`. */
  ratio: 200,
  ratioFromBytes: 1024 * mb,
  /** Left on the disk. */
  spareBytes: 64 * mb,
};

/** Answers the folder. Throws `archive-refused`, `archive-no-room`. */
export async function unpackArchive(
  { paths, deploy, signal }: Pick<Work, "paths" | "deploy" | "signal">,
  file: string,
): Promise<string> {
  const found = await stat(file).catch((cause) => {
    throw faults.noSource(file, cause);
  });
  const dir = folderFor(paths, file, found);
  if (existsSync(dir)) return dir;
  const beside = `${dir}.partial`;
  const carrying = await deploy.carrying();
  await rm(beside, { recursive: true, force: true });
  makeFolder(beside);
  try {
    await pipeline(
      createReadStream(file),
      createGunzip(),
      (chunks) => unpack(chunks, { file, found, beside, carrying }),
      { signal },
    );
    await rename(beside, dir);
    return dir;
  } catch (error) {
    await rm(beside, { recursive: true, force: true });
    throw refused(file, error);
  }
}

const folderFor = (paths: Paths, file: string, { size, mtimeMs }: Stats): string =>
  join(paths.cache, "imports", shortDigest([file, size, mtimeMs]));

/** Once all of it is imported. */
export const dropUnpacked = (paths: Paths, dir: string): Promise<void> =>
  dirname(dir) === join(paths.cache, "imports") ? rm(dir, { recursive: true, force: true }) : Promise.resolve();

function refused(file: string, error: unknown): unknown {
  const { code = "" } = error as { code?: string };
  if (error instanceof Fault)
    return error.code === "archive-broken" ? faults.archive(file, error.detail ?? "", error) : error;
  if (code === "Z_BUF_ERROR") return faults.archive(file, "It ends in the middle.", error);
  return code.startsWith("Z_") ? faults.archive(file, "It is not gzipped as it should be.", error) : error;
}

interface Unpacking {
  file: string;
  found: Stats;
  beside: string;
  carrying: Awaited<ReturnType<Deploy["carrying"]>>;
}

async function unpack(chunks: AsyncIterable<Uint8Array>, o: Unpacking): Promise<void> {
  const { entries } = readTar(chunks);
  const first = (await entries.next()).value as TarEntry | undefined;
  const { manifestFile, readManifest, isExportPath } = o.carrying;
  if (first?.name !== manifestFile || first.kind !== "file" || first.sizeBytes > limits.manifestBytes)
    throw faults.archive(
      o.file,
      `Its first file is not ${manifestFile}, as in those that Freehold writes. Unpacked with tar, the folder can be imported.`,
    );
  const text = await textOf(first);
  const admit = admission(o, readManifest(text, o.file).manifest, isExportPath);
  await admit.room();
  for await (const entry of entries) {
    if (entry.kind === "folder") continue;
    admit.file(entry);
    await write(join(o.beside, entry.name), entry);
  }
  admit.end();
  await write(join(o.beside, manifestFile), {
    content: async function* () {
      yield Buffer.from(text);
    },
  });
}

/** What may come by the manifest, each once. */
function admission(
  { file, found, beside }: Unpacking,
  { files, stores }: Manifest,
  isExportPath: (path: string) => boolean,
) {
  const named = new Map(files.map(({ path, sizeBytes }) => [path, sizeBytes]));
  const taken = new Set<string>();
  const objects = stores.filter(({ kind }) => kind === "bucket");
  let bytesLeft = objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let countLeft = objects.reduce((sum, { count }) => sum + count, 0);
  const total = bytesLeft + files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const refuse = (name: string, why: string): never => {
    throw faults.archiveEntry(file, name, why);
  };
  return {
    async room(): Promise<void> {
      const ratio = total / Math.max(1, found.size);
      if ((ratio > limits.possible && total > mb) || (ratio > limits.ratio && total > limits.ratioFromBytes))
        throw faults.archive(file, `It would unpack to ${Math.round(ratio)} times its size, as only bombs do.`);
      const { bavail, bsize } = await statfs(beside);
      if (total + limits.spareBytes > bavail * bsize) throw faults.archiveRoom(file, total, bavail * bsize);
    },
    file({ name, kind, what, sizeBytes }: TarEntry): void {
      if (kind !== "file") refuse(name, `is ${what}`);
      if (!isExportPath(name)) refuse(name, "is not the name of a file that an export has");
      if (taken.has(name)) refuse(name, "is there twice");
      taken.add(name);
      const size = named.get(name);
      if (size !== undefined) {
        if (size !== sizeBytes) refuse(name, `has ${sizeBytes} bytes, and the manifest says ${size}`);
        return;
      }
      countLeft--;
      bytesLeft -= sizeBytes;
      if (!name.includes("/objects/") || countLeft < 0 || bytesLeft < 0) refuse(name, "is more than the manifest says");
    },
    end(): void {
      for (const path of named.keys()) if (!taken.has(path)) refuse(path, "is in the manifest and not in the archive");
    },
  };
}

async function textOf(entry: TarEntry): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of entry.content()) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

async function write(to: string, { content }: Pick<TarEntry, "content">): Promise<void> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  const handle = await open(to, "wx", 0o600);
  try {
    for await (const chunk of content()) await handle.writeFile(chunk);
  } finally {
    await handle.close();
  }
}
