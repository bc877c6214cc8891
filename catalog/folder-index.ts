/** The index of a catalog in a folder of this computer. Reads one file; the blueprints in the folder are folder.ts's. */
import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { join } from "node:path";
import { faults } from "./catalog-faults.ts";
import { readIfThere } from "./files.ts";
import { faults as indexFaults } from "./index/faults.ts";
import { limits } from "./index/rules.ts";
import type { IndexSource } from "./refresh.ts";
import { indexFile } from "./source.ts";

/** `dir` is absolute. */
export function folderIndex(dir: string): IndexSource {
  return {
    async readIndex(previous) {
      const file = join(dir, indexFile);
      const bytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
      if (bytes > limits.bytes) throw indexFaults.tooLarge(`${(bytes / 1024 ** 2).toFixed(1)} MiB`);
      const text = readIfThere(file);
      if (text === undefined) throw faults.noIndex(dir);
      const sha256 = createHash("sha256").update(text).digest("hex");
      if (previous?.validators.sha256 === sha256) return { unchanged: true };
      return { unchanged: false, text, validators: { sha256 } };
    },
    signedInWith: () => undefined,
  };
}
