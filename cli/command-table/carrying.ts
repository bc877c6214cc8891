/** Commands that carry data out of a cloud and into it. */
import type { CommandSpec } from "../command.ts";
import { wait } from "./flags.ts";

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
      merge: { type: "boolean", help: "keep what is there; what has the same key is written over" },
      replace: { type: "boolean", help: "take a copy of what is there, then remove it" },
      "dry-run": { type: "boolean", help: "check everything, write nothing" },
      wait,
    },
    examples: [
      ["freehold data import notes-export --dry-run", "every checksum, and whether it fits"],
      ["freehold data import notes-export diary", "into another app of the same tables and buckets"],
      ["freehold data import list.csv notes/notes --dry-run", "CSV or JSON Lines into a table: its columns and types"],
    ],
    kind: "operation",
    load: () => import("../commands/data-import.ts"),
  },
];
