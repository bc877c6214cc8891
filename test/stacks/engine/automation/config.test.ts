/** Configuration over the Automation API: every call of `config …`, with the shapes and texts of Pulumi's own engine. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { LocalWorkspace } from "@pulumi/pulumi/automation/index.js";
import { expect, test } from "vitest";
import { drive, Thing } from "../support/stack.ts";
import { TestWorld } from "../support/test-provider.ts";
import { workspace } from "./support/workspace.ts";

// Texts, secrets, what looks like a flag, a number, nothing at all: each comes back as it was given.
test("values come back as they were set, one by one and many at once", async () => {
  const { ws, dir } = await workspace();
  await ws.createStack("dev");
  const values = {
    plain: { value: "text" },
    flag: { value: "--stack=other" },
    dashes: { value: "--" },
    number: { value: "007" },
    empty: { value: "" },
    lines: { value: "a\nb: c # d\n" },
    "aws:region": { value: "eu-west-1" },
    token: { value: "-hunter2", secret: true },
  };
  for (const [key, value] of Object.entries(values)) await ws.setConfig("dev", key, value);
  for (const [key, { value, ...more }] of Object.entries(values))
    expect(await ws.getConfig("dev", key), key).toEqual({ value, secret: false, ...more });
  const one = await ws.getAllConfig("dev");
  expect(Object.keys(one)).toEqual([
    "aws:region",
    "proj:dashes",
    "proj:empty",
    "proj:flag",
    "proj:lines",
    "proj:number",
    "proj:plain",
    "proj:token",
  ]);
  expect(readFileSync(join(dir, "Pulumi.dev.yaml"), "utf8")).not.toContain("hunter2");

  await ws.createStack("other");
  await ws.setAllConfig("other", values);
  expect(await ws.getAllConfig("other")).toEqual(one);
  await ws.removeAllConfig("other", Object.keys(values));
  expect(await ws.getAllConfig("other")).toEqual({});
  await ws.removeConfig("dev", "plain");
  await ws.removeConfig("dev", "never-was");
  await expect(ws.getConfig("dev", "plain")).rejects.toThrow(
    "error: configuration key 'plain' not found for stack 'dev'",
  );
  await expect(ws.getConfig("dev", "aws:profile")).rejects.toThrow("configuration key 'aws:profile' not found");
});

// Objects are made by their paths; where a path does not fit, nothing may change.
test("paths reach into objects and lists", async () => {
  const { ws, dir } = await workspace();
  await ws.createStack("dev");
  const set = (key: string, value: string, secret = false) => ws.setConfig("dev", key, { value, secret }, true);
  // The SDK's type does not know of it.
  const objectOf = async (key: string): Promise<unknown> => ((await ws.getConfig("dev", key)) as any).objectValue;
  await set("o.text", "x");
  await set("o.number", "7");
  await set("o.flag", "true");
  await set("o.secret", "hunter2", true);
  await set('["dotted.key"].inner', "y");
  await set("list[0]", "a");
  await set("list[1].name", "b");
  await set("aws:tags.owner", "me");
  await set("top", "7");
  await ws.setConfig("dev", "not.a.path", { value: "z" });
  expect(await ws.getConfig("dev", "o")).toEqual({
    value: '{"flag":true,"number":7,"secret":"hunter2","text":"x"}',
    objectValue: { flag: true, number: 7, secret: "hunter2", text: "x" },
    secret: true,
  });
  expect(await ws.getConfig("dev", "o.number", true)).toEqual({ value: "7", secret: false });
  expect(await ws.getConfig("dev", "o.secret", true)).toEqual({ value: "hunter2", secret: true });
  expect(await objectOf("dotted.key")).toEqual({ inner: "y" });
  expect(await objectOf("list")).toEqual(["a", { name: "b" }]);
  expect(await objectOf("aws:tags")).toEqual({ owner: "me" });
  expect(await ws.getConfig("dev", "top")).toEqual({ value: "7", secret: false });
  expect((await ws.getConfig("dev", "not.a.path")).value).toBe("z");

  const before = readFileSync(join(dir, "Pulumi.dev.yaml"), "utf8");
  await expect(set("o.text.deeper", "1")).rejects.toThrow("error: could not set config: o.text: expected a map");
  await expect(set("list[9]", "1")).rejects.toThrow("error: could not set config: list[9]: array index out of range");
  await expect(set("list.name", "1")).rejects.toThrow("key for an array must be an int");
  await expect(set("[0]", "1")).rejects.toThrow("must be a string");
  await expect(ws.setConfig("dev", "a:b:c", { value: "d" })).rejects.toThrow(
    "invalid configuration key: could not parse a:b:c",
  );
  await expect(ws.setAllConfig("dev", { good: { value: "1" }, "list[9]": { value: "2" } }, true)).rejects.toThrow(
    "out of range",
  );
  expect(readFileSync(join(dir, "Pulumi.dev.yaml"), "utf8")).toBe(before);

  await ws.removeConfig("dev", "o.text", true);
  await ws.removeAllConfig("dev", ["list[0]", "nothing.here"], true);
  expect(await objectOf("list")).toEqual([{ name: "b" }]);
  expect(await objectOf("o")).not.toHaveProperty("text");
});

// The form `config --json` writes is the form this call takes.
test("setAllConfigJson", async () => {
  const { ws } = await workspace();
  await ws.createStack("dev");
  const set = (json: object | string) =>
    ws.setAllConfigJson("dev", typeof json === "string" ? json : JSON.stringify(json));
  await set({
    "proj:plain": { value: "x", secret: false },
    "proj:token": { value: "hunter2", secret: true },
    "proj:o": { value: '{"a":[1]}', objectValue: { a: [1] }, secret: false },
  });
  const all = await ws.getAllConfig("dev");
  expect(all["proj:token"]).toEqual({ value: "hunter2", secret: true });
  expect((all["proj:o"] as any).objectValue).toEqual({ a: [1] });
  await expect(set("{")).rejects.toThrow("error: could not parse --json argument");
  await expect(set({ a: { secret: true } })).rejects.toThrow(`value for --json object key "a" is nil`);
  await expect(set({ b: { value: "1" }, c: { value: "{}", objectValue: {}, secret: true } })).rejects.toThrow(
    "secret object values are not supported with --json",
  );
  expect(await ws.getAllConfig("dev")).toEqual(all);
});

// What the project says is below what the stack says; what it asks for has to be there before anything is deployed.
test("a project's values, defaults and declarations", async () => {
  const world = new TestWorld();
  const { stack, dir, run, program } = await drive(world);
  program(async () => {
    new Thing("one");
  });
  writeFileSync(
    join(dir, "Pulumi.yaml"),
    "name: proj\nruntime: nodejs\nconfig:\n  aws:region: eu-west-1\n  size: { type: integer, default: 4 }\n  token: { type: string, secret: true }\n  names: { type: array, items: { type: string }, default: [a] }\n",
  );
  expect(await stack.getAllConfig()).toEqual({
    "aws:region": { value: "eu-west-1", secret: false },
    "proj:names": { value: '["a"]', objectValue: ["a"], secret: false },
    "proj:size": { value: "4", secret: false },
  });
  const failing = async (): Promise<string> => (await run("up")).error?.message ?? "";
  expect(await failing()).toContain(
    "error: validating stack config: Stack 'dev' is missing configuration value 'token'",
  );
  await stack.setConfig("token", { value: "x" });
  expect(await failing()).toContain("Stack 'dev' with configuration key 'token' must be encrypted as it's secret");
  await stack.setConfig("token", { value: "x", secret: true });
  await stack.setConfig("size", { value: "big" });
  expect(await failing()).toContain("Stack 'dev' with configuration key 'size' must be of type 'integer'");
  expect(world.calls).toEqual([]);
  await stack.setConfig("size", { value: "5" });
  expect(await failing()).toBe("");
  expect((await stack.getConfig("size")).value).toBe("5");
  await run("destroy");
});

// A stack's settings follow its project's file, whichever of the three forms that has.
test.each([
  ["Pulumi.yaml", "name: proj\nruntime: nodejs\n", "Pulumi.dev.yaml"],
  ["Pulumi.yml", "name: proj\nruntime:\n  name: nodejs\n", "Pulumi.dev.yml"],
  ["Pulumi.json", '{"name":"proj","runtime":"nodejs"}', "Pulumi.dev.json"],
  ["Pulumi.yaml", "name: proj\nruntime: nodejs\nstackConfigDir: stacks\n", "stacks/Pulumi.dev.yaml"],
])("settings beside %s", async (name, text, settings) => {
  const { ws, dir } = await workspace({ [name]: text });
  mkdirSync(join(dir, "stacks"));
  expect((await ws.projectSettings()).name).toBe("proj");
  await ws.createStack("dev");
  await ws.setConfig("dev", "key", { value: "x" });
  expect(readFileSync(join(dir, settings), "utf8")).toMatch(
    settings.endsWith("json") ? /^\{\n {4}"encryptionsalt"/ : /^encryptionsalt: v1:/,
  );
  if (!settings.includes("/")) expect((await ws.stackSettings("dev")).config).toEqual({ "proj:key": "x" });
  await ws.removeStack("dev");
});

// A file that cannot be read must not be taken for an empty one and written over.
test("a broken settings or project file is refused, and stays as it is", async () => {
  const { ws, dir } = await workspace();
  await ws.createStack("dev");
  const broken = "config:\n  a: [1\n";
  writeFileSync(join(dir, "Pulumi.dev.yaml"), broken);
  await expect(ws.setConfig("dev", "b", { value: "c" })).rejects.toThrow(
    /could not load the settings file .*Pulumi\.dev\.yaml/,
  );
  expect(readFileSync(join(dir, "Pulumi.dev.yaml"), "utf8")).toBe(broken);
  writeFileSync(join(dir, "Pulumi.yaml"), "runtime: nodejs\n");
  await expect(ws.setConfig("dev", "b", { value: "c" })).rejects.toThrow(
    /could not load the project file .*: it has no name/,
  );
});

// --config-file: the settings of one deployment are elsewhere.
test("an operation takes another settings file", async () => {
  const { stack, dir, run, program } = await drive(new TestWorld());
  const salt = /encryptionsalt:.*/.exec(readFileSync(join(dir, "Pulumi.dev.yaml"), "utf8"))![0];
  writeFileSync(join(dir, "test.yaml"), `${salt}\nconfig:\n  proj:bar: abc\n`);
  let seen: string | undefined;
  program(async () => {
    seen = new pulumi.Config().get("bar");
  });
  const { error } = await run("up", { configFile: "test.yaml" });
  expect(error).toBeUndefined();
  expect(seen).toBe("abc");
  expect(await stack.getAllConfig()).toEqual({});
  await run("destroy", { configFile: "test.yaml" });
});

