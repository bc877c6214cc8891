/**
 * The documented Lambda Runtime API on loopback: one server, one secret path an environment, so that no function can
 * take another's events. Carries requests to their environment; knows no limit and no pool.
 */
import { randomBytes } from "node:crypto";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { ExtensionRequest } from "./extensions.ts";
import { type BodyStream, type OnRequest, type Respond, type RuntimeRequest, serveConnection } from "./runtime-http.ts";

/** What an environment does with its runtime's requests. */
export interface RuntimePeer {
  /** `maxRssKb`: the most memory its process has used, where its client says so. */
  onNext(respond: Respond, maxRssKb: number | undefined): void;
  /** A stream is not read yet; the environment reads it to its end or destroys it. */
  onResponse(requestId: string, headers: RuntimeRequest["headers"], body: Buffer | BodyStream): boolean;
  onError(requestId: string, errorType: string, body: Buffer): boolean;
  onInitError(errorType: string, body: Buffer): void;
  onExtension(request: ExtensionRequest, respond: Respond): void;
  onTelemetry(request: ExtensionRequest, respond: Respond): void;
}

export interface RuntimeApi {
  /** Registers an environment; answers what its AWS_LAMBDA_RUNTIME_API is. */
  open(peer: RuntimePeer): { address: string; close(): void };
  readonly port: number;
  /** Takes a connection to the same port of another network. */
  accept(socket: Socket): void;
  stop(): void;
}

/** What Lambda has beside these interfaces: refused by name, never taken and ignored. */
const unserved: Readonly<Record<string, string>> = {
  "2020-08-15/logs": "the Logs API, which the Telemetry API has replaced",
};
const errorLimitBytes = 256 * 1024;
const json = "content-type: application/json\r\n";

export async function startRuntimeApi(): Promise<RuntimeApi> {
  const peers = new Map<string, RuntimePeer>();
  const sockets = new Set<Socket>();
  const onRequest: OnRequest = (request, respond) => {
    const [, secret = "", version, kind, ...rest] = request.path.split("/");
    const peer = peers.get(secret);
    const served = `${version}/${kind}`;
    if (peer && version === "2018-06-01" && kind === "runtime") route(peer, rest, request, respond);
    else if (peer && (served === "2020-01-01/extension" || served === "2022-07-01/telemetry")) {
      const { method, headers } = request;
      const path = rest.join("/");
      const hear = kind === "extension" ? "onExtension" : "onTelemetry";
      void readStart(request.body).then((body) => peer[hear]({ method, path, headers, body }, respond));
    } else if (peer && unserved[served])
      refuse(request, respond, 501, "NotServed", `The local cloud does not serve ${unserved[served]}.`);
    else refuse(request, respond, 404, "NotFound", "No such path");
  };
  const accept = (socket: Socket): void => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    serveConnection(socket, onRequest);
  };
  const server = createServer(accept);
  await listen(server);
  const { port } = server.address() as AddressInfo;

  return {
    open(peer) {
      const secret = randomBytes(18).toString("base64url");
      peers.set(secret, peer);
      return { address: `127.0.0.1:${port}/${secret}`, close: () => void peers.delete(secret) };
    },
    port,
    accept,
    stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
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

function route(peer: RuntimePeer, path: string[], request: RuntimeRequest, respond: Respond): void {
  const { method, headers, body } = request;
  const [what, id = "", outcome] = path;
  const errorType = headers["lambda-runtime-function-error-type"] ?? "Unhandled";
  if (method === "GET" && what === "invocation" && id === "next" && path.length === 2) {
    const maxRssKb = headers["freehold-max-rss-kb"];
    peer.onNext(respond, maxRssKb === undefined ? undefined : Number(maxRssKb));
  } else if (method === "POST" && what === "init" && id === "error" && path.length === 2)
    void readStart(body).then((bytes) => {
      peer.onInitError(errorType, bytes);
      accepted(respond);
    });
  else if (method === "POST" && what === "invocation" && outcome === "error" && path.length === 3)
    void readStart(body).then((bytes) => {
      if (peer.onError(id, errorType, bytes)) accepted(respond);
      else refuse(request, respond, 400, "InvalidRequestID", "Invalid request ID");
    });
  else if (method === "POST" && what === "invocation" && outcome === "response" && path.length === 3) {
    if (!peer.onResponse(id, headers, body)) refuse(request, respond, 400, "InvalidRequestID", "Invalid request ID");
    else if (Buffer.isBuffer(body)) accepted(respond);
    else body.once("complete", () => accepted(respond));
  } else refuse(request, respond, 404, "NotFound", "No such path");
}

/** The body's first bytes; what is beyond the limit is passed over. */
async function readStart(body: Buffer | BodyStream): Promise<Buffer> {
  if (Buffer.isBuffer(body)) return body.subarray(0, errorLimitBytes);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size <= errorLimitBytes) chunks.push(chunk);
    }
  } catch {
    // Its process is gone in the middle of the sentence: what came is what there is.
  }
  return Buffer.concat(chunks);
}

function accepted(respond: Respond): void {
  respond(202, json, '{"status":"OK"}');
}

function refuse(
  { body }: RuntimeRequest,
  respond: Respond,
  status: number,
  errorType: string,
  errorMessage: string,
): void {
  if (!Buffer.isBuffer(body)) body.resume();
  respond(status, json, JSON.stringify({ errorMessage, errorType }));
}
