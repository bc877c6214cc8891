/** Whose network is whose, and for how long: making one costs as much as a start of Node, and it is nobody else's. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { openNetworks } from "../../../../stacks/local/sandbox/network.ts";
import { findTools } from "../../../../stacks/local/sandbox/tools.ts";
import { descendants, running } from "../../../support/descendants.ts";
import { opensPorts, saidOf } from "./opens-ports.ts";

const possible = spawnSync("unshare", ["-U", "-r", "-n", "true"]).status === 0;
if (!possible) process.stderr.write("SKIPPED: user namespaces are forbidden here, or unshare is not installed\n");

describe.skipIf(!possible)("networks", () => {
  const networks = openNetworks(findTools(), []);
  afterAll(() => networks.close());

  // First, while nobody else makes networks. A function that calls another finds both cold: neither is to wait for a network that is made meanwhile.
  test("two owners at once find networks that were there before", async () => {
    const ready = openNetworks(findTools(), []);
    try {
      const held = () =>
        descendants(process.pid)
          .map(({ pid }) => pid)
          .filter((pid) => saidOf(pid, "comm") === "cat\n");
      const others = held();
      await ready.prepare();
      await expect.poll(() => held().length, { timeout: 10_000 }).toBe(others.length + 2);
      const before = held().filter((pid) => !others.includes(pid));
      const taken = await Promise.all(["caller", "called"].map((owner) => ready.take(owner)));
      expect(taken.map(({ pid }) => pid).toSorted()).toEqual(before.toSorted());
    } finally {
      ready.close();
    }
  });

  // Whoever changes a function calls it next: that call must not wait for a network to be made.
  test("an owner whose last command has gone finds the same network again, and another owner does not", async () => {
    const first = await networks.take("hello");
    first.release();
    const again = await networks.take("hello");
    const other = await networks.take("other");
    expect(again.pid).toBe(first.pid);
    expect(other.pid).not.toBe(first.pid);
    again.release();
    other.release();
  });

  // What lingers is not left behind when the cloud stops.
  test("closing ends the networks in use and those that linger", async () => {
    const used = await networks.take("used");
    const left = await networks.take("left");
    left.release();
    networks.close();
    await expect.poll(() => [used.pid, left.pid].some((pid) => existsSync(`/proc/${pid}`))).toBe(false);
  });

  // The process that opens the ports inside hands them out one by one; nobody takes them any more.
  test("kill -9 while one is made leaves nothing running", async () => {
    const making = spawn(process.execPath, [join(import.meta.dirname, "fixtures/makes-a-network.ts")]);
    await expect.poll(() => opensPorts(making.pid!), { timeout: 10_000 }).toBeDefined();
    await expect.poll(() => saidOf(opensPorts(making.pid!)!, "net/tcp"), { timeout: 10_000 }).toContain(" 0A ");
    const below = descendants(making.pid!).map(({ pid }) => pid);
    const closed = once(making, "close");
    making.kill("SIGKILL");
    await closed;
    await expect.poll(() => running(below), { timeout: 10_000 }).toEqual([]);
  });
});
