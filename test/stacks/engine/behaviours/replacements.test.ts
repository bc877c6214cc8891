/** Replacements in both orders, what goes down with them, and how one that was cut off is finished. */
import { expect, test } from "vitest";
import { begun, resources, stateOf, told, urn } from "../support/asserting.ts";
import { drive, Thing } from "../support/stack.ts";
import { TestWorld } from "../support/test-provider.ts";

// A replacement must make the new one before the old one goes, and count once.
test("36: create before delete: the new one is there before the old one goes", async () => {
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
  expect(second.changes).toEqual({ same: 1, replace: 1, update: 1 });
  expect(world.calls).toEqual(["create one", "update two", "delete one"]);
  expect(begun(second.events)).toEqual(["create-replacement one", "replace one", "update two", "delete-replaced one"]);
  expect((await resources(stack)).filter((r) => r.urn === urn("one"))).toHaveLength(1);
});

// Dependents that cannot survive go first, in reverse order, and come back.
test("36: delete before replace takes dependents down first, and makes them again", async () => {
  const world = new TestWorld();
  world.behaviour.deleteFirst = true;
  const { program, run, stack } = await drive(world);
  let force = "a";
  program(async () => {
    const one = new Thing("one", { force });
    const two = new Thing("two", { force: one.arn });
    new Thing("three", { force: two.arn });
  });
  await run("up");
  world.calls.length = 0;
  force = "b";
  const second = await run("up");
  expect(second.changes).toEqual({ same: 1, replace: 3 });
  expect(world.calls).toEqual(["delete three", "delete two", "delete one", "create one", "create two", "create three"]);
  expect(begun(second.events)).toEqual([
    "delete-replaced three",
    "delete-replaced two",
    "delete-replaced one",
    "replace one",
    "create-replacement one",
    "replace two",
    "create-replacement two",
    "replace three",
    "create-replacement three",
  ]);
  expect(await resources(stack)).toHaveLength(5);
});

// Only what would be replaced for it has to go.
test("37: a dependent that would only be updated stays where it is", async () => {
  const world = new TestWorld();
  world.behaviour.deleteFirst = true;
  const { program, run } = await drive(world);
  let force = "a";
  program(async () => {
    const one = new Thing("one", { force });
    new Thing("updated", { value: one.arn, force: "fixed" });
    new Thing("replaced", { force: one.arn });
    new Thing("ordered", { value: 1 }, { dependsOn: [one] });
  });
  await run("up");
  world.calls.length = 0;
  force = "b";
  const second = await run("up");
  expect(second.changes).toEqual({ same: 2, replace: 2, update: 1 });
  expect(world.calls.slice(0, 3)).toEqual(["delete replaced", "delete one", "create one"]);
  expect(world.calls.slice(3).sort()).toEqual(["create replaced", "update updated"]);
});

// The program knows better than the provider.
test("38: an explicit deleteBeforeReplace wins over the provider, either way", async () => {
  const world = new TestWorld();
  world.behaviour.deleteFirst = true;
  const { program, run } = await drive(world);
  let force = "a";
  program(async () => {
    new Thing("after", { force }, { deleteBeforeReplace: false });
  });
  await run("up");
  force = "b";
  world.calls.length = 0;
  expect((await run("up")).changes).toEqual({ same: 1, replace: 1 });
  expect(world.calls).toEqual(["create after", "delete after"]);
  world.behaviour.deleteFirst = false;
  program(async () => {
    new Thing("after", { force: "c" }, { deleteBeforeReplace: true });
  });
  world.calls.length = 0;
  expect((await run("up")).changes).toEqual({ same: 1, replace: 1 });
  expect(world.calls).toEqual(["delete after", "create after"]);
});

// What is protected is not taken down because something else is replaced.
test("39: a protected dependent ends a delete-first replacement before anything is deleted", async () => {
  const world = new TestWorld();
  world.behaviour.deleteFirst = true;
  const { program, run } = await drive(world);
  let force = "a";
  program(async () => {
    const one = new Thing("one", { force });
    new Thing("safe", { force: one.arn }, { protect: true });
  });
  await run("up");
  force = "b";
  world.calls.length = 0;
  const refused = await run("up");
  expect(refused.error).toBeDefined();
  expect(told(refused.events, "error")).toMatch(/unable to replace resource ".*::safe" as part of replacing ".*::one"/);
  expect(world.calls).toEqual([]);
});

// What no longer depends on it in the program did in the last deployment, and would not survive.
test("39: a dependency that the program gives up in the same update still goes down first", async () => {
  const world = new TestWorld();
  world.behaviour.deleteFirst = true;
  const { program, run } = await drive(world);
  program(async () => {
    const one = new Thing("one", { force: "a" });
    new Thing("two", { force: one.arn });
  });
  await run("up");
  world.calls.length = 0;
  program(async () => {
    const one = new Thing("one", { force: "b" });
    await new Promise<void>((resolve) => one.arn.apply(() => resolve()));
    new Thing("two", { force: "own" });
  });
  expect((await run("up")).changes).toEqual({ same: 1, replace: 2 });
  expect(world.calls).toEqual(["delete two", "delete one", "create one", "create two"]);
});

