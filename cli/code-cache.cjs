/*
 * Runs a bundle with V8's code of what earlier runs of it used. Node's own compile cache keeps what is compiled when a
 * file is loaded; a bundle's modules are functions, compiled when they are first called, so that a third of a start went
 * into compiling them again (docs/decisions/0012-v8-code-of-earlier-runs.md). Plain CommonJS, so that an old Node can read
 * it; the file it is given is CommonJS, too.
 */
"use strict";
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const v8 = require("node:v8");
const vm = require("node:vm");
const { crc32 } = require("node:zlib");

/** Of the code: its checksum, and the bytes of code in the heap when it was taken. */
const headerLength = 8;

/** Runs `bundles/NAME.cjs`, beside this file, as if it had been required. */
module.exports = function run(name) {
  const file = path.join(__dirname, "bundles", `${name}.cjs`);
  const bytes = fs.readFileSync(file);
  const prefix = `${name}-${v8.cachedDataVersionTag().toString(16)}-`;
  const key = `${prefix}${crc32(bytes).toString(16)}.code`;
  const kept = read(file, key);
  const script = new vm.Script(
    // Bundles are one function expression, in ASCII.
    bytes.latin1Slice(),
    {
      filename: file,
      cachedData: kept?.data,
      importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    },
  );
  let before = kept && !script.cachedDataRejected ? kept.used : 0;
  const save = () => {
    // Counting takes some milliseconds: long runs, which use most, do it always, short ones now and then.
    if (before > 0 && process.uptime() < 0.5 && Math.random() > 0.1) return;
    const used = v8.getHeapCodeStatistics().bytecode_and_metadata_size;
    // A run that used hardly more than those before it leaves the file as it is.
    if (used < before * 1.1) return;
    before = used;
    write(file, prefix, key, script.createCachedData(), used);
  };
  process.once("exit", save);
  // What serves for days is killed as often as it ends.
  setTimeout(save, 5_000).unref();
  const module = { exports: {} };
  script.runInThisContext()(module.exports, require, module, file, path.dirname(file));
};

/** Beside the bundle, where that can be written; else where this user's caches are (cli/paths.ts says the same). */
function folders(file) {
  const { FREEHOLD_HOME: home, XDG_CACHE_HOME: cache, HOME = os.homedir() } = process.env;
  const own = home
    ? path.resolve(home, "cache")
    : path.join(cache?.startsWith("/") ? cache : path.join(HOME, ".cache"), "freehold");
  return [path.join(path.dirname(file), "code"), path.join(own, "code")];
}

/** Code is run as it is: only what this user wrote, or who wrote the bundle, and nobody else could have changed. */
function trusted(stat, bundle) {
  if (process.platform === "win32") return true;
  return (stat.uid === process.getuid() || stat.uid === bundle.uid) && (stat.mode & 0o022) === 0;
}

function read(file, key) {
  for (const folder of folders(file)) {
    let handle;
    try {
      handle = fs.openSync(path.join(folder, key), "r");
      if (!trusted(fs.fstatSync(handle), fs.statSync(file))) continue;
      const kept = fs.readFileSync(handle);
      const data = kept.subarray(headerLength);
      // V8 takes damaged code for good.
      if (kept.length > headerLength && crc32(data) === kept.readUInt32LE(0))
        return { data, used: kept.readUInt32LE(4) };
    } catch {
      // Without it the bundle is compiled, as it is the first time.
    } finally {
      if (handle !== undefined) fs.closeSync(handle);
    }
  }
  return undefined;
}

function write(file, prefix, key, data, used) {
  const header = Buffer.alloc(headerLength);
  header.writeUInt32LE(crc32(data), 0);
  header.writeUInt32LE(used, 4);
  for (const folder of folders(file)) {
    const target = path.join(folder, key);
    const part = `${target}.${process.pid}.tmp`;
    try {
      fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
      // A folder of another owner's is none to write into: root would leave files that the owner cannot replace.
      if (process.platform !== "win32" && fs.statSync(folder).uid !== process.getuid()) continue;
      fs.writeFileSync(part, Buffer.concat([header, data]), { mode: 0o600, flag: "wx" });
      fs.renameSync(part, target);
      // Of bundles that were replaced, and of who was killed here.
      for (const other of fs.readdirSync(folder))
        if (other !== key && other.startsWith(prefix)) remove(path.join(folder, other));
      return;
    } catch {
      remove(part);
    }
  }
}

function remove(file) {
  try {
    fs.rmSync(file);
  } catch {
    // It is not there, or not ours to remove.
  }
}
