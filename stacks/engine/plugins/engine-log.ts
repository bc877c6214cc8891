/** What a served provider has to say goes to its engine's log: what stays, and what only shows while a step runs. */
import grpc from "@grpc/grpc-js";
import type { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import engineGrpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import enginePb from "@pulumi/pulumi/proto/engine_pb.js";

const { LogSeverity } = enginePb;
const severities = {
  debug: LogSeverity.DEBUG,
  info: LogSeverity.INFO,
  warning: LogSeverity.WARNING,
  error: LogSeverity.ERROR,
} as const;

/** Engines by address: `127.0.0.1:PORT`, and no other host. */
export class EngineLogs {
  private readonly clients = new Map<string, EngineClient>();

  log(address: string, entry: { severity: keyof typeof severities; message: string; urn: string; passing: boolean }) {
    if (!/^(127\.0\.0\.1|localhost|\[::1\]):\d+$/.test(address)) return;
    let client = this.clients.get(address);
    if (!client) {
      client = new engineGrpc.EngineClient(address, grpc.credentials.createInsecure()) as EngineClient;
      this.clients.set(address, client);
    }
    const request = new enginePb.LogRequest()
      .setSeverity(severities[entry.severity])
      .setMessage(entry.message)
      .setUrn(entry.urn)
      .setEphemeral(entry.passing);
    // An engine that no longer listens has no use for it.
    client.log(request, new grpc.Metadata(), { deadline: Date.now() + 5_000 }, () => undefined);
  }

  close(): void {
    for (const client of this.clients.values()) client.close();
    this.clients.clear();
  }
}
