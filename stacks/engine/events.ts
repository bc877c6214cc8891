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
import { type Changes, isInternal, type Step } from "./deployment/step.ts";
import { messageOf } from "./diagnosis.ts";
import { changeLines } from "./display.ts";
import { mapToJson } from "./state/property-json.ts";
import type { ResourceState } from "./state/resource.ts";
import { parseUrn } from "./values/urn.ts";
import { equalMaps } from "./values/values.ts";

export type Severity = "debug" | "info" | "info#err" | "warning" | "error";

export interface Diagnostic {
  severity: Severity;
  message: string;
  urn?: string;
  ephemeral?: boolean;
  streamId?: number;
}

const prefixed = new Set<Severity>(["error", "warning", "debug"]);

/** Where encoded events go. */
export interface EventTarget {
  write(line: string): void;
  /** Nobody listens: nothing need be put together. */
  readonly silent?: boolean;
  /** Resolves when the receiver has all of them. */
  end(): Promise<void>;
}

/** `tcp://HOST:PORT` (the SDK's server) or a file; undefined: nobody listens. */
export function openTarget(address: string | undefined): EventTarget {
  if (!address) return { silent: true, write: () => undefined, end: async () => undefined };
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

/** What is known of a failed step: it left things as they were, half done, or nobody knows. */
export type FailureStatus = "clean" | "partial" | "unknown";
const statusCodes: { [status in FailureStatus]: number } = { clean: 0, partial: 1, unknown: 2 };

/** Throws Diagnosis to refuse the step. */
export interface StepWatcher {
  before(step: Step): void;
  after(step: Step): void;
}

export class Events {
  readonly changes: Changes = {};
  /** Something was said to be wrong that no step is behind: a program's own error. */
  hasErrors = false;
  /** A step failed, or would. */
  hasFailures = false;
  private steps = 0;
  /** Sees every step before the world does. */
  watcher: StepWatcher | undefined;
  private sequence = 0;
  private readonly started: number;
  private readonly target: EventTarget;
  private readonly print: (text: string) => void;
  private readonly clock: Clock;
  private readonly preview: boolean;
  private readonly refreshing: boolean;
  /** Whether anybody asked for what is for developers. */
  readonly debug: boolean;
  private readonly diff: boolean;

  /** `refreshing`: the operation is a refresh, whose steps count as what they found. */
  constructor(init: {
    target: EventTarget;
    print: (text: string) => void;
    clock: Clock;
    preview: boolean;
    refreshing?: boolean;
    debug?: boolean;
    /** Whether the text says what changes in each resource. */
    diff?: boolean;
  }) {
    this.target = init.target;
    this.print = init.print;
    this.clock = init.clock;
    this.preview = init.preview;
    this.refreshing = init.refreshing ?? false;
    this.debug = init.debug ?? false;
    this.diff = init.diff ?? false;
    this.started = init.clock.now();
  }

  prelude(config: { [key: string]: string }): void {
    this.emit(`"preludeEvent":${JSON.stringify({ config })}`);
  }

  /** A step begins. Throws when the watcher does not allow it. */
  before(step: Step): void {
    this.watcher?.before(step);
    this.emitStep("resourcePreEvent", step, step.op);
    if (step.op === "same" || step.op === "refresh") return;
    this.print(` ${sign(step.op)} ${label(step.urn)} ${step.op}\n${this.diff ? changeLines(step) : ""}`);
  }

  /** A step is over. A component's outputs come later, with `outputs`. */
  after(step: Step): void {
    if ((step.new ?? step.old)?.custom) this.watcher?.after(step);
    const op = this.refreshing && step.op === "refresh" ? (step.resultOp ?? "same") : step.op;
    if (this.counts(step) && !isInternal(step)) this.count(op);
    const custom = (step.new ?? step.old)?.custom === true;
    if (this.preview || custom || step.op === "delete" || step.op === "refresh")
      this.emitStep("resOutputsEvent", step, op);
  }

  /** A registered resource has its outputs. */
  outputs(step: Step): void {
    this.watcher?.after(step);
    this.emitStep("resOutputsEvent", step, step.op);
  }

  private counts(step: Step): boolean {
    if (step.op === "refresh") return this.refreshing;
    // Looking at what has not changed is not worth a line.
    if (step.op === "read")
      return step.old !== undefined && step.new !== undefined && !equalMaps(step.old.outputs, step.new.outputs);
    return step.logical;
  }

  failed(step: Step, message: string, status: FailureStatus): void {
    this.hasFailures = true;
    const urn = isInternal(step) ? undefined : step.urn;
    if (this.preview) {
      this.say({ severity: "error", message: `Preview failed: ${message}`, urn });
      return;
    }
    this.say({ severity: "error", message, urn });
    const metadata = this.metadata(step, step.op, status === "partial" ? step.new : halted(step));
    this.emit(`"resOpFailedEvent":{"metadata":${metadata},"status":${statusCodes[status]},"steps":${this.steps}}`);
  }

  count(op: string): void {
    this.steps++;
    this.changes[op] = (this.changes[op] ?? 0) + 1;
  }

  /** What would fail: a preview says so and goes on to show the rest. */
  problem(message: string, urn?: string): void {
    this.hasFailures = true;
    this.say({ severity: "error", message, urn });
  }

  diagnostic(diagnostic: Diagnostic): void {
    if (diagnostic.severity === "error") this.hasErrors = true;
    this.say(diagnostic);
  }

  private say({ severity, message, urn, ephemeral, streamId }: Diagnostic): void {
    if (severity === "debug" && !this.debug) return;
    const prefix = prefixed.has(severity) ? `${severity}: ` : undefined;
    const text = message.endsWith("\n") ? message : `${message}\n`;
    const event = {
      ...(urn ? { urn } : {}),
      ...(prefix ? { prefix } : {}),
      message: text,
      color: "never",
      severity,
      ...(streamId ? { streamID: streamId } : {}),
      ...(ephemeral ? { ephemeral } : {}),
    };
    this.emit(`"diagnosticEvent":${JSON.stringify(event)}`);
    if (!ephemeral) this.print(`${urn ? `    ${label(urn)}: ` : "    "}${prefix ?? ""}${text}`);
  }

  /** A part of the program waits for a debugger; `config` is how to attach one. */
  debugging(config: { [key: string]: unknown }): void {
    this.emit(`"startDebuggingEvent":${JSON.stringify({ config })}`);
  }

  summary(result: "succeeded" | "failed" | "canceled", maybeCorrupt: boolean): void {
    const durationSeconds = Math.round((this.clock.now() - this.started) / 1000);
    const event = {
      maybeCorrupt,
      durationSeconds,
      resourceChanges: this.changes,
      PolicyPacks: {},
      isPreview: this.preview,
      result,
    };
    this.emit(`"summaryEvent":${JSON.stringify(event)}`);
    this.print(`\nResources:\n${changesText(this.changes, this.preview)}\nDuration: ${durationSeconds}s\n`);
  }

  async end(): Promise<void> {
    this.emit('"cancelEvent":{}');
    await this.target.end();
  }

  private emitStep(kind: "resourcePreEvent" | "resOutputsEvent", step: Step, op: string): void {
    if (this.target.silent) return;
    const next = kind === "resourcePreEvent" ? begun(step) : step.new;
    this.emit(`"${kind}":{"metadata":${this.metadata(step, op, next)}${this.preview ? ',"planning":true' : ""}}`);
  }

  /** `payload`: one JSON member. */
  private emit(payload: string): void {
    const timestamp = Math.floor(this.clock.now() / 1000);
    this.target.write(`{"sequence":${this.sequence++},"timestamp":${timestamp},${payload}}`);
  }

  /** `next`: the new state as far as it is there. */
  private metadata(step: Step, op: string, next: ResourceState | undefined): string {
    const { diff } = step;
    const head = JSON.stringify({ op, urn: step.urn, type: step.type });
    const tail = JSON.stringify({
      ...(diff && diff.replaces.length > 0 ? { keys: diff.replaces } : {}),
      ...(diff && diff.diffs.length > 0 ? { diffs: diff.diffs } : {}),
      detailedDiff: detailOf(step),
      ...(step.logical ? { logical: true } : {}),
      provider: (step.new ?? step.old)?.provider ?? "",
    });
    return `${head.slice(0, -1)},"old":${textOf(step, step.old)},"new":${textOf(step, next)},${tail.slice(1)}`;
  }
}

/** A state is shown up to four times by one step, and does not change. */
function textOf(step: Step, state: ResourceState | undefined): string {
  if (!state) return "null";
  step.texts ??= new Map();
  let text = step.texts.get(state);
  if (text === undefined) {
    text = JSON.stringify(stateOf(state));
    step.texts.set(state, text);
  }
  return text;
}

/** Shown as they are from the beginning: they are there, or say what is looked at. */
const thereAlready = new Set<string>(["read", "read-replacement", "refresh", "replace"]);

/** What a step makes has neither id nor outputs when it begins. */
function begun({ op, new: next }: Step): ResourceState | undefined {
  return next && !thereAlready.has(op) ? { ...next, id: undefined, outputs: {} } : next;
}

/** What a failed step would have made; only an update's resource is there. */
function halted({ op, new: next }: Step): ResourceState | undefined {
  if (!next || thereAlready.has(op)) return next;
  return { ...next, id: op === "update" ? next.id : undefined, outputs: {} };
}

function detailOf({ diff }: Step): object | null {
  if (!diff?.detailedDiff) return null;
  const entries = Object.entries(diff.detailedDiff);
  return Object.fromEntries(entries.map(([path, { kind, inputDiff }]) => [path, { diffKind: kind, inputDiff }]));
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
    inputs: mapToJson(state.inputs, { kind: "event" }),
    outputs: mapToJson(state.outputs, { kind: "event" }),
    provider: state.provider ?? "",
    ...(state.initErrors?.length ? { initErrors: state.initErrors } : {}),
    ...(state.hideDiff?.length ? { hideDiffs: state.hideDiff } : {}),
  };
}

/** For logs of the operation itself: never throws. */
export function describe(cause: unknown): string {
  return messageOf(cause).trim() || "unknown error";
}
