/**
 * Temporary folders of one run, all in one that goes with it: whatever a test or a process of it leaves in
 * `os.tmpdir()` is gone afterwards, also when the test failed half way. Runs before the first worker, which inherits it.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export default function setup(): () => void {
  const before = process.env["TMPDIR"];
  const folder = mkdtempSync(join(tmpdir(), "freehold-test-"));
  process.env["TMPDIR"] = folder;
  return () => {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
    // A process that was told to end may still be writing its last line.
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  };
}
