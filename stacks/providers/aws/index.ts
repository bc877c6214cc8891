/**
 * The AWS provider: the engine's provider interface over the AWS SDK. It does not know whether AWS, another AWS or the
 * local cloud answers. It reads no environment but the one it is given.
 */
import type { Context, CreateRequest, DiffResult, Provider } from "../../engine/provider.ts";
import { type PropertyMap, unknown } from "../../engine/value.ts";
import { checkConfig, configProperties, settingsOf } from "./config.ts";
import { diff } from "./diff.ts";
import { problems } from "./errors.ts";
import { invoke } from "./invokes.ts";
import { findType, typeOf } from "./registry.ts";
import { hasUnknown } from "./schema.ts";
import { Session } from "./session.ts";
import {
  adopt,
  check,
  create,
  type Found,
  find,
  intentKey,
  previewCreate,
  previewUpdate,
  read,
  update,
} from "./skeleton.ts";
import type { Tags } from "./tags.ts";
import type { Call, ResourceType } from "./type.ts";

export { knownTypes } from "./registry.ts";
export type { Found } from "./skeleton.ts";

export interface AwsProviderOptions {
  /** Where AWS_* variables, HOME and the names of shared files are looked up; the process's own is never read. */
  environment: Record<string, string>;
  /** The @pulumi/aws version this provider answers for. */
  version?: string;
}

interface Subject {
  name: string;
  id?: string;
  inputs?: PropertyMap;
  olds?: PropertyMap;
  outputs?: PropertyMap;
  importing?: boolean;
}

/** What the configuration comes to once a call needs it: one session, and the calls made with it. */
class Connection {
  configured: PropertyMap | undefined;
  readonly cancelled = new AbortController();
  /** The account of what the last state holds. */
  known: string | undefined;
  readonly #environment: Record<string, string>;
  #opened: Promise<Session> | undefined;

  constructor(environment: Record<string, string>) {
    this.#environment = environment;
  }

  /** Opened by the first call that needs AWS, so that a preview of nothing asks nobody; a failure is not kept. */
  session(context: Context): Promise<Session> {
    if (!this.configured) return Promise.reject(problems.notConfigured());
    const settings = settingsOf(this.configured, this.#environment);
    this.#opened ??= Session.open(settings, context, this.known).catch((error: unknown) => {
      this.#opened = undefined;
      throw error;
    });
    return this.#opened;
  }

  defaultTags(): Tags {
    return settingsOf(this.configured ?? {}, this.#environment).defaultTags;
  }

  /** The engine's context, ended by this provider's own cancellation as well. */
  bounded(context: Context): Context {
    return {
      timeoutSeconds: context.timeoutSeconds,
      status: (message) => context.status(message),
      log: (severity, message) => context.log(severity, message),
      signal: AbortSignal.any([context.signal, this.cancelled.signal]),
    };
  }

  async call(type: ResourceType, subject: Subject, given: Context): Promise<Call> {
    const context = this.bounded(given);
    const session = await this.session(context);
    const { inputs = {}, outputs = {}, olds = {}, id = "", importing = false } = subject;
    const said = inputs["region"] ?? outputs["region"];
    const region = typeof said === "string" ? said : session.region;
    const label = id || (type.identity?.(inputs) ?? subject.name);
    return { session, context, region, id, inputs, olds, outputs, label, importing };
  }

  async close(): Promise<void> {
    this.cancelled.abort(problems.closed());
    const open = await this.#opened?.catch(() => undefined);
    this.#opened = undefined;
    await open?.close();
  }
}

export interface AwsProvider extends Provider {
  /** Looks for what a create of these inputs would make, by its name; changes nothing. */
  find(request: CreateRequest, context: Context): Promise<Found | null>;
}

export function createAwsProvider(options: AwsProviderOptions): AwsProvider {
  const { environment, version = "7.48.0" } = options;
  const connection = new Connection(environment);
  return {
    package: "aws",
    version,
    checkConfig: async ({ news }) => checkConfig(news),
    diffConfig: async ({ oldInputs, newInputs }) => diffConfig(oldInputs, newInputs),
    configure: async (inputs) => {
      connection.configured = inputs;
    },
    remember: (outputs) => {
      connection.known = accountOf(outputs);
    },
    check: async (request) => check(typeOf(request.type), request, connection.defaultTags()),
    diff: async (request) => await diff(typeOf(request.type), request),
    create: async (request, context) => {
      const type = typeOf(request.type);
      if (request.preview) return { id: "", outputs: previewCreate(type, request.inputs) };
      return await create(type, await connection.call(type, request, context));
    },
    read: async (request, context) => {
      const type = typeOf(request.type);
      const importing = request.inputs === undefined;
      const call = await connection.call(type, { ...request, importing }, context);
      return await read(type, call, request, connection.defaultTags());
    },
    update: async (request, context) => {
      const type = typeOf(request.type);
      if (request.preview) return { outputs: previewUpdate(type, request) };
      const { id, name, newInputs: inputs, oldInputs: olds, oldOutputs: outputs } = request;
      return await update(type, await connection.call(type, { id, name, inputs, olds, outputs }, context));
    },
    delete: async (request, context) => {
      const type = typeOf(request.type);
      await type.remove(await connection.call(type, request, context));
    },
    invoke: async (request, context) => {
      // The engine defers calls with unknown arguments; this is for the one it cannot see through.
      if (request.preview && hasUnknown(request.args)) return { result: { id: unknown }, failures: [] };
      const bounded = connection.bounded(context);
      return await invoke(request, () => connection.session(bounded), bounded);
    },
    secretOutputs: (type) => findType(type)?.secretOutputs ?? [],
    intentKey: (type, inputs) => intentKey(typeOf(type), inputs),
    adopt: async (request, context) => {
      const type = typeOf(request.type);
      return await adopt(type, await connection.call(type, request, context));
    },
    find: async (request, context) => {
      const type = typeOf(request.type);
      return await find(type, await connection.call(type, request, context), connection.defaultTags());
    },
    cancel: async () => connection.cancelled.abort(problems.closed()),
    close: async () => await connection.close(),
  };
}

/** The one account that ARNs of these outputs name; undefined when they name none, or several. */
function accountOf(outputs: readonly PropertyMap[]): string | undefined {
  const accounts = new Set(
    outputs.flatMap(({ arn }) => /^arn:[^:]*:[^:]*:[^:]*:(\d{12}):/.exec(String(arn))?.[1] ?? []),
  );
  return accounts.size === 1 ? [...accounts][0] : undefined;
}

/** Another region is another set of resources; everything else only changes how AWS is asked. */
function diffConfig(oldInputs: PropertyMap, newInputs: PropertyMap): DiffResult {
  const names = [...new Set([...Object.keys(oldInputs), ...Object.keys(newInputs)])].filter(
    (name) => name !== "__defaults" && name !== "version",
  );
  const diffs = names.filter((name) => JSON.stringify(oldInputs[name]) !== JSON.stringify(newInputs[name]));
  const replaces = diffs.filter((name) => configProperties[name]?.replaces);
  return { changes: diffs.length > 0 ? "some" : "none", replaces, stables: [], diffs };
}
