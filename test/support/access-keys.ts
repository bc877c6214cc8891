/** Keys of AWS in what was written and said: found by their form, whoever's they are. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { descendants } from "./descendants.ts";
import type { Home } from "./home.ts";
import { textOf } from "./oracle.ts";

/** Long-lived ones begin with AKIA, those of a session with ASIA; the local cloud's own are formed alike. */
const accessKey = /(?<![A-Za-z0-9+/])A(?:KIA|SIA)[A-Z2-7]{16}(?![A-Za-z0-9+/])/g;

export const accessKeysIn = (text: string): string[] => [...new Set(text.match(accessKey) ?? [])];

/** Of every file that Freehold wrote into a home; what the person's own tools keep lies beside it. */
export async function accessKeysWritten(home: Home): Promise<string[]> {
  return accessKeysIn(await textOf({ ...home, dir: join(home.dir, "freehold") }));
}

/** What the list of processes shows of a process and all below it: anybody on the computer may read that. */
export function commandLines(root: number): string {
  return [{ pid: root }, ...descendants(root)]
    .map(({ pid }) => readFileSync(`/proc/${pid}/cmdline`, "latin1"))
    .join("\n");
}
