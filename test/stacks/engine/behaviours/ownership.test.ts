/** Whose a resource is: read only, made by us, taken over by import, let go of; and stacks that look at others. */
import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { begun, resources, stateOf, told, urn } from "../support/asserting.ts";
import { drive, Thing } from "../support/stack.ts";
import { TestWorld } from "../support/test-provider.ts";

/** The class of a resource that a program only looks at. */
function get(name: string, id: pulumi.Input<string>): Thing {
  return new Thing(name, {}, { id } as pulumi.CustomResourceOptions);
}

// `.get()` must look, keep what it saw as external, and never change or delete the thing.
test("50, 59: what is read is external, is looked at every time, and is left alone by destroy", async () => {
  const world = new TestWorld();
  world.put("there-1", { value: "seen" });
  const { program, run, stack } = await drive(world);
  program(async () => ({ seen: get("one", "there-1").arn }));
  const first = await run("up");
  expect(first.changes).toEqual({ create: 1 });
  expect(begun(first.events)).toEqual(["read one"]);
  expect((await stack.outputs())["seen"]?.value).toBe("arn:there-1");
  expect(await stateOf(stack, "one")).toMatchObject({ external: true, id: "there-1" });
  expect((await run("up", { expectNoChanges: true })).error).toBeUndefined();
  const down = await run("destroy");
  expect(begun(down.events)).toEqual(["discard one"]);
  expect(world.calls).toEqual(["read one", "read one"]);
  program(async () => void get("one", "missing"));
  expect(told((await run("up")).events, "error")).toContain("resource 'missing' does not exist");
});

// What is read and has changed is worth a line in the summary.
test("50: a read that sees something new counts", async () => {
  const world = new TestWorld();
  world.put("there-1", { value: "old" });
  const { program, run } = await drive(world);
  program(async () => void get("one", "there-1"));
  await run("up");
  world.put("there-1", { value: "new" });
  expect((await run("up")).changes).toEqual({ same: 1, read: 1 });
});

// In a preview the id of what is to be made is not known: nobody can be asked yet.
test("25, 50: reading by an id that is not known yet is left open in a preview", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  program(async () => {
    const one = new Thing("one");
    return { seen: get("two", one.id).arn };
  });
  expect((await run("preview")).error).toBeUndefined();
  expect(world.calls).toEqual([]);
  expect((await run("up")).error).toBeUndefined();
  expect((await stack.outputs())["seen"]?.value).toMatch(/^arn:one-/);
});

// Taking over what was only read makes one of our own, and the other is let go of.
test("59: from read to made: ownership is taken by a replacement that deletes nothing", async () => {
  const world = new TestWorld();
  world.put("there-1", {});
  const { program, run, stack } = await drive(world);
  program(async () => void get("one", "there-1"));
  await run("up");
  world.calls.length = 0;
  program(async () => void new Thing("one"));
  const taken = await run("up");
  expect(taken.changes).toEqual({ same: 1, replace: 1 });
  expect(begun(taken.events)).toEqual(["create-replacement one", "replace one", "discard-replaced one"]);
  expect(world.calls).toEqual(["create one"]);
  expect(world.all().has("there-1")).toBe(true);
  expect((await resources(stack)).filter((r) => r.urn === urn("one"))).toHaveLength(1);
});

// Letting go of one that is ours keeps it; reading another one in its place takes ours down.
test("59: from made to read: the same one is relinquished, another one replaces it", async () => {
  const world = new TestWorld();
  world.put("there-1", {});
  const { program, run, stack } = await drive(world);
  program(async () => void new Thing("one"));
  await run("up");
  const own = (await stateOf(stack, "one")).id;
  world.calls.length = 0;
  program(async () => void get("one", own));
  expect((await run("up")).changes).toEqual({ same: 1 });
  expect(world.calls).toEqual(["read one"]);
  expect(await stateOf(stack, "one")).toMatchObject({ external: true, id: own });
  program(async () => void new Thing("one"));
  await run("up");
  world.calls.length = 0;
  program(async () => void get("one", "there-1"));
  const replaced = await run("up");
  expect(replaced.changes).toEqual({ same: 1, replace: 1 });
  expect(begun(replaced.events)).toEqual(["read-replacement one", "replace one", "delete-replaced one"]);
  expect(world.calls).toEqual(["read one", "delete one"]);
  expect([...world.all().keys()].sort()).toEqual([own, "there-1"].sort());
});

