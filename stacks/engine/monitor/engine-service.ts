/** Pulumi's Engine service for one program run: what it logs, its root resource, the version it asks for. */
import grpc from "@grpc/grpc-js";
import enginePb from "@pulumi/pulumi/proto/engine_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import type { Deployment } from "../deployment/deployment.ts";
import { messageOf } from "../diagnosis.ts";
import type { Severity } from "../events.ts";
import { type EngineService, ServiceFailure } from "./services.ts";
import { requireVersion } from "./version-range.ts";

const severities: Severity[] = ["debug", "info", "warning", "error"];

/** `version` is what the engine takes itself for. */
export function engineService(d: Deployment, version: string): EngineService {
  let root = "";
  return {
    log: async (request) => {
      const severity = severities[request.getSeverity()];
      if (!severity)
        throw new ServiceFailure(grpc.status.UNKNOWN, `Unrecognized logging severity: ${request.getSeverity()}`);
      d.events.diagnostic({
        severity,
        message: request.getMessage(),
        urn: request.getUrn() || undefined,
        streamId: request.getStreamid(),
        ephemeral: request.getEphemeral(),
      });
      return new emptyPb.Empty();
    },
    getRootResource: async () => new enginePb.GetRootResourceResponse().setUrn(root),
    setRootResource: async (request) => {
      root = request.getUrn();
      return new enginePb.SetRootResourceResponse();
    },
    startDebugging: async (request) => {
      const message = `Waiting for debugger to attach (${request.getMessage()})...`;
      d.events.diagnostic({ severity: "info", message, ephemeral: true });
      d.events.debugging(request.getConfig()?.toJavaScript() ?? {});
      return new emptyPb.Empty();
    },
    requirePulumiVersion: async (request) => {
      try {
        requireVersion(request.getPulumiVersionRange(), version);
      } catch (cause) {
        throw new ServiceFailure(grpc.status.UNKNOWN, messageOf(cause));
      }
      return new enginePb.RequirePulumiVersionResponse();
    },
  };
}
