/** Commands on everything that is stored: look, take out, put in, change, and take a change back. */
import type { CommandSpec, FlagSpec } from "../command.ts";

const typed: FlagSpec = { type: "boolean", help: 'DynamoDB\'s own JSON: {"N": "1"}, and so each value with its kind' };
const limit: FlagSpec = { type: "string", value: "COUNT", help: "at most so many; 50 when left out" };
const from: FlagSpec = { type: "string", value: "TOKEN", help: "go on where an earlier page ended" };
const data: FlagSpec = {
  type: "string",
  value: "delete",
  choices: ["delete"],
  help: "yes to what cannot be taken back, or is more than one; --yes alone is not",
};

export const storing: readonly CommandSpec[] = [
  {
    name: "data ls",
    summary: "what is stored, and how much; of one table or bucket, what is in it",
    usage: "[APP|APP/STORE [PREFIX]]",
    min: 0,
    max: 2,
    flags: {
      ...{ limit, from, typed },
      folders: { type: "boolean", help: "of a bucket: the folders and files in one folder, PREFIX or the top" },
    },
    examples: [
      ["freehold data ls", "the tables and buckets of every app, also of removed ones whose data was kept"],
      ["freehold data ls notes/files 2026/", "files whose names begin so"],
    ],
    kind: "query",
    load: () => import("../commands/data-ls.ts"),
    view: () => import("../views/data-ls.ts"),
  },
  {
    name: "data get",
    summary: "an item as JSON, or a file as it is",
    usage: "APP/STORE KEY...",
    min: 2,
    max: 3,
    flags: {
      output: { type: "string", short: "o", value: "FILE", help: "into this file" },
      typed,
      share: {
        type: "string",
        value: "TIME",
        help: "an address at which anybody reads the file for TIME: 1h, at most 7d",
      },
    },
    examples: [
      ["freehold data get notes/notes id=42", "an item by its key; with a sort key, both: id=42 at=7"],
      ["freehold data get notes/files cat.jpg -o cat.jpg", "goes on by itself where the connection broke"],
      ["freehold data get notes/files cat.jpg --share 1h", "the address alone is on stdout"],
    ],
    kind: "query",
    load: () => import("../commands/data-get.ts"),
    view: () => import("../views/data-get.ts"),
  },
  {
    name: "data query",
    summary: "items or files that a filter in plain words finds",
    usage: "APP/STORE [FILTER]",
    min: 1,
    max: 2,
    flags: {
      sort: { type: "string", value: "NAME", help: "by this attribute; what has none comes last" },
      desc: { type: "boolean", help: "the largest first" },
      count: { type: "boolean", help: "how many, and nothing of them" },
      plan: { type: "boolean", help: "only what it would read, and about how much that is" },
      limit,
      from,
      typed,
    },
    examples: [
      [
        "freehold data query notes/notes 'created > 2026-01-01 and tag = x'",
        "= != < <= > >=, between A and B, in (A, B), starts with, contains, exists, not, or, ( )",
      ],
      ["freehold data query notes/files 'size > 1000000' --sort size --desc", "of files: key, size, modified"],
    ],
    kind: "query",
    load: () => import("../commands/data-query.ts"),
    view: () => import("../views/data-query.ts"),
  },
  {
    name: "data put",
    summary: "an item or a file goes in; what it replaces can be brought back",
    usage: "APP/STORE [ITEM|FILE [KEY]]",
    min: 1,
    max: 3,
    flags: {
      typed,
      type: { type: "string", value: "TYPE", help: "of a file: image/png; else by the name's ending" },
      data,
    },
    examples: [
      ['freehold data put notes/notes \'{"id": "42", "text": "hello"}\'', "or a file with one, or piped in"],
      [
        "freehold data put notes/files film.mp4 2026/film.mp4",
        "in parts; after an interruption the same command goes on",
      ],
    ],
    kind: "query",
    load: () => import("../commands/data-put.ts"),
    view: () => import("../views/data-put.ts"),
  },
  {
    name: "data edit",
    summary: "an item, or a file of text, in your editor",
    usage: "APP/STORE KEY...",
    min: 2,
    max: 3,
    flags: { typed },
    examples: [
      ["freehold data edit notes/notes id=42", "$VISUAL or $EDITOR; never over what somebody changed meanwhile"],
    ],
    kind: "query",
    load: () => import("../commands/data-edit.ts"),
    view: () => import("../views/data-put.ts"),
  },
  {
    name: "data rm",
    summary: "remove an item or a file, or all that a filter finds",
    usage: "APP/STORE [KEY...]",
    min: 1,
    max: 3,
    flags: {
      where: { type: "string", value: "FILTER", help: "all that it finds; shown, counted and asked about before" },
      "dry-run": { type: "boolean", help: "only say what would go" },
      data,
    },
    examples: [
      ["freehold data rm notes/notes id=42", "data undo brings it back"],
      [
        "freehold data rm notes/files --where \"key starts with 'old/'\" --dry-run",
        "what a filter finds, and nothing is removed",
      ],
    ],
    kind: "query",
    load: () => import("../commands/data-rm.ts"),
    view: () => import("../views/data-rm.ts"),
  },
  {
    name: "data set",
    summary: "set or remove attributes of all items that a filter finds",
    usage: "APP/STORE FILTER [NAME=VALUE...]",
    min: 2,
    max: 100,
    flags: {
      remove: { type: "string", value: "NAME", multiple: true, help: "this attribute goes; again for more" },
      "dry-run": { type: "boolean", help: "only say what would change" },
    },
    examples: [
      [
        "freehold data set notes/notes 'tag = old' tag=archive done=true",
        "a value is JSON where it can be read as such, else text",
      ],
      ["freehold data set notes/notes 'tag = old' --remove tag --dry-run", "how many, and the first of them"],
    ],
    kind: "query",
    load: () => import("../commands/data-set.ts"),
    view: () => import("../views/data-set.ts"),
  },
  {
    name: "data undo",
    summary: "take the last change of data back, or the one that is named",
    usage: "[CHANGE]",
    min: 0,
    max: 1,
    flags: {},
    examples: [["freehold data undo", "never over what was changed since"]],
    kind: "query",
    load: () => import("../commands/data-undo.ts"),
    view: () => import("../views/data-undo.ts"),
  },
  {
    name: "data history",
    summary: "changes of data made on this computer, of 30 days and 100 MB",
    usage: "",
    min: 0,
    max: 0,
    flags: { limit: { ...limit, help: "at most so many; 20 when left out" } },
    examples: [["freehold data history", "each can be taken back: freehold data undo CHANGE"]],
    kind: "query",
    load: () => import("../commands/data-history.ts"),
    view: () => import("../views/data-history.ts"),
  },
];
