/**
 * How an environment's process is begun: which command a runtime is, and its environment, which holds what Lambda
 * gives a function and nothing of ours. Refuses runtimes this computer cannot run, by name.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, mkdirSync, realpathSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import type { SessionCredentials } from "../service.ts";
import { isExecutable } from "./code.ts";
import type { VersionRecord } from "./records.ts";

const run = promisify(execFile);

export interface SpawnSpec {
  functionName: string;
  version: VersionRecord;
  taskDir: string;
  /** The content of its layers, which is at /opt on AWS; undefined without layers. */
  optDir: string | undefined;
  /** The environment's own folder for temporary files. */
  tmpDir: string;
  logGroup: string;
  logStream: string;
  runtimeApi: string;
  region: string;
  endpoint: string;
  credentials: SessionCredentials | null;
  initializationType: "on-demand" | "provisioned-concurrency";
}

export interface Runtimes {
  /** A name AWS knows and this cloud can run, on this computer. */
  spawn(spec: SpawnSpec): Promise<ChildProcess>;
}

/** Why a process could not be begun; becomes the invocation's error, `Runtime.…` and a sentence. */
export class CannotStart extends Error {
  readonly errorType: string;
  constructor(errorType: string, message: string) {
    super(message);
    this.errorType = errorType;
  }
}

export function openRuntimes(runtimeDir: string, sdkDir: string): Runtimes {
  const clients = realpathSync(runtimeDir);
  const sdk = realpathSync(sdkDir);
  let python: Promise<string | null> | undefined;

  const command = async (spec: SpawnSpec): Promise<string[]> => {
    const { runtime } = spec.version;
    if (runtime.startsWith("nodejs")) return nodeCommand(spec, clients, sdk);
    if (runtime.startsWith("python")) {
      python ??= findPython();
      const found = await python;
      if (!found)
        throw new CannotStart("Runtime.NotAvailable", `There is no python3 on this computer to run ${runtime}.`);
      return [found, "-u", join(clients, "python_client.py"), spec.taskDir, ...(spec.optDir ? [spec.optDir] : [])];
    }
    for (const folder of [spec.taskDir, ...(spec.optDir ? [spec.optDir] : [])]) {
      const bootstrap = join(folder, "bootstrap");
      if (await isExecutable(bootstrap)) return [bootstrap];
    }
    throw new CannotStart(
      "Runtime.InvalidEntrypoint",
      "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]",
    );
  };

  return {
    async spawn(spec) {
      const [file, ...args] = [...deathWatch(), ...(await command(spec))];
      mkdirSync(spec.tmpDir, { recursive: true, mode: 0o700 });
      return spawn(file!, args, {
        cwd: spec.taskDir,
        env: environment(spec),
        stdio: ["ignore", "pipe", "pipe"],
        // A process group of its own: killed whole, with what the function started.
        detached: true,
        windowsHide: true,
      });
    },
  };
}

/** On Linux the kernel ends a child with its parent, even one that is busy in a loop and sees no closed socket. */
function deathWatch(): string[] {
  const setpriv = process.platform === "linux" && ["/usr/bin/setpriv", "/bin/setpriv"].find((path) => existsSync(path));
  return setpriv ? [setpriv, "--pdeathsig", "KILL", "--"] : [];
}

function nodeCommand(spec: SpawnSpec, clients: string, sdk: string): string[] {
  const { taskDir, optDir } = spec;
  const readable = [taskDir, ...(optDir ? [optDir] : []), clients, join(sdk, "node_modules"), spec.tmpDir];
  return [
    process.execPath,
    `--max-old-space-size=${Math.max(Math.floor(spec.version.memoryMb * 0.9), 64)}`,
    // A second layer, not the boundary: Node says itself that it does not stop malicious code.
    "--permission",
    ...readable.map((path) => `--allow-fs-read=${path}`),
    `--allow-fs-write=${spec.tmpDir}`,
    // SQLite opens files by itself and asks no permission: without this a function could read and write the store.
    "--no-experimental-sqlite",
    // A signal from another function must not open a debugger here.
    "--disable-sigusr1",
    "--disable-warning=SecurityWarning",
    join(clients, "client.mjs"),
    JSON.stringify({ sdkDir: sdk, taskRoot: taskDir, optRoot: optDir }),
  ];
}

async function findPython(): Promise<string | null> {
  try {
    const script = "import sys; print(sys.executable)";
    return (await run("python3", ["-c", script], { timeout: 10_000 })).stdout.trim() || null;
  } catch {
    return null;
  }
}

/** Where programs look for what layers bring; a function's own settings come before them, as on AWS. */
function layerPaths({ version, taskDir, optDir }: SpawnSpec): Record<string, string> {
  if (!optDir) return {};
  const node = /^nodejs(\d+)/.exec(version.runtime)?.[1];
  return {
    LD_LIBRARY_PATH: [taskDir, join(taskDir, "lib"), join(optDir, "lib")].join(delimiter),
    ...(node && {
      NODE_PATH: [`nodejs/node${node}/node_modules`, "nodejs/node_modules"]
        .map((path) => join(optDir, path))
        .join(delimiter),
    }),
  };
}

function environment(spec: SpawnSpec): Record<string, string> {
  const { version, credentials } = spec;
  const json = version.logging.format === "JSON";
  return {
    AWS_ENDPOINT_URL: spec.endpoint,
    ...layerPaths(spec),
    ...version.environment,
    PATH: `/usr/local/bin:/usr/bin:/bin:${spec.optDir ?? "/opt"}/bin`,
    ...(spec.optDir && { LAMBDA_OPT_ROOT: spec.optDir }),
    LANG: "en_US.UTF-8",
    TZ: version.environment["TZ"] ?? "UTC",
    HOME: spec.tmpDir,
    TMPDIR: spec.tmpDir,
    LAMBDA_TASK_ROOT: spec.taskDir,
    _HANDLER: version.handler,
    AWS_EXECUTION_ENV: `AWS_Lambda_${version.runtime}`,
    AWS_REGION: spec.region,
    AWS_DEFAULT_REGION: spec.region,
    AWS_LAMBDA_FUNCTION_NAME: spec.functionName,
    AWS_LAMBDA_FUNCTION_VERSION: version.version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(version.memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: spec.initializationType,
    AWS_LAMBDA_LOG_GROUP_NAME: spec.logGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: spec.logStream,
    AWS_LAMBDA_RUNTIME_API: spec.runtimeApi,
    ...(json
      ? { AWS_LAMBDA_LOG_FORMAT: "JSON", AWS_LAMBDA_LOG_LEVEL: version.logging.applicationLevel ?? "INFO" }
      : {}),
    ...(credentials
      ? {
          AWS_ACCESS_KEY_ID: credentials.accessKeyId,
          AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
          AWS_SESSION_TOKEN: credentials.sessionToken,
        }
      : {}),
  };
}
