/**
 * A shell that outlives the cloud by a moment: when the cloud is gone, also by kill -9, it ends the process groups it
 * was told of, and what is left in their control groups. A sandbox ends by itself; a function without one may have left
 * a process behind, a stopped one at that, which sees nothing of its parent's end.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { quoted, systemPath } from "./fence.ts";

export interface Guard {
  add(group: number): void;
  remove(group: number): void;
  /** What it still knows of is ended. */
  close(): void;
}

/** Each line is all groups that there are. The last one counts. */
const script = (folders: readonly string[]): string =>
  [
    "trap '' HUP INT TERM",
    "groups=",
    "while read -r line; do groups=$line; done",
    'for group in $groups; do kill -KILL -- "-$group"; done',
    ...folders.map((folder) =>
      [
        "for try in 1 2 3 4 5 6 7 8 9 10; do",
        `kill -KILL $(cat ${quoted(folder)}/*/cgroup.procs)`,
        `rmdir ${quoted(folder)}/*/`,
        `rmdir ${quoted(folder)}`,
        `[ -d ${quoted(folder)} ] || break`,
        "sleep 1",
        "done",
      ].join("\n"),
    ),
  ].join("\n");

/** `folders` are those that control groups are made in, which go, too. */
export function openGuard(folders: readonly string[]): Guard {
  const groups = new Set<number>();
  const child = start(script(folders));
  const tell = (): void => {
    if (!child.stdin!.writableEnded) child.stdin!.write(`${[...groups].join(" ")}\n`);
  };
  return {
    add(group) {
      groups.add(group);
      tell();
    },
    remove(group) {
      groups.delete(group);
      tell();
    },
    close() {
      child.stdin!.end();
    },
  };
}

function start(text: string): ChildProcess {
  const child = spawn("/bin/sh", ["-c", text], {
    ...{ cwd: "/", env: { PATH: systemPath }, stdio: ["pipe", "ignore", "ignore"], detached: true, windowsHide: true },
  });
  child.on("error", () => undefined);
  child.stdin!.on("error", () => undefined);
  child.unref();
  (child.stdin as unknown as { unref(): void }).unref();
  return child;
}
