/** A connection to one plugin: what it said it understands, its calls, and what became of it. */
import grpc from "@grpc/grpc-js";
import pluginPb, { type PluginInfo } from "@pulumi/pulumi/proto/plugin_pb.js";
import type { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import providerPb, {
  type ConfigureResponse,
  type ProviderHandshakeResponse,
} from "@pulumi/pulumi/proto/provider_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import { Bail } from "../diagnosis.ts";
import { UnclearFailure } from "../provider.ts";
import type { PropertyMap } from "../value.ts";
import type { PluginProcess } from "./process.ts";
import type { Understood } from "./properties.ts";
import { failureOf, sanitized } from "./status.ts";
import { compareVersions, parseVersion } from "./versions.ts";

export interface CallOptions {
  /** When it ends, the call has `graceMs` left. */
  signal?: AbortSignal;
  graceMs?: number;
  /** Milliseconds until the call is given up. */
  within?: number;
  /** Inputs of what is created or changed: kept when it is not right. */
  inputs?: PropertyMap;
}

/** A call that the plugin does not know. */
export class Unimplemented extends Error {}

type Method = (
  request: object,
  metadata: grpc.Metadata,
  options: grpc.CallOptions,
  callback: (error: grpc.ServiceError | null, response: never) => void,
) => grpc.ClientUnaryCall;

export class Link {
  readonly label: string;
  understood: Understood = { secrets: false, resources: false, outputs: false };
  /** Whether create and update may be asked for what they would do. */
  previews = false;
  autonaming = false;
  private readonly client: ResourceProviderClient;
  private readonly process: PluginProcess | undefined;
  private shaken = false;
  private closed: Promise<void> | undefined;

  constructor(init: { client: ResourceProviderClient; label: string; process?: PluginProcess }) {
    this.client = init.client;
    this.label = init.label;
    this.process = init.process;
  }

  /** One call. Throws what the plugin said, UnclearFailure when its answer is lost, Unimplemented. */
  ask<Response>(method: keyof ResourceProviderClient, request: object, options: CallOptions = {}): Promise<Response> {
    const { signal, graceMs = 0, within, inputs } = options;
    if (this.closed) return Promise.reject(new Bail());
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      const onAbort = (): void => {
        timer ??= setTimeout(() => call.cancel(), graceMs);
      };
      const call = (this.client[method] as unknown as Method).call(
        this.client,
        request,
        new grpc.Metadata(),
        within === undefined ? {} : { deadline: Date.now() + within },
        (error: grpc.ServiceError | null, response: unknown) => {
          clearTimeout(timer);
          signal?.removeEventListener("abort", onAbort);
          if (!error) resolve(response as Response);
          else this.fault(error, inputs, String(method)).then(reject, reject);
        },
      );
      signal?.addEventListener("abort", onAbort);
      if (signal?.aborted) onAbort();
    });
  }

  private async fault(error: grpc.ServiceError, inputs: PropertyMap | undefined, method: string): Promise<Error> {
    // The operation has ended: whoever still asks has nothing to say to anybody.
    if (this.closed) return new Bail();
    if (error.code === grpc.status.UNIMPLEMENTED)
      return new Unimplemented(`plugin ${this.label} does not implement ${method}: ${sanitized(error.details)}`);
    if (error.code === grpc.status.UNAVAILABLE && (await this.isGone()))
      return new UnclearFailure(this.process?.epitaph() ?? `plugin ${this.label} closed its connection`, true);
    if (error.code === grpc.status.CANCELLED || error.code === grpc.status.DEADLINE_EXCEEDED)
      return new UnclearFailure(`plugin ${this.label} did not finish ${method}: ${sanitized(error.details)}`, true);
    return failureOf(error, inputs);
  }

  /** A dropped connection is noticed a moment before the process's end. */
  private async isGone(): Promise<boolean> {
    const { process } = this;
    if (!process) return this.client.getChannel().getConnectivityState(false) !== grpc.connectivityState.READY;
    let timer: NodeJS.Timeout | undefined;
    const moment = new Promise((resolve) => {
      timer = setTimeout(resolve, 1_000);
    });
    const connected = this.client.getChannel().getConnectivityState(false) === grpc.connectivityState.READY;
    if (!connected) await Promise.race([process.ended, moment]);
    clearTimeout(timer);
    return !process.alive || !connected;
  }

  async handshake(about: { engine: string; folder?: string; within: number }): Promise<void> {
    const request = new providerPb.ProviderHandshakeRequest()
      .setEngineAddress(about.engine)
      .setConfigureWithUrn(true)
      .setInvokeWithPreview(true)
      .setAcceptsByteString(true);
    if (about.folder !== undefined) request.setRootDirectory(about.folder).setProgramDirectory(about.folder);
    try {
      const answer = await this.ask<ProviderHandshakeResponse>("handshake", request, { within: about.within });
      this.understood = {
        secrets: answer.getAcceptSecrets(),
        resources: answer.getAcceptResources(),
        outputs: answer.getAcceptOutputs(),
      };
      this.previews = true;
      this.autonaming = answer.getSupportsAutonamingConfiguration();
      this.shaken = true;
    } catch (cause) {
      if (!(cause instanceof Unimplemented)) throw cause;
    }
  }

  async attach(engine: string): Promise<void> {
    await this.ask("attach", new pluginPb.PluginAttach().setAddress(engine));
  }

  /** What a plugin without a handshake says when it is configured. */
  learn(answer: ConfigureResponse): void {
    if (this.shaken) return;
    this.understood = {
      secrets: answer.getAcceptsecrets(),
      resources: answer.getAcceptresources(),
      outputs: answer.getAcceptoutputs(),
    };
    this.previews = answer.getSupportspreview();
    this.autonaming = answer.getSupportsAutonamingConfiguration();
  }

  /** Empty: it does not say. */
  async version(): Promise<string> {
    const asked = this.ask<PluginInfo>("getPluginInfo", new emptyPb.Empty(), { within: 10_000 });
    return asked.then(
      (info) => info.getVersion(),
      (cause: unknown) => {
        if (cause instanceof Unimplemented) return "";
        throw cause;
      },
    );
  }

  isAtLeast(wanted: string | undefined, has: string): boolean {
    const want = wanted === undefined ? undefined : parseVersion(wanted);
    const version = parseVersion(has);
    return want === undefined || (version !== undefined && compareVersions(version, want) >= 0);
  }

  /** Asks the plugin to let go of what it is at; it need not know how. */
  async cancel(within: number): Promise<void> {
    await this.ask("cancel", new emptyPb.Empty(), { within }).catch(() => undefined);
  }

  async close(): Promise<void> {
    // An attached plugin goes on: what others ask of it is not ours to end.
    if (!this.closed && this.process?.alive) await this.cancel(5_000);
    this.closed ??= this.end();
    await this.closed;
  }

  private async end(): Promise<void> {
    this.client.close();
    await this.process?.stop();
  }
}
