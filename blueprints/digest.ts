/**
 * The digest that pins what is installed: over sorted paths, executable bit and bytes, never over an archive. The same
 * folder has the same digest on every computer.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { type BlueprintFile, listFiles } from "./files.ts";

/** `sha256:` and 64 hex digits. Throws what listFiles throws. */
export async function digestFolder(dir: string): Promise<string> {
  return digestFiles(await listFiles(dir));
}

/** Each file adds a line `MODE SIZE PATH-AS-JSON` and its bytes, so no two folders have the same text. */
export async function digestFiles(files: readonly BlueprintFile[]): Promise<string> {
  const hash = createHash("sha256");
  hash.update("freehold blueprint 1\n");
  for (const file of files) {
    hash.update(`${file.executable ? "x" : "-"} ${file.sizeBytes} ${JSON.stringify(file.path)}\n`);
    await pipeline(createReadStream(file.absolute), async (chunks) => {
      for await (const chunk of chunks) hash.update(chunk);
    });
  }
  return `sha256:${hash.digest("hex")}`;
}

/** As a name of a folder, a file or a key: `sha256-…`. */
export const digestName = (digest: string): string => digest.replace(":", "-");
