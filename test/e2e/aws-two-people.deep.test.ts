/**
 * Two computers, one cloud in AWS, and nothing between them but the account: what one left half made the other goes on
 * with and takes away; of two that change the same app at once one is let through (C2), the other is told who holds it,
 * or waits; the dead and the paused are taken over (C3, C4).
 */
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import type { ClientConfig } from "../support/aws.ts";
import { changeFile, copyCounter } from "../support/counter.ts";
import { killedAt } from "../support/cut-off.ts";
import { everything } from "../support/everything.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { changesOf, type Home, resultOf, root, withHome } from "../support/home.ts";
import { startTestCloud, type TestCloud } from "../support/local-cloud.ts";
import { type Running, start } from "../support/running.ts";

let cloud: TestCloud;
let config: ClientConfig;
let proxy: Awaited<ReturnType<typeof startFaultProxy>>;
let first: Home;
let second: Home;
let empty: string[];
let whole: string[];

const otherHost = join(root, "test/support/fixtures/other-host.cjs");
const setup = ["setup", "--target", "aws", "--name", "work", "--yes"];
const upOf = (app: string): string[] => ["up", "./counter", "--as", app];
const away = (app: string): string[] => ["destroy", app, "--data", "delete", "--yes"];
const linesOf = (stdout: string): any[] =>
  stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
const errorIn = (stdout: string): any => linesOf(stdout).find(({ type }) => type === "error");

beforeAll(async () => {
  cloud = await startTestCloud();
  const { endpoint, region, credentials } = cloud.config;
  config = { endpoint, region, credentials };
  proxy = await startFaultProxy(cloud.endpoint);
  const env = { ...cloud.env, AWS_ENDPOINT_URL: proxy.endpoint };
  first = await withHome({ env });
  second = await withHome({ env: { ...env, NODE_OPTIONS: `--require ${otherHost}` } });
  await copyCounter(first.dir);
  await first.freehold(...setup);
  empty = await everything(config);
  await first.freehold(...upOf("whole"));
  whole = await everything(config, "whole");
  await first.freehold(...away("whole"));
}, 240_000);
beforeEach(() => proxy.plan([]));
afterAll(async () => {
  await first?.close();
  await second?.close();
  await proxy?.close();
  await cloud?.close();
});

/** Under way on that computer, and stopped at its first call that makes a table. */
async function held(home: Home, app: string): Promise<Running & { release(): void; worker(): number }> {
  const { reached, release } = proxy.hold(/CreateTable/);
  onTestFinished(release);
  const running = start(home, ...upOf(app), "--json");
  const ended = running.ended.then((code) => Promise.reject(new Error(`ended with ${code}\n${running.output()}`)));
  await Promise.race([reached, ended]);
  ended.catch(() => undefined);
  return { ...running, release, worker: () => Number(/"pid":(\d+)/.exec(running.output())?.[1]) };
}

describe("a second computer with the same credentials and nothing else", { timeout: 300_000 }, () => {
  // Its owner's laptop is gone, with the blueprint's folder on it; the lock names a process that nobody can ask after.
  it("C3: goes on with what the first one left half made, once that one's time is over, and takes it away", async () => {
    await killedAt(proxy, first, upOf("half"), { k: 0, reached: true, on: /\/functions$/ });
    proxy.plan([]);
    const adopted = await second.events(...setup);
    expect(resultOf(adopted)).toMatchObject({ ok: true });
    expect(changesOf(adopted)).toEqual([]);
    expect((await second.json("ls")).apps).toMatchObject([{ name: "half", state: "partial" }]);

    const refused = await second.attempt("up", "half", "--json");
    expect(refused.code).toBe(5);
    expect(errorIn(refused.stdout).detail).toMatch(/half is held: created by \S+@\S+ \(pid \d+\) at \d{4}-/);
    const waited = await second.events("up", "half", "--wait");
    expect(resultOf(waited)).toMatchObject({ ok: true });
    expect(waited.filter(({ type }) => type === "note").map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/^Waiting\. The stack half is held: created by/),
    );
    expect(await everything(config, "half")).toEqual(whole);
    expect((await second.json("state", "verify", "half")).stacks).toMatchObject([{ state: "sound" }]);
    // Whoever was first sees it as it is, and has nothing to do.
    expect((await first.json("ls")).apps).toMatchObject([{ name: "half", state: "running" }]);
    expect(changesOf(await first.events(...upOf("half")))).toEqual([]);
    await second.freehold(...away("half"));
    expect(await everything(config)).toEqual(empty);
    expect((await first.json("ls")).apps).toEqual([]);
  });
});

