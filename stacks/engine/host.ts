/**
 * Runs a program against a deployment: serves the monitor on loopback, dials the program's language runtime and waits
 * for its end, its failure or a stop. A run that has failed is abandoned, never waited for (the SDK may stay silent).
 */
import grpc from "@grpc/grpc-js";
import engineGrpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import type { LanguageRuntimeClient } from "@pulumi/pulumi/proto/language_grpc_pb.js";
import languageGrpc from "@pulumi/pulumi/proto/language_grpc_pb.js";
import type { RunResponse } from "@pulumi/pulumi/proto/language_pb.js";
import languagePb from "@pulumi/pulumi/proto/language_pb.js";
import resourceGrpc from "@pulumi/pulumi/proto/resource_grpc_pb.js";
import type { Deployment } from "./deployment.ts";
import { Diagnosis } from "./diagnosis.ts";
import { engineHandlers, monitorHandlers, runFailure } from "./monitor.ts";
import { serveHere } from "./same-process.ts";

const options = {
  "grpc.max_receive_message_length": 400 * 1024 * 1024,
  "grpc.max_send_message_length": 400 * 1024 * 1024,
};

/**
 * Resolves when the program has ended and `afterwards` is through, or something stopped the deployment. `client` is
 * the address of a LanguageRuntime.
 */
export async function runProgram(
  d: Deployment,
  client: string,
  parallel: number,
  afterwards: () => Promise<void>,
): Promise<void> {
  let following: Promise<void> | undefined;
  const programDone = (): Promise<void> => {
    following ??= d.executor.drain().then(() => (d.executor.stopped || d.events.hasErrors ? undefined : afterwards()));
    return following;
  };
  const server = new grpc.Server(options);
  const service = (module: object, name: string): grpc.ServiceDefinition =>
    (module as { [key: string]: grpc.ServiceDefinition })[name]!;
  const monitor = monitorHandlers(d, { programDone });
  const engine = engineHandlers(d);
  server.addService(service(resourceGrpc, "ResourceMonitorService"), monitor as grpc.UntypedServiceImplementation);
  server.addService(service(engineGrpc, "EngineService"), engine as grpc.UntypedServiceImplementation);
  const address = `127.0.0.1:${await listen(server)}`;
  const here = serveHere(address, { ...monitor, ...engine });
  const runtime = new languageGrpc.LanguageRuntimeClient(
    client,
    grpc.credentials.createInsecure(),
    options,
  ) as LanguageRuntimeClient;
  try {
    const ended = run(d, runtime, address, parallel).then(async (error) => {
      if (error !== undefined) endWithError(d, error);
      else await programDone();
    });
    await Promise.race([ended, d.executor.stopping]);
    await d.executor.drain();
    await following;
  } finally {
    here.end();
    runtime.close();
    server.forceShutdown();
  }
}

/** A program's own failure is told once: the SDK has logged what it knows of it already. */
function endWithError(d: Deployment, error: string): void {
  if (!d.events.hasErrors) d.events.diagnostic({ severity: "error", message: error });
  d.executor.stopFailed();
}

function listen(server: grpc.Server): Promise<number> {
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
      if (error) resolve(runFailure(error));
      else resolve(response?.getError() || undefined);
    });
  });
}

/** Where the program listens, from the command line; a program has to be served by the caller. */
export function clientAddress(given: string | undefined): string {
  if (given && /^(127\.0\.0\.1|localhost):\d+$/.test(given)) return given;
  throw new Diagnosis(
    "this engine runs programs that their caller serves (--client=127.0.0.1:PORT); it starts no language hosts",
  );
}