// What exists already is taken over as it is; a second step brings it to what the program says.
test("45: the import option takes over, then updates in place what differs", async () => {
  const world = new TestWorld();
  world.put("there-1", { value: "old" });
  world.put("there-2", { value: "fits" });
  const { program, run, stack } = await drive(world);
  program(async () => {
    new Thing("differs", { value: "new" }, { import: "there-1" });
    new Thing("fits", { value: "fits" }, { import: "there-2" });
  });
  const preview = await run("preview");
  expect(preview.changes).toEqual({ create: 1, import: 2, update: 1 });
  expect(world.all().get("there-1")?.["value"]).toBe("old");
  const imported = await run("up");
  expect(imported.changes).toEqual({ create: 1, import: 2, update: 1 });
  expect(begun(imported.events).sort()).toEqual(["import differs", "import fits", "update differs"]);
  expect(world.all().get("there-1")?.["value"]).toBe("new");
  expect(await stateOf(stack, "fits")).toMatchObject({ id: "there-2", importID: "there-2" });
  expect((await run("up")).changes).toEqual({ same: 3 });
});

// The id it was imported by may not be the one it has; it is not imported again for that.
test("45: the import id is kept across updates, also where the provider's own id is another", async () => {
  const world = new TestWorld();
  world.put("real-1", { value: 1 });
  const { program, run, stack } = await drive(world);
  world.behaviour.instead = {
    read: async ({ id }) => ({ id: id === "alias" ? "real-1" : id, inputs: { value: 1 }, outputs: { value: 1 } }),
  };
  let value = 1;
  program(async () => void new Thing("one", { value }, { import: "alias" }));
  expect((await run("up")).changes).toEqual({ create: 1, import: 1 });
  expect(await stateOf(stack, "one")).toMatchObject({ id: "real-1", importID: "alias" });
  value = 2;
  expect((await run("up")).changes).toEqual({ same: 1, update: 1 });
  expect(await stateOf(stack, "one")).toMatchObject({ id: "real-1", importID: "alias" });
  expect((await run("up")).changes).toEqual({ same: 2 });
});

// What is ignored stays as it was found.
test("45: ignoreChanges keeps what was found at an import", async () => {
  const world = new TestWorld();
  world.put("there-1", { value: "found" });
  const { program, run } = await drive(world);
  program(async () => void new Thing("one", { value: "said" }, { import: "there-1", ignoreChanges: ["value"] }));
  expect((await run("up")).changes).toEqual({ create: 1, import: 1 });
  expect(world.all().get("there-1")?.["value"]).toBe("found");
});

// One of ours in its place goes, as in any replacement.
test("45: importing in place of a resource of ours replaces it", async () => {
  const world = new TestWorld();
  world.put("there-1", { value: 1 });
  const { program, run, stack } = await drive(world);
  program(async () => void new Thing("one", { value: 1 }));
  await run("up");
  world.calls.length = 0;
  program(async () => void new Thing("one", { value: 1 }, { import: "there-1" }));
  const replaced = await run("up");
  expect(replaced.error).toBeUndefined();
  expect(replaced.changes).toEqual({ same: 1, replace: 1 });
  expect(begun(replaced.events)).toEqual(["import-replacement one", "replace one", "delete-replaced one"]);
  expect(world.calls).toEqual(["read one", "delete one"]);
  expect((await resources(stack)).filter((r) => r.urn === urn("one"))).toMatchObject([{ id: "there-1" }]);
});

