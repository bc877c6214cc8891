/** An AWS that answers what a test says, on loopback: what the functions that ship with a cloud ask is recorded. */
import { createServer, type IncomingHttpHeaders } from "node:http";
import { Readable } from "node:stream";
import { listen } from "../../support/listen.ts";

export interface Asked {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Told {
  status?: number;
  headers?: Record<string, string>;
  body?: string | Buffer | Readable;
}

export async function fakeAws(answer: (asked: Asked) => Told) {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = "", url = "", headers } = request;
    const one = { method, path: url, headers, body: Buffer.concat(chunks).toString("utf8") };
    asked.push(one);
    const { status = 200, headers: own = {}, body = "" } = answer(one);
    response.writeHead(status, own);
    if (body instanceof Readable) {
      response.once("close", () => body.destroy());
      body.once("error", () => response.destroy());
      body.pipe(response);
    } else response.end(method === "HEAD" ? undefined : body);
  });
  return {
    endpoint: await listen(server),
    asked,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
