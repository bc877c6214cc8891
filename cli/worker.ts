/**
 * A worker's edge: one operation, its events appended to a file, its end. Takes the operation's folder as its only
 * argument and what may be secret from stdin. SIGINT once lets it finish what is in flight; twice ends it at once.
 */
import { appendFileSync, closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { basename, dirname } from "node:path";
import type { Emit, OperationEvent } from "../stacks/events.ts";
import { bugNote } from "./crash.ts";
import { cloudIn, elsewhere } from "./elsewhere.ts";
import { toFault } from "./errors.ts";
import { readJson, writeJson } from "./files.ts";
import type { OperationAnswers, OperationRequest } from "./operations/request.ts";
import { filesOf } from "./operations/request.ts";
import type { End } from "./operations/work.ts";
import { findPaths } from "./paths.ts";
import { processId } from "./process-id.ts";
import { takeSessions } from "./signing-in/second-factor.ts";
import { wordsInCloud } from "./ui/in-cloud.ts";

process.umask(0o077);
// Program and engine speak gRPC over loopback, which takes an office's proxy unless it is told that none leads there.
const { no_grpc_proxy: spared, no_proxy: sparedToo } = process.env;
process.env.no_grpc_proxy = ["127.0.0.1", "localhost", spared || sparedToo].filter(Boolean).join(",");
const dir = process.argv[2] ?? "";
const paths = findPaths(process.env);
const files = filesOf(paths, basename(dir));
const abort = new AbortController();

let interrupts = 0;
for (const name of ["SIGINT", "SIGTERM"] as const)
  process.on(name, () => {
    interrupts++;
    if (interrupts > 1) process.exit(130);
    abort.abort();
  });
// The terminal is not ours; its end is none of our business.
process.on("SIGHUP", () => undefined);

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    appendFileSync(files.log, `${(error as Error).stack ?? error}\n`);
    process.exit(1);
  },
);

async function main(): Promise<number> {
  writeJson(files.worker, processId(process.pid));
  const request = readJson<OperationRequest>(files.request)!;
  const answers = JSON.parse((await readStdin()) || '{"settings":{}}') as OperationAnswers;
  if (answers.sessions) takeSessions(answers.sessions);
  const handle = openSync(files.events, "a", 0o600);
  const cloud = cloudIn(request.command);
  const emit: Emit = (event) => void writeSync(handle, `${JSON.stringify(inWords(event, cloud))}\n`);
  const started = performance.now();
  try {
    const { perform } = await import("./operations/perform.ts");
    const end = await perform({ request, answers, paths, emit, signal: abort.signal });
    await tellLinks(end.apps);
    emit(resultOf(request, { ...end, apps: end.apps.map(({ link: _, ...app }) => app) }, started));
    return end.exitCode;
  } catch (error) {
    const fault = elsewhere(toFault(error, bugNote(dirname(dirname(dir)), error)), cloud);
    const { exitCode, ...wire } = fault.toJSON();
    emit({ type: "error", ...wire });
    emit(resultOf(request, { exitCode, cloud: request.cloud ?? "", apps: [] }, started));
    return exitCode;
  } finally {
    fsyncSync(handle);
    closeSync(handle);
  }
}

const inWords = (event: OperationEvent, cloud: string | undefined): OperationEvent =>
  event.type === "note" ? { ...event, message: wordsInCloud(event.message, cloud) } : event;

/**
 * A link signs in whoever has it, so it goes to the command that asked, if that is still there, and never into the file
 * of events; `freehold open` makes another.
 */
function tellLinks(apps: End["apps"]): Promise<void> {
  const links = Object.fromEntries(apps.flatMap(({ name, link }) => (link ? [[name, link]] : [])));
  return new Promise((resolve) => {
    if (process.connected && process.send) process.send({ links }, () => resolve());
    else resolve();
  });
}

function resultOf(
  { operation }: OperationRequest,
  { exitCode, cloud, apps, data }: End,
  started: number,
): OperationEvent {
  const durationMs = Math.round(performance.now() - started);
  return {
    type: "result",
    ok: exitCode === 0,
    exitCode,
    operation,
    cloud,
    apps,
    ...(data ? { data } : {}),
    durationMs,
  };
}

async function readStdin(): Promise<string> {
  let text = "";
  for await (const chunk of process.stdin.setEncoding("utf8")) text += chunk;
  return text;
}
