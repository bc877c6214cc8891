/**
 * How an environment's process is begun: which command a runtime is, and its environment, which holds what Lambda
 * gives a function and nothing of ours. Refuses runtimes this computer cannot run, by name.
 */
import { type ChildProcess, execFile } from "node:child_process";
import { mkdirSync, realpathSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { homedir } from "node:os";
import { delimiter, join, relative } from "node:path";
import { promisify } from "node:util";
import type { Fencing, Network, Place } from "../sandbox/index.ts";
import type { SessionCredentials } from "../service.ts";
import { isExecutable } from "./code.ts";
import { extensionNames, markLaunched, withExtensions } from "./extension-launcher.ts";
import type { Hosts } from "./hosts.ts";
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
  /** Port of Node's debugger on 127.0.0.1; undefined without one. */
  inspectPort: number | undefined;
}

/** AWS gives an environment 1,024 processes and threads. */
export const processLimit = 1024;
/** With this much memory AWS gives a function one whole processor. */
const processorMb = 1769;
/** What a Node process has before any code of a function runs counts less here than on AWS's smaller runtime. */
export const memoryAllowanceMb = 96;

export interface Runtimes {
  /** A name AWS knows and this cloud can run, on this computer. */
  spawn(spec: SpawnSpec): Promise<ChildProcess>;
  /** To a port of the process's own loopback. */
  connect(child: ChildProcess, port: number): Promise<Socket>;
}

/** Why a process could not be begun; becomes the invocation's error, `Runtime.…` and a sentence. */
export class CannotStart extends Error {
  readonly errorType: string;
  constructor(errorType: string, message: string) {
    super(message);
    this.errorType = errorType;
  }
}

/** What a runtime needs to be started: the command and what it reads, by the paths of its inside. */
interface Runnable {
  command: string[];
  reads: Place[];
}

/** Where a process finds its things: AWS's paths where the sandbox has paths of its own. */
interface Places {
  task: string;
  /** Undefined without layers. */
  opt: string | undefined;
  tmp: string;
  node: string;
  clients: string;
  /** Has `node_modules` with the AWS SDK. */
  sdk: string;
}

interface Python {
  executable: string;
  /** Folders with its library. */
  folders: string[];
}

