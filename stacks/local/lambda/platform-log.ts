/**
 * What Lambda itself says of an environment: events, each with the level by which SystemLogLevel filters it, and the line
 * that it is in the function's log: INIT_START, START, END, REPORT as text, or the event as JSON.
 */

export interface PlatformInit {
  json: boolean;
  /** The function's SystemLogLevel; of JSON alone. */
  level?: string;
  functionName: string;
  /** `$LATEST` or a number. */
  version: string;
  runtime: string;
  runtimeVersionArn: string;
  initializationType: string;
}

type Status = "success" | "error" | "timeout";

/** How the runtime's part of an invocation ended. */
export interface RuntimeDone {
  requestId: string;
  traceId: string;
  durationMs: number;
  /** Of the answer; undefined where there was none. */
  producedBytes?: number | undefined;
  status: Status;
  errorType?: string | undefined;
}

export interface Report {
  requestId: string;
  traceId: string;
  durationMs: number;
  memoryMb: number;
  maxMemoryMb: number;
  initMs?: number | undefined;
  status: Status;
  errorType?: string | undefined;
}

export interface InitReport {
  phase: "init" | "invoke";
  durationMs: number;
  status: Status;
  errorType?: string | undefined;
}

export interface ExtensionState {
  name: string;
  state: string;
  events: string[];
  errorType?: string | undefined;
}

export interface PlatformEvent {
  /** Without `platform.`. */
  type: string;
  level: "DEBUG" | "INFO" | "WARN";
  /** Made only where somebody reads it. */
  record(): object;
  /** Its line in a log of text, where it has one. */
  text: string | null;
}

export interface PlatformLog {
  initStart(phase: "init" | "invoke"): PlatformEvent;
  initRuntimeDone(report: InitReport): PlatformEvent;
  initReport(report: InitReport): PlatformEvent;
  start(requestId: string, traceId: string): PlatformEvent;
  runtimeDone(done: RuntimeDone): PlatformEvent;
  report(report: Report): PlatformEvent;
  extension(state: ExtensionState): PlatformEvent;
  subscription(name: string, types: string[]): PlatformEvent;
  dropped(events: number, bytes: number): PlatformEvent;
  /** The event as the function's log has it; null where it has none of it. */
  line(event: PlatformEvent, now: () => string): string | null;
}

const levels = ["DEBUG", "INFO", "WARN"];

export function platformLog(init: PlatformInit): PlatformLog {
  const { json, functionName, version, runtime, runtimeVersionArn, initializationType } = init;
  const lowest = levels.indexOf(init.level ?? "INFO");
  return {
    initStart: (phase) => ({
      ...{ type: "initStart", level: "INFO" },
      record: () => ({
        ...{ initializationType, phase, runtimeVersion: runtimeVersion(runtime), runtimeVersionArn },
        ...{ functionName, functionVersion: version },
      }),
      text:
        phase === "init"
          ? `INIT_START Runtime Version: ${runtimeVersion(runtime)}\tRuntime Version ARN: ${runtimeVersionArn}`
          : null,
    }),
    initRuntimeDone: ({ phase, status, errorType }) => ({
      ...{ type: "initRuntimeDone", level: by(status, "DEBUG"), text: null },
      record: () => ({ initializationType, phase, status, ...failure(status, errorType) }),
    }),
    initReport: ({ phase, durationMs, status, errorType }) => ({
      ...{ type: "initReport", level: by(status, initializationType === "on-demand" ? "DEBUG" : "INFO") },
      record: () => ({
        ...{ initializationType, phase, status, ...failure(status, errorType) },
        metrics: { durationMs: rounded(durationMs) },
      }),
      text:
        status === "success"
          ? null
          : [
              `INIT_REPORT Init Duration: ${milliseconds(durationMs)}`,
              `Phase: ${phase}`,
              ...statusParts(status, errorType),
            ].join("\t"),
    }),
    start: (requestId, traceId) => ({
      ...{ type: "start", level: "INFO" },
      record: () => ({ requestId, version, tracing: tracing(traceId) }),
      text: `START RequestId: ${requestId} Version: ${version}`,
    }),
    runtimeDone: ({ requestId, traceId, durationMs, producedBytes, status, errorType }) => ({
      ...{ type: "runtimeDone", level: by(status, "DEBUG") },
      record: () => ({
        ...{ requestId, status, ...failure(status, errorType) },
        metrics: { durationMs: rounded(durationMs), ...(producedBytes !== undefined && { producedBytes }) },
        tracing: tracing(traceId),
      }),
      text: `END RequestId: ${requestId}`,
    }),
    report: (report) => ({
      ...{ type: "report", level: by(report.status, "INFO"), text: json ? null : reportText(report) },
      record: () => reportRecord(report),
    }),
    extension: ({ name, state, events, errorType }) => ({
      ...{ type: "extension", level: errorType === undefined ? "INFO" : "WARN" },
      record: () => ({ name, state, events, ...(errorType !== undefined && { errorType }) }),
      text: `EXTENSION\tName: ${name}\tState: ${state}\tEvents: [${events.join(", ")}]${errorType === undefined ? "" : `\tError Type: ${errorType}`}`,
    }),
    subscription: (name, types) => ({
      ...{ type: "telemetrySubscription", level: "INFO" },
      record: () => ({ name, state: "Subscribed", types }),
      text: `TELEMETRY\tName: ${name}\tState: Subscribed\tTypes: [${types.join(", ")}]`,
    }),
    dropped: (droppedRecords, droppedBytes) => ({
      ...{ type: "logsDropped", level: "WARN", text: `LOGS_DROPPED ${dropWords(droppedRecords, droppedBytes)}` },
      record: () => ({ droppedBytes, droppedRecords, reason: dropWords(droppedRecords, droppedBytes) }),
    }),
    line(event, now) {
      if (!json) return event.text;
      if (levels.indexOf(event.level) < lowest) return null;
      return JSON.stringify({ time: now(), type: `platform.${event.type}`, record: event.record() });
    },
  };
}

