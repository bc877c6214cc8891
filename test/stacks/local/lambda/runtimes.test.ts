import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateFunctionCommand, InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import { strToU8, zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { running } from "../../../support/descendants.ts";
import { missing, pythonWith } from "../../../support/tools.ts";
import { createFunction, type Harness, role, startLambda, zip } from "./harness.ts";

let lambda: Harness;
beforeAll(async () => {
  lambda = await startLambda();
});
afterAll(() => lambda.stop());

async function invoke(client: LambdaClient, name: string, event: unknown = {}) {
  const answer = await client.send(new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(event) }));
  return { ...answer, value: JSON.parse(Buffer.from(answer.Payload ?? []).toString("utf8")) };
}

describe.skipIf(missing(pythonWith("json"), "python3"))("python", () => {
  const code = {
    "main.py": `
import logging, os
logging.getLogger().setLevel("INFO")
def handler(event, context):
    print("printed")
    logging.info("logged %s", 1)
    if event.get("fail"): raise ValueError("bad value")
    return {"event": event, "left": context.get_remaining_time_in_millis() > 0, "name": context.function_name, "user": os.environ.get("USER")}
`,
  };

  // Python functions are as common as Node's: same API, Python's own error shape.
  test("a handler answers, raises in Python's shape, and logs", async () => {
    const name = await createFunction(lambda.client, code, {
      Runtime: "python3.13",
      Handler: "main.handler",
      Timeout: 20,
    });
    expect((await invoke(lambda.client, name, { a: 1 })).value).toEqual({
      event: { a: 1 },
      left: true,
      name,
      user: null,
    });
    const failed = await invoke(lambda.client, name, { fail: true });
    expect(failed.FunctionError).toBe("Unhandled");
    expect(failed.value).toMatchObject({ errorType: "ValueError", errorMessage: "bad value" });
    expect(failed.value.stackTrace.join("")).toContain("main.py");
    const lines = () => lambda.logged.filter((line) => line.group.endsWith(name)).map((line) => line.message);
    await expect.poll(() => lines().filter((line) => line.startsWith("REPORT")).length).toBe(2);
    expect(lines()).toContain("printed");
    expect(lines().some((line) => /^\[INFO\]\t.*Z\t[0-9a-f-]{36}\tlogged 1$/.test(line))).toBe(true);
  });

  // Structured logs are one object an event, with what `extra` and an exception bring, from the level asked for.
  test("logs JSON from its level on, answers decimals, and knows the client's context", async () => {
    const files = {
      "main.py": `
import decimal, logging
log = logging.getLogger("shop")
def handler(event, context):
    log.debug("hidden")
    log.info("two\\nlines", extra={"order": 7})
    try:
        1 / 0
    except ZeroDivisionError:
        log.exception("wrong")
    if event.get("fail"): raise KeyError("né")
    return {"price": decimal.Decimal("1.5"), "count": decimal.Decimal(2), "who": context.client_context.custom["who"], "nobody": context.identity.cognito_identity_id}
`,
    };
    const LoggingConfig = { LogFormat: "JSON", ApplicationLogLevel: "INFO" } as const;
    const python = { Runtime: "python3.13", Handler: "main.handler", Timeout: 20, LoggingConfig } as const;
    const FunctionName = await createFunction(lambda.client, files, python);
    const ClientContext = Buffer.from(JSON.stringify({ custom: { who: "ann" } })).toString("base64");
    const { Payload } = await lambda.client.send(new InvokeCommand({ FunctionName, ClientContext }));
    const value = JSON.parse(Payload!.transformToString());
    expect(value).toEqual({ price: 1.5, count: 2, who: "ann", nobody: null });
    await invoke(lambda.client, FunctionName, { fail: true });
    const lines = () =>
      lambda.logged.filter(({ group }) => group.endsWith(FunctionName)).map(({ message }) => JSON.parse(message));
    await expect.poll(() => lines().some(({ log_level }) => log_level === "ERROR")).toBe(true);
    const requestId = expect.stringMatching(/^[0-9a-f-]{36}$/);
    expect(lines()).toContainEqual(
      expect.objectContaining({ level: "INFO", message: "two\nlines", logger: "shop", order: 7, requestId }),
    );
    const wrong = {
      level: "ERROR",
      message: "wrong",
      errorType: "ZeroDivisionError",
      errorMessage: "division by zero",
    };
    expect(lines()).toContainEqual(expect.objectContaining(wrong));
    expect(lines()).toContainEqual(expect.objectContaining({ log_level: "ERROR", errorType: "KeyError" }));
    expect(JSON.stringify(lines())).not.toContain("hidden");
  });

  // Leaving is no answer: the call says so, and the next has a process of its own.
  test("a handler that exits is Runtime.ExitError, and the next call is fine", async () => {
    const files = {
      "main.py": "import sys\ndef handler(event, context):\n    if event.get('leave'): sys.exit(3)\n    return 1\n",
    };
    const python = { Runtime: "python3.13", Handler: "main.handler", Timeout: 20 } as const;
    const name = await createFunction(lambda.client, files, python);
    const { value } = await invoke(lambda.client, name, { leave: true });
    expect(value.errorType).toBe("Runtime.ExitError");
    expect(value.errorMessage).toMatch(/Runtime exited with error: exit status 3$/);
    expect((await invoke(lambda.client, name)).value).toBe(1);
  });

  // Init errors have the words people search for.
  test("a missing module is Runtime.ImportModuleError", async () => {
    const name = await createFunction(lambda.client, code, {
      Runtime: "python3.13",
      Handler: "absent.handler",
      Timeout: 20,
    });
    expect((await invoke(lambda.client, name)).value.errorType).toBe("Runtime.ImportModuleError");
  });
});

