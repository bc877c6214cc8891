/**
 * What providers carry out with the monitor in hand: remote components, whose children arrive as registrations of
 * their own, and methods of resources. Neither is a step: what they register is.
 */
import grpc from "@grpc/grpc-js";
import type { CallResponse } from "@pulumi/pulumi/proto/provider_pb.js";
import providerPb from "@pulumi/pulumi/proto/provider_pb.js";
import type { RegisterResourceRequest, ResourceCallRequest } from "@pulumi/pulumi/proto/resource_pb.js";
import { Bail, Diagnosis, messageOf } from "../diagnosis.ts";
import type { ConstructResult, ProgramInfo } from "../provider.ts";
import { OutputValue, type PropertyMap, type PropertyValue, ResourceReference, Secret } from "../value.ts";
import { hashMap } from "../values/archive.ts";
import { isProviderType, packageOf, parseUrn } from "../values/urn.ts";
import { isMap } from "../values/values.ts";
import { decodeStruct, encodeStruct } from "../values/wire.ts";
import type { MonitorSession, Registration } from "./monitor-session.ts";
import { dependenciesOf } from "./outputs.ts";
import { badRequest, ServiceFailure } from "./services.ts";

async function programInfo(s: MonitorSession): Promise<ProgramInfo> {
  const { project, stack, organization, preview, config } = s.deployment.settings;
  const entries = Object.entries(config);
  return {
    project,
    stack,
    organization,
    config: Object.fromEntries(entries.map(([key, { value }]) => [key, value])),
    configSecretKeys: entries.filter(([, { secret }]) => secret).map(([key]) => key),
    dryRun: preview,
    parallel: s.parallel,
    monitorAddress: await s.address(),
    stackTraceHandle: "",
  };
}

export async function construct(
  s: MonitorSession,
  request: RegisterResourceRequest,
  asked: Registration,
): Promise<ConstructResult> {
  const d = s.deployment;
  const { type, name, parent, options } = asked;
  const provider = { type, provider: asked.provider, providers: options.providers, parent: parent || undefined };
  const reference = await d.providerReference({ ...provider, plugin: asked.plugin }, type);
  const { provider: plugin } = await d.configured(reference);
  if (!plugin.construct)
    throw new Diagnosis(
      `${type} resource '${name}' has a problem: the provider '${plugin.package}' has no components of its own`,
    );
  const { context, over } = d.executor.context(undefined, 0);
  try {
    const built = await whileRunning(
      s,
      plugin.construct(
        {
          ...(await programInfo(s)),
          type,
          name,
          parent,
          inputs: await hashMap(asked.props, d.settings.root),
          inputDependencies: asked.propertyDependencies,
          acceptsOutputValues: true,
          options: {
            aliases: options.aliases,
            dependencies: options.dependsOn,
            protect: options.protect,
            providers: options.providers,
            additionalSecretOutputs: options.additionalSecretOutputs,
            customTimeouts: options.timeouts,
            deletedWith: options.deletedWith,
            replaceWith: options.replaceWith,
            deleteBeforeReplace: options.deleteBeforeReplace,
            ignoreChanges: options.ignoreChanges,
            replaceOnChanges: options.replaceOnChanges,
            replacementTrigger: options.replacementTrigger,
            retainOnDelete: options.retainOnDelete,
            hooks: options.hooks,
          },
        },
        context,
      ),
    );
    if (!d.goals.has(built.urn))
      throw new Error(`its provider answered with '${built.urn}', which it has not registered`);
    return built;
  } catch (cause) {
    if (cause instanceof Bail || d.executor.stopped) throw new Bail();
    throw new Diagnosis(`${request.getType()} resource '${name}' has a problem: ${messageOf(cause)}`);
  } finally {
    over();
  }
}

/** A provider whose registrations were cut off may never answer; it is not waited for then. */
function whileRunning<T>(s: MonitorSession, work: Promise<T>): Promise<T> {
  const stopped = s.deployment.executor.stopping.then((): never => {
    throw new Bail();
  });
  return Promise.race([work, stopped]);
}

