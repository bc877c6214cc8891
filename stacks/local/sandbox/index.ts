/**
 * How a command is fenced: the door of this room, which knows nothing of Lambda. Chooses the sandbox that this computer
 * has, by trying it: bubblewrap, else util-linux's namespaces, on macOS sandbox-exec, else none, and says why.
 */
import { execFile } from "node:child_process";
import { realpathSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { bubblewrap } from "./bubblewrap.ts";
import { openControlGroups } from "./cgroups.ts";
import type { Fence, Launch, Sandbox, SandboxKind } from "./fence.ts";
import { forbidden } from "./forbidden.ts";
import { openGuard } from "./guard.ts";
import { namespaces } from "./namespaces.ts";
import { type Door, type Networks, openNetworks } from "./network.ts";
import { seatbelt } from "./seatbelt.ts";
import { makeSkeleton } from "./skeleton.ts";
import { openStarter, type Starter } from "./starter.ts";
import { findTools, type Tools } from "./tools.ts";

export { type Fence, type Launch, type Place, type Sandbox, type SandboxKind, sandboxKinds } from "./fence.ts";
export type { Door, Network, Networks } from "./network.ts";
export { createProxy } from "./proxy.ts";
export { hasBegun } from "./starter.ts";
export { peakKbOf, type Usage, usageOf } from "./usage.ts";

export interface Fencing {
  sandbox: Sandbox;
  /** Undefined where the sandbox has no networks of its own. */
  networks: Networks | undefined;
  starter: Starter;
  /** Ends what is still running. */
  close(): void;
}

const run = promisify(execFile);
const probeLimitMs = 10_000;

/** No fence: the command as it is, which ends with its parent where the system can do that. */
export function unfenced(why: string, tools: Tools): Sandbox {
  const watch = tools.setpriv ? [tools.setpriv, "--pdeathsig", "KILL", "--"] : [];
  return {
    kind: "none",
    why,
    ownPaths: false,
    ownNetwork: false,
    launch({ command, environment, cwd }): Launch {
      const [file, ...args] = [...watch, ...command];
      return { file: file!, args, env: { ...environment }, cwd };
    },
  };
}

/**
 * The first sandbox that works here. `dir` is a folder of the room's own. `wanted` takes that one or none: for tests,
 * and for owners who know better.
 */
export async function chooseSandbox(
  dir: string,
  doors: readonly Door[],
  wanted?: SandboxKind | undefined,
): Promise<Fencing> {
  const tools = findTools();
  const groups = openControlGroups(dir);
  const guard = openGuard(groups.folders);
  const starter = openStarter(groups, guard);
  const fencing = (sandbox: Sandbox, networks: Networks | undefined): Fencing => {
    starter.prepare();
    const close = (): void => {
      for (const part of [starter, networks, guard]) part?.close();
    };
    return { sandbox, networks, starter, close };
  };
  const why: string[] = [];
  for (const { kind, open } of candidates(dir, tools)) {
    if (wanted !== undefined && wanted !== kind) continue;
    let networks: Networks | undefined;
    try {
      const sandbox = open();
      networks = sandbox.ownNetwork ? openNetworks(tools, doors) : undefined;
      await probe(dir, sandbox, await networks?.prepare());
      return fencing(sandbox, networks);
    } catch (error) {
      networks?.close();
      why.push(`${kind}: ${firstLine(error)}`);
    }
  }
  why.unshift(...forbidden());
  const said = wanted === "none" ? "it was asked for" : why.join("; ") || `${process.platform} has no sandbox we know`;
  return fencing(unfenced(said, tools), undefined);
}

function candidates(dir: string, tools: Tools): { kind: SandboxKind; open(): Sandbox }[] {
  if (process.platform === "darwin") return [{ kind: "sandbox-exec", open: () => seatbelt(tools) }];
  if (process.platform !== "linux") return [];
  const root = join(dir, "root");
  return [
    { kind: "bubblewrap", open: () => bubblewrap(tools, makeSkeleton(root)) },
    { kind: "namespaces", open: () => namespaces(tools, makeSkeleton(root), join(dir, "tables")) },
  ];
}

/** Runs Node inside once: what cannot do that fences nothing that we could use. */
async function probe(dir: string, sandbox: Sandbox, networkOf: number | undefined): Promise<void> {
  const node = realpathSync(process.execPath);
  const fence: Fence = {
    reads: [{ outside: node, inside: sandbox.ownPaths ? "/var/lang/bin/node" : node }],
    tmpBytes: 1024 * 1024,
    tmpDir: dir,
    cwd: sandbox.ownPaths ? "/tmp" : dir,
    processes: 64,
    networkOf,
    ports: [],
    environment: {},
    command: [sandbox.ownPaths ? "/var/lang/bin/node" : node, "--version"],
  };
  const { file, args, env, cwd } = sandbox.launch(fence);
  await run(file, args, { env, cwd, timeout: probeLimitMs, killSignal: "SIGKILL" });
}

function firstLine(error: unknown): string {
  const { stderr, message } = error as Error & { stderr?: string };
  return (stderr?.trim() || message).split("\n")[0]!.slice(0, 300);
}