// An import is to take something over, not to make another one of it.
test("45, 47: a difference that replaces ends the import; the thing found is untouched", async () => {
  const world = new TestWorld();
  world.put("there-1", { force: "a" });
  const { program, run } = await drive(world);
  program(async () => void new Thing("one", { force: "b" }, { import: "there-1" }));
  const preview = await run("preview");
  expect(told(preview.events, "warning")).toContain("previously-imported resources that still specify an ID");
  const refused = await run("up");
  expect(told(refused.events, "error")).toContain("please remove the `import` declaration from your program");
  expect(world.all().get("there-1")).toEqual({ force: "a" });
});

// What is not there, or cannot be taken over, leaves nothing behind in state.
test("47: a failed import leaves no resource", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  program(async () => void new Thing("two", {}, { import: "missing" }));
  const failed = await run("up");
  expect(told(failed.events, "error")).toContain("resource 'missing' does not exist");
  expect(await stateOf(stack, "two")).toBeUndefined();
  world.behaviour.instead = { read: async ({ id }) => ({ id, outputs: {} }) };
  expect(told((await run("up")).events, "error")).toContain(
    "provider does not support importing resources; please try updating the 'test' plugin",
  );
  expect(await stateOf(stack, "two")).toBeUndefined();
});

// A takeover is whole although what follows it fails.
test("47: an import whose update fails is kept as it was found", async () => {
  const world = new TestWorld();
  world.put("there-1", { value: "old" });
  const { program, run, stack } = await drive(world);
  program(async () => void new Thing("one", { value: "new" }, { import: "there-1" }));
  world.behaviour.before = (op) => {
    if (op === "update") throw new Error("not now");
  };
  expect((await run("up")).error).toBeDefined();
  expect(await stateOf(stack, "one")).toMatchObject({ id: "there-1", inputs: { value: "old" } });
  world.behaviour.before = undefined;
  expect((await run("up")).changes).toEqual({ same: 1, update: 1 });
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
  expect((await user.run("refresh")).error).toBeUndefined();
  user.program(async () => void new pulumi.StackReference("organization/proj/nowhere"));
  expect(told((await user.run("up")).events, "error")).toContain('unknown stack "organization/proj/nowhere"');
});

// Programs of old SDKs register what new ones read.
test("20: a stack reference that is registered as a resource works, with a warning", async () => {
  const world = new TestWorld();
  const base = await drive(world);
  base.program(async () => ({ address: "http://here" }));
  await base.run("up");
  const user = await drive(world, base.dir, "user");
  class Old extends pulumi.CustomResource {
    declare readonly outputs: pulumi.Output<any>;
    constructor(name: string, args: object) {
      super("pulumi:pulumi:StackReference", name, { outputs: undefined, secretOutputNames: undefined, ...args });
    }
  }
  user.program(async () => ({
    address: new Old("other", { name: "organization/proj/dev" }).outputs.apply((o) => o.address),
  }));
  const up = await user.run("up");
  expect(up.error).toBeUndefined();
  expect(up.changes).toEqual({ create: 2 });
  expect(told(up.events, "warning")).toContain("is deprecated");
  expect((await user.stack.outputs())["address"]?.value).toBe("http://here");
  user.program(async () => void new Old("other", { nome: "x" }));
  expect(told((await user.run("up")).events, "error")).toContain('unknown property "nome"');
});

// A value that is kept as it was at first, whatever the program says later.
test("20: a stash keeps its first value as output, and takes the newest as input", async () => {
  const { program, run, stack } = await drive(new TestWorld());
  class Stash extends pulumi.CustomResource {
    declare readonly output: pulumi.Output<any>;
    constructor(name: string, input: unknown) {
      super("pulumi:index:Stash", name, { output: undefined, input });
    }
  }
  let value = "first";
  program(async () => ({ kept: new Stash("kept", value).output }));
  expect((await run("up")).changes).toEqual({ create: 2 });
  value = "second";
  expect((await run("up")).changes).toEqual({ same: 1, update: 1 });
  expect((await stack.outputs())["kept"]?.value).toBe("first");
  expect((await stateOf(stack, "kept")).inputs.input).toBe("second");
  expect((await run("refresh")).error).toBeUndefined();
  expect((await run("destroy")).changes).toEqual({ delete: 2 });
});
