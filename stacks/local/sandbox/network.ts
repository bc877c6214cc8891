/**
 * Networks of their own for fenced commands. A listening socket belongs to the network it was made in, whoever holds
 * it: so a Node that lives for a moment listens inside on the cloud's own ports and hands the sockets out to us. What
 * is inside finds the cloud at 127.0.0.1 and its usual port, and nothing else; no bridge copies a byte.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Server, Socket } from "node:net";
import { connectInside } from "./connect.ts";
import { systemPath } from "./fence.ts";
import { enterNetwork, type Tools } from "./tools.ts";

/** A port that is there inside, and who takes its connections. */
export interface Door {
  port: number;
  accept(socket: Socket, owner: string): void;
}

export interface Network {
  /** A process inside. */
  readonly pid: number;
  /** To a port of its loopback. */
  connect(port: number): Promise<Socket>;
  /** The command is gone, with all that it started. */
  release(): void;
}

export interface Networks {
  /**
   * The owner's network: the same for all of an owner's commands that run at once, and nobody else's. `alone`: not even
   * theirs.
   */
  take(owner: string, alone?: boolean): Promise<Network>;
  /** Makes some ahead, so that the next owners need not wait; answers a process in the first. */
  prepare(): Promise<number>;
  close(): void;
}

interface Made {
  pid: number;
  owner: string;
  users: number;
  /** Runs while nobody uses it. */
  lingering: NodeJS.Timeout | undefined;
  end(): void;
}

/** Holds the network as long as our end of its input is open. The loopback is down in a new one. */
const holder =
  "PATH=$PATH:/run/current-system/sw/bin; ip link set lo up || ifconfig lo up || busybox ip link set lo up || exit 1; echo up; exec cat";
/** Its input ends with the cloud. The channel would not say so while it waits for a socket to be taken. */
const maker = `
const { createServer } = require("node:net");
const ports = process.argv.slice(1);
const servers = ports.map(() => createServer());
let left = ports.length;
const end = () => process.kill(process.pid, "SIGKILL");
process.on("disconnect", end);
process.stdin.on("end", end).resume();
ports.forEach((port, index) => {
  servers[index].listen(Number(port), "127.0.0.1", 511, () => process.send(port, servers[index], (error) => {
    if (error || --left === 0) process.disconnect();
  }));
});`;

/** A function that calls another finds both cold. */
const ahead = 2;
/** A start must not compete with making the next one's network. */
const aheadMs = 500;
const limitMs = 10_000;
/** Its owner's for a while after the last command: a changed function's next start need not wait for a new one. */
const lingerMs = 60_000;

export function openNetworks(tools: Tools, doors: readonly Door[]): Networks {
  const owned = new Map<string | symbol, Promise<Made>>();
  const spares = new Set<Promise<Made>>();
  let timer: NodeJS.Timeout | null = null;
  let closed = false;

  const addSpare = async (): Promise<number> => {
    const made = makeNetwork(tools, doors);
    spares.add(made);
    try {
      return (await made).pid;
    } catch (error) {
      // The next to ask tries again.
      spares.delete(made);
      throw error;
    } finally {
      if (closed)
        void made.then(
          ({ end }) => end(),
          () => undefined,
        );
    }
  };
  /** One after another, each in a moment. */
  const fillUp = (): void => {
    if (closed || spares.size >= ahead) return;
    timer ??= setTimeout(() => {
      timer = null;
      if (!closed && spares.size < ahead) addSpare().then(fillUp, () => undefined);
    }, aheadMs).unref();
  };
  const first = (): Promise<Made> => {
    const [spare = makeNetwork(tools, doors)] = spares;
    spares.delete(spare);
    fillUp();
    return spare;
  };

  return {
    async take(owner, alone = false) {
      const key = alone ? Symbol(owner) : owner;
      let promise = owned.get(key);
      if (!promise) {
        promise = first();
        owned.set(key, promise);
      }
      const forget = (): void => {
        if (owned.get(key) === promise) owned.delete(key);
      };
      let made: Made;
      try {
        made = await promise;
      } catch (error) {
        forget();
        throw error;
      }
      clearTimeout(made.lingering);
      made.owner = owner;
      made.users++;
      let released = false;
      return {
        pid: made.pid,
        connect: (port) => connectInside(tools, made.pid, port),
        release() {
          if (released) return;
          released = true;
          if (--made.users > 0) return;
          made.lingering = setTimeout(
            () => {
              forget();
              made.end();
            },
            closed || alone ? 0 : lingerMs,
          ).unref();
        },
      };
    },
    async prepare() {
      const [spare] = spares;
      const pid = spare ? (await spare).pid : await addSpare();
      fillUp();
      return pid;
    },
    close() {
      closed = true;
      clearTimeout(timer ?? undefined);
      for (const promise of [...spares, ...owned.values()])
        promise.then(
          (made) => made.end(),
          () => undefined,
        );
    },
  };
}

