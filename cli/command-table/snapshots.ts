/** Commands on a whole cloud as one file. */
import type { CommandSpec } from "../command.ts";
import { wait } from "./flags.ts";

export const snapshots: readonly CommandSpec[] = [
  {
    name: "snapshot",
    summary: "the whole cloud as one file: apps, settings, things, doors, no secret; with its data as a folder",
    usage: "[FILE]",
    min: 0,
    max: 1,
    flags: {
      "with-data": { type: "boolean", help: "into a folder, with every item and file; interrupted, it goes on" },
      wait,
    },
    examples: [
      ["freehold snapshot", "into CLOUD-snapshot.json; names of secrets are in it, their values are not"],
      ["freehold snapshot moving --with-data", "into the folder moving, to be brought up in another account"],
    ],
    kind: "query",
    load: () => import("../commands/snapshot.ts"),
    view: async () => ({ plain: (await import("../views/snapshot.ts")).plain }),
  },
  {
    name: "snapshot apply",
    summary: "bring up what a snapshot has and this cloud has not",
    usage: "FILE",
    min: 1,
    max: 1,
    flags: {
      "dry-run": { type: "boolean", help: "say what would come and what differs; change nothing" },
      update: { type: "boolean", help: "what is here and differs becomes what the snapshot says; data stays" },
      accept: {
        type: "string",
        value: "DIGEST",
        help: "yes to the whole snapshot, by the digest that snapshot and a dry run print",
      },
      wait,
    },
    examples: [
      [
        "freehold snapshot apply cloud.json",
        "shows each app, asks, asks for secrets by name; goes on where it stopped",
      ],
      ["freehold snapshot apply cloud.json --cloud other --dry-run", "what another cloud has not, or has otherwise"],
      ["freehold snapshot apply moving --cloud other", "with its data, compared at the end with what is there then"],
    ],
    kind: "operation",
    load: () => import("../commands/snapshot-apply.ts"),
  },
];
