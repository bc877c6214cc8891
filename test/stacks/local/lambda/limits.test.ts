/** What an invocation may carry in and out, by every way of calling, in AWS's numbers and words. */
import {
  InvokeCommand,
  type InvokeCommandInput,
  InvokeWithResponseStreamCommand,
  type InvokeWithResponseStreamCommandInput,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createFunction, type Harness, startLambda } from "./harness.ts";

let lambda: Harness;
/** AWS's 200 MB would take a second of everybody's processors; the way is the same. */
const streamLimitBytes = 1_000_000;
let sized: string;
beforeAll(async () => {
  lambda = await startLambda({ tuning: { streamLimitBytes } });
  sized = await createFunction(
    lambda.client,
    "export const handler = async (event) => typeof event === 'number' ? 'x'.repeat(event) : event.length;",
    { MemorySize: 512 },
  );
});
afterAll(() => lambda.stop());

async function invoke(FunctionName: string, event: unknown = {}, extra: Partial<InvokeCommandInput> = {}) {
  const Payload = JSON.stringify(event);
  const answer = await lambda.client.send(new InvokeCommand({ FunctionName, Payload, ...extra }));
  const text = Buffer.from(answer.Payload ?? []).toString();
  return { ...answer, value: text === "" ? undefined : JSON.parse(text) };
}

describe("what comes in", () => {
  const limit = 6_291_456;
  // To the byte: an app that is near the limit finds it here where it finds it on AWS.
  test("is six megabytes at most", async () => {
    expect((await invoke(sized, "z".repeat(limit - 2))).value).toBe(limit - 2);
    await expect(invoke(sized, "z".repeat(limit - 1))).rejects.toMatchObject({
      name: "RequestEntityTooLargeException",
      message: `Request must be smaller than ${limit} bytes for the InvokeFunction operation`,
      $metadata: { httpStatusCode: 413 },
    });
  });

  test("of an event is one megabyte at most", async () => {
    const event = { InvocationType: "Event" } as const;
    expect((await invoke(sized, "y".repeat(1_048_574), event)).StatusCode).toBe(202);
    await expect(invoke(sized, "y".repeat(1_048_575), event)).rejects.toMatchObject({
      name: "RequestEntityTooLargeException",
      message: "1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)",
      $metadata: { httpStatusCode: 413 },
    });
  });

  // Refused before anything runs.
  test("is JSON, for a function that is there", async () => {
    await expect(invoke(sized, {}, { Payload: "{" })).rejects.toMatchObject({ name: "InvalidRequestContentException" });
    await expect(invoke("f-absent")).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: "Function not found: arn:aws:lambda:eu-west-1:123456789012:function:f-absent",
    });
    expect((await invoke(sized, {}, { InvocationType: "DryRun" })).StatusCode).toBe(204);
  });

  // What a mobile client says of itself reaches the context, and only so much of it.
  test("brings the client's context along", async () => {
    const name = await createFunction(
      lambda.client,
      "export const handler = async (event, { clientContext }) => clientContext;",
    );
    const said = { custom: { word: "größe" }, client: { app_title: "a" } };
    const ClientContext = Buffer.from(JSON.stringify(said)).toString("base64");
    expect((await invoke(name, {}, { ClientContext })).value).toEqual(said);
    const large = Buffer.from(JSON.stringify({ custom: "x".repeat(2800) })).toString("base64");
    await expect(invoke(name, {}, { ClientContext: large })).rejects.toThrow("3583 bytes");
    await expect(invoke(name, {}, { ClientContext: "e3s=" })).rejects.toThrow("valid Base64-encoded JSON object");
  });

  // Whoever began a trace decides whether it is sampled; the function hands it on with its own calls.
  test("carries the trace, in and out", async () => {
    const name = await createFunction(
      lambda.client,
      "export const handler = async () => process.env._X_AMZN_TRACE_ID;",
    );
    const root = "Root=1-5759e988-bd862e3fe1be46a994272793";
    const traced = async (header?: string) => {
      const command = new InvokeCommand({ FunctionName: name });
      let answered: string | undefined;
      command.middlewareStack.add(
        (next) => async (args) => {
          if (header) (args.request as { headers: Record<string, string> }).headers["X-Amzn-Trace-Id"] = header;
          const result = await next(args);
          answered = (result.response as { headers: Record<string, string> }).headers["x-amzn-trace-id"];
          return result;
        },
        { step: "build" },
      );
      const sent = await lambda.client.send(command);
      return { inside: JSON.parse(Buffer.from(sent.Payload!).toString()) as string, answered };
    };
    const first = await traced(`${root};Parent=53995c3f42cd8ad8;Sampled=1`);
    expect(first.inside).toMatch(new RegExp(`^${root};Parent=[0-9a-f]{16};Sampled=1;Lineage=[0-9a-f]{8}:1$`));
    expect(first.answered).toBe(first.inside);
    const second = await traced();
    expect(second.inside).toMatch(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0;/);
    expect(second.inside).not.toContain(root);
    expect((await traced(first.inside)).inside).toMatch(/Sampled=1;Lineage=[0-9a-f]{8}:2$/);
  });
});

