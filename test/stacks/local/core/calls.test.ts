/** What the gateway makes of a request for the service that answers it. */
import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { systemClock } from "../../../../stacks/local/clock.ts";
import { createGateway } from "../../../../stacks/local/gateway.ts";
import type { Call, Reply } from "../../../../stacks/local/service.ts";

let answer: (call: Call) => Promise<Reply>;
const gateway = createGateway({
  services: new Map([
    [
      "s3",
      {
        name: "s3",
        unsigned: true,
        handle: (call) => answer(call),
        fail: ({ status, message: body }) => ({ status, body }),
      },
    ],
  ]),
  ...{ keyRings: [], clock: systemClock, accountId: "123456789012", region: "eu-west-1" },
  ...{ health: () => ({}), sandbox: async () => ({}), used: () => undefined, log: () => undefined },
});
beforeAll(async () => {
  await once(gateway.listen(0, "127.0.0.1"), "listening");
});
afterAll(() => void gateway.close());

function send(first: string, ...lines: string[]) {
  const socket = connect((gateway.address() as AddressInfo).port, "127.0.0.1");
  socket.write([first, "Host: localhost", ...lines, "Connection: close\r\n\r\n"].join("\r\n"));
  return socket.resume();
}

// HTTP lets a header come on several lines, and be named as what every object of JavaScript has.
it("hands on headers in lower case, those of several lines joined", async () => {
  const asked = Promise.withResolvers<Call>();
  answer = async (call) => {
    asked.resolve(call);
    return { status: 200 };
  };
  send("GET /a?x=1&x=%202 HTTP/1.1", "Cookie: a=1", "X-Twice: a", "cookie: b=2", "x-twice: b", "Constructor: c");
  const { headers, path, query, rawQuery } = await asked.promise;
  expect(headers).toEqual({
    ...{ host: "localhost", cookie: "a=1; b=2", "x-twice": "a,b" },
    ...{ constructor: "c", connection: "close" },
  });
  expect([path, rawQuery, query.getAll("x")]).toEqual(["/a", "x=1&x=%202", ["1", " 2"]]);
});

// A service that waits (long answers, functions' streams) learns that nobody waits for it any more, whenever it asks.
it.each([
  ["before it asks", true],
  ["after it has asked", false],
])("tells a service of a client that leaves %s", async (_when, late) => {
  const [asked, told] = [Promise.withResolvers<Call>(), Promise.withResolvers<boolean>()];
  answer = async (call) => {
    const early = late ? undefined : call.signal;
    asked.resolve(call);
    await once(gone, "close");
    const signal = early ?? call.signal;
    if (!signal.aborted) await once(signal, "abort");
    told.resolve(signal.aborted);
    return { status: 200 };
  };
  const arrived = once(gateway, "connection");
  const socket = send("GET /a HTTP/1.1");
  const [gone] = await arrived;
  await asked.promise;
  socket.destroy();
  expect(await told.promise).toBe(true);
});

// Else every answered call would look like one given up.
it("a client that has its answer has not left", async () => {
  const asked = Promise.withResolvers<AbortSignal>();
  answer = async (call) => {
    asked.resolve(call.signal);
    return { status: 200, body: "whole" };
  };
  await once(send("GET /a HTTP/1.1"), "close");
  expect((await asked.promise).aborted).toBe(false);
});
