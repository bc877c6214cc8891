/** Commands on Pulumi state. */
import type { CommandSpec } from "../command.ts";

export const state: readonly CommandSpec[] = [
  {
    name: "state export",
    summary: "a stack's Pulumi state, as pulumi stack export has it",
    usage: "APP",
    min: 1,
    max: 1,
    flags: {
      file: { type: "string", value: "FILE", help: "write it there (0600) instead of printing it" },
      "show-secrets": { type: "boolean", help: "what is secret in plain; left out, it stays encrypted" },
    },
    examples: [["freehold state export notes --file notes.json", "foundation is the name of what all apps share"]],
    kind: "stream",
    load: () => import("../commands/state-export.ts"),
    view: async () => ({ plain: (await import("../views/state.ts")).file }),
  },
  {
    name: "state import",
    summary: "put an exported state in the place of the one there is",
    usage: "APP",
    min: 1,
    max: 1,
    flags: { file: { type: "string", value: "FILE", help: "what state export, or pulumi stack export, wrote" } },
    examples: [["freehold state import notes --file notes.json", "says what it would do, and asks"]],
    kind: "query",
    load: () => import("../commands/state-import.ts"),
    view: async () => ({ plain: (await import("../views/state.ts")).file }),
  },
  {
    name: "state verify",
    summary: "look the state of what is installed over; changes nothing",
    usage: "[APP]",
    min: 0,
    max: 1,
    flags: {},
    examples: [["freehold state verify", "every stack, and what the cloud has besides"]],
    kind: "query",
    load: () => import("../commands/state-verify.ts"),
    view: async () => ({ plain: (await import("../views/state.ts")).verified }),
  },
  {
    name: "state repair",
    summary: "mend a state, or find it again in the cloud; says first what it would do",
    usage: "[APP]",
    min: 0,
    max: 1,
    flags: {},
    examples: [
      ["freehold state repair notes", "what it would do; in a terminal it asks, elsewhere nothing is done"],
      ["freehold state repair notes --yes", "does it"],
    ],
    kind: "query",
    load: () => import("../commands/state-repair.ts"),
    view: async () => ({ plain: (await import("../views/state.ts")).repaired }),
  },
];
