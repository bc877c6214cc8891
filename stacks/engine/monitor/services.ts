/**
 * The two services a program talks to, as plain typed functions from request to answer. gRPC serves them (host.ts); a
 * program in this process may call them directly, with the same messages.
 */
import grpc from "@grpc/grpc-js";
import type { Callback } from "@pulumi/pulumi/proto/callback_pb.js";
import type {
  GetRootResourceRequest,
  GetRootResourceResponse,
  LogRequest,
  RequirePulumiVersionRequest,
  RequirePulumiVersionResponse,
  SetRootResourceRequest,
  SetRootResourceResponse,
  StartDebuggingRequest,
} from "@pulumi/pulumi/proto/engine_pb.js";
import type { CallResponse } from "@pulumi/pulumi/proto/provider_pb.js";
import type {
  DeploymentInfo,
  ExistsResourceRequest,
  ExistsResourceResponse,
  ReadResourceRequest,
  ReadResourceResponse,
  RegisterErrorHookRequest,
  RegisterPackageRequest,
  RegisterPackageResponse,
  RegisterResourceHookRequest,
  RegisterResourceOutputsRequest,
  RegisterResourceRequest,
  RegisterResourceResponse,
  ResourceCallRequest,
  ResourceInvokeRequest,
  ResourceInvokeResponse,
  SupportsFeatureRequest,
  SupportsFeatureResponse,
} from "@pulumi/pulumi/proto/resource_pb.js";
import type { Empty } from "google-protobuf/google/protobuf/empty_pb.js";

/** Who asks, as far as its messages cannot say. */
export interface Caller {
  /** A Node SDK: the older ones mean something else by an alias without a parent. */
  nodejs: boolean;
}

export type Method<Request, Response> = (request: Request, caller?: Caller) => Promise<Response>;

/** pulumirpc.ResourceMonitor. Every method rejects with a ServiceFailure and with nothing else. */
export interface Monitor {
  getDeploymentInfo: Method<Empty, DeploymentInfo>;
  supportsFeature: Method<SupportsFeatureRequest, SupportsFeatureResponse>;
  invoke: Method<ResourceInvokeRequest, ResourceInvokeResponse>;
  call: Method<ResourceCallRequest, CallResponse>;
  readResource: Method<ReadResourceRequest, ReadResourceResponse>;
  existsResource: Method<ExistsResourceRequest, ExistsResourceResponse>;
  registerResource: Method<RegisterResourceRequest, RegisterResourceResponse>;
  registerResourceOutputs: Method<RegisterResourceOutputsRequest, Empty>;
  registerStackTransform: Method<Callback, Empty>;
  registerStackInvokeTransform: Method<Callback, Empty>;
  registerResourceHook: Method<RegisterResourceHookRequest, Empty>;
  registerErrorHook: Method<RegisterErrorHookRequest, Empty>;
  registerPackage: Method<RegisterPackageRequest, RegisterPackageResponse>;
  /** Resolves when what follows the program (deletes) is through. */
  signalAndWaitForShutdown: Method<Empty, Empty>;
}

/** pulumirpc.Engine. */
export interface EngineService {
  log: Method<LogRequest, Empty>;
  getRootResource: Method<GetRootResourceRequest, GetRootResourceResponse>;
  setRootResource: Method<SetRootResourceRequest, SetRootResourceResponse>;
  startDebugging: Method<StartDebuggingRequest, Empty>;
  requirePulumiVersion: Method<RequirePulumiVersionRequest, RequirePulumiVersionResponse>;
}

/** An answer that is an error: what gRPC sends, and an in-process caller catches. */
export class ServiceFailure extends Error {
  readonly code: grpc.status;
  readonly details: string;
  constructor(code: grpc.status, details: string) {
    super(details);
    this.name = "ServiceFailure";
    this.code = code;
    this.details = details;
  }
}

/** The request itself is wrong; the program may go on without it. */
export function badRequest(details: string): ServiceFailure {
  return new ServiceFailure(grpc.status.INVALID_ARGUMENT, details);
}

/** An answer of this kind makes the SDK fall silent; the engine has reported the failure by then. */
export function ended(): ServiceFailure {
  return new ServiceFailure(grpc.status.UNAVAILABLE, "the deployment has ended");
}

/** Without metadata when the SDK in this process calls. */
type UnaryCall = { request: unknown; metadata?: grpc.Metadata };
type UnaryCallback = (error: Partial<grpc.ServiceError> | null, response?: unknown) => void;

/** The same table as gRPC wants it. */
export function overGrpc(table: Monitor | EngineService): grpc.UntypedServiceImplementation {
  const served: { [method: string]: (call: UnaryCall, callback: UnaryCallback) => void } = {};
  for (const [name, method] of Object.entries(table) as [string, Method<unknown, unknown>][])
    served[name] = (call, callback) => {
      method(call.request, { nodejs: fromNode(call.metadata) }).then(
        (response) => callback(null, response),
        (cause: unknown) =>
          callback(
            cause instanceof ServiceFailure
              ? { code: cause.code, details: cause.details }
              : { code: grpc.status.UNKNOWN, details: cause instanceof Error ? cause.message : String(cause) },
          ),
      );
    };
  return served as grpc.UntypedServiceImplementation;
}

function fromNode(metadata: grpc.Metadata | undefined): boolean {
  if (!metadata) return true;
  const [runtime] = metadata.get("pulumi-runtime");
  if (runtime !== undefined) return runtime === "nodejs";
  return String(metadata.get("user-agent")[0] ?? "").startsWith("grpc-node-js/");
}
