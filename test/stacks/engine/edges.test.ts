/** What programs and command lines may ask besides creating: reads, invokes, references, limits, renames. */
import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { drive, Thing } from "./support/stack.ts";
import { partial, TestWorld } from "./support/test-provider.ts";

const urn = (name: string): string => `urn:pulumi:dev::proj::test:index:Thing::${name}`;

async function resources(stack: { exportStack(): Promise<any> }): Promise<any[]> {
  return (await stack.exportStack()).deployment.resources ?? [];
}

/** The class of a resource that a program only looks at. */
function get(name: string, id: string): Thing {
  return new Thing(name, {}, { id } as pulumi.CustomResourceOptions);
}

// `.get()` must look, keep what it saw as external, and never change or delete the thing.
test("59: what is read is external, is looked at every time, and is left alone by destroy", async () => {
  const world = new TestWorld();
  world.put("there-1", { value: "seen" });
  const { program, run, stack } = await drive(world);
  program(async () => ({ seen: get("one", "there-1").arn }));
  const first = await run("up");
  expect(first.error).toBeUndefined();
  expect(first.changes).toEqual({ create: 1 });
  expect((await stack.outputs())["seen"]?.value).toBe("arn:there-1");
  expect((await resources(stack)).find((r) => r.urn === urn("one"))).toMatchObject({ external: true, id: "there-1" });
  expect((await run("up", { expectNoChanges: true })).error).toBeUndefined();
  expect((await run("destroy")).error).toBeUndefined();
  expect(world.calls).toEqual(["read one", "read one"]);
  program(async () => void get("one", "missing"));
  expect(JSON.stringify((await run("up")).events)).toContain("resource 'missing' does not exist");
});

// Taking over what was only read makes one of our own; letting go of one that is ours keeps it, another one goes.
test("59: from read to made, and from made to read", async () => {
  const world = new TestWorld();
  world.put("there-1", {});
  const { program, run, stack } = await drive(world);
  program(async () => void get("one", "there-1"));
  await run("up");
  program(async () => void new Thing("one"));
  expect((await run("up")).changes).toEqual({ same: 1, replace: 1 });
  const [own] = [...world.all().keys()].filter((id) => id !== "there-1");
  program(async () => void get("one", own!));
  expect((await run("up")).error).toBeUndefined();
  expect(world.all().has(own!)).toBe(true);
  program(async () => void new Thing("one"));
  await run("up");
  world.calls.length = 0;
  program(async () => void get("one", "there-1"));
  expect((await run("up")).error).toBeUndefined();
  expect(world.calls).toEqual(["read one", "delete one"]);
  expect([...world.all().keys()].sort()).toEqual([own, "there-1"].sort());
  expect((await resources(stack)).filter((r) => r.urn === urn("one"))).toHaveLength(1);
});

// A question's failure is the program's: caught, the run goes on; not caught, it ends with the provider's text.
test("invokes answer, and their failures can be caught", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  const ask = (say: string): Promise<any> => pulumi.runtime.invoke("test:index:echo", { say }, { version: "1.0.0" });
  program(async () => {
    const { echo } = await ask("hello");
    const told = await ask("throw").catch((error: Error) => error.message);
    return { echo, told };
  });
  expect((await run("up")).error).toBeUndefined();
  expect((await stack.outputs())["echo"]?.value).toBe("hello");
  expect((await stack.outputs())["told"]?.value).toContain("no such luck");
  program(async () => void (await ask("throw")));
  const failed = await run("up");
  expect(failed.error).toBeDefined();
  expect(JSON.stringify(failed.events)).toContain("no such luck");
});

