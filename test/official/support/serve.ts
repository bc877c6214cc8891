/**
 * Serves a provider over gRPC on loopback, the way the official engine attaches to one that is being debugged. Small
 * on purpose and independent of the engine's own serving: a second reading of the protocol.
 */
import grpc from "@grpc/grpc-js";
import pluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import statusPb from "@pulumi/pulumi/proto/status_pb.js";
import anyPb from "google-protobuf/google/protobuf/any_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import {
  type CheckFailure,
  type Context,
  type DiffResult,
  PartialFailure,
  type Provider,
} from "../../../stacks/engine/provider.ts";
import type { PropertyMap } from "../../../stacks/engine/value.ts";
import { plain, wrapSecrets } from "../../../stacks/engine/values/values.ts";
import { decodeStruct, encodeStruct } from "../../../stacks/engine/values/wire.ts";

const decode = (struct: unknown): PropertyMap => plain(decodeStruct(struct as never));
const encode = (map: PropertyMap) => encodeStruct(map, { secrets: true });
const typeOf = (urn: string): string => urn.split("::")[2]!.split("$").at(-1)!;
const nameOf = (urn: string): string => urn.slice(urn.indexOf("::", urn.indexOf("::", urn.indexOf("::") + 2) + 2) + 2);
const identity = (request: { getUrn(): string }) => ({
  urn: request.getUrn(),
  type: typeOf(request.getUrn()),
  name: nameOf(request.getUrn()),
});

function context(timeoutSeconds: number): Context {
  return { signal: new AbortController().signal, timeoutSeconds, status: () => undefined, log: () => undefined };
}

function failures(list: CheckFailure[]) {
  return list.map(({ property, reason }) => {
    const failure = new pb.CheckFailure();
    failure.setProperty(property);
    failure.setReason(reason);
    return failure;
  });
}

function checked({ inputs, failures: list }: { inputs: PropertyMap; failures: CheckFailure[] }) {
  const response = new pb.CheckResponse();
  response.setInputs(encode(inputs));
  response.setFailuresList(failures(list));
  return response;
}

function diffed(diff: DiffResult) {
  const response = new pb.DiffResponse();
  const { DiffChanges } = pb.DiffResponse;
  const words = { none: DiffChanges.DIFF_NONE, some: DiffChanges.DIFF_SOME, unknown: DiffChanges.DIFF_UNKNOWN };
  response.setChanges(words[diff.changes]);
  response.setReplacesList(diff.replaces);
  response.setStablesList(diff.stables);
  response.setDiffsList(diff.diffs);
  response.setDeletebeforereplace(diff.deleteBeforeReplace ?? false);
  if (diff.detailedDiff) {
    response.setHasdetaileddiff(true);
    for (const [path, { kind, inputDiff }] of Object.entries(diff.detailedDiff)) {
      const detail = new pb.PropertyDiff();
      const { Kind } = pb.PropertyDiff;
      detail.setKind(Kind[kind.toUpperCase().replace("-", "_") as keyof typeof Kind]);
      detail.setInputdiff(inputDiff);
      response.getDetaileddiffMap().set(path, detail);
    }
  }
  return response;
}

