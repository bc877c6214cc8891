/**
 * A cloud in memory and the provider in front of it. The cloud remembers whatever happened to it; the provider fails,
 * stops and is cut off where a plan says so. Imports nothing of the engine: the engine under test brings its own
 * classes, since a fuzzed copy of it has others.
 */
import { createHash } from "node:crypto";
import type { Crash, Fault, ProviderOp } from "./scenario.ts";

export type Plain = null | boolean | number | string | Plain[] | { [key: string]: Plain };
export type PlainMap = { [key: string]: any };

export interface Item {
  id: string;
  type: string;
  inputs: PlainMap;
  /** Counts changes; an output of the resource. */
  revision: number;
  /** Made by somebody else. */
  foreign?: boolean;
  /** Of the registration that made it. */
  urn?: string;
}

export interface Call {
  op: ProviderOp | "configure" | "diffConfig";
  urn: string;
  id?: string;
  /** It changed the cloud. */
  effect: boolean;
}

/** What the engine's modules bring. */
export interface EngineClasses {
  unknown: unknown;
  PartialFailure: new (init: { id: string; outputs: PlainMap; inputs: PlainMap; reasons: string[] }) => Error;
}

/** What is to happen in one operation. */
export interface Plan {
  faults: readonly Fault[];
  crash?: Crash;
  cancel?: { n: number; when: "before" | "after" };
}

/** Called at provider calls: throws nothing; the operation's owner cuts off or aborts. */
export interface Director {
  crash(): void;
  cancel(): void;
  /** The first call of an operation that asks anything of the cloud. */
  begins(): void;
  /** A planned fault happened; `unclear`: its call had an effect. */
  fault(unclear: boolean): void;
}

const replacing = ["force", "key", "inside"];
const mutating = new Set<string>(["create", "update", "delete"]);

export class World {
  items = new Map<string, Item>();
  /** Every id there ever was. */
  readonly known = new Set<string>();
  /** Changed behind the engine's back, or without its hearing of it: state may say something else until it is told. */
  readonly unheard = new Set<string>();
  /** Updated in part, or by somebody else: state may keep the inputs it had. */
  readonly half = new Set<string>();
  /** Updated when the engine was cut off: the next one has to look, and to do it again. */
  readonly interrupted = new Set<string>();
  /** Created, and the caller was told that it failed. */
  readonly disowned = new Set<string>();
  /** Left behind on purpose. */
  readonly retained = new Set<string>();
  /** Made by somebody else and brought under management. */
  readonly owned = new Set<string>();
  calls: Call[] = [];
  private next = 0;

  foreign(name: string, type: string): Item {
    return (
      this.items.get(name) ??
      this.put({ id: name, type, inputs: { key: name, value: 7, force: 0 }, revision: 0, foreign: true })
    );
  }

  put(item: Item): Item {
    this.items.set(item.id, item);
    this.known.add(item.id);
    return item;
  }

  newId(type: string): string {
    return `${type.split(":")[2]!.toLowerCase()}-${this.next++}`;
  }

  /** With what lies in it. */
  remove(id: string): void {
    this.items.delete(id);
    for (const item of [...this.items.values()]) if (item.inputs["inside"] === `arn:${id}`) this.remove(item.id);
  }

  copy(): Map<string, Item> {
    return structuredClone(this.items);
  }
}

/** What a program gets to see of it. */
export const outputsOf = ({ id, inputs, revision }: Item): PlainMap => ({
  ...inputs,
  arn: `arn:${id}`,
  echo: inputs["value"] ?? null,
  token: `s3cr3t-token-${id}`,
  revision,
});

const stable = (value: Plain | undefined): string =>
  value !== null && typeof value === "object" && !Array.isArray(value)
    ? `{${Object.keys(value)
        .sort()
        .map((key) => `${key}:${stable(value[key])}`)
        .join()}}`
    : Array.isArray(value)
      ? `[${value.map(stable).join()}]`
      : JSON.stringify(value ?? null);

const same = (a: PlainMap[string], b: PlainMap[string]): boolean => a === b || stable(a) === stable(b);

function differences(olds: PlainMap, news: PlainMap): string[] {
  return [...new Set([...Object.keys(olds), ...Object.keys(news)])].filter((key) => !same(olds[key], news[key])).sort();
}

/** One operation's view of the cloud. `alive` turns false when its process is cut off: then nothing has an effect. */
export class Operator {
  alive = true;
  private readonly world: World;
  private readonly classes: EngineClasses;
  private readonly plan: Plan;
  private readonly director: Director;
  /** What has been read, and answered. */
  readonly told = new Set<string>();
  private readonly counts = new Map<string, number>();
  private begun = false;

