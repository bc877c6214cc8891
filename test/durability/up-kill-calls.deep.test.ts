/**
 * F1 and F2: kill -9 of command and worker at a call that changes something, before the cloud saw it and after it was
 * carried out; the state lies in the account, so its own calls are among them. Two calls here, all of them in
 * test:long.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copyCounter } from "../support/counter.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { type Home, withHome } from "../support/home.ts";
import { startTestCloud, type TestCloud } from "../support/local-cloud.ts";
import { converges, mutating, partsOf, type Watched } from "../support/oracle.ts";
import { rounds } from "../support/tools.ts";

const tries = rounds > 5 ? rounds : 2;
let cloud: TestCloud;
let home: Home;
let watched: Watched;
let whole: string[];
/** How many such calls an undisturbed `up` makes. */
let calls: number;

beforeAll(async () => {
  cloud = await startTestCloud();
  const proxy = await startFaultProxy(cloud.endpoint);
  home = await withHome({ env: { ...cloud.env, AWS_ENDPOINT_URL: proxy.endpoint } });
  await copyCounter(home.dir);
  await home.freehold("setup", "--target", "aws", "--name", "work", "--yes");
  const { endpoint, region, credentials } = cloud.config;
  watched = { home, proxy, config: { endpoint, region, credentials }, secrets: [credentials.secretAccessKey] };
  proxy.plan([]);
  await home.freehold("up", "./counter", "--as", "whole");
  calls = proxy.count(mutating);
  whole = await partsOf(watched.config, "whole");
}, 240_000);

afterAll(async () => {
  await home?.close();
  await watched?.proxy.close();
  await cloud?.close();
});

/** Runs `up` until its `k`-th such call; then everything of it is killed. */
async function killedAt(k: number, reached: boolean, app: string): Promise<void> {
  const child = spawn(process.execPath, [home.entry, "up", "./counter", "--as", app, "--json"], {
    cwd: home.dir,
    env: home.env,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const ended = new Promise((resolve) => child.once("close", resolve));
  let said = "";
  child.stdout.on("data", (chunk) => (said += chunk));
  const hung = new Promise<void>((told) => watched.proxy.cutAt(k, { kind: "hang", reached, told }, mutating));
  await Promise.race([hung, ended]);
  kill(child, Number(/"pid":(\d+)/.exec(said)?.[1] ?? 0));
  await ended;
}

function kill(child: ChildProcess, worker: number): void {
  child.kill("SIGKILL");
  try {
    if (worker > 0) process.kill(worker, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

// A cloud that forgets one resource costs money for ever; one made twice is worse.
describe("kill -9 at a call that changes something", () => {
  it("is tried at more calls than the app has resources", () => expect(calls).toBeGreaterThan(whole.length));

  for (let round = 0; round < tries; round++)
    it(`round ${round + 1}: the same command converges`, { timeout: 240_000 }, async () => {
      const app = `kill-${round}`;
      // In few rounds spread over the whole run; in many, one after the other.
      const k = tries < calls ? Math.floor(((round + 0.5) / tries) * calls) : Math.floor(round / 2) % calls;
      await killedAt(k, round % 2 === 0, app);
      await converges(watched, ["up", "./counter", "--as", app], app, whole);
    });
});