export async function onCall(s: MonitorSession, request: ResourceCallRequest): Promise<CallResponse> {
  const d = s.deployment;
  const token = request.getTok();
  const args = await hashMap(decodeStruct(request.getArgs()), d.settings.root);
  const { provider } = await d.configured(await receiverOf(s, request, args));
  if (!provider.call)
    throw new Diagnosis(`call to function '${token}' failed: the provider '${provider.package}' has no methods`);
  const { context, over } = d.executor.context(undefined, 0);
  try {
    const answer = await whileRunning(
      s,
      provider.call(
        {
          ...(await programInfo(s)),
          token,
          args,
          argDependencies: withSources(urnsOf(request.getArgdependenciesMap()), args),
          acceptsOutputValues: true,
        },
        context,
      ),
    );
    return callResponse(request, answer);
  } catch (cause) {
    if (cause instanceof Bail || d.executor.stopped) throw new Bail();
    throw new Diagnosis(`call to function '${token}' failed: ${messageOf(cause)}`);
  } finally {
    over();
  }
}

/** `URN::ID` of the provider a method is called at: named, the resource's own, or the package's default. */
async function receiverOf(s: MonitorSession, request: ResourceCallRequest, args: PropertyMap): Promise<string> {
  const token = request.getTok();
  const self = selfOf(args);
  if (isProviderType(token)) {
    if (!self?.id || typeof self.id !== "string")
      throw badRequest("missing __self__ argument for provider method call");
    return `${self.urn}::${self.id}`;
  }
  const d = s.deployment;
  let provider = request.getProvider() || undefined;
  if (!provider && self) {
    await d.registering.get(self.urn);
    const goal = d.goals.get(self.urn);
    if (!goal) throw new ServiceFailure(grpc.status.UNKNOWN, `unknown resource ${self.urn}`);
    provider = d.news.get(self.urn)?.provider ?? goal.provider;
  }
  const plugin = request.getPackageref() ? s.packages.get(request.getPackageref()) : undefined;
  return d.providerReference(
    {
      type: token,
      provider,
      providers: {},
      version: request.getVersion() || undefined,
      plugin: plugin ?? {
        name: packageOf(token),
        ...(request.getVersion() ? { version: request.getVersion() } : {}),
        ...(request.getPlugindownloadurl() ? { downloadUrl: request.getPlugindownloadurl() } : {}),
      },
    },
    token,
  );
}

function selfOf(args: PropertyMap): ResourceReference | undefined {
  let value: PropertyValue | undefined = args["__self__"];
  while (value instanceof OutputValue || value instanceof Secret) value = value.value;
  if (value === undefined || value instanceof ResourceReference) return value;
  if (!isMap(value) || typeof value["urn"] !== "string") throw badRequest("missing __self__.urn for method call");
  return new ResourceReference({ urn: value["urn"], id: value["id"] });
}

function urnsOf(map: { forEach(visit: (value: { getUrnsList(): string[] }, key: string) => void): void }): {
  [property: string]: string[];
} {
  const result: { [property: string]: string[] } = {};
  map.forEach((value, key) => {
    const urns = value.getUrnsList();
    const bad = urns.find((urn) => !parseUrn(urn));
    if (bad !== undefined) throw badRequest(`invalid dependency on argument ${key} URN: ${bad}`);
    result[key] = urns;
  });
  return result;
}

function withSources(known: { [property: string]: string[] }, values: PropertyMap): { [property: string]: string[] } {
  const result = { ...known };
  for (const [key, value] of Object.entries(values)) {
    const sources = dependenciesOf(value);
    if (sources.length > 0) result[key] = [...new Set([...(result[key] ?? []), ...sources])];
  }
  return result;
}

function callResponse(
  request: ResourceCallRequest,
  answer: {
    result: PropertyMap;
    returnDependencies: { [property: string]: string[] };
    failures: { property: string; reason: string }[];
  },
): CallResponse {
  const response = new providerPb.CallResponse();
  response.setReturn(
    encodeStruct(answer.result, {
      secrets: true,
      outputs: request.getAcceptOutputValues(),
      bytes: request.getAcceptsByteString(),
    }),
  );
  for (const [key, urns] of Object.entries(withSources(answer.returnDependencies, answer.result)))
    response.getReturndependenciesMap().set(key, new providerPb.CallResponse.ReturnDependencies().setUrnsList(urns));
  response.setFailuresList(answer.failures.map(failureMessage));
  return response;
}

export function failureMessage({ property, reason }: { property: string; reason: string }) {
  return new providerPb.CheckFailure().setProperty(property).setReason(reason);
}