// Back to what the last deployment went by, secrets and all.
test("refreshConfig", async () => {
  const { stack, run } = await drive(new TestWorld());
  await expect(stack.refreshConfig()).rejects.toThrow("error: getting latest configuration: no previous deployment");
  await stack.setAllConfig({ kept: { value: "1" }, token: { value: "hunter2", secret: true } });
  const before = await stack.getAllConfig();
  await run("up");
  await stack.setConfig("kept", { value: "2" });
  await stack.setConfig("new", { value: "3" });
  await stack.removeConfig("token");
  expect(await stack.refreshConfig()).toEqual(before);
});

// Calls of one process at once: each settings file is changed by one at a time.
test("five stacks, twenty settings each, all at once; and twenty of one stack", async () => {
  const { ws, options } = await workspace();
  const names = ["dev", "dev2", "dev3", "dev4", "dev5"];
  for (const name of names) await ws.createStack(name);
  await Promise.all(
    names.map(async (name, x) => {
      for (let j = 0; j < 20; j++) await ws.setConfig(name, `var-${j}`, { value: String(x * 20 + j) });
    }),
  );
  for (const [x, name] of names.entries()) {
    const stack = await LocalWorkspace.selectStack({ stackName: name, workDir: options.workDir! }, options);
    const config = await stack.getAllConfig();
    expect(
      Object.values(config)
        .map(({ value }) => Number(value))
        .sort((a, b) => a - b),
    ).toEqual(Array.from({ length: 20 }, (_, j) => x * 20 + j));
  }
  await Promise.all(
    Array.from({ length: 20 }, (_, j) => ws.setConfig("dev", `also-${j}`, { value: "x", secret: j % 2 === 0 })),
  );
  expect(Object.keys(await ws.getAllConfig("dev"))).toHaveLength(40);
});

// ESC lives in the Pulumi Cloud: said so, wherever somebody comes upon it.
test("environments are refused by name", async () => {
  const { stack, dir, run } = await drive(new TestWorld());
  const words = "Pulumi ESC environments require the Pulumi Cloud backend";
  await expect(stack.addEnvironments("prod")).rejects.toThrow(words);
  await expect(stack.listEnvironments()).rejects.toThrow(words);
  await expect(stack.removeEnvironment("prod")).rejects.toThrow(words);
  const file = join(dir, "Pulumi.dev.yaml");
  writeFileSync(file, `${readFileSync(file, "utf8")}environment:\n  - prod\n`);
  expect((await run("up")).error?.message).toContain(words);
});
