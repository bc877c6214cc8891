/** Whose network is whose, and for how long: making one costs as much as a start of Node, and it is nobody else's. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { openNetworks } from "../../../../stacks/local/sandbox/network.ts";
import { findTools } from "../../../../stacks/local/sandbox/tools.ts";

const possible = spawnSync("unshare", ["-U", "-r", "-n", "true"]).status === 0;
if (!possible) process.stderr.write("SKIPPED: user namespaces are forbidden here, or unshare is not installed\n");

describe.skipIf(!possible)("networks", () => {
  const networks = openNetworks(findTools(), []);
  afterAll(() => networks.close());

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
});