  constructor(world: World, classes: EngineClasses, plan: Plan, director: Director) {
    this.world = world;
    this.classes = classes;
    this.plan = plan;
    this.director = director;
  }

  provider(pkg: string, version = ""): object | undefined {
    if (pkg !== "test" && pkg !== "misc") return undefined;
    const { world } = this;
    return {
      package: pkg,
      version,
      checkConfig: async ({ news }: { news: PlainMap }) => ({ inputs: news, failures: [] }),
      diffConfig: async ({ oldInputs, newInputs }: { oldInputs: PlainMap; newInputs: PlainMap }) => {
        const diffs = differences(oldInputs, newInputs);
        return {
          changes: diffs.length > 0 ? "some" : "none",
          replaces: diffs.filter((key) => key === "zone"),
          stables: [],
          diffs,
        };
      },
      configure: async () => {
        world.calls.push({ op: "configure", urn: "", effect: false });
      },
      check: (request: any) => this.call("check", request, () => this.check(request)),
      diff: (request: any) => this.call("diff", request, async () => this.diff(request)),
      create: (request: any, context: any) =>
        request.preview
          ? this.previewed(request.inputs)
          : this.call("create", request, () => this.create(request), context),
      read: (request: any, context: any) => this.call("read", request, () => this.read(request), context),
      update: (request: any, context: any) =>
        request.preview
          ? this.previewed(request.newInputs)
          : this.call("update", request, () => this.update(request), context),
      delete: (request: any, context: any) => this.call("delete", request, () => this.remove(request), context),
      invoke: async ({ args }: any) => ({ result: args, failures: [] }),
      secretOutputs: () => ["token"],
      intentKey: (type: string, inputs: PlainMap) => (isAnonymous(type) ? undefined : inputs["key"]),
      adopt: (request: any) => this.call("adopt", request, () => this.adopt(request)),
      cancel: async () => undefined,
      close: async () => undefined,
    };
  }

  /** One call with what the plan has for it: before it, at its effect, after it. */
  private async call<T>(op: ProviderOp, request: any, effect: () => Promise<T>, context?: any): Promise<T> {
    this.mustLive();
    if (!this.begun) {
      this.begun = true;
      this.director.begins();
    }
    const n = this.count(op);
    const all = mutating.has(op) ? this.count("any") : -1;
    const fault = this.plan.faults.find((planned) => planned.op === op && planned.n === n);
    const { crash, cancel } = this.plan;
    const crashes =
      crash?.at === "call" && ((crash.op === op && crash.n === n) || (crash.op === "any" && crash.n === all));
    const cancels = cancel?.n === all && all >= 0;
    await this.pause(request.urn, op);
    if (crashes && crash.when === "before") this.die();
    if (cancels && cancel.when === "before") this.director.cancel();
    if (context?.signal.aborted) throw new Error("canceled");
    // Without an answer to what a create has left nobody knows either.
    if (fault) this.director.fault(fault.how !== "before" || op === "adopt");
    // What was read and could not be compared is not taken in.
    if (fault && op === "diff") this.told.delete(request.id);
    if (fault?.how === "before") throw new Error(`${op} failed`);
    const ambiguous = fault?.how === "after" || (crashes && crash.when === "after");
    const result = await effect();
    if (ambiguous) this.unheard(op, request, fault?.how !== "after");
    if (fault?.how === "after" && op === "create") this.world.disowned.add((result as { id: string }).id);
    if (crashes && crash.when === "after") this.die();
    if (cancels && cancel.when === "after") {
      this.unheard(op, request, true);
      this.director.cancel();
      throw new Error("canceled half way");
    }
    if (fault?.how === "after") throw new Error(`${op} failed, having done it`);
    if (fault?.how === "partial") this.partly(op, request, result);
    await this.pause(op, request.urn);
    this.mustLive();
    if (op === "read") this.told.add(request.id);
    return result;
  }

  private count(what: string): number {
    const n = this.counts.get(what) ?? 0;
    this.counts.set(what, n + 1);
    return n;
  }

  private mustLive(): void {
    if (!this.alive) throw new Error("the process is gone");
  }

  private die(): never {
    this.director.crash();
    throw new Error("the process is gone");
  }

  /** Calls overlap, and not always in the same way. */
  private async pause(...of: string[]): Promise<void> {
    const turns = createHash("sha1").update(of.join()).digest()[0]! % 3;
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
    this.mustLive();
  }

  private unheard(op: ProviderOp, request: any, cutOff: boolean): void {
    if (op !== "update") return;
    if (cutOff) this.world.interrupted.add(request.id);
    this.told.delete(request.id);
    this.world.unheard.add(request.id);
    this.world.half.add(request.id);
  }

