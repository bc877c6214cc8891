/**
 * Runs a program against a deployment and waits for its end, its failure or a stop. The program is either served by
 * the caller (a LanguageRuntime on loopback, dialled here; it dials the monitor served here), or a function in this
 * process (`EngineOptions.program`), which gets the same two services as plain functions: no gRPC, no SDK, and the same
 * messages. A run that has failed is abandoned, never waited for (the SDK may stay silent).
 */
import grpc from "@grpc/grpc-js";
import engineGrpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import type { LanguageRuntimeClient } from "@pulumi/pulumi/proto/language_grpc_pb.js";
import languageGrpc from "@pulumi/pulumi/proto/language_grpc_pb.js";
import type { RunResponse } from "@pulumi/pulumi/proto/language_pb.js";
import languagePb from "@pulumi/pulumi/proto/language_pb.js";
import resourceGrpc from "@pulumi/pulumi/proto/resource_grpc_pb.js";
import type { Deployment } from "../deployment/deployment.ts";
import { Diagnosis, messageOf } from "../diagnosis.ts";
import type { ProgramInfo } from "../provider.ts";
import { engineService } from "./engine-service.ts";
import { monitorService } from "./monitor.ts";
import type { Handlers } from "./same-process.ts";
import { type EngineService, type Monitor, overGrpc } from "./services.ts";

/** What a program in this process is given. */
export interface ProgramRun extends Omit<ProgramInfo, "monitorAddress" | "stackTraceHandle"> {
  monitor: Monitor;
  engine: EngineService;
}

/**
 * Resolves when it has nothing more to ask for; what it no longer asks for is deleted then. It may call
 * `signalAndWaitForShutdown` to wait for that. What it throws is the run's failure.
 */
export type Program = (run: ProgramRun) => Promise<void>;

export interface ProgramSource {
  /** `127.0.0.1:PORT` of a LanguageRuntime, as on the command line. */
  client?: string;
  /** Runs instead of it. */
  program?: Program;
  /** What the engine takes itself for when a program demands a version. */
  version: string;
}

const options = {
  "grpc.max_receive_message_length": 400 * 1024 * 1024,
  "grpc.max_send_message_length": 400 * 1024 * 1024,
};

/** SDKs take a connection that breaks for the end of the program, and say that it went well. */
const lost =
  "the program ended before it had registered its stack's outputs: it has lost its connection to the engine. " +
  "Nothing is deleted for what it did not ask for; run the same command again";

/** Resolves when the program has ended and `afterwards` is through, or something stopped the deployment. */
export async function runProgram(
  d: Deployment,
  source: ProgramSource,
  parallel: number,
  afterwards: () => Promise<void>,
): Promise<void> {
  let following: Promise<void> | undefined;
  const programDone = (): Promise<void> => {
    following ??= d.executor.drain().then(() => {
      if (d.executor.stopped || d.events.hasErrors) return undefined;
      return source.program || d.heardOut ? afterwards() : endWithError(d, lost);
    });
    return following;
  };
  const host = new Host(d.events.debug);
  const { monitor, close } = monitorService(d, { parallel, programDone, address: () => host.address() });
  const services = { monitor, engine: engineService(d, source.version) };
  host.serve(services);
  try {
    const error = source.program
      ? inProcess(d, source.program, services, parallel)
      : dialled(d, host, clientAddress(source.client), parallel);
    const through = error.then(async (text) => {
      if (text !== undefined) endWithError(d, text);
      else await programDone();
    });
    await Promise.race([through, d.executor.stopping]);
    await d.executor.drain();
    await following;
  } finally {
    close();
    host.close();
  }
}

interface Services {
  monitor: Monitor;
  engine: EngineService;
}

/** The services over gRPC on loopback: from the first moment somebody has to dial them. */
class Host {
  private services: Services | undefined;
  private listening: Promise<string> | undefined;
  private readonly closing: (() => void)[] = [];
  private readonly debug: boolean;

  constructor(debug: boolean) {
    this.debug = debug;
  }

  serve(services: Services): void {
    this.services = services;
  }

