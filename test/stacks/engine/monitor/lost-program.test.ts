/** SDKs end quietly, and well, when their connection breaks: what they had not come to ask for must not be deleted. */
import grpc from "@grpc/grpc-js";
import languageGrpc from "@pulumi/pulumi/proto/language_grpc_pb.js";
import languagePb from "@pulumi/pulumi/proto/language_pb.js";
import resourceGrpc from "@pulumi/pulumi/proto/resource_grpc_pb.js";
import resourcePb from "@pulumi/pulumi/proto/resource_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import { expect, test } from "vitest";
import { embeddedEngine } from "../../../../stacks/engine/index.ts";
import { inProcessStack, registration } from "../support/in-process.ts";
import { TestWorld } from "../support/test-provider.ts";

/** As far as a program comes: it registers its stack and then does `work`. Its run is said to have gone well. */
type Work = (ask: (method: string, request: object) => Promise<any>, stack: string) => Promise<unknown>;

async function served(work: Work): Promise<{ address: string; close(): void }> {
  const server = new grpc.Server();
  server.addService((languageGrpc as any).LanguageRuntimeService, {
    run: (call: { request: languagePb.RunRequest }, callback: grpc.sendUnaryData<unknown>) => {
      const { ResourceMonitorClient } = resourceGrpc as any;
      const monitor = new ResourceMonitorClient(call.request.getMonitorAddress(), grpc.credentials.createInsecure());
      const ask = (method: string, request: object): Promise<any> =>
        new Promise((resolve, reject) => {
          monitor[method](request, (error: Error | null, answer: unknown) => (error ? reject(error) : resolve(answer)));
        });
      void ask("registerResource", registration("proj-dev", { type: "pulumi:pulumi:Stack", custom: false }))
        .then((stack) => work(ask, stack.getUrn()))
        .catch(() => undefined)
        .then(() => callback(null, new languagePb.RunResponse()))
        .finally(() => monitor.close());
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { address: `127.0.0.1:${port}`, close: () => server.forceShutdown() };
}

const thing = (ask: Parameters<Work>[0], parent: string) => ask("registerResource", registration("kept", { parent }));

function outputs(urn: string): object {
  const request = new resourcePb.RegisterResourceOutputsRequest();
  request.setUrn(urn);
  return request;
}

// Officially, a broken connection deletes everything the program had not asked for yet.
test.each([
  ["has told nothing more", async () => undefined],
  [
    "says that it is through",
    (ask: Parameters<Work>[0]) => ask("signalAndWaitForShutdown", new emptyPb.Empty()).catch(String),
  ],
])("a program that %s and has registered no outputs fails, and deletes nothing", async (_, work) => {
  const world = new TestWorld();
  const providers = (pkg: string, version?: string) => world.provider(pkg, version);
  const stack = await inProcessStack(providers);
  const engine = embeddedEngine({
    providers,
    environment: {
      PULUMI_BACKEND_URL: `file://${stack.dir}`,
      PULUMI_CONFIG_PASSPHRASE: "p",
      PULUMI_HOME: `${stack.dir}/home`,
    },
  });
  const up = async (program: Work): Promise<string> => {
    const runtime = await served(program);
    const args = ["up", "--yes", "--skip-preview", `--client=${runtime.address}`, "--stack", "dev"];
    try {
      return (await engine.run(args, stack.dir, {})).stdout;
    } finally {
      runtime.close();
    }
  };
  await up(async (ask, urn) => {
    await thing(ask, urn);
    await ask("registerResourceOutputs", outputs(urn));
  });
  expect(stack.resources().map(({ urn }) => urn.split("::").at(-1))).toContain("kept");
  await expect(up(work)).rejects.toThrow(/lost its connection to the engine/);
  expect(stack.resources().map(({ urn }) => urn.split("::").at(-1))).toContain("kept");
  // And a program that says all it has to say, and no longer asks for it, has it deleted.
  await up((ask, urn) => ask("registerResourceOutputs", outputs(urn)));
  expect(stack.resources().map(({ urn }) => urn.split("::").at(-1))).not.toContain("kept");
});
