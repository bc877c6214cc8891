import { expect, test } from "vitest";
import { drive, Group, TestPackage, Thing } from "./support/stack.ts";
import { partial, TestWorld } from "./support/test-provider.ts";

const urn = (name: string): string => `urn:pulumi:dev::proj::test:index:Thing::${name}`;

async function resources(stack: { exportStack(): Promise<any> }): Promise<any[]> {
  return (await stack.exportStack()).deployment.resources ?? [];
}

// A replacement must make the new one before the old one goes, and count once.
test("create before delete: the new one is there before the old one goes", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  let force = "a";
  program(async () => {
    const one = new Thing("one", { force });
    new Thing("two", { value: one.arn });
  });
  await run("up");
  world.calls.length = 0;
  force = "b";
  const second = await run("up");
  expect(second.error).toBeUndefined();
  expect(second.changes).toEqual({ same: 1, replace: 1, update: 1 });
  expect(world.calls).toEqual(["create one", "update two", "delete one"]);
  expect((await resources(stack)).filter((r) => r.urn === urn("one"))).toHaveLength(1);
});

// Dependents that cannot survive go first, in reverse order, and come back.
test("36: delete before replace takes dependents down first", async () => {
  const world = new TestWorld();
  world.behaviour.deleteFirst = true;
  const { program, run, stack } = await drive(world);
  let force = "a";
  program(async () => {
    const one = new Thing("one", { force });
    new Thing("two", { force: one.arn });
  });
  await run("up");
  world.calls.length = 0;
  force = "b";
  const second = await run("up");
  expect(second.error).toBeUndefined();
  expect(second.changes).toEqual({ same: 1, replace: 2 });
  expect(world.calls).toEqual(["delete two", "delete one", "create one", "create two"]);
  expect(await resources(stack)).toHaveLength(4);
});

// A failed create between delete and create must leave a state that the next run finishes.
test("40, 41: an interrupted replacement is finished by the next run", async () => {
  const world = new TestWorld();
  world.behaviour.deleteFirst = true;
  const { program, run, stack } = await drive(world);
  let force = "a";
  program(async () => void new Thing("one", { force }));
  await run("up");
  force = "b";
  world.behaviour.before = (op) => {
    if (op === "create") throw new Error("no room");
  };
  expect((await run("up")).error?.message).toContain("update failed");
  expect((await resources(stack)).find((r) => r.urn === urn("one")).pendingReplacement).toBe(true);
  world.behaviour.before = undefined;
  const third = await run("up");
  expect(third.changes).toEqual({ same: 1, replace: 1 });
  expect(world.all().size).toBe(1);
});

// Options that decide about a resource's end.
test("28, 56, 29: protect, retainOnDelete, deletedWith", async () => {
  const world = new TestWorld();
  const { program, run } = await drive(world);
  program(async () => {
    const host = new Thing("host");
    new Thing("guest", {}, { deletedWith: host });
    new Thing("kept", {}, { retainOnDelete: true });
    new Thing("safe", {}, { protect: true });
  });
  await run("up");
  world.calls.length = 0;
  const refused = await run("destroy");
  expect(refused.error?.message).toContain("destroy failed");
  expect(JSON.stringify(refused.events)).toContain("it is protected");
  program(async () => {
    const host = new Thing("host");
    new Thing("guest", {}, { deletedWith: host });
    new Thing("kept", {}, { retainOnDelete: true });
    new Thing("safe", {});
  });
  await run("up");
  world.calls.length = 0;
  expect((await run("destroy")).error).toBeUndefined();
  expect(world.calls.sort()).toEqual(["delete host", "delete safe"]);
});

// Paths a program wants left alone keep their old inputs, and others still change.
test("21, 22: ignoreChanges and replaceOnChanges", async () => {
  const world = new TestWorld();
  const { program, run } = await drive(world);
  let value = { left: 1, right: 1 };
  program(async () => {
    new Thing("one", { value }, { ignoreChanges: ["value.left"] });
    new Thing("two", { value }, { replaceOnChanges: ["value.right"] });
  });
  await run("up");
  value = { left: 2, right: 1 };
  expect((await run("up")).changes).toEqual({ same: 2, update: 1 });
  value = { left: 2, right: 2 };
  expect((await run("up")).changes).toEqual({ same: 1, update: 1, replace: 1 });
});

// A rename with an alias changes nothing in the cloud; two claims on one are an error.
test("42, 43, 27: aliases, duplicates, components", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  program(async () => {
    const group = new Group("group");
    const old = new Thing("old", {}, { parent: group });
    new Thing("user", { value: old.arn }, { parent: group });
  });
  await run("up");
  program(async () => {
    const group = new Group("group");
    const next = new Thing("new", {}, { parent: group, aliases: [{ name: "old" }] });
    new Thing("user", { value: next.arn }, { parent: group });
  });
  const renamed = await run("up");
  expect(renamed.error).toBeUndefined();
  expect(renamed.changes).toEqual({ same: 4 });
  const urns = (await resources(stack)).map((r) => r.urn);
  expect(urns).toContain("urn:pulumi:dev::proj::test:index:Group$test:index:Thing::new");
  program(async () => {
    new Thing("twin");
    new Thing("twin");
  });
  const twice = await run("up");
  expect(twice.error).toBeDefined();
  expect(JSON.stringify(twice.events)).toContain("Duplicate resource URN");
});

