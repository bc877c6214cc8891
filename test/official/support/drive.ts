/**
 * Runs a parity program, a list of operations on one stack, through one engine over the Automation API and writes
 * down everything that can be seen of it: result, events, provider calls, state, outputs.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ConfigMap,
  type EngineEvent,
  LocalWorkspace,
  PulumiCommand,
  type Stack,
} from "@pulumi/pulumi/automation/index.js";
import { vi } from "vitest";
import { embeddedEngine } from "../../../stacks/engine/index.ts";
import { passphraseManager } from "../../../stacks/engine/state/secrets.ts";
import { signatureKey, signatures } from "../../../stacks/engine/values/signatures.ts";
import { offline } from "./offline.ts";
import { type Call, type Script, ScriptedCloud, scriptedProvider } from "./script.ts";
import { serveProvider } from "./serve.ts";

export interface Operation {
  op: "up" | "preview" | "refresh" | "destroy" | "import" | "previewRefresh" | "previewDestroy";
  /** What runs from here on. */
  program?: () => unknown;
  /** How the provider behaves from here on; {} is well. */
  script?: Script;
  options?: { [option: string]: unknown };
  /** Changes the state's file before the operation: what no engine would write of itself. */
  edit?: (deployment: any) => void;
  config?: ConfigMap;
}

export interface ParityProgram {
  name: string;
  /** The behaviour, as a test's title. */
  title: string;
  operations: Operation[];
}

/** What can be seen of one operation. */
export interface Seen {
  op: string;
  failed: boolean;
  /** The error's message, which has the command's stderr in it. */
  stderr: string;
  events: EngineEvent[];
  calls: Call[];
  /** The checkpoint's deployment, secrets opened: `{secret: plaintext}`. */
  state: { [field: string]: any };
}

const own = vi.hoisted(() => ({ inProcess: true }));
// The one place where the engine finds that a program runs in its own process.
vi.mock("../../../stacks/engine/monitor/same-process.ts", async (original) => {
  const real = await original<typeof import("../../../stacks/engine/monitor/same-process.ts")>();
  const serveHere: typeof real.serveHere = (...served) =>
    own.inProcess ? real.serveHere(...served) : { end: () => undefined };
  return { ...real, serveHere };
});

/** The passphrase's key is derived once for all stacks: a million rounds each would be most of the time. */
const passphrase = "p";
const stateFile = ".pulumi/stacks/proj/dev.json";
const { state: secretsState, decrypt } = await passphraseManager(passphrase);

export const packages = ["test", "other"];

interface Engine {
  command: PulumiCommand;
  environment: { [name: string]: string };
  close: () => void;
}

/** Both engines find the provider by its port. */
async function attached(cloud: ScriptedCloud, command: PulumiCommand): Promise<Engine> {
  const servers = await Promise.all(packages.map((pkg) => serveProvider(scriptedProvider(cloud, pkg, "1.0.0"))));
  const ports = packages.map((pkg, at) => `${pkg}:${servers[at]!.port}`).join(",");
  return {
    command: lean(command),
    environment: { PULUMI_DEBUG_PROVIDERS: ports, ...offline },
    close: () => {
      for (const server of servers) server.close();
    },
  };
}

let official: Promise<PulumiCommand> | undefined;

/** Asked for its version once: that is a process, too. */
export async function officialEngine(path: string, cloud: ScriptedCloud): Promise<Engine> {
  official ??= PulumiCommand.get({ root: join(path, "../..") });
  return attached(cloud, await official);
}

/** The program and the providers are dialled, as if they were in other processes. */
export async function ownOverGrpc(cloud: ScriptedCloud): Promise<Engine> {
  own.inProcess = false;
  return attached(cloud, embeddedEngine({ providers: () => undefined }));
}

/** Both are called as functions. */
export async function ownInProcess(cloud: ScriptedCloud): Promise<Engine> {
  own.inProcess = true;
  const providers = (pkg: string) => (packages.includes(pkg) ? scriptedProvider(cloud, pkg, "1.0.0") : undefined);
  return { command: lean(embeddedEngine({ providers })), environment: {}, close: () => undefined };
}

type Run = (args: string[], ...rest: unknown[]) => Promise<unknown>;

/**
 * After each operation the SDK asks for outputs twice and for the history: three more processes an operation. What
 * they would say is read from the checkpoint here.
 */
function lean(command: PulumiCommand): PulumiCommand {
  const { run } = command as unknown as { run: Run };
  const answers: { [command: string]: string } = { output: "{}", history: "[]" };
  const leaner: Run = async (args, ...rest) => {
    const stdout = args[0] === "stack" ? answers[args[1] ?? ""] : undefined;
    return stdout === undefined ? run.call(command, args, ...rest) : { stdout, stderr: "", code: 0 };
  };
  return { command: command.command, version: command.version, run: leaner } as unknown as PulumiCommand;
}

export async function run(program: ParityProgram, start: (cloud: ScriptedCloud) => Promise<Engine>): Promise<Seen[]> {
  const cloud = new ScriptedCloud();
  const engine = await start(cloud);
  const dir = mkdtempSync(join(tmpdir(), "parity-"));
  try {
    let current: () => unknown = () => undefined;
    writeFileSync(join(dir, "Pulumi.dev.yaml"), `encryptionsalt: ${secretsState.salt}\n`);
    const stack = await LocalWorkspace.createStack(
      { stackName: "dev", projectName: "proj", program: async () => (await current()) as any },
      {
        workDir: dir,
        pulumiCommand: engine.command,
        envVars: {
          PULUMI_BACKEND_URL: `file://${dir}`,
          PULUMI_CONFIG_PASSPHRASE: passphrase,
          PULUMI_HOME: join(dir, "home"),
          ...engine.environment,
        },
      },
    );
    const seen: Seen[] = [];
    for (const operation of program.operations) {
      if (operation.program) current = operation.program;
      if (operation.script) cloud.script = operation.script;
      if (operation.config) await stack.setAllConfig(operation.config);
      if (operation.edit) edit(dir, operation.edit);
      seen.push(await operate(stack, operation, cloud, dir));
    }
    return seen;
  } finally {
    engine.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

function edit(dir: string, change: (deployment: any) => void): void {
  const file = join(dir, stateFile);
  const { version, checkpoint } = JSON.parse(readFileSync(file, "utf8"));
  change(checkpoint.latest);
  writeFileSync(file, JSON.stringify({ version, checkpoint }));
}

async function operate(stack: Stack, operation: Operation, cloud: ScriptedCloud, dir: string): Promise<Seen> {
  const events: EngineEvent[] = [];
  const firstCall = cloud.calls.length;
  const call = (stack as any)[operation.op].bind(stack) as (options: object) => Promise<unknown>;
  const error = await call({ ...operation.options, onEvent: (event: EngineEvent) => events.push(event) }).then(
    () => undefined,
    (cause: Error) => cause,
  );
  return {
    op: operation.op,
    failed: error !== undefined,
    stderr: error?.message ?? "",
    events,
    calls: cloud.calls.slice(firstCall),
    state: stateIn(dir),
  };
}

function stateIn(dir: string): Seen["state"] {
  const file = join(dir, stateFile);
  if (!existsSync(file)) return {};
  const { checkpoint } = JSON.parse(readFileSync(file, "utf8"), (_key, value) => {
    if (value?.[signatureKey] !== signatures.secret || typeof value.ciphertext !== "string") return value;
    return { secret: JSON.parse(decrypt(value.ciphertext)) };
  });
  return checkpoint?.latest ?? {};
}
