/** RegisterResource and RegisterResourceOutputs: from the request through transforms to a goal, and back to an answer. */
import grpc from "@grpc/grpc-js";
import type {
  RegisterResourceOutputsRequest,
  RegisterResourceRequest,
  RegisterResourceResponse,
} from "@pulumi/pulumi/proto/resource_pb.js";
import resourcePb from "@pulumi/pulumi/proto/resource_pb.js";
import type { Empty } from "google-protobuf/google/protobuf/empty_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import type { Deployment, Result } from "../deployment/deployment.ts";
import { emptyGoal, type Goal, inherit, positionOf, secondsOf } from "../deployment/goal.ts";
import { register } from "../deployment/register.ts";
import { messageOf } from "../diagnosis.ts";
import type { ResourceState } from "../state/resource.ts";
import { type PropertyMap, unknown } from "../value.ts";
import { hashMap } from "../values/archive.ts";
import { isProviderType, packageOf, parseUrn } from "../values/urn.ts";
import { hasUnknown } from "../values/values.ts";
import { decodeStruct, encodeStruct } from "../values/wire.ts";
import { registerOutputs } from "./component-outputs.ts";
import { construct } from "./components.ts";
import { hooksForState } from "./hook-options.ts";
import type { MonitorSession, Registration } from "./monitor-session.ts";
import { optionsOfRequest, type RegisterOptions } from "./options.ts";
import { dependenciesOf, dependingOn, flattenMap, upgrade } from "./outputs.ts";
import { type PluginRequest, withPlugin } from "./packages.ts";
import { badRequest, type Caller, ServiceFailure } from "./services.ts";

type Dependencies = { [property: string]: string[] };

export async function onRegister(
  s: MonitorSession,
  request: RegisterResourceRequest,
  caller: Caller | undefined,
): Promise<RegisterResourceResponse> {
  const run = answer(s, request, caller);
  s.tracker.begun(request.getParent(), run);
  return run;
}

async function answer(
  s: MonitorSession,
  request: RegisterResourceRequest,
  caller: Caller | undefined,
): Promise<RegisterResourceResponse> {
  refuse(request);
  const custom = request.getCustom();
  const { registration, own } = await transformed(s, request, caller);
  if (request.getRemote()) {
    const built = await construct(s, request, registration);
    s.transforms.remember(built.urn, own);
    s.tracker.settled(built.urn, registration.parent, false, false);
    return remoteAnswer(request, built);
  }
  const d = s.deployment;
  const goal = goalFor(d, request, registration);
  const urn = d.urnOf(goal);
  s.transforms.remember(urn, own);
  const state = await register(d, goal);
  const result = d.results.get(state.urn);
  if (result) return failedAnswer(request, state.urn, result);
  s.tracker.settled(state.urn, registration.parent, custom, Boolean(state.id));
  return localAnswer(d, request, state);
}

function refuse(request: RegisterResourceRequest): void {
  const type = request.getType();
  if (request.getParent() !== "" && !parseUrn(request.getParent()))
    throw badRequest(`invalid parent URN: ${request.getParent()}`);
  if ((request.getCustom() || request.getRemote()) && !/^[^:\s]+:[^:\s]*:[^:\s]+$/.test(type))
    throw badRequest(`Type '${type}' is not a valid type token (must have format '*:*:*')`);
  if (request.getStateMigrationsList().length > 0)
    throw new ServiceFailure(grpc.status.UNIMPLEMENTED, "state migrations are not supported by this engine");
  if (request.getEnvvarmappingsMap().getLength() > 0)
    throw isProviderType(type)
      ? new ServiceFailure(grpc.status.UNIMPLEMENTED, "envVarMappings are not supported by this engine")
      : badRequest("envVarMappings can only be used with provider resources");
  if (request.getSnippetid() !== "")
    throw new ServiceFailure(grpc.status.UNIMPLEMENTED, "snippets are not supported by this engine");
}

