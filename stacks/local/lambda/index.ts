/**
 * Lambda: the door. Puts the parts together (records, code, runtimes, execution, queue, URLs) and answers the gateway;
 * the operations are the table below. Refuses what this cloud cannot carry out, by name.
 */
import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { totalmem } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { every } from "../clock.ts";
import { chooseSandbox, type Door, type Fencing } from "../sandbox/index.ts";
import { type Call, type LocalCloud, type Reply, type Service, ServiceError } from "../service.ts";
import { lambdaAccess } from "./access.ts";
import { type AsyncQueue, awsRetryTimes, createAsyncQueue, type RetryTimes } from "./async-queue.ts";
import { openCode } from "./code.ts";
import type { Core } from "./core.ts";
import { developmentOf } from "./development.ts";
import { serviceFailure } from "./errors.ts";
import { createEventSources } from "./event-sources/index.ts";
import { eventSourceRoutes } from "./event-sources/operations.ts";
import { openMappings } from "./event-sources/records.ts";
import { createExecution } from "./execution.ts";
import { openHosts } from "./hosts.ts";
import { invokeRoutes } from "./invoke.ts";
import { openLayers } from "./layer-records.ts";
import { concurrencyRoutes, provisions, unreserved } from "./operations/concurrency.ts";
import { eventInvokeRoutes } from "./operations/event-invoke.ts";
import { functionRoutes, prepareAll, sweepCode } from "./operations/functions.ts";
import { layerPolicyRoutes } from "./operations/layer-policy.ts";
import { layerRoutes } from "./operations/layers.ts";
import { policyRoutes } from "./operations/policy.ts";
import { refusedRoutes } from "./operations/refused.ts";
import { settingRoutes } from "./operations/settings.ts";
import { urlRoutes } from "./operations/urls.ts";
import { versionRoutes } from "./operations/versions.ts";
import { openFunctions } from "./records.ts";
import { createRouter, failureReply } from "./router.ts";
import { type RuntimeApi, startRuntimeApi } from "./runtime-api.ts";
import { openRuntimes } from "./spawn.ts";
import { createUrlServer, type UrlServer } from "./url/serve.ts";

export interface LambdaTuning {
  retryTimes?: RetryTimes;
  /** The account's limit of concurrent executions. */
  concurrency?: number;
  /** The most that a streamed reply may have: 200 MB, as on AWS. */
  streamLimitBytes?: number;
}

const streamLimitBytes = 200 * 1024 * 1024;

interface Running {
  core: Core;
  route(call: Call): Promise<Reply>;
  urls: UrlServer;
  queue: AsyncQueue;
  zipAt(token: string): string | undefined;
  fencing(): Promise<Fencing>;
  stop(): Promise<void>;
}

const zipPath = "/_lambda/code/";
const sweepMs = 10_000;

export function createLambdaService(cloud: LocalCloud, tuning: LambdaTuning = {}): Service {
  // Tables exist before any service starts; the rest needs the endpoint and the peers.
  const functions = openFunctions(cloud.store);
  let running: Running | null = null;
  let starting: Promise<Running> | null = null;
  const ready = (): Promise<Running> => {
    starting ??= assemble(cloud, functions, tuning).then((made) => {
      running = made;
      return made;
    });
    return starting;
  };

  return {
    name: "lambda",
    async handle(call) {
      const lambda = running ?? (await ready());
      if (lambda.urls.claims(call.host)) return urlReply(lambda, call);
      if (call.path.startsWith(zipPath)) return zipReply(lambda, call);
      return lambda.route(call);
    },
    fail: (error, call) => failureReply(error, call.requestId),
    async start() {
      await ready();
    },
    async stop() {
      if (starting) await (await starting).stop();
    },
    async sandbox() {
      const { sandbox } = await (await ready()).fencing();
      return { kind: sandbox.kind, ...(sandbox.why === undefined ? {} : { why: sandbox.why }) };
    },
    claims: (host, path) => running?.urls.claims(host) === true || path.startsWith(zipPath),
  };
}

