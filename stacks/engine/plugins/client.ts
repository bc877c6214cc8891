/**
 * A provider that lives in a plugin: each question of the engine's as a call over gRPC, with what the plugin understands.
 * The plugin is started, or attached to, by the first question.
 */
import type {
  CallResponse,
  CheckResponse,
  ConfigureResponse,
  ConstructResponse,
  CreateResponse,
  DiffResponse,
  InvokeResponse,
  ReadResponse,
  UpdateResponse,
} from "@pulumi/pulumi/proto/provider_pb.js";
import providerPb from "@pulumi/pulumi/proto/provider_pb.js";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import {
  type CallRequest,
  type CallResult,
  type CheckRequest,
  type CheckResult,
  type ConstructRequest,
  type ConstructResult,
  type Context,
  type CreateRequest,
  type DeleteRequest,
  type DiffRequest,
  type DiffResult,
  type InvokeRequest,
  type InvokeResult,
  type Parameters,
  PartialFailure,
  type Provider,
  type ReadRequest,
  type ReadResult,
  UnclearFailure,
  type UpdateRequest,
} from "../provider.ts";
import { type PropertyMap, Secret } from "../value.ts";
import { parseUrn } from "../values/urn.ts";
import { equalMaps, hasSecret, hasUnknown, markSecrets, plain } from "../values/values.ts";
import { decodeStruct } from "../values/wire.ts";
import { decodeCallResult, decodeConstructResult, encodeCall, encodeConstruct } from "./components.ts";
import type { CallOptions, Link } from "./link.ts";
import { Unimplemented } from "./link.ts";
import { decodeDiff, decodeFailures } from "./messages.ts";
import { encodeFor, everything, restoreContents } from "./properties.ts";

export interface GrpcProviderInit {
  package: string;
  version: string;
  open: () => Promise<Link>;
  /** Milliseconds a call may take to notice that the operation was cancelled. */
  graceMs: number;
}

const plainly = { secrets: false, resources: false, outputs: false };

export class GrpcProvider implements Provider {
  readonly package: string;
  readonly version: string;
  readonly acceptsSecrets = true;
  private readonly init: GrpcProviderInit;
  private opened: Promise<Link> | undefined;

  constructor(init: GrpcProviderInit) {
    this.package = init.package;
    this.version = init.version;
    this.init = init;
  }

  private link(): Promise<Link> {
    this.opened ??= this.init.open();
    return this.opened;
  }

  private within(context: Context, inputs?: PropertyMap): CallOptions {
    return { signal: context.signal, graceMs: this.init.graceMs, inputs };
  }

  async checkConfig({ urn, olds, news }: { urn: string; olds?: PropertyMap; news: PropertyMap }): Promise<CheckResult> {
    const link = await this.link();
    const request = new providerPb.CheckRequest().setUrn(urn).setNews(encodeFor(plain(news), plainly));
    if (olds) request.setOlds(encodeFor(plain(olds), plainly));
    setIdentity(request, urn);
    try {
      const answer = await link.ask<CheckResponse>("checkConfig", request);
      return checkResult(answer, news);
    } catch (cause) {
      if (isUnimplemented(cause, this.package)) return { inputs: news, failures: [] };
      throw cause;
    }
  }

  async diffConfig(asked: { urn: string; oldInputs: PropertyMap; newInputs: PropertyMap }): Promise<DiffResult> {
    const { urn, oldInputs, newInputs } = asked;
    const olds = encodeFor(plain(oldInputs), plainly);
    const request = new providerPb.DiffRequest()
      .setUrn(urn)
      .setOldInputs(olds)
      .setOlds(olds)
      .setNews(encodeFor(plain(newInputs), plainly));
    setIdentity(request, urn);
    const diff = await (await this.link())
      .ask<DiffResponse>("diffConfig", request)
      .then(decodeDiff)
      .catch((cause: unknown): DiffResult => {
        // Not knowing how a change of configuration matters is no reason to replace everything.
        if (isUnimplemented(cause, this.package)) return { changes: "unknown", replaces: [], stables: [], diffs: [] };
        throw cause;
      });
    if (diff.changes !== "unknown") return diff;
    return { ...diff, changes: equalMaps(oldInputs, newInputs) ? "none" : "some" };
  }

