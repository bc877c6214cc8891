/** Operations on a part of a stack: targets, excludes, forced replacements, and what they may not break. */
import { expect, test } from "vitest";
import { begun, resources, stateOf, told, urn } from "../support/asserting.ts";
import { drive, Group, TestPackage, Thing } from "../support/stack.ts";
import { TestWorld } from "../support/test-provider.ts";

/** `one` <- `two` (by its value), and `three` on its own; `value` is what all of them say. */
async function chain(world = new TestWorld()) {
  const driven = await drive(world);
  let value = 1;
  driven.program(async () => {
    const one = new Thing("one", { value });
    new Thing("two", { value, other: one.arn });
    new Thing("three", { value });
  });
  return {
    world,
    ...driven,
    say: (next: number) => {
      value = next;
    },
  };
}

// Only what is named changes, and what it stands on; the rest is told to be the same.
test("52: only targets are changed, by URN or by pattern", async () => {
  const { world, run, say, stack } = await chain();
  await run("up");
  say(2);
  world.calls.length = 0;
  expect((await run("up", { target: [urn("one")] })).changes).toEqual({ same: 3, update: 1 });
  expect(world.calls).toEqual(["update one"]);
  expect((await stateOf(stack, "two")).inputs.value).toBe(1);
  expect((await run("up", { target: ["**::t*"] })).changes).toEqual({ same: 2, update: 2 });
  expect((await run("preview", { target: [urn("three")] })).changes).toEqual({ same: 4 });
});

// What depends on a target goes with it only when that is asked for.
test("52: --target-dependents takes dependents along", async () => {
  const { run, say } = await chain();
  await run("up");
  say(2);
  expect((await run("up", { target: [urn("one")], targetDependents: true })).changes).toEqual({ same: 2, update: 2 });
});

// A resource the program has dropped is not deleted by an update of another one.
test("52: what is untargeted stays, also when the program has dropped it, and is told to be the same", async () => {
  const { world, program, run, stack } = await chain();
  await run("up");
  world.calls.length = 0;
  program(async () => void new Thing("three", { value: 9 }));
  const updated = await run("up", { target: [urn("three")] });
  expect(updated.changes).toEqual({ same: 3, update: 1 });
  expect(world.calls).toEqual(["update three"]);
  expect(await stateOf(stack, "one")).toBeDefined();
});

/** A targeted resource that refers, in one of these ways, to one that is not targeted and not there. */
const referring: [how: string, make: (fresh: Thing) => void][] = [
  ["a property", (fresh) => void new Thing("target", { value: fresh.arn })],
  ["dependsOn", (fresh) => void new Thing("target", { value: 2 }, { dependsOn: [fresh] })],
  ["its parent", (fresh) => void new Thing("target", { value: 2 }, { parent: fresh })],
  ["deletedWith", (fresh) => void new Thing("target", { value: 2 }, { deletedWith: fresh })],
];

// Nothing may be made that refers to what is not there.
test.each(referring)("53: an untargeted create that a target refers to by %s ends the update", async (how, make) => {
  const world = new TestWorld();
  const { program, run } = await drive(world);
  program(async () => void new Thing("other"));
  await run("up");
  world.calls.length = 0;
  program(async () => {
    new Thing("other");
    make(new Thing("fresh"));
  });
  const target =
    how === "its parent" ? "urn:pulumi:dev::proj::test:index:Thing$test:index:Thing::target" : urn("target");
  const refused = await run("up", { target: [target] });
  expect(refused.error).toBeDefined();
  expect(told(refused.events, "error")).toContain(
    `Resource '${target}' depends on '${urn("fresh")}' which was not specified in --target list.`,
  );
  expect(world.calls).toEqual([]);
});

// What nobody refers to may come later; what is named is made now.
test("53: an untargeted create that no target refers to is left out, a targeted one is made", async () => {
  const { world, program, run } = await chain();
  await run("up");
  world.calls.length = 0;
  program(async () => {
    const one = new Thing("one", { value: 2 });
    new Thing("two", { value: 1, other: one.arn });
    new Thing("three", { value: 1 });
    const fresh = new Thing("fresh");
    new Thing("fresher", { value: fresh.arn });
  });
  expect((await run("up", { target: [urn("one")] })).error).toBeUndefined();
  expect(world.calls).toEqual(["update one"]);
  expect((await run("up", { target: [urn("fresh")] })).error).toBeUndefined();
  expect(world.calls).toEqual(["update one", "create fresh"]);
});

// A name that is nobody's is a mistake, not "nothing to do".
test("52: unknown targets are errors", async () => {
  const { run } = await chain();
  await run("up");
  const up = await run("up", { target: [urn("nobody")] });
  expect(told(up.events, "error")).toContain(`Target '${urn("nobody")}' could not be found in the stack.`);
  expect(up.error).toBeDefined();
  for (const op of ["destroy", "refresh"] as const)
    expect((await run(op, { target: [urn("nobody")] })).error?.message).toContain(
      `no resource named '${urn("nobody")}' found`,
    );
  expect(told((await run("up", { replace: [urn("nobody")] })).events, "error")).toContain("could not be found");
});

// Taking away what others need would break them.
test("54: destroying a target with dependents or children is refused, unless they are to go with it", async () => {
  const { world, run } = await chain();
  await run("up");
  world.calls.length = 0;
  const refused = await run("destroy", { target: [urn("one")] });
  expect(told(refused.events, "error")).toContain(
    `Resource '${urn("two")}' will be destroyed but was not specified in --target list.`,
  );
  expect(world.calls).toEqual([]);
  const down = await run("destroy", { target: [urn("one")], targetDependents: true });
  expect(down.changes).toEqual({ delete: 2, same: 2 });
  expect(world.calls).toEqual(["delete two", "delete one"]);
});

