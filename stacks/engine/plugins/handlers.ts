/** Each call of Pulumi's ResourceProvider service as a question to a provider behind the typed interface. */

import pluginPb, { type PluginAttach } from "@pulumi/pulumi/proto/plugin_pb.js";
import type {
  CallRequest,
  CheckRequest,
  ConfigureRequest,
  ConstructRequest,
  CreateRequest,
  DeleteRequest,
  DiffRequest,
  GetMappingRequest,
  InvokeRequest,
  ParameterizeRequest,
  ProviderHandshakeRequest,
  ReadRequest,
  UpdateRequest,
} from "@pulumi/pulumi/proto/provider_pb.js";
import providerPb from "@pulumi/pulumi/proto/provider_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import type { Context, Provider } from "../provider.ts";
import { type PropertyMap, Secret } from "../value.ts";
import { parseUrn } from "../values/urn.ts";
import { hasSecret, plain, wrapSecrets } from "../values/values.ts";
import { decodeStruct } from "../values/wire.ts";
import { decodeCall, decodeConstruct, encodeCallResult, encodeConstructResult } from "./components.ts";
import type { Instance } from "./instances.ts";
import { encodeDiff, encodeFailures } from "./messages.ts";
import { encodeFor } from "./properties.ts";
import { Refusal } from "./status.ts";

/** What a call's handler is given besides the request. */
export interface Given {
  instance: Instance;
  /** Ends with the call, its time, and its cancellation. */
  context: (urn: string, timeoutSeconds: number) => Context;
}

export interface Handler<Request = never> {
  /** Comes before the provider is configured. */
  begins?: true;
  work: (request: Request, given: Given) => Promise<unknown>;
}

const handle = <Request>(work: Handler<Request>["work"]): Handler<Request> => ({ work });
const first = <Request>(work: Handler<Request>["work"]): Handler<Request> => ({ begins: true, work });

/** Older engines name the resource by its URN only. */
function identityOf(request: { getUrn(): string; getType(): string; getName(): string }) {
  const urn = request.getUrn();
  const parts = parseUrn(urn);
  return { urn, type: request.getType() || (parts?.type ?? ""), name: request.getName() || (parts?.name ?? "") };
}

/** What goes back: secret also where the provider always is. */
function answered(map: PropertyMap, { provider, understood }: Instance, type: string) {
  return encodeFor(wrapSecrets(map, provider.secretOutputs(type)), understood);
}

/** In the provider's own terms: without secrets when it knows none. */
function asked(struct: Parameters<typeof decodeStruct>[0], { provider }: Instance): PropertyMap {
  const map = decodeStruct(struct);
  return provider.acceptsSecrets ? map : plain(map);
}

function refuse(what: string): Handler {
  return first(async () => {
    throw new Refusal(what);
  });
}

function capable<Name extends "call" | "construct" | "parameterize">(
  provider: Provider,
  name: Name,
  what: string,
): NonNullable<Provider[Name]> {
  const method = provider[name];
  if (!method) throw new Refusal(`the ${provider.package} provider has no ${what}`);
  return method.bind(provider) as NonNullable<Provider[Name]>;
}

function changeOf(request: DiffRequest | UpdateRequest, instance: Instance) {
  const olds = request.getOlds();
  return {
    ...identityOf(request),
    id: request.getId(),
    // Before there were old inputs in the message, the old outputs stood for them.
    oldInputs: asked(request.getOldInputs() ?? olds, instance),
    oldOutputs: asked(olds, instance),
    newInputs: asked(request.getNews(), instance),
    ignoreChanges: request.getIgnorechangesList(),
  };
}

