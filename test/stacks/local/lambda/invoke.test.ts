import { spawnSync } from "node:child_process";
import { InvokeCommand } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createFunction, type Harness, startLambda } from "./harness.ts";

let lambda: Harness;
beforeAll(async () => {
  lambda = await startLambda();
});
afterAll(() => lambda.stop());

async function invoke(name: string, event: unknown = {}, extra: object = {}) {
  const answer = await lambda.client.send(
    new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(event), ...extra }),
  );
  const text = Buffer.from(answer.Payload ?? []).toString("utf8");
  return { ...answer, value: text === "" ? undefined : JSON.parse(text) };
}

describe("handlers", () => {
  // The main path: an ES module's async handler gets the event and the context Lambda gives, and nothing of ours.
  test("an ES module answers with its event and context", async () => {
    const name = await createFunction(
      lambda.client,
      `export const handler = async (event, context) => ({ event, name: context.functionName, left: context.getRemainingTimeInMillis() > 0, id: context.awsRequestId, region: process.env.AWS_REGION, key: process.env.AWS_ACCESS_KEY_ID, user: process.env.USER ?? null, mine: process.env.MINE })`,
      { Environment: { Variables: { MINE: "yes" } } },
    );
    const { value, FunctionError, $metadata } = await invoke(name, { a: 1 });
    expect(FunctionError).toBeUndefined();
    expect(value).toEqual({
      ...{ event: { a: 1 }, name, left: true, id: $metadata.requestId, region: "eu-west-1", key: "ASIATEST" },
      ...{ user: null, mine: "yes" },
    });
  });

  // CommonJS with a callback is most of the code that exists; it answers once nothing is left to do.
  test("CommonJS with a callback works on nodejs22.x and is refused on nodejs24.x, as on AWS", async () => {
    const code = {
      "src/app.js": `let done = false; exports.handler = (event, context, callback) => { callback(null, { ok: event.x }); setTimeout(() => { done = true; }, 5); }; exports.done = async () => done;`,
    };
    const old = await createFunction(lambda.client, code, { Runtime: "nodejs22.x", Handler: "src/app.handler" });
    expect((await invoke(old, { x: 2 })).value).toEqual({ ok: 2 });
    const modern = await createFunction(lambda.client, code, { Handler: "src/app.handler" });
    expect((await invoke(modern)).value).toMatchObject({ errorType: "Runtime.CallbackHandlerDeprecated" });
  });

  // callbackWaitsForEmptyEventLoop = false answers at once; a handler that leaves nothing to wait for answers null.
  test("callbacks need not wait, and an empty event loop ends the invocation", async () => {
    const code = {
      "index.js": `exports.now = (e, c, cb) => { c.callbackWaitsForEmptyEventLoop = false; setInterval(() => {}, 1000); cb(null, "now"); };
        exports.never = (e, c, cb) => {}; exports.hangs = () => new Promise(() => {});`,
    };
    const extra = { Runtime: "nodejs22.x", Timeout: 10 } as const;
    const now = await createFunction(lambda.client, code, { ...extra, Handler: "index.now" });
    expect((await invoke(now)).value).toBe("now");
    for (const Handler of ["index.never", "index.hangs"]) {
      const name = await createFunction(lambda.client, code, { ...extra, Handler });
      expect((await invoke(name)).value).toBeNull();
      expect((await invoke(name)).value).toBeNull();
    }
  });

  // As on Lambda, the SDK is there by require and by import; what lies above the folder is not.
  test("the AWS SDK is found by require and by import, nothing else is", async () => {
    const esm = await createFunction(
      lambda.client,
      `import { LambdaClient, GetFunctionConfigurationCommand } from "@aws-sdk/client-lambda"; import { S3Client } from "@aws-sdk/client-s3";
       export const handler = async (event, context) => [typeof S3Client, (await new LambdaClient({}).send(new GetFunctionConfigurationCommand({ FunctionName: context.functionName }))).FunctionName];`,
      { MemorySize: 256, Timeout: 10 },
    );
    expect((await invoke(esm)).value).toEqual(["function", esm]);
    const cjs = await createFunction(lambda.client, {
      "index.js": `const { marshall } = require("@aws-sdk/util-dynamodb"); const { DynamoDBDocumentClient } = require("@aws-sdk/lib-dynamodb");
        exports.handler = async () => [marshall({ a: 1 }), typeof DynamoDBDocumentClient.from];`,
    });
    expect((await invoke(cjs)).value).toEqual([{ a: { N: "1" } }, "function"]);
    const stranger = await createFunction(lambda.client, `import "fflate"; export const handler = async () => 1;`);
    expect((await invoke(stranger)).value).toMatchObject({ errorType: "Runtime.ImportModuleError" });
    const own = await createFunction(lambda.client, {
      "index.mjs": `import one from "one"; export const handler = async () => one;`,
      "node_modules/one/package.json": `{"name":"one","main":"main.js"}`,
      "node_modules/one/main.js": "module.exports = 'own module';",
    });
    expect((await invoke(own)).value).toBe("own module");
  });

  // The owner's files are not the function's: in a sandbox they are not even there.
  test("a function reads its own folder and writes its own temporary folder only", async () => {
    const name = await createFunction(
      lambda.client,
      `import fs from "node:fs"; import os from "node:os"; import path from "node:path";
       const code = (f) => { try { f(); return "ok"; } catch (error) { return error.code; } };
       export const handler = async (dir) => [code(() => fs.readFileSync("index.mjs")), code(() => fs.readFileSync("/etc/hostname")), code(() => fs.readdirSync(dir)), code(() => fs.writeFileSync(path.join(os.tmpdir(), "x"), "x")), code(() => fs.writeFileSync("index.mjs", "x"))];`,
    );
    const refused = expect.stringMatching(/^(ERR_ACCESS_DENIED|ENOENT|EROFS)$/);
    expect((await invoke(name, lambda.dataDir)).value).toEqual(["ok", refused, refused, "ok", refused]);
  });
});

