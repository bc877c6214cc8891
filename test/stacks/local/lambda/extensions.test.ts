/** Extensions as layers bring them: begun beside the runtime, told of every call and of the end, believed in failure. */
import { randomUUID } from "node:crypto";
import { InvokeCommand, type LambdaClient, PublishLayerVersionCommand } from "@aws-sdk/client-lambda";
import { strToU8, zipSync } from "fflate";
import { afterEach, describe, expect, test } from "vitest";
import { createFunction, type Harness, startLambda } from "./harness.ts";

let lambda: Harness;
afterEach(() => lambda.stop());

/** An extension that says in the log what it gets; `code` runs when `event` has come. */
const recorder = (name: string, code = "", events = ["INVOKE", "SHUTDOWN"]): string => `
const base = "http://" + process.env.AWS_LAMBDA_RUNTIME_API + "/2020-01-01/extension/";
const call = (path, headers, body) =>
  fetch(base + path, { method: body === undefined ? "GET" : "POST", headers, body });
const registered = await call("register",
  { "Lambda-Extension-Name": "${name}", "Lambda-Extension-Accept-Feature": "accountId" },
  JSON.stringify({ events: ${JSON.stringify(events)} }));
const id = { "Lambda-Extension-Identifier": registered.headers.get("lambda-extension-identifier") };
console.log("${name} registered", registered.status, await registered.text(), process.env._HANDLER ?? "no handler");
for (;;) {
  const event = await (await call("event/next", id)).json();
  console.log("${name} got", JSON.stringify(event));
  ${code}
  if (event.eventType === "SHUTDOWN") process.exit(0);
}`;

const echo = "export const handler = async (event) => { console.log('handled'); return event; };";

async function begin(sandbox: "bubblewrap" | "namespaces" | "none" = "none"): Promise<boolean> {
  lambda = await startLambda({ options: { sandbox } });
  return (await lambda.service.sandbox!()).kind === sandbox;
}

/** A function with these scripts as its extensions; each begins Node as this sandbox has it. */
async function extended(
  scripts: Record<string, string>,
  code = echo,
  extra: Parameters<typeof createFunction>[2] & { mode?: number } = {},
): Promise<string> {
  const { mode = 0o755, ...rest } = extra;
  const own = (await lambda.service.sandbox!()).kind !== "none";
  const node = own ? "/var/lang/bin/node" : process.execPath;
  const files = Object.entries(scripts).flatMap(([name, script]) => [
    [
      `extensions/${name}`,
      [
        strToU8(`#!/bin/sh\nexec ${node} $LAMBDA_OPT_ROOT${own ? "/opt" : ""}/lib/${name}.mjs\n`),
        { os: 3, attrs: mode << 16 },
      ],
    ],
    [`lib/${name}.mjs`, strToU8(script)],
  ]);
  const Content = { ZipFile: zipSync(Object.fromEntries(files)) };
  const layer = await lambda.client.send(
    new PublishLayerVersionCommand({ LayerName: `layer-${randomUUID().slice(0, 8)}`, Content }),
  );
  return createFunction(lambda.client, code, { Layers: [layer.LayerVersionArn!], ...rest });
}

async function invoke(client: LambdaClient, FunctionName: string): Promise<any> {
  const answer = await client.send(new InvokeCommand({ FunctionName, Payload: '{"n":1}' }));
  return JSON.parse(Buffer.from(answer.Payload!).toString());
}

const lines = (): string[] => lambda.logged.map(({ message }) => message.trimEnd());
const said = (part: string): string | undefined => lines().find((line) => line.includes(part));

