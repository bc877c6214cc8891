/**
 * What Lambda itself says in a function's log: INIT_START, START, END, REPORT as text, or JSON events, each with the
 * level by which SystemLogLevel filters it.
 */

export interface PlatformInit {
  json: boolean;
  /** The function's SystemLogLevel; of JSON alone. */
  level?: string;
  /** `$LATEST` or a number. */
  version: string;
  runtime: string;
  runtimeVersionArn: string;
  initializationType: string;
}

export interface Report {
  requestId: string;
  durationMs: number;
  memoryMb: number;
  maxMemoryMb: number;
  initMs?: number;
  status: "success" | "error" | "timeout";
  errorType?: string;
}

export interface InitReport {
  phase: "init" | "invoke";
  durationMs: number;
  status: "success" | "error" | "timeout";
  errorType?: string;
}

export interface PlatformLog {
  initStart(phase: "init" | "invoke", now: IsoTime): string[];
  initReport(report: InitReport, now: IsoTime): string[];
  start(requestId: string, now: IsoTime): string[];
  /** END and REPORT. */
  report(report: Report, now: IsoTime): string[];
  dropped(events: number, bytes: number, now: IsoTime): string;
}

/** Asked only where a line has it: text has none. */
type IsoTime = () => string;

const levels = ["DEBUG", "INFO", "WARN"];

export function platformLog(init: PlatformInit): PlatformLog {
  return init.json ? jsonLog(init) : textLog(init);
}

function textLog({ version, runtime, runtimeVersionArn }: PlatformInit): PlatformLog {
  return {
    initStart: (phase) =>
      phase === "init"
        ? [`INIT_START Runtime Version: ${runtimeVersion(runtime)}\tRuntime Version ARN: ${runtimeVersionArn}`]
        : [],
    initReport({ phase, durationMs, status, errorType }) {
      if (status === "success") return [];
      const parts = [`INIT_REPORT Init Duration: ${milliseconds(durationMs)}`, `Phase: ${phase}`, `Status: ${status}`];
      if (errorType && status === "error") parts.push(`Error Type: ${errorType}`);
      return [parts.join("\t")];
    },
    start: (requestId) => [`START RequestId: ${requestId} Version: ${version}`],
    report({ requestId, durationMs, memoryMb, maxMemoryMb, initMs, status, errorType }) {
      const parts = [
        `REPORT RequestId: ${requestId}`,
        `Duration: ${milliseconds(durationMs)}`,
        `Billed Duration: ${Math.ceil(durationMs + (initMs ?? 0))} ms`,
        `Memory Size: ${memoryMb} MB`,
        `Max Memory Used: ${maxMemoryMb} MB`,
      ];
      if (initMs !== undefined) parts.push(`Init Duration: ${milliseconds(initMs)}`);
      if (status !== "success") parts.push(`Status: ${status}`);
      if (errorType && status === "error") parts.push(`Error Type: ${errorType}`);
      return [`END RequestId: ${requestId}`, `${parts.join("\t")}\t`];
    },
    dropped: (events, bytes) => `LOGS_DROPPED ${dropWords(events, bytes)}`,
  };
}

function jsonLog(init: PlatformInit): PlatformLog {
  const { version, runtime, runtimeVersionArn, initializationType } = init;
  const lowest = levels.indexOf(init.level ?? "INFO");
  const event = (level: string, time: IsoTime, type: string, record: object): string[] =>
    levels.indexOf(level) < lowest ? [] : [JSON.stringify({ time: time(), type: `platform.${type}`, record })];
  /** What went well is worth less than what did not. */
  const by = (status: string, well: string): string => (status === "success" ? well : "WARN");
  return {
    initStart: (phase, now) =>
      event("INFO", now, "initStart", {
        ...{ initializationType, phase, runtimeVersion: runtimeVersion(runtime), runtimeVersionArn },
      }),
    initReport({ phase, durationMs, status, errorType }, now) {
      const record = { initializationType, phase, status, ...(errorType && status === "error" && { errorType }) };
      return [
        ...event(by(status, "DEBUG"), now, "initRuntimeDone", record),
        ...event(by(status, initializationType === "on-demand" ? "DEBUG" : "INFO"), now, "initReport", {
          ...record,
          metrics: { durationMs: rounded(durationMs) },
        }),
      ];
    },
    start: (requestId, now) => event("INFO", now, "start", { requestId, version }),
    report({ requestId, durationMs, memoryMb, maxMemoryMb, initMs, status, errorType }, now) {
      const failure = errorType && status === "error" ? { errorType } : {};
      const metrics = {
        durationMs: rounded(durationMs),
        billedDurationMs: Math.ceil(durationMs + (initMs ?? 0)),
        memorySizeMB: memoryMb,
        maxMemoryUsedMB: maxMemoryMb,
        ...(initMs !== undefined && { initDurationMs: rounded(initMs) }),
      };
      return [
        ...event(by(status, "DEBUG"), now, "runtimeDone", {
          ...{ requestId, status, ...failure, metrics: { durationMs: rounded(durationMs) } },
        }),
        ...event(by(status, "INFO"), now, "report", { requestId, metrics, status, ...failure }),
      ];
    },
    dropped: (droppedRecords, droppedBytes, time) =>
      JSON.stringify({
        ...{ time: time(), type: "platform.logsDropped" },
        record: { droppedBytes, droppedRecords, reason: dropWords(droppedRecords, droppedBytes) },
      }),
  };
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
