/** The Telemetry API: extensions subscribe in init and hear of every call in time, over HTTP and TCP, in each fence. */
import { randomUUID } from "node:crypto";
import { InvokeCommand, PublishLayerVersionCommand } from "@aws-sdk/client-lambda";
import { strToU8, zipSync } from "fflate";
import { afterEach, describe, expect, test } from "vitest";
import { createFunction, type Harness, startLambda } from "./harness.ts";

let lambda: Harness;
afterEach(() => lambda.stop());

/**
 * As collectors of telemetry are written: it says that it is done with a call when it has heard that the runtime is.
 * What it heard it tells the function's log, a line an event.
 */
const collector = (subscription: object, listen: string): string => `
import { createServer as createHttp } from "node:http";
import { createServer as createTcp } from "node:net";
const api = "http://" + process.env.AWS_LAMBDA_RUNTIME_API;
const register = await fetch(api + "/2020-01-01/extension/register", { method: "POST",
  headers: { "Lambda-Extension-Name": "collector" }, body: '{"events":["INVOKE","SHUTDOWN"]}' });
const id = { "Lambda-Extension-Identifier": register.headers.get("lambda-extension-identifier") };
const heard = [];
let told = () => {};
const take = (events) => { heard.push(...events); told(); };
const servers = {
  http: () => createHttp(async (request, response) => {
    let text = ""; for await (const chunk of request) text += chunk;
    response.end(); take(JSON.parse(text).map((event) => ({ ...event, path: request.url, port: request.socket.remotePort })));
  }),
  tcp: () => createTcp((socket) => { let rest = ""; socket.on("data", (chunk) => {
    const lines = (rest + chunk).split("\\n"); rest = lines.pop(); take(lines.map((line) => JSON.parse(line))); }); }),
};
await new Promise((resolve) => servers.${listen}().listen(4321, "0.0.0.0", resolve));
const put = (body) => fetch(api + "/2022-07-01/telemetry", { method: "PUT", headers: id, body: JSON.stringify(body) });
const subscribed = await put(${JSON.stringify(subscription)});
console.log("collector subscribed", subscribed.status, await subscribed.text());
for (;;) {
  const event = await (await fetch(api + "/2020-01-01/extension/event/next", { headers: id })).json();
  if (event.eventType === "INVOKE")
    while (!heard.some(({ type, record }) => type === "platform.runtimeDone" && record.requestId === event.requestId))
      await new Promise((resolve) => { told = resolve; });
  for (const one of heard.splice(0)) console.log("heard " + JSON.stringify(one));
  if (event.eventType === "SHUTDOWN") process.exit(0);
}`;

const destination = { protocol: "HTTP", URI: "http://sandbox.localdomain:4321/events" };
const all = { schemaVersion: "2022-12-13", types: ["platform", "function", "extension"], destination };
const quick = { ...all, buffering: { maxItems: 1000, maxBytes: 262_144, timeoutMs: 25 } };

async function begin(sandbox: "bubblewrap" | "namespaces" | "none" = "none"): Promise<boolean> {
  lambda = await startLambda({ options: { sandbox } });
  return (await lambda.service.sandbox!()).kind === sandbox;
}

async function collected(script: string, code: string, extra: Parameters<typeof createFunction>[2] = {}) {
  const own = (await lambda.service.sandbox!()).kind !== "none";
  const node = own ? "/var/lang/bin/node" : process.execPath;
  const start = `#!/bin/sh\nexec ${node} $LAMBDA_OPT_ROOT${own ? "/opt" : ""}/lib/collector.mjs\n`;
  const Content = {
    ZipFile: zipSync({
      "extensions/collector": [strToU8(start), { os: 3, attrs: 0o755 << 16 }],
      "lib/collector.mjs": strToU8(script),
    }),
  };
  const layer = { LayerName: `layer-${randomUUID().slice(0, 8)}`, Content };
  const { LayerVersionArn } = await lambda.client.send(new PublishLayerVersionCommand(layer));
  return createFunction(lambda.client, code, { Layers: [LayerVersionArn!], Timeout: 10, ...extra });
}

