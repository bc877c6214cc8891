/** What a resource was called before: found again under a new name, type, parent, project; two claims on one refused. */
import type * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { begun, resources, stateOf, told, urn } from "../support/asserting.ts";
import { drive, Group, Thing } from "../support/stack.ts";
import { TestWorld } from "../support/test-provider.ts";

/** One resource as it was and as it is called now: nothing may be made, changed or deleted. */
const renames: [what: string, before: (name: string) => void, after: (name: string) => void][] = [
  ["a name", () => new Thing("old"), () => new Thing("new", {}, { aliases: [{ name: "old" }] })],
  ["a whole URN", () => new Thing("old"), () => new Thing("new", {}, { aliases: [urn("old")] })],
  [
    "a parent it has now",
    () => new Thing("one"),
    () => new Thing("one", {}, { parent: new Group("group"), aliases: [{ parent: undefined }] } as any),
  ],
  [
    "a parent it had",
    () => void new Thing("one", {}, { parent: new Group("group") }),
    () => {
      const group = new Group("group");
      new Thing("one", {}, { aliases: [{ parent: group }] });
    },
  ],
  [
    "a project",
    () => new Thing("one"),
    () => new Thing("two", {}, { aliases: [{ name: "gone", project: "elsewhere" }, { name: "one" }] }),
  ],
];

// A rename with an alias changes nothing in the cloud.
test.each(renames)("42: %s as an alias is the same resource", async (_what, before, after) => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  program(async () => before("one"));
  await run("up");
  const id = (await resources(stack)).find((r) => r.type === "test:index:Thing").id;
  world.calls.length = 0;
  program(async () => after("one"));
  const renamed = await run("up");
  expect(renamed.error).toBeUndefined();
  expect(world.calls).toEqual([]);
  const things = (await resources(stack)).filter((r) => r.type === "test:index:Thing");
  expect(things.map((r) => r.id)).toEqual([id]);
  expect(renamed.changes).not.toHaveProperty("replace");
});

// A type that got another name.
test("42: a type as an alias is the same resource", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  program(async () => void new Thing("one"));
  await run("up");
  world.calls.length = 0;
  const { CustomResource } = await import("@pulumi/pulumi");
  class Other extends CustomResource {
    constructor(name: string, options: pulumi.CustomResourceOptions) {
      super("test:index:Other", name, { value: undefined }, { version: "1.0.0", ...options });
    }
  }
  program(async () => void new Other("one", { aliases: [{ type: "test:index:Thing" }] }));
  expect((await run("up")).changes).toEqual({ same: 2 });
  expect((await stateOf(stack, "one")).type).toBe("test:index:Other");
});

// The SDK names only a component's own alias: what is below it is found through it, by name prefix too.
test("42: children are found through their parent's alias, several levels down", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  const ask = (name: string, aliases?: pulumi.Alias[]): void =>
    program(async () => {
      const site = new Group(name, { aliases });
      const inner = new Group(`${name}-inner`, { parent: site });
      new Thing(`${name}-inner-thing`, {}, { parent: inner });
      new Thing("fixed", {}, { parent: inner });
    });
  ask("site");
  await run("up");
  world.calls.length = 0;
  ask("web", [{ name: "site" }]);
  const renamed = await run("up");
  expect(renamed.error).toBeUndefined();
  expect(renamed.changes).toEqual({ same: 5 });
  expect(world.calls).toEqual([]);
  expect((await resources(stack)).map((r) => r.urn).filter((u: string) => u.includes("::site"))).toEqual([]);
});

// The first name that fits is the one.
test("42: of several aliases the first that is found counts", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  program(async () => {
    new Thing("a", { value: "a" });
    new Thing("b", { value: "b" });
  });
  await run("up");
  const id = (await stateOf(stack, "b")).id;
  program(async () => {
    new Thing("c", { value: "b" }, { aliases: [{ name: "nobody" }, { name: "b" }, { name: "a" }] });
  });
  expect((await run("up")).changes).toEqual({ same: 2, delete: 1 });
  expect((await stateOf(stack, "c")).id).toBe(id);
});