  async configure(inputs: PropertyMap, about?: { urn: string; id: string }): Promise<void> {
    const link = await this.link();
    const request = new providerPb.ConfigureRequest()
      .setAcceptsecrets(true)
      .setAcceptresources(true)
      .setSendsOldInputs(true)
      .setSendsOldInputsToDelete(true)
      .setArgs(encodeFor(inputs, { ...everything, outputs: false }));
    for (const [key, value] of Object.entries(plain(inputs)))
      if (key !== "version")
        request
          .getVariablesMap()
          .set(`${this.package}:config:${key}`, typeof value === "string" ? value : JSON.stringify(value));
    if (about) {
      request.setUrn(about.urn).setId(about.id);
      setIdentity(request, about.urn);
    }
    link.learn(await link.ask<ConfigureResponse>("configure", request));
  }

  async parameterize({ name, version, value }: Parameters): Promise<void> {
    const given = new providerPb.ParameterizeRequest.ParametersValue()
      .setName(name)
      .setVersion(version)
      .setValue(value);
    const answer = await (await this.link()).ask<{ getName(): string }>(
      "parameterize",
      new providerPb.ParameterizeRequest().setValue(given),
    );
    if (answer.getName() !== name)
      throw new Error(`parameterize response name "${answer.getName()}" does not match expected package "${name}"`);
  }

  async check({ urn, type, name, olds, news, randomSeed }: CheckRequest, context: Context): Promise<CheckResult> {
    const link = await this.link();
    const request = new providerPb.CheckRequest()
      .setUrn(urn)
      .setType(type)
      .setName(name)
      .setOlds(encodeFor(olds ?? {}, link.understood))
      .setNews(encodeFor(news, link.understood))
      .setRandomseed(randomSeed);
    const answer = await link.ask<CheckResponse>("check", request, this.within(context));
    return checkResult(answer, link.understood.secrets ? {} : news);
  }

  async diff(asked: DiffRequest, context: Context): Promise<DiffResult> {
    const { understood } = await this.link();
    const request = new providerPb.DiffRequest()
      .setId(asked.id)
      .setUrn(asked.urn)
      .setType(asked.type)
      .setName(asked.name)
      .setOldInputs(encodeFor(asked.oldInputs, understood, true))
      .setOlds(encodeFor(asked.oldOutputs, understood, true))
      .setNews(encodeFor(asked.newInputs, understood, true))
      .setIgnorechangesList(asked.ignoreChanges);
    return decodeDiff(await (await this.link()).ask<DiffResponse>("diff", request, this.within(context)));
  }

  async create(asked: CreateRequest, context: Context): Promise<{ id: string; outputs: PropertyMap }> {
    const link = await this.link();
    const { urn, type, name, inputs, preview } = asked;
    if (preview && !link.previews) return { id: "", outputs: inputs };
    const request = new providerPb.CreateRequest()
      .setUrn(urn)
      .setType(type)
      .setName(name)
      .setProperties(encodeFor(inputs, link.understood))
      .setTimeout(context.timeoutSeconds)
      .setPreview(preview);
    const answer = await this.changing(link, inputs, () =>
      link.ask<CreateResponse>("create", request, this.within(context, inputs)),
    );
    const id = answer.getId();
    if (id === "" && !preview)
      throw new UnclearFailure(`plugin ${link.label} returned an empty id for what it created`, true);
    return { id, outputs: this.outputs(link, answer.getProperties(), inputs, preview) };
  }

  async update(asked: UpdateRequest, context: Context): Promise<{ outputs: PropertyMap }> {
    const link = await this.link();
    const { newInputs, preview } = asked;
    if (preview && !link.previews) return { outputs: newInputs };
    const request = new providerPb.UpdateRequest()
      .setId(asked.id)
      .setUrn(asked.urn)
      .setType(asked.type)
      .setName(asked.name)
      .setOldInputs(encodeFor(asked.oldInputs, link.understood, true))
      .setOlds(encodeFor(asked.oldOutputs, link.understood, true))
      .setNews(encodeFor(newInputs, link.understood))
      .setTimeout(context.timeoutSeconds)
      .setIgnorechangesList(asked.ignoreChanges)
      .setPreview(preview);
    const answer = await this.changing(link, newInputs, () =>
      link.ask<UpdateResponse>("update", request, this.within(context, newInputs)),
    );
    return { outputs: this.outputs(link, answer.getProperties(), newInputs, preview) };
  }

