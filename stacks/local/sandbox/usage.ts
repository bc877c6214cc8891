/** What a process and everything below it use: on Linux, from /proc. Elsewhere nobody can tell, and nobody says. */
import { readdirSync, readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";

export interface Usage {
  processes: number;
  /** What is resident, of all together, in KiB. */
  residentKb: number;
}

/** Counts on until `most` processes: more of them are too many, whatever they use. */
export async function usageOf(pid: number, most: number): Promise<Usage | undefined> {
  if (process.platform !== "linux") return undefined;
  const used = { processes: 0, residentKb: 0 };
  const left = [pid];
  for (let next = left.pop(); next !== undefined && used.processes <= most; next = left.pop()) {
    const status = await readFile(`/proc/${next}/status`, "utf8").catch(() => "");
    if (status === "") continue;
    used.processes++;
    used.residentKb += kilobytes(status, "VmRSS") ?? 0;
    left.push(...(await childrenOf(next)));
  }
  return used.processes === 0 ? undefined : used;
}

/** The most that one of them has had resident so far, in KiB. At once, for a process that is about to go. */
export function peakKbOf(pid: number): number | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    const own = kilobytes(readFileSync(`/proc/${pid}/status`, "utf8"), "VmHWM");
    const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      numbers(readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8")),
    );
    return children.reduce((most, child) => Math.max(most ?? 0, peakKbOf(child) ?? 0), own);
  } catch {
    return undefined;
  }
}

/** Each thread has its own. */
async function childrenOf(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, "utf8").catch(() => ""));
  return (await Promise.all(lists)).flatMap(numbers);
}

const numbers = (list: string): number[] => list.split(" ").filter(Boolean).map(Number);

function kilobytes(status: string, field: string): number | undefined {
  const match = new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status);
  return match ? Number(match[1]) : undefined;
}