// Children refer to their parents as dependents do.
test("54: the same for the children of a component", async () => {
  const world = new TestWorld();
  const { program, run } = await drive(world);
  program(async () => {
    const group = new Group("group");
    new Thing("child", {}, { parent: group });
  });
  await run("up");
  const group = urn("group", "test:index:Group");
  world.calls.length = 0;
  expect(told((await run("destroy", { target: [group] })).events, "error")).toContain("will be destroyed but was not");
  expect(world.calls).toEqual([]);
  expect((await run("destroy", { target: [group], targetDependents: true })).changes).toEqual({ delete: 2, same: 1 });
});

// A delete that fails keeps what it stands on.
test("54: when a dependent cannot be deleted, what it depends on stays", async () => {
  const { world, run, stack } = await chain();
  await run("up");
  world.behaviour.before = (op, name) => {
    if (op === "delete" && name === "two") throw new Error("in use");
  };
  expect((await run("destroy", { target: [urn("one")], targetDependents: true })).error).toBeDefined();
  expect(await stateOf(stack, "one")).toBeDefined();
  expect(await stateOf(stack, "two")).toBeDefined();
});

// A person may want another one of what is all right as it is.
test("55: --replace replaces what is named, by URN or pattern", async () => {
  const { world, run } = await chain();
  await run("up");
  world.calls.length = 0;
  const replaced = await run("up", { replace: [urn("three")] });
  expect(replaced.changes).toEqual({ same: 3, replace: 1 });
  expect(world.calls).toEqual(["create three", "delete three"]);
  expect(
    replaced.events.find((e) => e.resourcePreEvent?.metadata.op === "replace")?.resourcePreEvent?.metadata.keys,
  ).toEqual(["id"]);
  expect((await run("preview", { replace: ["**Thing::*"] })).changes).toMatchObject({ replace: 3 });
});

// What is excluded stays as it is, and so does what depends on it when that is asked for.
test("55: excludes, with and without dependents, by pattern too", async () => {
  const { run, say } = await chain();
  await run("up");
  say(2);
  expect((await run("up", { exclude: [urn("one")], excludeDependents: true })).changes).toEqual({ same: 3, update: 1 });
  expect((await run("up", { exclude: ["**::one"] })).changes).toEqual({ same: 3, update: 1 });
  expect((await run("up", { exclude: [urn("one")] })).changes).toEqual({ same: 4 });
});

// What is left out at first has no outputs: nothing is made of values that are not there.
test("55: an excluded create takes its dependents with it, or ends the update", async () => {
  const { world, run } = await chain();
  const partly = await run("up", { exclude: [urn("one")], excludeDependents: true });
  expect(partly.error).toBeUndefined();
  expect(world.calls).toEqual(["create three"]);
  const alone = await run("up", { exclude: [urn("one")] });
  expect(told(alone.events, "error")).toContain("which is excluded by --exclude");
  expect(world.calls).toEqual(["create three"]);
});

// What an excluded resource stands on cannot go either.
test("55: destroy leaves out what is excluded and what that needs", async () => {
  const { world, run, stack } = await chain();
  await run("up");
  world.calls.length = 0;
  expect((await run("destroy", { exclude: [urn("two")] })).changes).toEqual({ delete: 1, same: 3 });
  expect(world.calls).toEqual(["delete three"]);
  expect((await resources(stack)).map((r) => r.urn.split("::").at(-1)).sort()).toEqual(
    ["default_1_0_0", "one", "proj-dev", "two"].sort(),
  );
});

// Components that are left out must not be expected to tell their outputs.
test("55: a component that is left out with its children is no error", async () => {
  const world = new TestWorld();
  const { program, run } = await drive(world);
  program(async () => {
    const group = new Group("group");
    new Thing("child", {}, { parent: group });
    new Thing("other");
  });
  const partly = await run("up", { exclude: [urn("group", "test:index:Group")], excludeDependents: true });
  expect(partly.error).toBeUndefined();
  expect(world.calls).toEqual(["create other"]);
  expect((await run("up")).changes).toEqual({ same: 2, create: 2 });
});

// Refreshing one thing looks at that one.
test("48, 52: refresh looks at targets only, or at all but what is excluded", async () => {
  const { world, run } = await chain();
  await run("up");
  world.calls.length = 0;
  await run("refresh", { target: [urn("three")] });
  expect(world.calls).toEqual(["read three"]);
  world.calls.length = 0;
  await run("refresh", { exclude: [urn("one")], excludeDependents: true });
  expect(world.calls).toEqual(["read three"]);
  world.calls.length = 0;
  await run("refresh", { target: [urn("one")], targetDependents: true });
  expect(world.calls.sort()).toEqual(["read one", "read two"]);
});

// A provider is made when a target needs it.
test("53: a target's new default provider is made with it", async () => {
  const world = new TestWorld();
  const { program, run } = await drive(world);
  program(async () => {
    new Thing("one", {}, { provider: new TestPackage("mine") });
    new Thing("two");
  });
  const made = await run("up", { target: [urn("one")] });
  expect(made.error).toBeUndefined();
  expect(begun(made.events)).toContain("create one");
  expect(world.calls).toEqual(["create one"]);
});
