/** What one deployment leaves behind in the process does not reach the next. */
import grpc from "@grpc/grpc-js";
import engineGrpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import enginePb from "@pulumi/pulumi/proto/engine_pb.js";
import settings from "@pulumi/pulumi/runtime/settings.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import { expect, test } from "vitest";
import "../../../../stacks/engine/monitor/same-process.ts";

const { EngineClient, EngineService } = engineGrpc as any;
const { grpcClientOptions } = settings as unknown as { grpcClientOptions: grpc.ClientOptions };

async function serve(port: number): Promise<{ server: grpc.Server; port: number }> {
  const server = new grpc.Server();
  const answer = (_call: unknown, callback: grpc.sendUnaryData<unknown>) => callback(null, new emptyPb.Empty());
  server.addService(EngineService, Object.fromEntries(Object.keys(EngineService).map((name) => [name, answer])));
  return new Promise((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve({ server, port: bound }),
    );
  });
}

/** As the SDK makes them. */
const clientOf = (port: number) =>
  new EngineClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), grpcClientOptions);
const answerOf = (client: any): Promise<string> =>
  new Promise((resolve) =>
    client.log(new enginePb.LogRequest(), (error: Error) => resolve(error?.message ?? "logged")),
  );

// The SDK takes an engine that is not there for the end: a program would succeed with nothing registered.
test("a late call of a deployment that has ended does not make the next one's address unavailable", async () => {
  const first = await serve(0);
  const late = clientOf(first.port);
  expect(await answerOf(late)).toBe("logged");
  first.server.forceShutdown();
  await expect.poll(() => answerOf(late)).toContain("ECONNREFUSED");
  const second = await serve(first.port);
  const next = clientOf(first.port);
  try {
    expect(await answerOf(next)).toBe("logged");
  } finally {
    for (const client of [late, next]) client.close();
    second.server.forceShutdown();
  }
});
