/**
 * A small process that outlives this one by a moment: when this one is gone, also by kill -9, it kills the process
 * groups it was told of. A plugin of another author's may not notice by itself that its engine has died.
 */
import { type ChildProcess, spawn } from "node:child_process";

/** Runs in the other process, from its text: uses nothing from around it. Lines `+GROUP` and `-GROUP` on stdin. */
function guard(): void {
  const groups = new Set<number>();
  let rest = "";
  process.stdin.setEncoding("utf8");
  process.stdin.on("data", (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const group = Number(line.slice(1));
      if (line.startsWith("+")) groups.add(group);
      else groups.delete(group);
    }
  });
  process.stdin.on("close", () => {
    for (const group of groups)
      try {
        process.kill(-group, "SIGKILL");
      } catch {
        // Gone already.
      }
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => undefined);
}

export class Guard {
  private child: ChildProcess | undefined;

  add(group: number): void {
    this.tell(`+${group}\n`);
  }

  remove(group: number): void {
    if (this.child) this.tell(`-${group}\n`);
  }

  /** Ends the guard; what it still knows of is killed by it. */
  close(): void {
    this.child?.stdin?.end();
    this.child = undefined;
  }

  private tell(line: string): void {
    this.child ??= start();
    this.child.stdin?.write(line);
  }
}

function start(): ChildProcess {
  const child = spawn(process.execPath, ["-e", `(${guard.toString()})()`], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
    env: {},
  });
  child.on("error", () => undefined);
  child.stdin?.on("error", () => undefined);
  child.unref();
  (child.stdin as unknown as { unref?: () => void }).unref?.();
  return child;
}
