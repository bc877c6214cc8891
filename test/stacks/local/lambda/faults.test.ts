/** Functions that go wrong in ways that could harm the others or the cloud: none does. */
import { InvokeCommand, TooManyRequestsException } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createFunction, type Harness, startLambda } from "./harness.ts";

let lambda: Harness;
beforeAll(async () => {
  lambda = await startLambda({ options: { lambdaConcurrency: 10 } });
});
afterAll(() => lambda.stop());

async function call(FunctionName: string, event: unknown = {}) {
  const { Payload, FunctionError } = await lambda.client.send(
    new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }),
  );
  return { FunctionError, value: JSON.parse(Payload!.transformToString()) };
}
const messages = (name: string) =>
  lambda.logged.filter(({ group }) => group.endsWith(name)).map(({ message }) => message);

describe("init", () => {
  // Lambda begins a process whose init failed once more, within the call: code that fails by chance comes up then.
  test("that fails is tried once more within the call, in the same log stream", async () => {
    const name = await createFunction(lambda.client, "console.log('begins'); throw new TypeError('at start');");
    const { FunctionError, value } = await call(name);
    expect(FunctionError).toBe("Unhandled");
    expect(value).toMatchObject({ errorType: "TypeError", errorMessage: "at start" });
    await expect.poll(() => messages(name).some((line) => line.startsWith("REPORT"))).toBe(true);
    const lines = messages(name);
    expect(lines.filter((line) => line.endsWith("begins"))).toHaveLength(2);
    const reports = lines.filter((line) => line.startsWith("INIT_REPORT"));
    expect(reports[0]).toMatch(
      /^INIT_REPORT Init Duration: \d+\.\d\d ms\tPhase: init\tStatus: error\tError Type: TypeError$/,
    );
    expect(reports[1]).toMatch(/\tPhase: invoke\tStatus: error\tError Type: TypeError$/);
    const started = lines.findIndex((line) => line.startsWith("START"));
    expect(started).toBeGreaterThan(lines.indexOf(reports[0]!));
    expect(started).toBeLessThan(lines.indexOf(reports[1]!));
    expect(new Set(lambda.logged.filter(({ group }) => group.endsWith(name)).map(({ stream }) => stream)).size).toBe(1);
  });
});

// The time limit is each call's own, however many an environment has had and however long it waited between two.
test("an environment's calls have the whole time limit each, and its last one no more", async () => {
  const name = await createFunction(
    lambda.client,
    `let calls = 0;
     export const handler = async (ms) => { calls++; await new Promise((r) => setTimeout(r, ms)); return calls; };`,
    { Timeout: 1 },
  );
  const passes = await createFunction(
    lambda.client,
    "export const handler = async (ms) => { await new Promise((r) => setTimeout(r, ms)); };",
  );
  // Together longer than the limit, one after another.
  for (const calls of [1, 2, 3]) expect((await call(name, 450)).value).toBe(calls);
  // Longer than the limit without a call.
  await call(passes, 1200);
  expect((await call(name, 450)).value).toBe(4);
  const started = performance.now();
  const { value } = await call(name, 60_000);
  const ms = performance.now() - started;
  expect(value.errorType).toBe("Sandbox.Timedout");
  expect(ms).toBeGreaterThan(990);
  expect(ms).toBeLessThan(3000);
});

// What a function keeps from call to call counts in the later ones, too, and it may have waited between.
test("an environment that outgrows its memory in a later call is ended", async () => {
  const name = await createFunction(
    lambda.client,
    `const kept = [];
     export const handler = async (ms) => {
       for (; ms > 0; ) { kept.push(Buffer.alloc(8 * 1024 * 1024, 1)); await new Promise((r) => setTimeout(r, 5)); }
       await new Promise((r) => setTimeout(r, -ms));
       return "fine";
     };`,
    { Timeout: 20 },
  );
  const passes = await createFunction(
    lambda.client,
    "export const handler = async (ms) => { await new Promise((r) => setTimeout(r, ms)); };",
  );
  // Long enough for a look at its memory, and for one while nobody calls.
  expect((await call(name, -300)).value).toBe("fine");
  await call(passes, 500);
  expect((await call(name, 1)).value).toMatchObject({
    errorType: "Runtime.ExitError",
    errorMessage: expect.stringMatching(/signal: killed$/),
  });
  expect((await call(name, 0)).value).toBe("fine");
});

// Timers of a function stand still while nobody calls it: what they would do is not done behind the caller's back.
test("a function does nothing between two calls", async () => {
  const name = await createFunction(
    lambda.client,
    `let ticks = 0; setInterval(() => ticks++, 1);
     export const handler = async () => ticks;`,
  );
  const idle = await createFunction(
    lambda.client,
    "export const handler = async (ms) => { await new Promise((r) => setTimeout(r, ms)); };",
  );
  await call(name);
  const { value: before } = await call(name);
  // Another function's second of work is the time that passes.
  await call(idle, 1000);
  const { value: after } = await call(name);
  expect(after - before).toBeLessThan(100);
});

