/**
 * Environments by function version: invocations wait in a queue of their version, free environments take them, and as
 * many start as there are invocations waiting. Enforces concurrency; ends environments that idle, whose code is out of
 * date, or whose credentials run out. Knows no protocol.
 */
import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { type LocalCloud, ServiceError, type SessionCredentials } from "../service.ts";
import type { CodeStore } from "./code.ts";
import { runtimeVersionArn, sameness } from "./configuration.ts";
import { type Development, watchFolders } from "./development.ts";
import { createEnvironment, type Environment, finishingMs } from "./environment.ts";
import { cannotAssume, throttled } from "./errors.ts";
import type { Answer, Invocation } from "./invocation.ts";
import { flushLogBuffers } from "./log-buffer.ts";
import type { VersionRecord } from "./records.ts";
import type { RuntimeApi } from "./runtime-api.ts";
import { CannotStart, type Runtimes, type SpawnSpec } from "./spawn.ts";

export interface Target {
  functionName: string;
  version: VersionRecord;
  /** Undefined: only the account's limit counts. */
  reservedConcurrency: number | undefined;
  development: Development;
}

/** How many environments of a version are to be there before anybody calls. */
export interface Provision {
  version: VersionRecord;
  count: number;
}

export interface Execution {
  /** Throws a 429 when the function or the account is at its limit; else answers, whatever becomes of the code. */
  run(target: Target, invocation: Invocation): Promise<Answer>;
  /** Ends the environments of a function that do not run one of these versions' revisions; busy ones finish first. */
  retire(functionName: string, keep: readonly Pick<Target, "version" | "development">[]): void;
  /** Keeps these many environments of the function's versions, and no others, ready. */
  provision(functionName: string, wanted: readonly Provision[]): void;
  /** How many of a version are ready, of how many provisioned ones; and whether its code cannot start. */
  readiness(functionName: string, version: VersionRecord): { ready: number; failed: boolean };
  sweep(): void;
  flushLogs(): void;
  /** Resolves when no process of a function is left. */
  stop(): Promise<void>;
}

export interface ExecutionInit {
  cloud: LocalCloud;
  code: CodeStore;
  api: RuntimeApi;
  runtimes: Runtimes;
  tmpDir: string;
  /** The account's limit of concurrent executions, less what functions have reserved. */
  unreserved(): number;
  streamLimitBytes: number;
}

interface Waiting {
  invocation: Invocation;
  resolve(answer: Answer): void;
}

interface Slot {
  environment: Environment;
  state: "starting" | "free" | "busy";
  /** Milliseconds since 1970: after it the environment takes no new work. */
  goodUntil: number;
  tmpDir: string;
}

interface Pool {
  key: string;
  development: Development;
  functionName: string;
  version: VersionRecord;
  queue: Waiting[];
  slots: Set<Slot>;
  retired: boolean;
  /** Environments to keep ready. */
  provisioned: number;
  /** The last environment could not start: none is started ahead of calls before one can again. */
  failed: boolean;
  looksAgain?: NodeJS.Timeout | undefined;
}

type InitializationType = SpawnSpec["initializationType"];

/** An invocation whose environment's init failed. */
interface Again {
  waiting: Waiting;
  logStream: string;
}

/** The last environment of a version stays warm for ten minutes, further ones for one. */
const idleLastMs = 600_000;
const idleFurtherMs = 60_000;
const credentialsSeconds = 12 * 3600;
const stopLimitMs = 5_000;

export function createExecution(init: ExecutionInit): Execution {
  return new PooledExecution(init);
}

class PooledExecution implements Execution {
  readonly #init: ExecutionInit;
  readonly #pools = new Map<string, Pool>();
  /** Invocations under way or waiting, by function, and all together. */
  readonly #running = new Map<string, number>();
  /** One a process, resolved when it is gone. */
  readonly #ending = new Set<Promise<void>>();
  /** Invocations of functions without a reservation. */
  #unreserved = 0;
  #starting = 0;
  readonly #startLimit = Math.max(2, availableParallelism());
  readonly #folders = watchFolders();

