/**
 * A provider whose answers are data: the same script answers both engines. It holds a small cloud of its own and
 * writes down every call. Ids count per name, so that they do not depend on the order in which steps run.
 */
import {
  type CheckFailure,
  type DiffResult,
  PartialFailure,
  type PropertyDiff,
  type Provider,
  UnclearFailure,
} from "../../../stacks/engine/provider.ts";
import { type PropertyMap, type PropertyValue, unknown } from "../../../stacks/engine/value.ts";
import { equal, hasUnknown } from "../../../stacks/engine/values/values.ts";

export type Op = "check" | "diff" | "create" | "read" | "update" | "delete" | "invoke" | "checkConfig" | "diffConfig";

/** How things of one name (or type, or token) behave. Without any: inputs are echoed, `force` replaces. */
export interface Behaviour {
  /** Top-level inputs whose change replaces; `force` when not said. */
  replaces?: string[];
  deleteBeforeReplace?: boolean;
  stables?: string[];
  /** Answer diffs with a detailedDiff, of these paths when named. */
  detailed?: boolean | { [path: string]: PropertyDiff["kind"] };
  /** What diff answers whatever is asked. */
  diff?: "unknown" | "none" | "some";
  failures?: CheckFailure[];
  /** Inputs check puts in when the program does not say them. */
  defaults?: PropertyMap;
  /** Errors, by operation. */
  fail?: { [op in Op]?: string };
  /** Reasons of a partial failure, by operation. */
  partial?: { create?: string[]; update?: string[]; read?: string[] };
  /** Read finds nothing. */
  gone?: boolean;
  /** Read finds these inputs (and outputs) over what is there. */
  drift?: PropertyMap;
  /** Read finds these outputs over what is there. */
  driftOutputs?: PropertyMap;
  readsNoInputs?: boolean;
  /** Outputs beyond the inputs; strings may say `{id}`. Unknown in previews. */
  outputs?: PropertyMap;
  secretOutputs?: string[];
  /** What an invoke answers. */
  result?: PropertyMap;
}

export type Script = { [nameTypeOrToken: string]: Behaviour };

/** One call, as it reached the provider. */
export interface Call {
  op: string;
  on: string;
  args: { [key: string]: unknown };
}

export class ScriptedCloud {
  readonly calls: Call[] = [];
  script: Script = {};
  /** What exists, by id. */
  readonly things = new Map<string, PropertyMap>();
  private readonly counts = new Map<string, number>();

  behaviour(...keys: string[]): Behaviour {
    return Object.assign({}, ...[...keys].reverse().map((key) => this.script[key] ?? {})) as Behaviour;
  }

  record(op: string, on: string, args: { [key: string]: unknown }): void {
    this.calls.push({ op, on, args: structuredClone(JSON.parse(JSON.stringify(args, shown))) });
  }

  newId(name: string): string {
    const count = (this.counts.get(name) ?? 0) + 1;
    this.counts.set(name, count);
    return `${name}-${count}`;
  }
}

/** Values JSON has no word for, under a word. Absent and `undefined` stay the same thing. */
function shown(_key: string, value: unknown): unknown {
  if (value === unknown || (value as { kind?: string } | null)?.kind === "unknown") return "<unknown>";
  if (value instanceof Uint8Array) return "<bytes>";
  return value;
}

/** As an error of no particular code says it over gRPC, so that both ways are told the same. */
function failIf(behaviour: Behaviour, op: Op): void {
  const message = behaviour.fail?.[op];
  if (message !== undefined) throw new UnclearFailure(message, false);
}

const differences = (olds: PropertyMap, news: PropertyMap): string[] =>
  [...new Set([...Object.keys(olds), ...Object.keys(news)])].filter((key) => !equal(olds[key], news[key])).sort();

function detailedDiff(
  behaviour: Behaviour,
  diffs: string[],
  replaces: string[],
  olds: PropertyMap,
  news: PropertyMap,
): { [path: string]: PropertyDiff } | undefined {
  if (!behaviour.detailed) return undefined;
  if (behaviour.detailed !== true)
    return Object.fromEntries(
      Object.entries(behaviour.detailed).map(([path, kind]) => [path, { kind, inputDiff: true }]),
    );
  return Object.fromEntries(
    diffs.map((key) => {
      const kind = !(key in olds) ? "add" : !(key in news) ? "delete" : "update";
      return [
        key,
        { kind: (replaces.includes(key) ? `${kind}-replace` : kind) as PropertyDiff["kind"], inputDiff: true },
      ];
    }),
  );
}

function diffOf(behaviour: Behaviour, olds: PropertyMap, news: PropertyMap): DiffResult {
  const stables = behaviour.stables ?? [];
  if (behaviour.diff === "unknown") return { changes: "unknown", replaces: [], stables, diffs: [] };
  if (behaviour.diff === "none") return { changes: "none", replaces: [], stables, diffs: [] };
  const diffs = differences(olds, news);
  const replaces = diffs.filter((key) => (behaviour.replaces ?? ["force"]).includes(key));
  const detailed = diffs.length > 0 ? detailedDiff(behaviour, diffs, replaces, olds, news) : undefined;
  return {
    changes: diffs.length > 0 || behaviour.diff === "some" ? "some" : "none",
    replaces,
    stables,
    diffs,
    ...(detailed ? { detailedDiff: detailed } : {}),
    deleteBeforeReplace: behaviour.deleteBeforeReplace ?? false,
  };
}

