/**
 * A blueprint's folder as one file, for clouds that other computers use too: gzipped JSON of paths, executable bits and
 * bytes. What is unpacked is compared with the digest it is to have before it gets its name.
 */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { digestFolder } from "../blueprints/digest.ts";
import type { BlueprintFile } from "../blueprints/files.ts";
import { faults } from "./errors.ts";
import { makeFolder } from "./paths.ts";

interface Packed {
  format: 1;
  files: { path: string; executable: boolean; base64: string }[];
}

/** A manifest's limits (blueprints/files.ts), base64 and the paths: more than this is no archive of ours. */
const maxBytes = 800 * 1024 ** 2;

export async function pack(files: readonly BlueprintFile[]): Promise<Buffer> {
  const packed: Packed = { format: 1, files: [] };
  for (const { path, absolute, executable } of files)
    packed.files.push({ path, executable, base64: (await readFile(absolute)).toString("base64") });
  return promisify(gzip)(JSON.stringify(packed));
}

/** Throws `copy-differs` on what does not have that digest; then nothing is at `to`. */
export async function unpack(archive: Buffer, to: string, digest: string): Promise<void> {
  const beside = `${to}.${process.pid}.tmp`;
  try {
    makeFolder(beside);
    const { files } = JSON.parse(String(await promisify(gunzip)(archive, { maxOutputLength: maxBytes }))) as Packed;
    for (const { path, executable, base64 } of files) {
      if (path.split("/").some((part) => part === "" || part === "." || part === ".." || /[\\\0]/.test(part)))
        throw faults.copyDiffers(digest);
      const file = join(beside, path);
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      writeFileSync(file, Buffer.from(base64, "base64"), { mode: executable ? 0o700 : 0o600, flag: "wx" });
    }
    if ((await digestFolder(beside)) !== digest) throw faults.copyDiffers(digest);
    if (!existsSync(to)) renameSync(beside, to);
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
}
