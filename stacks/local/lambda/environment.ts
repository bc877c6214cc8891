/**
 * One execution environment: a process that answers one invocation at a time over the Runtime API. Ends it at the
 * timeout, freezes it between calls, tells how it died in AWS's words, and turns what it prints into log events. Knows
 * no pool and no caller.
 */
import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import { errorJson, exitJson, exitReason, withoutStackTrace } from "./deaths.ts";
import { launchedBy } from "./extension-launcher.ts";
import { type ExtensionRequest, Extensions, refuse, type ShutdownReason } from "./extensions.ts";
import { type Answer, type Invocation, RunningInvocation, StreamFailure } from "./invocation.ts";
import { Journal } from "./journal.ts";
import { type LogEvent, readOutput } from "./output.ts";
import { ProcessGroup } from "./processes.ts";
import type { VersionRecord } from "./records.ts";
import type { RuntimeApi, RuntimePeer } from "./runtime-api.ts";
import type { BodyStream, Respond, RuntimeRequest } from "./runtime-http.ts";
import { CannotStart, memoryAllowanceMb, processLimit } from "./spawn.ts";

export interface InitFailure {
  errorType: string;
  body: Buffer;
  /** The process began: Lambda begins it once more within the invocation. */
  again: boolean;
}

export interface EnvironmentInit {
  functionName: string;
  accountId: string;
  version: VersionRecord;
  api: RuntimeApi;
  runtimeVersionArn: string;
  initializationType: string;
  /** Of the environment whose init failed before; a new one by default. */
  logStream?: string;
  /** The most that a streamed reply may have. */
  streamLimitBytes: number;
  /** A debugger may hold the process as long as it likes: no time limit. */
  debugged: boolean;
  /** Starts the process, given what its AWS_LAMBDA_RUNTIME_API and log stream are. */
  spawn(address: string, logStream: string): Promise<ChildProcess>;
  /** To a port of that process's own loopback. */
  connect(child: ChildProcess, port: number): Promise<Socket>;
  writeLogs(stream: string, events: LogEvent[]): void;
  now(): number;
  onReady(): void;
  /** The invocation is over and the process waits for the next. */
  onFree(): void;
  /** Init failed before the first invocation; the process is gone or going. */
  onInitFailure(failure: InitFailure): void;
  onGone(): void;
}

export interface Environment {
  readonly logStream: string;
  /** When it became free, by the cloud's clock; 0 while busy. */
  readonly idleSince: number;
  /** It has answered whole just now, and is likely to be free in a moment. */
  readonly finishing: boolean;
  start(): void;
  /** Begins the process within an invocation, whose timeout then is the limit of init, too. */
  startWith(invocation: Invocation): Promise<Answer>;
  /** Only when free. */
  invoke(invocation: Invocation): Promise<Answer>;
  kill(): void;
  flushLogs(): void;
}

const initLimitMs = 10_000;
/** From an answer to the question for the next: longer than that, the handler goes on with something. */
export const finishingMs = 50;
const memoryWatchMs = 200;
/** A look reads some forty files of /proc: where calls are shorter than its time, only so many ticks have one. */
const shortCallsTicks = 5;

export function createEnvironment(init: EnvironmentInit): Environment {
  return new RunningEnvironment(init);
}

class RunningEnvironment implements Environment, RuntimePeer {
  readonly logStream: string;
  idleSince = 0;
  readonly #init: EnvironmentInit;
  readonly #door: { address: string; close(): void };
  readonly #journal: Journal;
  #child: ChildProcess | null = null;
  #group: ProcessGroup | null = null;
  /** Null as long as none is there: most functions have none. */
  #extensions: Extensions | null = null;
  #next: Respond | null = null;
  #current: RunningInvocation | null = null;
  #phase: "starting" | "ready" | "gone" = "starting";
  #initPhase: "init" | "invoke" = "init";
  #initRuntimeDone = false;
  #spawnedAt = 0;
  #initMs: number | undefined;
  #initTimer: NodeJS.Timeout | undefined;
  /** One of each for all calls, set anew with each and left to run out: a timer a call costs as much as its log. */
  #timer: NodeJS.Timeout | undefined;
  #memoryTimer: NodeJS.Timeout | undefined;
  #shortTicks = 0;
  #initError: { type: string; body: Buffer } | null = null;
  #maxRssKb = 0;
  #killed = false;
  #output: { flush(): void }[] = [];

