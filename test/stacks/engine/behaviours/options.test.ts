/** Resource options that decide about changes and ends: ignored, replacing, protected, retained, deleted with another. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { resources, stateOf, told, urn } from "../support/asserting.ts";
import { drive, Group, Thing } from "../support/stack.ts";
import { TestWorld } from "../support/test-provider.ts";

/** Paths that are ignored, the value before and after, and what comes to be in state. */
const ignored: [paths: string[], before: unknown, after: unknown, kept: unknown][] = [
  [["value.left"], { left: 1, right: 1 }, { left: 2, right: 1 }, { left: 1, right: 1 }],
  [["value.left"], { left: 1, right: 1 }, { left: 2, right: 2 }, { left: 1, right: 2 }],
  [["value.left"], { right: 1 }, { left: 2, right: 1 }, { right: 1 }],
  [["value[1]"], [1, 2, 3], [1, 9, 3], [1, 2, 3]],
  [
    ["value[*].id"],
    [
      { id: 1, x: 1 },
      { id: 2, x: 2 },
    ],
    [
      { id: 8, x: 1 },
      { id: 9, x: 7 },
    ],
    [
      { id: 1, x: 1 },
      { id: 2, x: 7 },
    ],
  ],
  [["value.*"], { a: 1, b: 2 }, { a: 3, c: 4 }, { a: 1, b: 2 }],
  [['value["dotted.key"]'], { "dotted.key": 1, b: 1 }, { "dotted.key": 2, b: 2 }, { "dotted.key": 1, b: 2 }],
  [["value"], "old", "new", "old"],
];

// Paths a program wants left alone keep their old inputs, and others still change.
test.each(ignored)("21: ignoreChanges %j of %j -> %j keeps %j", async (ignoreChanges, before, after, kept) => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  program(async () => void new Thing("one", { value: before }, { ignoreChanges }));
  await run("up");
  program(async () => void new Thing("one", { value: after }, { ignoreChanges }));
  expect((await run("up")).error).toBeUndefined();
  expect((await stateOf(stack, "one")).inputs.value).toEqual(kept);
  expect([...world.all().values()][0]?.["value"]).toEqual(kept);
});

// An element that was added has no old value to keep: the change goes through, and is told.
test("21: paths into what was added or removed are told; what is no path at all is refused", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  program(async () => void new Thing("one", { value: [1] }));
  await run("up");
  program(async () => void new Thing("one", { value: [1, 2] }, { ignoreChanges: ["value[1]"] }));
  const told1 = await run("up");
  expect(told1.error).toBeUndefined();
  expect(told(told1.events, "info")).toContain(
    'cannot ignore changes in added or removed elements of the path: "value[1]"',
  );
  expect((await stateOf(stack, "one")).inputs.value).toEqual([1, 2]);
  program(async () => void new Thing("one", { value: [1] }, { ignoreChanges: ["value["] }));
  expect(told((await run("up")).events, "error")).toContain('"value[" is no property path');
});

// What is secret stays so, whichever of the two values counts.
test("21, 26: an ignored secret stays secret", async () => {
  const world = new TestWorld();
  const { program, run, dir } = await drive(world);
  program(async () => void new Thing("one", { value: { word: pulumi.secret("hunter2") } }));
  await run("up");
  program(async () => void new Thing("one", { value: { word: "plain" }, other: 1 }, { ignoreChanges: ["value.word"] }));
  const updated = await run("up");
  expect(updated.error).toBeUndefined();
  expect(JSON.stringify(updated.events)).not.toContain("hunter2");
  expect(readFileSync(join(dir, ".pulumi/stacks/proj/dev.json"), "utf8")).not.toContain("hunter2");
  expect([...world.all().values()][0]?.["value"]).toEqual({ word: "hunter2" });
});

