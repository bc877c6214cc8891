/**
 * What two runs are compared by. Every field that is hidden is in a table here, with why; everything else has to be
 * equal.
 */
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { unknownText } from "../../../stacks/engine/values/signatures.ts";
import type { Seen } from "./drive.ts";
import type { Call } from "./script.ts";

/** A thing that was seen, under a name by which it is looked for on the other side. */
export interface Item {
  name: string;
  value: unknown;
}

/** Fields that are left out wherever they are met. */
export const hiddenFields: { [field: string]: string } = {
  timestamp: "events: the clock",
  sequence: "events: events of steps that run side by side come in any order; the order that matters is checked apart",
  durationSeconds: "summary event: the clock",
  color: "diagnostics: how a terminal shows them",
  steps: "failed events: how many others were through by then, which depends on what runs side by side",
  time: "manifest: the clock",
  magic: "manifest: a hash of the engine's version",
  version: "manifest: the engine's version",
  created: "resources: the clock; that it is there is compared",
  modified: "resources: the clock; that it is there is compared",
  salt: "secrets provider: the same for both here",
  sourcePosition: "resources: where the program's code lies",
  stackTrace: "resources: where the program's code lies; nothing reads it from the state",
};

const clocks = new Set(["created", "modified"]);
const onlyIn: { [field: string]: string } = { time: "manifest", magic: "manifest", version: "manifest", salt: "state" };

