/**
 * The Telemetry API of one environment: which extensions subscribed to what, and the events on their way to them, in
 * batches, over HTTP or TCP to a port inside the environment. Knows no process: it is told how to reach a port.
 */
import { Agent, request } from "node:http";
import type { Socket } from "node:net";

export type TelemetryType = "platform" | "function" | "extension";

export interface TelemetryEvent {
  /** ISO 8601, UTC. */
  time: string;
  type: string;
  record: unknown;
}

export interface TelemetryInit {
  /** To a port of the environment's own loopback. */
  connect(port: number): Promise<Socket>;
  /** What could not be delivered, for the log. */
  lost(name: string, events: number, bytes: number): void;
}

/** Why a subscription is refused, as its answer says it. */
export interface Refusal {
  status: number;
  errorType: string;
  errorMessage: string;
}

interface Limits {
  readonly [name: string]: { least: number; most: number; usual: number };
}

const limits = {
  maxItems: { least: 1000, most: 10_000, usual: 1000 },
  maxBytes: { least: 262_144, most: 1_048_576, usual: 262_144 },
  timeoutMs: { least: 25, most: 30_000, usual: 1000 },
} as const satisfies Limits;
const versions = ["2022-07-01", "2022-12-13", "2025-01-29"];
const types = ["platform", "function", "extension"];
const hosts = ["sandbox.localdomain", "sandbox"];
/** What came before the first subscription: who subscribes in init hears of init. */
const historyEvents = 1000;
/** Waiting for a subscriber that does not take them. */
const mostWaiting = 20_000;
const tries = 3;

export class Telemetry {
  readonly #init: TelemetryInit;
  readonly #subscribers = new Map<string, Subscriber>();
  /** Null when init is over: nobody subscribes any more. */
  #history: { kind: TelemetryType; event: TelemetryEvent }[] | null = [];

  constructor(init: TelemetryInit) {
    this.#init = init;
  }

  /** Whether there is anybody to make events for. */
  get heard(): boolean {
    return this.#history !== null || this.#subscribers.size > 0;
  }

