/**
 * Lambda alone behind a bare HTTP server: no signatures, peers that remember. For what the gateway is no part of; the
 * whole cloud's tests go through test/support/local-cloud.ts.
 */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { CreateFunctionCommand, LambdaClient, waitUntilFunctionActiveV2 } from "@aws-sdk/client-lambda";
import { strToU8, type Zippable, zipSync } from "fflate";
import { openAccess } from "../../../../stacks/local/access/index.ts";
import { type Clock, systemClock } from "../../../../stacks/local/clock.ts";
import { createLambdaService, type LambdaTuning } from "../../../../stacks/local/lambda/index.ts";
import {
  type Call,
  type LocalCloud,
  type Peers,
  type Service,
  ServiceError,
} from "../../../../stacks/local/service.ts";
import { openStore } from "../../../../stacks/local/store.ts";
import { listen } from "../../../support/listen.ts";

export interface Harness {
  cloud: LocalCloud;
  service: Service;
  client: LambdaClient;
  port: number;
  dataDir: string;
  /** Every log line written so far, in order. */
  logged: { group: string; stream: string; message: string }[];
  stop(): Promise<void>;
}

export const role = "arn:aws:iam::123456789012:role/runner";

export async function startLambda(
  init: {
    dataDir?: string;
    tuning?: LambdaTuning;
    peers?: Peers;
    sdkDir?: string;
    options?: Partial<LocalCloud["options"]>;
    clock?: Clock;
  } = {},
): Promise<Harness> {
  const dataDir = init.dataDir ?? mkdtempSync(join(tmpdir(), "freehold-lambda-"));
  const store = openStore(dataDir);
  const logged: Harness["logged"] = [];
  let endpoint = "";
  const known = {
    options: {
      ...{ name: "test", dataDir, port: 0, accountId: "123456789012", region: "eu-west-1", sdkDir: init.sdkDir },
      ...init.options,
    },
    clock: init.clock ?? systemClock,
    log: () => undefined,
    peers: {
      writeLogs: (group, stream, events) =>
        void logged.push(...events.map(({ message }) => ({ group, stream, message }))),
      assumeRole: () => ({
        accessKeyId: "ASIATEST",
        secretAccessKey: "secret",
        sessionToken: "token",
        expiresAt: Date.now() + 3_600_000,
      }),
      ...init.peers,
    } satisfies Peers,
  };
  const cloud: LocalCloud = {
    ...known,
    store,
    access: openAccess(known),
    keyRing: { add: () => undefined, find: () => null },
    endpoint: () => endpoint,
    accept: (socket) => void server.emit("connection", socket),
  };
  const service = createLambdaService(cloud, init.tuning);
  const server = serve(service);
  endpoint = await listen(server);
  const port = Number(new URL(endpoint).port);
  await service.start?.();
  const client = new LambdaClient({
    region: "eu-west-1",
    endpoint: cloud.endpoint(),
    credentials: { accessKeyId: "AKIATEST", secretAccessKey: "secret" },
    maxAttempts: 1,
  });
  return {
    ...{ cloud, service, client, port, dataDir, logged },
    async stop() {
      client.destroy();
      await service.stop?.();
      server.closeAllConnections();
      server.close();
      await store.close();
      if (!init.dataDir) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** The API's caller; whoever asks for a URL has not signed. */
const owner = {
  accessKeyId: "AKIATEST",
  accountId: "123456789012",
  arn: "arn:aws:iam::123456789012:root",
  userId: "123456789012",
};

/** Idle connections stay: one that closes just as the client's next call goes out would fail that call. */
export function serve(service: Service) {
  return createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const url = new URL(request.url!, "http://x");
    const abort = new AbortController();
    response.once("close", () => abort.abort());
    const length = request.headers["content-length"];
    const call: Call = {
      requestId: randomUUID(),
      service: service.name,
      region: "eu-west-1",
      accountId: "123456789012",
      caller: service.claims?.(request.headers.host!, url.pathname) ? null : owner,
      method: request.method!,
      host: request.headers.host!,
      path: request.url!.split("?")[0]!,
      query: url.searchParams,
      rawQuery: url.search.slice(1),
      headers: Object.fromEntries(Object.entries(request.headers).map(([key, value]) => [key, String(value)])),
      body: request,
      bodyLength: length === undefined ? undefined : Number(length),
      trailers: {},
      remoteAddress: "127.0.0.1",
      signal: abort.signal,
    };
    service
      .handle(call)
      .catch((error: unknown) => {
        if (error instanceof ServiceError) return service.fail(error, call);
        throw error;
      })
      .then(async (reply) => {
        response.writeHead(reply.status, reply.headers as Record<string, string>);
        if (reply.body instanceof Readable) await pipeline(reply.body, response);
        else response.end(reply.body ?? "");
      })
      .catch(() => response.destroy());
  });
}

export function zip(files: Record<string, string>): Uint8Array {
  const entries: Zippable = {};
  for (const [name, text] of Object.entries(files)) entries[name] = strToU8(text);
  return zipSync(entries);
}

/** A function that is Active when this resolves; answers its name. */
export async function createFunction(
  client: LambdaClient,
  code: string | Record<string, string>,
  extra: Partial<ConstructorParameters<typeof CreateFunctionCommand>[0]> = {},
): Promise<string> {
  const name = `f-${randomUUID().slice(0, 8)}`;
  const files = typeof code === "string" ? { "index.mjs": code } : code;
  await client.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Runtime: "nodejs24.x",
      Handler: "index.handler",
      Role: role,
      Code: { ZipFile: zip(files) },
      ...extra,
    }),
  );
  const waited = { client, maxWaitTime: 10, minDelay: 0.02, maxDelay: 0.1 };
  await waitUntilFunctionActiveV2(waited, { FunctionName: extra.FunctionName ?? name });
  return extra.FunctionName ?? name;
}
