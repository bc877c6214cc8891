/**
 * The Extensions API of one environment: who registered for what, who still works, and how they are told of its end.
 * External extensions are files that the launcher started, internal ones live in the runtime's process. Knows no
 * invocation beyond what its event says.
 */
import { randomUUID } from "node:crypto";
import type { Launched } from "./extension-launcher.ts";
import type { ExtensionState } from "./platform-log.ts";
import type { Respond } from "./runtime-http.ts";

export type ShutdownReason = "spindown" | "timeout" | "failure";

export interface ExtensionRequest {
  method: string;
  /** Behind `/2020-01-01/extension/`. */
  path: string;
  headers: Readonly<Record<string, string>>;
  body: Buffer;
}

export interface ExtensionsInit {
  functionName: string;
  functionVersion: string;
  handler: string;
  accountId: string;
  /** Null where the layers hold none: internal ones may register all the same. */
  launched: Launched | null;
  say(state: ExtensionState): void;
  /** One that worked waits for its next event now. */
  onSettled(): void;
  /** The runtime that the launcher began has ended; a status as shells have it. */
  onRuntimeExit(code: number): void;
  /** An extension ended, or said that it cannot go on. */
  onFailure(errorType: string, reason: string): void;
}

interface Extension {
  id: string;
  name: string;
  external: boolean;
  events: string[];
  state: "Started" | "Registered" | "Ready" | "InitError" | "ExitError" | "Exited";
  /** Its open question for the next event. */
  next: Respond | null;
}

interface InvokeEvent {
  deadlineMs: number;
  requestId: string;
  invokedFunctionArn: string;
  traceId: string;
}

const most = 10;
const shutdownMs = 2_000;
const runtimeShutdownMs = 300;
const json = "Content-Type: application/json\r\n";

export class Extensions {
  readonly #init: ExtensionsInit;
  readonly #all: Extension[];
  #open = true;
  #runtimeRuns = false;
  #ending: { reason: ShutdownReason; deadlineMs: number; told: boolean; done(): void } | null = null;
  #timers: NodeJS.Timeout[] = [];