export const handlers: { [method: string]: Handler } = {
  handshake: first<ProviderHandshakeRequest>(async (request, { instance }) => {
    const { provider } = instance;
    instance.engine = request.getEngineAddress() || instance.engine;
    return new providerPb.ProviderHandshakeResponse()
      .setAcceptSecrets(provider.acceptsSecrets ?? false)
      .setAcceptResources(true)
      .setAcceptOutputs(provider.construct !== undefined || provider.call !== undefined)
      .setAcceptsByteString(true);
  }),
  attach: first<PluginAttach>(async (request, { instance }) => {
    instance.engine = request.getAddress() || instance.engine;
    return new emptyPb.Empty();
  }),
  getPluginInfo: first(async (_request, { instance }) =>
    new pluginPb.PluginInfo().setVersion(instance.provider.version),
  ),
  parameterize: first<ParameterizeRequest>(async (request, { instance }) => {
    const parameterize = capable(instance.provider, "parameterize", "parameters: it stands for its own package only");
    const value = request.getValue();
    if (!value) throw new Refusal("parameters from a command line are not supported; give the package's own");
    const [name, version] = [value.getName(), value.getVersion()];
    await parameterize({ name, version, value: value.getValue_asU8() });
    return new providerPb.ParameterizeResponse().setName(name).setVersion(version);
  }),
  checkConfig: first<CheckRequest>(async (request, { instance }) => {
    const olds = request.getOlds();
    const { inputs, failures } = await instance.provider.checkConfig({
      urn: request.getUrn(),
      ...(olds ? { olds: plain(decodeStruct(olds)) } : {}),
      news: plain(decodeStruct(request.getNews())),
    });
    return new providerPb.CheckResponse()
      .setInputs(encodeFor(inputs, instance.understood))
      .setFailuresList(encodeFailures(failures));
  }),
  diffConfig: first<DiffRequest>(async (request, { instance }) => {
    const oldInputs = plain(decodeStruct(request.getOldInputs() ?? request.getOlds()));
    const newInputs = plain(decodeStruct(request.getNews()));
    return encodeDiff(await instance.provider.diffConfig({ urn: request.getUrn(), oldInputs, newInputs }));
  }),
  configure: first<ConfigureRequest>(async (request, { instance }) => {
    const { provider } = instance;
    const about = { urn: request.getUrn() ?? "", id: request.getId() ?? "" };
    instance.understood = {
      secrets: request.getAcceptsecrets(),
      resources: request.getAcceptresources(),
      outputs: true,
    };
    await provider.configure(configurationOf(request, instance), about);
    instance.configured = true;
    return new providerPb.ConfigureResponse()
      .setAcceptsecrets(provider.acceptsSecrets ?? false)
      .setAcceptresources(true)
      .setAcceptoutputs(provider.construct !== undefined || provider.call !== undefined)
      .setSupportspreview(true);
  }),
  check: handle<CheckRequest>(async (request, { instance, context }) => {
    const identity = identityOf(request);
    const olds = asked(request.getOlds(), instance);
    const { inputs, failures } = await instance.provider.check(
      {
        ...identity,
        // An empty map stands for no old inputs in this message.
        ...(Object.keys(olds).length > 0 ? { olds } : {}),
        news: asked(request.getNews(), instance),
        randomSeed: request.getRandomseed_asU8(),
      },
      context(identity.urn, 0),
    );
    return new providerPb.CheckResponse()
      .setInputs(encodeFor(inputs, instance.understood))
      .setFailuresList(encodeFailures(failures));
  }),
  diff: handle<DiffRequest>(async (request, { instance, context }) =>
    encodeDiff(await instance.provider.diff(changeOf(request, instance), context(request.getUrn(), 0))),
  ),
  create: handle<CreateRequest>(async (request, { instance, context }) => {
    const identity = identityOf(request);
    const made = await instance.provider.create(
      { ...identity, inputs: asked(request.getProperties(), instance), preview: request.getPreview() },
      context(identity.urn, request.getTimeout()),
    );
    return new providerPb.CreateResponse()
      .setId(made.id)
      .setProperties(answered(made.outputs, instance, identity.type));
  }),
  read: handle<ReadRequest>(async (request, { instance, context }) => {
    const identity = identityOf(request);
    const [inputs, outputs] = [request.getInputs(), request.getProperties()];
    const found = await instance.provider.read(
      {
        ...identity,
        id: request.getId(),
        ...(inputs ? { inputs: asked(inputs, instance) } : {}),
        ...(outputs ? { outputs: asked(outputs, instance) } : {}),
      },
      context(identity.urn, request.getTimeout()),
    );
    const response = new providerPb.ReadResponse();
    if (found.id === null) return response;
    response.setId(found.id).setProperties(answered(found.outputs, instance, identity.type));
    if (found.inputs) response.setInputs(encodeFor(found.inputs, instance.understood));
    return response;
  }),
  update: handle<UpdateRequest>(async (request, { instance, context }) => {
    const { outputs } = await instance.provider.update(
      { ...changeOf(request, instance), preview: request.getPreview() },
      context(request.getUrn(), request.getTimeout()),
    );
    return new providerPb.UpdateResponse().setProperties(answered(outputs, instance, identityOf(request).type));
  }),
  delete: handle<DeleteRequest>(async (request, { instance, context }) => {
    const outputs = request.getProperties();
    await instance.provider.delete(
      {
        ...identityOf(request),
        id: request.getId(),
        inputs: asked(request.getOldInputs() ?? outputs, instance),
        outputs: asked(outputs, instance),
      },
      context(request.getUrn(), request.getTimeout()),
    );
    return new emptyPb.Empty();
  }),
  invoke: handle<InvokeRequest>(async (request, { instance, context }) => {
    const { provider, understood } = instance;
    const args = decodeStruct(request.getArgs());
    const given = provider.acceptsSecrets ? args : plain(args);
    const { result, failures } = await provider.invoke(
      { token: request.getTok(), args: given, preview: request.getPreview() },
      context("", 0),
    );
    const hide = hasSecret(args) && !provider.acceptsSecrets;
    const shown = Object.entries(result).map(([key, value]) => [key, hide ? new Secret(value) : value] as const);
    return new providerPb.InvokeResponse()
      .setReturn(encodeFor(Object.fromEntries(shown), understood))
      .setFailuresList(encodeFailures(failures));
  }),
  call: handle<CallRequest>(async (request, { instance, context }) => {
    const call = capable(instance.provider, "call", "methods");
    return encodeCallResult(await call(decodeCall(request), context("", 0)), request.getAcceptsOutputValues());
  }),
  construct: handle<ConstructRequest>(async (request, { instance, context }) => {
    const construct = capable(instance.provider, "construct", "components");
    const result = await construct(decodeConstruct(request), context("", 0));
    return encodeConstructResult(result, request.getAcceptsOutputValues());
  }),
  cancel: first(async (_request, { instance }) => {
    await instance.provider.cancel();
    return new emptyPb.Empty();
  }),
  getSchema: refuse(
    "this provider has no schema of its own: the package of its types for your language describes them",
  ),
  getMapping: first<GetMappingRequest>(async () => new providerPb.GetMappingResponse()),
  getMappings: first(async () => new providerPb.GetMappingsResponse()),
};

/** `args` as they are; engines before them put all in texts keyed `aws:config:region`. */
function configurationOf(request: ConfigureRequest, instance: Instance): PropertyMap {
  const args = request.getArgs();
  if (args) return asked(args, instance);
  const inputs: PropertyMap = {};
  request.getVariablesMap().forEach((value: string, key: string) => {
    inputs[key.slice(key.lastIndexOf(":") + 1)] = value;
  });
  return inputs;
}
