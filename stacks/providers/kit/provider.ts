/**
 * The engine's provider interface, made of a cloud's description: its types, its configuration, its session. One session
 * a configured provider, opened by the first call that needs it.
 */
import type { Context, CreateRequest, InvokeRequest, InvokeResult, Provider } from "../../engine/provider.ts";
import { type PropertyMap, unknown } from "../../engine/value.ts";
import { checkConfig, diffConfig } from "./config.ts";
import { marked, unmarked } from "./defaults.ts";
import { diff } from "./diff.ts";
import { common } from "./errors.ts";
import { hasUnknown, type Properties } from "./schema.ts";
import {
  adopt,
  check,
  create,
  type Found,
  find,
  intentKey,
  previewCreate,
  previewUpdate,
  propertiesOf,
  read,
  remove,
  update,
} from "./skeleton.ts";
import type { Tags } from "./tags.ts";
import type { Call, ResourceType, Session } from "./type.ts";

export interface Cloud<S extends Session> {
  /** `aws` */
  package: string;
  /** Of the package that its provider answers for. */
  version: string;
  /** The provider's own inputs. */
  config: Properties;
  findType(token: string): ResourceType<S> | undefined;
  /** `known` is what `accountOf` said of the last state. */
  open(inputs: PropertyMap, context: Context, known: string | undefined): Promise<S>;
  invoke(request: InvokeRequest, session: () => Promise<S>, context: Context): Promise<InvokeResult>;
  /** Tags that every taggable resource gets. */
  defaultTags?(inputs: PropertyMap): Tags;
  /** The one account that these outputs belong to; undefined when they name none, or several. */
  accountOf?(outputs: readonly PropertyMap[]): string | undefined;
}

export interface FindingProvider extends Provider {
  /** Looks for what a create of these inputs would make, by its name; changes nothing. */
  find(request: CreateRequest, context: Context): Promise<Found | null>;
}

interface Subject {
  name: string;
  id?: string;
  inputs?: PropertyMap;
  olds?: PropertyMap;
  outputs?: PropertyMap;
  importing?: boolean;
  since?: number;
}

/** What the configuration comes to once a call needs it: one session, and the calls made with it. */
class Connection<S extends Session> {
  configured: PropertyMap | undefined;
  /** The account of what the last state holds. */
  known: string | undefined;
  readonly #cloud: Cloud<S>;
  readonly #cancelled = new AbortController();
  #opened: Promise<S> | undefined;

  constructor(cloud: Cloud<S>) {
    this.#cloud = cloud;
  }

  /** Opened by the first call that needs it, so that a preview of nothing asks nobody; a failure is not kept. */
  session(context: Context): Promise<S> {
    if (!this.configured) return Promise.reject(common.notConfigured(this.#cloud.package));
    this.#opened ??= this.#cloud.open(this.configured, context, this.known).catch((error: unknown) => {
      this.#opened = undefined;
      throw error;
    });
    return this.#opened;
  }

  defaultTags(): Tags {
    return this.#cloud.defaultTags?.(this.configured ?? {}) ?? {};
  }

  /** The engine's context, ended by this provider's own cancellation as well. */
  bounded(context: Context): Context {
    return {
      timeoutSeconds: context.timeoutSeconds,
      status: (message) => context.status(message),
      log: (severity, message) => context.log(severity, message),
      signal: AbortSignal.any([context.signal, this.#cancelled.signal]),
    };
  }

  async call(type: ResourceType<S>, subject: Subject, given: Context): Promise<Call<S>> {
    const context = this.bounded(given);
    const session = await this.session(context);
    const { inputs = {}, outputs = {}, olds = {}, id = "", importing = false, since } = subject;
    const named = inputs["region"] ?? outputs["region"];
    const region = typeof named === "string" ? named : session.region;
    const label = id || (type.identity?.(inputs) ?? subject.name);
    const said = { inputs: unmarked(inputs), olds: unmarked(olds) };
    return { session, context, region, id, ...said, outputs, label, importing, since };
  }

  cancel(): void {
    this.#cancelled.abort(common.closed(this.#cloud.package));
  }

  async close(): Promise<void> {
    this.cancel();
    const open = await this.#opened?.catch(() => undefined);
    this.#opened = undefined;
    await open?.close();
  }
}

function unmarkedBoth<T extends { oldInputs: PropertyMap; newInputs: PropertyMap }>(request: T): T {
  return { ...request, oldInputs: unmarked(request.oldInputs), newInputs: unmarked(request.newInputs) };
}

export function providerOf<S extends Session>(cloud: Cloud<S>): FindingProvider {
  const connection = new Connection(cloud);
  const typeOf = (token: string): ResourceType<S> => {
    const found = cloud.findType(token);
    if (!found) throw common.unknownType(token);
    return found;
  };
  return {
    package: cloud.package,
    version: cloud.version,
    checkConfig: async ({ news }) => checkConfig(cloud.config, news),
    diffConfig: async ({ oldInputs, newInputs }) => diffConfig(cloud.config, oldInputs, newInputs),
    configure: async (inputs) => {
      connection.configured = inputs;
    },
    remember: (outputs) => {
      connection.known = cloud.accountOf?.(outputs);
    },
    check: async (request) => {
      const type = typeOf(request.type);
      const { inputs, failures } = check(type, request, connection.defaultTags());
      return { inputs: marked(propertiesOf(type), inputs), failures };
    },
    diff: async (request) => await diff(typeOf(request.type), unmarkedBoth(request)),
    create: async (request, context) => {
      const type = typeOf(request.type);
      if (request.preview) return { id: "", outputs: previewCreate(type, unmarked(request.inputs)) };
      return await create(type, await connection.call(type, request, context));
    },
    read: async (request, context) => {
      const type = typeOf(request.type);
      const importing = request.inputs === undefined;
      const call = await connection.call(type, { ...request, importing }, context);
      const found = await read(type, call, connection.defaultTags());
      return found.inputs ? { ...found, inputs: marked(propertiesOf(type), found.inputs) } : found;
    },
    update: async (request, context) => {
      const type = typeOf(request.type);
      if (request.preview) return { outputs: previewUpdate(type, unmarkedBoth(request)) };
      const { id, name, newInputs: inputs, oldInputs: olds, oldOutputs: outputs } = request;
      return await update(type, await connection.call(type, { id, name, inputs, olds, outputs }, context));
    },
    delete: async (request, context) => {
      const type = typeOf(request.type);
      await remove(type, await connection.call(type, request, context));
    },
    invoke: async (request, context) => {
      // The engine defers calls with unknown arguments; this is for the one it cannot see through.
      if (request.preview && hasUnknown(request.args)) return { result: { id: unknown }, failures: [] };
      const bounded = connection.bounded(context);
      return await cloud.invoke(request, () => connection.session(bounded), bounded);
    },
    secretOutputs: (type) => cloud.findType(type)?.secretOutputs ?? [],
    intentKey: (type, inputs) => intentKey(typeOf(type), inputs),
    prepare: (context) => void connection.session(connection.bounded(context)).catch(() => undefined),
    adopt: async (request, context) => {
      const type = typeOf(request.type);
      return await adopt(type, await connection.call(type, request, context));
    },
    find: async (request, context) => {
      const type = typeOf(request.type);
      const found = await find(type, await connection.call(type, request, context), connection.defaultTags());
      return found && { ...found, inputs: marked(propertiesOf(type), found.inputs) };
    },
    cancel: async () => connection.cancel(),
    close: async () => await connection.close(),
  };
}
