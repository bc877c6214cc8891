/** Drives one resource through a provider as the engine does: check, diff, create, read, update, delete. */
import { randomBytes } from "node:crypto";
import type { Context, Provider } from "../../../../stacks/engine/provider.ts";
import type { PropertyMap } from "../../../../stacks/engine/value.ts";

export interface Told {
  statuses: string[];
}

export function contextOf(told: Told = { statuses: [] }, timeoutSeconds = 0): Context {
  return {
    signal: new AbortController().signal,
    timeoutSeconds,
    status: (message) => told.statuses.push(message),
    log: () => undefined,
  };
}

const seed = randomBytes(32);

export class Driver {
  readonly provider: Provider;
  readonly type: string;
  readonly name: string;
  readonly context: Context;
  id = "";
  inputs: PropertyMap = {};
  outputs: PropertyMap = {};

  constructor(provider: Provider, type: string, name: string, context = contextOf()) {
    this.provider = provider;
    this.type = type;
    this.name = name;
    this.context = context;
  }

  get identity() {
    return { urn: `urn:pulumi:test::test::${this.type}::${this.name}`, type: this.type, name: this.name };
  }

  async check(news: PropertyMap, fresh = false): Promise<PropertyMap> {
    const olds = fresh || this.id === "" ? undefined : this.inputs;
    const { inputs, failures } = await this.provider.check(
      { ...this.identity, olds, news, randomSeed: seed },
      this.context,
    );
    if (failures.length > 0)
      throw new Error(failures.map(({ property, reason }) => `${property}: ${reason}`).join("\n"));
    return inputs;
  }

  async create(news: PropertyMap): Promise<this> {
    this.inputs = await this.check(news, true);
    const made = await this.provider.create({ ...this.identity, inputs: this.inputs, preview: false }, this.context);
    this.id = made.id;
    this.outputs = made.outputs;
    return this;
  }

  async diff(news: PropertyMap, ignoreChanges: string[] = []) {
    const newInputs = await this.check(news);
    const { id, inputs: oldInputs, outputs: oldOutputs } = this;
    return await this.provider.diff(
      { ...this.identity, id, oldInputs, oldOutputs, newInputs, ignoreChanges },
      this.context,
    );
  }

  async update(news: PropertyMap): Promise<void> {
    const newInputs = await this.check(news);
    const { id, inputs: oldInputs, outputs: oldOutputs } = this;
    const request = { ...this.identity, id, oldInputs, oldOutputs, newInputs, ignoreChanges: [], preview: false };
    const { outputs } = await this.provider.update(request, this.context);
    this.inputs = newInputs;
    this.outputs = outputs;
  }

  /** Reads into the state; returns whether it is there. */
  async refresh(): Promise<boolean> {
    const { id, inputs, outputs } = this;
    const found = await this.provider.read({ ...this.identity, id, inputs, outputs }, this.context);
    if (found.id === null) return false;
    this.id = found.id;
    this.inputs = found.inputs ?? inputs;
    this.outputs = found.outputs;
    return true;
  }

  /** A second driver that knows only the id. */
  async imported(id = this.id): Promise<Driver> {
    const other = new Driver(this.provider, this.type, this.name, this.context);
    const found = await this.provider.read({ ...this.identity, id }, this.context);
    if (found.id === null) throw new Error(`nothing to import under ${id}`);
    other.id = found.id;
    other.inputs = found.inputs ?? {};
    other.outputs = found.outputs;
    return other;
  }

  async delete(): Promise<void> {
    const { id, inputs, outputs } = this;
    await this.provider.delete({ ...this.identity, id, inputs, outputs }, this.context);
  }
}