/** Texts that differ between any two runs, of whichever engine. */
const hiddenTexts: { text: RegExp; as: string; why: string }[] = [
  {
    text: /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g,
    as: "<uuid>",
    why: "ids of providers are random",
  },
  { text: /\x1b\[[0-9;]*m|<\{%[^%]*%\}>/g, as: "", why: "colours" },
  { text: /[^\s"':]*\/parity-[\w-]+/g, as: "<dir>", why: "each run has folders of its own" },
  { text: /\n +at [^\n]*/g, as: "", why: "stack traces are the SDK's and this harness's" },
  { text: /127\.0\.0\.1:\d+/g, as: "<address>", why: "ports are chosen by the system" },
];

/**
 * Races in the official engine itself: what it shows of them differs from run to run, so either is right for ours.
 * Lines of the comparison, in operations that failed on both sides.
 */
export const races: { what: RegExp; why: string }[] = [
  {
    what: /^event after \S+ Stack::proj-dev: only own$/,
    why: "a program that fails as it registers has its stack's outputs on the way, too; whichever the official engine reads first, it stops reading at the failure",
  },
];

/** Events that say nothing about the deployment. */
export const hiddenEvents: { [kind: string]: string } = {
  stdoutEvent: "text for a terminal",
  progressEvent: "plugins being fetched: a debugged provider is not fetched",
  cancelEvent: "ends the stream; the SDK needs it, or the operation would not have ended",
};

const hiddenSeverities: { [severity: string]: string } = {
  debug: "what the SDK says about its own calls; our engine does not ask for it",
};

export function text(value: string): string {
  if (value === unknownText) return "<unknown>";
  return hiddenTexts.reduce((now, { text: hidden, as }) => now.replaceAll(hidden, as), value).trim();
}

/**
 * What a command says about its failure. Theirs comes in the message of whoever started the process, in front of all
 * it printed; where that tells of errors it says nothing more, where ours ends with `error: update failed`.
 */
export function stderrOf(message: string): string {
  const lines = (/\n? ?stderr: ([\s\S]*?)\n err\?:/.exec(message)?.[1] ?? message).trim().split("\n");
  const own = lines[0]?.startsWith("Command failed with exit code") ? lines.slice(1) : lines;
  const heading = own.findIndex((line) => /^(Updating|Previewing|Refreshing|Destroying|Importing) /.test(line));
  return (heading < 0 ? own : own.slice(0, heading))
    .map(text)
    .filter((line) => !/^error: (update|preview|refresh|destroy|import) failed$/.test(line))
    .join("\n");
}

/** Nothing said is nothing: undefined, null, "", false, [] and {} are one, as Go's omitempty has it. */
function nothing(value: unknown): boolean {
  if (value === undefined || value === null || value === "" || value === false) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

export function normal(value: unknown, field = ""): unknown {
  if (typeof value === "string") return clocks.has(field) ? "<time>" : text(value);
  if (Array.isArray(value)) return value.map((item) => normal(item));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value)
    .filter(([key, item]) => !hidden(key, field) && !nothing(item))
    .map(([key, item]): [string, unknown] => [text(key), normal(item, key)])
    .filter(([, item]) => !nothing(item))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries);
}

function hidden(key: string, inside: string): boolean {
  if (clocks.has(key) || !(key in hiddenFields)) return false;
  return !(key in onlyIn) || onlyIn[key] === inside;
}

const kinds: { [kind: string]: string } = {
  resourcePreEvent: "before",
  resOutputsEvent: "after",
  resOpFailedEvent: "failed",
};

export function eventItems(events: EngineEvent[]): Item[] {
  return withoutRepetition(allItems(events));
}

/** The SDK logs an exception nobody handles once or more, as it meets it. */
function withoutRepetition(items: Item[]): Item[] {
  const seen = new Set<string>();
  return items.filter(({ name, value }) => {
    if (!name.includes('"Unhandled exception')) return true;
    const key = JSON.stringify(value);
    return !seen.has(key) && seen.add(key);
  });
}

function allItems(events: EngineEvent[]): Item[] {
  return events.flatMap((event): Item[] => {
    const kind = Object.keys(event).find((key) => key.endsWith("Event"));
    if (!kind || kind in hiddenEvents) return [];
    const payload = (event as any)[kind];
    if (kind === "diagnosticEvent") {
      if (payload.ephemeral || payload.severity in hiddenSeverities) return [];
      const value = normal({ ...payload, streamID: undefined });
      return [
        { name: `diagnostic ${payload.severity} ${nameOf(payload.urn ?? "")} "${short(payload.message)}"`, value },
      ];
    }
    if (!(kind in kinds)) return [{ name: kind, value: normal(payload) }];
    const { op, urn } = payload.metadata;
    return [{ name: `${kinds[kind]} ${op} ${nameOf(urn)}`, value: normal(sortedSets(payload)) }];
  });
}

const short = (message: string): string => text(message).split("\n")[0]!.slice(0, 60);

/** Sets that are written as lists. */
function sortedSets(payload: any): unknown {
  const sort = (list: unknown) => (Array.isArray(list) ? [...list].sort() : list);
  const metadata = payload.metadata;
  return { ...payload, metadata: { ...metadata, keys: sort(metadata.keys), diffs: sort(metadata.diffs) } };
}

/** `Thing::a`, with the parents' types. */
export function nameOf(urn: string): string {
  const [, , , type = "", ...name] = urn.split("::").length > 3 ? ["", ...urn.split("::")] : [];
  const short = type.split("$").map((part) => part.split(":").at(-1)!);
  return urn === "" ? "" : `${short.join("$")}::${name.join("::")}`;
}

export function callItems(calls: Call[]): Item[] {
  return calls.map(({ op, on, args }) => ({
    name: `${op} ${on.startsWith("urn:") ? nameOf(on) : on}`,
    value: normal(args),
  }));
}

export function stateItems(state: Seen["state"]): Item[] {
  const { resources = [], pending_operations = [], ...rest } = state as { [key: string]: any };
  const list = (name: string, all: any[]) =>
    all.map((resource): Item => {
      const flags = ["delete", "external", "pendingReplacement"].filter((flag) => resource[flag]).join(" ");
      return {
        name: `${name} ${nameOf(resource.urn)} ${flags} ${resource.delete ? resource.id : ""}`.trim(),
        value: normal(asSets(resource)),
      };
    });
  return [
    { name: "deployment", value: normal(rest, "state") },
    ...list("resource", resources),
    ...pending_operations.map(
      (pending: any): Item => ({
        name: `pending ${pending.type} ${nameOf(pending.resource.urn)}`,
        value: normal(asSets(pending.resource)),
      }),
    ),
  ];
}

const sets = ["dependencies", "additionalSecretOutputs", "aliases", "replaceWith"];

function asSets(resource: any): unknown {
  const sorted = { ...resource };
  for (const key of sets) if (Array.isArray(sorted[key])) sorted[key] = [...sorted[key]].sort();
  if (sorted.propertyDependencies)
    sorted.propertyDependencies = Object.fromEntries(
      Object.entries(sorted.propertyDependencies).map(([key, urns]) => [key, [...(urns as string[])].sort()]),
    );
  return sorted;
}
