/** The table of faults of exports and imports: what was found, that nothing was lost, and what to type next. */
import { exitCodes, Fault } from "../../../blueprints/fault.ts";
import { quoted } from "../../../blueprints/seen.ts";

export const faults = {
  interrupted: (what: string) =>
    new Fault({
      code: "interrupted",
      summary: "Interrupted",
      detail: `${what} What is whole is kept; the same command goes on from there.`,
      exitCode: exitCodes.interrupted,
    }),
  /** `why` completes "FILE …". */
  broken: (file: string, why: string, cause?: unknown) =>
    new Fault({
      code: "data-broken",
      summary: "The export is not as it was written",
      detail: `${quoted(file)} ${why}. Nothing was changed.`,
      exitCode: exitCodes.usage,
      cause,
    }),
  noExport: (at: string, why: string, cause?: unknown) =>
    new Fault({
      code: "export-none",
      summary: "This is no export",
      detail: `${at} ${why}. Nothing was changed.`,
      next: "freehold data import --help",
      exitCode: exitCodes.usage,
      cause,
    }),
  unfinished: (at: string) =>
    new Fault({
      code: "export-unfinished",
      summary: "The export was interrupted and is not whole",
      detail: `${at} has no manifest.json yet: it comes last. Run the command that made it once more, and it goes on.`,
      next: "freehold data export --help",
      exitCode: exitCodes.usage,
    }),
  taken: (at: string, what: string, next: string) =>
    new Fault({
      code: "export-taken",
      summary: "There is something else at this place",
      detail: `${at} ${what}. Nothing was changed.`,
      next,
      exitCode: exitCodes.usage,
    }),
  /** Of a disk, mostly: what was whole stays. */
  notWritten: (at: string, cause: unknown) =>
    new Fault({
      code: "export-not-written",
      summary: "The export could not be written",
      detail: `${at}: ${(cause as Error).message}. What is whole stays; once there is room, the same command goes on.`,
      cause,
    }),
  columns: (table: string, most: number) =>
    new Fault({
      code: "csv-columns",
      summary: "The table has too many attributes for CSV",
      detail: `${table} has items of more than ${most} different attributes. Export it in the open format.`,
      exitCode: exitCodes.usage,
    }),
  tooLarge: (path: string, at: string) =>
    new Fault({
      code: "archive-file-too-large",
      summary: "A file is too large for an archive",
      detail: `${quoted(path)} has 8 GiB or more. The export is whole in the folder ${at}, and is imported from there.`,
    }),
  changed: (store: string) =>
    new Fault({
      code: "export-changed",
      summary: "A table or bucket is another one than when the export began",
      detail: `${store} was removed and made again meanwhile, so the halves would not fit. Export to another place.`,
      exitCode: exitCodes.usage,
    }),
  noTarget: (store: string, app: string) =>
    new Fault({
      code: "import-no-target",
      summary: "There is nothing to import into",
      detail: `The export has ${store}, and this cloud has none of that name. Nothing was changed.`,
      next: `freehold up ${app}`,
      exitCode: exitCodes.notFound,
    }),
  otherKey: (store: string, has: string, wants: string) =>
    new Fault({
      code: "import-schema",
      summary: "The table is keyed differently",
      detail: `${store} is keyed by ${wants} here, and by ${has} in the export. Nothing was changed.`,
      exitCode: exitCodes.usage,
    }),
  notEmpty: (stores: readonly string[], typed: string) =>
    new Fault({
      code: "import-not-empty",
      summary: "There is data already",
      detail: `${stores.join(", ")}: --merge keeps what is there and writes over what has the same key; --replace takes a copy of what is there first, and then removes it. Nothing was changed.`,
      next: `${typed} --merge`,
      exitCode: exitCodes.answerNeeded,
    }),
  detaPath: (at: string, why: string) =>
    new Fault({
      code: "deta-refused",
      summary: "This is not what Deta Space exported",
      detail: `${quoted(at)} ${why}. Nothing was changed.`,
      exitCode: exitCodes.usage,
    }),
  refused: (store: string, detail: string, cause?: unknown) =>
    new Fault({
      code: "import-refused",
      summary: "The cloud does not take what is imported",
      detail: `${store}: ${detail} What was written stays; once that is mended, the same command goes on.`,
      cause,
    }),
  throttled: (store: string, cause?: unknown) =>
    new Fault({
      code: "throttled",
      summary: "The cloud takes no more for now",
      detail: `${store} answers that it is asked too much, again and again. What is whole is kept; in a while, the same command goes on.`,
      cause,
    }),
};
