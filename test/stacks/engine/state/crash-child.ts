/**
 * A run to be killed: `node crash-child.ts DIR DIES_AT`. Prints each thing it was told is durable. Dies by SIGKILL before
 * its DIES_AT-th change to the disk; `0` never.
 */

import { writeSync } from "node:fs";
import { createRequire, syncBuiltinESMExports } from "node:module";
import { pathToFileURL } from "node:url";

const [dir = "", diesAt = "0"] = process.argv.slice(2);
const fs = createRequire(import.meta.url)("node:fs/promises");
let changes = 0;

function step(): void {
  changes += 1;
  if (changes === Number(diesAt)) process.kill(process.pid, "SIGKILL");
}

function watch(target: any, name: string): void {
  const original = target[name];
  target[name] = function (this: unknown, ...args: unknown[]) {
    step();
    return original.apply(this, args);
  };
}
for (const name of ["mkdir", "rename", "unlink"]) watch(fs, name);
const handle = await fs.open(import.meta.filename);
for (const name of ["writeFile", "appendFile", "sync", "datasync"]) watch(Object.getPrototypeOf(handle), name);
await handle.close();
syncBuiltinESMExports();

const { openBackend, systemRef, thing, root, info } = await import("./crash-parts.ts");
const say = (text: string): void => void writeSync(1, `${text}\n`);

const backend = openBackend(pathToFileURL(dir).href);
const update = await backend.openUpdate(systemRef, "update", undefined);
const present = new Set(update.base.resources.map(({ urn }) => urn));
if (!present.has(root().urn)) update.journal.record({ resource: root(), replaces: null });
for (const pending of update.base.pendingOperations) update.journal.settle(pending);
for (const name of ["a", "b", "c"]) {
  const resource = thing(name);
  if (present.has(resource.urn)) continue;
  const entry = await update.journal.begin({ type: "creating", resource });
  say(`intent ${name}`);
  await entry.done({ resource, replaces: null });
  say(`done ${name}`);
}
await update.finish(info);
say(`finished ${changes}`);
