/**
 * Failures between an engine and a plugin: gRPC codes, and the details that go with them as protobuf in a trailer. Both
 * directions, so that a failure of a served provider arrives as what was thrown.
 */
import grpc from "@grpc/grpc-js";
import errorsPb from "@pulumi/pulumi/proto/errors_pb.js";
import providerPb from "@pulumi/pulumi/proto/provider_pb.js";
import statusPb from "@pulumi/pulumi/proto/status_pb.js";
import anyPb from "google-protobuf/google/protobuf/any_pb.js";
import { messageOf } from "../diagnosis.ts";
import { PartialFailure, UnclearFailure } from "../provider.ts";
import type { PropertyMap } from "../value.ts";
import { decodeStruct } from "../values/wire.ts";
import { encodeFor, type Understood } from "./properties.ts";

const trailer = "grpc-status-details-bin";

/** Answers of these codes leave in doubt what the provider did; Pulumi's engine marks its state as possibly wrong. */
const unclear = new Set<grpc.status>([grpc.status.INTERNAL, grpc.status.DATA_LOSS, grpc.status.UNKNOWN]);

/** What a plugin's failed call means. `inputs` are those of a resource that was created all the same. */
export function failureOf(error: grpc.ServiceError, inputs: PropertyMap = {}): Error {
  const said = sanitized(error.details || error.message);
  let message = said;
  for (const [name, bytes] of detailsOf(error)) {
    if (name === "pulumirpc.ErrorResourceInitFailed") return partialFailure(bytes, inputs);
    if (name === "pulumirpc.ConfigureErrorMissingKeys") return new Error(missingKeys(bytes));
    if (name === "pulumirpc.ErrorCause")
      message = `${said}: ${sanitized(errorsPb.ErrorCause.deserializeBinary(bytes).getMessage())}`;
    if (name === "pulumirpc.InputPropertiesError") message = `${said}${inputErrors(bytes)}`;
  }
  return unclear.has(error.code) ? new UnclearFailure(message, false) : new Error(message);
}

function detailsOf(error: grpc.ServiceError): [name: string, bytes: Uint8Array][] {
  const [raw] = error.metadata?.get(trailer) ?? [];
  if (!(raw instanceof Uint8Array)) return [];
  // A Buffer is no Uint8Array to this library.
  const status = statusPb.Status.deserializeBinary(new Uint8Array(raw));
  return status.getDetailsList().map((any) => [any.getTypeName(), any.getValue_asU8()]);
}

function partialFailure(bytes: Uint8Array, inputs: PropertyMap): PartialFailure {
  const detail = providerPb.ErrorResourceInitFailed.deserializeBinary(bytes);
  const live = detail.getInputs();
  return new PartialFailure({
    id: detail.getId(),
    outputs: decodeStruct(detail.getProperties()),
    inputs: live ? decodeStruct(live) : inputs,
    reasons: detail.getReasonsList().map(sanitized),
  });
}

function missingKeys(bytes: Uint8Array): string {
  const keys = providerPb.ConfigureErrorMissingKeys.deserializeBinary(bytes).getMissingkeysList();
  return keys
    .map(
      (key) =>
        `missing required configuration key "${key.getName()}": ${sanitized(key.getDescription())}\n` +
        `Set a value using the command \`pulumi config set ${key.getName()} <value>\`.`,
    )
    .join("\n");
}

function inputErrors(bytes: Uint8Array): string {
  const errors = errorsPb.InputPropertiesError.deserializeBinary(bytes).getErrorsList();
  return errors.map((one) => `\n  property ${one.getPropertyPath()}: ${sanitized(one.getReason())}`).join("");
}

/** What is thrown, as a gRPC answer. */
export function statusOf(cause: unknown, understood: Understood): Partial<grpc.StatusObject> {
  if (cause instanceof PartialFailure) return initFailed(cause, understood);
  return { code: codeOf(cause), details: messageOf(cause) };
}

function codeOf(cause: unknown): grpc.status {
  if (cause instanceof UnclearFailure) return grpc.status.UNKNOWN;
  if (cause instanceof Refusal) return cause.code;
  if (cause instanceof Error && cause.name === "AbortError") return grpc.status.CANCELLED;
  // The provider has said what happened: the state is not in doubt.
  return grpc.status.FAILED_PRECONDITION;
}

/** What a served provider does not do, or not in this order. */
export class Refusal extends Error {
  readonly code: grpc.status;
  constructor(message: string, code: grpc.status = grpc.status.UNIMPLEMENTED) {
    super(message);
    this.code = code;
  }
}

function initFailed(cause: PartialFailure, understood: Understood): Partial<grpc.StatusObject> {
  const detail = new providerPb.ErrorResourceInitFailed()
    .setId(cause.id)
    .setProperties(encodeFor(cause.outputs, understood))
    .setInputs(encodeFor(cause.inputs, understood))
    .setReasonsList(cause.reasons);
  const any = new anyPb.Any();
  any.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new statusPb.Status().setCode(grpc.status.UNKNOWN).setMessage(cause.message).setDetailsList([any]);
  const metadata = new grpc.Metadata();
  metadata.set(trailer, Buffer.from(status.serializeBinary()));
  return { code: grpc.status.UNKNOWN, details: cause.message, metadata };
}

/** Text of another program's: without terminal controls, and not endless. */
export function sanitized(text: string): string {
  const shown = text
    .replace(/\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(\x07|\x1b\\)/g, "")
    .replace(/[^\P{Cc}\n\t]/gu, "");
  return shown.length > 16_384 ? `${shown.slice(0, 16_384)} ...` : shown;
}
