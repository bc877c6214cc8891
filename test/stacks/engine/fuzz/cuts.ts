/**
 * A process that ends in the middle, without a process: what it had written is copied to another folder at that very
 * moment, and its successor goes on from there. `drop` leaves of each file only what was synced, as a power cut may.
 * Watches node:fs/promises of this whole process; only files below the watched folder count.
 */

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import fsp from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";

export interface FileOp {
  what: string;
  path: string;
  /** Bytes this write adds; 0 for syncs, renames and removals. */
  bytes: number;
}

export interface Watch {
  dir: string;
  before(op: FileOp): void;
  after(op: FileOp): void;
}

let watch: Watch | undefined;
/** By inode: how much of the file is on the disk. */
const synced = new Map<number, number>();

/** One folder at a time. */
export function setWatch(next: Watch | undefined): void {
  if (next) install();
  watch = next;
}

let installed = false;

function install(): void {
  if (installed) return;
  installed = true;
  wrap("rename", fsp.rename);
  wrap("unlink", fsp.unlink);
  syncBuiltinESMExports();
}

function wrap(what: "rename" | "unlink", original: (...args: any[]) => Promise<unknown>): void {
  (fsp as any)[what] = async (...args: any[]) => {
    const op: FileOp = { what, path: String(args[0]), bytes: 0 };
    if (!covers(op.path)) return original(...args);
    watch?.before(op);
    if (what === "unlink") synced.delete(fs.statSync(op.path, { throwIfNoEntry: false })?.ino ?? -1);
    const result = await original(...args);
    watch?.after(op);
    return result;
  };
}

const covers = (path: string): boolean => watch !== undefined && path.startsWith(watch.dir);

/** Handles have one prototype; it can only be had from a handle. */
export async function watchHandles(): Promise<void> {
  const probe = await fsp.open("/dev/null", "r");
  const prototype = Object.getPrototypeOf(probe);
  await probe.close();
  if (prototype.watched) return;
  prototype.watched = true;
  for (const what of ["appendFile", "writeFile", "write", "datasync", "sync"] as const) {
    const original = prototype[what] as (...args: any[]) => Promise<unknown>;
    prototype[what] = async function (this: { fd: number }, ...args: any[]) {
      const path = watch ? fs.readlinkSync(`/proc/self/fd/${this.fd}`) : "";
      if (!covers(path)) return original.apply(this, args);
      const syncs = what === "datasync" || what === "sync";
      const op: FileOp = { what, path, bytes: syncs ? 0 : Buffer.byteLength(args[0]) };
      watch?.before(op);
      const { ino, size } = fs.fstatSync(this.fd);
      const result = await original.apply(this, args);
      if (syncs) synced.set(ino, size);
      watch?.after(op);
      return result;
    };
  }
}

/** Everything in the folder is on the disk. */
export function allSynced(dir: string): void {
  synced.clear();
  for (const file of filesBelow(dir)) {
    const { ino, size } = fs.statSync(file);
    synced.set(ino, size);
  }
}

export function filesBelow(dir: string): string[] {
  return fs.readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

/** The folder as a successor finds it. `cut`: so many bytes of this file's end were not written any more. */
export function copyFolder(from: string, to: string, drop: boolean, cut?: { path: string; bytes: number }): void {
  fs.mkdirSync(to, { recursive: true, mode: 0o700 });
  for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
    const path = join(from, entry.name);
    const target = join(to, entry.name);
    if (entry.isDirectory()) {
      copyFolder(path, target, drop, cut);
      continue;
    }
    let content = fs.readFileSync(path);
    const keeps = !drop || !path.includes("/.pulumi/") || !/\.(json|bak|journal|yaml|tmp|pulumi-tags)$/.test(path);
    if (cut?.path === path) content = content.subarray(0, Math.max(0, content.length - cut.bytes));
    if (!keeps) content = content.subarray(0, synced.get(fs.statSync(path).ino) ?? 0);
    fs.writeFileSync(target, content, { mode: 0o600 });
  }
}

let dead: number | undefined;

/** The lock files of a process that is gone: this one lives on, so they get the pid of one that does not. */
export function ownerIsDead(dir: string): void {
  dead ??= spawnSync(process.execPath, ["-e", "0"]).pid;
  for (const file of filesBelow(dir).filter((path) => path.includes("/locks/") && path.endsWith(".json"))) {
    const text = fs.readFileSync(file, "utf8");
    if (text === "") continue;
    const lock = JSON.parse(text);
    if (lock.pid === process.pid) fs.writeFileSync(file, JSON.stringify({ ...lock, pid: dead, startTime: "1" }));
  }
}
