/**
 * C5 and F10: what a second command, a signal or a closed pipe may do to an operation under way. The proxy keeps one of
 * its calls back, so that it surely is under way.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import type { ClientConfig } from "../support/aws.ts";
import { copyCounter } from "../support/counter.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { type Home, resultOf, withHome } from "../support/home.ts";
import { startTestCloud, type TestCloud } from "../support/local-cloud.ts";
import { partsOf } from "../support/oracle.ts";
import { type Running, start } from "../support/running.ts";

let cloud: TestCloud;
let home: Home;
let watched: { proxy: Awaited<ReturnType<typeof startFaultProxy>>; config: ClientConfig };
let whole: string[];

beforeAll(async () => {
  cloud = await startTestCloud();
  const proxy = await startFaultProxy(cloud.endpoint);
  home = await withHome({ env: { ...cloud.env, AWS_ENDPOINT_URL: proxy.endpoint } });
  await copyCounter(home.dir);
  await home.freehold("setup", "--target", "aws", "--name", "work", "--yes");
  const { endpoint, region, credentials } = cloud.config;
  watched = { proxy, config: { endpoint, region, credentials } };
  await home.freehold("up", "./counter", "--as", "shared");
  whole = await partsOf(watched.config, "shared");
}, 120_000);
beforeEach(() => watched.proxy.plan([]));
afterAll(async () => {
  await home?.close();
  await watched?.proxy.close();
  await cloud?.close();
});

const upOf = (app: string): string[] => ["up", "./counter", "--as", app];
const idOf = (running: Running): string => /"id":"([^"]+)"/.exec(running.output())?.[1] ?? "";
/** Calls that make what apps are made of. */
const making = /Create|^POST .*\/functions$|^PUT \/[^/?]+$/;
const locks = async (): Promise<string[]> => (await readdir(join(home.dir, "freehold/state/locks"))).sort();

/** The same command again. What O asks besides, the kill rounds of durability ask. */
async function goesOn(app: string): Promise<void> {
  expect(resultOf(await home.events(...upOf(app)))).toMatchObject({ ok: true });
  expect(await partsOf(watched.config, app)).toEqual(whole);
}

/** Under way, and stopped at its first call like this. */
async function held(on: RegExp, ...args: string[]) {
  const { reached, release } = watched.proxy.hold(on);
  // Whatever became of the test: a worker that is never answered would be there after it.
  onTestFinished(release);
  const running = start(home, ...args, "--json");
  await Promise.race([
    reached,
    running.ended.then((code) => Promise.reject(new Error(`ended with ${code}\n${running.output()}`))),
  ]);
  return { ...running, release, id: idOf(running) };
}

describe("C5: beside an operation under way", () => {
  // Two that change one app at once would each undo what the other does.
  it("an up while the app is destroyed is refused at once, with the holder, and nothing of it is carried out", async () => {
    const destroy = await held(/DeleteTable/, "destroy", "shared", "--data", "delete", "--yes");
    const second = await home.attempt(...upOf("shared"));
    expect(second.code).toBe(5);
    expect(second.stderr).toContain(destroy.id);
    expect(second.stderr).toMatch(/process \d+/);
    destroy.release();
    expect(await destroy.ended).toBe(0);
    expect(watched.proxy.count(making)).toBe(0);
    expect(await partsOf(watched.config, "shared")).toEqual([]);
    expect((await home.json("ls")).apps).toEqual([]);
  });

  // Who only looks must never be in the way, and never see half a state.
  it("an export, ls, status and attach answer while an up runs, and leave it alone", async () => {
    const up = await held(/POST .*\/functions$/, ...upOf("read"));
    const watching = start(home, "attach", up.id, "--json");
    await watching.said(/"type":"start"/);
    const { deployment } = JSON.parse((await home.freehold("state", "export", "read")).stdout);
    const types: string[] = (deployment?.resources ?? []).map(({ type }: { type: string }) => type);
    // Of what is made so far, and not of the function that is kept back.
    expect(types).not.toContain("aws:lambda/function:Function");
    expect(JSON.stringify(await home.json("ls"))).toContain('"read"');
    expect((await home.attempt("status", "--json")).stdout).toContain('"work"');
    up.release();
    expect([await up.ended, await watching.ended]).toEqual([0, 0]);
    expect(watching.output()).toContain('"type":"result"');
    expect(await partsOf(watched.config, "read")).toEqual(whole);
  });
});

describe("F10: signals to an operation under way", () => {
  // SIGTERM is what a machine that shuts down sends: it is Ctrl-C without a person.
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    it(`${signal} once finishes what is in flight, gives the lock back and ends with 130; the same command goes on`, async () => {
      const app = `once-${signal.toLowerCase()}`;
      const up = await held(/CreateTable/, ...upOf(app));
      up.child.kill(signal);
      await up.said(/Finishing what is in flight/);
      up.release();
      expect(await up.ended).toBe(130);
      expect(await locks()).toEqual([]);
      const { deployment } = JSON.parse((await home.freehold("state", "export", app)).stdout);
      expect(deployment.pending_operations ?? []).toEqual([]);
      expect(await partsOf(watched.config, app)).not.toEqual(whole);
      await goesOn(app);
    });

  // Who does not want to wait for an answer that may never come must lose nothing by it.
  it("SIGINT twice ends it at once with what it was about to do written down; the same command goes on", async () => {
    const up = await held(/CreateTable/, ...upOf("twice"));
    up.child.kill("SIGINT");
    await up.said(/Finishing what is in flight/);
    up.child.kill("SIGINT");
    expect(await up.ended).toBe(130);
    up.release();
    await goesOn("twice");
    const { deployment } = JSON.parse((await home.freehold("state", "export", "twice")).stdout);
    expect(deployment.pending_operations ?? []).toEqual([]);
  });

  // A terminal that is closed sends SIGHUP to the command; the worker is not its terminal's.
  it("SIGHUP ends the command alone; the operation goes on to its end", async () => {
    const up = await held(/CreateTable/, ...upOf("closed"));
    up.child.kill("SIGHUP");
    expect(await up.ended).toBe(129);
    up.release();
    expect(resultOf(await home.events("attach", up.id))).toMatchObject({ ok: true });
    expect(await partsOf(watched.config, "closed")).toEqual(whole);
  });

  // `freehold up | head -1`: who reads may have seen enough; that is no failure, and nothing of it stops.
  it("a closed pipe ends the command without a trace; the operation goes on to its end", async () => {
    const up = await held(/CreateTable/, ...upOf("piped"));
    up.child.stdout?.destroy();
    up.release();
    expect(await up.ended).toBe(0);
    expect(up.output()).not.toMatch(/EPIPE|at .*\.[cm]js:\d+/);
    expect(resultOf(await home.events("attach", up.id))).toMatchObject({ ok: true });
    expect(await partsOf(watched.config, "piped")).toEqual(whole);
  });
});
