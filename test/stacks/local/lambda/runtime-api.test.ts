/** The Runtime API as any runtime may speak it: in pieces, in chunks, pipelined, without manners. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type RuntimeApi, type RuntimePeer, startRuntimeApi } from "../../../../stacks/local/lambda/runtime-api.ts";
import type { Respond } from "../../../../stacks/local/lambda/runtime-http.ts";

let api: RuntimeApi;
let nexts: Respond[];
let answers: { id: string; text: string; trailers: Record<string, string> }[];
const peer: RuntimePeer = {
  onNext: (respond) => void nexts.push(respond),
  onResponse(id, _headers, body) {
    if (id !== "known") return false;
    if (Buffer.isBuffer(body)) answers.push({ id, text: body.toString(), trailers: {} });
    else {
      const chunks: Buffer[] = [];
      body.on("data", (chunk: Buffer) => chunks.push(chunk));
      body.once("end", () => answers.push({ id, text: Buffer.concat(chunks).toString(), trailers: body.trailers }));
    }
    return true;
  },
  onError: () => true,
  onInitError: () => undefined,
  onExtension: ({ path }, respond) => respond(200, "", path),
  onTelemetry: ({ body }, respond) => respond(200, "", `telemetry ${body}`),
};
let base: string;
beforeAll(async () => {
  api = await startRuntimeApi();
  base = `/${api.open(peer).address.split("/")[1]}/2018-06-01/runtime`;
});
afterAll(() => api.stop());
beforeEach(() => {
  nexts = [];
  answers = [];
});

async function open(): Promise<{ socket: Socket; said(): string }> {
  const socket = connect(api.port, "127.0.0.1");
  let text = "";
  socket.on("data", (chunk) => (text += chunk));
  await once(socket, "connect");
  return { socket, said: () => text };
}
const count = (text: string, word: string) => text.split(word).length - 1;

// Sockets cut where they like: a request is the same whether it comes whole or byte by byte.
test("a request may come in any pieces", async () => {
  const { socket, said } = await open();
  socket.setNoDelay(true);
  const request = `POST ${base}/invocation/known/response HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello`;
  for (const byte of request) await new Promise((resolve) => socket.write(byte, resolve));
  await expect.poll(said).toContain("HTTP/1.1 202 Accepted\r\n");
  expect(answers).toEqual([{ id: "known", text: "hello", trailers: {} }]);
  socket.destroy();
});

// Streams come in chunks, with what went wrong in the trailers; Go, Rust and curl send them so.
test("a body in chunks is put together, and its trailers are read", async () => {
  const { socket, said } = await open();
  socket.write(`POST ${base}/invocation/known/response HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n`);
  socket.write("Expect: 100-continue\r\n\r\n");
  await expect.poll(said).toContain("100 Continue");
  socket.write("5;name=value\r\nhello\r\n1\r\n,\r\nA\r\n the world\r\n0\r\nSome-Trailer: a value\r\n\r\n");
  await expect.poll(said).toContain("202 Accepted");
  expect(answers).toEqual([{ id: "known", text: "hello, the world", trailers: { "some-trailer": "a value" } }]);
  socket.destroy();
});

// One write for two answers wakes the function once; who waits for the first alone gets it at once.
test("answers keep the order of the requests, and one that is not waited for travels with the next", async () => {
  const { socket, said } = await open();
  const post = `POST ${base}/invocation/known/response HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi`;
  socket.write(post);
  await expect.poll(said).toContain("202");
  socket.write(`${post}GET ${base}/invocation/next HTTP/1.1\r\n\r\n`);
  await expect.poll(() => nexts.length).toBe(1);
  expect(count(said(), "HTTP/1.1")).toBe(1);
  nexts[0]!(200, "A: b\r\n", "the event");
  await expect
    .poll(said)
    .toMatch(/202 Accepted[\s\S]*202 Accepted[\s\S]*200 OK\r\nA: b\r\ncontent-length: 9\r\n\r\nthe event$/);
  socket.destroy();
});

// An API that is not there says which, so that nobody looks for the fault in their extension.
test("what is not served is refused by name, and what is no HTTP is closed", async () => {
  const { socket, said } = await open();
  const root = base.split("/2018")[0];
  socket.write(`PUT ${root}/2022-07-01/telemetry HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}`);
  await expect.poll(said).toContain("telemetry {}");
  socket.write(`PUT ${root}/2020-08-15/logs HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}`);
  await expect.poll(said).toContain("501 Not Implemented");
  expect(said()).toContain("The local cloud does not serve the Logs API, which the Telemetry API has replaced.");
  socket.write(`POST ${base}/invocation/other/response HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi`);
  await expect.poll(said).toContain("InvalidRequestID");
  socket.write("GET /no/such/secret HTTP/1.1\r\n\r\n");
  await expect.poll(said).toContain("404 Not Found");
  socket.write("what is this\r\n\r\n");
  await once(socket, "close");
  expect(said()).toMatch(/400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n$/);
});