  address(): Promise<string> {
    this.listening ??= this.open(this.services!);
    return this.listening;
  }

  private async open(services: Services): Promise<string> {
    // What changes the SDK, for programs that use it.
    const [{ serveHere }] = await Promise.all([import("./same-process.ts"), import("./program-context.ts")]);
    const server = new grpc.Server(options);
    const definition = (module: object, name: string): grpc.ServiceDefinition =>
      (module as { [key: string]: grpc.ServiceDefinition })[name]!;
    const monitor = overGrpc(services.monitor);
    const engine = overGrpc(services.engine);
    server.addService(definition(resourceGrpc, "ResourceMonitorService"), monitor);
    server.addService(definition(engineGrpc, "EngineService"), engine);
    const address = `127.0.0.1:${await bind(server)}`;
    const here = serveHere(address, { ...monitor, ...engine } as Handlers, { debug: this.debug });
    this.closing.push(() => {
      here.end();
      server.forceShutdown();
    });
    return address;
  }

  onClose(close: () => void): void {
    this.closing.push(close);
  }

  close(): void {
    for (const close of this.closing) close();
  }
}

/** Resolves to what the program failed of, or undefined; it may never do so once the deployment has failed. */
function inProcess(d: Deployment, program: Program, services: Services, parallel: number): Promise<string | undefined> {
  const { project, stack, organization, preview, config } = d.settings;
  const entries = Object.entries(config);
  const run: ProgramRun = {
    ...services,
    project,
    stack,
    organization,
    config: Object.fromEntries(entries.map(([key, { value }]) => [key, value])),
    configSecretKeys: entries.filter(([, { secret }]) => secret).map(([key]) => key),
    dryRun: preview,
    parallel,
  };
  return Promise.resolve()
    .then(() => program(run))
    .then(
      () => undefined,
      (cause: unknown) => messageOf(cause) || "the program failed",
    );
}

async function dialled(d: Deployment, host: Host, client: string, parallel: number): Promise<string | undefined> {
  const address = await host.address();
  const runtime = new languageGrpc.LanguageRuntimeClient(
    client,
    grpc.credentials.createInsecure(),
    options,
  ) as LanguageRuntimeClient;
  host.onClose(() => runtime.close());
  return run(d, runtime, address, parallel);
}

/** A program's own failure, beside what the SDK has logged of it. */
function endWithError(d: Deployment, error: string): void {
  // What it says after the end is that it ended.
  if (d.executor.stopped) return;
  // Of steps that failed where the others went on, as the program was told.
  if (d.results.size > 0) d.executor.stop("failed");
  else d.executor.fail(new Error(error));
}

function bind(server: grpc.Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });
}

/** The program's error, or undefined. */
function run(
  d: Deployment,
  runtime: LanguageRuntimeClient,
  address: string,
  parallel: number,
): Promise<string | undefined> {
  const { settings } = d;
  const request = new languagePb.RunRequest();
  request.setProject(settings.project);
  request.setStack(settings.stack);
  request.setPwd(settings.root);
  request.setArgsList([address]);
  request.setDryrun(settings.preview);
  request.setParallel(parallel);
  request.setMonitorAddress(address);
  request.setOrganization(settings.organization);
  for (const [key, { value, secret }] of Object.entries(settings.config)) {
    request.getConfigMap().set(key, value);
    if (secret) request.addConfigsecretkeys(key);
  }
  return new Promise((resolve) => {
    runtime.run(request, (error: grpc.ServiceError | null, response: RunResponse | undefined) => {
      if (error) resolve(messageOf(error).replace(/^\d+ [A-Z_]+: /, ""));
      else resolve(response?.getError() || undefined);
    });
  });
}

/** Where the program listens, from the command line; a program has to be served by the caller. */
function clientAddress(given: string | undefined): string {
  if (given && /^(127\.0\.0\.1|localhost):\d+$/.test(given)) return given;
  throw new Diagnosis(
    "this engine runs programs that their caller serves (--client=127.0.0.1:PORT); it starts no language hosts",
  );
}