describe("what goes out", () => {
  const limit = 6_291_556;
  // AWS's limit is a hundred bytes more than that of what comes in, and its error is the function's.
  test("is six megabytes and a hundred bytes at most", async () => {
    const whole = await invoke(sized, limit - 2);
    expect({ error: whole.FunctionError, size: whole.Payload!.length }).toEqual({ error: undefined, size: limit });
    const large = await invoke(sized, limit - 1);
    expect(large).toMatchObject({ StatusCode: 200, FunctionError: "Unhandled", ExecutedVersion: "$LATEST" });
    expect(large.value).toEqual({
      errorType: "Function.ResponseSizeTooLarge",
      errorMessage: `Response payload size exceeded maximum allowed payload size (${limit} bytes).`,
    });
    expect((await invoke(sized, 1)).value).toBe("x");
  });

  test("has the last 4 KB of the log, where they are asked for", async () => {
    const name = await createFunction(
      lambda.client,
      "export const handler = async () => { for (let n = 0; n < 200; n++) console.log('line', n, 'x'.repeat(50)); };",
    );
    const { LogResult } = await invoke(name, {}, { LogType: "Tail" });
    const tail = Buffer.from(LogResult!, "base64");
    expect(tail.length).toBe(4096);
    expect(tail.toString()).toMatch(/line 199 x+\n+END RequestId: \S+\nREPORT RequestId: [^\n]*$/);
    expect((await invoke(name)).LogResult).toBeUndefined();
  });
});

describe("a stream", () => {
  let streams: string;
  beforeAll(async () => {
    streams = await createFunction(
      lambda.client,
      `export const handler = awslambda.streamifyResponse(async (event, stream) => {
         if (event.bytes) stream.write("x".repeat(event.bytes));
         else stream.write("first");
         await new Promise((r) => setTimeout(r, event.hang ? 5000 : 100));
         stream.write("second");
         if (event.fail) throw new TypeError("late");
         stream.end();
       });`,
      { Timeout: 1 },
    );
  });

  async function read(event: object, extra: Partial<InvokeWithResponseStreamCommandInput> = {}) {
    const command = { FunctionName: streams, Payload: JSON.stringify(event), ...extra };
    const answer = await lambda.client.send(new InvokeWithResponseStreamCommand(command));
    const seen: (string | undefined)[] = [];
    let complete: { ErrorCode?: string; ErrorDetails?: string; LogResult?: string } | undefined;
    for await (const item of answer.EventStream!)
      if (item.PayloadChunk) seen.push(Buffer.from(item.PayloadChunk.Payload!).toString());
      else complete = item.InvokeComplete;
    return { ...answer, seen, complete: complete! };
  }

  // The first chunk is there while the function still runs: what streaming is for.
  test("hands on chunks as they come, and the end", async () => {
    const good = await read({}, { LogType: "Tail" });
    expect(good).toMatchObject({ seen: ["first", "second"], ExecutedVersion: "$LATEST", StatusCode: 200 });
    expect(Buffer.from(good.complete.LogResult!, "base64").toString()).toMatch(/^START[\s\S]*REPORT/);
    const bad = await read({ fail: true });
    expect(bad.seen).toEqual(["first", "second"]);
    expect(bad.complete).toMatchObject({ ErrorCode: "TypeError", ErrorDetails: expect.stringContaining("late") });
    expect((await read({})).complete).toEqual({});
  });

  // A client that reads on must learn that there is no more, and why.
  test("that is not over in time says so at its end", async () => {
    const { seen, complete } = await read({ hang: true });
    expect(seen).toEqual(["first"]);
    expect(complete.ErrorCode).toBe("Sandbox.Timedout");
    expect(JSON.parse(complete.ErrorDetails!).errorMessage).toMatch(/Error: Task timed out after 1\.00 seconds$/);
  });

  test("over the limit ends with AWS's error, and the environment goes on", async () => {
    const { complete } = await read({ bytes: streamLimitBytes + 1 });
    expect(complete.ErrorCode).toBe("Function.ResponseSizeTooLarge");
    expect(complete.ErrorDetails).toContain(`(${streamLimitBytes} bytes)`);
    const whole = await read({ bytes: streamLimitBytes - 6 });
    expect(whole.seen.join("").length).toBe(streamLimitBytes);
    expect(whole.complete).toEqual({});
    const reports = (): string[] =>
      lambda.logged.filter((l) => l.group.endsWith(streams) && l.message.startsWith("REPORT")).map((l) => l.message);
    // A log is written a moment after what it tells.
    await expect.poll(() => reports().join("\n")).toContain("Error Type: Function.ResponseSizeTooLarge");
  });
});