describe("custom runtimes", () => {
  // provided.al2023: any executable that speaks the Runtime API, found as `bootstrap`.
  test("bootstrap runs, and without one the invocation says so", async () => {
    const script = `#!/bin/bash
      address="\${AWS_LAMBDA_RUNTIME_API%%/*}" path="/\${AWS_LAMBDA_RUNTIME_API#*/}/2018-06-01/runtime/invocation"
      ask() { # METHOD PATH BODY: sets id and body
        exec 3<>"/dev/tcp/\${address%:*}/\${address#*:}" || exit 0
        printf '%s %s HTTP/1.1\\r\\nHost: api\\r\\nConnection: close\\r\\nContent-Length: %d\\r\\n\\r\\n%s' "$1" "$path$2" "\${#3}" "$3" >&3
        while IFS= read -r line <&3 && line="\${line%$'\\r'}" && [ -n "$line" ]; do
          case "\${line,,}" in
            lambda-runtime-aws-request-id:*) id="\${line#*: }" ;;
            content-length:*) length="\${line#*: }" ;;
          esac
        done
        IFS= read -r -N "$length" body <&3
        exec 3>&-
      }
      while :; do
        ask GET /next ""
        ask POST "/$id/response" "{\\"got\\":$body}"
      done`;
    const ZipFile = zipSync({ bootstrap: [strToU8(script), { os: 3, attrs: 0o100755 << 16 }] });
    const custom = { Runtime: "provided.al2023", Code: { ZipFile } } as const;
    const name = await createFunction(lambda.client, "", custom);
    expect((await invoke(lambda.client, name, { n: 1 })).value).toEqual({ got: { n: 1 } });
    expect((await invoke(lambda.client, name, { n: 2 })).value).toEqual({ got: { n: 2 } });
    const empty = await createFunction(lambda.client, { "other.txt": "x" }, { Runtime: "provided.al2023" });
    expect((await invoke(lambda.client, empty)).value.errorType).toBe("Runtime.InvalidEntrypoint");
  });

  // What this computer cannot run is refused when the function is made, not when it is called.
  test("images and other runtimes are refused by name", async () => {
    const base = { FunctionName: "f-refused", Role: role, Handler: "a.b" };
    const create = (extra: object) =>
      lambda.client.send(new CreateFunctionCommand({ ...base, Code: { ZipFile: zip({ a: "" }) }, ...extra }));
    await expect(create({ PackageType: "Image", Code: { ImageUri: "x" } })).rejects.toMatchObject({
      ...{ name: "InvalidParameterValueException", message: expect.stringContaining("PackageType Image") },
    });
    await expect(create({ Runtime: "java21" })).rejects.toThrow("java21");
    await expect(create({ Runtime: "nodejs99.x" })).rejects.toThrow("enum value set");
  });
});

// A killed local cloud leaves nothing running, not even a function that is busy in a loop, whatever fenced it.
test.runIf(process.platform === "linux").each(["bubblewrap", "namespaces", "none"])(
  "kill -9 of the local cloud ends its functions: %s",
  async (sandbox) => {
    const dataDir = mkdtempSync(join(tmpdir(), "freehold-kill-"));
    const parent = spawn(process.execPath, [join(import.meta.dirname, "fixtures/parent.ts"), dataDir, sandbox], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    parent.stdout.on("data", (chunk) => {
      said += chunk;
    });
    await expect.poll(() => said, { timeout: 20_000 }).toMatch(/pids [\d ]+\n/);
    const pids = said.match(/\d+/g)!.map(Number);
    expect(pids.length).toBeGreaterThanOrEqual(2);
    const closed = once(parent, "close");
    parent.kill("SIGKILL");
    await closed;
    await expect.poll(() => running(pids), { timeout: 10_000 }).toEqual([]);
    rmSync(dataDir, { recursive: true, force: true });
  },
);

// Stopping ends environments and leaves no temporary folder of theirs.
test.runIf(process.platform === "linux")("stop ends every environment", async () => {
  const other = await startLambda({ options: { sandbox: "none" } });
  const name = await createFunction(other.client, "export const handler = async () => process.pid;");
  const { value: pid } = await invoke(other.client, name);
  expect(running([pid])).toEqual([pid]);
  const tmp = join(other.dataDir, "lambda/tmp");
  expect(readdirSync(tmp).length).toBe(1);
  await other.stop();
  await expect.poll(() => running([pid])).toEqual([]);
});
