/**
 * A run to be killed: `node crash-child.ts DIR DIES_AT`. Prints each thing it was told is durable. Dies by SIGKILL before
 * its DIES_AT-th change to the disk; `0` never. With a third argument `power` it takes with it what was never synced.
 */

import {
  existsSync,
  fstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { createRequire, syncBuiltinESMExports } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

const [dir = "", diesAt = "0", death = "kill"] = process.argv.slice(2);
const fs = createRequire(import.meta.url)("node:fs/promises");
let changes = 0;

function step(): void {
  changes += 1;
  if (changes !== Number(diesAt)) return;
  if (death === "power") losePower();
  process.kill(process.pid, "SIGKILL");
}

function watch(target: any, name: string): void {
  const original = target[name];
  target[name] = function (this: unknown, ...args: unknown[]) {
    step();
    return original.apply(this, args);
  };
}
/** What a disk without power has: files as they were synced, names as they were when their folder was. */
const synced = new Map<number, Buffer>();
const undo: { folder: string; back: () => void }[] = [];

function losePower(): void {
  for (const { back } of undo.reverse()) back();
  for (const path of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    const file = join(path.parentPath, path.name);
    // The lock is SQLite's own file and holds nothing.
    if (path.isFile() && written.has(statSync(file).ino)) writeFileSync(file, synced.get(statSync(file).ino) ?? "");
  }
}
const written = new Set<number>();

function remember(name: string, from: string, to?: string): void {
  const before = existsSync(to ?? from) ? readFileSync(to ?? from) : undefined;
  const moved = to === undefined ? undefined : statSync(from).ino;
  undo.push({
    folder: dirname(from),
    back() {
      if (name === "unlink") {
        if (before) writeFileSync(from, before);
      } else if (to !== undefined && existsSync(to) && statSync(to).ino === moved) {
        renameSync(to, from);
        if (before) writeFileSync(to, before);
      }
    },
  });
}
for (const name of ["rename", "unlink"]) {
  const original = fs[name];
  fs[name] = async (from: string, to?: string) => {
    if (existsSync(from)) remember(name, from, to);
    return original(from, to);
  };
}
for (const name of ["mkdir", "rename", "unlink"]) watch(fs, name);
const handle = await fs.open(import.meta.filename);
for (const name of ["writeFile", "appendFile", "sync", "datasync"]) watch(Object.getPrototypeOf(handle), name);
const kinds = Object.getPrototypeOf(handle);
for (const name of ["writeFile", "appendFile"]) {
  const original = kinds[name];
  kinds[name] = async function (this: any, ...args: unknown[]) {
    written.add(fstatSync(this.fd).ino);
    return original.apply(this, args);
  };
}
for (const name of ["sync", "datasync"]) {
  const original = kinds[name];
  kinds[name] = async function (this: any) {
    await original.apply(this);
    const at = readlinkSync(`/proc/self/fd/${this.fd}`);
    if (!fstatSync(this.fd).isDirectory()) synced.set(fstatSync(this.fd).ino, readFileSync(at));
    else undo.splice(0, undo.length, ...undo.filter(({ folder }) => folder !== at));
  };
}
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