  constructor(init: ExtensionsInit) {
    this.#init = init;
    this.#all = (init.launched?.names ?? []).map((name) => ({
      ...{ id: randomUUID(), name, external: true, events: [], state: "Started", next: null },
    }));
    init.launched?.onExit((name, code) => this.#exited(name, code));
  }

  /** Somebody has not asked for the next event, or the environment ends. */
  get busy(): boolean {
    return this.#ending !== null || this.#all.some(({ next }) => next === null);
  }

  /** Init is over: nobody registers any more, and the log says who is there. */
  ready(): void {
    this.#open = false;
    for (const one of this.#all) this.#say(one);
  }

  /** Tells those who registered for it. */
  invoke({ traceId, ...event }: InvokeEvent): void {
    const tracing = { type: "X-Amzn-Trace-Id", value: traceId };
    for (const one of this.#all)
      if (one.events.includes("INVOKE")) this.#tell(one, { eventType: "INVOKE", ...event, tracing });
  }

  /**
   * The runtime first, then whoever registered for SHUTDOWN; `done` when they are gone, or their time is over. At once
   * where nobody registered for it.
   */
  shutdown(reason: ShutdownReason, done: () => void): void {
    if (this.#ending) return;
    this.#ending = { reason, deadlineMs: Date.now() + shutdownMs, told: false, done };
    const { launched } = this.#init;
    if (!launched || !this.#hearing()) {
      this.#done();
      return;
    }
    this.#timers.push(setTimeout(() => this.#done(), shutdownMs));
    if (!this.#runtimeRuns) this.#tellAll();
    else if (reason !== "spindown") launched.tell("kill");
    else {
      launched.tell("term");
      this.#timers.push(setTimeout(() => launched.tell("kill"), runtimeShutdownMs));
    }
  }

  /** The processes are gone. */
  end(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  handle(request: ExtensionRequest, respond: Respond): void {
    const { method, path } = request;
    if (method === "POST" && path === "register") this.#register(request, respond);
    else if (method === "GET" && path === "event/next") this.#next(request, respond);
    else if (method === "POST" && path === "init/error") this.#failed("InitError", request, respond);
    else if (method === "POST" && path === "exit/error") this.#failed("ExitError", request, respond);
    else refuse(respond, "NotFound", "No such path", 404);
  }

  #register({ headers, body }: ExtensionRequest, respond: Respond): void {
    const name = headers["lambda-extension-name"];
    if (!name) return void refuse(respond, "Extension.InvalidExtensionName", "Empty extension name");
    const events = eventsOf(body);
    if (!events) return void refuse(respond, "InvalidRequestFormat", 'The body has to be {"events":["INVOKE"]}');
    const found = this.#all.find((one) => one.name === name);
    const external = found?.external === true;
    const wrong = events.find((event) => event !== "INVOKE" && !(external && event === "SHUTDOWN"));
    if (wrong !== undefined) {
      const why = wrong === "SHUTDOWN" ? "internal extensions cannot register for it" : "no such event";
      return void refuse(respond, "Extension.InvalidEventType", `${wrong}: ${why}`);
    }
    if (!found && !this.#open)
      return void refuse(respond, "Extension.RegistrationClosed", "Extension registration closed already");
    if (found && !external)
      return void refuse(respond, "Extension.InvalidExtensionState", "Extension with this name already registered");
    if (found && found.state !== "Started") return void refuseState(respond, found, "Registered");
    if (!found && this.#all.length >= most)
      return void refuse(respond, "Extension.TooManyExtensions", `Extension limit (${most}) reached`);
    const one: Extension = found ?? { id: randomUUID(), name, external: false, events, state: "Started", next: null };
    if (!found) this.#all.push(one);
    Object.assign(one, { events, state: "Registered" });
    const { functionName, functionVersion, handler, accountId } = this.#init;
    const features = (headers["lambda-extension-accept-feature"] ?? "").split(",").map((word) => word.trim());
    respond(
      200,
      `${json}Lambda-Extension-Identifier: ${one.id}\r\n`,
      JSON.stringify({ functionName, functionVersion, handler, ...(features.includes("accountId") && { accountId }) }),
    );
    this.#startRuntime(external);
  }

  /** When the last external extension has registered, and so once. */
  #startRuntime(external: boolean): void {
    if (!external || this.#ending || this.#all.some(({ state }) => state === "Started")) return;
    this.#runtimeRuns = true;
    this.#init.launched!.tell("start");
  }

  #next({ headers }: ExtensionRequest, respond: Respond): void {
    const one = this.#known(headers, respond);
    if (!one) return;
    if (one.next || !["Registered", "Ready"].includes(one.state)) return void refuseState(respond, one, "Ready");
    one.state = "Ready";
    one.next = respond;
    if (!this.#ending) this.#init.onSettled();
    else if (this.#ending.told) this.#tellEnd(one);
  }

  #failed(state: "InitError" | "ExitError", { headers }: ExtensionRequest, respond: Respond): void {
    const one = this.#known(headers, respond);
    if (!one) return;
    const errorType = headers["lambda-extension-function-error-type"];
    if (!errorType)
      return void refuse(respond, "Extension.MissingHeader", "Lambda-Extension-Function-Error-Type not found");
    if (!(state === "InitError" ? ["Registered"] : ["Registered", "Ready"]).includes(one.state))
      return void refuseState(respond, one, state);
    one.state = state;
    respond(202, json, '{"status":"OK"}');
    this.#say(one, errorType);
    if (!this.#ending) this.#init.onFailure(`Extension.${state}`, errorType);
  }

  /** The registered extension that asks; undefined when it was refused already. */
  nameOf(headers: ExtensionRequest["headers"], respond: Respond): string | undefined {
    return this.#known(headers, respond)?.name;
  }

  #known(headers: ExtensionRequest["headers"], respond: Respond): Extension | undefined {
    const id = headers["lambda-extension-identifier"];
    if (!id) {
      refuse(respond, "Extension.MissingExtensionIdentifier", "Missing Lambda-Extension-Identifier header");
      return undefined;
    }
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) {
      refuse(respond, "Extension.InvalidExtensionIdentifier", "Invalid Lambda-Extension-Identifier");
      return undefined;
    }
    const one = this.#all.find((each) => each.id === id && each.state !== "Started");
    if (!one) refuse(respond, "Extension.UnknownExtensionIdentifier", `Unknown extension ${id}`);
    return one;
  }

  #exited(name: string | null, code: number): void {
    if (name === null) {
      this.#runtimeRuns = false;
      if (this.#ending) this.#tellAll();
      else this.#init.onRuntimeExit(code);
      return;
    }
    const one = this.#all.find((each) => each.name === name && each.external)!;
    const type = one.state === "Started" && code === 126 ? "Extension.LaunchError" : "Extension.Crash";
    const told = one.state === "InitError" || one.state === "ExitError";
    const { state } = one;
    one.state = "Exited";
    if (!this.#ending) {
      if (!told) this.#say({ ...one, state }, type);
      this.#init.onFailure(type, code === 0 ? "exit code 0" : `exit status ${code}`);
    } else if (!this.#hearing()) this.#done();
  }

  /** Whether anybody is left who wants to hear of the end. */
  #hearing(): boolean {
    return this.#all.some(
      ({ events, state }) => events.includes("SHUTDOWN") && (state === "Registered" || state === "Ready"),
    );
  }

  #tellAll(): void {
    this.#ending!.told = true;
    for (const one of this.#all) this.#tellEnd(one);
  }

  #tellEnd(one: Extension): void {
    const { reason, deadlineMs } = this.#ending!;
    if (one.events.includes("SHUTDOWN")) this.#tell(one, { eventType: "SHUTDOWN", shutdownReason: reason, deadlineMs });
  }

  #done(): void {
    this.end();
    this.#ending!.done();
  }

  #tell(one: Extension, event: object): void {
    const respond = one.next;
    one.next = null;
    respond?.(200, `${json}Lambda-Extension-Event-Identifier: ${randomUUID()}\r\n`, JSON.stringify(event));
  }

  #say({ name, state, events }: Extension, errorType?: string): void {
    this.#init.say({ name, state, events, errorType });
  }
}

/** Null where the body is none of a registration. */
function eventsOf(body: Buffer): string[] | null {
  try {
    const { events = [] } = JSON.parse(body.toString("utf8"));
    return Array.isArray(events) && events.every((event) => typeof event === "string") ? events : null;
  } catch {
    return null;
  }
}

function refuseState(respond: Respond, { state, name, next }: Extension, wanted: string): void {
  const from = next ? "Ready" : state;
  const message = `State transition from ${from} to ${wanted} failed for extension ${name}. Error: State transition is not allowed`;
  refuse(respond, "Extension.InvalidExtensionState", message);
}

/** An error as the runtime's interfaces say it. */
export function refuse(respond: Respond, errorType: string, errorMessage: string, status = 403): void {
  respond(status, json, JSON.stringify({ errorMessage, errorType }));
}