// A change there is a replacement; one elsewhere is not; `*` means all of them.
test("22: replaceOnChanges, by path and for everything", async () => {
  const world = new TestWorld();
  const { program, run } = await drive(world);
  let value = { left: 1, right: 1 };
  program(async () => {
    new Thing("path", { value }, { replaceOnChanges: ["value.right"] });
    new Thing("all", { value }, { replaceOnChanges: ["*"] });
  });
  await run("up");
  expect((await run("up")).changes).toEqual({ same: 3 });
  value = { left: 2, right: 1 };
  expect((await run("up")).changes).toEqual({ same: 1, update: 1, replace: 1 });
  value = { left: 2, right: 2 };
  expect((await run("up")).changes).toEqual({ same: 1, replace: 2 });
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
  expect((await stateOf(stack, "one")).customTimeouts).toEqual({ create: 90, delete: 7200 });
  world.behaviour.before = (op, _name, { signal }) => {
    if (op === "delete")
      return new Promise((_, reject) => {
        if (signal.aborted) reject(signal.reason);
        signal.addEventListener("abort", () => reject(signal.reason));
      });
    return undefined;
  };
  program(async () => void new Thing("one", {}, { customTimeouts: { delete: "20ms" } }));
  await run("up");
  const late = await run("destroy");
  expect(late.error).toBeDefined();
  expect(told(late.events, "error")).toContain("timed out after 0.02 seconds");
  program(async () => void new Thing("two", {}, { customTimeouts: { create: "soon" } }));
  expect(told((await run("up")).events, "error")).toContain("unable to parse customTimeout value");
});

// A protected resource is neither deleted nor replaced; what does not need it may still go.
test("28: protect blocks delete and replacement, and lets others go", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  let force = "a";
  program(async () => {
    const needed = new Thing("needed");
    new Thing("safe", { force, value: needed.arn }, { protect: true });
    new Thing("free");
  });
  await run("up");
  force = "b";
  const replaced = await run("up");
  expect(told(replaced.events, "error")).toContain(`unable to replace resource "${urn("safe")}"`);
  expect(told((await run("preview")).events, "error")).toContain("currently marked for protection");
  world.calls.length = 0;
  const refused = await run("destroy");
  expect(refused.error?.message).toContain("destroy failed");
  expect(told(refused.events, "error")).toContain(`pulumi state unprotect '${urn("safe")}'`);
  expect(world.calls).toEqual(["delete free"]);
  expect(await stateOf(stack, "needed")).toBeDefined();
  program(async () => void new Thing("free"));
  expect((await run("up")).error).toBeDefined();
  expect(await stateOf(stack, "safe")).toBeDefined();
});

// The program says at once that it is not protected any more and that it is to be another one.
test("28: unprotecting and replacing in one update is allowed", async () => {
  const world = new TestWorld();
  const { program, run } = await drive(world);
  program(async () => void new Thing("one", { force: "a" }, { protect: true }));
  await run("up");
  program(async () => void new Thing("one", { force: "b" }, { protect: false }));
  expect((await run("up")).changes).toEqual({ same: 1, replace: 1 });
});

// What is below a component is as protected, retained and bound as the component, unless it says otherwise.
test("28, 56, 29: protect, retainOnDelete and deletedWith are inherited from the parent", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  program(async () => {
    const host = new Thing("host");
    const group = new Group("group", { protect: true, retainOnDelete: true, deletedWith: host });
    new Thing("child", {}, { parent: group });
    new Thing("own", {}, { parent: group, protect: false, retainOnDelete: false });
  });
  expect((await run("up")).error).toBeUndefined();
  expect(await stateOf(stack, "child")).toMatchObject({
    protect: true,
    retainOnDelete: true,
    deletedWith: urn("host"),
  });
  const own = await stateOf(stack, "own");
  expect(own.protect).toBeUndefined();
  expect(own.retainOnDelete).toBeUndefined();
});

// What goes with its host is gone with it: asking its provider would be an error or a waste.
test("29: deletedWith skips the provider's delete when its host goes, through chains, and only then", async () => {
  const world = new TestWorld();
  const { program, run } = await drive(world);
  const ask = (guests: boolean): void =>
    program(async () => {
      const host = new Thing("host");
      if (!guests) return;
      const guest = new Thing("guest", {}, { deletedWith: host });
      new Thing("guest of guest", {}, { deletedWith: guest });
    });
  ask(true);
  await run("up");
  ask(false);
  world.calls.length = 0;
  expect((await run("up")).changes).toEqual({ same: 2, delete: 2 });
  expect(world.calls).toEqual(["delete guest"]);
  ask(true);
  await run("up");
  world.calls.length = 0;
  expect((await run("destroy")).changes).toEqual({ delete: 4 });
  expect(world.calls).toEqual(["delete host"]);
});