  async read(asked: ReadRequest, context: Context): Promise<ReadResult> {
    const link = await this.link();
    const { inputs, outputs = {} } = asked;
    const request = new providerPb.ReadRequest()
      .setId(asked.id)
      .setUrn(asked.urn)
      .setType(asked.type)
      .setName(asked.name)
      .setTimeout(context.timeoutSeconds)
      .setProperties(encodeFor(outputs, link.understood, true));
    if (inputs) request.setInputs(encodeFor(inputs, link.understood, true));
    const sent = { ...outputs, ...inputs };
    const answer = await this.changing(link, sent, () =>
      link.ask<ReadResponse>("read", request, this.within(context, inputs)),
    );
    if (answer.getId() === "") return { id: null, outputs: {} };
    const known = (map: PropertyMap, was: PropertyMap): PropertyMap =>
      restoreContents(link.understood.secrets ? map : markSecrets(map, was), inputs ?? {});
    const live = answer.getInputs();
    return {
      id: answer.getId(),
      ...(live ? { inputs: known(decodeStruct(live), inputs ?? {}) } : {}),
      outputs: known(decodeStruct(answer.getProperties()), outputs),
    };
  }

  async delete(asked: DeleteRequest, context: Context): Promise<void> {
    const link = await this.link();
    const request = new providerPb.DeleteRequest()
      .setId(asked.id)
      .setUrn(asked.urn)
      .setType(asked.type)
      .setName(asked.name)
      .setOldInputs(encodeFor(asked.inputs, link.understood, true))
      .setProperties(encodeFor(asked.outputs, link.understood, true))
      .setTimeout(context.timeoutSeconds);
    await link.ask("delete", request, this.within(context));
  }

  async invoke({ token, args, preview }: InvokeRequest, context: Context): Promise<InvokeResult> {
    const link = await this.link();
    const request = new providerPb.InvokeRequest()
      .setTok(token)
      .setArgs(encodeFor(args, link.understood))
      .setPreview(preview);
    const answer = await link.ask<InvokeResponse>("invoke", request, this.within(context));
    const result = decodeStruct(answer.getReturn());
    const failures = decodeFailures(answer.getFailuresList());
    if (link.understood.secrets || !hasSecret(args)) return { result, failures };
    const hidden = Object.entries(result).map(([key, value]) => [key, new Secret(value)] as const);
    return { result: Object.fromEntries(hidden), failures };
  }

  async call(asked: CallRequest, context: Context): Promise<CallResult> {
    const link = await this.link();
    const request = encodeCall(asked, link.understood);
    return decodeCallResult(await link.ask<CallResponse>("call", request, this.within(context)));
  }

  async construct(asked: ConstructRequest, context: Context): Promise<ConstructResult> {
    const link = await this.link();
    if (!link.understood.secrets)
      throw new Error(`plugin ${link.label}: plugins that can construct components must support secrets`);
    const request = encodeConstruct(asked, link.understood);
    return decodeConstructResult(await link.ask<ConstructResponse>("construct", request, this.within(context)));
  }

  secretOutputs(): readonly string[] {
    return [];
  }

  /** Whoever sent no secrets gets the same-named properties back as secrets, also from what is only half done. */
  private async changing<Answer>(link: Link, inputs: PropertyMap, call: () => Promise<Answer>): Promise<Answer> {
    try {
      return await call();
    } catch (cause) {
      if (!(cause instanceof PartialFailure) || link.understood.secrets) throw cause;
      const { id, reasons } = cause;
      const outputs = markSecrets(cause.outputs, inputs);
      throw new PartialFailure({ id, outputs, inputs: markSecrets(cause.inputs, inputs), reasons });
    }
  }

  private outputs(link: Link, answered: Struct | undefined, inputs: PropertyMap, preview: boolean): PropertyMap {
    const outputs = decodeStruct(answered);
    if (!preview && hasUnknown(outputs))
      throw new UnclearFailure(`plugin ${link.label} returned a value that is not known after it was made`, true);
    return link.understood.secrets ? outputs : markSecrets(outputs, inputs);
  }

  async cancel(): Promise<void> {
    const link = await this.opened?.catch(() => undefined);
    await link?.cancel(30_000);
  }

  async close(): Promise<void> {
    const link = await this.opened?.catch(() => undefined);
    await link?.close();
  }
}

function setIdentity(message: { setName(v: string): unknown; setType(v: string): unknown }, urn: string): void {
  const parts = parseUrn(urn);
  message.setName(parts?.name ?? "");
  message.setType(parts?.type ?? "");
}

function checkResult(answer: CheckResponse, news: PropertyMap): CheckResult {
  const inputs = markSecrets(decodeStruct(answer.getInputs()), news);
  return { inputs, failures: decodeFailures(answer.getFailuresList()) };
}

/** Older plugins of these two say it in other words. */
function isUnimplemented(cause: unknown, pkg: string): boolean {
  if (cause instanceof Unimplemented) return true;
  if (!(cause instanceof UnclearFailure) || cause.cutOff) return false;
  return pkg === "pulumi-nodejs" || (pkg === "kubernetes" && cause.message.includes("Unimplemented"));
}
