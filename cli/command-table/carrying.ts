/** Commands that carry data out of a cloud and into it. */
import type { CommandSpec } from "../command.ts";
import { wait } from "./flags.ts";

/** What becomes of data that is where other data comes in. */
const overThere = {
  merge: { type: "boolean", help: "keep what is there; what has the same key is written over" },
  replace: { type: "boolean", help: "take a copy of what is there, then remove it" },
  "dry-run": { type: "boolean", help: "check everything, write nothing" },
} as const;

export const carrying: readonly CommandSpec[] = [
  {
    name: "data export",
    summary: "every item and file of an app as files of an open format",
    usage: "[APP...]",
    min: 0,
    max: 100,
    flags: {
      all: { type: "boolean", help: "every app, and what is of your own" },
      to: {
        type: "string",
        value: "PLACE",
        help: "a folder, FILE.tar.gz or s3://BUCKET/PREFIX; APP-export when left out",
      },
    },
    examples: [
      ["freehold data export notes", "into the folder notes-export; interrupted, the same command goes on"],
      ["freehold data export --all --to /media/disk/cloud", "all there is"],
      ["freehold data export notes --to notes.tar.gz", "as one file"],
      ["freehold data export notes/notes --to notes.csv", "one table for a spreadsheet; formulas are made text"],
    ],
    kind: "operation",
    load: () => import("../commands/data-export.ts"),
  },
  {
    name: "data import",
    summary: "bring back what was exported, every item and file equal",
    usage: "PLACE [APP|APP/TABLE]",
    min: 1,
    max: 2,
    flags: {
      ...overThere,
      wait,
    },
    examples: [
      ["freehold data import notes-export --dry-run", "every checksum, and whether it fits"],
      ["freehold data import notes-export diary", "into another app of the same tables and buckets"],
      ["freehold data import deta-export notes --dry-run", "what Deta Space exported, unpacked: bases and drives"],
      ["freehold data import list.csv notes/notes --dry-run", "CSV or JSON Lines into a table: its columns and types"],
    ],
    kind: "operation",
    load: () => import("../commands/data-import.ts"),
  },
  {
    name: "data backup",
    summary: "copy an app's data into a bucket of the cloud's own, and read it back",
    usage: "[APP...]",
    min: 0,
    max: 100,
    flags: {
      all: { type: "boolean", help: "every app, and what is of your own" },
      keep: {
        type: "string",
        value: "RULE",
        help: "then keep only the newest COUNT, or those of Nd days; without it none is ever removed",
      },
      wait,
    },
    examples: [
      ["freehold data backup notes", "says its size, what it costs a month, and of which time it is"],
      ["freehold data backup --all --keep 30d", "once it is whole, those that are older than 30 days go"],
    ],
    kind: "operation",
    load: () => import("../commands/data-backup.ts"),
  },
  {
    name: "data backups",
    summary: "the backups there are: of which version and time, how large, whether whole",
    usage: "[APP]",
    min: 0,
    max: 1,
    flags: {},
    examples: [["freehold data backups notes", "restore takes their ids: --from ID"]],
    kind: "query",
    load: () => import("../commands/data-backups.ts"),
    view: () => import("../views/data-backups.ts"),
  },
  {
    name: "data restore",
    summary: "bring back a backup: an app's data, one table or bucket, an item or a file",
    usage: "APP|APP/STORE [KEY...]",
    min: 1,
    max: 3,
    flags: {
      from: { type: "string", value: "BACKUP", help: "this one; the newest when left out" },
      as: { type: "string", value: "NAME", help: "into this copy of the app" },
      at: { type: "string", value: "TIME", help: "a table as it was then, where point-in-time recovery is on" },
      ...overThere,
      wait,
    },
    examples: [
      ["freehold data restore notes --dry-run", "every checksum, and whether it fits"],
      ["freehold data restore notes --replace", "all of it as it was; what is there now is kept beside"],
      ["freehold data restore notes/notes id=42", "one item; data undo takes that back"],
      ["freehold data restore notes --as diary", "into a copy: freehold up notes --as diary"],
    ],
    kind: "operation",
    load: () => import("../commands/data-restore.ts"),
  },
];
