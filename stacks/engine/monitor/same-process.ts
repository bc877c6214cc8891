/**
 * What Pulumi's SDK need not do when the program runs in the engine's own process. Calls to our monitor are function
 * calls instead of HTTP/2 over loopback: messages are handed over as they are, neither side changes one it was given.
 * The SDK of another process does not come through here and dials the same address.
 *
 * Measured with 1,000 resources and nothing to do (2026-11-26, processor time): 5.6 s before, 3.4 s after.
 */
import grpc from "@grpc/grpc-js";
import log from "@pulumi/pulumi/log/index.js";
import engineGrpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import resourceGrpc from "@pulumi/pulumi/proto/resource_grpc_pb.js";
import debuggable from "@pulumi/pulumi/runtime/debuggable.js";
import settings from "@pulumi/pulumi/runtime/settings.js";
import state from "@pulumi/pulumi/runtime/state.js";

/** As grpc-js serves them: a request, and a callback for the answer. */
export interface Handlers {
  [method: string]: (call: { request: any }, callback: (error: object | null, response?: unknown) => void) => void;
}

/** Of deployments under way, by the address their programs were told. */
const served = new Map<string, Handlers>();

/** Those of them that want no debug lines. */
const quiet = new Set<string>();

/** Until `end` is called, this process's clients of `address` call `handlers`. */
export function serveHere(address: string, handlers: Handlers, options: { debug: boolean }): { end(): void } {
  served.set(address, handlers);
  if (!options.debug) quiet.add(address);
  return {
    end: () => {
      served.delete(address);
      quiet.delete(address);
    },
  };
}

type Client = { getChannel(): { getTarget(): string } };
type Method = (this: Client, request: unknown, ...rest: unknown[]) => unknown;

const targets = new WeakMap<Client, string>();

function targetOf(client: Client): string {
  let target = targets.get(client);
  if (target === undefined) {
    target = client.getChannel().getTarget().replace(/^dns:/, "");
    targets.set(client, target);
  }
  return target;
}

/** The SDK keeps the classes it loaded, but looks methods up on their prototypes at each call. */
function shorten(module: object, clientName: string, serviceName: string): void {
  const { [clientName]: client, [serviceName]: service } = module as { [name: string]: any };
  for (const name of Object.keys(service)) {
    const dial = client.prototype[name] as Method;
    client.prototype[name] = function (this: Client, request: unknown, ...rest: unknown[]): unknown {
      const handler = served.get(targetOf(this))?.[name];
      if (!handler) return dial.call(this, request, ...rest);
      const callback = rest.findLast((part) => typeof part === "function") as (
        error: unknown,
        response?: unknown,
      ) => void;
      // In a turn of its own, as if a network were between: only then has Node reported rejections nobody handled, which
      // the SDK listens for while the program runs.
      setImmediate(() => handler({ request }, (error, response) => callback(error && serviceError(error), response)));
      return undefined;
    };
  }
}

function serviceError(error: object): Error {
  const { code = grpc.status.UNKNOWN, details = "" } = error as { code?: number; details?: string };
  return Object.assign(new Error(`${code} ${grpc.status[code]}: ${details}`), {
    code,
    details,
    metadata: new grpc.Metadata(),
  });
}

shorten(resourceGrpc, "ResourceMonitorClient", "ResourceMonitorService");
shorten(engineGrpc, "EngineClient", "EngineService");

/**
 * The SDK sends three or four debug lines a resource, each a call with its whole answer as text, and the engine drops
 * every one unless it is run with `--debug`: a fifth of a run of 40 resources with nothing to do (2026-11-24). Programs that run side by side have
 * their settings in asynchronous context; those of other engines keep their lines.
 */
const { getStore } = state as unknown as { getStore(): { settings: { options: { engineAddr?: string } } } };
const sendDebug: typeof log.debug = log.debug;
(log as { debug: typeof log.debug }).debug = (...line) =>
  quiet.has(getStore().settings.options.engineAddr ?? "") ? Promise.resolve() : sendDebug(...line);

/**
 * The SDK closes none of its connections, and calls on some after their deployment has ended. grpc-js shares what it
 * knows of an address in the whole process: a later engine or provider on that port would be unavailable for seconds,
 * which the SDK takes for the end of a program that then succeeds with nothing registered.
 */
const { grpcClientOptions } = settings as unknown as { grpcClientOptions: { [option: string]: unknown } };
grpcClientOptions["grpc.use_local_subchannel_pool"] = 1;

/**
 * The SDK writes a stack trace onto every promise it makes, for its leak report, which only PULUMI_DEBUG_PROMISE_LEAKS
 * prints: a sixth of a run of 1,000. Promises are still counted, and errors of the program keep their stacks.
 */
const { debugPromiseLeaks, debuggablePromise } = debuggable as unknown as {
  debugPromiseLeaks: boolean;
  debuggablePromise: (promise: Promise<unknown>, context?: unknown) => Promise<unknown>;
};
if (!debugPromiseLeaks)
  (debuggable as { debuggablePromise: unknown }).debuggablePromise = (promise: Promise<unknown>, context?: unknown) => {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
      return debuggablePromise(promise, context);
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  };
