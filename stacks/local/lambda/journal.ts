/**
 * What one environment says, on its way to everybody who reads it: the function's log, the caller who wants its tail,
 * and the extensions that subscribed to telemetry. Knows no process.
 */
import type { Socket } from "node:net";
import { LogBuffer } from "./log-buffer.ts";
import type { LogEvent } from "./output.ts";
import { type PlatformEvent, type PlatformInit, type PlatformLog, platformLog } from "./platform-log.ts";
import { type Refusal, Telemetry, type TelemetryType } from "./telemetry.ts";

export interface JournalInit extends PlatformInit {
  now(): number;
  write(events: LogEvent[]): void;
  /** Hears each line of the log. */
  onLine(line: string): void;
  connect(port: number): Promise<Socket>;
}

export class Journal {
  readonly events: PlatformLog;
  readonly #init: JournalInit;
  readonly #buffer: LogBuffer;
  readonly #telemetry: Telemetry;

  constructor(init: JournalInit) {
    this.#init = init;
    this.events = platformLog(init);
    this.#buffer = new LogBuffer(
      () => init.now(),
      (events) => init.write(events),
      (events, bytes) => this.events.line(this.events.dropped(events, bytes), this.#iso) ?? "",
    );
    this.#telemetry = new Telemetry({
      connect: (port) => init.connect(port),
      lost: (_, events, bytes) => this.say(this.events.dropped(events, bytes)),
    });
  }

  /** Of Lambda itself. */
  say(event: PlatformEvent): void {
    const line = this.events.line(event, this.#iso);
    if (line !== null) this.#log(line, false);
    if (this.#telemetry.heard)
      this.#telemetry.add("platform", { time: this.#iso(), type: `platform.${event.type}`, record: event.record() });
  }

  /** A line of Lambda's that is no event. */
  note(line: string): void {
    this.#log(line, false);
  }

  /** What a process printed. */
  printed(kind: Exclude<TelemetryType, "platform">, message: string): void {
    this.#log(message, true);
    if (this.#telemetry.heard)
      this.#telemetry.add(kind, { time: this.#iso(), type: kind, record: this.#recordOf(message) });
  }

  /** Undefined when it is done. */
  subscribe(name: string, body: unknown): Refusal | undefined {
    const answer = this.#telemetry.subscribe(name, body);
    if (!("types" in answer)) return answer;
    this.say(this.events.subscription(name, answer.types));
    return undefined;
  }

  /** Init is over: nobody subscribes any more. */
  ready(): void {
    this.#telemetry.close();
  }

  /** Hands on everything that waits for others. */
  flush(): void {
    this.#buffer.flush();
    this.#telemetry.flush();
  }

  end(): void {
    this.#buffer.end();
    this.#telemetry.end();
  }

  readonly iso = (): string => this.#iso();

  readonly #iso = (): string => new Date(this.#init.now()).toISOString();

  #log(line: string, droppable: boolean): void {
    this.#init.onLine(line);
    this.#buffer.push(line, droppable);
  }

  /** A log of JSON hands on objects. */
  #recordOf(message: string): unknown {
    if (!this.#init.json || !message.startsWith("{")) return message;
    try {
      return JSON.parse(message);
    } catch {
      return message;
    }
  }
}