  constructor(init: ExecutionInit) {
    this.#init = init;
  }

  async run(target: Target, invocation: Invocation): Promise<Answer> {
    const { functionName, reservedConcurrency } = target;
    const running = this.#running.get(functionName) ?? 0;
    const shared = reservedConcurrency === undefined;
    if (!shared && running >= reservedConcurrency) throw throttled("ReservedFunctionConcurrentInvocationLimitExceeded");
    if (shared && this.#unreserved >= this.#init.unreserved()) throw throttled("ConcurrentInvocationLimitExceeded");
    this.#running.set(functionName, running + 1);
    if (shared) this.#unreserved++;
    const { folder } = target.development;
    const pool = this.#poolOf(target, folder === undefined ? "" : await this.#folders.stamp(folder));
    if (folder !== undefined) this.#retireAll(functionName, ({ key }) => key === pool.key || !key.includes(folder));
    const answer = await new Promise<Answer>((resolve) => {
      pool.queue.push({ invocation, resolve });
      this.#dispatch(pool);
    });
    // A streamed reply holds its place as long as its environment, which a handler may keep after its last byte.
    if (answer.kind === "reply" && answer.streamed) void answer.over.then(() => this.#release(functionName, shared));
    else this.#release(functionName, shared);
    return answer;
  }

  retire(functionName: string, keep: readonly Pick<Target, "version" | "development">[]): void {
    const keys = keep.map(({ version, development }) => keyOf(functionName, version, development));
    this.#retireAll(functionName, (pool) => keys.some((key) => pool.key.startsWith(key)));
  }

  #retireAll(functionName: string, stays: (pool: Pool) => boolean): void {
    for (const pool of this.#pools.values()) {
      if (pool.functionName !== functionName || stays(pool)) continue;
      pool.retired = true;
      for (const slot of pool.slots) if (slot.state === "free") this.#end(pool, slot);
      if (pool.slots.size === 0 && pool.queue.length === 0) this.#pools.delete(pool.key);
    }
  }

  provision(functionName: string, wanted: readonly Provision[]): void {
    const counts = new Map<Pool, number>();
    for (const { version, count } of wanted) {
      const pool = this.#poolOf({ functionName, version, development: {} });
      counts.set(pool, (counts.get(pool) ?? 0) + count);
    }
    for (const pool of this.#pools.values()) {
      if (pool.functionName !== functionName) continue;
      const count = counts.get(pool) ?? 0;
      if (count !== pool.provisioned) pool.failed = false;
      pool.provisioned = count;
      this.#fill(pool);
    }
  }

  readiness(functionName: string, version: VersionRecord): { ready: number; failed: boolean } {
    const pool = this.#pools.get(keyOf(functionName, version, {}));
    const ready = [...(pool?.slots ?? [])].filter(({ state }) => state !== "starting").length;
    return { ready, failed: pool?.failed === true };
  }

  /** Starts what is provisioned and not there. */
  #fill(pool: Pool): void {
    if (pool.retired || pool.failed) return;
    for (let left = pool.provisioned - pool.slots.size; left > 0 && this.#starting < this.#startLimit; left--)
      this.#start(pool, "provisioned-concurrency");
  }

  sweep(): void {
    const now = this.#init.cloud.clock.now();
    for (const pool of this.#pools.values()) {
      const free = [...pool.slots].filter((slot) => slot.state === "free");
      free.sort((a, b) => a.environment.idleSince - b.environment.idleSince);
      for (const [index, slot] of free.entries()) {
        const last = index === free.length - 1;
        const spare = pool.slots.size > pool.provisioned;
        const idleTooLong = now - slot.environment.idleSince > (last ? idleLastMs : idleFurtherMs);
        if ((spare && idleTooLong) || slot.goodUntil < now) this.#end(pool, slot);
      }
      this.#fill(pool);
      if (pool.slots.size === 0 && pool.queue.length === 0 && pool.provisioned === 0) this.#pools.delete(pool.key);
    }
  }

  flushLogs(): void {
    flushLogBuffers();
  }

  async stop(): Promise<void> {
    for (const pool of this.#pools.values()) {
      pool.retired = true;
      for (const waiting of pool.queue.splice(0)) waiting.resolve(stopped());
      for (const slot of [...pool.slots]) this.#end(pool, slot);
    }
    this.#pools.clear();
    // A process that was killed may still be writing: the folder is not the owner's to move before it is gone.
    const late = new Promise((resolve) => setTimeout(resolve, stopLimitMs).unref());
    await Promise.race([Promise.all(this.#ending), late]);
    flushLogBuffers();
  }

  #release(functionName: string, shared: boolean): void {
    if (shared) this.#unreserved--;
    const left = (this.#running.get(functionName) ?? 1) - 1;
    if (left > 0) this.#running.set(functionName, left);
    else this.#running.delete(functionName);
  }

  /** `stamp` is what a folder of development is like now. */
  #poolOf({ functionName, version, development }: Omit<Target, "reservedConcurrency">, stamp = ""): Pool {
    const key = keyOf(functionName, version, development) + stamp;
    let pool = this.#pools.get(key);
    if (!pool) {
      pool = {
        ...{ key, functionName, version, development, queue: [], slots: new Set<Slot>() },
        ...{ retired: false, provisioned: 0, failed: false },
      };
      this.#pools.set(key, pool);
    }
    return pool;
  }

  #dispatch(pool: Pool): void {
    if (pool.queue.length === 0) return;
    const now = this.#init.cloud.clock.now();
    let starting = 0;
    let finishing = 0;
    for (const slot of pool.slots) {
      if (slot.state === "starting") starting++;
      else if (slot.environment.finishing) finishing++;
      if (slot.state !== "free") continue;
      if (slot.goodUntil < now) {
        this.#end(pool, slot);
        continue;
      }
      const waiting = pool.queue.shift();
      if (!waiting) return;
      slot.state = "busy";
      void slot.environment.invoke(waiting.invocation).then(waiting.resolve);
    }
    if (finishing > 0 && pool.queue.length > starting) this.#lookAgain(pool);
    for (
      let wanted = pool.queue.length - starting - finishing;
      wanted > 0 && this.#starting < this.#startLimit;
      wanted--
    )
      this.#start(pool);
  }

  /** What was about to be free may not have become so. */
  #lookAgain(pool: Pool): void {
    pool.looksAgain ??= setTimeout(() => {
      pool.looksAgain = undefined;
      this.#dispatch(pool);
    }, finishingMs).unref();
  }

  /** A free place to start in may be another version's turn. */
  #dispatchAll(): void {
    for (const pool of this.#pools.values()) {
      if (pool.queue.length > 0) this.#dispatch(pool);
      this.#fill(pool);
    }
  }

