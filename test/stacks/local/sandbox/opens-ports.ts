/** The process that opens the ports of a network that is being made, found by what it was told to do. */
import { readFileSync } from "node:fs";
import { descendants } from "../../../support/descendants.ts";

/** Below process `root`; undefined while there is none. */
export function opensPorts(root: number): number | undefined {
  return descendants(root)
    .map(({ pid }) => pid)
    .find((pid) => saidOf(pid, "cmdline").includes("createServer"));
}

/** A file of /proc; empty when the process has gone. */
export function saidOf(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