  private partly(op: ProviderOp, request: any, result: any): void {
    if (op !== "create" && op !== "update" && op !== "read") throw new Error(`${op} failed, having done it`);
    const id = result.id ?? request.id;
    if (id === null) return;
    if (op === "update") this.world.half.add(id);
    const { outputs } = result;
    const inputs = request.newInputs ?? result.inputs ?? request.inputs ?? {};
    throw new this.classes.PartialFailure({ id, inputs, outputs, reasons: ["not quite right"] });
  }

  private note(op: Call["op"], urn: string, id: string | undefined, effect: boolean): void {
    this.world.calls.push({ op, urn, effect, ...(id === undefined ? {} : { id }) });
  }

  private previewed(inputs: PlainMap): Promise<object> {
    const { unknown } = this.classes;
    return Promise.resolve({ id: "", outputs: { ...inputs, arn: unknown, token: unknown, revision: unknown } });
  }

  private async check({ type, name, urn, olds, news, randomSeed }: any): Promise<object> {
    const inputs = { ...news };
    const suffix = createHash("sha256").update(randomSeed).update(urn).digest("hex").slice(0, 7);
    if (inputs.key === undefined && !isAnonymous(type)) inputs.key = olds?.key ?? `${name}-${suffix}`;
    return { inputs, failures: [] };
  }

  private diff({ type, oldInputs, newInputs }: any): object {
    if (type.endsWith(":Vague")) return { changes: "unknown", replaces: [], stables: [], diffs: [] };
    const diffs = differences(oldInputs, newInputs);
    const replaces = diffs.filter((key) => replacing.includes(key) || key.startsWith("pin"));
    return {
      changes: diffs.length > 0 ? "some" : "none",
      replaces,
      stables: [],
      diffs,
      ...(type.endsWith(":Fixed") ? { deleteBeforeReplace: true } : {}),
      ...(type.endsWith(":Nested") ? { detailedDiff: detailed(oldInputs, newInputs, diffs, replaces) } : {}),
    };
  }

  private async create({ type, urn, inputs }: any): Promise<{ id: string; outputs: PlainMap }> {
    const { world } = this;
    const taken = [...world.items.values()].find(
      (item) => item.type === type && inputs.key && item.inputs["key"] === inputs.key,
    );
    if (taken) throw new Error(`AlreadyExists: ${inputs.key}`);
    const item = world.put({ id: world.newId(type), type, urn, inputs: structuredClone(inputs), revision: 0 });
    this.note("create", urn, item.id, true);
    return { id: item.id, outputs: outputsOf(item) };
  }

  private async read({ urn, id }: any): Promise<object> {
    this.note("read", urn, id, false);
    const item = this.world.items.get(id);
    if (!item) return { id: null, outputs: {} };
    return { id, inputs: structuredClone(item.inputs), outputs: outputsOf(item) };
  }

  private async update({ urn, id, newInputs }: any): Promise<{ outputs: PlainMap }> {
    const item = this.world.items.get(id);
    if (!item) throw new Error(`NotFound: ${id}`);
    item.inputs = structuredClone(newInputs);
    item.revision++;
    this.world.unheard.delete(id);
    this.world.half.delete(id);
    this.world.interrupted.delete(id);
    this.note("update", urn, id, true);
    return { outputs: outputsOf(item) };
  }

  private async remove({ urn, id }: any): Promise<void> {
    this.note("delete", urn, id, this.world.items.has(id));
    this.world.remove(id);
  }

  private async adopt({ type, inputs, urn }: any): Promise<object | null> {
    this.note("adopt", urn, undefined, false);
    if (isAnonymous(type) || !inputs.key) return null;
    const found = [...this.world.items.values()].find(
      (item) => item.type === type && item.inputs["key"] === inputs.key,
    );
    return found ? { id: found.id, outputs: outputsOf(found) } : null;
  }
}

export const isAnonymous = (type: string): boolean => type.endsWith(":Anon");

function detailed(olds: PlainMap, news: PlainMap, diffs: string[], replaces: string[]): object {
  const entries: [string, object][] = [];
  for (const key of diffs) {
    const ending = replaces.includes(key) ? "-replace" : "";
    const kind = olds[key] === undefined ? "add" : news[key] === undefined ? "delete" : "update";
    if (key === "nested" && olds[key] && news[key])
      for (const inner of differences(olds[key], news[key]))
        entries.push([`nested.${inner}`, { kind: "update", inputDiff: true }]);
    else entries.push([key, { kind: `${kind}${ending}`, inputDiff: true }]);
  }
  return Object.fromEntries(entries);
}
