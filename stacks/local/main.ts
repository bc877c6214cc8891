/**
 * The local cloud as a process: flags in, a process file out (pid, port, endpoint), SIGTERM ends it in order. It prints
 * nothing but, when it cannot start, one line of JSON on stderr.
 */
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { writeDurably } from "./files.ts";
import { DataFolderInUse, startLocalCloud } from "./index.ts";
import { sandboxKinds } from "./sandbox/fence.ts";
import { type AccessMode, accessModes } from "./service.ts";

const { values } = parseArgs({
  options: {
    data: { type: "string" },
    port: { type: "string", default: "0" },
    name: { type: "string", default: "home" },
    account: { type: "string", default: "000000000000" },
    region: { type: "string", default: "eu-west-1" },
    access: { type: "string", default: "enforce" },
    "role-delay-ms": { type: "string", default: "0" },
    "lambda-concurrency": { type: "string" },
    "sdk-dir": { type: "string" },
    sandbox: { type: "string" },
    "runtime-dir": { type: "string" },
  },
});

/** Put in by the build. */
const version = process.env.FREEHOLD_VERSION ?? "source";

/** Exit codes are read by whoever started it. */
function refuse(code: string, exitCode: number, more: object): never {
  process.stderr.write(`${JSON.stringify({ code, ...more })}\n`);
  process.exit(exitCode);
}

if (!values.data) refuse("usage", 2, { message: "--data DIR is needed" });
if (!accessModes.includes(values.access as AccessMode))
  refuse("usage", 2, { message: `--access takes ${accessModes.join(", ")}` });
const dataDir = resolve(values.data);
const sandbox = sandboxKinds.find((kind) => kind === values.sandbox);
if (values.sandbox !== undefined && !sandbox)
  refuse("usage", 2, { message: `--sandbox is one of ${sandboxKinds.join(", ")}` });
process.umask(0o077);

async function start(): Promise<void> {
  const running = await startLocalCloud({
    name: values.name,
    version,
    dataDir,
    port: Number(values.port),
    accountId: values.account,
    region: values.region,
    access: values.access as AccessMode,
    roleDelayMs: Number(values["role-delay-ms"]),
    ...(values["lambda-concurrency"] ? { lambdaConcurrency: Number(values["lambda-concurrency"]) } : {}),
    ...(sandbox ? { sandbox } : {}),
    ...(values["sdk-dir"] ? { sdkDir: values["sdk-dir"] } : {}),
    ...(values["runtime-dir"] ? { runtimeDir: values["runtime-dir"] } : {}),
  });
  const end = (signal: string): void => {
    running.cloud.log(`${signal}: ending`);
    running.close().then(
      () => process.exit(0),
      (error: Error) => {
        running.cloud.log(`did not end well: ${error.stack}`);
        process.exit(1);
      },
    );
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => end(signal));
  // The terminal that started it may go; the cloud stays.
  process.on("SIGHUP", () => undefined);
  process.on("uncaughtException", (error) => running.cloud.log(`uncaught: ${error.stack}`));
  process.on("unhandledRejection", (error) =>
    running.cloud.log(`unhandled: ${error instanceof Error ? error.stack : String(error)}`),
  );
  // Last: whoever reads it may end the process at once, and wants it to end in order.
  const { port, endpoint } = running;
  writeDurably(
    join(dataDir, "process.json"),
    JSON.stringify({ pid: process.pid, port, endpoint, version, startedAt: new Date().toISOString() }),
  );
  running.cloud.log(`ready at ${endpoint}, process ${process.pid}`);
}

start().catch((error: unknown) => {
  if (error instanceof DataFolderInUse) refuse("data-in-use", 5, { pid: error.pid });
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "EADDRINUSE" || code === "EACCES") refuse("port-taken", 3, { port: Number(values.port) });
  refuse("start-failed", 1, { message });
});