export function openRuntimes(
  runtimeDir: string,
  sdkDir: string,
  fencing: () => Promise<Fencing>,
  hosts: Hosts,
): Runtimes {
  const clients = realpathSync(runtimeDir);
  const sdk = realpathSync(sdkDir);
  const node = realpathSync(process.execPath);
  let python: Promise<Python | null> | undefined;

  const placesOf = (spec: SpawnSpec, own: boolean): Places =>
    own
      ? {
          ...{ task: "/var/task", opt: spec.optDir && "/opt", tmp: "/tmp", node: "/var/lang/bin/node" },
          ...{ clients: "/var/runtime/client", sdk: "/var/runtime" },
        }
      : { task: spec.taskDir, opt: spec.optDir, tmp: spec.tmpDir, node, clients, sdk };

  const runnable = async (spec: SpawnSpec, places: Places, fenced: boolean): Promise<Runnable> => {
    const { runtime } = spec.version;
    const client: Place = { outside: clients, inside: places.clients };
    if (runtime.startsWith("nodejs"))
      return {
        command: nodeCommand(spec, places, fenced),
        reads: [
          client,
          { outside: node, inside: places.node },
          { outside: realpathSync(join(sdk, "node_modules")), inside: join(places.sdk, "node_modules") },
        ],
      };
    if (runtime.startsWith("python")) {
      python ??= findPython();
      const found = await python;
      if (!found)
        throw new CannotStart("Runtime.NotAvailable", `There is no python3 on this computer to run ${runtime}.`);
      const args = [places.task, ...(places.opt ? [places.opt] : [])];
      return {
        command: [found.executable, "-u", join(places.clients, "python_client.py"), ...args],
        reads: [client, ...found.folders.map((folder) => ({ outside: folder, inside: folder }))],
      };
    }
    for (const [outside, inside] of [
      [spec.taskDir, places.task],
      [spec.optDir, places.opt],
    ])
      if (outside && inside && (await isExecutable(join(outside, "bootstrap"))))
        return { command: [join(inside, "bootstrap")], reads: [] };
    throw new CannotStart(
      "Runtime.InvalidEntrypoint",
      "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]",
    );
  };

  const inside = new WeakMap<ChildProcess, Network>();
  return {
    connect(child, port) {
      const network = inside.get(child);
      return network ? network.connect(port) : connectHere(port);
    },
    async spawn(spec) {
      const { sandbox, networks, starter } = await fencing();
      const places = placesOf(spec, sandbox.ownPaths);
      const { command, reads } = await runnable(spec, places, sandbox.kind !== "none");
      const extensions = await launchable(spec.optDir);
      const layers = spec.optDir && places.opt ? [{ outside: spec.optDir, inside: places.opt }] : [];
      if (!sandbox.ownPaths) mkdirSync(spec.tmpDir, { recursive: true, mode: 0o700 });
      // A debugger outside has to reach it: its network is the computer's.
      // Extensions listen on ports of their own choice: two environments cannot have one loopback.
      const alone = extensions.length > 0;
      const network = spec.inspectPort === undefined ? await networks?.take(spec.functionName, alone) : undefined;
      const launch = sandbox.launch({
        reads: [{ outside: spec.taskDir, inside: places.task }, ...layers, ...reads],
        tmpBytes: spec.version.ephemeralMb * 1024 * 1024,
        tmpDir: spec.tmpDir,
        cwd: places.task,
        processes: processLimit,
        networkOf: network?.pid,
        ports: [spec.endpoint, `http://${spec.runtimeApi}`].map((url) => Number(new URL(url).port)),
        environment: {
          ...(network ? hosts.environment(spec.functionName) : {}),
          ...environment(spec, places, sandbox.ownPaths),
        },
        command:
          extensions.length === 0
            ? command
            : withExtensions(
                extensions.map((name) => join(places.opt!, "extensions", name)),
                !sandbox.ownPaths,
                command,
              ),
      });
      const { memoryMb, ephemeralMb } = spec.version;
      const limits = {
        processes: processLimit,
        memoryBytes: (memoryMb + memoryAllowanceMb + ephemeralMb) * 1024 * 1024,
        processors: memoryMb / processorMb,
      };
      const child = starter.start(launch, limits, extensions.length > 0);
      if (network) inside.set(child, network);
      if (extensions.length > 0) markLaunched(child, extensions);
      const gone = (): void => network?.release();
      child.once("error", gone);
      child.once("close", gone);
      return child;
    },
  };
}

function connectHere(port: number): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const socket = connect(port, "127.0.0.1", () => resolve(socket));
  socket.once("error", reject);
  return promise;
}

/** The extensions of a function's layers; Lambda starts every file there, and fails where it cannot. */
async function launchable(optDir: string | undefined): Promise<string[]> {
  const names = await extensionNames(optDir);
  for (const name of names)
    if (!(await isExecutable(join(optDir!, "extensions", name))))
      throw new CannotStart("Extension.LaunchError", `Error: fork/exec /opt/extensions/${name}: permission denied`);
  return names;
}

function nodeCommand(spec: SpawnSpec, places: Places, fenced: boolean): string[] {
  const { clients, sdk, node, task, opt } = places;
  return [
    node,
    `--max-old-space-size=${Math.max(Math.floor(spec.version.memoryMb * 0.9), 64)}`,
    ...(fenced ? [] : permissions(spec, places)),
    ...(spec.inspectPort === undefined ? [] : [`--inspect=127.0.0.1:${spec.inspectPort}`]),
    // A signal from another function must not open a debugger here.
    "--disable-sigusr1",
    join(clients, "client.cjs"),
    JSON.stringify({ sdkDir: sdk, taskRoot: task, optRoot: opt }),
  ];
}