async function assemble(
  cloud: LocalCloud,
  functions: ReturnType<typeof openFunctions>,
  tuning: LambdaTuning,
): Promise<Running> {
  const dir = join(cloud.store.dir, "lambda");
  const tmpDir = join(dir, "tmp");
  rmSync(tmpDir, { recursive: true, force: true });
  const runtimeDir = cloud.options.runtimeDir ?? fileURLToPath(new URL("./runtime", import.meta.url));
  const sdkDir = cloud.options.sdkDir ?? fileURLToPath(new URL("../../..", import.meta.url));
  const [code, api] = await Promise.all([openCode(dir), startRuntimeApi()]);
  const concurrency = tuning.concurrency ?? cloud.options.lambdaConcurrency ?? concurrencyFor(totalmem());
  const doors = doorsOf(cloud, api);
  const hosts = openHosts(
    cloud,
    functions,
    doors.map(({ port }) => port),
  );
  let chosen: Promise<Fencing> | undefined;
  // Not before the first function or question: it costs a process or two.
  const fencing = (): Promise<Fencing> => {
    chosen ??= chooseSandbox(join(dir, "sandbox"), [...doors, hosts.door], cloud.options.sandbox);
    return chosen;
  };
  const runtimes = openRuntimes(runtimeDir, sdkDir, fencing, hosts);
  const execution = createExecution({
    ...{ cloud, code, api, runtimes, tmpDir, unreserved: () => shared },
    streamLimitBytes: tuning.streamLimitBytes ?? streamLimitBytes,
  });
  const tokens = new Map<string, string>();
  const core: Core = {
    cloud,
    functions,
    layers: openLayers(cloud.store),
    mappings: openMappings(cloud.store),
    code,
    execution,
    concurrency,
    enqueue: (event) => queue.enqueue(event),
    codeLocation: (sha) => `${cloud.endpoint()}${zipPath}${tokenFor(tokens, sha)}`,
  };
  const queue = createAsyncQueue(core, tuning.retryTimes ?? awsRetryTimes);
  let shared = unreserved(core);
  const follow = (name: string): void => {
    const record = functions.get(name);
    shared = unreserved(core);
    if (record) void fencing();
    const keep = Object.values(record?.versions ?? {});
    execution.retire(
      name,
      keep.map((version) => ({ version, development: developmentOf(record!.tags, version) })),
    );
    execution.provision(name, record ? provisions(record) : []);
  };
  functions.watch(follow);
  await sweepCode(core);
  prepareAll(core);
  for (const { name } of functions.list()) follow(name);
  queue.start();
  const sources = createEventSources(core);
  sources.start();
  const sweep = (): void => {
    execution.sweep();
    prepareAll(core);
  };
  const stopSweeping = every(cloud.clock, sweepMs, sweep);
  const routes = [
    ...functionRoutes(core),
    ...versionRoutes(core),
    ...layerRoutes(core),
    ...layerPolicyRoutes(core),
    ...urlRoutes(core),
    ...policyRoutes(core),
    ...concurrencyRoutes(core),
    ...settingRoutes(core),
    ...eventInvokeRoutes(core),
    ...eventSourceRoutes(core),
    ...invokeRoutes(core),
    ...refusedRoutes(),
  ];

  return {
    core,
    route: createRouter(cloud, routes, lambdaAccess(core)),
    urls: createUrlServer(core),
    queue,
    zipAt: (token) => tokens.get(token),
    fencing,
    async stop() {
      stopSweeping();
      queue.stop();
      sources.stop();
      await execution.stop();
      (await chosen)?.close();
      hosts.close();
      api.stop();
    },
  };
}

/** What of this cloud a function's own network has: the protocols' port and the Runtime API's. */
function doorsOf(cloud: LocalCloud, api: RuntimeApi): Door[] {
  return [
    { port: Number(new URL(cloud.endpoint()).port), accept: (socket, owner) => cloud.accept(socket, owner) },
    { port: api.port, accept: (socket) => api.accept(socket) },
  ];
}

/** Environments are processes of 80 MB and more: half the memory, between 10 (AWS's smallest) and 1,000 (its usual). */
function concurrencyFor(memoryBytes: number): number {
  return Math.min(1000, Math.max(10, Math.floor(memoryBytes / 2 / (80 * 1024 * 1024))));
}

/** Addresses of zips live as long as the process, the newest thousand of them. */
function tokenFor(tokens: Map<string, string>, sha: string): string {
  const token = randomBytes(18).toString("base64url");
  tokens.set(token, sha);
  if (tokens.size > 1000) tokens.delete(tokens.keys().next().value!);
  return token;
}

async function zipReply(lambda: Running, call: Call): Promise<Reply> {
  const sha = lambda.zipAt(call.path.slice(zipPath.length));
  if (!sha || call.method !== "GET")
    return { status: 403, headers: { "content-type": "text/plain" }, body: "Forbidden" };
  return { status: 200, headers: { "content-type": "application/zip" }, body: await lambda.core.code.read(sha) };
}

/** A URL's errors are answers to browsers: throttling keeps its 429, the rest is a bad gateway. */
async function urlReply(lambda: Running, call: Call): Promise<Reply> {
  try {
    return await lambda.urls.serve(call);
  } catch (error) {
    if (error instanceof ServiceError) return failureReply(error, call.requestId);
    lambda.core.cloud.log(`lambda: a function URL failed: ${String(error)}`);
    return failureReply(serviceFailure("Internal Server Error"), call.requestId);
  }
}
