/** The processes below one, on Linux: what a cloud has started, whatever namespaces they are in. */
import { readdirSync, readFileSync } from "node:fs";

export interface Descendant {
  pid: number;
  /** Ticks of the processor's time that it has used. */
  ticks: number;
}

/** Living ones: a zombie has ended, and whoever reaps it may be slow. */
export function descendants(root: number): Descendant[] {
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => read(Number(name)) ?? []);
  const below = (pid: number): Descendant[] =>
    all.filter(({ parent }) => parent === pid).flatMap((one) => [one, ...below(one.pid)]);
  return below(root);
}

/** Of these, who still runs. */
export function running(pids: readonly number[]): number[] {
  return pids.filter((pid) => read(pid) !== undefined);
}

function read(pid: number): (Descendant & { parent: number }) | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name in parentheses may hold anything.
    const [state, parent, ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return state === "Z" ? undefined : { pid, parent: Number(parent), ticks: Number(rest[9]) + Number(rest[10]) };
  } catch {
    return undefined;
  }
}
