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
const script = (folder: string | undefined): string =>
  [
    "trap '' HUP INT TERM",
    "groups=",
    "while read -r line; do groups=$line; done",
    'for group in $groups; do kill -KILL -- "-$group"; done',
    ...(folder ? [`for pid in $(cat ${quoted(folder)}/*/cgroup.procs); do kill -KILL "$pid"; done`] : []),
  ].join("\n");

/** `folder` is that of the control groups, if there are any. */
export function openGuard(folder: string | undefined): Guard {
  const groups = new Set<number>();
  let child: ChildProcess | undefined;
  let closed = false;
  const tell = (): void => {
    if (closed) return;
    child ??= start(script(folder));
    child.stdin!.write(`${[...groups].join(" ")}\n`);
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
      closed = true;
      child?.stdin?.end();
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