// A guest is gone with its old host, and has to be made again at the new one.
test("29: what is deleted with a resource is replaced with it", async () => {
  const world = new TestWorld();
  const { program, run } = await drive(world);
  let force = "a";
  program(async () => {
    const host = new Thing("host", { force });
    new Thing("guest", {}, { deletedWith: host });
  });
  await run("up");
  force = "b";
  world.calls.length = 0;
  expect((await run("up")).changes).toEqual({ same: 1, replace: 2 });
  expect(world.calls).toEqual(["create host", "create guest", "delete host"]);
});

// An output the provider does not know to be secret.
test("30: additionalSecretOutputs are encrypted in state and masked in events", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  program(async () => ({ arn: new Thing("one", {}, { additionalSecretOutputs: ["arn"] }).arn }));
  const up = await run("up");
  expect(JSON.stringify(up.events)).not.toContain("arn:one");
  expect((await stack.outputs())["arn"]).toMatchObject({ secret: true });
  expect(await stateOf(stack, "one")).toMatchObject({ additionalSecretOutputs: ["arn"] });
  expect(JSON.stringify((await stateOf(stack, "one")).outputs.arn)).toContain("plaintext");
});

// No event, output or diagnostic may show a secret.
test("26: config secrets arrive as secrets, are masked in events and encrypted in state", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  await stack.setConfig("word", { value: "hunter2", secret: true });
  await stack.setConfig("test:token", { value: "swordfish", secret: true });
  program(async () => {
    const word = new pulumi.Config().requireSecret("word");
    new Thing("one", { value: word });
    return { word };
  });
  const up = await run("up");
  expect(up.error).toBeUndefined();
  expect(JSON.stringify(up.events)).not.toMatch(/hunter2|swordfish/);
  const checkpoint = readFileSync(join(stack.workspace.workDir, ".pulumi/stacks/proj/dev.json"), "utf8");
  expect(checkpoint).not.toMatch(/hunter2|swordfish/);
  expect((await stack.outputs())["word"]).toEqual({ value: "hunter2", secret: true });
  expect([...world.all().values()][0]?.["value"]).toBe("hunter2");
  expect(world.configured[0]).toMatchObject({ token: "swordfish" });
});

// What is retained is let go of, not deleted.
test("56: retainOnDelete leaves the thing where it is, also when it is replaced", async () => {
  const world = new TestWorld();
  const { program, run } = await drive(world);
  let force = "a";
  program(async () => void new Thing("kept", { force }, { retainOnDelete: true }));
  await run("up");
  force = "b";
  world.calls.length = 0;
  expect((await run("up")).changes).toEqual({ same: 1, replace: 1 });
  expect(world.calls).toEqual(["create kept"]);
  expect((await run("destroy")).changes).toEqual({ delete: 2 });
  expect(world.all().size).toBe(2);
});

// Everything may go but what is protected, and what that stands on.
test("56: destroy --exclude-protected takes down the rest, and says what is left", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  program(async () => {
    const needed = new Thing("needed");
    new Thing("safe", { value: needed.arn }, { protect: true });
    new Thing("free");
  });
  await run("up");
  const down = await run("destroy", { excludeProtected: true });
  expect(down.error).toBeUndefined();
  expect(down.stdout).toContain("All unprotected resources were destroyed. There are still 4 protected resources");
  expect((await resources(stack)).map((r) => r.urn.split("::").at(-1)).sort()).toEqual(
    ["default_1_0_0", "needed", "proj-dev", "safe"].sort(),
  );
  const again = await run("destroy", { excludeProtected: true });
  expect(again.error).toBeUndefined();
  expect(again.stdout).toContain("There were no unprotected resources to destroy.");
});
