/**
 * Connections into a sandbox's own network: a Node that lives for a moment connects inside and hands the socket out, as
 * listening sockets are (network.ts). No bridge copies a byte.
 */
import { spawn } from "node:child_process";
import type { Socket } from "node:net";
import { systemPath } from "./fence.ts";
import { enterNetwork, type Tools } from "./tools.ts";

const connector = `
const socket = require("node:net").connect(Number(process.argv[1]), "127.0.0.1", () =>
  process.send("open", socket, () => process.disconnect()));
socket.on("error", (error) => { throw error; });`;

/** To a port of the loopback that process `pid` sees. */
export function connectInside(tools: Tools, pid: number, port: number): Promise<Socket> {
  const [file, ...args] = [...enterNetwork(tools, pid), process.execPath, "-e", connector, String(port)];
  const child = spawn(file!, args, {
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    env: { PATH: systemPath },
    cwd: "/",
    detached: true,
  });
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  child.on("message", (_, socket) => resolve(socket as Socket));
  child.once("error", reject);
  child.once("close", () => reject(new Error(`nobody listens inside at port ${port}`)));
  return promise;
}
