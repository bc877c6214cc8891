import { request } from "node:http";
import {
  AddPermissionCommand,
  CreateFunctionUrlConfigCommand,
  DeleteFunctionUrlConfigCommand,
  GetFunctionUrlConfigCommand,
  InvokeCommand,
  PutFunctionConcurrencyCommand,
  RemovePermissionCommand,
  UpdateFunctionCodeCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createFunction, type Harness, startLambda, zip } from "./harness.ts";

let lambda: Harness;
beforeAll(async () => {
  lambda = await startLambda();
});
afterAll(() => lambda.stop());

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
  /** Milliseconds from the request to the first byte of the body, and to its end. */
  chunks: { text: string; at: number }[];
}

/** Node does not resolve *.localhost everywhere: connects to loopback and names the host. */
function call(
  host: string,
  path = "/",
  init: { method?: string; headers?: Record<string, string>; body?: Buffer | string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { method = "GET", headers = {}, body } = init;
    const began = performance.now();
    const sent = request(
      { host: "127.0.0.1", port: lambda.port, path, method, headers: { ...headers, host } },
      (got) => {
        const chunks: Answer["chunks"] = [];
        const bytes: Buffer[] = [];
        got.on("data", (chunk: Buffer) => {
          chunks.push({ text: chunk.toString(), at: performance.now() - began });
          bytes.push(chunk);
        });
        got.on("end", () =>
          resolve({ status: got.statusCode!, headers: got.headers, body: Buffer.concat(bytes), chunks }),
        );
        got.on("error", reject);
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

async function publish(name: string, extra: object = {}): Promise<string> {
  await lambda.client.send(new AddPermissionCommand({ FunctionName: name, ...urlGrant }));
  await lambda.client.send(new AddPermissionCommand({ FunctionName: name, ...invokeGrant }));
  const made = await lambda.client.send(
    new CreateFunctionUrlConfigCommand({ FunctionName: name, AuthType: "NONE", ...extra }),
  );
  return new URL(made.FunctionUrl!).host;
}

const urlGrant = {
  StatementId: "url",
  Action: "lambda:InvokeFunctionUrl",
  Principal: "*",
  FunctionUrlAuthType: "NONE",
} as const;
const invokeGrant = {
  StatementId: "invoke",
  Action: "lambda:InvokeFunction",
  Principal: "*",
  InvokedViaFunctionUrl: true,
} as const;
const echo = "export const handler = async (event) => ({ statusCode: 200, body: JSON.stringify(event) });";
const address = { Tags: { "freehold:address": "notes--home.localhost" } };

// Every app's code reads this event; it is payload format 2.0 to the letter.
test("a request becomes a payload 2.0 event", async () => {
  const name = await createFunction(lambda.client, echo, address);
  const host = await publish(name);
  expect(host).toBe(`notes--home.localhost:${lambda.port}`);
  const root = "Root=1-5759e988-bd862e3fe1be46a994272793";
  const { status, body, headers } = await call(host, "/a%20b/c?x=1&x=2&y=%20z", {
    method: "POST",
    headers: {
      ...{ cookie: "a=1; b=2", "content-type": "application/json", "user-agent": "t", "x-my": "v" },
      "x-amzn-trace-id": `${root};Sampled=1`,
    },
    body: '{"n":1}',
  });
  expect(status).toBe(200);
  expect(headers["content-type"]).toBe("application/json");
  expect(headers["x-amzn-trace-id"]).toBe(root);
  const event = JSON.parse(body.toString());
  expect(event.headers["x-amzn-trace-id"]).toBe(root);
  expect(event).toMatchObject({
    ...{ version: "2.0", routeKey: "$default", rawPath: "/a%20b/c", rawQueryString: "x=1&x=2&y=%20z" },
    ...{ cookies: ["a=1", "b=2"], queryStringParameters: { x: "1,2", y: " z" } },
    ...{ body: '{"n":1}', isBase64Encoded: false },
    headers: { host, "x-my": "v", "x-forwarded-proto": "http", "x-forwarded-for": "127.0.0.1" },
    requestContext: {
      ...{
        accountId: "anonymous",
        domainName: "notes--home.localhost",
        domainPrefix: "notes--home",
        stage: "$default",
      },
      http: { method: "POST", path: "/a%20b/c", protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: "t" },
      time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
      timeEpoch: expect.any(Number),
    },
  });
  expect(event.headers.cookie).toBeUndefined();
  const binary = await call(host, "/", {
    method: "PUT",
    headers: { "content-type": "image/png" },
    body: Buffer.from([0, 255]),
  });
  expect(JSON.parse(binary.body.toString())).toMatchObject({ body: "AP8=", isBase64Encoded: true });
});

// What comes without a length reaches the function whole all the same; who sends no body waits for none.
test.each([
  ["in chunks", { "transfer-encoding": "chunked" }, { body: "made of pieces" }],
  ["with a length", { "content-length": "14" }, { body: "made of pieces" }],
  ["not at all", undefined, {}],
])("a body that comes %s is the event's", async (_how, framing, expected) => {
  const host = await publish(await createFunction(lambda.client, echo));
  const headers = { ...framing, "content-type": "text/plain" };
  const { status, body } = await call(host, "/", {
    method: framing ? "POST" : "DELETE",
    headers,
    ...(framing && { body: "made of pieces" }),
  });
  expect(status).toBe(200);
  const event = JSON.parse(body.toString());
  expect({ ...("body" in event && { body: event.body }) }).toEqual(expected);
});

// The rules by which a handler's answer becomes HTTP; a string or an object without statusCode is a 200.
test.each([
  ['"text"', 200, "application/json", "text"],
  ["{ a: 1 }", 200, "application/json", '{"a":1}'],
  [
    '{ statusCode: 201, headers: { "Content-Type": "text/html", "X-One": 1 }, cookies: ["a=1", "b=2"], body: "<p>é" }',
    201,
    "text/html",
    "<p>é",
  ],
  [
    '{ statusCode: 200, isBase64Encoded: true, headers: { "content-type": "image/png" }, body: "AP8=" }',
    200,
    "image/png",
    Buffer.from([0, 255]),
  ],
  ["{ statusCode: 204 }", 204, "application/json", ""],
  ['{ statusCode: "nonsense" }', 502, "text/plain; charset=utf-8", "Internal Server Error"],
  ['{ statusCode: 200, headers: { "a\\nb": "c" } }', 502, "text/plain; charset=utf-8", "Internal Server Error"],
  ['(() => { throw new Error("secret detail"); })()', 502, "text/plain; charset=utf-8", "Internal Server Error"],
] as const)("the answer %s is %i", async (answer, status, type, body) => {
  const name = await createFunction(lambda.client, `export const handler = async () => (${answer});`);
  const host = await publish(name);
  const got = await call(host);
  expect({ status: got.status, type: got.headers["content-type"], body: got.body }).toEqual({
    ...{ status, type, body: Buffer.from(body) },
  });
  if (status === 201) expect(got.headers["set-cookie"]).toEqual(["a=1", "b=2"]);
  expect(got.headers["x-amzn-requestid"]).toMatch(/^[0-9a-f-]{36}$/);
});

// AWS asks for two grants since October 2025: with either missing nobody gets in.
test("without both grants a public URL answers 403", async () => {
  const name = await createFunction(lambda.client, echo);
  const host = await publish(name);
  expect((await call(host)).status).toBe(200);
  for (const grant of [urlGrant, invokeGrant]) {
    await lambda.client.send(new RemovePermissionCommand({ FunctionName: name, StatementId: grant.StatementId }));
    const refused = await call(host);
    expect(refused.status).toBe(403);
    expect(JSON.parse(refused.body.toString()).Message).toMatch(/^Forbidden/);
    await lambda.client.send(new AddPermissionCommand({ FunctionName: name, ...grant }));
  }
  expect((await call(host)).status).toBe(200);
});

// An AWS_IAM URL takes signed calls only, whatever its policy says.
test("an AWS_IAM URL answers 403 to the unsigned", async () => {
  const name = await createFunction(lambda.client, echo);
  await lambda.client.send(new AddPermissionCommand({ FunctionName: name, ...invokeGrant }));
  const { FunctionUrl } = await lambda.client.send(
    new CreateFunctionUrlConfigCommand({ FunctionName: name, AuthType: "AWS_IAM" }),
  );
  expect((await call(new URL(FunctionUrl!).host)).status).toBe(403);
});

// 6 MB of event, base64 included: what AWS takes, so that an app that works here works there.
test("a body that makes the event too large answers 413", async () => {
  const name = await createFunction(
    lambda.client,
    "export const handler = async (event) => String(event.body.length);",
  );
  const host = await publish(name);
  const binary = { method: "POST", headers: { "content-type": "application/octet-stream" } };
  const fits = await call(host, "/", { ...binary, body: Buffer.alloc(4_600_000) });
  expect({ status: fits.status, body: fits.body.toString() }).toEqual({ status: 200, body: "6133336" });
  expect((await call(host, "/", { ...binary, body: Buffer.alloc(4_800_000) })).status).toBe(413);
  const text = { method: "POST", headers: { "content-type": "text/plain" }, body: "x".repeat(6_000_000) };
  expect((await call(host, "/", text)).status).toBe(200);
});

// A streamed answer is on its way while the function still works, with its own status, headers and cookies.
test("RESPONSE_STREAM hands on the first chunk before the end", async () => {
  const name = await createFunction(
    lambda.client,
    `export const handler = awslambda.streamifyResponse(async (event, stream) => {
       stream = awslambda.HttpResponseStream.from(stream, { statusCode: 206, headers: { "content-type": "text/plain", "x-a": "b" }, cookies: ["s=1"] });
       stream.write("first"); await new Promise((r) => setTimeout(r, 400)); stream.write("second"); stream.end();
     });`,
  );
  const host = await publish(name, { InvokeMode: "RESPONSE_STREAM" });
  const got = await call(host);
  expect({
    status: got.status,
    a: got.headers["x-a"],
    cookies: got.headers["set-cookie"],
    body: got.body.toString(),
  }).toEqual({
    ...{ status: 206, a: "b", cookies: ["s=1"], body: "firstsecond" },
  });
  expect(got.chunks[0]!.text).toBe("first");
  expect(got.chunks.length).toBeGreaterThan(1);
});

// A stream's prelude is for function URLs alone: whoever calls by Invoke, as an HTTP API does, gets it with the rest (seen by
// others with SDKs: aws/aws-lambda-web-adapter issue 476). So a function that answers there has to write one document.
test("a streaming function called by Invoke answers all of its bytes, prelude and all", async () => {
  const name = await createFunction(
    lambda.client,
    `export const handler = awslambda.streamifyResponse(async ({ plain }, stream) => {
       if (plain) { stream.setContentType("application/json"); stream.end('{"statusCode":201}'); return; }
       stream = awslambda.HttpResponseStream.from(stream, { statusCode: 206, headers: {} });
       stream.write("first "); await new Promise((r) => setTimeout(r, 50)); stream.write("second"); stream.end();
     });`,
  );
  const invoke = async (event: object): Promise<string> => {
    const Payload = Buffer.from(JSON.stringify(event));
    const answer = await lambda.client.send(new InvokeCommand({ FunctionName: name, Payload }));
    expect(answer.FunctionError).toBeUndefined();
    return Buffer.from(answer.Payload!).toString("utf8");
  };
  const [head = "", body] = (await invoke({})).split("\0".repeat(8));
  expect([JSON.parse(head), body]).toEqual([{ statusCode: 206, headers: {} }, "first second"]);
  expect(await invoke({ plain: true })).toBe('{"statusCode":201}');
});

// Work after the answer is common where answers stream (counts, logs): were the next event taken meanwhile, it would run
// into that work here and never on AWS, where the environment and its place are the handler's until it is done.
test("a handler that goes on after its answer's end keeps its environment and place, and no other call waits", async () => {
  const name = await createFunction(
    lambda.client,
    `let under = 0;
     export const handler = awslambda.streamifyResponse(async (event, stream) => {
       under++;
       stream.end(under + " " + process.env.AWS_LAMBDA_LOG_STREAM_NAME);
       await new Promise((r) => setTimeout(r, Number(event.queryStringParameters?.ms ?? 0)));
       under--;
       if (event.queryStringParameters?.fails) throw new Error("too late to be told");
     });`,
    { Timeout: 20 },
  );
  const host = await publish(name, { InvokeMode: "RESPONSE_STREAM" });
  const ask = async (query: string) => (await call(host, `/?${query}`)).body.toString().split(" ");
  const [, first] = await ask("ms=3000");
  const [under, second] = await ask("ms=0");
  expect([under, second === first]).toEqual(["1", false]);
  // What fails after its end was answered all the same; the environment is as good as before.
  const [, third] = await ask("fails=1");
  await expect.poll(() => ask("ms=0")).toEqual(["1", third]);

  await lambda.client.send(new PutFunctionConcurrencyCommand({ FunctionName: name, ReservedConcurrentExecutions: 1 }));
  const status = async (query: string) => (await call(host, `/?${query}`)).status;
  await expect.poll(() => status("ms=1000"), { timeout: 10_000 }).toBe(200);
  expect(await status("ms=0")).toBe(429);
  await expect.poll(() => status("ms=0"), { timeout: 5000 }).toBe(200);
});

// Twenty megabytes at the client's pace: streams hold no whole answer in memory, and none is cut.
test("a large stream arrives whole, and a client that leaves does not harm the function", async () => {
  const name = await createFunction(
    lambda.client,
    `import { Readable } from "node:stream"; import { pipeline } from "node:stream/promises";
     export const handler = awslambda.streamifyResponse(async (event, stream) => {
       await pipeline(Readable.from((function* () { for (let i = 0; i < 320; i++) yield Buffer.alloc(65536, i); })()), stream);
     });`,
    { Timeout: 20 },
  );
  const host = await publish(name, { InvokeMode: "RESPONSE_STREAM" });
  expect((await call(host)).body.length).toBe(320 * 65536);
  await new Promise<void>((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port: lambda.port, headers: { host } }, (got) => {
      got.once("data", () => {
        got.destroy();
        resolve();
      });
    });
    sent.on("error", reject);
    sent.end();
  });
  expect((await call(host)).body.length).toBe(320 * 65536);
});

// CORS as configured on the URL: preflights never reach the function, other origins get nothing.
test("CORS is the URL's", async () => {
  const name = await createFunction(lambda.client, echo);
  const Cors = {
    AllowOrigins: ["https://*.example.com"],
    AllowMethods: ["GET"],
    AllowHeaders: ["x-a"],
    MaxAge: 60,
    AllowCredentials: true,
  };
  const host = await publish(name, { Cors });
  const ask = (origin: string) =>
    call(host, "/", { method: "OPTIONS", headers: { origin, "access-control-request-method": "GET" } });
  expect((await ask("https://a.example.com")).headers).toMatchObject({
    ...{ "access-control-allow-origin": "https://a.example.com", "access-control-allow-methods": "GET" },
    ...{
      "access-control-allow-headers": "x-a",
      "access-control-max-age": "60",
      "access-control-allow-credentials": "true",
    },
  });
  expect((await ask("https://evil.com")).headers["access-control-allow-origin"]).toBeUndefined();
  const got = await call(host, "/", { headers: { origin: "https://b.example.com" } });
  expect(got.headers["access-control-allow-origin"]).toBe("https://b.example.com");
});

// New code answers at once, data stays; without its URL the host is nobody's.
test("new code answers the next request, and a deleted URL's host is not claimed", async () => {
  const name = await createFunction(lambda.client, "export const handler = async () => 'old';");
  const host = await publish(name);
  expect((await call(host)).body.toString()).toBe("old");
  await lambda.client.send(
    new UpdateFunctionCodeCommand({
      FunctionName: name,
      ZipFile: zip({ "index.mjs": "export const handler = async () => 'new';" }),
    }),
  );
  expect((await call(host)).body.toString()).toBe("new");
  expect(lambda.service.claims!(host, "/")).toBe(true);
  expect((await lambda.client.send(new GetFunctionUrlConfigCommand({ FunctionName: name }))).AuthType).toBe("NONE");
  await lambda.client.send(new DeleteFunctionUrlConfigCommand({ FunctionName: name }));
  expect(lambda.service.claims!(host, "/")).toBe(false);
  expect(lambda.service.claims!("unknown--home.localhost", "/")).toBe(false);
});
