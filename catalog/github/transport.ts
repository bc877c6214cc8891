/**
 * One request to GitHub, carried as far as it may go: redirects only to its own hosts, the token only to its API, a bound
 * on bytes and time, no address in an error. Never asks twice (patience.ts does), and knows no repository.
 */
import type { Fault } from "../../blueprints/fault.ts";
import { faults } from "./faults.ts";
import { admitRedirect, type Hosts } from "./hosts.ts";

export interface Bounds {
  bytes: number;
  /** Of the request as a whole, its body included. */
  timeMs: number;
  /** Between two pieces of a body. */
  idleMs: number;
}

export interface Carried {
  /** For errors: `the archive`. */
  what: string;
  bounds: Bounds;
  archive: boolean;
  signal?: AbortSignal;
  /** Called with the path of each redirect within the API, before it is followed; throws to stop. */
  onMoved?: (path: string) => void;
}

const maxRedirects = 3;
const redirects = new Set([301, 302, 303, 307, 308]);

/** What octokit is given as `fetch`. Throws faults. The answer's body ends with a fault where a bound is passed. */
export async function carry(hosts: Hosts, url: string, init: RequestInit, o: Carried): Promise<Response> {
  const watch = watchTime(o);
  let at = new URL(url);
  let headers = new Headers(init.headers);
  for (let hops = 0; hops <= maxRedirects; hops++) {
    if (at.host !== hosts.apiHost) headers = withoutToken(headers);
    const response = await once(at, { ...init, headers, redirect: "manual", signal: watch.signal }, o, watch);
    const location = response.headers.get("location");
    if (!redirects.has(response.status) || location === null) return bounded(response, o, watch);
    await response.body?.cancel().catch(() => undefined);
    at = admitRedirect(hosts, at, location, o.archive);
    if (at.host === hosts.apiHost) o.onMoved?.(at.pathname);
  }
  watch.end();
  throw faults.tooManyRedirects();
}

function withoutToken(headers: Headers): Headers {
  const rest = new Headers(headers);
  rest.delete("authorization");
  return rest;
}

interface Watch {
  signal: AbortSignal;
  /** Something came: the idle clock begins anew. */
  touch(): void;
  end(): void;
  /** Why it was ended from here; undefined when it was not. */
  fault(): Fault | undefined;
}

function watchTime({ what, bounds, signal }: Carried): Watch {
  const abort = new AbortController();
  let fault: Fault | undefined;
  const late = (ms: number) => (): void => {
    fault = faults.tooSlow(what, ms);
    abort.abort();
  };
  const whole = setTimeout(late(bounds.timeMs), bounds.timeMs);
  let idle = setTimeout(late(bounds.idleMs), bounds.idleMs);
  const stop = (): void => abort.abort(signal?.reason);
  signal?.addEventListener("abort", stop, { once: true });
  if (signal?.aborted) stop();
  return {
    signal: abort.signal,
    touch() {
      clearTimeout(idle);
      idle = setTimeout(late(bounds.idleMs), bounds.idleMs);
    },
    end() {
      clearTimeout(whole);
      clearTimeout(idle);
      signal?.removeEventListener("abort", stop);
    },
    fault: () => fault,
  };
}

async function once(at: URL, init: RequestInit, { signal }: Carried, watch: Watch): Promise<Response> {
  try {
    const response = await fetch(at, init);
    watch.touch();
    return response;
  } catch (cause) {
    watch.end();
    if (signal?.aborted) throw signal.reason;
    // Of the cause only its code: a message may have the address in it.
    throw watch.fault() ?? faults.unreachable(at.host, reasonOf(cause));
  }
}

const reasons: Record<string, string> = {
  ENOTFOUND: "its name is not known here",
  EAI_AGAIN: "its name cannot be looked up",
  ECONNREFUSED: "nothing answers there",
  ECONNRESET: "the connection was cut",
  UND_ERR_SOCKET: "the connection was cut",
  UND_ERR_CONNECT_TIMEOUT: "nothing answers there",
  CERT_HAS_EXPIRED: "its certificate has expired",
};

function reasonOf(cause: unknown): string {
  const code = (cause as { cause?: { code?: string } }).cause?.code ?? (cause as { code?: string }).code;
  return code === undefined ? "the connection failed" : (reasons[code] ?? `the connection failed (${code})`);
}

/** The same answer with a body that is counted and timed. */
function bounded(response: Response, { what, bounds, signal }: Carried, watch: Watch): Response {
  const { status, statusText, headers, body } = response;
  const said = Number(headers.get("content-length"));
  if (said > bounds.bytes) {
    watch.end();
    void body?.cancel().catch(() => undefined);
    throw faults.tooMuch(what, bounds.bytes);
  }
  if (!body) watch.end();
  return new Response(body && counted(body, what, bounds, signal, watch), { status, statusText, headers });
}

function counted(
  body: ReadableStream<Uint8Array>,
  what: string,
  bounds: Bounds,
  signal: AbortSignal | undefined,
  watch: Watch,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let bytes = 0;
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (done) {
          watch.end();
          return controller.close();
        }
        watch.touch();
        bytes += value.length;
        if (bytes > bounds.bytes) throw faults.tooMuch(what, bounds.bytes);
        controller.enqueue(value);
      } catch (cause) {
        watch.end();
        void reader.cancel().catch(() => undefined);
        controller.error(bodyFault(cause, what, signal, watch));
      }
    },
    async cancel() {
      watch.end();
      await reader.cancel().catch(() => undefined);
    },
  });
}

function bodyFault(cause: unknown, what: string, signal: AbortSignal | undefined, watch: Watch): unknown {
  if (signal?.aborted) return signal.reason;
  if (cause instanceof Error && cause.name === "Fault") return cause;
  return watch.fault() ?? faults.unreachable(what, `it came in part only (${reasonOf(cause)})`);
}
