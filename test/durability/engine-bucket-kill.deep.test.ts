/**
 * Row F4 in a bucket: kill -9 before and after the n-th request that changes something. What was said to be durable is
 * there, in state or as a pending operation; nobody unlocks anything; the same run ends well.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { systemClock } from "../../stacks/engine/clock.ts";
import { openBackend, verifyIntegrity } from "../../stacks/engine/state/index.ts";
import { bucketPlaces, keys, ref, urn } from "../stacks/engine/state/support.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { startTestCloud } from "../support/local-cloud.ts";
import { rounds } from "../support/tools.ts";

const program = join(import.meta.dirname, "engine-run.ts");
const changes = /^(PUT|POST|DELETE) /;

let store: Awaited<ReturnType<typeof bucketPlaces>>;
let proxy: Awaited<ReturnType<typeof startFaultProxy>>;
beforeAll(async () => {
  store = await bucketPlaces(async () => {
    const cloud = await startTestCloud();
    proxy = await startFaultProxy(cloud.endpoint);
    return { ...cloud, endpoint: proxy.endpoint };
  });
});
afterAll(async () => {
  await proxy?.close();
  await store?.close();
});

/** A run; `diesAt` counts requests that change something, and `after` lets that one be carried out. */
async function run(url: string, env: Record<string, string>, diesAt = 0, after = false) {
  const child = spawn(process.execPath, [program, url], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => (stdout += chunk));
  child.stderr.on("data", (chunk) => (stderr += chunk));
  let count = 0;
  const kill = () => void child.kill("SIGKILL");
  proxy.plan([
    {
      on: changes,
      times: 1,
      chance: () => {
        count += 1;
        if (count !== diesAt) return false;
        if (!after) kill();
        return true;
      },
      fault: after ? { kind: "hang", told: kill } : { kind: "reset", reached: false },
    },
  ]);
  const [, signal] = await once(child, "close");
  proxy.plan([]);
  if (signal !== "SIGKILL" && !stdout.includes("finished")) throw new Error(stderr);
  return { said: stdout.trim().split("\n").filter(Boolean), count };
}

it("F4: killed before and after the n-th request", { timeout: 60_000 + rounds * 60_000 }, async () => {
  const whole = await store.place();
  await whole.open().create(ref);
  const { count: total } = await run(whole.url, whole.env);
  expect(total).toBeGreaterThan(15);
  const stride = Math.max(1, Math.ceil(total / (rounds > 5 ? rounds : 2)));
  for (let at = 1; at <= total; at += stride)
    for (const after of [false, true]) {
      const place = await store.place();
      await place.open().create(ref);
      const { said } = await run(place.url, place.env, at, after);
      const backend = openBackend(place.url, { clock: systemClock, env: place.env });
      const update = await backend.openUpdate(ref, "update", undefined);
      verifyIntegrity(update.base);
      const present = update.base.resources.map((state) => state.urn);
      const pending = update.base.pendingOperations.map(({ resource }) => resource.urn);
      for (const line of said) {
        const [what, name = ""] = line.split(" ");
        if (what === "done") expect(present, `${at}: ${said}`).toContain(urn(name));
        if (what === "intent") expect([...present, ...pending], `${at}: ${said}`).toContain(urn(name));
      }
      await update.abandon();
      expect((await run(place.url, place.env)).said.at(-1)).toBe("finished");
      const { resources, pendingOperations } = (await backend.load(ref)).snapshot();
      expect(resources).toHaveLength(4);
      expect(pendingOperations).toEqual([]);
      expect(await place.list(keys.locks)).toEqual([]);
      expect((await backend.verify(ref, undefined)).sound).toBe(true);
    }
});
