/**
 * What a Node function may start: in a sandbox all that it may on AWS (child processes, threads, native code, SQLite,
 * WASI), for the sandbox holds those, too; without one none of it.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InvokeCommand } from "@aws-sdk/client-lambda";
import { strToU8, zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createFunction, type Harness, startLambda } from "./harness.ts";

const compiler = spawnSync("cc", ["--version"]).status === 0;
if (!compiler) process.stderr.write("SKIPPED: no native addon is tried: there is no C compiler (cc)\n");

/** Node-API without its headers: what a package with a compiled part is. */
const addon = `
typedef void *napi_env, *napi_value;
int napi_create_string_utf8(napi_env, const char *, unsigned long, napi_value *);
int napi_set_named_property(napi_env, napi_value, const char *, napi_value);
napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  napi_value said;
  napi_create_string_utf8(env, "native", 6, &said);
  napi_set_named_property(env, exports, "said", said);
  return exports;
}`;

const child = `let sdk;
try { sdk = typeof require("@aws-sdk/client-s3").S3Client; } catch (error) { sdk = error.code; }
const said = { sdk, task: process.env.LAMBDA_TASK_ROOT };
process.send?.(said);
require("node:worker_threads").parentPort?.postMessage(said);`;

const index = `
import { execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
const file = new URL("child.cjs", import.meta.url).pathname;
const ways = {
  process: () => String(execFileSync("/bin/echo", ["said"])).trim(),
  fork: async () => (await once(fork(file), "message"))[0],
  thread: async () => (await once(new Worker(file), "message"))[0],
  native: () => createRequire(import.meta.url)("./addon.node").said,
  sqlite: async () => {
    const { DatabaseSync } = await import("node:sqlite");
    const db = new DatabaseSync(process.env.TMPDIR + "/own.db");
    db.exec("create table if not exists a (b); insert into a values (1)");
    return db.prepare("select b from a").get().b;
  },
  wasi: async () => {
    const { WASI } = await import("node:wasi");
    return typeof new WASI({ version: "preview1" }).getImportObject();
  },
};
export const handler = async (way) => {
  try { return await ways[way](); } catch (error) { return error.code; }
};`;

let addonBytes: Uint8Array | undefined;
beforeAll(() => {
  if (!compiler) return;
  const folder = mkdtempSync(join(tmpdir(), "freehold-addon-"));
  writeFileSync(join(folder, "addon.c"), addon);
  execFileSync(
    "cc",
    ["-shared", "-fPIC", "-undefined", "dynamic_lookup", "-o", "addon.node", "addon.c"].filter(
      (word) => process.platform === "darwin" || !["-undefined", "dynamic_lookup"].includes(word),
    ),
    { cwd: folder },
  );
  addonBytes = readFileSync(join(folder, "addon.node"));
  rmSync(folder, { recursive: true });
});

const zipped = (): Uint8Array =>
  zipSync({
    ...{ "index.mjs": strToU8(index), "child.cjs": strToU8(child) },
    ...(addonBytes && { "addon.node": addonBytes }),
  });

const call = async (lambda: Harness, FunctionName: string, payload: unknown): Promise<any> => {
  const sent = await lambda.client.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(payload) }));
  return JSON.parse(Buffer.from(sent.Payload!).toString());
};

const forked = { sdk: "function", task: "/var/task" };
describe.each(["bubblewrap", "namespaces", "none"] as const)("a Node function, sandbox %s", (sandbox) => {
  let lambda: Harness;
  let name: string;
  let there = false;
  beforeAll(async () => {
    lambda = await startLambda({ options: { sandbox } });
    there = (await lambda.service.sandbox!()).kind === sandbox;
    if (!there) return;
    name = await createFunction(lambda.client, "", { Code: { ZipFile: zipped() }, Timeout: 20, MemorySize: 256 });
  });
  afterAll(() => lambda.stop());

  test.each<[string, unknown, string]>([
    ["process", "said", "ERR_ACCESS_DENIED"],
    ["fork", forked, "ERR_ACCESS_DENIED"],
    ["thread", forked, "ERR_ACCESS_DENIED"],
    ["native", "native", "ERR_DLOPEN_DISABLED"],
    ["sqlite", 1, "ERR_UNKNOWN_BUILTIN_MODULE"],
    ["wasi", "object", "ERR_ACCESS_DENIED"],
  ])("%s", async (way, works, refused) => {
    if (!there) return void process.stderr.write(`SKIPPED: this computer has no sandbox by ${sandbox}\n`);
    if (way === "native" && !compiler) return;
    expect(await call(lambda, name, way)).toEqual(sandbox === "none" ? refused : works);
  });
});

describe("without a sandbox, a Node function", () => {
  let lambda: Harness;
  beforeAll(async () => {
    lambda = await startLambda({ options: { sandbox: "none" } });
  });
  afterAll(() => lambda.stop());

  // Node reads these before any code of the function: each would take the permissions away.
  test.each([
    ["NODE_OPTIONS", '"--al\\low_fs_read=/"'],
    ["NODE_OPTIONS", "--allow-child-process"],
    ["NODE_OPTIONS", "--permission-audit"],
    ["LD_PRELOAD", "/var/task/addon.node"],
  ])("may not be given %s=%s", async (variable, value) => {
    const bad = await createFunction(lambda.client, "export const handler = async () => 1;", {
      Environment: { Variables: { [variable]: value } },
    });
    expect(await call(lambda, bad, {})).toEqual({
      errorType: "Runtime.NotAvailable",
      errorMessage: `${variable} cannot be set so where no sandbox holds the function.`,
    });
  });
});
