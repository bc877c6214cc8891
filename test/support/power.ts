/**
 * What a disk has after the power goes: a process's system calls, as strace wrote them down, played again on a model
 * that keeps of a file what was synced and of a folder the names it had when it was synced. What was not synced may be
 * there or not: `luck` decides. Knows Linux and strace only.
 */
import { createReadStream, mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { createInterface } from "node:readline";

const calls =
  "open,openat,creat,close,write,writev,pwrite64,pwritev,ftruncate,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat,rmdir,mkdir,mkdirat";

/** To be put before the command to watch. */
export const tracer = (strace: string, file: string): string[] => [
  ...[strace, "-f", "-y", "-xx", "-s", "400000", "--seccomp-bpf", "-e", "signal=none", "-e", `trace=${calls}`],
  ...["-o", file, "--"],
];

interface File {
  kind: "file";
  synced: Buffer;
  /** Written since, in order. */
  pending: Write[];
}
type Write = { at: number; bytes: Buffer } | { length: number };
interface Folder {
  kind: "folder";
  live: Map<string, File | Folder>;
  synced: Map<string, File | Folder>;
}

/** The disk at one moment. Offsets in bytes. */
export interface Disk {
  /** Writes what would be left of the watched folder into `target`. */
  leave(target: string, luck?: () => boolean): void;
}

export interface Watcher {
  /** The folder that is watched, empty at the start. */
  root: string;
  /** A text went to a socket, in Latin-1. Called before the next call is played: the disk is as it was then. */
  onSent?(text: string, disk: Disk): void;
  /** Takes this file's or folder's syncs out, as if the source had none. Default: none are. */
  ignoresSync?(path: string): boolean;
}

/** Plays the whole trace; the disk as it was at its end. */
export async function replay(trace: string, watcher: Watcher): Promise<Disk> {
  const player = new Player(watcher);
  const begun = new Map<string, { call: string; before: Before }>();
  for await (const line of createInterface({ input: createReadStream(trace, "latin1") })) {
    const [, pid = "", text = ""] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(text);
    if (resumed) {
      const start = begun.get(pid);
      if (start) player.end(start.call + resumed[1], start.before);
      begun.delete(pid);
    } else if (text.endsWith("<unfinished ...>")) {
      const call = text.slice(0, -"<unfinished ...>".length).trimEnd();
      begun.set(pid, { call, before: player.begin(call) });
    } else if (/^\w+\(/.test(text)) {
      player.end(text, player.begin(text));
    }
  }
  return player;
}

/** What a sync had in front of it when it began; it says nothing about what came while it ran. */
type Before = (() => void) | undefined;

const unescaped = (text: string): string =>
  text.replace(/\\x([0-9a-f]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
const bytesOf = (text: string): Buffer => Buffer.from(text.replaceAll("\\x", ""), "hex");
const quoted = (text: string): string[] => [...text.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, inner]) => inner!);
const path = (escaped: string): string => Buffer.from(unescaped(escaped), "latin1").toString();

class Player implements Disk {
  readonly #watcher: Watcher;
  readonly #root: Folder = { kind: "folder", live: new Map(), synced: new Map() };
  readonly #open = new Map<number, { node: File | Folder; path: string; offset: number }>();

  constructor(watcher: Watcher) {
    this.#watcher = watcher;
  }

  begin(call: string): Before {
    const [, name, fd, at = ""] = /^(\w+)\((\d+)<([^>]*)>/.exec(call) ?? [];
    if (name?.startsWith("write") && unescaped(at).startsWith("socket:"))
      this.#watcher.onSent?.(quoted(call).map(unescaped).join(""), this);
    // Its number is free from here on: another thread may have it before the end of this call is written down.
    if (name === "close") this.#open.delete(Number(fd));
    if (name !== "fsync" && name !== "fdatasync") return undefined;
    const opened = this.#open.get(Number(fd));
    if (!opened || this.#watcher.ignoresSync?.(opened.path)) return undefined;
    return syncOf(opened.node);
  }

  end(call: string, before: Before): void {
    const [, name = "", inner = "", result = ""] = /^(\w+)\((.*)\)\s+= (.*)$/.exec(call) ?? [];
    if (result === "" || result.startsWith("-1") || result.startsWith("?")) return;
    const fd = Number(/^\d+/.exec(inner)?.[0] ?? Number.NaN);
    if (name === "open" || name === "openat" || name === "creat") this.#opened(inner, result);
    else if (name.startsWith("write") || name.startsWith("pwrite"))
      this.#wrote(name, fd, inner, Number.parseInt(result, 10));
    else if (name === "ftruncate") this.#cut(fd, Number(/, (\d+)$/.exec(inner)?.[1]));
    else if (name === "fsync" || name === "fdatasync") before?.();
    else this.#named(name, quoted(inner).map(path));
  }

  leave(target: string, luck: () => boolean = () => false): void {
    leaveFolder(this.#root, target, luck);
  }

  #opened(inner: string, result: string): void {
    const [, fd, at = ""] = /^(\d+)<(.*)>$/.exec(result) ?? [];
    const where = path(at);
    this.#open.delete(Number(fd));
    if (where === this.#watcher.root) this.#open.set(Number(fd), { node: this.#root, path: where, offset: 0 });
    const parent = this.#folder(dirname(where));
    if (!parent) return;
    let node = parent.live.get(basename(where));
    if (!node && /O_CREAT/.test(inner)) {
      node = { kind: "file", synced: Buffer.alloc(0), pending: [] };
      parent.live.set(basename(where), node);
    }
    if (!node) return;
    if (/O_TRUNC/.test(inner) && node.kind === "file") node.pending.push({ length: 0 });
    this.#open.set(Number(fd), { node, path: where, offset: 0 });
  }

  #wrote(name: string, fd: number, inner: string, count: number): void {
    const opened = this.#open.get(fd);
    if (opened?.node.kind !== "file") return;
    const bytes = Buffer.concat(quoted(inner).map(bytesOf)).subarray(0, count);
    if (bytes.length !== count) throw new Error(`the trace cuts off ${opened.path} at ${bytes.length} of ${count}`);
    const at = name.startsWith("p") ? Number(/, (\d+)$/.exec(inner)?.[1]) : opened.offset;
    if (!name.startsWith("p")) opened.offset += count;
    opened.node.pending.push({ at, bytes });
  }

  #cut(fd: number, length: number): void {
    const node = this.#open.get(fd)?.node;
    if (node?.kind === "file") node.pending.push({ length });
  }

  #named(name: string, [from = "", to = ""]: readonly string[]): void {
    const folder = this.#folder(dirname(from));
    if (!folder) return;
    const node = folder.live.get(basename(from));
    if (name.startsWith("mkdir")) {
      folder.live.set(basename(from), { kind: "folder", live: new Map(), synced: new Map() });
      return;
    }
    folder.live.delete(basename(from));
    if (name.startsWith("rename") && node) this.#folder(dirname(to))?.live.set(basename(to), node);
  }

  #folder(at: string): Folder | undefined {
    const { root } = this.#watcher;
    if (at !== root && !at.startsWith(`${root}/`)) return undefined;
    let folder: Folder = this.#root;
    for (const name of at.slice(root.length).split("/").filter(Boolean)) {
      const next = folder.live.get(name);
      if (next?.kind !== "folder") return undefined;
      folder = next;
    }
    return folder;
  }
}

function syncOf(node: File | Folder): () => void {
  if (node.kind === "folder") {
    const names = new Map(node.live);
    return () => {
      node.synced = names;
    };
  }
  const covered = node.pending.slice();
  return () => {
    node.synced = covered.reduce(applied, node.synced);
    const done = new Set(covered);
    node.pending = node.pending.filter((write) => !done.has(write));
  };
}

/** May change `content` in place. */
function applied(content: Buffer, write: Write): Buffer {
  if ("length" in write) return resized(content, write.length);
  const end = write.at + write.bytes.length;
  const whole = end > content.length ? resized(content, end) : content;
  write.bytes.copy(whole, write.at);
  return whole;
}

function resized(content: Buffer, length: number): Buffer {
  if (length <= content.length) return content.subarray(0, length);
  return Buffer.concat([content, Buffer.alloc(length - content.length)]);
}

function leaveFolder(folder: Folder, target: string, luck: () => boolean): void {
  mkdirSync(target, { recursive: true, mode: 0o700 });
  for (const [name, node] of folder.synced) {
    if (node.kind === "folder") leaveFolder(node, join(target, name), luck);
    else writeFileSync(join(target, name), node.pending.filter(luck).reduce(applied, Buffer.from(node.synced)));
  }
}
