/** Stacks and what is around them, over the Automation API: every call that runs no deployment, its shape and its errors. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import {
  CommandError,
  ConcurrentUpdateError,
  LocalWorkspace,
  Stack,
  StackAlreadyExistsError,
  StackNotFoundError,
} from "@pulumi/pulumi/automation/index.js";
import { expect, test } from "vitest";
import { drive, Thing } from "../support/stack.ts";
import { TestWorld } from "../support/test-provider.ts";
import { workspace } from "./support/workspace.ts";

// The SDK tells its classes apart by our texts.
test("stacks that are there, and stacks that are not", async () => {
  const { ws, dir } = await workspace();
  await Stack.create("organization/proj/dev", ws);
  await expect(ws.createStack("dev")).rejects.toThrow(StackAlreadyExistsError);
  await expect(ws.createStack("dev")).rejects.toThrow("error: stack 'organization/proj/dev' already exists");
  await Stack.select("dev", ws);
  await Stack.createOrSelect("organization/dev", ws);
  await expect(ws.selectStack("nope")).rejects.toThrow(StackNotFoundError);
  await expect(ws.selectStack("nope")).rejects.toThrow("error: no stack named 'nope' found");
  await expect(ws.createStack("a b")).rejects.toThrow(CommandError);
  await expect(ws.createStack("organization/other/x")).rejects.toThrow(
    `could not create stack: provided project name "other" doesn't match Pulumi.yaml`,
  );
  expect(readFileSync(join(dir, "Pulumi.dev.yaml"), "utf8")).toMatch(/^encryptionsalt: v1:/);
  expect(readFileSync(join(dir, ".pulumi/meta.yaml"), "utf8")).toBe("version: 1\n");
  await expect(ws.removeStack("nope")).rejects.toThrow(StackNotFoundError);
  await ws.removeStack("dev");
  expect(await ws.listStacks()).toEqual([]);
});

// A stack with a secrets provider that is not there would lose its secrets.
test("secrets providers", async () => {
  const made = await workspace({}, { secretsProvider: "passphrase" });
  await made.ws.createStack("dev");
  const unknown = await workspace({}, { secretsProvider: "bogus" });
  await expect(unknown.ws.createStack("dev")).rejects.toThrow("error: unknown secrets provider type 'bogus'");
  expect(await unknown.ws.listStacks()).toEqual([]);
  const none = await workspace();
  none.ws.envVars = { PULUMI_BACKEND_URL: `file://${none.dir}`, PULUMI_HOME: join(none.dir, "home") };
  await expect(none.ws.createStack("dev")).rejects.toThrow("passphrase must be set with PULUMI_CONFIG_PASSPHRASE");
});

// Names are short in their own project only; exactly one is current.
test("lists: which is current, and what a name is elsewhere", async () => {
  const { ws, options, dir } = await workspace();
  for (const name of ["one", "two"]) await ws.createStack(name);
  expect((await ws.listStacks()).map(({ name, current }) => [name, current])).toEqual([
    ["one", false],
    ["two", true],
  ]);
  await ws.selectStack("one");
  expect(await ws.stack()).toMatchObject({ name: "one", current: true });
  const folder = join(dir, "other");
  mkdirSync(folder);
  writeFileSync(join(folder, "Pulumi.yaml"), "name: other\nruntime: nodejs\n");
  const other = await LocalWorkspace.create({ ...options, workDir: folder });
  await other.createStack("one");
  expect((await other.listStacks()).map(({ name }) => name)).toEqual(["one"]);
  expect((await other.listStacks({ all: true })).map(({ name, current }) => [name, current])).toEqual([
    ["one", true],
    ["organization/proj/one", false],
    ["organization/proj/two", false],
  ]);
  await ws.removeStack("one");
  expect(await ws.stack()).toBeUndefined();
});

// What is removed with resources in it is lost track of: only by force, and the settings stay when asked.
test("removing a stack", async () => {
  const world = new TestWorld();
  const { stack, run, program, dir } = await drive(world);
  program(async () => {
    new Thing("one");
  });
  await run("up");
  await expect(stack.workspace.removeStack("dev")).rejects.toThrow(
    "'dev' still has resources; removal rejected; pass --force to override",
  );
  await run("destroy", { remove: true });
  expect(await stack.workspace.listStacks()).toEqual([]);
  expect(readdirSync(dir)).not.toContain("Pulumi.dev.yaml");
  await stack.workspace.createStack("dev");
  await run("up");
  await stack.workspace.removeStack("dev", { force: true, preserveConfig: true });
  expect(readdirSync(dir)).toContain("Pulumi.dev.yaml");
  expect(world.all().size).toBe(1);
});

// The history is paged, newest first; secrets of its configuration are opened only when asked for.
test("history", async () => {
  const { stack, run } = await drive(new TestWorld());
  expect(await stack.history()).toEqual([]);
  expect(await stack.info()).toBeUndefined();
  await stack.setConfig("token", { value: "hunter2", secret: true });
  await run("up", { message: "first" });
  await run("refresh");
  await run("up", { message: "last" });
  const all = await stack.history();
  expect(all.map(({ kind, message, result }) => [kind, message, result])).toEqual([
    ["update", "last", "succeeded"],
    ["refresh", "", "succeeded"],
    ["update", "first", "succeeded"],
  ]);
  expect(all[0]).toMatchObject({
    startTime: expect.any(Date),
    endTime: expect.any(Date),
    environment: { "exec.kind": "auto.inline" },
    config: { "proj:token": { value: "hunter2", secret: true } },
    resourceChanges: { same: 1 },
  });
  const hidden = await stack.history(2, 1, false);
  expect(hidden).toHaveLength(2);
  expect(hidden[0]!.config).toEqual({ "proj:token": { secret: true } });
  expect((await stack.history(2, 2)).map(({ message }) => message)).toEqual(["first"]);
  expect(await stack.history(2, 3)).toEqual([]);
  expect((await stack.info())?.message).toBe("last");
});

// A renamed stack is the same stack: its resources, settings, past and tags go along.
test("rename", async () => {
  const { stack, run, program, dir } = await drive(new TestWorld());
  program(async () => {
    new Thing("one");
    return { out: 1 };
  });
  await run("up");
  await stack.setTag("owner", "me");
  let heard = "";
  const { summary, stdout } = await stack.rename({ stackName: "prod", onOutput: (text) => (heard += text) });
  expect(heard).toBe("Renamed dev to prod\n");
  expect(stdout).toBe(heard);
  expect(summary).toMatchObject({ kind: "rename", result: "succeeded" });
  expect(readdirSync(dir)).toContain("Pulumi.prod.yaml");
  expect(await stack.listTags()).toMatchObject({ owner: "me" });
  expect((await run("up")).changes).toEqual({ same: 2 });
  await stack.workspace.createStack("taken");
  await expect(stack.rename({ stackName: "taken" })).rejects.toThrow(StackAlreadyExistsError);
  await run("destroy");
});

// Outputs: the SDK knows a secret by the mask; one that is further down is masked there only.
test("outputs, masked and open", async () => {
  const { stack, run, program } = await drive(new TestWorld());
  expect(await stack.outputs()).toEqual({});
  program(async () => ({ plain: 1, list: ["a"], secret: pulumi.secret("hunter2"), deep: { in: pulumi.secret("x") } }));
  await run("up");
  expect(await stack.outputs()).toEqual({
    plain: { value: 1, secret: false },
    list: { value: ["a"], secret: false },
    secret: { value: "hunter2", secret: true },
    deep: { value: { in: "x" }, secret: false },
  });
});

// Out and in again, into another stack of the same name, with what is secret in the clear in between only.
test("export and import", async () => {
  const { stack, run, program } = await drive(new TestWorld());
  program(async () => {
    new Thing("one", { value: pulumi.secret("hunter2") });
  });
  await run("up");
  const exported = await stack.exportStack();
  expect(exported.version).toBe(3);
  const thing = exported.deployment.resources.find(({ type }: any) => type === "test:index:Thing");
  expect(thing.inputs.value).toEqual({
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    plaintext: '"hunter2"',
  });
  await stack.importStack(exported);
  expect((await run("preview")).changes).toEqual({ same: 2 });

  const foreign = JSON.parse(JSON.stringify(exported).replaceAll("urn:pulumi:dev::", "urn:pulumi:prod::"));
  await expect(stack.importStack(foreign)).rejects.toThrow("refers to a different stack or project");
  const broken = JSON.parse(JSON.stringify(exported));
  broken.deployment.resources.reverse();
  await expect(stack.importStack(broken)).rejects.toThrow("snapshot integrity failure");
  await expect(stack.importStack({ version: 9, deployment: {} })).rejects.toThrow(
    "has version 9, which is newer than this engine knows",
  );
  expect((await run("preview")).changes).toEqual({ same: 2 });
  await run("destroy");
  expect((await stack.exportStack()).deployment.resources).toBeUndefined();
});

// Tags of a stack are kept beside it.
test("tags", async () => {
  const { ws } = await workspace();
  await ws.createStack("dev");
  await ws.setTag("dev", "foo", "bar baz");
  expect(await ws.getTag("dev", "foo")).toBe("bar baz");
  expect((await ws.listTags("dev"))["foo"]).toBe("bar baz");
  await ws.removeTag("dev", "foo");
  expect((await ws.listTags("dev"))["foo"]).toBeUndefined();
  await expect(ws.getTag("dev", "foo")).rejects.toThrow("error: stack tag 'foo' not found for stack 'dev'");
});

// `cancel` takes away what another command waits for.
test("a locked stack, and cancel", async () => {
  const { stack, run, dir } = await drive(new TestWorld());
  await run("up");
  const locks = join(dir, ".pulumi/locks/organization/proj/dev");
  mkdirSync(locks, { recursive: true });
  const lock = { pid: 1, username: "other", hostname: "elsewhere", timestamp: new Date().toISOString() };
  writeFileSync(join(locks, "0b5c1a6e-0000-4000-8000-000000000000.json"), JSON.stringify(lock));
  const refused = (await run("up")).error;
  expect(refused).toBeInstanceOf(ConcurrentUpdateError);
  expect(refused?.message).toMatch(
    /the stack is currently locked by 1 lock\(s\)[\s\S]*created by other@elsewhere \(pid 1\)/,
  );
  await stack.cancel();
  expect((await run("up")).error).toBeUndefined();
});

// Who, and where: what programs print before they begin.
test("whoami, install, plugins, organizations", async () => {
  const { ws, dir } = await workspace();
  expect(await ws.whoAmI()).toEqual({ user: "tester", url: `file://${dir}` });
  await ws.install({ noPlugins: true, noDependencies: true, reinstall: true, useLanguageVersionTools: true });
  await ws.installPlugin("test", "v1.0.0");
  await expect(ws.installPlugin("random", "v4.0.0")).rejects.toThrow("random");
  expect(await ws.listPlugins()).toEqual([]);
  await ws.removePlugin("random", "4.0.0");
  const stack = await Stack.create("dev", ws);
  await expect(stack.orgGetDefault()).rejects.toThrow("do not support organizations");
  await expect(stack.orgSetDefault("acme")).rejects.toThrow("do not support organizations");
});

// Without PULUMI_BACKEND_URL the project says where state is.
test("the project's own backend", async () => {
  const { ws, dir } = await workspace();
  ws.envVars = { PULUMI_CONFIG_PASSPHRASE: "p", PULUMI_HOME: join(dir, "home") };
  mkdirSync(join(dir, "elsewhere"));
  await ws.saveProjectSettings({ name: "proj", runtime: "nodejs", backend: { url: `file://${dir}/elsewhere` } });
  await ws.createStack("dev");
  expect((await ws.whoAmI()).url).toBe(`file://${dir}/elsewhere`);
  expect(readdirSync(join(dir, "elsewhere/.pulumi/stacks/proj"))).toContain("dev.json");
});

// Refused with the reason, by whichever name it is asked for: nothing is done half, or without a word.
test.each([
  [
    "policy packs",
    { policyPacks: ["./pack"] },
    "--policy-pack is not supported by this engine: policy packs are not supported",
  ],
  ["policy pack settings", { policyPackConfigs: ["x.json"] }, "--policy-pack-config is not supported by this engine"],
  [
    "a debugger",
    { attachDebugger: true },
    "--attach-debugger is not supported by this engine: the program is served by its caller",
  ],
  ["traces", { tracing: "file:x" }, "--tracing is not supported by this engine: this engine sends no traces"],
])("%s are refused", async (_, options, text) => {
  const world = new TestWorld();
  const { run, program } = await drive(world);
  program(async () => {
    new Thing("one");
  });
  expect((await run("up", options)).error?.message).toContain(text);
  expect(world.calls).toEqual([]);
});

// A remote workspace runs in the Pulumi Cloud: its first operation is refused with that reason. The SDK gives the
// engine to a workspace only, so the options that make it remote are given as RemoteWorkspace gives them.
test("remote operations are refused", async () => {
  const { options } = await workspace();
  const remote = { remote: true, remoteGitProgramArgs: { url: "https://example.com/x.git", branch: "main" } };
  const stack = await Stack.create(
    "organization/proj/dev",
    await LocalWorkspace.create({ ...options, ...remote } as any),
  );
  await expect(stack.up()).rejects.toThrow(
    "error: --remote is not supported by this engine: remote operations need the Pulumi Cloud",
  );
});
