/**
 * Control groups, where this process may make some: as root, and in a session that systemd has given its own. They
 * limit processes and memory exactly, for root too, whom no limit of the shell holds. Joining one takes the kernel some
 * ten milliseconds now and then. Only root's commands wait for that, for they could fork faster than we bring them in;
 * what others start meanwhile is brought in afterwards.
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
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { treeOf } from "./usage.ts";

export interface Limits {
  processes: number;
  /** With what lies in /tmp. */
  memoryBytes: number;
}

export interface ControlGroup {
  /** What is to be started instead, so that it is in from its first moment where it must be. */
  start(file: string, args: readonly string[]): readonly [file: string, args: string[]];
  /** For the started process and all below it; resolves when they are in. */
  add(pid: number): Promise<void>;
  /** When its processes are gone. */
  remove(): void;
}

export interface ControlGroups {
  /** Undefined where none can be made. */
  make(limits: Limits): ControlGroup | undefined;
}

/** A file of a group and what is written to it; those the kernel does not have are left out. */
type Settings = (limits: Limits) => readonly (readonly [file: string, value: string])[];

interface Hierarchy {
  /** Where groups are made. */
  folder: string;
  settings: Settings;
}

/** The shell's own number stays the command's. */
const entrance = 'while [ "$1" != -- ]; do echo $$ >"$1" || exit 126; shift; done; shift; exec "$@"';

const root = "/sys/fs/cgroup";
const mostRounds = 50;
const removeMs = 500;
const removeTries = 10;

const first: Readonly<Record<string, Settings>> = {
  pids: ({ processes }) => [["pids.max", String(processes)]],
  memory: ({ memoryBytes }) => [["memory.limit_in_bytes", String(memoryBytes)]],
};
const second: Settings = ({ processes, memoryBytes }) => [
  ["pids.max", String(processes)],
  ["memory.max", String(memoryBytes)],
  ["memory.oom.group", "1"],
];

/** `owner` is a folder of the caller's own: groups that an earlier process with it left are removed. */
export function openControlGroups(owner: string): ControlGroups {
  const prefix = `freehold-${createHash("sha256").update(owner).digest("hex").slice(0, 12)}-`;
  const hierarchies =
    process.platform === "linux" ? findHierarchies().filter(({ folder }) => usable(folder, prefix)) : [];
  // The shell's limit of processes does not hold root.
  const waits = process.getuid?.() === 0;
  let count = 0;
  return {
    make(limits) {
      if (hierarchies.length === 0) return undefined;
      const name = `${prefix}${process.pid}-${++count}`;
      const folders = hierarchies.map(({ folder, settings }) => {
        const made = join(folder, name);
        mkdirSync(made);
        for (const [file, value] of settings(limits))
          if (existsSync(join(made, file))) writeFileSync(join(made, file), value);
        return made;
      });
      const doors = folders.map((folder) => join(folder, "cgroup.procs"));
      return {
        start: (file, args) =>
          waits ? ["/bin/sh", ["-c", entrance, "sh", ...doors, "--", file, ...args]] : [file, [...args]],
        add: async (pid) => {
          if (!waits) await bringIn(doors, pid);
        },
        remove: () => remove(folders, removeTries),
      };
    },
  };
}

/** Processes may start others while we look: until nobody new is found. */
async function bringIn(doors: readonly string[], pid: number): Promise<void> {
  const inside = new Set<number>();
  for (let round = 0; round < mostRounds; round++) {
    const found = (await treeOf(pid)).filter((one) => !inside.has(one));
    if (found.length === 0) return;
    for (const one of found) {
      inside.add(one);
      // One that has ended meanwhile needs no limit.
      for (const door of doors) await writeFile(door, String(one)).catch(() => undefined);
    }
  }
}

function remove(folders: readonly string[], tries: number): void {
  const left = folders.filter((folder) => !removed(folder));
  if (left.length > 0 && tries > 0) setTimeout(() => remove(left, tries - 1), removeMs).unref();
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
function findHierarchies(): Hierarchy[] {
  const lines = readFileSync("/proc/self/cgroup", "utf8").trim().split("\n");
  const own = new Map(lines.map((line) => line.split(":")).map(([, names = "", ...path]) => [names, path.join(":")]));
  const unified = own.get("");
  if (unified !== undefined && unified !== "/" && controllers(join(root, dirname(unified))).includes("pids"))
    return [{ folder: join(root, dirname(unified)), settings: second }];
  return Object.entries(first).flatMap(([name, settings]) => {
    const path = [...own].find(([names]) => names.split(",").includes(name))?.[1];
    return path === undefined ? [] : [{ folder: join(root, name, path), settings }];
  });
}

function controllers(folder: string): string[] {
  try {
    return readFileSync(join(folder, "cgroup.subtree_control"), "utf8").trim().split(" ");
  } catch {
    return [];
  }
}

/** Whether groups can be made there; removes old ones on the way. */
function usable(folder: string, prefix: string): boolean {
  try {
    for (const name of readdirSync(folder)) if (name.startsWith(prefix)) removed(join(folder, name));
    const trial = join(folder, `${prefix}trial-${process.pid}`);
    mkdirSync(trial);
    rmdirSync(trial);
    accessSync(join(folder, "cgroup.procs"), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
