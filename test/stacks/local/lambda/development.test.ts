import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  GetFunctionCommand,
  InvokeCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateFunctionCodeCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { folderTag, inspectTag } from "../../../../stacks/local/lambda/development.ts";
import { freePort } from "../../../support/listen.ts";
import { createFunction, type Harness, startLambda, zip } from "./harness.ts";

let lambda: Harness;
let folder: string;
beforeAll(async () => {
  lambda = await startLambda();
  folder = mkdtempSync(join(tmpdir(), "freehold-dev-"));
});
afterAll(async () => {
  await lambda.stop();
  rmSync(folder, { recursive: true, force: true });
});

const counts = (word: string) => `let n = 0; export const handler = async () => "${word} " + ++n;`;
async function call(FunctionName: string): Promise<any> {
  const { Payload } = await lambda.client.send(new InvokeCommand({ FunctionName }));
  return JSON.parse(Payload!.transformToString());
}
const arn = (name: string) => `arn:aws:lambda:eu-west-1:123456789012:function:${name}`;

describe("a function that reads its folder", () => {
  // The reason for the mark: save, call, see; and nothing else of the computer starts anew for it.
  test("shows an edit at the next call within 150 ms, and leaves the other functions warm", async () => {
    const write = (word: string) => writeFileSync(join(folder, "index.mjs"), counts(word));
    write("first");
    const other = await createFunction(lambda.client, counts("other"));
    const name = await createFunction(lambda.client, counts("zip"), { Tags: { [folderTag]: folder } });
    expect([await call(other), await call(name), await call(name)]).toEqual(["other 1", "first 1", "first 2"]);
    write("second");
    const edited = performance.now();
    const stale: number[] = [];
    for (let startedMs = 0; ; startedMs = performance.now() - edited) {
      if ((await call(name)).startsWith("second")) break;
      stale.push(startedMs);
    }
    // How long the new process then takes to start is not the folder's matter.
    expect(Math.max(0, ...stale)).toBeLessThan(150);
    expect(await call(other)).toBe("other 2");
    await lambda.client.send(new UntagResourceCommand({ Resource: arn(name), TagKeys: [folderTag] }));
    expect(await call(name)).toBe("zip 1");
  });

  // What cannot be carried out is said at once, and not kept. That the owner alone may: access/enforced.test.ts.
  test("is marked with a folder that is there", async () => {
    const name = await createFunction(lambda.client, counts("zip"));
    const tag = (Tags: Record<string, string>) =>
      lambda.client.send(new TagResourceCommand({ Resource: arn(name), Tags }));
    await expect(tag({ [folderTag]: "relative" })).rejects.toThrow("must be the absolute path of a folder");
    await expect(tag({ [folderTag]: join(folder, "absent") })).rejects.toThrow("must be the absolute path of a folder");
    await expect(tag({ [inspectTag]: "80" })).rejects.toThrow("must be a port");
    expect((await lambda.client.send(new GetFunctionCommand({ FunctionName: name }))).Tags).toBeUndefined();
  });
});

// New code of one function is no reason to start the others again.
test("UpdateFunctionCode leaves the environments of other functions warm", async () => {
  const [one, two] = [
    await createFunction(lambda.client, counts("a")),
    await createFunction(lambda.client, counts("b")),
  ];
  expect([await call(one), await call(two)]).toEqual(["a 1", "b 1"]);
  const ZipFile = zip({ "index.mjs": counts("c") });
  await lambda.client.send(new UpdateFunctionCodeCommand({ FunctionName: one, ZipFile }));
  expect([await call(one), await call(two)]).toEqual(["c 1", "b 2"]);
});

// A debugger holds the function as long as somebody looks: it pauses in the middle, past the timeout, and goes on.
test("a debugger can be attached, and its pauses are no timeout", async () => {
  const port = await freePort();
  const code = "export const handler = async (event) => { debugger; return event.n; };";
  const name = await createFunction(lambda.client, code, { Timeout: 1, Tags: { [inspectTag]: String(port) } });
  const invoke = () => lambda.client.send(new InvokeCommand({ FunctionName: name, Payload: '{"n":7}' }));
  await invoke();
  const said = () =>
    lambda.logged.some(({ message }) => message.startsWith(`Debugger listening on ws://127.0.0.1:${port}/`));
  await expect.poll(said).toBe(true);
  const [target] = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as { webSocketDebuggerUrl: string }[];
  const socket = new WebSocket(target!.webSocketDebuggerUrl);
  await new Promise((resolve) => socket.addEventListener("open", resolve, { once: true }));
  const send = (id: number, method: string) => socket.send(JSON.stringify({ id, method }));
  const paused = new Promise<number>((resolve) => {
    socket.addEventListener("message", ({ data }) => {
      if (JSON.parse(String(data)).method === "Debugger.paused") resolve(performance.now());
    });
  });
  const ready = new Promise((resolve) =>
    socket.addEventListener("message", ({ data }) => JSON.parse(String(data)).id === 1 && resolve(null)),
  );
  send(1, "Debugger.enable");
  await ready;
  const answered = invoke();
  const since = await paused;
  await expect.poll(() => performance.now() - since, { timeout: 3000 }).toBeGreaterThan(1300);
  send(2, "Debugger.resume");
  const { FunctionError, Payload } = await answered;
  expect({ FunctionError, value: Payload!.transformToString() }).toEqual({ FunctionError: undefined, value: "7" });
  socket.close();
});