  /** `again` after a failed init: the process begins once more, within the invocation that waits for it. */
  #start(pool: Pool, initializationType: InitializationType = "on-demand", again?: Again): void {
    const { cloud, code, api, runtimes } = this.#init;
    const { functionName, version, development } = pool;
    const { inspectPort } = development;
    const tmpDir = join(this.#init.tmpDir, randomUUID());
    let credentials: SessionCredentials | null = null;
    const logGroup = version.logging.group;
    this.#starting++;
    let settledStart = false;
    const started = (): void => {
      if (settledStart) return;
      settledStart = true;
      this.#starting--;
    };
    const gone = Promise.withResolvers<void>();
    const environment = createEnvironment({
      ...{ functionName, version, api, initializationType, debugged: inspectPort !== undefined },
      ...{ accountId: cloud.options.accountId, streamLimitBytes: this.#init.streamLimitBytes },
      ...(again && { logStream: again.logStream }),
      runtimeVersionArn: runtimeVersionArn(cloud, version.runtime),
      now: () => cloud.clock.now(),
      spawn: async (runtimeApi, logStream) => {
        credentials = assume(cloud, version.role, functionName);
        if (credentials) slot.goodUntil = credentials.expiresAt - (version.timeoutSeconds + 60) * 1000;
        return runtimes.spawn({
          functionName,
          version,
          taskDir: development.folder ?? (await code.folder(version.codeSha256)),
          inspectPort,
          optDir: version.layers?.length
            ? await code.layered(version.layers.map(({ codeSha256 }) => codeSha256))
            : undefined,
          tmpDir,
          logGroup,
          logStream,
          runtimeApi,
          region: cloud.options.region,
          endpoint: cloud.endpoint(),
          credentials,
          initializationType,
        });
      },
      connect: (child, port) => runtimes.connect(child, port),
      writeLogs: (stream, events) => cloud.peers.writeLogs?.(logGroup, stream, events, !pool.retired),
      onReady: () => {
        started();
        pool.failed = false;
        if (!again) this.#freed(pool, slot);
        this.#dispatchAll();
      },
      onFree: () => this.#freed(pool, slot),
      onInitFailure: ({ errorType, body, again: mayBegin }) => {
        pool.failed = true;
        const waiting = pool.queue.shift();
        if (!waiting) return;
        if (mayBegin) this.#start(pool, initializationType, { waiting, logStream: environment.logStream });
        else waiting.resolve({ kind: "error", errorType, body, log: async () => "" });
      },
      onGone: () => {
        started();
        rmSync(slot.tmpDir, { recursive: true, force: true, maxRetries: 3 });
        this.#ending.delete(gone.promise);
        gone.resolve();
        this.#forget(pool, slot);
        this.#dispatchAll();
      },
    });
    const slot: Slot = {
      ...{ environment, state: again ? "busy" : "starting" },
      ...{ goodUntil: Number.POSITIVE_INFINITY, tmpDir },
    };
    pool.slots.add(slot);
    this.#ending.add(gone.promise);
    if (again) void environment.startWith(again.waiting.invocation).then(again.waiting.resolve);
    else environment.start();
  }

  #freed(pool: Pool, slot: Slot): void {
    slot.state = "free";
    if (pool.retired && pool.queue.length === 0) this.#end(pool, slot);
    else this.#dispatch(pool);
  }