describe("two people at once", { timeout: 300_000 }, () => {
  beforeAll(async () => {
    await second.freehold(...setup);
    await copyCounter(second.dir);
  }, 120_000);

  it("C2: on one app, the second is refused with the holder's name and changes nothing; --wait waits", async () => {
    const up = await held(first, "shared");
    const refused = await second.attempt(...upOf("shared"), "--json");
    expect(refused.code).toBe(5);
    expect(errorIn(refused.stdout)).toMatchObject({
      code: "stack-locked",
      detail: expect.stringMatching(new RegExp(`created by \\S+@\\S+ \\(pid ${up.worker()}\\)`)),
    });
    expect(changesOf(linesOf(refused.stdout))).toEqual([]);

    const waiting = start(second, ...upOf("shared"), "--wait", "--json");
    await waiting.said(/Waiting\. The stack shared is held/);
    up.release();
    expect(await up.ended).toBe(0);
    expect(await waiting.ended, waiting.output()).toBe(0);
    expect(await everything(config, "shared")).toEqual(whole);
    // It was planned anew when it was free: what the first one wrote of it stands.
    const { versions } = await second.json("show", "shared");
    expect((await first.json("show", "shared")).versions).toEqual(versions);
  });

  it("C2: with nothing kept back, both end well or one is refused, and the app is there once", async () => {
    await changeFile(join(first.dir, "counter/blueprint.yaml"), (text) => text.replace("1.0.0", "1.0.1"));
    await changeFile(join(second.dir, "counter/blueprint.yaml"), (text) => text.replace("1.0.0", "1.0.1"));
    const both = await Promise.all([first.attempt(...upOf("shared")), second.attempt(...upOf("shared"))]);
    const codes = both.map(({ code }) => code).sort();
    expect([[0, 0].join(), [0, 5].join()], both.map(({ stderr }) => stderr).join()).toContain(codes.join());
    for (const home of [first, second]) {
      expect(changesOf(await home.events(...upOf("shared")))).toEqual([]);
      expect((await home.json("ls")).apps).toMatchObject([{ name: "shared", version: "1.0.1", state: "running" }]);
    }
    expect((await first.json("state", "verify", "shared")).stacks).toMatchObject([{ state: "sound" }]);
    await second.freehold(...away("shared"));
    expect(await everything(config)).toEqual(empty);
  });

  it("on different apps, both go through", async () => {
    const both = await Promise.all([first.events(...upOf("one")), second.events(...upOf("other"))]);
    for (const events of both) expect(resultOf(events)).toMatchObject({ ok: true });
    for (const app of ["one", "other"])
      expect((await everything(config, app)).map(unversioned)).toEqual(whole.map(unversioned));
    const gone = await Promise.all([first.events(...away("other")), second.events(...away("one"))]);
    for (const events of gone) expect(resultOf(events)).toMatchObject({ ok: true });
    expect(await everything(config)).toEqual(empty);
  });

  // A laptop that was closed in the middle, and is opened when somebody else has finished.
  it("C4: one that was paused is taken over, and does nothing more when it wakes up", async () => {
    const up = await held(first, "paused");
    process.kill(up.worker(), "SIGSTOP");
    onTestFinished(() => wake(up.worker()));
    // AWS carries out what it was asked; nobody is there to hear the answer.
    up.release();
    expect(resultOf(await second.events(...upOf("paused"), "--wait"))).toMatchObject({ ok: true });
    const after = await everything(config, "paused");
    expect(after.map(unversioned)).toEqual(whole.map(unversioned));
    proxy.plan([]);
    wake(up.worker());
    expect(await up.ended).not.toBe(0);
    expect(up.output()).toMatch(/the lock \S+ was taken over, /);
    expect(await everything(config, "paused")).toEqual(after);
    expect((await second.json("state", "verify", "paused")).stacks).toMatchObject([{ state: "sound" }]);
    for (const home of [first, second]) expect(changesOf(await home.events(...upOf("paused")))).toEqual([]);
    await first.freehold(...away("paused"));
    expect(await everything(config)).toEqual(empty);
  });
});

const unversioned = (line: string): string => line.replace(/freehold:version=[\d.]+/, "");

function wake(pid: number): void {
  try {
    process.kill(pid, "SIGCONT");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
