/** An in-memory (or file-backed) provider whose failures and waits a test decides. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import {
  type Context,
  type CreateRequest,
  type DiffResult,
  PartialFailure,
  type Provider,
} from "../../../../stacks/engine/provider.ts";
import { type PropertyMap, type PropertyValue, Unknown } from "../../../../stacks/engine/value.ts";
import { equal, hasUnknown } from "../../../../stacks/engine/values/values.ts";

export interface Behaviour {
  /** Called before each operation; throws to fail it. `op` is `create`, `update`, `delete`, `read`. */
  before?: (op: string, name: string, context: Context) => Promise<void> | void;
  deleteFirst?: boolean;
  /** Answers in place of the provider's own methods. */
  instead?: Partial<Provider>;
}

export class TestWorld {
  readonly calls: string[] = [];
  behaviour: Behaviour = {};
  private readonly file: string | undefined;
  private memory = new Map<string, PropertyMap>();
  configured: PropertyMap[] = [];
  cancelled = 0;
  /** Packages that there is a provider of. */
  readonly packages = new Set(["test"]);
  /** Versions that providers were made of. */
  readonly versions: string[] = [];
  private next = 1;

  constructor(file?: string) {
    this.file = file;
  }
  all(): Map<string, PropertyMap> {
    if (!this.file) return this.memory;
    return existsSync(this.file) ? new Map(Object.entries(JSON.parse(readFileSync(this.file, "utf8")))) : new Map();
  }
  put(id: string, value: PropertyMap | undefined): void {
    const all = this.all();
    if (value) all.set(id, value);
    else all.delete(id);
    if (this.file) writeFileSync(this.file, JSON.stringify(Object.fromEntries(all)));
    else this.memory = all;
  }
  newId(name: string): string {
    return this.file ? `${name}-${this.all().size + 1}-${process.pid}` : `${name}-${this.next++}`;
  }
  provider(pkg: string, version = ""): Provider | undefined {
    return this.packages.has(pkg) ? withInstead(this, testProvider(this, version, pkg)) : undefined;
  }
}

/** Asked anew at each call: a test may change its mind in the middle. */
function withInstead(world: TestWorld, provider: Provider): Provider {
  return new Proxy(provider, {
    get: (own, method) => Reflect.get(world.behaviour.instead ?? {}, method) ?? Reflect.get(own, method),
  });
}

/** `force` replaces; `fail` is a check failure; `secretOut` is always secret. */
function testProvider(world: TestWorld, version: string, pkg: string): Provider {
  world.versions.push(version);
  const replaces = ["force"];
  const act = async (op: string, name: string, context: Context): Promise<void> => {
    world.calls.push(`${op} ${name}`);
    await world.behaviour.before?.(op, name, context);
  };
  const outputsOf = (id: string, inputs: PropertyMap): PropertyMap => ({
    ...inputs,
    arn: `arn:${id}`,
    secretOut: `s-${id}`,
  });
  const diff = (olds: PropertyMap, news: PropertyMap): DiffResult => {
    const diffs = [...new Set([...Object.keys(olds), ...Object.keys(news)])]
      .filter((k) => k !== "version" && !equal(olds[k], news[k]))
      .sort();
    return {
      changes: diffs.length > 0 ? "some" : "none",
      replaces: diffs.filter((k) => replaces.includes(k)),
      stables: [],
      diffs,
      deleteBeforeReplace: world.behaviour.deleteFirst,
    };
  };
  return {
    package: pkg,
    version,
    checkConfig: async ({ news }) => ({ inputs: news, failures: [] }),
    diffConfig: async ({ oldInputs, newInputs }) => diff(oldInputs, newInputs),
    configure: async (inputs) => {
      world.configured.push(inputs);
    },
    check: async ({ news }) => ({
      inputs: news,
      failures: news["fail"] ? [{ property: "fail", reason: String(news["fail"]) }] : [],
    }),
    diff: async ({ oldInputs, newInputs }) => diff(oldInputs, newInputs),
    create: async ({ name, inputs, preview }, context) => {
      if (preview) return { id: "", outputs: { ...inputs, arn: new Unknown() } };
      await act("create", name, context);
      const id = world.newId(name);
      world.put(id, { ...inputs, __name: name });
      await world.behaviour.before?.("created", name, context);
      return { id, outputs: outputsOf(id, inputs) };
    },
    read: async ({ id, name }, context) => {
      await act("read", name, context);
      const found = world.all().get(id);
      if (!found) return { id: null, outputs: {} };
      const { __name, ...inputs } = found;
      return { id, inputs, outputs: outputsOf(id, inputs) };
    },
    update: async ({ id, name, newInputs, preview }, context) => {
      if (preview) return { outputs: hasUnknown(newInputs) ? { ...newInputs } : outputsOf(id, newInputs) };
      await act("update", name, context);
      world.put(id, { ...newInputs, __name: name });
      await world.behaviour.before?.("updated", name, context);
      return { outputs: outputsOf(id, newInputs) };
    },
    delete: async ({ id, name }, context) => {
      await act("delete", name, context);
      world.put(id, undefined);
      await world.behaviour.before?.("deleted", name, context);
    },
    invoke: async ({ args }) => {
      if (args["say"] === "throw") throw new Error("no such luck");
      return { result: { echo: (args["say"] ?? null) as PropertyValue }, failures: [] };
    },
    secretOutputs: () => ["secretOut"],
    intentKey: (_type, inputs) => (typeof inputs["key"] === "string" ? inputs["key"] : undefined),
    adopt: async ({ name, inputs }: CreateRequest) => {
      for (const [id, found] of world.all())
        if (found["__name"] === name && found["key"] === inputs["key"]) return { id, outputs: outputsOf(id, inputs) };
      return null;
    },
    cancel: async () => {
      world.cancelled++;
    },
    close: async () => undefined,
  };
}

export function partial(id: string, inputs: PropertyMap, reason: string): PartialFailure {
  return new PartialFailure({ id, inputs, outputs: { ...inputs, arn: `arn:${id}` }, reasons: [reason] });
}
