/** What memory a process has needed at most, as Linux counts it. */
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

const mib = (pid: number, name: "VmRSS" | "VmHWM"): number => {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
};

/** MiB above what it has now, as the most it has had; from now on, until it is asked. */
export function growthOf(pid: number): () => number {
  // Forgets the peak until now.
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
  const before = mib(pid, "VmRSS");
  return () => mib(pid, "VmHWM") - before;
}

export interface Measured {
  /** Whole process, milliseconds. */
  ms: number;
  /** MiB at most, of the process and of those that it started, each at its own peak. */
  peak: number;
  stdout: string;
}

/** Operations are done by a process that the command starts. */
function treeOf(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
    return [pid, ...(children === "" ? [] : children.split(" ").flatMap((one) => treeOf(Number(one))))];
  } catch {
    return [];
  }
}

/** Throws when it does not end with 0. */
export function measured(args: string[], env: NodeJS.ProcessEnv, cwd: string): Promise<Measured> {
  const started = performance.now();
  const child = spawn(process.execPath, args, { env, cwd, stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  const peaks = new Map<number, number>();
  child.stdout.on("data", (chunk) => (stdout += chunk));
  child.stderr.on("data", (chunk) => (stderr += chunk));
  const look = setInterval(() => {
    for (const pid of treeOf(child.pid!)) {
      try {
        peaks.set(pid, mib(pid, "VmHWM") || (peaks.get(pid) ?? 0));
      } catch {
        // It has ended just now.
      }
    }
  }, 20);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      clearInterval(look);
      const peak = [...peaks.values()].reduce((sum, one) => sum + one, 0);
      if (code === 0) resolve({ ms: performance.now() - started, peak, stdout });
      else reject(new Error(`${args.slice(1).join(" ")} ended with ${code}\n${stdout.slice(-1000)}${stderr}`));
    });
  });
}
