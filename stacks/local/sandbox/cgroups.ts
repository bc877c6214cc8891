/**
 * Control groups, where this process may make some: as root, and in a session that systemd has given its own. They
 * limit processes and memory exactly, for root too, whom no limit of the shell holds, and share the processor. All of
 * this owner's are below one: however many threads they have, together they weigh no more than one other process.
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
  /** Where the processes of all groups are listed, in files `GROUP/cgroup.procs`. */
  readonly folder: string | undefined;
}

/** A file of a group and what is written to it; those the kernel does not have are left out. */
type Settings = (limits: Limits) => readonly (readonly [file: string, value: string])[];

interface Controller {
  must: boolean;
  limits: Settings;
  share: Settings;
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
  cpu: { must: false, limits: none, share: (limits) => [["cpu.shares", weight(limits, 1024, 2, 262_144)]] },
};
const second: Controller = {
  must: true,
  limits: ({ processes, memoryBytes }) => [
    ["pids.max", String(processes)],
    ["memory.max", String(memoryBytes)],
    ["memory.oom.group", "1"],
  ],
  share: (limits) => [["cpu.weight", weight(limits, 100, 1, 10_000)]],
};
/** Some may be missing: a session of systemd's has processes and memory, the processor not always. */
const secondControllers = ["pids", "memory", "cpu"];

const weight = ({ processors }: Limits, ofOne: number, least: number, most: number): string =>
  String(Math.min(most, Math.max(least, Math.round(processors * ofOne))));

const removeMs = 500;
const removeTries = 10;

/**
 * `owner` is a folder of the caller's own: groups that an earlier process with it left are removed. `root` and `self`
 * are the system's, but for tests.
 */
export function openControlGroups(owner: string, root = "/sys/fs/cgroup", self = "/proc/self/cgroup"): ControlGroups {
  const name = `freehold-${createHash("sha256").update(owner).digest("hex").slice(0, 12)}`;
  const hierarchies = process.platform === "linux" ? findHierarchies(root, self, name).filter(usable) : [];
  const all = hierarchies.some(({ must }) => must) ? hierarchies : [];
  let count = 0;
  return {
    folder: all.find(({ must }) => must)?.folder,
    make() {
      if (all.length === 0) return undefined;
      const child = `${process.pid}-${++count}`;
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

/** Makes the group that ours are below, and removes what an earlier process left in it. */
function usable({ folder }: Hierarchy): boolean {
  try {
    mkdirSync(folder, { recursive: true });
    for (const entry of readdirSync(folder, { withFileTypes: true }))
      if (entry.isDirectory()) removed(join(folder, entry.name));
    handDown(folder);
    accessSync(join(folder, "cgroup.procs"), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Version 2: the controllers that there are, to the groups below. */
function handDown(folder: string): void {
  const file = join(folder, "cgroup.subtree_control");
  if (!existsSync(file)) return;
  const there = readFileSync(join(folder, "cgroup.controllers"), "utf8").trim().split(" ");
  for (const name of secondControllers) if (there.includes(name)) writeFileSync(file, `+${name}`);
}
