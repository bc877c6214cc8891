/**
 * Serves a provider to an engine in another process: Pulumi's ResourceProvider service on loopback, put on the typed
 * interface. What is not offered (schemas, listing) is refused by name.
 */
import { type AddressInfo, createServer } from "node:net";
import grpc from "@grpc/grpc-js";
import providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type { Context, Provider } from "../provider.ts";
import { EngineLogs } from "./engine-log.ts";
import { handlers } from "./handlers.ts";
import { type Instance, Instances } from "./instances.ts";
import { everything } from "./properties.ts";
import { Refusal, statusOf } from "./status.ts";

export interface Served {
  port: number;
  /** Cancels what is under way and ends. */
  close(): Promise<void>;
}

type UnaryCall = grpc.ServerUnaryCall<never, unknown>;

/** `make` is called for each provider resource that connects; `engine` is the address on the command line, if any. */
export async function serveProvider(make: () => Provider, engine = ""): Promise<Served> {
  const instances = new Instances(make, engine);
  const logs = new EngineLogs();
  const server = new grpc.Server({
    "grpc.max_receive_message_length": 400 * 1024 * 1024,
    "grpc.max_send_message_length": 400 * 1024 * 1024,
  });
  const { ResourceProviderService } = providerGrpc as unknown as { ResourceProviderService: grpc.ServiceDefinition };
  const table = Object.keys(handlers).map((method) => {
    const { begins = false, work } = handlers[method]!;
    const handler = async (call: UnaryCall, callback: grpc.sendUnaryData<unknown>): Promise<void> => {
      const clock = new Clock(call);
      let instance: Instance | undefined;
      try {
        const found = instances.of(call.getPeer(), begins);
        instance = found;
        const context = (urn: string, seconds: number): Context => clock.context(found, logs, urn, seconds);
        callback(null, await work(call.request, { instance, context }));
      } catch (cause) {
        callback(statusOf(clock.late(cause), instance?.understood ?? everything));
      } finally {
        clock.stop();
      }
    };
    return [method, handler] as const;
  });
  server.addService(ResourceProviderService, Object.fromEntries(table) as unknown as grpc.UntypedServiceImplementation);
  const injector = server.createConnectionInjector(grpc.ServerCredentials.createInsecure());
  const listener = createServer((socket) => {
    instances.connect(socket);
    injector.injectConnection(socket);
  });
  await new Promise<void>((resolve, reject) => {
    listener.once("error", reject);
    listener.listen(0, "127.0.0.1", resolve);
  });
  return {
    port: (listener.address() as AddressInfo).port,
    async close() {
      listener.close();
      await Promise.allSettled([...instances.all].map(({ provider }) => provider.cancel()));
      await Promise.allSettled([...instances.all].map(({ provider }) => provider.close()));
      server.forceShutdown();
      injector.destroy();
      logs.close();
    },
  };
}

/** A call's end: its own cancellation, or its time. */
class Clock {
  private readonly control = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private seconds: number | undefined;

  constructor(call: UnaryCall) {
    call.on("cancelled", () => this.control.abort());
  }

  context({ engine }: Instance, logs: EngineLogs, urn: string, seconds: number): Context {
    if (seconds > 0)
      this.timer = setTimeout(() => {
        this.seconds = seconds;
        this.control.abort(new Error("timed out"));
      }, seconds * 1_000);
    return {
      signal: this.control.signal,
      timeoutSeconds: seconds,
      status: (message) => logs.log(engine, { severity: "info", message, urn, passing: true }),
      log: (severity, message) => logs.log(engine, { severity, message, urn, passing: false }),
    };
  }

  /** What was thrown, or that the time was over. */
  late(cause: unknown): unknown {
    if (this.seconds === undefined) return cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    return new Refusal(`timed out after ${this.seconds} seconds: ${why}`, grpc.status.DEADLINE_EXCEEDED);
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}