async function makeNetwork(tools: Tools, doors: readonly Door[]): Promise<Made> {
  if (!tools.unshare) throw new Error("unshare is not installed");
  const env = { PATH: systemPath };
  const holding = spawn(tools.unshare, ["--user", "--map-root-user", "--net", "/bin/sh", "-c", holder], {
    stdio: ["pipe", "pipe", "pipe"],
    env,
    cwd: "/",
    detached: true,
  });
  holding.stdin!.on("error", () => undefined);
  const made: Made = {
    pid: holding.pid ?? 0,
    owner: "",
    users: 0,
    lingering: undefined,
    end: () => void holding.stdin!.destroy(),
  };
  try {
    await lineOf(holding);
    const servers = await listenInside(tools, holding.pid!, doors, made);
    made.end = () => {
      for (const server of servers) server.close();
      holding.stdin!.destroy();
    };
    holding.unref();
    for (const stream of [holding.stdin, holding.stdout, holding.stderr]) (stream as Socket | null)?.unref();
    return made;
  } catch (error) {
    made.end();
    throw error;
  }
}

/** Resolves when the holder says that its network is up. */
async function lineOf(child: ChildProcess): Promise<void> {
  let said = "";
  child.stderr!.on("data", (chunk: Buffer) => (said = (said + chunk).slice(-1000)));
  const up = once(child.stdout!, "data");
  up.catch(() => undefined);
  const failed = Promise.race([once(child, "close"), once(child, "error")]).then(([error]) => {
    throw new Error(`no network could be made: ${said.trim() || String(error)}`);
  });
  failed.catch(() => undefined);
  await Promise.race([up, failed]);
}

/** The listening sockets, made inside and held here. */
async function listenInside(tools: Tools, pid: number, doors: readonly Door[], made: Made): Promise<Server[]> {
  if (doors.length === 0) return [];
  const ports = doors.map(({ port }) => String(port));
  const [file, ...args] = [...enterNetwork(tools, pid), process.execPath, "-e", maker, ...ports];
  const child = spawn(file!, args, {
    stdio: ["pipe", "ignore", "pipe", "ipc"],
    env: { PATH: systemPath },
    cwd: "/",
    detached: true,
  });
  const servers: Server[] = [];
  let said = "";
  child.stderr!.on("data", (chunk: Buffer) => (said = (said + chunk).slice(-1000)));
  child.on("message", (port, handle) => {
    const door = doors.find((one) => String(one.port) === port);
    if (!door || !handle) return;
    const server = handle as Server;
    // As node:http sets its own: what comes in here is handed to such a server.
    Object.assign(server, { allowHalfOpen: true, noDelay: true });
    server.on("connection", (socket) => door.accept(socket, made.owner));
    server.unref();
    servers.push(server);
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), limitMs);
  const ended = Promise.withResolvers<void>();
  child.once("error", ended.reject);
  child.once("close", () => ended.resolve());
  await ended.promise.finally(() => clearTimeout(timer));
  if (servers.length < doors.length) {
    for (const server of servers) server.close();
    throw new Error(`no ports could be opened in the sandbox's network: ${said.trim()}`);
  }
  return servers;
}
