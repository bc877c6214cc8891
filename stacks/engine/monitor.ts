/**
 * Pulumi's ResourceMonitor service for one program run: decodes, hands to the deployment, encodes. What is not carried out (component providers, transforms, hooks, parameterized packages) is refused and not promised.
 */
import grpc from "@grpc/grpc-js";
import providerPb from "@pulumi/pulumi/proto/provider_pb.js";
import type {
  ReadResourceRequest,
  ReadResourceResponse,
  RegisterResourceOutputsRequest,
  RegisterResourceRequest,
  RegisterResourceResponse,
  ResourceInvokeRequest,
  ResourceInvokeResponse,
} from "@pulumi/pulumi/proto/resource_pb.js";
import resourcePb from "@pulumi/pulumi/proto/resource_pb.js";
import type { Empty } from "google-protobuf/google/protobuf/empty_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import type { Deployment } from "./deployment.ts";
import { Bail, messageOf } from "./diagnosis.ts";
import { goalOf } from "./goal.ts";
import { invoke, readResource } from "./reads.ts";
import { register } from "./register.ts";
import { type Caller, ended, type Method, type Monitor, ServiceFailure } from "./services.ts";
import type { ResourceState } from "./state/resource.ts";
import { unknown } from "./value.ts";
import { transformMap } from "./values.ts";
import { decodeStruct, encodeStruct, flattenOutput } from "./wire.ts";

const { ResourceMonitorFeature: F } = resourcePb;
const features: { [id: string]: number } = {
  secrets: F.RESOURCE_MONITOR_FEATURE_SECRETS,
  resourceReferences: F.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
  aliasSpecs: F.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
  replacementTrigger: F.RESOURCE_MONITOR_FEATURE_REPLACEMENT_TRIGGER,
  deletedWith: F.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
  replaceWith: F.RESOURCE_MONITOR_FEATURE_REPLACE_WITH,
  invokeDependsOn: F.RESOURCE_MONITOR_FEATURE_INVOKE_DEPENDS_ON,
  invokeParent: F.RESOURCE_MONITOR_FEATURE_INVOKE_PARENT,
};

export interface MonitorHooks {
  /** Called at the end of a program that ended well; resolves when what follows it (deletes) is through. */
  programDone: () => Promise<void>;
}

/** What changes the stack: a failure is told here, once, and ends the operation. */
function acting<Request, Response>(
  d: Deployment,
  work: (request: Request, caller: Caller | undefined) => Promise<Response>,
): Method<Request, Response> {
  return async (request, caller) => {
    try {
      return await work(request, caller);
    } catch (cause) {
      if (cause instanceof ServiceFailure) throw cause;
      const urn = (cause as { urn?: unknown } | null)?.urn;
      if (!(cause instanceof Bail)) d.executor.fail(cause, typeof urn === "string" ? urn : undefined);
      throw ended();
    }
  };
}

/** A question that fails is the program's to deal with; it ends the operation only when the program lets it. */
function asking<Request, Response>(
  d: Deployment,
  work: (request: Request) => Promise<Response>,
): Method<Request, Response> {
  return async (request) => {
    try {
      return await work(request);
    } catch (cause) {
      if (cause instanceof ServiceFailure) throw cause;
      if (d.executor.stopped || cause instanceof Bail) throw ended();
      throw new ServiceFailure(grpc.status.UNKNOWN, messageOf(cause));
    }
  };
}

function refuse(d: Deployment, what: string): Method<unknown, never> {
  return async () => {
    const failure = new ServiceFailure(grpc.status.UNIMPLEMENTED, `${what} are not supported by this engine yet`);
    d.executor.fail(failure);
    throw failure;
  };
}

export function monitorService(d: Deployment, hooks: MonitorHooks): Monitor {
  return {
    getDeploymentInfo: acting(d, async () => {
      const info = new resourcePb.DeploymentInfo();
      info.setSupportedfeaturesList(Object.values(features));
      return info;
    }),
    supportsFeature: acting(d, async (request) => {
      const response = new resourcePb.SupportsFeatureResponse();
      response.setHassupport(request.getId() in features);
      return response;
    }),
    registerResource: acting(d, (request) => onRegister(d, request)),
    registerResourceOutputs: acting(d, (request) => onOutputs(d, request)),
    readResource: acting(d, (request) => onRead(d, request)),
    invoke: asking(d, (request) => onInvoke(d, request)),
    signalAndWaitForShutdown: acting(d, async () => {
      await hooks.programDone();
      return new emptyPb.Empty();
    }),
    call: refuse(d, "calls of resource methods"),
    existsResource: refuse(d, "existence checks"),
    registerStackTransform: refuse(d, "transforms"),
    registerStackInvokeTransform: refuse(d, "transforms"),
    registerResourceHook: refuse(d, "resource hooks"),
    registerErrorHook: refuse(d, "error hooks"),
    registerPackage: refuse(d, "parameterized packages"),
  };
}

