/** Pulumi's Engine service for one program run: what it logs, its root resource, the version it asks for. */
import enginePb from "@pulumi/pulumi/proto/engine_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import type { Deployment } from "./deployment.ts";
import type { Severity } from "./events.ts";
import type { EngineService } from "./services.ts";

const severities: Severity[] = ["debug", "info", "warning", "error"];

export function engineService(d: Deployment): EngineService {
  let root = "";
  return {
    log: async (request) => {
      const severity = severities[request.getSeverity()] ?? "info";
      if (severity !== "debug")
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
    startDebugging: async () => new emptyPb.Empty(),
    requirePulumiVersion: async () => new enginePb.RequirePulumiVersionResponse(),
  };
}
