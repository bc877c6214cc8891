/**
 * F3: kill -9 of the command, its worker, and at times the local cloud too, at a random moment of `up`: the same command
 * again converges, a third has nothing to do, and after destroy nothing is left. Three rounds here, more in test:long.
 */
import { spawn } from "node:child_process";
import { afterAll, beforeAll, expect, it } from "vitest";
import { clientConfig, inventory } from "../support/aws.ts";
import { copyCounter } from "../support/counter.ts";
import { ask, type Home, signIn, withHome } from "../support/home.ts";
import { rounds } from "../support/tools.ts";

let home: Home;
/** What an undisturbed app of this blueprint consists of. */
let whole: string[];
let upMs: number;

beforeAll(async () => {
  home = await withHome();
  await copyCounter(home.dir);
  await home.freehold("setup", "--yes");
  upMs = (await home.freehold("up", "./counter", "--as", "whole")).ms;
  whole = await partsOf("whole");
}, 120_000);

afterAll(() => home?.close());

/** What the app consists of, without its name and what is drawn at random. */
async function partsOf(app: string): Promise<string[]> {
  const all = await inventory(clientConfig(await home.json("cloud", "env")));
  return all
    .filter((name) => name.includes(`-${app}-`))
    .map((name) => name.replace(app, "APP").replace(/-[0-9a-f]{6,}$/, ""))
    .sort();
}

/** Starts `up`, kills the command and the worker after `afterMs`, and the cloud as well when asked. */
async function upAndKill(app: string, afterMs: number, cloudToo: boolean): Promise<void> {
  const { pid: cloud } = await home.json("cloud", "status");
  const child = spawn(process.execPath, [home.entry, "up", "./counter", "--as", app, "--json"], {
    cwd: home.dir,
    env: home.env,
    stdio: ["ignore", "pipe", "ignore"],
  });
  let said = "";
  child.stdout.on("data", (chunk) => (said += chunk));
  const ended = new Promise((resolve) => child.once("close", resolve));
  await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, afterMs))]);
  const worker = Number(/"pid":(\d+)/.exec(said)?.[1] ?? 0);
  child.kill("SIGKILL");
  for (const pid of [worker, cloudToo ? cloud : 0]) if (pid > 0) kill(pid);
  await ended;
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

for (let round = 0; round < rounds; round++)
  it(`round ${round + 1}: the same command converges after kill -9`, { timeout: 120_000 }, async () => {
    const app = `kill-${round}`;
    // Spread over the whole run, so that few rounds already meet different steps.
    await upAndKill(app, ((round + Math.random()) / rounds) * upMs, round % 3 === 2);
    // A command killed before it said its worker's process leaves that worker at work: then this waits for it.
    const { apps } = (await home.events("up", "./counter", "--as", app, "--wait")).at(-1);
    const cookie = await signIn(apps[0].link);
    expect((await ask(new URL("/api/count", apps[0].url).href, { headers: { cookie } })).status).toBe(200);
    expect(await partsOf(app)).toEqual(whole);
    const again = await home.events("up", "./counter", "--as", app);
    expect(again.filter(({ type, op }) => type === "resource" && op !== "same")).toEqual([]);
    await home.freehold("destroy", app, "--data", "delete", "--yes");
    expect(await partsOf(app)).toEqual([]);
  });