/** What the parent hands down is there before transforms look. */
function inherited(d: Deployment, request: RegisterResourceRequest, options: RegisterOptions): RegisterOptions {
  const parent = d.goals.get(request.getParent());
  const base: Goal = {
    ...emptyGoal(request.getType(), request.getName()),
    ...options,
    custom: request.getCustom(),
    parent: request.getParent() || undefined,
  };
  const goal = inherit(base, parent);
  const served = request.getCustom() || request.getRemote();
  return {
    ...options,
    protect: goal.protect,
    retainOnDelete: goal.retainOnDelete,
    deletedWith: goal.deletedWith,
    provider: served && !isProviderType(request.getType()) ? d.explicitProvider(base) : goal.provider,
  };
}

async function transformed(s: MonitorSession, request: RegisterResourceRequest, caller: Caller | undefined) {
  const d = s.deployment;
  const given = decodeStruct(request.getObject());
  let options = inherited(d, request, optionsOfRequest(request, caller));
  let propertyDependencies = propertyDependenciesOf(request, given);
  const subject = {
    type: request.getType(),
    name: request.getName(),
    custom: request.getCustom(),
    parent: request.getParent(),
  };
  const own = s.transforms.own(subject, request.getTransformsList(), request.getRemote());
  const all = [...own, ...s.transforms.inherited(subject.parent, (urn) => d.goals.get(urn)?.parent)];
  let props = given;
  if (all.length > 0) {
    let now = { props: upgraded(given, own.length > 0 ? propertyDependencies : {}), options };
    for (const transform of all)
      now = await transform(subject, now).catch((cause: unknown) => {
        throw cause instanceof ServiceFailure
          ? cause
          : new ServiceFailure(grpc.status.UNKNOWN, `invoke transform: ${messageOf(cause)}`);
      });
    props = now.props;
    // Node's SDK answers without saying where values came from, so what is known of a property that is still there
    // stays known; a dependency too many only orders, one too few deletes too early.
    const still = Object.entries(propertyDependencies).filter(([key]) => key in props);
    propertyDependencies = Object.fromEntries(still);
    // Inherited transforms know nothing of what the resource depends on, and take nothing of it back.
    const before = own.length > 0 ? still.flatMap(([, urns]) => urns) : options.dependsOn;
    options = { ...now.options, dependsOn: [...new Set([...before, ...now.options.dependsOn])] };
  }
  propertyDependencies = withOutputs(propertyDependencies, props);
  const sources = Object.values(props).flatMap(dependenciesOf);
  if (sources.length > 0) options = { ...options, dependsOn: [...new Set([...options.dependsOn, ...sources])] };
  const plugin = pluginFor(s, request, options);
  const registration: Registration = { ...subject, props, options, propertyDependencies, plugin };
  if (options.provider) registration.provider = options.provider;
  return { registration, own };
}

function upgraded(props: PropertyMap, dependencies: Dependencies): PropertyMap {
  const entries = Object.entries(props).map(([key, value]) => [
    key,
    dependingOn(upgrade(value), dependencies[key] ?? []),
  ]);
  return Object.fromEntries(entries);
}

/** Without any, every property depends on everything the resource does. */
function propertyDependenciesOf(request: RegisterResourceRequest, props: PropertyMap): Dependencies {
  const result: Dependencies = {};
  request.getPropertydependenciesMap().forEach((value, key) => {
    result[key] = value.getUrnsList();
  });
  const all = request.getDependenciesList();
  if (Object.keys(result).length > 0 || all.length === 0 || request.getRemote()) return result;
  return Object.fromEntries(Object.keys(props).map((key) => [key, all]));
}

function withOutputs(dependencies: Dependencies, props: PropertyMap): Dependencies {
  const result = { ...dependencies };
  for (const [key, value] of Object.entries(props)) {
    const sources = dependenciesOf(value);
    if (sources.length > 0) result[key] = [...new Set([...(result[key] ?? []), ...sources])];
  }
  return result;
}

function pluginFor(s: MonitorSession, request: RegisterResourceRequest, options: RegisterOptions): PluginRequest {
  if (request.getPackageref() !== "") return s.packages.get(request.getPackageref());
  const { version, pluginDownloadURL, pluginChecksums } = options;
  return {
    name: packageOf(request.getType()),
    ...(version ? { version } : {}),
    ...(pluginDownloadURL ? { downloadUrl: pluginDownloadURL.replace(/\/$/, "") } : {}),
    ...(Object.keys(pluginChecksums).length > 0 ? { checksums: pluginChecksums } : {}),
  };
}