describe("failures", () => {
  // Every way a handler can fail has Lambda's own shape, and the next invocation is served as if nothing had been.
  const bad = `export const handler = async (event) => {
    if (event.how === "throws") { class Odd extends Error { name = "OddError" } throw new Odd("it broke"); }
    if (event.how === "hangs") for (;;);
    if (event.how === "exits") process.exit(3);
    if (event.how === "grows") { const all = []; for (;;) all.push(new Array(100000).fill({ x: 1 }).map((v) => ({ ...v }))); }
    if (event.how === "buffers") { const all = []; for (;;) { all.push(Buffer.alloc(8 * 1024 * 1024, 1)); await new Promise((r) => setTimeout(r, 5)); } }
    if (event.how === "large") return "x".repeat(7 * 1024 * 1024);
    if (event.how === "rejects") { Promise.reject(new Error("nobody waits")); await new Promise((r) => setTimeout(r, 2000)); }
    if (event.how === "circular") { const a = {}; a.a = a; return a; }
    if (event.how === "string") throw "just words";
    return "fine";
  };`;
  const cases: [string, string, string | RegExp][] = [
    ["throws", "OddError", "it broke"],
    ["hangs", "Sandbox.Timedout", /^RequestId: [0-9a-f-]{36} Error: Task timed out after 1\.00 seconds$/],
    ["exits", "Runtime.ExitError", /Runtime exited with error: exit status 3$/],
    ["grows", "Runtime.ExitError", /Runtime exited with error: signal: (aborted \(core dumped\)|killed)$/],
    ["buffers", "Runtime.ExitError", /Runtime exited with error: signal: killed$/],
    ["large", "Function.ResponseSizeTooLarge", /^Response payload size exceeded maximum allowed payload size/],
    ["rejects", "Runtime.UnhandledPromiseRejection", "Error: nobody waits"],
    ["circular", "Runtime.MarshalError", /^Unable to stringify response body/],
    ["string", "string", "just words"],
  ];
  // Row L5.
  test.each(cases)("a handler that %s fails as on AWS, and the next call is fine", async (how, errorType, message) => {
    const name = await createFunction(lambda.client, bad, { Timeout: ["grows", "buffers"].includes(how) ? 20 : 1 });
    const { FunctionError, StatusCode, value } = await invoke(name, { how });
    expect({ StatusCode, FunctionError }).toEqual({ StatusCode: 200, FunctionError: "Unhandled" });
    expect(value.errorType).toBe(errorType);
    expect(value.errorMessage).toMatch(message);
    expect((await invoke(name)).value).toBe("fine");
  });

  // Errors before the handler runs say which kind they are: people search for these words.
  test.each([
    [
      { "index.mjs": "export const other = 1;" },
      "index.handler",
      "Runtime.HandlerNotFound",
      /index\.handler is undefined/,
    ],
    [{ "main.mjs": "" }, "index.handler", "Runtime.ImportModuleError", /Cannot find module 'index'/],
    [{ "index.js": "require('absent')" }, "index.handler", "Runtime.ImportModuleError", /Cannot find module 'absent'/],
    [{ "index.mjs": "export const = 1" }, "index.handler", "Runtime.UserCodeSyntaxError", /SyntaxError/],
    [{ "index.mjs": "throw new TypeError('at start')" }, "index.handler", "TypeError", /at start/],
    [{ "index.mjs": "process.exit(4)" }, "index.handler", "Runtime.ExitError", /exit status 4/],
  ] as const)("init fails as on AWS: %j", async (files, Handler, errorType, message) => {
    const name = await createFunction(lambda.client, files as Record<string, string>, { Handler });
    const { FunctionError, value } = await invoke(name);
    expect(FunctionError).toBe("Unhandled");
    expect(value.errorType).toBe(errorType);
    expect(value.errorMessage).toMatch(message);
  });
});

