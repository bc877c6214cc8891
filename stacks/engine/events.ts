/**
 * The event stream of an operation, in the shapes of Pulumi's own engine, and its short text for people. Secrets are
 * masked here, once: nothing leaves this file with one in it.
 */
import { appendFile } from "node:fs/promises";
import grpc from "@grpc/grpc-js";
import type { EventsClient } from "@pulumi/pulumi/proto/events_grpc_pb.js";
import eventsGrpc from "@pulumi/pulumi/proto/events_grpc_pb.js";
import eventsPb from "@pulumi/pulumi/proto/events_pb.js";
import type { Clock } from "./clock.ts";
import { messageOf } from "./diagnosis.ts";
import type { ResourceState } from "./state/resource.ts";
import type { Changes, Step } from "./step.ts";
import { parseUrn } from "./urn.ts";
import { toDisplay } from "./values.ts";
import { unknownText } from "./wire.ts";

const masked = "[secret]";
export type Severity = "debug" | "info" | "info#err" | "warning" | "error";

export interface Diagnostic {
  severity: Severity;
  message: string;
  urn?: string;
  ephemeral?: boolean;
  streamId?: number;
}

/** Where encoded events go. */
export interface EventTarget {
  write(line: string): void;
  /** Resolves when the receiver has all of them. */
  end(): Promise<void>;
}

/** `tcp://HOST:PORT` (the SDK's server) or a file; undefined: nobody listens. */
export function openTarget(address: string | undefined): EventTarget {
  if (!address) return { write: () => undefined, end: async () => undefined };
  return address.startsWith("tcp://") ? grpcTarget(address.slice("tcp://".length)) : fileTarget(address);
}

function grpcTarget(address: string): EventTarget {
  const client: EventsClient = new eventsGrpc.EventsClient(address, grpc.credentials.createInsecure());
  let settle: (error: Error | null) => void = () => undefined;
  const received = new Promise<Error | null>((resolve) => {
    settle = resolve;
  });
  const call = client.streamEvents((error) => settle(error));
  return {
    write: (line) => {
      const request = new eventsPb.EventRequest();
      request.setEvent(line);
      call.write(request);
    },
    end: async () => {
      call.end();
      await received;
      client.close();
    },
  };
}

function fileTarget(path: string): EventTarget {
  let tail: Promise<void> = Promise.resolve();
  return {
    write: (line) => {
      tail = tail.then(() => appendFile(path, `${line}\n`));
    },
    end: () => tail,
  };
}

export class Events {
  readonly changes: Changes = {};
  hasErrors = false;
  private sequence = 0;
  private readonly started: number;
  private readonly target: EventTarget;
  private readonly print: (text: string) => void;
  private readonly clock: Clock;
  private readonly preview: boolean;

  constructor(init: { target: EventTarget; print: (text: string) => void; clock: Clock; preview: boolean }) {
    this.target = init.target;
    this.print = init.print;
    this.clock = init.clock;
    this.preview = init.preview;
    this.started = init.clock.now();
  }

  prelude(config: { [key: string]: string }): void {
    this.emit({ preludeEvent: { config } });
  }

  /** A step begins. */
  before(step: Step): void {
    if (step.logical && !step.uncounted && step.op !== "refresh") this.count(step.op);
    this.emit({ resourcePreEvent: { metadata: metadataOf(step), planning: this.preview } });
    if (step.op !== "same") this.print(` ${sign(step.op)} ${label(step.urn)} ${step.op}\n`);
  }

  /** A step is over; for components, once their outputs are known. */
  after(step: Step): void {
    this.emit({ resOutputsEvent: { metadata: metadataOf(step), planning: this.preview } });
  }

  failed(step: Step, unclear: boolean): void {
    this.emit({ resOpFailedEvent: { metadata: metadataOf(step), status: unclear ? 2 : 1, steps: 0 } });
  }

  count(op: string): void {
    this.changes[op] = (this.changes[op] ?? 0) + 1;
  }

