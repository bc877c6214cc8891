/**
 * The documented Lambda Runtime API on loopback: one server, one secret path an environment, so that no function can
 * take another's events. Carries requests to their environment; knows no limit and no pool.
 */
import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What an environment does with its runtime's requests. */
export interface RuntimePeer {
  onNext(respond: ServerResponse): void;
  /** The body is not read yet; the environment reads it to its end or destroys it. */
  onResponse(requestId: string, request: IncomingMessage): boolean;
  onError(requestId: string, errorType: string, body: Buffer): boolean;
  onInitError(errorType: string, body: Buffer): void;
}

export interface RuntimeApi {
  /** Registers an environment; answers what its AWS_LAMBDA_RUNTIME_API is. */
  open(peer: RuntimePeer): { address: string; close(): void };
  stop(): void;
}

const errorLimitBytes = 256 * 1024;

export async function startRuntimeApi(): Promise<RuntimeApi> {
  const peers = new Map<string, RuntimePeer>();
  const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0, noDelay: true }, (request, response) => {
    const [, secret, version, kind, ...rest] = (request.url ?? "").split("/");
    const peer = peers.get(secret ?? "");
    if (!peer || version !== "2018-06-01" || kind !== "runtime") answer(response, 404);
    else route(peer, rest.join("/"), request, response);
  });
  server.headersTimeout = 0;
  await listen(server);
  const { port } = server.address() as AddressInfo;

  return {
    open(peer) {
      const secret = randomBytes(18).toString("base64url");
      peers.set(secret, peer);
      return { address: `127.0.0.1:${port}/${secret}`, close: () => void peers.delete(secret) };
    },
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
    // Open environments alone do not keep the process alive.
    server.unref();
  });
}

function route(peer: RuntimePeer, path: string, request: IncomingMessage, response: ServerResponse): void {
  if (path === "invocation/next" && request.method === "GET") {
    peer.onNext(response);
    return;
  }
  const errorType = String(request.headers["lambda-runtime-function-error-type"] ?? "Unhandled");
  if (path === "init/error" && request.method === "POST") {
    readError(request, response, (body) => {
      peer.onInitError(errorType, body);
      return true;
    });
    return;
  }
  const match = /^invocation\/([^/]+)\/(response|error)$/.exec(path);
  if (!match || request.method !== "POST") {
    answer(response, 404);
    return;
  }
  const [, requestId, what] = match;
  if (what === "error") {
    readError(request, response, (body) => peer.onError(requestId!, errorType, body));
    return;
  }
  request.once("end", () => answer(response, 202));
  if (!peer.onResponse(requestId!, request)) {
    request.removeAllListeners("end");
    request.resume();
    request.once("end", () => answer(response, 400, "InvalidRequestID"));
  }
}

function readError(request: IncomingMessage, response: ServerResponse, then: (body: Buffer) => boolean): void {
  const chunks: Buffer[] = [];
  let size = 0;
  request.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size <= errorLimitBytes) chunks.push(chunk);
  });
  request.once("end", () => {
    if (then(Buffer.concat(chunks))) answer(response, 202);
    else answer(response, 400, "InvalidRequestID");
  });
}

function answer(response: ServerResponse, status: number, errorType?: string): void {
  const body = errorType ? JSON.stringify({ errorMessage: "Invalid request ID", errorType }) : '{"status":"OK"}';
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
  response.end(body);
}