/** Outputs of what exists: its inputs, its arn, and what the script adds. */
function outputsOf(behaviour: Behaviour, id: string, inputs: PropertyMap): PropertyMap {
  const extra = Object.fromEntries(
    Object.entries(behaviour.outputs ?? {}).map(([key, value]): [string, PropertyValue] => [
      key,
      typeof value === "string" ? value.replace("{id}", id) : value,
    ]),
  );
  return { ...inputs, arn: `arn:${id}`, ...extra };
}

const foreseen = (behaviour: Behaviour, inputs: PropertyMap): PropertyMap => ({
  ...inputs,
  arn: unknown,
  ...Object.fromEntries(Object.keys(behaviour.outputs ?? {}).map((key) => [key, unknown])),
});

const nameOf = (urn: string): string => urn.slice(urn.lastIndexOf("::") + 2);

/** One provider of the package `pkg` on the cloud; every instance shares it. */
export function scriptedProvider(cloud: ScriptedCloud, pkg: string, version: string): Provider {
  const of = (request: { name: string; type: string }): Behaviour => cloud.behaviour(request.name, request.type);
  return {
    package: pkg,
    version,
    checkConfig: async ({ urn, olds, news }) => {
      const behaviour = cloud.behaviour(nameOf(urn));
      cloud.record("checkConfig", urn, { olds, news });
      failIf(behaviour, "checkConfig");
      return { inputs: { ...behaviour.defaults, ...news }, failures: behaviour.failures ?? [] };
    },
    diffConfig: async ({ urn, oldInputs, newInputs }) => {
      const behaviour = cloud.behaviour(nameOf(urn));
      cloud.record("diffConfig", urn, { oldInputs, newInputs });
      failIf(behaviour, "diffConfig");
      return diffOf(behaviour, oldInputs, newInputs);
    },
    configure: async (inputs) => cloud.record("configure", pkg, { inputs }),
    check: async (request) => {
      const behaviour = of(request);
      cloud.record("check", request.urn, { olds: request.olds, news: request.news });
      failIf(behaviour, "check");
      return { inputs: { ...behaviour.defaults, ...request.news }, failures: behaviour.failures ?? [] };
    },
    diff: async (request) => {
      const { urn, id, oldInputs, oldOutputs, newInputs, ignoreChanges } = request;
      cloud.record("diff", urn, { id, oldInputs, oldOutputs, newInputs, ignoreChanges });
      failIf(of(request), "diff");
      return diffOf(of(request), oldInputs, newInputs);
    },
    create: async (request, { timeoutSeconds }) => {
      const { urn, name, inputs, preview } = request;
      const behaviour = of(request);
      cloud.record("create", urn, { inputs, preview, timeoutSeconds });
      if (preview) return { id: "", outputs: foreseen(behaviour, inputs) };
      failIf(behaviour, "create");
      const id = cloud.newId(name);
      cloud.things.set(id, inputs);
      const outputs = outputsOf(behaviour, id, inputs);
      const reasons = behaviour.partial?.create;
      if (reasons) throw new PartialFailure({ id, outputs, inputs, reasons });
      return { id, outputs };
    },
    read: async (request, { timeoutSeconds }) => {
      const { urn, id, inputs, outputs } = request;
      const behaviour = of(request);
      cloud.record("read", urn, { id, inputs, outputs, timeoutSeconds });
      failIf(behaviour, "read");
      const found = cloud.things.get(id) ?? (inputs ? undefined : {});
      if (behaviour.gone || !found) return { id: null, outputs: {} };
      const now = { ...found, ...behaviour.drift };
      const state = { ...outputsOf(behaviour, id, now), ...behaviour.driftOutputs };
      const reasons = behaviour.partial?.read;
      if (reasons) throw new PartialFailure({ id, outputs: state, inputs: now, reasons });
      return { id, outputs: state, ...(behaviour.readsNoInputs ? {} : { inputs: now }) };
    },
    update: async (request, { timeoutSeconds }) => {
      const { urn, id, oldInputs, oldOutputs, newInputs, ignoreChanges, preview } = request;
      const behaviour = of(request);
      cloud.record("update", urn, { id, oldInputs, oldOutputs, newInputs, ignoreChanges, preview, timeoutSeconds });
      if (preview)
        return {
          outputs: hasUnknown(newInputs) ? foreseen(behaviour, newInputs) : outputsOf(behaviour, id, newInputs),
        };
      failIf(behaviour, "update");
      cloud.things.set(id, newInputs);
      const outputs = outputsOf(behaviour, id, newInputs);
      const reasons = behaviour.partial?.update;
      if (reasons) throw new PartialFailure({ id, outputs, inputs: newInputs, reasons });
      return { outputs };
    },
    delete: async (request, { timeoutSeconds }) => {
      const { urn, id, inputs, outputs } = request;
      cloud.record("delete", urn, { id, inputs, outputs, timeoutSeconds });
      failIf(of(request), "delete");
      cloud.things.delete(id);
    },
    invoke: async ({ token, args, preview }) => {
      const behaviour = cloud.behaviour(token);
      cloud.record("invoke", token, { args, preview });
      failIf(behaviour, "invoke");
      return { result: behaviour.result ?? { echo: args["say"] ?? null }, failures: behaviour.failures ?? [] };
    },
    secretOutputs: (type) => cloud.script[type]?.secretOutputs ?? [],
    cancel: async () => undefined,
    close: async () => undefined,
  };
}