  diagnostic(diagnostic: Diagnostic): void {
    const { severity, message, urn, ephemeral, streamId } = diagnostic;
    if (severity === "error") this.hasErrors = true;
    const prefix = severity === "error" || severity === "warning" ? `${severity}: ` : undefined;
    const text = message.endsWith("\n") ? message : `${message}\n`;
    this.emit({
      diagnosticEvent: {
        ...(urn ? { urn } : {}),
        ...(prefix ? { prefix } : {}),
        message: text,
        color: "never",
        severity,
        ...(streamId ? { streamID: streamId } : {}),
        ...(ephemeral ? { ephemeral } : {}),
      },
    });
    if (!ephemeral && severity !== "debug") this.print(`${urn ? `    ${label(urn)}: ` : "    "}${prefix ?? ""}${text}`);
  }

  /** A part of the program waits for a debugger; `config` is how to attach one. */
  debugging(config: { [key: string]: unknown }): void {
    this.emit({ startDebuggingEvent: { config } });
  }

  summary(result: "succeeded" | "failed" | "canceled", maybeCorrupt: boolean): void {
    const durationSeconds = Math.round((this.clock.now() - this.started) / 1000);
    this.emit({
      summaryEvent: {
        maybeCorrupt,
        durationSeconds,
        resourceChanges: this.changes,
        PolicyPacks: {},
        isPreview: this.preview,
        result,
      },
    });
    this.print(`\nResources:\n${changesText(this.changes, this.preview)}\nDuration: ${durationSeconds}s\n`);
  }

  async end(): Promise<void> {
    this.emit({ cancelEvent: {} });
    await this.target.end();
  }

  private emit(payload: object): void {
    const timestamp = Math.floor(this.clock.now() / 1000);
    this.target.write(JSON.stringify({ sequence: this.sequence++, timestamp, ...payload }));
  }
}

function changesText(changes: Changes, preview: boolean): string {
  const past: { [op: string]: string } = {
    create: "created",
    update: "updated",
    delete: "deleted",
    replace: "replaced",
    same: "unchanged",
    import: "imported",
  };
  const lines = Object.entries(changes).map(
    ([op, n]) => `    ${sign(op)} ${n} ${preview && op !== "same" ? `to ${op}` : (past[op] ?? op)}`,
  );
  return `${lines.join("\n")}\n`;
}

function sign(op: string): string {
  if (op.startsWith("create") || op === "import") return "+";
  if (op.startsWith("delete") || op.startsWith("discard")) return "-";
  if (op === "update") return "~";
  return op === "replace" ? "+-" : " ";
}

function label(urn: string): string {
  const parts = parseUrn(urn);
  return parts ? `${parts.type} ${parts.name}` : urn;
}

function metadataOf(step: Step): object {
  const diff = step.diff;
  return {
    op: step.op,
    urn: step.urn,
    type: step.type,
    old: step.old ? stateOf(step.old) : null,
    new: step.new ? stateOf(step.new) : null,
    ...(diff && diff.replaces.length > 0 ? { keys: diff.replaces } : {}),
    ...(diff && diff.diffs.length > 0 ? { diffs: diff.diffs } : {}),
    detailedDiff: diff?.detailedDiff
      ? Object.fromEntries(
          Object.entries(diff.detailedDiff).map(([path, { kind, inputDiff }]) => [path, { diffKind: kind, inputDiff }]),
        )
      : null,
    ...(step.logical ? { logical: true } : {}),
    provider: (step.new ?? step.old)?.provider ?? "",
  };
}

function stateOf(state: ResourceState): object {
  return {
    type: state.type,
    urn: state.urn,
    ...(state.custom ? { custom: true } : {}),
    ...(state.delete ? { delete: true } : {}),
    id: state.id ?? "",
    parent: state.parent ?? "",
    ...(state.protect ? { protect: true } : {}),
    ...(state.taint ? { taint: true } : {}),
    ...(state.external ? { external: true } : {}),
    ...(state.retainOnDelete ? { retainOnDelete: true } : {}),
    inputs: toDisplay(state.inputs, unknownText, masked),
    outputs: toDisplay(state.outputs, unknownText, masked),
    provider: state.provider ?? "",
    ...(state.initErrors?.length ? { initErrors: state.initErrors } : {}),
    ...(state.hideDiff?.length ? { hideDiffs: state.hideDiff } : {}),
  };
}

/** For logs of the operation itself: never throws. */
export function describe(cause: unknown): string {
  return messageOf(cause).trim() || "unknown error";
}
