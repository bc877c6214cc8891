/** Flags that several commands have, and those of every command. */
import type { FlagSpec } from "../command.ts";

export const globalFlags: Record<string, FlagSpec> = {
  cloud: { type: "string", value: "NAME", help: "the cloud to use instead of the current one" },
  json: { type: "boolean", help: "JSON: one document, or of operations and logs one line an event" },
  yes: {
    type: "boolean",
    short: "y",
    help: "answer every question with its default; deletes data only with --data delete",
  },
  quiet: { type: "boolean", short: "q", help: "results and errors only" },
  verbose: { type: "boolean", help: "every resource, unchanged ones too" },
  "no-color": { type: "boolean", help: "no colours" },
  help: { type: "boolean", short: "h", help: "this help" },
};

export const wait: FlagSpec = {
  type: "string",
  value: "TIME",
  bare: "forever",
  help: "wait for another operation to end, at most TIME: 30s, 5m",
};
export const settings: FlagSpec = {
  type: "string",
  value: "KEY=VALUE",
  multiple: true,
  help: "a setting of the app; again for more",
};

/** Of `freehold` alone: how the app is shown. */
export const appFlags: Record<string, FlagSpec> = {
  fullscreen: { type: "boolean", help: "the app on a screen of its own; the scrollback is as it was when it ends" },
  plain: { type: "boolean", help: "lines instead of the app, as for a screen reader: the same as freehold ls" },
};

export const accept: FlagSpec = {
  type: "string",
  value: "DIGEST",
  help: "yes to what an earlier run showed, by the digest it printed",
};
export const refresh: FlagSpec = {
  type: "boolean",
  help: "look first at what is really there: what was changed or deleted by hand is found and put right",
};
export const expect: FlagSpec = {
  type: "string",
  value: "DIGEST",
  help: "go on only when the blueprint's folder has this digest",
};

export const noHome: FlagSpec = {
  type: "boolean",
  help: "a new cloud goes without the home page; as FREEHOLD_NO_HOME=1 says for all",
};
