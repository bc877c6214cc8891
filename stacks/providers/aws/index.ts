/**
 * The AWS provider: the engine's provider interface over the AWS SDK. It does not know whether AWS, another AWS or the
 * local cloud answers. It reads no environment but the one it is given.
 */
import type { Context, DiffResult, Provider } from "../../engine/provider.ts";
import { type PropertyMap, unknown } from "../../engine/value.ts";
import { checkConfig, configProperties, settingsOf } from "./config.ts";
import { diff } from "./diff.ts";
import { problems } from "./errors.ts";
import { invoke } from "./invokes.ts";
import { findType, typeOf } from "./registry.ts";
import { hasUnknown } from "./schema.ts";
import { Session } from "./session.ts";
import { adopt, check, create, intentKey, previewCreate, previewUpdate, read, remove, update } from "./skeleton.ts";
import type { Call, ResourceType } from "./type.ts";

export { knownTypes } from "./registry.ts";

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

export function createAwsProvider(options: AwsProviderOptions): Provider {
  const { environment, version = "7.48.0" } = options;
  const cancelled = new AbortController();
  let configured: PropertyMap | undefined;
  let opened: Promise<Session> | undefined;

  /** Opened by the first call that needs AWS, so that a preview of nothing asks nobody; a failure is not kept. */
  const session = (context: Context): Promise<Session> => {
    if (!configured) return Promise.reject(problems.notConfigured());
    opened ??= Session.open(settingsOf(configured, environment), context).catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
  const bounded = (context: Context): Context => ({
    ...context,
    status: (message) => context.status(message),
    log: (severity, message) => context.log(severity, message),
    signal: AbortSignal.any([context.signal, cancelled.signal]),
  });
  const callOf = async (type: ResourceType, subject: Subject, context: Context): Promise<Call> => {
    const open = await session(bounded(context));
    const inputs = subject.inputs ?? {};
    const outputs = subject.outputs ?? {};
    const region = inputs["region"] ?? outputs["region"];
    return {
      session: open,
      context: bounded(context),
      region: typeof region === "string" ? region : open.region,
      id: subject.id ?? "",
      inputs,
      olds: subject.olds ?? {},
      outputs,
      label: subject.id || (type.identity?.(inputs) ?? subject.name),
      importing: subject.importing ?? false,
    };
  };
  const defaultTags = () => settingsOf(configured ?? {}, environment).defaultTags;

  return {
    package: "aws",
    version,
    checkConfig: async ({ news }) => checkConfig(news),
    diffConfig: async ({ oldInputs, newInputs }) => diffConfig(oldInputs, newInputs),
    configure: async (inputs) => {
      configured = inputs;
    },
    check: async (request) => check(typeOf(request.type), request, defaultTags()),
    diff: async (request) => {
      const type = typeOf(request.type);
      return await diff(type, request);
    },
    create: async (request, context) => {
      const type = typeOf(request.type);
      if (request.preview) return { id: "", outputs: previewCreate(type, request.inputs) };
      return await create(type, await callOf(type, request, context));
    },
    read: async (request, context) => {
      const type = typeOf(request.type);
      const importing = request.inputs === undefined;
      const call = await callOf(type, { ...request, importing }, context);
      return await read(type, call, request, defaultTags());
    },
    update: async (request, context) => {
      const type = typeOf(request.type);
      if (request.preview) return { outputs: previewUpdate(type, request) };
      const { id, name, newInputs: inputs, oldInputs: olds, oldOutputs: outputs } = request;
      return await update(type, await callOf(type, { id, name, inputs, olds, outputs }, context));
    },
    delete: async (request, context) => {
      const type = typeOf(request.type);
      await remove(type, await callOf(type, request, context));
    },
    invoke: async (request, context) => {
      // The engine defers calls with unknown arguments; this is for the one it cannot see through.
      if (request.preview && hasUnknown(request.args)) return { result: { id: unknown }, failures: [] };
      return await invoke(request, () => session(bounded(context)), bounded(context));
    },
    secretOutputs: (type) => findType(type)?.secretOutputs ?? [],
    intentKey: (type, inputs) => intentKey(typeOf(type), inputs),
    adopt: async (request, context) => {
      const type = typeOf(request.type);
      return await adopt(type, await callOf(type, request, context));
    },
    cancel: async () => cancelled.abort(problems.closed()),
    close: async () => {
      cancelled.abort(problems.closed());
      const open = await opened?.catch(() => undefined);
      opened = undefined;
      await open?.close();
    },
  };
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
