/** A file system of a few kilobytes or megabytes, for tests of a full disk. Whoever makes one unmounts it. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Of such a size (`4m`), at a folder of its own; undefined where nobody may mount one. */
export function smallDisk(size: string): string | undefined {
  const at = mkdtempSync(join(tmpdir(), "freehold-full-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", at], { stdio: "ignore" });
    return at;
  } catch {
    rmSync(at, { recursive: true });
    return undefined;
  }
}

export function unmount(at: string): void {
  execFileSync("umount", [at]);
  rmSync(at, { recursive: true });
}

/** Leaves so many bytes of it free, by a file that is in the way; answers with what takes that away again. */
export function fillDisk(at: string, bytes: number): () => void {
  const filler = join(at, "filler");
  rmSync(filler, { force: true });
  const { bavail, bsize } = statfsSync(at);
  writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - bytes), 1));
  return () => rmSync(filler, { force: true });
}