async function invoke(FunctionName: string): Promise<any> {
  const answer = await lambda.client.send(new InvokeCommand({ FunctionName, Payload: '{"n":1}' }));
  return JSON.parse(Buffer.from(answer.Payload!).toString());
}

const lines = (): string[] => lambda.logged.map(({ message }) => message.trimEnd());
const heard = (): any[] =>
  lines().flatMap((line) => (line.startsWith("heard ") ? [JSON.parse(line.slice("heard ".length))] : []));
const reports = () => lines().filter((line) => line.startsWith("REPORT")).length;
const says = "export const handler = async (event) => { console.log('the function says', event.n); return event; };";

describe.each(["bubblewrap", "namespaces", "none"] as const)("a collector, sandbox %s", (sandbox) => {
  // It waits for the runtime's end before it says that it is done: told only afterwards, both would wait for ever.
  test("hears of init and of each call, in order, before the call is over", async ({ skip }) => {
    if (!(await begin(sandbox))) skip(`SKIPPED: this computer has no sandbox by ${sandbox}`);
    const name = await collected(collector(quick, "http"), says);
    for (let n = 1; n <= 2; n++) {
      expect(await invoke(name)).toEqual({ n: 1 });
      await expect.poll(reports).toBe(n);
    }
    await lambda.service.stop!();
    const events = heard();
    const types = events.filter(({ type }) => type.startsWith("platform.")).map(({ type }) => type.slice(9));
    const call = ["start", "runtimeDone", "report"];
    // The runtime begins when the extension is registered, and may be done before that has subscribed.
    const subscription = types.indexOf("telemetrySubscription");
    expect([1, 2]).toContain(subscription);
    expect(types.toSpliced(subscription, 1)).toEqual([
      ...["initStart", "initRuntimeDone", "extension", "initReport"],
      ...[...call, ...call],
    ]);
    const of = (type: string) => events.find((event) => event.type === type);
    expect(of("platform.initStart").record).toMatchObject({
      ...{ initializationType: "on-demand", phase: "init", functionName: name, functionVersion: "$LATEST" },
      runtimeVersion: "nodejs:24.v1",
    });
    expect(of("platform.telemetrySubscription").record).toEqual({
      ...{ name: "collector", state: "Subscribed", types: ["platform", "function", "extension"] },
    });
    expect(of("platform.extension").record).toEqual({
      ...{ name: "collector", state: "Ready", events: ["INVOKE", "SHUTDOWN"] },
    });
    expect(of("platform.runtimeDone").record).toMatchObject({
      ...{ requestId: expect.stringMatching(/^[0-9a-f-]{36}$/), status: "success" },
      metrics: { durationMs: expect.any(Number), producedBytes: 7 },
      tracing: { type: "X-Amzn-Trace-Id", value: expect.stringContaining("Root=1-") },
    });
    expect(of("platform.report").record.metrics).toMatchObject({
      memorySizeMB: 128,
      initDurationMs: expect.any(Number),
    });
    expect(of("function").record).toMatch(/\tINFO\tthe function says 1$/);
    expect(of("extension").record).toBe('collector subscribed 200 "OK"');
    expect(events.every(({ time, path }) => /^\d{4}-.*Z$/.test(time) && path === "/events")).toBe(true);
    // One connection for all batches.
    expect(new Set(events.map(({ port }) => port)).size).toBe(1);
  });
});

// Two environments of one function at once: the second one's collector has a port of the same number.
test("environments of one function do not share a port", async ({ skip }) => {
  if (!(await begin("bubblewrap"))) skip("SKIPPED: this computer has no sandbox by bubblewrap");
  const wait =
    "export const handler = async () => { await new Promise((r) => setTimeout(r, 2500)); return process.env.AWS_LAMBDA_LOG_STREAM_NAME; };";
  const name = await collected(collector(quick, "http"), wait);
  const streams = await Promise.all([invoke(name), invoke(name)]);
  expect(new Set(streams).size).toBe(2);
  expect(streams.every((stream) => typeof stream === "string")).toBe(true);
});

