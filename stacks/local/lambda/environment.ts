/**
 * One execution environment: a process that answers one invocation at a time over the Runtime API. Ends it at the
 * timeout, tells how it died in AWS's words, and turns what it prints into log events. Knows no pool and no caller.
 */
import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import { errorJson, exitJson, exitReason, withoutStackTrace } from "./deaths.ts";
import { LogBuffer } from "./log-buffer.ts";
import { endLines, type LogEvent, readOutput, startLine } from "./output.ts";
import type { VersionRecord } from "./records.ts";
import type { RuntimeApi, RuntimePeer } from "./runtime-api.ts";
import { CannotStart } from "./spawn.ts";

export interface Invocation {
  requestId: string;
  payload: Buffer | string;
  /** The ARN as the caller named it, with its qualifier. */
  arn: string;
  traceId: string;
  /** JSON, from X-Amz-Client-Context. */
  clientContext?: string;
  /** Whether the answer waits for the invocation's log lines (LogType=Tail). */
  tail: boolean;
}

export type Answer =
  | {
      kind: "reply";
      streamed: boolean;
      contentType: string;
      body: Readable;
      lengthBytes: number | undefined;
      log(): Promise<string>;
    }
  | { kind: "error"; errorType: string; body: Buffer; log(): Promise<string> };

export interface EnvironmentInit {
  functionName: string;
  version: VersionRecord;
  api: RuntimeApi;
  /** Starts the process, given what its AWS_LAMBDA_RUNTIME_API and log stream are. */
  spawn(address: string, logStream: string): Promise<ChildProcess>;
  writeLogs(stream: string, events: LogEvent[]): void;
  now(): number;
  onReady(): void;
  /** The invocation is over and the process waits for the next. */
  onFree(): void;
  /** Init failed before the first invocation; the process is gone or going. */
  onInitFailure(errorType: string, body: Buffer): void;
  onGone(): void;
}

interface Current extends Invocation {
  startedAt: number;
  timer: NodeJS.Timeout;
  memoryTimer: NodeJS.Timeout;
  answered: boolean;
  resolve(answer: Answer): void;
  stream: IncomingMessage | null;
  lines: string[];
  logDone: PromiseWithResolvers<void>;
  /** Its last output has been read. */
  marked: boolean;
  status: "success" | "error" | "timeout";
  errorType?: string;
}

export interface Environment {
  readonly logStream: string;
  /** Monotonic milliseconds since it became free; 0 while busy. */
  readonly idleSince: number;
  /** It has answered whole and will be free in a moment. */
  readonly finishing: boolean;
  start(): void;
  /** Only when free. */
  invoke(invocation: Invocation): Promise<Answer>;
  kill(): void;
  flushLogs(): void;
}

const initLimitMs = 10_000;
const markLimitMs = 100;
const memoryWatchMs = 200;
/** What a Node process has before any code of a function runs counts less here than on AWS's smaller runtime. */
const memoryAllowanceMb = 96;

export function createEnvironment(init: EnvironmentInit): Environment {
  return new RunningEnvironment(init);
}

class RunningEnvironment implements Environment, RuntimePeer {
  readonly logStream: string;
  idleSince = 0;
  readonly #init: EnvironmentInit;
  readonly #json: boolean;
  /** Our runtime clients mark the end of an invocation's output; custom runtimes do not. */
  readonly #marks: boolean;
  #markTimer: NodeJS.Timeout | null = null;
  readonly #door: { address: string; close(): void };
  #child: ChildProcess | null = null;
  #next: ServerResponse | null = null;
  #current: Current | null = null;
  #phase: "starting" | "ready" | "gone" = "starting";
  #spawnedAt = 0;
  #initMs: number | undefined;
  #initTimer: NodeJS.Timeout | null = null;
  #initError: { type: string; body: Buffer } | null = null;
  #maxRssKb = 0;
  #killed = false;
  readonly #events: LogBuffer;
  #output: { flush(): void }[] = [];