/** A partial failure travels as a detail of the status. */
function failed(cause: unknown): Partial<grpc.ServiceError> {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (!(cause instanceof PartialFailure)) return { code: grpc.status.UNKNOWN, details: message };
  const detail = new pb.ErrorResourceInitFailed();
  detail.setId(cause.id);
  detail.setProperties(encode(cause.outputs));
  detail.setReasonsList(cause.reasons);
  detail.setInputs(encode(cause.inputs));
  const any = new anyPb.Any();
  any.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new statusPb.Status();
  status.setCode(grpc.status.UNKNOWN);
  status.setMessage("resource failed to initialize");
  status.setDetailsList([any]);
  const metadata = new grpc.Metadata();
  metadata.set("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return { code: grpc.status.UNKNOWN, details: "resource failed to initialize", metadata };
}

type Work = (request: any) => Promise<unknown>;

function handlers(provider: Provider): { [method: string]: Work } {
  const outputs = (type: string, map: PropertyMap) => encode(wrapSecrets(map, provider.secretOutputs(type)));
  const olds = (request: any) => (request.hasOlds() ? decode(request.getOlds()) : undefined);
  const change = (request: any) => ({
    ...identity(request),
    id: request.getId(),
    oldInputs: decode(request.getOldInputs()),
    oldOutputs: decode(request.getOlds()),
    newInputs: decode(request.getNews()),
    ignoreChanges: request.getIgnorechangesList(),
  });
  return {
    handshake: async () => {
      const response = new pb.ProviderHandshakeResponse();
      response.setAcceptSecrets(false);
      response.setAcceptResources(true);
      response.setAcceptOutputs(false);
      return response;
    },
    attach: async () => new emptyPb.Empty(),
    cancel: async () => new emptyPb.Empty(),
    getPluginInfo: async () => {
      const info = new pluginPb.PluginInfo();
      info.setVersion(provider.version);
      return info;
    },
    checkConfig: async (request) =>
      checked(
        await provider.checkConfig({
          urn: request.getUrn(),
          ...(olds(request) ? { olds: olds(request) } : {}),
          news: decode(request.getNews()),
        }),
      ),
    diffConfig: async (request) =>
      diffed(
        await provider.diffConfig({
          urn: request.getUrn(),
          oldInputs: decode(request.getOldInputs()),
          newInputs: decode(request.getNews()),
        }),
      ),
    configure: async (request) => {
      await provider.configure(decode(request.getArgs()));
      const response = new pb.ConfigureResponse();
      response.setAcceptsecrets(false);
      response.setSupportspreview(true);
      response.setAcceptresources(true);
      response.setAcceptoutputs(false);
      return response;
    },
    check: async (request) =>
      checked(
        await provider.check(
          {
            ...identity(request),
            ...(olds(request) ? { olds: olds(request) } : {}),
            news: decode(request.getNews()),
            randomSeed: request.getRandomseed_asU8(),
          },
          context(0),
        ),
      ),
    diff: async (request) => diffed(await provider.diff(change(request), context(0))),
    create: async (request) => {
      const made = await provider.create(
        { ...identity(request), inputs: decode(request.getProperties()), preview: request.getPreview() },
        context(request.getTimeout()),
      );
      const response = new pb.CreateResponse();
      response.setId(made.id);
      response.setProperties(outputs(typeOf(request.getUrn()), made.outputs));
      return response;
    },
    read: async (request) => {
      const read = await provider.read(
        {
          ...identity(request),
          id: request.getId(),
          ...(request.hasInputs() ? { inputs: decode(request.getInputs()) } : {}),
          ...(request.hasProperties() ? { outputs: decode(request.getProperties()) } : {}),
        },
        context(0),
      );
      const response = new pb.ReadResponse();
      response.setId(read.id ?? "");
      if (read.id === null) return response;
      response.setProperties(outputs(typeOf(request.getUrn()), read.outputs));
      if (read.inputs) response.setInputs(encode(read.inputs));
      return response;
    },
    update: async (request) => {
      const updated = await provider.update(
        { ...change(request), preview: request.getPreview() },
        context(request.getTimeout()),
      );
      const response = new pb.UpdateResponse();
      response.setProperties(outputs(typeOf(request.getUrn()), updated.outputs));
      return response;
    },
    delete: async (request) => {
      await provider.delete(
        {
          ...identity(request),
          id: request.getId(),
          inputs: decode(request.getOldInputs()),
          outputs: decode(request.getProperties()),
        },
        context(request.getTimeout()),
      );
      return new emptyPb.Empty();
    },
    invoke: async (request) => {
      const answer = await provider.invoke(
        { token: request.getTok(), args: decode(request.getArgs()), preview: request.getPreview() },
        context(0),
      );
      const response = new pb.InvokeResponse();
      response.setReturn(encode(answer.result));
      response.setFailuresList(failures(answer.failures));
      return response;
    },
  };
}

/** Resolves with the port. */
export async function serveProvider(provider: Provider): Promise<{ port: number; close: () => void }> {
  const server = new grpc.Server();
  const unary = Object.fromEntries(
    Object.entries(handlers(provider)).map(([name, work]) => [
      name,
      (call: { request: unknown }, callback: (error: unknown, response?: unknown) => void) => {
        work(call.request).then(
          (response) => callback(null, response),
          (cause) => callback(failed(cause)),
        );
      },
    ]),
  );
  const service = (providerGrpc as unknown as { ResourceProviderService: grpc.ServiceDefinition })
    .ResourceProviderService;
  server.addService(service, unary as grpc.UntypedServiceImplementation);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { port, close: () => server.forceShutdown() };
}