// A hundred megabytes are more than any reader wants: what is kept is bounded, the rest is counted in the log, and
// another function answers meanwhile.
test("a flood of lines is cut with a word about it, and holds nobody up", async () => {
  const line = "x".repeat(999);
  const name = await createFunction(
    lambda.client,
    `import { writeSync } from "node:fs";
     const text = Buffer.from(${JSON.stringify(`${line}\n`)}.repeat(64));
     const put = (bytes) => { for (let at = 0; at < bytes.length; ) try { at += writeSync(1, bytes, at); } catch (e) { if (e.code !== "EAGAIN") throw e; } };
     export const handler = async () => { for (let i = 0; i < 1600; i++) put(text); return "done"; };`,
    { Timeout: 60 },
  );
  const other = await createFunction(lambda.client, "export const handler = async () => 'here';");
  await call(other);
  const before = process.memoryUsage.rss();
  const flood = call(name);
  let over = false;
  void flood.finally(() => (over = true));
  let answered = 0;
  for (; !over; answered++) expect((await call(other)).value).toBe("here");
  expect((await flood).value).toBe("done");
  expect(answered).toBeGreaterThan(0);
  await expect.poll(() => messages(name).some((text) => text.startsWith("REPORT")), { timeout: 20_000 }).toBe(true);
  const said = messages(name).flatMap((text) => /^LOGS_DROPPED (\d+) log events with (\d+) bytes/.exec(text) ?? []);
  expect(said.length).toBeGreaterThan(0);
  const kept = messages(name).filter((text) => text === line).length;
  const dropped = messages(name)
    .map((text) => Number(/^LOGS_DROPPED (\d+)/.exec(text)?.[1] ?? 0))
    .reduce((sum, count) => sum + count, 0);
  expect(kept + dropped).toBe(102_400);
  expect(kept).toBeLessThan(102_400);
  // What was kept is in this process, too, and on a slow computer it is more.
  expect(process.memoryUsage.rss() - before - kept * line.length).toBeLessThan(150 * 1024 * 1024);
}, 60_000);

// Row L5: more calls than the account may run at once: each is answered or throttled, and afterwards all is as before.
test("a thousand calls at once are answered or get a 429, and the next one is fine", async () => {
  const name = await createFunction(
    lambda.client,
    "export const handler = async (n) => { await new Promise((r) => setTimeout(r, 20)); return n; };",
  );
  const outcomes = await Promise.allSettled(Array.from({ length: 1000 }, (_, n) => call(name, n)));
  const answered = outcomes.filter(({ status }) => status === "fulfilled").length;
  const refused = outcomes.filter((one) => one.status === "rejected" && one.reason instanceof TooManyRequestsException);
  expect(answered).toBeGreaterThanOrEqual(10);
  expect(refused.length).toBeGreaterThan(0);
  expect(answered + refused.length).toBe(1000);
  for (const [n, outcome] of outcomes.entries())
    if (outcome.status === "fulfilled") expect(outcome.value).toEqual({ FunctionError: undefined, value: n });
  expect((await call(name, 7)).value).toBe(7);
}, 60_000);

describe("platform events", () => {
  const events = (name: string) =>
    messages(name).flatMap((line) => {
      const { type, record } = JSON.parse(line);
      return typeof type === "string" ? [{ type, record }] : [];
    });
  const fails = "export const handler = async (bad) => { if (bad) throw new Error('no'); return 1; };";

  // Each has the level that Lambda gives it: who asks for less gets less, and failures are louder than success.
  test.each([
    ["DEBUG", ["initStart", "initRuntimeDone", "initReport", "start", "runtimeDone", "report"]],
    ["INFO", ["initStart", "start", "report"]],
    ["WARN", []],
  ] as const)("are filtered by SystemLogLevel %s", async (SystemLogLevel, wanted) => {
    const LoggingConfig = { LogFormat: "JSON", SystemLogLevel } as const;
    const name = await createFunction(lambda.client, fails, { LoggingConfig });
    await call(name, false);
    await call(name, true);
    await expect
      .poll(
        () =>
          events(name)
            .filter(({ type }) => type === "platform.report")
            .at(-1)?.record.status,
      )
      .toBe("error");
    const types = events(name).map(({ type }) => type.replace("platform.", ""));
    expect(types.slice(0, wanted.length)).toEqual(wanted);
    expect(types.slice(wanted.length)).toEqual([
      ...(SystemLogLevel === "WARN" ? [] : ["start"]),
      "runtimeDone",
      "report",
    ]);
    expect(events(name).at(-1)!.record).toMatchObject({ status: "error", errorType: "Error" });
  });
});
