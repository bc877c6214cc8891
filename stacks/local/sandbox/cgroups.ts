/**
 * Control groups, where this process may make some: as root, and in a session that systemd has given its own. They
 * limit processes and memory exactly, for root too, whom no limit of the shell holds, and share the processor. All of
 * this owner's are below one: however many threads they have, together they weigh no more than one other process on
 * each processor.
 */
import { createHash } from "node:crypto";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";

export interface Limits {
  processes: number;
  /** With what lies in /tmp. */
  memoryBytes: number;
  /** Processors' worth of weight when they are short; nobody is held back while one is free. */
  processors: number;
}

export interface ControlGroup {
  /** A process that writes its number there is in. One that is no `must` may refuse: real-time processes have no share. */
  readonly doors: readonly { file: string; must: boolean }[];
  /** Of processes and memory. */
  limit(limits: Limits): void;
  /** Until then its share is a whole processor's. */
  share(limits: Limits): void;
  /** Ends what is left inside. */
  remove(): void;
}

export interface ControlGroups {
  /** Undefined where none can be made. */
  make(): ControlGroup | undefined;
  /** Those that ours are below, of this process alone. Somebody removes them when it is gone. */
  readonly folders: readonly string[];
}

/** A file of a group and what is written to it; those the kernel does not have are left out. */
type Settings = (limits: Limits) => readonly (readonly [file: string, value: string])[];

interface Controller {
  must: boolean;
  limits: Settings;
  share: Settings;
  /** Of the one that ours are below. */
  whole?: (processors: number) => readonly [file: string, value: string];
}

interface Hierarchy extends Controller {
  /** The one that ours are below. */
  folder: string;
}

const none: Settings = () => [];
const first: Readonly<Record<string, Controller>> = {
  pids: { must: true, limits: ({ processes }) => [["pids.max", String(processes)]], share: none },
  memory: {
    must: true,
    limits: ({ memoryBytes }) => [["memory.limit_in_bytes", String(memoryBytes)]],
    share: none,
  },
  cpu: {
    must: false,
    limits: none,
    share: ({ processors }) => [["cpu.shares", weight(processors, 1024, 2, 262_144)]],
    whole: (processors) => ["cpu.shares", weight(processors, 1024, 2, 262_144)],
  },
};
const second: Controller = {
  must: true,
  limits: ({ processes, memoryBytes }) => [
    ["pids.max", String(processes)],
    ["memory.max", String(memoryBytes)],
    ["memory.oom.group", "1"],
  ],
  share: ({ processors }) => [["cpu.weight", weight(processors, 100, 1, 10_000)]],
  whole: (processors) => ["cpu.weight", weight(processors, 100, 1, 10_000)],
};
/** Some may be missing: a session of systemd's has processes and memory, the processor not always. */
const secondControllers = ["pids", "memory", "cpu"];

const weight = (processors: number, ofOne: number, least: number, most: number): string =>
  String(Math.min(most, Math.max(least, Math.round(processors * ofOne))));

/** By this process: what one leaves behind is taken away while the next is at work. */
let opened = 0;

const removeMs = 500;
const removeTries = 10;

/**
 * `owner` is a folder of the caller's own: groups that an earlier process with it left are removed. `root` and `self`
 * are the system's, but for tests.
 */
export function openControlGroups(owner: string, root = "/sys/fs/cgroup", self = "/proc/self/cgroup"): ControlGroups {
  const prefix = `freehold-${createHash("sha256").update(owner).digest("hex").slice(0, 12)}-`;
  const hierarchies =
    process.platform === "linux"
      ? findHierarchies(root, self, `${prefix}${process.pid}-${++opened}`).filter((one) => usable(one, prefix))
      : [];
  const all = hierarchies.some(({ must }) => must) ? hierarchies : [];
  let count = 0;
  return {
    folders: all.map(({ folder }) => folder),
    make() {
      if (all.length === 0) return undefined;
      const child = String(++count);
      const made = all.map((hierarchy) => ({ ...hierarchy, folder: join(hierarchy.folder, child) }));
      for (const { folder } of made) mkdirSync(folder);
      const set = (settings: "limits" | "share", limits: Limits): void => {
        for (const hierarchy of made)
          for (const [file, value] of hierarchy[settings](limits))
            if (existsSync(join(hierarchy.folder, file))) writeFileSync(join(hierarchy.folder, file), value);
      };
      return {
        doors: made.map(({ folder, must }) => ({ file: join(folder, "cgroup.procs"), must })),
        limit: (limits) => set("limits", limits),
        share: (limits) => set("share", limits),
        remove: () =>
          remove(
            made.map(({ folder }) => folder),
            removeTries,
          ),
      };
    },
  };
}

function remove(folders: readonly string[], tries: number): void {
  const left = folders.filter((folder) => !removed(folder));
  if (left.length === 0) return;
  for (const folder of left) endAll(folder);
  if (tries > 0) setTimeout(() => remove(left, tries - 1), removeMs).unref();
}

/** Those that left their process group. */
function endAll(folder: string): void {
  try {
    const pids = readFileSync(join(folder, "cgroup.procs"), "utf8").split("\n").filter(Boolean);
    for (const pid of pids) process.kill(Number(pid), "SIGKILL");
  } catch {
    // Gone meanwhile.
  }
}

function removed(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT";
  }
}

/** Version 1 has a hierarchy a controller; version 2 one for all, where a group with processes has no groups below. */
function findHierarchies(root: string, self: string, name: string): Hierarchy[] {
  const lines = readFileSync(self, "utf8").trim().split("\n");
  const own = new Map(lines.map((line) => line.split(":")).map(([, names = "", ...path]) => [names, path.join(":")]));
  const unified = own.get("");
  if (unified !== undefined && unified !== "/") {
    const above = join(root, dirname(unified));
    if (controllers(above).includes("pids")) return [{ folder: join(above, name), ...second }];
  }
  return Object.entries(first).flatMap(([controller, settings]) => {
    const path = [...own].find(([names]) => names.split(",").includes(controller))?.[1];
    return path === undefined ? [] : [{ folder: join(root, controller, path, name), ...settings }];
  });
}

function controllers(folder: string): string[] {
  try {
    return readFileSync(join(folder, "cgroup.subtree_control"), "utf8").trim().split(" ");
  } catch {
    return [];
  }
}

/** Makes the group that ours are below, and removes those of earlier processes. */
function usable({ folder, whole }: Hierarchy, prefix: string): boolean {
  try {
    const above = dirname(folder);
    for (const name of readdirSync(above)) if (name.startsWith(prefix)) removeTree(join(above, name));
    mkdirSync(folder, { recursive: true });
    handDown(folder);
    accessSync(join(folder, "cgroup.procs"), constants.W_OK);
    const [file, value] = whole?.(availableParallelism()) ?? [];
    if (file && value && existsSync(join(folder, file))) writeFileSync(join(folder, file), value);
    return true;
  } catch {
    return false;
  }
}

function removeTree(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) removed(join(folder, entry.name));
  removed(folder);
}

/** Version 2: the controllers that there are, to the groups below. */
function handDown(folder: string): void {
  const file = join(folder, "cgroup.subtree_control");
  if (!existsSync(file)) return;
  const there = readFileSync(join(folder, "cgroup.controllers"), "utf8").trim().split(" ");
  for (const name of secondControllers) if (there.includes(name)) writeFileSync(file, `+${name}`);
}
