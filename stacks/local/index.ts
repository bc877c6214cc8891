/**
 * The door of the local cloud: assembles store, services and gateway. One process, loopback only. The list of services
 * below is the whole of it; adding one is adding a line.
 */
import { mkdirSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { openAccess } from "./access/index.ts";
import { systemClock } from "./clock.ts";
import { createDynamoDBService } from "./dynamodb/index.ts";
import { createGateway, receive } from "./gateway.ts";
import { createIamService } from "./iam/index.ts";
import { type OwnerKey, ownerKey, ownerRing } from "./keys.ts";
import { createLambdaService } from "./lambda/index.ts";
import { lockFolder } from "./lock.ts";
import { openLog } from "./log-file.ts";
import { createLogsService } from "./logs/index.ts";
import { createS3Service } from "./s3/index.ts";
import type {
  Call,
  Clock,
  KeyRing,
  LocalCloud,
  LocalCloudOptions,
  Peers,
  Reply,
  Service,
  ServiceFactory,
} from "./service.ts";
import { createSsmService } from "./ssm/index.ts";
import { openStore } from "./store.ts";
import { createStsService } from "./sts/index.ts";

export { DataFolderInUse } from "./lock.ts";
export type { LocalCloudOptions } from "./service.ts";

const factories: readonly ServiceFactory[] = [
  createS3Service,
  createDynamoDBService,
  createLambdaService,
  createLogsService,
  createIamService,
  createStsService,
  createSsmService,
];

export interface RunningCloud {
  cloud: LocalCloud;
  port: number;
  /** `http://127.0.0.1:PORT` */
  endpoint: string;
  credentials: OwnerKey;
  /** Ends functions, finishes what is queued, closes the store. */
  close(): Promise<void>;
}

/** Throws DataFolderInUse, or the listen error (EADDRINUSE). `clock` is for tests. */
export async function startLocalCloud(
  options: LocalCloudOptions & { clock?: Clock; observe?: Observer },
): Promise<RunningCloud> {
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
  const unlock = lockFolder(options.dataDir);
  const clock = options.clock ?? systemClock;
  const log = openLog(join(options.dataDir, "local-cloud.log"), () => clock.now());
  const store = openStore(options.dataDir);
  const credentials = ownerKey(options.dataDir);
  const keyRings: KeyRing[] = [ownerRing(credentials, options.accountId)];
  const peers: Peers = {};
  let port = options.port;
  const cloud: LocalCloud = {
    options,
    store,
    clock,
    peers,
    access: openAccess({ options, clock, peers, log }),
    keyRing: {
      add: (ring) => void keyRings.push(ring),
      find: (id) => keyRings.reduce<ReturnType<KeyRing["find"]>>((found, ring) => found ?? ring.find(id), null),
    },
    endpoint: () => `http://127.0.0.1:${port}`,
    accept: (socket, functionName) => receive(server, socket, functionName),
    log,
  };
  const services = new Map<string, Service>(
    factories
      .map((create) => create(cloud))
      .map((service) => [service.name, options.observe ? observed(service, options.observe) : service]),
  );
  let ready = false;
  const { accountId, region, name } = options;
  const health = () => ({ name, version: options.version ?? "source", region, accountId, pid: process.pid, ready });
  const used: Required<Peers>["noteUse"] = (...use) => peers.noteUse?.(...use);
  const sandbox = async (): Promise<object> => (await services.get("lambda")?.sandbox?.()) ?? {};
  const server = createGateway({ services, keyRings, clock, accountId, region, health, sandbox, used, log });
  const close = async (): Promise<void> => {
    // Resolves at once when it never listened.
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeIdleConnections();
    for (const service of services.values()) await service.stop?.();
    server.closeAllConnections();
    await closed;
    await store.close();
    unlock();
  };
  try {
    port = await listen(server, options.port);
    for (const service of services.values()) await service.start?.();
  } catch (error) {
    await close();
    throw error;
  }
  ready = true;
  return { cloud, port, endpoint: cloud.endpoint(), credentials, close };
}

/** Sees each answer of a service before it is sent, and each error before it is put into words. */
export type Observer = (call: Call, outcome: Reply | Error) => void;

function observed(service: Service, observe: Observer): Service {
  const handle: Service["handle"] = async (call) => {
    try {
      const reply = await service.handle(call);
      observe(call, reply);
      return reply;
    } catch (error) {
      observe(call, error as Error);
      throw error;
    }
  };
  return { ...service, handle };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}