// What is excluded stays as it is, and so does what depends on it when that is asked for.
test("55: excludes, with and without dependents", async () => {
  const world = new TestWorld();
  const { program, run } = await drive(world);
  let value = 1;
  program(async () => {
    const one = new Thing("one", { value });
    new Thing("two", { value, other: one.arn });
    new Thing("three", { value });
  });
  await run("up");
  value = 2;
  expect((await run("up", { exclude: [urn("one")], excludeDependents: true })).changes).toEqual({ same: 3, update: 1 });
  expect((await run("up", { exclude: ["**::one"] })).changes).toEqual({ same: 3, update: 1 });
  const fresh = new TestWorld();
  const second = await drive(fresh);
  second.program(async () => {
    const one = new Thing("one");
    new Thing("two", { value: one.arn });
    new Thing("three");
  });
  const partly = await second.run("up", { exclude: [urn("one")], excludeDependents: true });
  expect(partly.error).toBeUndefined();
  expect(fresh.calls).toEqual(["create three"]);
  const alone = await second.run("up", { exclude: [urn("one")] });
  expect(JSON.stringify(alone.events)).toContain(`which is excluded by --exclude`);
  expect(fresh.calls).toEqual(["create three"]);
});

// Timeouts reach the provider in seconds, lie in the state, and end a call that takes longer.
test("24: custom timeouts", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  const seen: number[] = [];
  world.behaviour.before = (op, _name, context) => {
    if (op === "create") seen.push(context.timeoutSeconds);
  };
  program(async () => void new Thing("one", {}, { customTimeouts: { create: "1m30s", delete: "2h" } }));
  await run("up");
  expect(seen).toEqual([90]);
  expect((await resources(stack)).find((r) => r.urn === urn("one")).customTimeouts).toEqual({
    create: 90,
    delete: 7200,
  });
  world.behaviour.before = (op, _name, { signal }) => {
    if (op === "delete")
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    return undefined;
  };
  program(async () => void new Thing("one", {}, { customTimeouts: { delete: "20ms" } }));
  await run("up");
  const late = await run("destroy");
  expect(late.error).toBeDefined();
  expect(JSON.stringify(late.events)).toContain("timed out after 0.02 seconds");
  program(async () => void new Thing("two", {}, { customTimeouts: { create: "soon" } }));
  expect(JSON.stringify((await run("up")).events)).toContain("unable to parse customTimeout value");
});

// Both replace a resource whose own inputs are the same.
test("replacementTrigger and replaceWith", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  let trigger = "a";
  program(async () => {
    const one = new Thing("one", {}, { replacementTrigger: trigger });
    new Thing("two", {}, { replaceWith: [one] });
    new Thing("three");
  });
  await run("up");
  expect((await run("up")).changes).toEqual({ same: 4 });
  trigger = "b";
  expect((await run("up")).changes).toEqual({ same: 2, replace: 2 });
  expect((await run("up")).changes).toEqual({ same: 4 });
  const exported: any = await stack.exportStack();
  expect(exported.version).toBe(4);
  expect(exported.features).toEqual(["replaceWith"]);
});

// A run that was to change nothing says so when it did; looking is no change.
test("--expect-no-changes", async () => {
  const world = new TestWorld();
  const { program, run } = await drive(world);
  let value = 1;
  program(async () => void new Thing("one", { value }));
  await run("up");
  expect((await run("up", { expectNoChanges: true })).error).toBeUndefined();
  value = 2;
  expect((await run("preview", { expectNoChanges: true })).error?.message).toContain("changes were proposed");
  expect((await run("up", { expectNoChanges: true })).error?.message).toContain("changes were made");
});

// A stack is known by its name in every URN, in its settings file, its history and its selection.
test("a rename keeps resources, settings and history", async () => {
  const world = new TestWorld();
  const { program, run, stack, dir } = await drive(world);
  await stack.setConfig("word", { value: "hunter2", secret: true });
  program(async () => {
    const one = new Thing("one");
    new Thing("two", { value: one.arn }, { parent: one });
  });
  await run("up");
  await (stack as any).rename({ stackName: "prod" });
  const moved = await drive(world, dir, "prod");
  const urns = (await resources(moved.stack)).map((r) => r.urn as string);
  expect(urns.every((one) => one.startsWith("urn:pulumi:prod::proj::"))).toBe(true);
  expect(urns).toContain("urn:pulumi:prod::proj::pulumi:pulumi:Stack::proj-prod");
  expect((await moved.stack.history()).map(({ kind }) => kind)).toEqual(["rename", "update"]);
  expect((await moved.stack.history()).at(-1)?.config["proj:word"]).toMatchObject({ value: "hunter2", secret: true });
  expect(await moved.stack.getConfig("word")).toEqual({ value: "hunter2", secret: true });
  moved.program(async () => {
    const one = new Thing("one");
    new Thing("two", { value: one.arn }, { parent: one });
  });
  expect((await moved.run("up")).changes).toEqual({ same: 3 });
  expect((await moved.stack.workspace.listStacks()).map(({ name }) => name)).toEqual(["prod"]);
});