describe.each(["bubblewrap", "namespaces", "none"] as const)("an external extension, sandbox %s", (sandbox) => {
  // The life that the documentation promises, in every fence: registered, told of each call, told of the end.
  test("registers, hears of each call and of the end", async ({ skip }) => {
    if (!(await begin(sandbox))) skip(`SKIPPED: this computer has no sandbox by ${sandbox}`);
    const name = await extended({ watch: recorder("watch") });
    expect(await invoke(lambda.client, name)).toEqual({ n: 1 });
    expect(await invoke(lambda.client, name)).toEqual({ n: 1 });
    await expect.poll(() => lines().filter((line) => line.startsWith("REPORT")).length).toBe(2);
    await lambda.service.stop!();
    const registration = { functionName: name, functionVersion: "$LATEST", handler: "index.handler" };
    expect(said("watch registered")).toBe(
      `watch registered 200 ${JSON.stringify({ ...registration, accountId: "123456789012" })} no handler`,
    );
    expect(lines()).toContain("EXTENSION\tName: watch\tState: Ready\tEvents: [INVOKE, SHUTDOWN]");
    const events = lines()
      .filter((line) => line.startsWith("watch got"))
      .map((line) => JSON.parse(line.slice("watch got ".length)));
    expect(events).toEqual([
      ...[1, 2].map(() => ({
        ...{ eventType: "INVOKE", deadlineMs: expect.any(Number), requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
        invokedFunctionArn: expect.stringContaining(`:function:${name}`),
        tracing: { type: "X-Amzn-Trace-Id", value: expect.stringContaining("Root=") },
      })),
      { eventType: "SHUTDOWN", shutdownReason: "spindown", deadlineMs: expect.any(Number) },
    ]);
    // What it printed for a call is before that call's REPORT.
    const order = lines().filter((line) => /^(watch got|REPORT)/.test(line));
    expect(order.map((line) => line.split(" ")[0])).toEqual(["watch", "REPORT", "watch", "REPORT", "watch"]);
  });

  // Nobody waits for a process that is gone: the call fails in Lambda's words, and the others are told why.
  test("that crashes fails its call", async ({ skip }) => {
    if (!(await begin(sandbox))) skip(`SKIPPED: this computer has no sandbox by ${sandbox}`);
    const name = await extended(
      { bad: recorder("bad", "process.exit(3);"), good: recorder("good") },
      "export const handler = () => new Promise((resolve) => setTimeout(resolve, 20_000));",
      { Timeout: 20 },
    );
    expect(await invoke(lambda.client, name)).toEqual({
      errorType: "Extension.Crash",
      errorMessage: expect.stringMatching(/^RequestId: [0-9a-f-]{36} Error: exit status 3$/),
    });
    await expect.poll(() => said('"shutdownReason":"failure"')).toContain("good got");
  });
});

// The caller's answer is the runtime's; the environment is free when the extension is done, too.
test("the answer does not wait for an extension, the REPORT does", async () => {
  await begin();
  const slow = "if (event.eventType === 'INVOKE') await new Promise((resolve) => setTimeout(resolve, 700));";
  const name = await extended({ slow: recorder("slow", slow) });
  await invoke(lambda.client, name);
  expect(said("REPORT")).toBeUndefined();
  await expect.poll(() => said("REPORT"), { timeout: 5000 }).toBeDefined();
  expect(Number(/Duration: ([\d.]+)/.exec(said("REPORT")!)![1])).toBeGreaterThan(600);
});

// A function that hangs or ends takes nobody's last words with it.
test.each([
  ["timeout", "await new Promise(() => setInterval(() => {}, 1000));", "Sandbox.Timedout"],
  ["failure", "process.exit(7);", "Runtime.ExitError"],
])("the reason of a shutdown by %s is told", async (reason, code, errorType) => {
  await begin();
  const name = await extended({ watch: recorder("watch") }, `export const handler = async () => { ${code} };`, {
    Timeout: 1,
  });
  expect(await invoke(lambda.client, name)).toMatchObject({ errorType });
  await expect.poll(() => said("shutdownReason")).toContain(`"shutdownReason":"${reason}"`);
});

// Lambda starts every file of the folder; one that it cannot start is the function's failure.
test("a file that may not be run is a launch error", async () => {
  await begin();
  const name = await extended({ watch: recorder("watch") }, echo, { mode: 0o644 });
  expect(await invoke(lambda.client, name)).toEqual({
    errorType: "Extension.LaunchError",
    errorMessage: "Error: fork/exec /opt/extensions/watch: permission denied",
  });
});

// What an extension says of itself is what the caller hears.
test("an extension's own error of its init fails the call", async () => {
  await begin();
  const script = recorder("ill").replace(
    "for (;;) {",
    'await call("init/error", { ...id, "Lambda-Extension-Function-Error-Type": "Ill.NoConfig" }, "{}"); for (;;) {',
  );
  const name = await extended({ ill: script });
  expect(await invoke(lambda.client, name)).toMatchObject({ errorType: "Extension.InitError" });
  await expect.poll(() => said("State: InitError")).toContain("Error Type: Ill.NoConfig");
});

// The same in the middle of a call: nobody waits for the function then.
test("an extension's own error of a call fails that call", async () => {
  await begin();
  const says = 'await call("exit/error", { ...id, "Lambda-Extension-Function-Error-Type": "Ill.Later" }, "{}");';
  const hangs = "export const handler = () => new Promise((resolve) => setTimeout(resolve, 20_000));";
  const name = await extended({ ill: recorder("ill", says, ["INVOKE"]) }, hangs, { Timeout: 20 });
  expect(await invoke(lambda.client, name)).toMatchObject({ errorType: "Extension.ExitError" });
  await expect.poll(() => said("State: ExitError")).toContain("Error Type: Ill.Later");
});

// Libraries in the runtime's process register as well, for calls alone; everything else is refused in AWS's words.
test("an internal extension hears of calls, and what is wrong is refused by name", async () => {
  await begin();
  const internal = `
const base = "http://" + process.env.AWS_LAMBDA_RUNTIME_API + "/2020-01-01/extension/";
const post = async (path, headers, body = "{}") => {
  const answer = await fetch(base + path, { method: "POST", headers, body });
  return { status: answer.status, id: answer.headers.get("lambda-extension-identifier"), ...(await answer.json()) };
};
const name = { "Lambda-Extension-Name": "inner" };
const at = (id) => ({ "Lambda-Extension-Identifier": id });
const refused = [
  await post("register", {}),
  await post("register", name, "no json"),
  await post("register", name, '{"events":["SHUTDOWN"]}'),
  await post("register", name, '{"events":["PARTY"]}'),
  await post("init/error", {}),
  await post("init/error", at("x")),
  await post("init/error", at("00000000-0000-0000-0000-000000000000")),
];
const { id } = await post("register", name, '{"events":["INVOKE"]}');
refused.push(await post("register", name, '{"events":["INVOKE"]}'), await post("exit/error", at(id)));
for (let n = 2; n <= 10; n++) {
  const more = await post("register", { "Lambda-Extension-Name": "inner" + n }, '{"events":[]}');
  void fetch(base + "event/next", { headers: at(more.id) });
}
refused.push(await post("register", { "Lambda-Extension-Name": "eleventh" }, '{"events":[]}'));
const heard = [];
const listen = async () => {
  for (;;) heard.push((await (await fetch(base + "event/next", { headers: at(id) })).json()).requestId);
};
void listen();
export const handler = async (event, { awsRequestId }) => {
  while (!heard.includes(awsRequestId)) await new Promise((resolve) => setTimeout(resolve, 5));
  const late = await post("register", { "Lambda-Extension-Name": "late" }, '{"events":[]}');
  return [...refused, late].map(({ status, errorType }) => status + " " + errorType);
};`;
  const name = await createFunction(lambda.client, internal);
  expect(await invoke(lambda.client, name)).toEqual([
    "403 Extension.InvalidExtensionName",
    "403 InvalidRequestFormat",
    "403 Extension.InvalidEventType",
    "403 Extension.InvalidEventType",
    "403 Extension.MissingExtensionIdentifier",
    "403 Extension.InvalidExtensionIdentifier",
    "403 Extension.UnknownExtensionIdentifier",
    "403 Extension.InvalidExtensionState",
    "403 Extension.MissingHeader",
    "403 Extension.TooManyExtensions",
    "403 Extension.RegistrationClosed",
  ]);
  expect(await invoke(lambda.client, name)).toHaveLength(11);
});
