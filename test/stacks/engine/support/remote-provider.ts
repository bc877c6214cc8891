/**
 * A provider with components, methods and parameters of its own: `remote:index:Box` registers children through the
 * monitor it is told of, with Pulumi's own client, as a provider in another process would.
 */
import grpc from "@grpc/grpc-js";
import resourceGrpc from "@pulumi/pulumi/proto/resource_grpc_pb.js";
import resourcePb, { type RegisterResourceResponse } from "@pulumi/pulumi/proto/resource_pb.js";
import type {
  CallRequest,
  CallResult,
  ConstructRequest,
  ConstructResult,
  Parameters,
  Provider,
} from "../../../../stacks/engine/provider.ts";
import { OutputValue, type PropertyMap, ResourceReference, Secret } from "../../../../stacks/engine/value.ts";
import { decodeStruct, encodeStruct } from "../../../../stacks/engine/values/wire.ts";
import { type Registration, registration } from "./in-process.ts";
import type { TestWorld } from "./test-provider.ts";

export interface Remote {
  constructs: ConstructRequest[];
  calls: CallRequest[];
  parameters: Parameters[];
  /** Which plugin was asked for. */
  made: string[];
  provider: (pkg: string, version?: string) => Provider | undefined;
}

export function remoteWorld(world: TestWorld): Remote {
  const remote: Remote = {
    constructs: [],
    calls: [],
    parameters: [],
    made: [],
    provider: (pkg, version) => {
      const base = world.provider("test", version);
      remote.made.push(`${pkg} ${version ?? ""}`.trim());
      if (pkg === "test") return base;
      if (pkg !== "remote" || !base) return undefined;
      return {
        ...base,
        package: "remote",
        construct: (request) => construct(remote, request),
        call: (request) => call(remote, request),
        parameterize: async (parameters) => void remote.parameters.push(parameters),
      };
    },
  };
  return remote;
}

function client(address: string) {
  const made = new resourceGrpc.ResourceMonitorClient(address, grpc.credentials.createInsecure());
  const register = (name: string, asked: Registration): Promise<RegisterResourceResponse> =>
    new Promise((resolve, reject) =>
      made.registerResource(registration(name, asked), (error: Error | null, response: RegisterResourceResponse) =>
        error ? reject(error) : resolve(response),
      ),
    );
  const outputs = (urn: string, map: PropertyMap): Promise<void> => {
    const request = new resourcePb.RegisterResourceOutputsRequest();
    request.setUrn(urn);
    request.setOutputs(encodeStruct(map, { secrets: true }));
    return new Promise((resolve, reject) =>
      made.registerResourceOutputs(request, (error: Error | null) => (error ? reject(error) : resolve())),
    );
  };
  return { register, outputs, close: () => made.close() };
}

async function construct(remote: Remote, request: ConstructRequest): Promise<ConstructResult> {
  remote.constructs.push(request);
  if (request.inputs["fail"] === true) throw new Error("no box today");
  const { register, outputs, close } = client(request.monitorAddress);
  try {
    const box = await register(request.name, {
      type: request.type,
      custom: false,
      parent: request.parent,
      inputs: request.inputs,
    });
    const urn = box.getUrn();
    const child = await register(`${request.name}-child`, {
      type: "test:index:Thing",
      parent: urn,
      inputs: { value: "inside" },
    });
    const arn = decodeStruct(child.getObject())["arn"] ?? null;
    await outputs(urn, { arn });
    const source = [child.getUrn()];
    return {
      urn,
      state: {
        arn: new OutputValue({ value: arn, dependencies: source }),
        token: new Secret("t0ken"),
        child: new ResourceReference({ urn: child.getUrn(), id: child.getId() }),
      },
      stateDependencies: { token: source },
    };
  } finally {
    close();
  }
}

async function call(remote: Remote, request: CallRequest): Promise<CallResult> {
  remote.calls.push(request);
  if (request.args["word"] === "fail") throw new Error("does not answer");
  if (request.args["word"] === "bad")
    return { result: {}, returnDependencies: {}, failures: [{ property: "word", reason: "is no word" }] };
  const said = request.args["word"];
  const word = said instanceof OutputValue ? said.value : said;
  return {
    result: { echo: new OutputValue({ value: word ?? null, dependencies: ["urn:pulumi:dev::proj::a:b:C::source"] }) },
    returnDependencies: { echo: ["urn:pulumi:dev::proj::a:b:C::other"] },
    failures: [],
  };
}
