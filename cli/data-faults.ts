/** Faults of what people name as the place of data: files, archives, addresses. */
import { exitCodes, Fault } from "../blueprints/fault.ts";
import { quoted } from "../blueprints/seen.ts";
import { sizeWords } from "./ui/size.ts";

export const faults = {
  noSource: (at: string, cause?: unknown) =>
    new Fault({
      code: "import-source-missing",
      summary: "What is to be imported is not there",
      detail: `${at} cannot be read. Nothing was changed.`,
      at,
      next: "freehold data import --help",
      exitCode: exitCodes.notFound,
      cause,
    }),
  archive: (at: string, why: string, cause?: unknown) =>
    new Fault({
      code: "archive-refused",
      summary: "The archive is not taken",
      detail: `${at}: ${why} Nothing of it was kept.`,
      at,
      exitCode: exitCodes.usage,
      cause,
    }),
  /** `why` completes "NAME …". */
  archiveEntry: (at: string, name: string, why: string) =>
    new Fault({
      code: "archive-refused",
      summary: "The archive is not taken",
      detail: `${at}: ${quoted(name)} ${why}. Nothing of it was kept.`,
      at,
      exitCode: exitCodes.usage,
    }),
  archiveRoom: (at: string, needed: number, free: number) =>
    new Fault({
      code: "archive-no-room",
      summary: "There is no room to unpack the archive",
      detail: `${at} needs ${sizeWords(needed)}, and the disk of the cache has ${sizeWords(free)} left. Nothing was changed.`,
      at,
    }),
  exportTaken: (at: string, next: string) =>
    new Fault({
      code: "export-taken",
      summary: "There is something else at this place",
      detail: `${at} is there already. Nothing was changed.`,
      at,
      next,
      exitCode: exitCodes.usage,
    }),
  detaApp: () =>
    new Fault({
      code: "deta-app",
      summary: "Data of Deta Space goes into an app that is named",
      detail: "Its bases become items of the app's tables, its drives files of its buckets. Nothing was changed.",
      next: "freehold data import FOLDER APP --dry-run",
      exitCode: exitCodes.usage,
    }),
  detaNowhere: (app: string, lost: readonly string[], there: readonly string[]) =>
    new Fault({
      code: "deta-nowhere",
      summary: "Some of it has no table or bucket of its name",
      detail: `${app} has ${there.join(", ") || "neither tables nor buckets"}. Without one of their own are: ${lost.map((one) => quoted(one)).join(", ")}. One base goes into a table that is named by: freehold data import bases/NAME.json ${app}/TABLE. Nothing was changed.`,
      next: `freehold data ls ${app}`,
      exitCode: exitCodes.usage,
    }),
  zip: (at: string) =>
    new Fault({
      code: "archive-refused",
      summary: "The archive is not taken",
      detail: `${at} is a .zip, as Deta Space made them: it is unpacked first, into a folder. Nothing was changed.`,
      at,
      next: "freehold data import FOLDER APP --dry-run",
      exitCode: exitCodes.usage,
    }),
  rowsTable: () =>
    new Fault({
      code: "rows-table",
      summary: "Rows are of one table",
      detail: "CSV, JSON Lines and a JSON array are of a table, which is said as APP/TABLE. Nothing was changed.",
      next: "freehold data ls",
      exitCode: exitCodes.usage,
    }),
  rowsReplace: () =>
    new Fault({
      code: "rows-replace",
      summary: "Rows replace no table",
      detail: "--replace is of exports; rows are added with --merge. Nothing was changed.",
      exitCode: exitCodes.usage,
    }),
  badAddress: (typed: string) =>
    new Fault({
      code: "address-invalid",
      summary: "This is no address of a bucket",
      detail: `${quoted(typed)}: s3://BUCKET or s3://BUCKET/PREFIX is one.`,
      exitCode: exitCodes.usage,
    }),
  intoItself: (bucket: string) =>
    new Fault({
      code: "export-into-itself",
      summary: "A bucket cannot be exported into itself",
      detail: `${bucket} is among what is exported; the export would be part of itself. Choose another bucket.`,
      exitCode: exitCodes.usage,
    }),
  noBackup: (app: string, id: string | undefined) =>
    new Fault({
      code: "backup-none",
      summary: id === undefined ? "There is no backup of this app" : "There is no such backup",
      detail:
        id === undefined
          ? `No backup of ${app} is whole. Nothing was changed.`
          : `${app} has none called ${quoted(id)}. Nothing was changed.`,
      next: id === undefined ? `freehold data backup ${app}` : `freehold data backups ${app}`,
      exitCode: exitCodes.notFound,
    }),
  backupUnfinished: (app: string, id: string) =>
    new Fault({
      code: "backup-unfinished",
      summary: "The backup was interrupted and is not whole",
      detail: `${id} of ${app} was never read back. Nothing was changed.`,
      next: `freehold data backups ${app}`,
      exitCode: exitCodes.usage,
    }),
  backupChanged: (app: string, id: string) =>
    new Fault({
      code: "data-broken",
      summary: "The backup is not as it was written",
      detail: `The manifest of ${id} of ${app} is another one than when it was read back. Nothing was changed.`,
      next: `freehold data backups ${app}`,
      exitCode: exitCodes.usage,
    }),
  notInBackup: (app: string, store: string, id: string) =>
    new Fault({
      code: "backup-without",
      summary: "The backup has nothing of this",
      detail: `${id} has no ${quoted(`${app}/${store}`)}. Nothing was changed.`,
      next: `freehold data backups ${app}`,
      exitCode: exitCodes.notFound,
    }),
  noStoreOf: (app: string, store: string | undefined) =>
    new Fault({
      code: "store-unknown",
      summary: "There is no such store",
      detail: `${app} has no ${store === undefined ? "table and no bucket" : quoted(store)}. Nothing was changed.`,
      next: "freehold data ls",
      exitCode: exitCodes.notFound,
    }),
  pastOfTable: (app: string) =>
    new Fault({
      code: "past-of-table",
      summary: "The past is kept of tables, one by one",
      detail: "--at is of a table, APP/TABLE; buckets come back from a backup. Nothing was changed.",
      next: `freehold data ls ${app}`,
      exitCode: exitCodes.usage,
    }),
  noCopy: (app: string, into: string) =>
    new Fault({
      code: "restore-no-copy",
      summary: "There is no such app to restore into",
      detail: `${into} is not installed. A second copy of ${app} has the same tables and buckets. Nothing was changed.`,
      next: `freehold up ${app} --as ${into}`,
      exitCode: exitCodes.notFound,
    }),
  oneName: (store: string, more: string) =>
    new Fault({
      code: "arguments-invalid",
      summary: "A file has one name",
      detail: `${store} is a bucket, and ${quoted(more)} is one name too many. Nothing was changed.`,
      next: "freehold data restore --help",
      exitCode: exitCodes.usage,
    }),
  noBackupOf: (app: string, version: string) =>
    new Fault({
      code: "backup-none",
      summary: "No backup is of that version's data",
      detail: `None of ${app} was taken while ${version} ran, so its data cannot go back with the code. Nothing was changed.`,
      next: `freehold rollback ${app}`,
      exitCode: exitCodes.notFound,
    }),
  lossUnanswered: (app: string, next: string) =>
    new Fault({
      code: "loss-unanswered",
      summary: "Data would be lost",
      detail: `What was written to ${app} since is named above; a copy of it is kept on this computer. Nothing was changed.`,
      next,
      exitCode: exitCodes.answerNeeded,
    }),
  lossDiffers: (app: string, next: string) =>
    new Fault({
      code: "loss-differs",
      summary: "Something else would be lost than was said yes to",
      detail: `${app} was written to meanwhile. Nothing was changed.`,
      next,
      exitCode: exitCodes.answerNeeded,
    }),
};