  constructor(init: EnvironmentInit) {
    this.#init = init;
    const { version, runtimeVersionArn, initializationType } = init;
    const { format, systemLevel } = version.logging;
    const day = new Date(init.now()).toISOString().slice(0, 10).replaceAll("-", "/");
    this.logStream = init.logStream ?? `${day}/[${version.version}]${randomBytes(16).toString("hex")}`;
    this.#journal = new Journal({
      ...{ json: format === "JSON", functionName: init.functionName, version: version.version },
      ...{ runtime: version.runtime, runtimeVersionArn, initializationType },
      ...(systemLevel !== undefined && { level: systemLevel }),
      now: () => init.now(),
      write: (events) => init.writeLogs(this.logStream, events),
      onLine: (line) => this.#current?.logged(line),
      connect: (port) => init.connect(this.#child!, port),
    });
    this.#door = init.api.open(this);
  }

  get finishing(): boolean {
    const current = this.#current;
    return current?.whole === true && !this.#killed && performance.now() - current.wholeAt < finishingMs;
  }

  start(): void {
    if (!this.#init.debugged) this.#initTimer = setTimeout(() => this.#initTimedOut(), initLimitMs);
    this.#begin();
  }

  startWith(invocation: Invocation): Promise<Answer> {
    this.#initPhase = "invoke";
    const answer = this.#take(invocation);
    this.#begin();
    return answer;
  }

  #begin(): void {
    this.#spawnedAt = performance.now();
    this.#journal.say(this.#journal.events.initStart(this.#initPhase));
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
    this.#group = new ProcessGroup(child);
    if (launchedBy(child)) this.#extensions = this.#extend(child);
    child.once("error", (error) => {
      const type = "Runtime.InvalidEntrypoint";
      this.#initError ??= { type, body: errorJson(type, error.message) };
      this.#gone();
    });
    // "close", not "exit": what it printed last has been read by then.
    child.once("close", (code, signal) => this.#closed(code, signal));
    this.#output = [child.stdout!, child.stderr!].map((stream) =>
      readOutput(stream, (message) => this.#journal.printed("function", message)),
    );
    if (this.#extensions)
      this.#output.push(
        readOutput(child.stdio[4] as Readable, (message) => this.#journal.printed("extension", message)),
      );
    if (this.#killed) this.#stop("spindown");
  }

  invoke(invocation: Invocation): Promise<Answer> {
    const answer = this.#take(invocation);
    this.#deliver();
    return answer;
  }

  #take(invocation: Invocation): Promise<Answer> {
    this.idleSince = 0;
    const { debugged, version } = this.#init;
    const current = new RunningInvocation(invocation);
    this.#current = current;
    if (!debugged) {
      if (this.#timer) this.#timer.refresh();
      else this.#timer = setTimeout(() => this.#timedOut(), version.timeoutSeconds * 1000).unref();
    }
    this.#memoryTimer ??= setInterval(() => void this.#watchMemory(), memoryWatchMs).unref();
    this.#journal.say(this.#journal.events.start(invocation.requestId, invocation.traceId));
    return current.answer;
  }

  #deliver(): void {
    const { asked, startedAt } = this.#current!;
    const { requestId, payload, arn, traceId, clientContext } = asked;
    const deadline = Math.floor(performance.timeOrigin + startedAt + this.#init.version.timeoutSeconds * 1000);
    const respond = this.#next!;
    this.#next = null;
    this.#group!.thaw();
    this.#extensions?.invoke({ deadlineMs: deadline, requestId, invokedFunctionArn: arn, traceId });
    respond(
      200,
      `Content-Type: application/json\r\nLambda-Runtime-Aws-Request-Id: ${requestId}\r\n` +
        `Lambda-Runtime-Deadline-Ms: ${deadline}\r\nLambda-Runtime-Invoked-Function-Arn: ${arn}\r\n` +
        `Lambda-Runtime-Trace-Id: ${traceId}\r\n` +
        (clientContext ? `Lambda-Runtime-Client-Context: ${clientContext}\r\n` : ""),
      payload,
    );
  }

  flushLogs(): void {
    this.#journal.flush();
  }

  kill(): void {
    this.#stop("spindown");
  }

  /** At once, unless an extension is to hear of it first. */
  #stop(reason: ShutdownReason): void {
    this.#killed = true;
    if (!this.#extensions) return void this.#group?.kill();
    this.#group!.thaw();
    this.#journal.flush();
    this.#extensions.shutdown(reason, () => this.#group!.kill());
  }

  onTelemetry({ method, headers, body }: ExtensionRequest, respond: Respond): void {
    const name = this.#extensions?.nameOf(headers, respond);
    if (name === undefined) {
      if (!this.#extensions) refuse(respond, "Extension.UnknownExtensionIdentifier", "Unknown extension");
      return;
    }
    if (method !== "PUT") return void refuse(respond, "MethodNotAllowed", "PUT subscribes", 405);
    const refusal = this.#journal.subscribe(name, parsed(body));
    if (refusal) refuse(respond, refusal.errorType, refusal.errorMessage, refusal.status);
    else respond(200, "Content-Type: application/json\r\n", '"OK"');
  }

  onExtension(request: ExtensionRequest, respond: Respond): void {
    if (this.#phase === "gone" || !this.#group) return;
    this.#extensions ??= this.#extend(null);
    this.#extensions.handle(request, respond);
  }

  #extend(child: ChildProcess | null): Extensions {
    const { functionName, accountId, version } = this.#init;
    const extensions = new Extensions({
      ...{ functionName, accountId, functionVersion: version.version, handler: version.handler },
      launched: child && launchedBy(child),
      say: (state) => this.#journal.say(this.#journal.events.extension(state)),
      onSettled: () => this.#settled(),
      onRuntimeExit: (code) => {
        this.#died(code, null);
        this.#stop("failure");
      },
      onFailure: (errorType, reason) => {
        const current = this.#current;
        if (current && !current.answered) current.fail(errorType, exitJson(errorType, current.asked.requestId, reason));
        this.#initError ??= { type: errorType, body: errorJson(errorType, `Error: ${reason}`) };
        this.#stop("failure");
      },
    });
    // Internal ones that come after init find the door closed.
    if (this.#phase === "ready") extensions.ready();
    return extensions;
  }

  onNext(respond: Respond, maxRssKb: number | undefined): void {
    if (this.#phase === "gone") return;
    if (this.#next) {
      respond(403, "", "");
      return;
    }
    this.#next = respond;
    if (maxRssKb !== undefined && maxRssKb > this.#maxRssKb) this.#maxRssKb = maxRssKb;
    this.#settled();
  }

  /** The runtime, or an extension, waits for its next. */
  #settled(): void {
    if (!this.#next) return;
    this.#runtimeDone();
    if (this.#extensions?.busy) return;
    if (this.#phase === "starting") this.#ready();
    else this.#freeIfOver();
  }

  /** Extensions wait for this word before they say that they are done. */
  #runtimeDone(): void {
    if (!this.#extensions?.busy) return;
    if (this.#phase === "ready") {
      const current = this.#current;
      // A turn later, when what it printed has been read.
      if (current?.whole) setImmediate(() => this.#sayDone(current));
    } else if (!this.#initRuntimeDone) {
      this.#initRuntimeDone = true;
      const durationMs = performance.now() - this.#spawnedAt;
      this.#journal.say(
        this.#journal.events.initRuntimeDone({ phase: this.#initPhase, durationMs, status: "success" }),
      );
    }
  }

  /** Once an invocation. */
  #sayDone(current: RunningInvocation): void {
    if (current.told) return;
    current.told = true;
    const { requestId, traceId } = current.asked;
    const { status, errorType, producedBytes } = current;
    const durationMs = performance.now() - current.startedAt;
    this.#journal.say(
      this.#journal.events.runtimeDone({ requestId, traceId, durationMs, producedBytes, status, errorType }),
    );
  }

  #ready(): void {
    this.#phase = "ready";
    clearTimeout(this.#initTimer);
    const { events } = this.#journal;
    const durationMs = performance.now() - this.#spawnedAt;
    const report = { phase: this.#initPhase, durationMs, status: "success" } as const;
    if (!this.#initRuntimeDone) this.#journal.say(events.initRuntimeDone(report));
    this.#extensions?.ready();
    this.#journal.say(events.initReport(report));
    this.#journal.ready();
    // Begun within an invocation, init is part of its duration.
    if (this.#initPhase === "init") this.#initMs = durationMs;
    if (this.#current) {
      this.#init.onReady();
      this.#deliver();
      return;
    }
    this.#rest();
    this.#init.onReady();
  }

  /**
   * Over is: answered whole, and asked for the next (a runtime that asks on without an answer waits for its timeout).
   * A turn later, when all that it printed before has been read, it is part of this invocation.
   */
  #freeIfOver(): void {
    const current = this.#current;
    if (!current?.whole || !this.#next || this.#extensions?.busy) return;
    setImmediate(() => {
      if (this.#current !== current || this.#phase === "gone") return;
      this.#finish(current);
      this.#rest();
      this.#init.onFree();
    });
  }

  #rest(): void {
    this.idleSince = this.#init.now();
    if (!this.#init.debugged) this.#group!.freeze();
  }

  onResponse(requestId: string, headers: RuntimeRequest["headers"], body: Buffer | BodyStream): boolean {
    const current = this.#current;
    if (!current || current.asked.requestId !== requestId || current.answered) return false;
    current.reply(headers, body, this.#init.streamLimitBytes);
    current.stream?.once("complete", () => {
      if (this.#next) this.#runtimeDone();
      this.#freeIfOver();
    });
    return true;
  }

  onError(requestId: string, errorType: string, body: Buffer): boolean {
    const current = this.#current;
    if (!current || current.asked.requestId !== requestId || current.answered) return false;
    current.fail(errorType, body);
    this.#freeIfOver();
    return true;
  }

  onInitError(errorType: string, body: Buffer): void {
    this.#initError ??= { type: errorType, body: withoutStackTrace(body) };
  }

  #timedOut(): void {
    const current = this.#current;
    if (!current || this.#killed) return;
    const sentence = `Task timed out after ${this.#init.version.timeoutSeconds.toFixed(2)} seconds`;
    const { requestId } = current.asked;
    this.#journal.note(`${this.#journal.iso()} ${requestId} ${sentence}`);
    current.status = "timeout";
    const body = exitJson("Sandbox.Timedout", requestId, sentence);
    if (!current.answered) current.fail("Sandbox.Timedout", body);
    if (!current.whole) current.stream?.destroy(new StreamFailure("Sandbox.Timedout", body));
    this.#sayDone(current);
    this.#stop("timeout");
  }

  /**
   * Buffers, native memory and child processes know no --max-old-space-size; Lambda kills what is over its MemorySize,
   * and so do we. On Linux; elsewhere the limit is V8's heap.
   */
  async #watchMemory(): Promise<void> {
    if (!this.#current) {
      clearInterval(this.#memoryTimer);
      this.#memoryTimer = undefined;
      return;
    }
    const short = performance.now() - this.#current.startedAt < memoryWatchMs * 0.9;
    if (short && ++this.#shortTicks % shortCallsTicks !== 0) return;
    const used = await this.#group?.usage(processLimit);
    if (!used) return;
    this.#maxRssKb = Math.max(this.#maxRssKb, used.residentKb);
    const limitKb = (this.#init.version.memoryMb + memoryAllowanceMb) * 1024;
    if (used.residentKb > limitKb || used.processes > processLimit) this.#stop("failure");
  }

  #initTimedOut(): void {
    const sentence = `Init phase timed out after ${(initLimitMs / 1000).toFixed(2)} seconds`;
    this.#initError ??= { type: "Sandbox.Timedout", body: errorJson("Sandbox.Timedout", sentence) };
    this.#stop("timeout");
  }

  #closed(code: number | null, signal: NodeJS.Signals | null): void {
    this.#died(code, signal);
    this.#gone();
  }

  /** Tells whoever waits how the runtime ended. */
  #died(code: number | null, signal: NodeJS.Signals | null): void {
    for (const output of this.#output) output.flush();
    const reason = exitReason(code, signal);
    const current = this.#current;
    const told = this.#phase === "starting" ? this.#initError : null;
    if (current && !current.answered && !told) {
      const { requestId } = current.asked;
      this.#journal.note(`RequestId: ${requestId} Error: ${reason}`);
      current.fail("Runtime.ExitError", exitJson("Runtime.ExitError", requestId, reason));
    }
    this.#initError ??= { type: "Runtime.ExitError", body: errorJson("Runtime.ExitError", `Error: ${reason}`) };
  }

  #gone(): void {
    if (this.#phase === "gone") return;
    const { phase, current } = { phase: this.#phase, current: this.#current };
    this.#phase = "gone";
    this.#door.close();
    clearTimeout(this.#initTimer);
    clearTimeout(this.#timer);
    clearInterval(this.#memoryTimer);
    this.#extensions?.end();
    this.#group?.kill();
    if (current && !current.whole) current.stream?.destroy(new Error("the function ended before its response did"));
    if (phase === "starting") this.#initFailed(current);
    if (current) this.#finish(current);
    this.#journal.end();
    this.#init.onGone();
  }

  #initFailed(current: RunningInvocation | null): void {
    const { type, body } = this.#initError!;
    const status = type === "Sandbox.Timedout" ? "timeout" : "error";
    const report = { phase: this.#initPhase, durationMs: performance.now() - this.#spawnedAt, errorType: type };
    const { events } = this.#journal;
    if (this.#group)
      for (const event of [events.initRuntimeDone({ ...report, status }), events.initReport({ ...report, status })])
        this.#journal.say(event);
    if (current && !current.answered) current.fail(type, body);
    if (!current) this.#init.onInitFailure({ errorType: type, body, again: this.#group !== null });
  }

  /** END and REPORT, once; the log is whole when the process asks on or is gone. */
  #finish(current: RunningInvocation): void {
    if (this.#maxRssKb === 0) this.#maxRssKb = this.#group?.peakKb() ?? 0;
    this.#sayDone(current);
    const report = {
      ...{ requestId: current.asked.requestId, traceId: current.asked.traceId },
      durationMs: performance.now() - current.startedAt,
      memoryMb: this.#init.version.memoryMb,
      maxMemoryMb: Math.ceil(this.#maxRssKb / 1024),
      ...{ status: current.status, initMs: this.#initMs, errorType: current.errorType },
    };
    this.#initMs = undefined;
    this.#journal.say(this.#journal.events.report(report));
    this.#current = null;
    current.finished();
  }
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return null;
  }
}