  add(kind: TelemetryType, event: TelemetryEvent): void {
    if (this.#history && this.#history.length < historyEvents) this.#history.push({ kind, event });
    for (const subscriber of this.#subscribers.values()) subscriber.add(kind, event);
  }

  /** Answers the types that it will hear. */
  subscribe(name: string, body: unknown): { types: string[] } | Refusal {
    if (!this.#history)
      return {
        ...{ status: 403, errorType: "Telemetry.SubscriptionClosed" },
        errorMessage: "Telemetry API subscription is closed already",
      };
    const problems = problemsOf(body);
    if (problems.length > 0) return { status: 400, errorType: "ValidationError", errorMessage: problems.join("; ") };
    const asked = body as Asked;
    this.#subscribers.get(name)?.end();
    const subscriber = new Subscriber(name, asked, this.#init);
    this.#subscribers.set(name, subscriber);
    for (const { kind, event } of this.#history) subscriber.add(kind, event);
    return { types: asked.types };
  }

  /** Init is over. */
  close(): void {
    this.#history = null;
  }

  /** Sends what waits, now. */
  flush(): void {
    for (const subscriber of this.#subscribers.values()) subscriber.flush();
  }

  end(): void {
    this.#history = null;
    for (const subscriber of this.#subscribers.values()) subscriber.end();
    this.#subscribers.clear();
  }
}

interface Asked {
  types: string[];
  destination: { protocol: "HTTP" | "TCP"; URI?: string; port?: number };
  buffering?: Partial<Record<keyof typeof limits, number>>;
}

function problemsOf(body: unknown): string[] {
  const said = (body ?? {}) as Partial<Record<string, any>>;
  const problems: string[] = [];
  if (!versions.includes(said["schemaVersion"])) problems.push(`schemaVersion should be one of ${versions.join(", ")}`);
  const list = said["types"];
  if (!Array.isArray(list) || list.length === 0) problems.push("types should not be empty");
  else if (!list.every((type) => types.includes(type))) problems.push(`types should be among ${types.join(", ")}`);
  problems.push(...destinationProblems(said["destination"] ?? {}));
  for (const [name, { least, most }] of Object.entries(limits)) {
    const value = said["buffering"]?.[name];
    if (value !== undefined && !(Number.isInteger(value) && value >= least && value <= most))
      problems.push(`${name} should be from ${least} to ${most}`);
  }
  return problems;
}

function destinationProblems({ protocol, URI, port }: any): string[] {
  if (protocol === "TCP") {
    const at = port ?? (URL.canParse(URI) ? Number(new URL(URI).port) : 0);
    return isPort(at) ? [] : ["port is not provided"];
  }
  if (protocol !== "HTTP") return ["destination protocol should be HTTP or TCP"];
  if (!URL.canParse(URI)) return ["URI is not provided"];
  const { hostname, port: at, protocol: scheme } = new URL(URI);
  if (scheme !== "http:") return ["URI should begin with http://"];
  if (!hosts.includes(hostname)) return ["URI host should be sandbox.localdomain"];
  return isPort(Number(at)) ? [] : ["URI port is not provided"];
}

const isPort = (port: number): boolean => Number.isInteger(port) && port > 0 && port < 65_536;

class Subscriber {
  readonly #name: string;
  readonly #init: TelemetryInit;
  readonly #types: ReadonlySet<string>;
  readonly #limits: Record<keyof typeof limits, number>;
  readonly #send: (lines: readonly string[]) => Promise<void>;
  readonly #close: () => void;
  #waiting: string[] = [];
  #bytes = 0;
  #timer: NodeJS.Timeout | null = null;
  #sending = false;
  /** Somebody wants all of it now. */
  #hurried = false;
  #ended = false;

  constructor(name: string, { types, destination, buffering = {} }: Asked, init: TelemetryInit) {
    this.#name = name;
    this.#init = init;
    this.#types = new Set(types);
    const of = (limit: keyof typeof limits): number => buffering[limit] ?? limits[limit].usual;
    this.#limits = { maxItems: of("maxItems"), maxBytes: of("maxBytes"), timeoutMs: of("timeoutMs") };
    const port = destination.port ?? Number(new URL(destination.URI!).port);
    const way =
      destination.protocol === "HTTP"
        ? overHttp(new URL(destination.URI!), () => init.connect(port))
        : overTcp(() => init.connect(port));
    this.#send = way.send;
    this.#close = way.close;
  }

  add(kind: TelemetryType, event: TelemetryEvent): void {
    if (!this.#types.has(kind) || this.#ended) return;
    const line = JSON.stringify(event);
    if (this.#waiting.length >= mostWaiting) return void this.#init.lost(this.#name, 1, line.length);
    this.#waiting.push(line);
    this.#bytes += line.length;
    if (this.#waiting.length >= this.#limits.maxItems || this.#bytes >= this.#limits.maxBytes) this.#go();
    else this.#timer ??= setTimeout(() => this.#go(), this.#limits.timeoutMs).unref();
  }

  flush(): void {
    this.#hurried = true;
    this.#go();
  }

  end(): void {
    this.#ended = true;
    if (this.#timer) clearTimeout(this.#timer);
    this.#close();
  }

  #go(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#sending || this.#waiting.length === 0 || this.#ended) return;
    this.#sending = true;
    const batch = this.#waiting.splice(0, this.#limits.maxItems);
    const bytes = batch.reduce((sum, line) => sum + line.length, 0);
    this.#bytes -= bytes;
    void this.#deliver(batch).then((delivered) => {
      this.#sending = false;
      if (!delivered && !this.#ended) this.#init.lost(this.#name, batch.length, bytes);
      if (this.#waiting.length >= this.#limits.maxItems || this.#hurried) this.#go();
      else if (this.#waiting.length > 0) this.#timer ??= setTimeout(() => this.#go(), this.#limits.timeoutMs).unref();
    });
  }

  async #deliver(batch: readonly string[]): Promise<boolean> {
    for (let left = tries; left > 0 && !this.#ended; left--) {
      try {
        await this.#send(batch);
        return true;
      } catch {
        // Its server may not be there yet.
        await new Promise((resolve) => setTimeout(resolve, 100).unref());
      }
    }
    return false;
  }
}

interface Way {
  send(lines: readonly string[]): Promise<void>;
  close(): void;
}

/** A JSON array a batch, one connection for all. */
function overHttp({ pathname, search, host }: URL, connect: () => Promise<Socket>): Way {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  agent.createConnection = (_, done) => {
    connect().then(
      (socket) => done!(null, socket),
      (error: Error) => done!(error, undefined as never),
    );
    return undefined as never;
  };
  return {
    send: (lines) =>
      new Promise((resolve, reject) => {
        const body = Buffer.from(`[${lines.join(",")}]`);
        const headers = { host, "content-type": "application/json", "content-length": body.length };
        const sent = request({ agent, method: "POST", path: `${pathname}${search}`, headers }, (response) => {
          response.resume();
          response.once("error", reject);
          response.once("end", () =>
            response.statusCode! < 300 ? resolve() : reject(new Error(`answered ${response.statusCode}`)),
          );
        });
        sent.once("error", reject);
        sent.end(body);
      }),
    close: () => agent.destroy(),
  };
}

/** A line of JSON an event. */
function overTcp(connect: () => Promise<Socket>): Way {
  let opened: Promise<Socket> | null = null;
  const open = async (): Promise<Socket> => {
    const socket = await connect();
    socket.on("error", () => socket.destroy());
    socket.once("close", () => {
      opened = null;
    });
    return socket;
  };
  return {
    async send(lines) {
      opened ??= open();
      const socket = await opened.catch((error: unknown) => {
        opened = null;
        throw error;
      });
      await new Promise<void>((resolve, reject) =>
        socket.write(lines.map((line) => `${line}\n`).join(""), (error) => (error ? reject(error) : resolve())),
      );
    },
    close: () =>
      void opened?.then(
        (socket) => socket.destroy(),
        () => undefined,
      ),
  };
}
