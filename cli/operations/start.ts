/** Starts an operation's worker and follows its events. The worker is in a session of its own: no terminal ends it. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { exitCodes } from "../../blueprints/fault.ts";
import type { Emit, ResultEvent } from "../../stacks/events.ts";
import { faults } from "../errors.ts";
import { writeJson } from "../files.ts";
import { tokenVariables } from "../github.ts";
import { flagsOfWorker } from "../node-flags.ts";
import { distDir, makeFolder, operationsDir, type Paths } from "../paths.ts";
import { type ProcessId, processId } from "../process-id.ts";
import {
  filesOf,
  newOperationId,
  type OperationAnswers,
  type OperationFiles,
  type OperationRequest,
  pruneOperations,
  tokenVariable,
  workerAlive,
  writeRequest,
} from "./request.ts";
import { tailEvents } from "./tail.ts";
import { dropToldLinks } from "./told-links.ts";

export interface Watching {
  paths: Paths;
  emit: Emit;
  /** Called with each Ctrl-C until the operation ends; returns how to stop listening. */
  onInterrupt(handler: () => void): () => void;
  /** Called when somebody leaves it running. */
  onDetach?(handler: () => void): () => void;
  /** Test seam: the worker's entry. */
  workerEntry?: string;
}

export type NewOperation = Omit<OperationRequest, "format" | "id" | "at">;

/** Answers with the result's exit code. Throws `worker-died`. */
export async function runOperation(asked: NewOperation, answers: OperationAnswers, o: Watching): Promise<number> {
  const now = new Date();
  const id = newOperationId(asked.operation, now);
  makeFolder(operationsDir(o.paths));
  const files = writeRequest(o.paths, { format: 1, id, at: now.toISOString(), ...asked });
  const child = launch(files, flagsOfWorker(asked.operation), answers, o.workerEntry ?? join(distDir(), "worker.cjs"));
  if (child.pid !== undefined) writeJson(files.worker, processId(child.pid));
  let ended = child.pid === undefined;
  child.once("exit", () => (ended = true));
  child.once("error", () => (ended = true));
  const links = linksOf(child);
  const results: ResultEvent[] = [];
  // Held back until the links have come, which are not in the file.
  const emit: Emit = (event) => {
    if (event.type === "result") results.push(event);
    else o.emit(event);
  };
  try {
    const code = await watch(
      id,
      files,
      asked.command,
      () => !ended,
      (signal) => child.kill(signal),
      { ...o, emit },
    );
    for (const result of results) o.emit(withLinks(result, await links));
    // Left running: its channel would keep this process.
    if (results.length === 0 && child.connected) child.disconnect();
    return code;
  } finally {
    pruneOperations(o.paths);
  }
}

/** Told over the worker's own channel, since they sign in whoever has them; none when it ends without. */
function linksOf(child: ChildProcess): Promise<Record<string, string>> {
  return new Promise((resolve) => {
    child.once("message", (message) => resolve((message as { links: Record<string, string> }).links));
    for (const end of ["disconnect", "exit", "error"] as const) child.once(end, () => resolve({}));
  });
}

function withLinks(result: ResultEvent, links: Record<string, string>): ResultEvent {
  return {
    ...result,
    apps: result.apps.map((app) => ({ ...app, ...(links[app.name] ? { link: links[app.name] } : {}) })),
  };
}

/** Follows an operation that somebody else started, or shows one that is over. */
export async function attachOperation(
  id: string,
  worker: ProcessId | undefined,
  retry: string,
  o: Watching,
): Promise<number> {
  const files = filesOf(o.paths, id);
  const kill = (signal: NodeJS.Signals): void => {
    if (worker && workerAlive(files)) process.kill(worker.pid, signal);
  };
  return watch(id, files, retry, () => workerAlive(files), kill, o);
}

async function watch(
  id: string,
  files: OperationFiles,
  retry: string,
  alive: () => boolean,
  kill: (signal: NodeJS.Signals) => void,
  { emit, onInterrupt, onDetach }: Watching,
): Promise<number> {
  let interrupts = 0;
  const left = new AbortController();
  const stop = onInterrupt(() => {
    interrupts++;
    kill(interrupts === 1 ? "SIGINT" : "SIGKILL");
    if (interrupts === 1)
      emit({ type: "note", level: "warning", message: "Finishing what is in flight; Ctrl-C again stops at once." });
  });
  const stay = onDetach?.(() => left.abort());
  try {
    const result = await tailEvents(files.events, { onEvent: emit, alive, signal: left.signal });
    if (result) {
      dropToldLinks(files.events);
      return exitOf(result);
    }
    if (left.signal.aborted && alive()) {
      emit({ type: "note", level: "info", message: `Left running. To come back: freehold attach ${id}` });
      return exitCodes.interrupted;
    }
    if (interrupts > 0) return exitCodes.interrupted;
    throw faults.workerDied(id, files.log, retry);
  } finally {
    stop();
    stay?.();
  }
}

const exitOf = ({ exitCode }: ResultEvent): number => exitCode;

/** What a worker may use of GitHub's and Cloudflare's it is told over its stdin: no process inherits a token, or shows it in its environment. */
function withoutTokens(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const rest = { ...env };
  for (const name of [...tokenVariables, tokenVariable]) delete rest[name];
  return rest;
}

function launch(
  files: OperationFiles,
  flags: readonly string[],
  answers: OperationAnswers,
  entry: string,
): ChildProcess {
  const log = openSync(files.log, "a", 0o600);
  try {
    const child = spawn(process.execPath, [...flags, entry, files.dir], {
      detached: true,
      stdio: ["pipe", log, log, "ipc"],
      cwd: files.dir,
      env: withoutTokens(process.env),
    });
    // The worker may be gone before it has read its answers; its exit says so.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(JSON.stringify(answers));
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}