/** What went well is worth less than what did not. */
function by(status: Status, well: "DEBUG" | "INFO"): PlatformEvent["level"] {
  return status === "success" ? well : "WARN";
}

function failure(status: Status, errorType: string | undefined): { errorType?: string } {
  return errorType && status === "error" ? { errorType } : {};
}

function statusParts(status: Status, errorType: string | undefined): string[] {
  if (status === "success") return [];
  return [`Status: ${status}`, ...(errorType && status === "error" ? [`Error Type: ${errorType}`] : [])];
}

const tracing = (value: string): object => ({ type: "X-Amzn-Trace-Id", value });

function reportText({ requestId, durationMs, memoryMb, maxMemoryMb, initMs, status, errorType }: Report): string {
  const parts = [
    `REPORT RequestId: ${requestId}`,
    `Duration: ${milliseconds(durationMs)}`,
    `Billed Duration: ${Math.ceil(durationMs + (initMs ?? 0))} ms`,
    `Memory Size: ${memoryMb} MB`,
    `Max Memory Used: ${maxMemoryMb} MB`,
    ...(initMs === undefined ? [] : [`Init Duration: ${milliseconds(initMs)}`]),
    ...statusParts(status, errorType),
  ];
  return `${parts.join("\t")}\t`;
}

function reportRecord(report: Report): object {
  const { requestId, traceId, durationMs, memoryMb, maxMemoryMb, initMs, status, errorType } = report;
  const metrics = {
    durationMs: rounded(durationMs),
    billedDurationMs: Math.ceil(durationMs + (initMs ?? 0)),
    memorySizeMB: memoryMb,
    maxMemoryUsedMB: maxMemoryMb,
    ...(initMs !== undefined && { initDurationMs: rounded(initMs) }),
  };
  return { requestId, metrics, tracing: tracing(traceId), status, ...failure(status, errorType) };
}

function dropWords(events: number, bytes: number): string {
  return `${events} log events with ${bytes} bytes were dropped: they came faster than they can be stored`;
}

/** `nodejs:24.v1`: there is one version of each runtime here. */
function runtimeVersion(runtime: string): string {
  const [, name, number] = /^([a-z]+)\.?(.*?)(?:\.x)?$/.exec(runtime)!;
  return `${name}:${number}.v1`;
}

/** Numbers as AWS prints them in REPORT lines. */
function milliseconds(ms: number): string {
  return `${ms.toFixed(2)} ms`;
}

function rounded(ms: number): number {
  return Number(ms.toFixed(3));
}
