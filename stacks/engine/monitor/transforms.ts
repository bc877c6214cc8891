/**
 * Transforms: functions of the program that change a registration or an invoke before anything else looks at it. A
 * resource's own run first, then its parents' from the inside out, then the stack's, each on what the last one left.
 */
import type { Callback } from "@pulumi/pulumi/proto/callback_pb.js";
import resourcePb from "@pulumi/pulumi/proto/resource_pb.js";
import { type PropertyMap, Secret } from "../value.ts";
import { hasSecret } from "../values/values.ts";
import { decodeStruct, encodeStruct } from "../values/wire.ts";
import type { Callbacks, Invoke } from "./callbacks.ts";
import { checksumsOf, optionsForTransform, optionsOfTransform, type RegisterOptions } from "./options.ts";

export interface Transformed {
  /** With output values. */
  props: PropertyMap;
  options: RegisterOptions;
}

export interface TransformSubject {
  type: string;
  name: string;
  custom: boolean;
  parent: string;
}

type Transform = (subject: TransformSubject, given: Transformed) => Promise<Transformed>;

export interface InvokeOptions {
  provider?: string;
  version?: string;
  pluginDownloadURL?: string;
  /** Hex. */
  pluginChecksums: { [platform: string]: string };
}

type InvokeTransform = (
  token: string,
  given: { args: PropertyMap; options: InvokeOptions },
) => Promise<{ args: PropertyMap; options: InvokeOptions }>;

export class Transforms {
  private readonly callbacks: Callbacks;
  private readonly stack: Transform[] = [];
  private readonly invokes: InvokeTransform[] = [];
  private readonly byResource = new Map<string, Transform[]>();
  /** Of remote components, by what their provider is going to register. */
  private readonly pending = new Map<string, Transform[]>();

  constructor(callbacks: Callbacks) {
    this.callbacks = callbacks;
  }

  addToStack(callback: Callback): void {
    this.stack.push(this.wrap(callback));
  }

  addToInvokes(callback: Callback): void {
    this.invokes.push(this.wrapInvoke(callback));
  }

  /** The resource's own. A remote component's are kept for the registration its provider makes. */
  own(subject: TransformSubject, callbacks: Callback[], remote: boolean): Transform[] {
    const key = `${subject.parent}::${subject.type}::${subject.name}`;
    const kept = this.pending.get(key);
    if (kept) {
      this.pending.delete(key);
      return kept;
    }
    const own = callbacks.map((callback) => this.wrap(callback));
    if (remote && own.length > 0) this.pending.set(key, own);
    return own;
  }

  /** `urn` has these of its own, for what is registered below it. */
  remember(urn: string, own: Transform[]): void {
    if (own.length > 0) this.byResource.set(urn, own);
  }

  /** What runs besides the resource's own: its parents', innermost first, and the stack's. */
  inherited(parent: string, parentOf: (urn: string) => string | undefined): Transform[] {
    const found: Transform[] = [];
    if (this.byResource.size > 0)
      for (let urn: string | undefined = parent; urn; urn = parentOf(urn))
        found.push(...(this.byResource.get(urn) ?? []));
    return [...found, ...this.stack];
  }

  async invoke(
    token: string,
    args: PropertyMap,
    options: InvokeOptions,
  ): Promise<{ args: PropertyMap; options: InvokeOptions }> {
    let given = { args, options };
    for (const transform of this.invokes) given = await transform(token, given);
    return given;
  }

  private wrap(callback: Callback): Transform {
    const invoke = this.callbacks.function(callback);
    const receiver = { secrets: true, bytes: callback.getAcceptsByteString() };
    return async (subject, { props, options }) => {
      const request = new resourcePb.TransformRequest();
      request.setType(subject.type);
      request.setName(subject.name);
      request.setCustom(subject.custom);
      request.setParent(subject.parent);
      request.setProperties(encodeStruct(props, receiver));
      request.setOptions(optionsForTransform(options));
      const answer = resourcePb.TransformResponse.deserializeBinary(await invoke(request.serializeBinary()));
      return {
        props: answer.hasProperties() ? stillSecret(decodeStruct(answer.getProperties()), props) : props,
        options: answer.hasOptions() ? optionsOfTransform(answer.getOptions()!) : options,
      };
    };
  }

  private wrapInvoke(callback: Callback): InvokeTransform {
    const invoke: Invoke = this.callbacks.function(callback);
    const receiver = { secrets: true, bytes: callback.getAcceptsByteString() };
    return async (token, { args, options }) => {
      const request = new resourcePb.TransformInvokeRequest();
      request.setToken(token);
      request.setArgs(encodeStruct(args, receiver));
      const message = new resourcePb.TransformInvokeOptions();
      message.setProvider(options.provider ?? "");
      message.setVersion(options.version ?? "");
      message.setPluginDownloadUrl(options.pluginDownloadURL ?? "");
      for (const [platform, sum] of Object.entries(options.pluginChecksums))
        message.getPluginChecksumsMap().set(platform, Buffer.from(sum, "hex"));
      request.setOptions(message);
      const answer = resourcePb.TransformInvokeResponse.deserializeBinary(await invoke(request.serializeBinary()));
      const changed = answer.getOptions();
      return {
        args: answer.hasArgs() ? stillSecret(decodeStruct(answer.getArgs()), args) : args,
        options: changed
          ? {
              provider: changed.getProvider() || undefined,
              version: changed.getVersion() || undefined,
              pluginDownloadURL: changed.getPluginDownloadUrl() || undefined,
              pluginChecksums: checksumsOf(changed.getPluginChecksumsMap()),
            }
          : options,
      };
    };
  }
}

/**
 * A property that was secret stays secret, whatever a transform makes of it: an SDK that serves an inline program in a
 * process of its own answers with secrets in plain text (program-context.ts says why).
 */
function stillSecret(after: PropertyMap, before: PropertyMap): PropertyMap {
  const entries = Object.entries(after).map(([key, value]) => {
    const lost = hasSecret(before[key]) && !hasSecret(value);
    return [key, lost ? new Secret(value) : value] as const;
  });
  return Object.fromEntries(entries);
}
