/** up, preview, refresh and destroy over the Automation API: what comes back, what is heard meanwhile, what ends them. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { CommandError, type EngineEvent, LocalWorkspace } from "@pulumi/pulumi/automation/index.js";
import { expect, test } from "vitest";
import { embeddedEngine } from "../../../../stacks/engine/index.ts";
import { drive, Group, Thing } from "../support/stack.ts";
import { TestWorld } from "../support/test-provider.ts";

const two = async () => {
  new Group("group");
  new Thing("one", { value: "x" });
  return { told: "x", hidden: pulumi.secret("hunter2") };
};

// The four results of the API, and the preview of each, with the counts that only the event stream brings.
test("every operation has its summary, in its result and on the event stream", async () => {
  const { stack, program } = await drive(new TestWorld());
  program(two);
  const summaries: any[] = [];
  const onEvent = ({ summaryEvent }: EngineEvent): void => {
    if (summaryEvent) summaries.push(summaryEvent);
  };
  expect((await stack.preview({ onEvent })).changeSummary).toEqual({ create: 3 });
  const up = await stack.up({ onEvent, message: "hello", userAgent: "test/1" });
  expect(up.summary).toMatchObject({
    kind: "update",
    result: "succeeded",
    message: "hello",
    resourceChanges: { create: 3 },
  });
  expect(up.summary.environment).toEqual({ "exec.kind": "auto.inline", "exec.agent": "test/1" });
  expect(up.outputs).toEqual({ told: { value: "x", secret: false }, hidden: { value: "hunter2", secret: true } });
  expect((await stack.previewRefresh({ onEvent })).changeSummary).toEqual({ same: 3 });
  expect((await stack.refresh({ onEvent })).summary).toMatchObject({ kind: "refresh", result: "succeeded" });
  const before = await stack.exportStack();
  expect((await stack.previewDestroy({ onEvent })).changeSummary).toEqual({ delete: 3 });
  expect((await stack.destroy({ previewOnly: true })).summary.kind).toBe("refresh");
  expect((await stack.refresh({ previewOnly: true })).summary.kind).toBe("refresh");
  expect(await stack.exportStack()).toEqual(before);
  expect((await stack.destroy({ onEvent })).summary).toMatchObject({ kind: "destroy", resourceChanges: { delete: 3 } });
  expect(summaries.map(({ isPreview }) => isPreview)).toEqual([true, false, true, false, true, false]);
  expect(summaries.every(({ result }) => result === "succeeded")).toBe(true);
});

// People read along, and programs read the same text afterwards. No secret is in it.
test("output is heard as it comes, and is the result's text", async () => {
  const { stack, program } = await drive(new TestWorld());
  program(two);
  const heard: string[] = [];
  const up = await stack.up({
    onOutput: (text) => heard.push(text),
    refresh: true,
    diff: true,
    color: "never",
    suppressProgress: true,
  });
  expect(heard.length).toBeGreaterThan(3);
  expect(up.stdout).toBe(heard.join(""));
  expect(up.stdout).toMatch(/^Updating \(dev\):\n/);
  expect(up.stdout).toMatch(/refreshing/);
  expect(up.stdout).toMatch(/\+ test:index:Thing one create/);
  expect(up.stdout).toContain('      + value: "x"\n');
  expect(up.stdout).toMatch(/\+ 3 created/);
  expect(up.stdout).toMatch(/Outputs:\n {4}hidden: "\[secret\]"\n {4}told: "x"\n/);
  expect(up.stdout).not.toContain("hunter2");
  expect(up.stderr).toBe("");
  expect((await stack.up({ suppressOutputs: true })).stdout).not.toContain("Outputs:");
  const again = await stack.up({ logToStdErr: true, logFlow: true, logVerbosity: 9, debug: true });
  expect(again.stderr).toMatch(/^warning: .*--logtostderr.*: without effect/);
  await stack.destroy();
});

// A wrong argument is told on the error stream, and the next call is as good as ever.
test("wrong arguments are heard, and change nothing", async () => {
  const world = new TestWorld();
  const { stack, run, program } = await drive(world);
  program(two);
  let heard = "";
  const failed = stack.up({ parallel: 1.1, onError: (text) => (heard += text) });
  await expect(failed).rejects.toThrow(CommandError);
  expect(heard).toMatch(/^error: invalid argument "1\.1" for "-p, --parallel" flag: strconv\.ParseInt/);
  expect((await run("up", { target: ["nonsense"] })).error).toBeInstanceOf(CommandError);
  expect(world.all().size).toBe(0);
  // The stack's own resource was made before the target was looked for.
  expect((await run("up", { parallel: 1 })).changes).toEqual({ same: 1, create: 2 });
  expect((await run("up", { expectNoChanges: true })).error).toBeUndefined();
  program(async () => {
    new Thing("one", { value: "y" });
  });
  expect((await run("preview", { expectNoChanges: true })).error?.message).toContain(
    "no changes were expected for preview but changes were proposed",
  );
  await run("destroy");
});

// A program that fails in whatever way ends the call, at once, with its text; the next one starts afresh.
test.each([
  ["throws", async () => Promise.reject(new Error("input rejected"))],
  ["has a rejected input", async () => void new Thing("bad", { value: Promise.reject(new Error("input rejected")) })],
  [
    "throws where a value comes",
    async () =>
      void new Thing("bad").arn.apply(() => {
        throw new Error("input rejected");
      }),
  ],
])("a program that %s", async (_, failing) => {
  const { stack, program, run } = await drive(new TestWorld());
  program(failing);
  await expect(stack.up()).rejects.toThrow(/input rejected/);
  program(two);
  expect((await run("up")).error).toBeUndefined();
  await run("destroy");
});

// Ctrl-C of a program that embeds us. What was made is in the state, and the same call goes on.
test("an aborted operation ends with the code and text the SDK has for it", async () => {
  const world = new TestWorld();
  const { stack, program, run } = await drive(world);
  const control = new AbortController();
  let waiting: () => void = () => undefined;
  program(async () => {
    new Thing("one").arn.apply(() => waiting());
    await new Promise(() => undefined);
  });
  const made = new Promise<void>((done) => (waiting = done));
  const events: EngineEvent[] = [];
  const ended = stack.up({ signal: control.signal, onEvent: (event) => events.push(event) });
  await made;
  control.abort();
  await expect(ended).rejects.toThrow(/code: -2[\s\S]*error: update canceled/);
  expect(events.find(({ summaryEvent }) => summaryEvent)?.summaryEvent).toMatchObject({
    resourceChanges: { create: 2 },
  });
  const before = new AbortController();
  before.abort();
  await expect(stack.preview({ signal: before.signal })).rejects.toThrow("error: preview canceled");
  program(async () => {
    new Thing("one");
  });
  expect((await run("up")).changes).toEqual({ same: 2 });
  await run("destroy");
});

// What is protected stays, and the text says that it does.
test("destroy leaves out what is protected", async () => {
  const world = new TestWorld();
  const { stack, program, run } = await drive(world);
  program(async () => {
    new Thing("kept", {}, { protect: true });
    new Thing("gone");
  });
  await run("up");
  const { stdout, summary } = await stack.destroy({ excludeProtected: true });
  expect(stdout).toContain("All unprotected resources were destroyed");
  expect(summary.resourceChanges).toMatchObject({ delete: 1 });
  await expect(stack.destroy()).rejects.toThrow(CommandError);
  program(async () => {
    new Thing("kept");
  });
  await run("up");
  await run("destroy", { remove: true });
  expect(await stack.workspace.listStacks()).toEqual([]);
});

// Programs of many stacks in one process: none sees another's configuration or outputs. (A program's failure is another
// matter: the SDK's servers all listen for the process's uncaught errors, and each takes what it hears for its own.)
test("many stacks at once in one process", async () => {
  const world = new TestWorld();
  const dir = mkdtempSync(join(tmpdir(), "many-"));
  const names = ["a", "b", "c", "d", "e", "f"];
  const one = async (name: string): Promise<unknown> => {
    const program = async () => {
      const value = new pulumi.Config().require("who");
      return { who: new Thing(`thing-${name}`, { value }).value, stack: pulumi.getStack() };
    };
    const stack = await LocalWorkspace.createOrSelectStack(
      { stackName: name, projectName: "proj", program },
      {
        workDir: dir,
        pulumiCommand: embeddedEngine({ providers: (pkg, version) => world.provider(pkg, version) }),
        envVars: { PULUMI_BACKEND_URL: `file://${dir}`, PULUMI_CONFIG_PASSPHRASE: "p", PULUMI_HOME: join(dir, "home") },
      },
    );
    await stack.setConfig("who", { value: `me-${name}` });
    const { outputs } = await stack.up();
    await stack.destroy();
    return outputs;
  };
  const results = await Promise.all(names.map(one));
  for (const [at, name] of names.entries())
    expect(results[at]).toEqual({ who: { value: `me-${name}`, secret: false }, stack: { value: name, secret: false } });
  expect(world.all().size).toBe(0);
});