/** Variables that would take a Node function past its permissions before any of its code runs. */
const pastPermissions = ["LD_PRELOAD", "LD_AUDIT", "DYLD_INSERT_LIBRARIES", "OPENSSL_CONF"];
/** Node takes quotes, backslashes and underscores in the names of options. */
const permissive = /--(allow|permission|snapshot-blob|openssl-)/;

/**
 * Node's own permission model, where no sandbox holds a function: AWS has none, and it forbids what works there. No
 * boundary: Node says itself that it does not stop malicious code.
 */
function permissions({ version, inspectPort }: SpawnSpec, { task, opt, tmp, clients, sdk }: Places): string[] {
  const { NODE_OPTIONS = "", ...rest } = version.environment ?? {};
  const options = NODE_OPTIONS.replace(/["\\]/g, "").replaceAll("_", "-");
  const wrong = permissive.test(options) ? "NODE_OPTIONS" : pastPermissions.find((name) => Object.hasOwn(rest, name));
  if (wrong)
    throw new CannotStart("Runtime.NotAvailable", `${wrong} cannot be set so where no sandbox holds the function.`);
  const readable = [task, ...(opt ? [opt] : []), clients, join(sdk, "node_modules"), tmp];
  return [
    "--permission",
    ...readable.map((path) => `--allow-fs-read=${path}`),
    `--allow-fs-write=${tmp}`,
    // SQLite opens files by itself and asks no permission: without this a function could read and write the store.
    "--no-experimental-sqlite",
    ...(inspectPort === undefined ? [] : ["--allow-inspector"]),
    "--disable-warning=SecurityWarning",
  ];
}

async function findPython(): Promise<Python | null> {
  const script =
    "import sys, json, os; print(json.dumps([os.path.realpath(sys.executable), sys.executable, sys.prefix, sys.base_prefix]))";
  try {
    const said = (await run("python3", ["-c", script], { timeout: 10_000 })).stdout;
    const [real, executable, ...prefixes] = JSON.parse(said) as [string, string, ...string[]];
    // A prefix above the owner's home would let in more than Python; the system's own is there already.
    const holdsHome = (folder: string): boolean => !relative(folder, homedir()).startsWith("..");
    const folders = [...new Set(prefixes)].filter((folder) => !/^\/usr(\/|$)/.test(folder) && !holdsHome(folder));
    return { executable: folders.length > 0 ? executable : real, folders };
  } catch {
    return null;
  }
}

/** Where programs look for what layers and the runtime bring; a function's own settings come before them, as on AWS. */
function searchPaths({ version }: SpawnSpec, { task, opt, sdk }: Places, ownPaths: boolean): Record<string, string> {
  const node = /^nodejs(\d+)/.exec(version.runtime)?.[1];
  const modules = [
    ...(opt ? [`nodejs/node${node}/node_modules`, "nodejs/node_modules"].map((path) => join(opt, path)) : []),
    // For the function's threads and child processes; it finds the SDK itself by way of the runtime client.
    ...(ownPaths ? [join(sdk, "node_modules")] : []),
  ];
  return {
    ...(opt && { LD_LIBRARY_PATH: [task, join(task, "lib"), join(opt, "lib")].join(delimiter) }),
    ...(node && modules.length > 0 && { NODE_PATH: modules.join(delimiter) }),
  };
}

function environment(spec: SpawnSpec, places: Places, ownPaths: boolean): Record<string, string> {
  const { version, credentials } = spec;
  const json = version.logging.format === "JSON";
  return {
    AWS_ENDPOINT_URL: spec.endpoint,
    ...searchPaths(spec, places, ownPaths),
    ...version.environment,
    PATH: `${ownPaths ? "/var/lang/bin:" : ""}/usr/local/bin:/usr/bin:/bin:${places.opt ?? "/opt"}/bin`,
    // Where layers cannot be at /opt.
    ...(places.opt && !ownPaths && { LAMBDA_OPT_ROOT: places.opt }),
    LANG: "en_US.UTF-8",
    TZ: version.environment?.["TZ"] ?? "UTC",
    HOME: places.tmp,
    TMPDIR: places.tmp,
    LAMBDA_TASK_ROOT: places.task,
    LAMBDA_RUNTIME_DIR: places.sdk,
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
