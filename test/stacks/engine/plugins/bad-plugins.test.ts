/** Plugins on their bad days: the operation ends, says which plugin and why, and nothing of it goes on running. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";
import { PluginHost, type PluginHostInit } from "../../../../stacks/engine/plugins/host.ts";
import type { Context, Provider } from "../../../../stacks/engine/provider.ts";
import { Thing } from "../support/stack.ts";
import { TestWorld } from "../support/test-provider.ts";
import { diagnostics, driveWith, tempFolder, writePlugin } from "./support/drive.ts";

const context: Context = {
  signal: new AbortController().signal,
  timeoutSeconds: 0,
  status: () => undefined,
  log: () => undefined,
};
const identity = { urn: "urn:pulumi:dev::proj::test:index:Thing::one", type: "test:index:Thing", name: "one" };

/** A host with one plugin of a mood on its PATH. */
function hostWith(mood: string, limits: PluginHostInit["limits"] = {}) {
  const dir = tempFolder();
  writePlugin(join(dir, "bin"));
  const pids = join(dir, "pids");
  const host = new PluginHost({
    env: { PATH: join(dir, "bin"), PLUGIN_MOOD: mood, PLUGIN_WORLD: join(dir, "world.json"), PLUGIN_PIDS: pids },
    home: join(dir, "home"),
    root: dir,
    project: "proj",
    projectPlugins: [],
    configOf: () => ({}),
    warn: () => undefined,
    engine: () => ({}),
    limits,
  });
  const provider = host.over(() => undefined)("test", "1.0.0") as Provider;
  const check = () => provider.checkConfig({ urn: "urn:pulumi:dev::proj::pulumi:providers:test::default", news: {} });
  return { host, provider, check, pids: () => pidsIn(pids) };
}

function pidsIn(file: string): number[] {
  return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n").map(Number) : [];
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

async function gone(pids: number[]): Promise<void> {
  await expect.poll(() => pids.filter(runs), { timeout: 15_000 }).toEqual([]);
}

describe("a plugin that does not come up", () => {
  // Each of these is one line in somebody's terminal; without the plugin's own words nobody can act on it.
  it.each([
    ["exits at once", "exits", {}, /pulumi-resource-test exited prematurely \(exit code 7\).*\n.*missing library/],
    ["prints something else than a port", "garbage", {}, /invalid port to stdout: 'Welcome to my provider!'/],
    ["never prints a port", "silent", { portWithin: 1_500 }, /printed no port within 2 s/],
  ])("and %s is named, with what it said", async (_title, mood, limits, message) => {
    const { host, check, pids } = hostWith(mood, limits);
    await expect(check()).rejects.toThrow(message);
    await host.close();
    await gone(pids());
  });

  // A package's name is all a person sees of a plugin that is missing.
  it("is missing, and the error says what to do", async () => {
    const { run } = await driveWith({});
    const ran = await run("up", async () => void new Thing("one"));
    expect(diagnostics(ran, "error").join()).toMatch(
      /no resource plugin 'pulumi-resource-test' found in the workspace at version v1\.0\.0 or on your \$PATH/,
    );
  });

  // A program for another language's SDK is no executable.
  it("is of a runtime this engine does not run, and the error names it", async () => {
    const dir = tempFolder();
    const folder = join(dir, "home/plugins/resource-test-v1.0.0");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "PulumiPlugin.yaml"), "runtime: python\n");
    const { run } = await driveWith({}, undefined, dir);
    const ran = await run("up", async () => void new Thing("one"));
    expect(diagnostics(ran, "error").join()).toMatch(/'test' in .* is a program for the runtime 'python'/);
  });
});

describe("a plugin in the middle of its work", () => {
  // The thing may have been made: the intent must stay until somebody has looked.
  it("crashes: the error has its last words without colours, and the create stays pending", async () => {
    const dir = tempFolder();
    writePlugin(join(dir, "bin"));
    const file = join(dir, "world.json");
    const { run, stack } = await driveWith({ PATH: join(dir, "bin"), PLUGIN_WORLD: file }, undefined, dir);
    const ran = await run("up", async () => void new Thing("crash"));
    expect(diagnostics(ran, "error").join()).toMatch(
      /plugin pulumi-resource-test exited prematurely \(exit code 3\); the last it said:\n {4}panic: the provider fell over/,
    );
    expect(ran.events.find((event) => event.summaryEvent)?.summaryEvent?.maybeCorrupt).toBe(true);
    const { deployment } = await stack.exportStack();
    expect(deployment.pending_operations).toMatchObject([{ type: "creating", resource: { type: "test:index:Thing" } }]);
    expect(new TestWorld(file).all().size).toBe(1);

    // Nobody can look for it through a plugin: it is told of until a person has looked.
    const env = { PATH: join(dir, "bin"), PLUGIN_WORLD: file, PLUGIN_MOOD: "calm" };
    const calm = await driveWith(env, undefined, dir);
    const next = await calm.run("up", async () => void new Thing("crash"));
    expect(next.error).toBeUndefined();
    expect(diagnostics(next, "warning").join()).toMatch(/1 pending operations/);
    expect((await stack.exportStack()).deployment.pending_operations).toHaveLength(1);
  });

  // What is printed may be anything, for hours.
  it("floods its output: it is not waited for and not kept", async () => {
    const { host, provider, check, pids } = hostWith("flood");
    await check();
    await provider.configure({});
    const before = process.memoryUsage().rss;
    for (let round = 0; round < 20; round++)
      await provider.check({ ...identity, news: { value: String(round) }, randomSeed: new Uint8Array(32) }, context);
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
    await host.close();
    await gone(pids());
  });

  // Ctrl-C must not hang on somebody else's code.
  it("hangs through a cancellation: it gets its grace and is ended", async () => {
    const { host, provider, check, pids } = hostWith("", { endWithin: 300 });
    await check();
    await provider.configure({});
    const stop = new AbortController();
    const making = provider.create(
      { ...identity, name: "hang", inputs: {}, preview: false },
      { ...context, signal: stop.signal },
    );
    stop.abort();
    await expect(making).rejects.toMatchObject({ name: "UnclearFailure", cutOff: true });
    await host.close();
    await gone(pids());
  });
});

describe("an engine that is killed", () => {
  // A plugin of another author's need not notice; left running it would go on changing the cloud.
  it("takes its plugins along, and the plugins' own children", async () => {
    const dir = tempFolder();
    writePlugin(join(dir, "bin"), "pulumi-resource-test", join(import.meta.dirname, "support/deaf-plugin.ts"));
    const engine = spawn(process.execPath, [join(import.meta.dirname, "support/engine-child.ts"), dir], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { PATH: `${join(dir, "bin")}:${dirname(process.execPath)}` },
    });
    const pids: number[] = [];
    for await (const line of createInterface(engine.stdout)) {
      if (line.startsWith("started")) break;
    }
    pids.push(...pidsIn(join(dir, "pids")));
    expect(pids).toHaveLength(2);
    expect(pids.filter(runs)).toHaveLength(2);
    engine.kill("SIGKILL");
    await once(engine, "exit");
    await gone(pids);
  });
});