function goalFor(d: Deployment, request: RegisterResourceRequest, asked: Registration): Goal {
  const { type, name, parent, options, propertyDependencies, plugin, provider } = asked;
  const { dependsOn, timeouts, hooks, pluginDownloadURL: _url, pluginChecksums: _sums, ...rest } = options;
  const inputs = flattenMap(asked.props);
  return {
    ...rest,
    type,
    name,
    custom: request.getCustom(),
    parent: parent || undefined,
    inputs: isProviderType(type) ? withPlugin(inputs, plugin) : inputs,
    dependencies: dependsOn,
    propertyDependencies,
    provider,
    plugin,
    customTimeouts: secondsOf(timeouts),
    resourceHooks: hooksForState(hooks),
    sourcePosition: positionOf(request, d.settings.root),
  };
}

function receiverOf(request: RegisterResourceRequest) {
  return {
    secrets: request.getAcceptsecrets(),
    resources: request.getAcceptresources(),
    outputs: false,
    bytes: request.getAcceptsByteString(),
  };
}

/** An SDK that cannot take partly known values gets those that are known. */
function presentable(request: RegisterResourceRequest, outputs: PropertyMap): PropertyMap {
  if (request.getSupportspartialvalues()) return outputs;
  return Object.fromEntries(Object.entries(outputs).filter(([, value]) => !hasUnknown(value)));
}

function localAnswer(d: Deployment, request: RegisterResourceRequest, state: ResourceState): RegisterResourceResponse {
  const response = new resourcePb.RegisterResourceResponse();
  const skipped = d.skipped.has(state.urn);
  response.setUrn(state.urn);
  response.setId(state.custom ? (state.id ?? "") : "");
  // A component's outputs may refer to what is not registered yet.
  const outputs = state.custom ? previewOutputs(d, state, skipped ? {} : state.outputs) : {};
  response.setObject(encodeStruct(presentable(request, outputs), receiverOf(request)));
  // What was left out has no outputs yet: the SDK passes that on, and nothing is made of values that are not there.
  response.setUnknown(state.custom && skipped);
  return response;
}

/** What is not known yet in a preview is said to be unknown, property by property, where inputs name it. */
function previewOutputs(d: Deployment, state: ResourceState, outputs: PropertyMap): PropertyMap {
  if (!d.settings.preview || state.id) return outputs;
  return Object.fromEntries([
    ...Object.keys(state.inputs).map((key) => [key, unknown] as const),
    ...Object.entries({ ...state.inputs, ...outputs }),
  ]);
}

function remoteAnswer(
  request: RegisterResourceRequest,
  built: { urn: string; state: PropertyMap; stateDependencies: Dependencies },
): RegisterResourceResponse {
  const response = new resourcePb.RegisterResourceResponse();
  response.setUrn(built.urn);
  response.setObject(encodeStruct(presentable(request, built.state), receiverOf(request)));
  for (const [key, urns] of Object.entries(withOutputs(built.stateDependencies, built.state)))
    response
      .getPropertydependenciesMap()
      .set(key, new resourcePb.RegisterResourceResponse.PropertyDependencies().setUrnsList(urns));
  return response;
}

/** The SDK's own list of them lacks the last. */
const results: { [result in Result]: number } = { failed: resourcePb.Result.FAIL, skipped: 2 };

/** With `--continue-on-error` the program goes on and is told which resources it has to do without. */
function failedAnswer(request: RegisterResourceRequest, urn: string, result: Result): RegisterResourceResponse {
  if (!request.getSupportsresultreporting())
    throw new ServiceFailure(grpc.status.INTERNAL, "resource registration failed");
  const response = new resourcePb.RegisterResourceResponse();
  response.setUrn(urn);
  response.setResult(results[result] as 0 | 1);
  return response;
}

export async function onOutputs(s: MonitorSession, request: RegisterResourceOutputsRequest): Promise<Empty> {
  const d = s.deployment;
  const urn = request.getUrn();
  if (!parseUrn(urn)) throw badRequest(`invalid resource URN: ${urn}`);
  const given = await hashMap(flattenMap(decodeStruct(request.getOutputs())), d.settings.root);
  await registerOutputs(d, urn, given);
  return new emptyPb.Empty();
}