  constructor(init: EnvironmentInit) {
    this.#init = init;
    this.#json = init.version.logging.format === "JSON";
    this.#marks = !init.version.runtime.startsWith("provided");
    const day = new Date(init.now()).toISOString().slice(0, 10).replaceAll("-", "/");
    this.logStream = `${day}/[${init.version.version}]${randomBytes(16).toString("hex")}`;
    this.#events = new LogBuffer(
      () => init.now(),
      (events) => init.writeLogs(this.logStream, events),
    );
    this.#door = init.api.open(this);
  }

  get finishing(): boolean {
    return this.#current?.answered === true && this.#current.stream?.complete !== false;
  }

  start(): void {
    this.#spawnedAt = performance.now();
    this.#initTimer = setTimeout(() => this.#initTimedOut(), initLimitMs);
    this.#init.spawn(this.#door.address, this.logStream).then(
      (child) => this.#attach(child),
      (error: unknown) => {
        const type = error instanceof CannotStart ? error.errorType : "Runtime.ExitError";
        this.#initError ??= { type, body: errorJson(type, error instanceof Error ? error.message : String(error)) };
        this.#gone();
      },
    );
  }

  #attach(child: ChildProcess): void {
    this.#child = child;
    child.once("error", (error) => {
      this.#initError ??= {
        type: "Runtime.InvalidEntrypoint",
        body: errorJson("Runtime.InvalidEntrypoint", error.message),
      };
      this.#gone();
    });
    // "close", not "exit": what it printed last has been read by then.
    child.once("close", (code, signal) => this.#closed(code, signal));
    const onMessage = (message: string): void => this.#log(message);
    this.#output = [child.stdout!, child.stderr!].map((stream) =>
      readOutput(stream, onMessage, (requestId, maxRssKb) => this.#marked(requestId, maxRssKb)),
    );
    if (this.#killed) this.#killGroup();
  }

  invoke(invocation: Invocation): Promise<Answer> {
    const { version } = this.#init;
    const timeoutMs = version.timeoutSeconds * 1000;
    this.idleSince = 0;
    const { promise, resolve } = Promise.withResolvers<Answer>();
    this.#current = {
      ...invocation,
      startedAt: performance.now(),
      timer: setTimeout(() => this.#timedOut(), timeoutMs),
      memoryTimer: setInterval(() => void this.#watchMemory(), memoryWatchMs).unref(),
      answered: false,
      resolve,
      stream: null,
      lines: [],
      logDone: Promise.withResolvers<void>(),
      marked: false,
      status: "success",
    };
    this.#log(startLine(this.#json, invocation.requestId, version.version, this.#iso()));
    const next = this.#next!;
    this.#next = null;
    const headers: Record<string, string | number> = {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(invocation.payload),
      "lambda-runtime-aws-request-id": invocation.requestId,
      "lambda-runtime-deadline-ms": Math.floor(performance.timeOrigin + performance.now() + timeoutMs),
      "lambda-runtime-invoked-function-arn": invocation.arn,
      "lambda-runtime-trace-id": invocation.traceId,
    };
    if (invocation.clientContext) headers["lambda-runtime-client-context"] = invocation.clientContext;
    next.writeHead(200, headers);
    next.end(invocation.payload);
    return promise;
  }

  flushLogs(): void {
    this.#events.flush();
  }

  kill(): void {
    this.#killed = true;
    this.#killGroup();
  }

  onNext(response: ServerResponse): void {
    if (this.#phase === "gone" || this.#next) {
      response.destroy();
      return;
    }
    this.#next = response;
    if (this.#phase === "starting") {
      this.#phase = "ready";
      this.#initMs = performance.now() - this.#spawnedAt;
      clearTimeout(this.#initTimer!);
      this.idleSince = performance.now();
      this.#init.onReady();
      return;
    }
    this.#freeIfOver();
  }

  /**
   * Over is: answered, asked for the next (a runtime that asks on without an answer waits for its timeout), and its
   * output read, which comes through another pipe and is part of this invocation. The three come in any order.
   */
  #freeIfOver(): void {
    const current = this.#current;
    if (!current?.answered || !this.#next) return;
    if (current.marked || !this.#marks) this.#free(current);
    else this.#markTimer ??= setTimeout(() => this.#free(current), markLimitMs);
  }

  #free(current: Current): void {
    if (this.#current !== current || this.#phase === "gone") return;
    clearTimeout(this.#markTimer ?? undefined);
    this.#markTimer = null;
    this.#finish(current);
    this.idleSince = performance.now();
    this.#init.onFree();
  }

  onResponse(requestId: string, request: IncomingMessage): boolean {
    const current = this.#current;
    if (!current || current.requestId !== requestId || current.answered) return false;
    current.answered = true;
    current.stream = request;
    const length = request.headers["content-length"];
    current.resolve({
      kind: "reply",
      streamed: request.headers["lambda-runtime-function-response-mode"] === "streaming",
      contentType: request.headers["content-type"] ?? "application/octet-stream",
      body: request,
      lengthBytes: length === undefined ? undefined : Number(length),
      log: () => this.#tail(current),
    });
    return true;
  }

  onError(requestId: string, errorType: string, body: Buffer): boolean {
    const current = this.#current;
    if (!current || current.requestId !== requestId || current.answered) return false;
    this.#fail(current, errorType, body);
    this.#freeIfOver();
    return true;
  }

  onInitError(errorType: string, body: Buffer): void {
    this.#initError ??= { type: errorType, body: withoutStackTrace(body) };
  }

  #fail(current: Current, errorType: string, body: Buffer): void {
    current.answered = true;
    current.status = errorType === "Sandbox.Timedout" ? "timeout" : "error";
    current.errorType = errorType;
    current.resolve({ kind: "error", errorType, body, log: () => this.#tail(current) });
  }

  #timedOut(): void {
    const current = this.#current;
    if (!current) return;
    const { version } = this.#init;
    const sentence = `Task timed out after ${version.timeoutSeconds.toFixed(2)} seconds`;
    this.#log(`${this.#iso()} ${current.requestId} ${sentence}`);
    current.status = "timeout";
    if (!current.answered)
      this.#fail(current, "Sandbox.Timedout", exitJson("Sandbox.Timedout", current.requestId, sentence));
    current.stream?.destroy();
    this.kill();
  }

  /** Buffers and native memory know no --max-old-space-size; Lambda kills what is over its MemorySize, and so do we. */
  async #watchMemory(): Promise<void> {
    const usedMb = await residentMb(this.#child?.pid);
    if (usedMb === undefined) return;
    this.#maxRssKb = Math.max(this.#maxRssKb, usedMb * 1024);
    if (usedMb > this.#init.version.memoryMb + memoryAllowanceMb) this.kill();
  }

  #initTimedOut(): void {
    this.#initError ??= {
      type: "Sandbox.Timedout",
      body: errorJson("Sandbox.Timedout", `Init phase timed out after ${(initLimitMs / 1000).toFixed(2)} seconds`),
    };
    this.#log(`INIT_REPORT Init Duration: ${initLimitMs.toFixed(2)} ms\tPhase: init\tStatus: timeout`);
    this.kill();
  }

  #closed(code: number | null, signal: NodeJS.Signals | null): void {
    for (const output of this.#output) output.flush();
    const reason = exitReason(code, signal);
    const current = this.#current;
    if (current && !current.answered) {
      this.#log(`RequestId: ${current.requestId} Error: ${reason}`);
      this.#fail(current, "Runtime.ExitError", exitJson("Runtime.ExitError", current.requestId, reason));
    }
    this.#initError ??= { type: "Runtime.ExitError", body: errorJson("Runtime.ExitError", `Error: ${reason}`) };
    this.#gone();
  }

  #gone(): void {
    if (this.#phase === "gone") return;
    const { phase, current } = { phase: this.#phase, current: this.#current };
    this.#phase = "gone";
    this.#door.close();
    clearTimeout(this.#initTimer!);
    this.#killGroup();
    current?.stream?.destroy();
    if (current) this.#finish(current);
    this.#events.flush();
    if (phase === "starting") this.#init.onInitFailure(this.#initError!.type, this.#initError!.body);
    this.#init.onGone();
  }

  /** END and REPORT, once; the log is whole when the process has marked it or is gone. */
  #finish(current: Current): void {
    clearTimeout(current.timer);
    clearInterval(current.memoryTimer);
    this.#current = null;
    const report = {
      requestId: current.requestId,
      durationMs: performance.now() - current.startedAt,
      memoryMb: this.#init.version.memoryMb,
      maxMemoryMb: Math.ceil(this.#maxRssKb / 1024),
      status: current.status,
      ...(this.#initMs === undefined ? {} : { initMs: this.#initMs }),
      ...(current.errorType === undefined ? {} : { errorType: current.errorType }),
    };
    this.#initMs = undefined;
    const lines = endLines(this.#json, report, this.#iso());
    current.lines.push(...lines);
    for (const line of lines) this.#events.push(line);
    current.logDone.resolve();
  }

  #marked(requestId: string, maxRssKb: number): void {
    if (maxRssKb > this.#maxRssKb) this.#maxRssKb = maxRssKb;
    const current = this.#current;
    if (current?.requestId !== requestId) return;
    current.marked = true;
    this.#freeIfOver();
  }

  async #tail(current: Current): Promise<string> {
    await Promise.race([current.logDone.promise, new Promise((resolve) => setTimeout(resolve, 250).unref())]);
    return current.lines.join("\n");
  }

  #log(message: string): void {
    this.#current?.lines.push(message);
    if (this.#current && this.#current.lines.length > 1000) this.#current.lines.splice(0, 500);
    this.#events.push(message);
  }

  #killGroup(): void {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // No such group: it is gone already, or this system has none and the process stands alone.
      this.#child?.kill("SIGKILL");
    }
  }

  #iso(): string {
    return new Date(this.#init.now()).toISOString();
  }
}

/** Linux only; elsewhere the limit is V8's heap. */
async function residentMb(pid: number | undefined): Promise<number | undefined> {
  if (pid === undefined || process.platform !== "linux") return undefined;
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const match = /^VmRSS:\s+(\d+) kB/m.exec(status);
  return match ? Math.ceil(Number(match[1]) / 1024) : undefined;
}
