/** The local cloud as a process: one a data folder, on loopback alone, its files for the owner alone. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { connect } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type CloudProcess, startCloudProcess } from "../../../support/cloud-process.ts";

const main = join(import.meta.dirname, "../../../../stacks/local/main.ts");
const dir = mkdtempSync(join(tmpdir(), "freehold-process-"));
let cloud: CloudProcess;

beforeAll(async () => {
  cloud = await startCloudProcess(dir);
});

afterAll(async () => {
  await cloud.kill();
  rmSync(dir, { recursive: true, force: true });
});

/** Runs one that is expected to refuse: its exit code and what it says. */
function refused(...args: string[]): Promise<{ code: number; said: Record<string, unknown>; stdout: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), said: JSON.parse(stderr), stdout }),
    );
  });
}

// Row L8: two writers on one store would each be right and together wrong.
it("refuses a second process on its data folder, and says who has it", async () => {
  expect(await refused("--data", dir)).toEqual({ code: 5, said: { code: "data-in-use", pid: cloud.pid }, stdout: "" });
  expect((await fetch(`${cloud.endpoint}/_freehold/health`)).status).toBe(200);
});

it("says which port is taken, and leaves nothing locked", async () => {
  const other = mkdtempSync(join(tmpdir(), "freehold-process-"));
  expect(await refused("--data", other, "--port", String(cloud.port))).toEqual({
    code: 3,
    said: { code: "port-taken", port: cloud.port },
    stdout: "",
  });
  const second = await startCloudProcess(other);
  expect(await second.end()).toBe(0);
  rmSync(other, { recursive: true });
});

it("wants a data folder", async () => {
  expect(await refused()).toMatchObject({ code: 2, said: { code: "usage" } });
});

// Whoever shares the network must find nothing.
it("listens on 127.0.0.1 alone", async () => {
  const knock = (host: string) =>
    new Promise<string>((resolve) => {
      const socket = connect({ host, port: cloud.port });
      socket.once("connect", () => {
        socket.destroy();
        resolve("open");
      });
      socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? ""));
    });
  expect(await knock("127.0.0.1")).toBe("open");
  const others = Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .filter(({ address, scopeid }) => address !== "127.0.0.1" && !scopeid);
  for (const { address } of others) expect([address, await knock(address)]).not.toEqual([address, "open"]);
  if (process.platform === "linux") {
    const port = cloud.port.toString(16).toUpperCase().padStart(4, "0");
    const listeners = ["tcp", "tcp6"]
      .flatMap((table) => readFileSync(`/proc/${cloud.pid}/net/${table}`, "utf8").split("\n"))
      .filter((line) => line.includes(`:${port} `) && / 0A /.test(line));
    expect(listeners.map((line) => line.trim().split(/\s+/)[1])).toEqual([`0100007F:${port}`]);
  }
});

it("keeps its files to the owner", () => {
  for (const name of ["keys.json", "process.json", "local-cloud.log", "store.db", "lock.json"])
    expect([name, statSync(join(dir, name)).mode & 0o077]).toEqual([name, 0]);
  for (const name of ["bodies", "incoming"]) expect([name, statSync(join(dir, name)).mode & 0o077]).toEqual([name, 0]);
  const { secretAccessKey } = cloud.credentials;
  expect(readFileSync(join(dir, "local-cloud.log"), "utf8")).not.toContain(secretAccessKey);
});

// A dead holder holds nothing, the key stays the same, and an orderly end is code 0.
it("starts again after a kill, with the same key", async () => {
  const before = cloud;
  await before.kill();
  cloud = await startCloudProcess(dir);
  expect(cloud.credentials).toEqual(before.credentials);
  expect(await cloud.end()).toBe(0);
  cloud = await startCloudProcess(dir);
});
