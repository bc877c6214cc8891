/** Commands that show what a blueprint is before, and after, it is installed. */
import type { CommandSpec } from "../command.ts";

export const judging: readonly CommandSpec[] = [
  {
    name: "info",
    summary: "one blueprint's card: what it is, reaches, keeps and costs",
    usage: "REF",
    min: 1,
    max: 1,
    flags: {},
    examples: [
      ["freehold info notes", "worked out from the blueprint itself, with its README below"],
      ["freehold info ./my-app --json", "the card for programs"],
    ],
    kind: "query",
    load: () => import("../commands/info.ts"),
    view: () => import("../views/info.ts"),
  },
  {
    name: "source",
    summary: "the code a blueprint would run, and its difference from what is installed",
    usage: "REF [PATH]",
    min: 1,
    max: 2,
    flags: { diff: { type: "boolean", help: "compare with what is installed: reach first, then files" } },
    examples: [
      ["freehold source notes", "its files, those that run first"],
      ["freehold source notes api/index.mjs", "one of them"],
      ["freehold source ./my-app --diff", "what has changed since it was installed"],
      ["freehold source notes --diff", "of an installed app: what an update would change"],
    ],
    kind: "query",
    load: () => import("../commands/source.ts"),
    view: () => import("../views/source.ts"),
  },
];