// What exists already is taken over by the import option, then brought to what the program says.
test("45, 47: the import option takes over, updates in place, and fails cleanly", async () => {
  const world = new TestWorld();
  world.put("there-1", { value: "old" });
  const { program, run, stack } = await drive(world);
  program(async () => void new Thing("one", { value: "new" }, { import: "there-1" }));
  const imported = await run("up");
  expect(imported.error).toBeUndefined();
  expect(imported.changes).toMatchObject({ create: 1, import: 1 });
  expect(world.all().get("there-1")?.["value"]).toBe("new");
  expect((await run("up")).changes).toEqual({ same: 2 });
  program(async () => {
    new Thing("one", { value: "new" }, { import: "there-1" });
    new Thing("two", {}, { import: "missing" });
  });
  const failed = await run("up");
  expect(JSON.stringify(failed.events)).toContain("resource 'missing' does not exist");
  expect((await resources(stack)).some((r) => r.urn === urn("two"))).toBe(false);
});

// What happened outside is taken into state; what is gone is made again.
test("48: refresh finds drift and loss", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  program(async () => {
    const one = new Thing("one", { value: 1 });
    new Thing("two", { value: one.arn });
  });
  await run("up");
  const [first, second] = [...world.all().keys()];
  world.put(second!, { value: "drifted", __name: "two" });
  world.put(first!, undefined);
  const refreshed = await run("refresh");
  expect(refreshed.error).toBeUndefined();
  expect(refreshed.changes).toEqual({ same: 1, update: 1, delete: 1 });
  expect((await resources(stack)).find((r) => r.urn === urn("two")).inputs.value).toBe("drifted");
  expect((await run("up")).changes).toMatchObject({ create: 1, update: 1 });
});

// A failure lets what is under way finish, starts nothing more, and keeps what was made.
test("34, 19: a failed step ends the update; partial failures are kept with their reasons", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  let value = "a";
  program(async () => void new Thing("one", { value }));
  await run("up");
  value = "b";
  world.behaviour.before = (op, name) => {
    if (op === "update") throw partial([...world.all().keys()][0]!, { value: "b" }, `${name} is half done`);
  };
  const half = await run("up");
  expect(JSON.stringify(half.events)).toContain("one is half done");
  const state = (await resources(stack)).find((r) => r.urn === urn("one"));
  expect(state.initErrors).toEqual(["one is half done"]);
  expect(state.inputs.value).toBe("a");
  world.behaviour.before = undefined;
  expect((await run("up")).changes).toEqual({ same: 1, update: 1 });
  expect((await run("up")).changes).toEqual({ same: 2 });
});

// The program's own error must end the operation at once with its text, and keep what was made.
test("34: a program that throws fails the update", async () => {
  const world = new TestWorld();
  const { program, run } = await drive(world);
  program(async () => {
    const one = new Thing("one");
    await new Promise<void>((resolve) => one.arn.apply(() => resolve()));
    throw new Error("my own mistake");
  });
  const failed = await run("up");
  expect(failed.error).toBeDefined();
  expect(JSON.stringify(failed.events)).toContain("my own mistake");
  expect(failed.events.at(-1)).toHaveProperty("cancelEvent");
  expect(world.all().size).toBe(1);
});

// Bad inputs are told per property, and nothing is made.
test("13: check failures are reported and nothing is created", async () => {
  const world = new TestWorld();
  const { program, run } = await drive(world);
  program(async () => void new Thing("one", { fail: "too long" }));
  const failed = await run("up");
  expect(JSON.stringify(failed.events)).toContain("has a problem: too long");
  expect(world.calls).toEqual([]);
});

// Explicit providers are resources: configured with the program's inputs, named in the state of what they make.
test("3, 5: explicit providers, and what follows from replacing one", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  let force = "x";
  program(async () => {
    const provider = new TestPackage("mine", { force });
    new Thing("one", {}, { provider });
  });
  await run("up");
  const made = await resources(stack);
  const provider = made.find((r) => r.type === "pulumi:providers:test");
  expect(made.find((r) => r.urn === urn("one")).provider).toBe(`${provider.urn}::${provider.id}`);
  expect((await run("up")).changes).toEqual({ same: 3 });
  force = "y";
  const replaced = await run("up");
  expect(replaced.error).toBeUndefined();
  expect(replaced.changes).toEqual({ same: 1, replace: 2 });
  expect(await resources(stack)).toHaveLength(3);
});

// Only what is named changes.
test("52, 55: targets and forced replacements", async () => {
  const world = new TestWorld();
  const { program, run } = await drive(world);
  let value = 1;
  program(async () => {
    new Thing("one", { value });
    new Thing("two", { value });
  });
  await run("up");
  value = 2;
  expect((await run("up", { target: [urn("one")] })).changes).toEqual({ same: 2, update: 1 });
  expect((await run("up", { replace: [urn("one")] })).changes).toEqual({ same: 1, update: 1, replace: 1 });
  expect((await run("destroy", { target: [urn("one")] })).changes).toEqual({ same: 2, delete: 1 });
  expect(world.all().size).toBe(1);
});

// No event, output or diagnostic may show a secret.
test("26, 30: secrets are masked in events and encrypted in state", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  await stack.setConfig("word", { value: "hunter2", secret: true });
  const pulumi = await import("@pulumi/pulumi");
  program(async () => {
    const word = new pulumi.Config().requireSecret("word");
    new Thing("one", { value: word });
    return { word };
  });
  const up = await run("up");
  expect(up.error).toBeUndefined();
  expect(JSON.stringify(up.events)).not.toContain("hunter2");
  const { readFileSync } = await import("node:fs");
  const { join } = await import("node:path");
  const checkpoint = readFileSync(join(stack.workspace.workDir, ".pulumi/stacks/proj/dev.json"), "utf8");
  expect(checkpoint).not.toContain("hunter2");
  expect((await stack.outputs())["word"]).toEqual({ value: "hunter2", secret: true });
  expect([...world.all().values()][0]?.["value"]).toBe("hunter2");
});