describe("logs", () => {
  // What `logs` shows: START, console lines with request id, whole multi-line messages, END, REPORT; Tail has the same.
  test("console lines, START, END and REPORT reach the log and the tail", async () => {
    const name = await createFunction(
      lambda.client,
      `export const handler = async () => { console.log("one\\ntwo %d", 2); console.error(new Error("shown")); process.stdout.write("raw line\\n"); return 1; };`,
    );
    const { LogResult, $metadata } = await invoke(name, {}, { LogType: "Tail" });
    const tail = Buffer.from(LogResult!, "base64").toString("utf8");
    const id = $metadata.requestId;
    expect(tail).toMatch(new RegExp(`START RequestId: ${id} Version: \\$LATEST\n`));
    expect(tail).toMatch(new RegExp(`Z\t${id}\tINFO\tone\ntwo 2\n`));
    expect(tail).toContain("raw line");
    expect(tail).toMatch(new RegExp(`\nEND RequestId: ${id}\nREPORT RequestId: ${id}\t`));
    await expect
      .poll(
        () => lambda.logged.filter((line) => line.message.startsWith("REPORT") && line.message.includes(id!)).length,
      )
      .toBe(1);
    const lines = lambda.logged.filter((line) => line.group === `/aws/lambda/${name}`).map((line) => line.message);
    expect(lines.some((line) => line.endsWith("one\ntwo 2"))).toBe(true);
    expect(lines.at(-1)).toMatch(
      new RegExp(
        `^REPORT RequestId: ${id}\tDuration: [\\d.]+ ms\tBilled Duration: \\d+ ms\tMemory Size: 128 MB\tMax Memory Used: \\d+ MB\tInit Duration: [\\d.]+ ms\t$`,
      ),
    );
  });

  // One call after another is one environment: none is started while the last is about to be free again.
  test("calls in a row share an environment, their lines in order", async () => {
    const name = await createFunction(
      lambda.client,
      "export const handler = async (n) => { console.log('line', n); return process.env.AWS_LAMBDA_LOG_STREAM_NAME; };",
    );
    const streams = new Set<string>();
    for (let n = 0; n < 50; n++) streams.add((await invoke(name, n)).value);
    expect(streams.size).toBe(1);
    const lines = () => lambda.logged.filter((line) => line.group.endsWith(name)).map(({ message }) => message);
    await expect.poll(() => lines().length).toBe(201);
    expect(lines()[0]).toMatch(/^INIT_START Runtime Version: nodejs:24\.v1\tRuntime Version ARN: arn:aws:lambda:/);
    const kinds = lines()
      .slice(1)
      .map((line) => /^(START|END|REPORT)|line \d+$/.exec(line)![0]);
    expect(kinds).toEqual(Array.from({ length: 50 }, (_, n) => ["START", `line ${n}`, "END", "REPORT"]).flat());
  });

  // A handler's error ends its invocation like an answer does: the environment stays, and is free at once.
  test("an environment is free again after an error", async () => {
    const name = await createFunction(
      lambda.client,
      "export const handler = async (fail) => { if (fail) throw new Error(process.env.AWS_LAMBDA_LOG_STREAM_NAME); return process.env.AWS_LAMBDA_LOG_STREAM_NAME; };",
      { Timeout: 30 },
    );
    const failed = await invoke(name, true);
    expect(String((await invoke(name, false)).value)).toBe(failed.value.errorMessage);
    await invoke(name, true);
    const reports = () => lambda.logged.filter((l) => l.group.endsWith(name) && l.message.startsWith("REPORT"));
    await expect.poll(() => reports().length).toBe(3);
    expect(reports()[0]!.message).toMatch(/Status: error\tError Type: Error\t$/);
  });

  // JSON logs are what structured logging sends; the group is the function's own choice.
  test("JSON format and another log group are honoured", async () => {
    const name = await createFunction(
      lambda.client,
      `export const handler = async () => { console.debug("hidden"); console.warn({ a: 1 }); return 1; };`,
      { LoggingConfig: { LogFormat: "JSON", LogGroup: "/own/group" } },
    );
    await invoke(name);
    await expect
      .poll(() => lambda.logged.some((line) => line.message.includes("platform.report") && line.group === "/own/group"))
      .toBe(true);
    const lines = lambda.logged.filter((line) => line.group === "/own/group").map((line) => JSON.parse(line.message));
    expect(lines).toContainEqual(expect.objectContaining({ level: "WARN", message: { a: 1 } }));
    expect(JSON.stringify(lines)).not.toContain("hidden");
  });
});