/** A replacement that deleted the old one and could not make the new one. */
async function cutOff(world: TestWorld) {
  world.behaviour.deleteFirst = true;
  const driven = await drive(world);
  driven.program(async () => void new Thing("one", { force: "a" }));
  await driven.run("up");
  driven.program(async () => void new Thing("one", { force: "b" }));
  world.behaviour.before = (op) => {
    if (op === "create") throw new Error("no room");
  };
  const failed = await driven.run("up");
  expect(failed.error?.message).toContain("update failed");
  world.behaviour.before = undefined;
  world.calls.length = 0;
  return { ...driven, failed };
}

// A failed create between delete and create must leave a state that is whole, and that the next run finishes.
test("40, 41: an interrupted replacement is finished by the next run with the same goals", async () => {
  const world = new TestWorld();
  const { run, stack, failed } = await cutOff(world);
  expect(told(failed.events, "error")).toContain("no room");
  expect(await stateOf(stack, "one")).toMatchObject({ pendingReplacement: true, inputs: { force: "a" } });
  const third = await run("up");
  expect(third.changes).toEqual({ same: 1, replace: 1 });
  expect(world.calls).toEqual(["create one"]);
  expect((await stateOf(stack, "one")).pendingReplacement).toBeUndefined();
});

// The program may have changed its mind meanwhile.
test("40: an interrupted replacement is finished with updated goals, or forgotten when it is not wanted any more", async () => {
  const world = new TestWorld();
  const { run, program, stack } = await cutOff(world);
  program(async () => void new Thing("one", { force: "c" }));
  expect((await run("up")).changes).toEqual({ same: 1, replace: 1 });
  expect((await stateOf(stack, "one")).inputs.force).toBe("c");
  const other = new TestWorld();
  const second = await cutOff(other);
  second.program(async () => undefined);
  const gone = await second.run("up");
  expect(gone.changes).toEqual({ same: 1 });
  expect(begun(gone.events)).toEqual(["remove-pending-replace one"]);
  expect(other.calls).toEqual([]);
  expect(await stateOf(second.stack, "one")).toBeUndefined();
});

// An old one that could not be deleted yet is tried again, whatever the program says by now, in the right order.
test("31: replaced resources that could not be deleted go with the next update, dependents first", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  let force = "a";
  program(async () => {
    const one = new Thing("one", { force });
    new Thing("two", { force: one.arn });
  });
  await run("up");
  force = "b";
  world.behaviour.before = (op) => {
    if (op === "delete") throw new Error("in use");
  };
  expect((await run("up")).error).toBeDefined();
  expect((await resources(stack)).filter((r) => r.delete)).toHaveLength(2);
  world.behaviour.before = undefined;
  world.calls.length = 0;
  expect((await run("up")).changes).toEqual({ same: 3 });
  expect(world.calls).toEqual(["delete two", "delete one"]);
  expect((await resources(stack)).filter((r) => r.delete)).toHaveLength(0);
});

// The same when the stack is taken down meanwhile.
test("31: destroy deletes what replacements have left", async () => {
  const world = new TestWorld();
  const { program, run } = await drive(world);
  let force = "a";
  program(async () => void new Thing("one", { force }));
  await run("up");
  force = "b";
  world.behaviour.before = (op) => {
    if (op === "delete") throw new Error("in use");
  };
  await run("up");
  world.behaviour.before = undefined;
  world.calls.length = 0;
  expect((await run("destroy")).changes).toEqual({ delete: 2 });
  expect(world.calls.sort()).toEqual(["delete one", "delete one"]);
  expect(world.all().size).toBe(0);
});

// The provider may say of each property what a change to it means.
test("23: what a detailed difference calls a replacement is one, and events say why", async () => {
  const world = new TestWorld();
  const { program, run } = await drive(world);
  world.behaviour.instead = {
    diff: async ({ oldInputs, newInputs }) => {
      const changed = JSON.stringify(oldInputs) !== JSON.stringify(newInputs);
      return {
        changes: changed ? "some" : "none",
        replaces: changed ? ["value"] : [],
        stables: [],
        diffs: changed ? ["value"] : [],
        ...(changed ? { detailedDiff: { "value.deep": { kind: "update-replace", inputDiff: true } } } : {}),
      };
    },
  };
  let deep = 1;
  program(async () => void new Thing("one", { value: { deep } }));
  await run("up");
  deep = 2;
  const replaced = await run("up");
  expect(replaced.changes).toEqual({ same: 1, replace: 1 });
  const step = replaced.events.find((e) => e.resourcePreEvent?.metadata.op === "replace")?.resourcePreEvent?.metadata;
  expect(step).toMatchObject({
    keys: ["value"],
    diffs: ["value"],
    detailedDiff: { "value.deep": { diffKind: "update-replace", inputDiff: true } },
    logical: true,
  });
});

// Both replace a resource whose own inputs are the same.
test("22: replacementTrigger and replaceWith", async () => {
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

// A person who has seen that a resource is broken marks it, and the next update makes another one.
test("55: a tainted resource is replaced once", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  program(async () => void new Thing("one"));
  await run("up");
  const exported: any = await stack.exportStack();
  for (const r of exported.deployment.resources) if (r.urn === urn("one")) r.taint = true;
  await stack.importStack({ ...exported, version: 4, features: ["taint"] });
  world.calls.length = 0;
  expect((await run("up")).changes).toEqual({ same: 1, replace: 1 });
  expect(world.calls).toEqual(["create one", "delete one"]);
  expect((await stateOf(stack, "one")).taint).toBeUndefined();
  expect((await run("up")).changes).toEqual({ same: 2 });
});
