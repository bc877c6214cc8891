/** The table of faults of indexes: what can be wrong with a catalog's list, and with making one. */
import { exitCodes, Fault } from "../../blueprints/fault.ts";
import { spelled } from "../../blueprints/seen.ts";
import { limits } from "./rules.ts";

const usage = exitCodes.usage;

export const faults = {
  tooLarge: (what: string) =>
    new Fault({
      code: "index-too-large",
      summary: "A catalog's index is too large",
      detail: `It has ${what}. What is read has at most ${limits.bytes / 1024 ** 2} MiB and ${limits.entries} entries, so that searching it stays quick: a larger catalog is better made several.`,
    }),
  broken: (at: string, message: string) =>
    new Fault({
      code: "index-broken",
      summary: "A catalog's index does not fit",
      detail: `${at ? `${spelled(at)}: ` : ""}${spelled(message)}. Nothing of it is used.`,
      at: at ? `catalog.json: ${spelled(at)}` : "catalog.json",
    }),
  newer: (format: unknown) =>
    new Fault({
      code: "index-newer",
      summary: "A catalog's index is of a newer Freehold",
      detail: `It has format ${spelled(JSON.stringify(format), 40)}; this Freehold reads format 1.`,
      at: "catalog.json",
    }),
  notBuilt: (problems: string[], at: string | undefined) =>
    new Fault({
      code: "catalog-not-built",
      summary: "The catalog was not built",
      detail: [...problems.map((problem) => spelled(problem, 600)), "Nothing was written."].join("\n"),
      at: at === undefined ? undefined : spelled(at),
      exitCode: usage,
    }),
  stale: (file: string, differences: string[], dir: string) =>
    new Fault({
      code: "index-stale",
      summary: "The index is not what the folders say",
      detail: differences.map((difference) => spelled(difference)).join("\n"),
      at: spelled(file),
      next: `freehold catalog build ${spelled(dir)}`,
    }),
};