// One stack may use what another has as outputs, secrets included, and is told when there is no such stack.
test("20: stack references", async () => {
  const world = new TestWorld();
  const base = await drive(world);
  base.program(async () => ({ address: "http://here", word: pulumi.secret("hunter2") }));
  await base.run("up");
  const user = await drive(world, base.dir, "user");
  user.program(async () => {
    const other = new pulumi.StackReference("organization/proj/dev");
    return { address: other.getOutput("address"), word: other.requireOutput("word") };
  });
  const up = await user.run("up");
  expect(up.error).toBeUndefined();
  const outputs = await user.stack.outputs();
  expect(outputs["address"]).toEqual({ value: "http://here", secret: false });
  expect(outputs["word"]).toEqual({ value: "hunter2", secret: true });
  expect(JSON.stringify(up.events)).not.toContain("hunter2");
  expect((await user.run("up")).changes).toEqual({ same: 1 });
  user.program(async () => void new pulumi.StackReference("organization/proj/nowhere"));
  expect(JSON.stringify((await user.run("up")).events)).toContain('unknown stack \\"organization/proj/nowhere\\"');
});

// A program that must name its providers is stopped before anything is made when it does not.
test("10: default providers can be denied", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  program(async () => void new Thing("one"));
  await stack.setConfig("pulumi:disable-default-providers", { value: '["test"]' });
  expect(JSON.stringify((await run("up")).events)).toContain("'test' must use an explicit provider");
  await stack.setConfig("pulumi:disable-default-providers", { value: "test" });
  expect(JSON.stringify((await run("up")).events)).toContain("must be a JSON list of package names");
  expect(world.calls).toEqual([]);
});

// What is accepted is done; what is not done is said, before anything is touched.
test.each([["up", { tracing: "http://127.0.0.1:1" }, "--tracing is not supported"]] as const)(
  "%s with %o is refused",
  async (op, options, text) => {
    const world = new TestWorld();
    const { program, run } = await drive(world);
    program(async () => void new Thing("one"));
    expect((await run("up")).error).toBeUndefined();
    world.calls.length = 0;
    expect((await run(op, options)).error?.message).toContain(text);
    expect(world.calls).toEqual([]);
  },
);

// An interrupted create is looked for, unless a person who has looked says it left nothing.
test("18: --clear-pending-creates forgets what was being made", async () => {
  const world = new TestWorld();
  world.behaviour.before = (op) => {
    if (op === "create") throw partial("half-1", {}, "half made");
  };
  const { program, run, stack } = await drive(world);
  program(async () => void new Thing("one"));
  await run("up");
  world.behaviour.before = undefined;
  const exported: any = await stack.exportStack();
  const one = exported.deployment.resources.find((r: any) => r.urn === urn("one"));
  exported.deployment.resources = exported.deployment.resources.filter((r: any) => r !== one);
  exported.deployment.pending_operations = [{ type: "creating", resource: { ...one, id: undefined } }];
  await stack.importStack(exported);
  world.put("half-1", { __name: "one" });
  const refreshed = await run("refresh", { clearPendingCreates: true });
  expect(refreshed.error).toBeUndefined();
  const after: any = await stack.exportStack();
  expect(after.deployment.pending_operations).toBeUndefined();
  expect(await resources(stack)).toHaveLength(2);
});