  #end(pool: Pool, slot: Slot): void {
    slot.environment.flushLogs();
    slot.environment.kill();
    this.#forget(pool, slot);
  }

  #forget(pool: Pool, slot: Slot): void {
    pool.slots.delete(slot);
    if (pool.retired && pool.slots.size === 0 && pool.queue.length === 0) this.#pools.delete(pool.key);
  }
}

/** One a version as it runs: its revision is none of it, for permissions change that, too. */
const keys = new WeakMap<VersionRecord, { plain: string; base: string }>();

function keyOf(functionName: string, version: VersionRecord, { folder, inspectPort }: Development): string {
  let key = keys.get(version);
  if (key === undefined) {
    const base = `${functionName}:${version.version}:${version.lastModified}:${sameness(version)}`;
    key = { base, plain: `${base};;;` };
    keys.set(version, key);
  }
  // The same text each time: one put together anew would be hashed anew.
  if (folder === undefined && inspectPort === undefined) return key.plain;
  return `${key.base};${inspectPort ?? ""};${folder ?? ""};`;
}

/** Null only where no IAM is: Lambda alone in its tests. */
function assume({ peers }: LocalCloud, role: string, functionName: string): SessionCredentials | null {
  try {
    return peers.assumeRole?.(role, functionName, credentialsSeconds) ?? null;
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    throw new CannotStart("AccessDeniedException", cannotAssume().message);
  }
}

function stopped(): Answer {
  const body = JSON.stringify({ errorType: "Runtime.ExitError", errorMessage: "The local cloud is stopping." });
  return { kind: "error", errorType: "Runtime.ExitError", body: Buffer.from(body), log: async () => "" };
}