async function onRegister(d: Deployment, request: RegisterResourceRequest): Promise<RegisterResourceResponse> {
  if (request.getRemote()) throw new Error("remote components are not supported by this engine yet");
  if (request.getTransformsList().length > 0) throw new Error("transforms are not supported by this engine yet");
  if (request.getStateMigrationsList().length > 0)
    throw new Error("state migrations are not supported by this engine yet");
  const goal = goalOf(request, d.settings.root);
  const state = await register(d, goal);
  const response = new resourcePb.RegisterResourceResponse();
  response.setUrn(state.urn);
  response.setId(state.custom ? (state.id ?? "") : "");
  const outputs = state.custom ? state.outputs : {};
  const skipped = d.skipped.has(state.urn) ? {} : outputs;
  response.setObject(encodeStruct(previewOutputs(d, state, skipped), { secrets: request.getAcceptsecrets() }));
  response.setStable(false);
  // What was left out has no outputs yet: the SDK passes that on, and nothing is made of values that are not there.
  response.setUnknown(state.custom && d.skipped.has(state.urn));
  return response;
}

/** What is not known yet in a preview is said to be unknown, property by property, where inputs name it. */
function previewOutputs(
  d: Deployment,
  state: ResourceState,
  outputs: ResourceState["outputs"],
): ResourceState["outputs"] {
  if (!d.settings.preview || !state.custom || state.id) return outputs;
  return Object.fromEntries([
    ...Object.keys(state.inputs).map((key) => [key, unknown] as const),
    ...Object.entries({ ...state.inputs, ...outputs }),
  ]);
}

async function onOutputs(d: Deployment, request: RegisterResourceOutputsRequest): Promise<Empty> {
  const urn = request.getUrn();
  await d.registering.get(urn);
  const state = d.news.get(urn);
  if (!state) throw new Error(`cannot complete a resource '${urn}' whose registration isn't pending`);
  if (d.executor.stopped) throw new Bail();
  const outputs = transformMap(decodeStruct(request.getOutputs()), flattenOutput);
  const next: ResourceState = { ...state, outputs };
  d.executor.note({ resource: next, replaces: state });
  d.news.set(urn, next);
  const old = d.olds.get(urn);
  d.events.after({ op: old ? "same" : "create", urn, type: state.type, old, new: next, logical: true });
  return new emptyPb.Empty();
}

async function onRead(d: Deployment, request: ReadResourceRequest): Promise<ReadResourceResponse> {
  const id = request.getId();
  const state = await readResource(d, {
    id: decodeId(id),
    type: request.getType(),
    name: request.getName(),
    parent: request.getParent() || undefined,
    inputs: transformMap(decodeStruct(request.getProperties()), flattenOutput),
    dependencies: request.getDependenciesList(),
    provider: request.getProvider() || undefined,
    version: request.getVersion() || undefined,
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
  });
  const response = new resourcePb.ReadResourceResponse();
  response.setUrn(state.urn);
  response.setProperties(encodeStruct(state.outputs, { secrets: request.getAcceptsecrets() }));
  return response;
}

function decodeId(id: string): string | typeof unknown {
  return id === "04da6b54-80e4-46f7-96ec-b56ff0331ba9" ? unknown : id;
}

async function onInvoke(d: Deployment, request: ResourceInvokeRequest): Promise<ResourceInvokeResponse> {
  const args = transformMap(decodeStruct(request.getArgs()), flattenOutput);
  const answer = await invoke(d, {
    token: request.getTok(),
    args,
    provider: request.getProvider() || undefined,
    parent: request.getParent() || undefined,
    version: request.getVersion() || undefined,
  });
  const response = new resourcePb.ResourceInvokeResponse();
  response.setReturn(encodeStruct(answer.result, { secrets: false }));
  response.setUnknown(answer.unknown);
  response.setFailuresList(
    answer.failures.map(({ property, reason }) => {
      const failure = new providerPb.CheckFailure();
      failure.setProperty(property);
      failure.setReason(reason);
      return failure;
    }),
  );
  return response;
}