const levels = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"];
const python = spawnSync("python3", ["--version"]).status === 0;
if (!python) process.stderr.write("SKIPPED: no Python function's levels are tried: there is no python3\n");

// Who sets a level pays for no line below it, and loses none above.
describe("ApplicationLogLevel", () => {
  const node = levels.map((level) => `console.${level.toLowerCase()}("said ${level}");`);
  const py = levels.slice(1).map((level) => `log.${level.toLowerCase().replace("warn", "warning")}("said ${level}")`);
  const runtimes = [
    {
      Runtime: "nodejs24.x",
      Handler: "index.handler",
      said: levels,
      files: { "index.mjs": `export const handler = async () => { ${node.join(" ")} };` },
    },
    {
      Runtime: "python3.13",
      Handler: "main.handler",
      said: levels.slice(1),
      files: {
        "main.py": `import logging\nlog = logging.getLogger()\ndef handler(event, context):\n    ${py.join("\n    ")}\n`,
      },
    },
  ] as const;
  const cases = runtimes
    .filter(({ Runtime }) => python || Runtime !== "python3.13")
    .flatMap((one) => (["TRACE", "WARN"] as const).map((level) => ({ ...one, level })));
  test.each(cases)("$level holds back what is below it, $Runtime", async ({ files, said, level, Runtime, Handler }) => {
    const LoggingConfig = { LogFormat: "JSON", ApplicationLogLevel: level } as const;
    const name = await createFunction(lambda.client, files, { Runtime, Handler, LoggingConfig, Timeout: 10 });
    await invoke(name);
    const lines = () => lambda.logged.filter(({ group }) => group.endsWith(name)).map(({ message }) => message);
    await expect.poll(() => lines().some((line) => line.includes("platform.report"))).toBe(true);
    const heard = lines().flatMap((line) => /said ([A-Z]+)/.exec(line)?.[1] ?? []);
    expect(heard).toEqual(said.filter((one) => levels.indexOf(one) >= levels.indexOf(level)));
  });
});

describe("concurrency", () => {
  // Reserved concurrency is real: the call over the limit is refused at once, and served when there is room again.
  test("invocations run side by side up to the reserved limit, then get a 429", async () => {
    const { PutFunctionConcurrencyCommand } = await import("@aws-sdk/client-lambda");
    const name = await createFunction(
      lambda.client,
      `export const handler = async (ms) => { await new Promise((r) => setTimeout(r, ms)); return process.env.AWS_LAMBDA_LOG_STREAM_NAME; };`,
      { Timeout: 10 },
    );
    await lambda.client.send(
      new PutFunctionConcurrencyCommand({ FunctionName: name, ReservedConcurrentExecutions: 2 }),
    );
    const both = [invoke(name, 700), invoke(name, 700)];
    const third = await invoke(name, 1).catch((error: unknown) => error);
    expect(third).toMatchObject({
      name: "TooManyRequestsException",
      Reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
    });
    const streams = (await Promise.all(both)).map(({ value }) => value);
    expect(new Set(streams).size).toBe(2);
    expect(streams).toContain((await invoke(name, 1)).value);
  });

  // A burst far over what runs at once waits its turn on a few environments: none is lost, none answered twice.
  test("a hundred calls at once are all answered", async () => {
    const name = await createFunction(lambda.client, "export const handler = async (n) => n * 2;");
    const calls = await Promise.all(Array.from({ length: 100 }, (_, n) => invoke(name, n)));
    expect(calls.map(({ value }) => value)).toEqual(Array.from({ length: 100 }, (_, n) => n * 2));
  });
});