// One thing cannot be two.
test("43: duplicate URNs and duplicate aliases end the update", async () => {
  const world = new TestWorld();
  const { program, run } = await drive(world);
  program(async () => {
    new Thing("twin");
    new Thing("twin");
  });
  expect(told((await run("up")).events, "error")).toContain(`Duplicate resource URN '${urn("twin")}'`);
  program(async () => void new Thing("one"));
  await run("up");
  program(async () => {
    new Thing("two", {}, { aliases: [{ name: "one" }] });
    new Thing("three", {}, { aliases: [{ name: "one" }] });
  });
  expect(told((await run("up")).events, "error")).toContain(`Duplicate resource alias '${urn("one")}' applied to`);
  const second = await drive(new TestWorld());
  second.program(async () => void new Thing("one"));
  await second.run("up");
  second.program(async () => {
    const two = new Thing("two", {}, { aliases: [{ name: "one" }] });
    await new Promise<void>((resolve) => two.arn.apply(() => resolve()));
    new Thing("one");
  });
  const conflict = `Duplicate resource URN '${urn("one")}' conflicting with alias on resource with URN '${urn("two")}'`;
  expect(told((await second.run("up")).events, "error")).toContain(conflict);
});

// References must lead somewhere at every moment: also those of resources the operation does not touch.
test("44: references to a renamed resource are rewritten in dependencies, properties and deletedWith", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  program(async () => {
    const old = new Thing("old");
    new Thing("user", { value: old.arn }, { dependsOn: [old], deletedWith: old });
  });
  await run("up");
  program(async () => {
    const next = new Thing("new", {}, { aliases: [{ name: "old" }] });
    new Thing("user", { value: next.arn }, { dependsOn: [next], deletedWith: next });
  });
  const renamed = await run("up", { target: [urn("new")] });
  expect(renamed.error).toBeUndefined();
  expect(await stateOf(stack, "user")).toMatchObject({
    dependencies: [urn("new")],
    propertyDependencies: { value: [urn("new")] },
    deletedWith: urn("new"),
  });
});

// A cut in the middle of a rename must leave a state without a reference into nothing.
test("44, 63: a renamed parent is whole in state although its child failed", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  program(async () => {
    const old = new Thing("old");
    new Thing("child", { value: 1 }, { parent: old });
  });
  await run("up");
  program(async () => {
    const next = new Thing("new", {}, { aliases: [{ name: "old" }] });
    new Thing("child", { value: 2 }, { parent: next });
  });
  world.behaviour.before = (op) => {
    if (op === "update") throw new Error("not now");
  };
  const failed = await run("up");
  expect(told(failed.events, "error")).toContain("not now");
  expect((await stateOf(stack, "child")).parent).toBe(urn("new"));
  world.behaviour.before = undefined;
  const again = await run("up");
  expect(again.changes).toEqual({ same: 2, update: 1 });
  expect(begun(again.events)).toEqual(["same new", "update child"]);
});

// A component that becomes a resource of a provider, and the other way round, are not the same thing.
test("42: a component in the place of a resource replaces it", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  const { ComponentResource } = await import("@pulumi/pulumi");
  class Whole extends ComponentResource {
    constructor(name: string) {
      super("test:index:Thing", name, {});
      this.registerOutputs({});
    }
  }
  program(async () => void new Thing("one"));
  await run("up");
  world.calls.length = 0;
  program(async () => void new Whole("one"));
  const turned = await run("up");
  expect(turned.error).toBeUndefined();
  expect(world.calls).toEqual(["delete one"]);
  expect(await stateOf(stack, "one")).toMatchObject({ custom: false });
  program(async () => void new Thing("one"));
  world.calls.length = 0;
  expect((await run("up")).error).toBeUndefined();
  expect(world.calls).toEqual(["create one"]);
  expect(await stateOf(stack, "one")).toMatchObject({ custom: true });
});