// Lines instead of a request, and only what was asked for.
test("TCP has a line an event, of the types that were asked for", async () => {
  await begin();
  const subscription = { ...quick, types: ["platform"], destination: { protocol: "TCP", port: 4321 } };
  const name = await collected(collector(subscription, "tcp"), says, { LoggingConfig: { LogFormat: "JSON" } });
  await invoke(name);
  await expect.poll(() => lines().some((line) => line.includes("platform.report"))).toBe(true);
  await lambda.service.stop!();
  const types = heard().map(({ type }) => type);
  expect(types).toContain("platform.report");
  expect(types.filter((type) => !type.startsWith("platform."))).toEqual([]);
  // The same events are the function's log where that is JSON.
  const logged = lines().flatMap((line) => (line.startsWith('{"time"') ? [JSON.parse(line)] : []));
  expect(logged.find(({ type }) => type === "platform.extension").record).toMatchObject({ name: "collector" });
  expect(logged.find(({ type }) => type === "platform.telemetrySubscription").record.types).toEqual(["platform"]);
});

// Whoever writes a subscription by hand is told everything that is wrong with it.
test("a subscription that is wrong is refused in words", async () => {
  await begin();
  const inner = `
const base = "http://" + process.env.AWS_LAMBDA_RUNTIME_API;
const register = await fetch(base + "/2020-01-01/extension/register", { method: "POST",
  headers: { "Lambda-Extension-Name": "inner" }, body: "{}" });
const id = { "Lambda-Extension-Identifier": register.headers.get("lambda-extension-identifier") };
const put = async (body, headers = id, version = "2022-07-01/telemetry") => {
  const answer = await fetch(base + "/" + version, { method: "PUT", headers, body });
  return answer.status + " " + (await answer.text());
};
const good = ${JSON.stringify(JSON.stringify(all))};
const said = [
  await put("{}"), await put("no json"), await put(good, {}),
  await put(JSON.stringify({ ...JSON.parse(good), types: ["party"], buffering: { maxItems: 5 },
    destination: { protocol: "HTTP", URI: "http://example.org:80" } })),
  await put(JSON.stringify({ ...JSON.parse(good), destination: { protocol: "HTTP", URI: "http://sandbox" } })),
  await put("{}", id, "2020-08-15/logs"),
  await put(good),
];
void (async () => { for (;;) await fetch(base + "/2020-01-01/extension/event/next", { headers: id }); })();
export const handler = async () => [...said, await put(good)];`;
  const name = await createFunction(lambda.client, inner, { Timeout: 10 });
  const said: string[] = await invoke(name);
  const shape =
    "schemaVersion should be one of 2022-07-01, 2022-12-13, 2025-01-29; types should not be empty; destination protocol should be HTTP or TCP";
  const refusal = (status: number, errorType: string, errorMessage: string) =>
    `${status} ${JSON.stringify({ errorMessage, errorType })}`;
  expect(said).toEqual([
    refusal(400, "ValidationError", shape),
    refusal(400, "ValidationError", shape),
    refusal(403, "Extension.MissingExtensionIdentifier", "Missing Lambda-Extension-Identifier header"),
    refusal(
      400,
      "ValidationError",
      "types should be among platform, function, extension; URI host should be sandbox.localdomain; maxItems should be from 1000 to 10000",
    ),
    refusal(400, "ValidationError", "URI port is not provided"),
    refusal(501, "NotServed", "The local cloud does not serve the Logs API, which the Telemetry API has replaced."),
    '200 "OK"',
    refusal(403, "Telemetry.SubscriptionClosed", "Telemetry API subscription is closed already"),
  ]);
});
