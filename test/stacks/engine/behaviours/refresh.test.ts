/** What is really there is taken into state: drift, loss, bad health; by itself, before an update, or with the program. */
import { expect, test } from "vitest";
import { begun, resources, stateOf, told, urn } from "../support/asserting.ts";
import { drive, Group, TestPackage, Thing } from "../support/stack.ts";
import { partial, TestWorld } from "../support/test-provider.ts";

/** What the cloud has of a resource, by its name. */
function found(world: TestWorld, name: string): string {
  return [...world.all()].find(([, item]) => item["__name"] === name)![0];
}

// What happened outside is taken into state, and the next update puts it right.
test("48: refresh finds drift and loss, and counts what it found", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  program(async () => {
    const one = new Thing("one", { value: 1 });
    new Thing("two", { value: one.arn });
    new Thing("three");
  });
  await run("up");
  world.put(found(world, "two"), { value: "drifted", __name: "two" });
  world.put(found(world, "one"), undefined);
  const preview = await run("refresh", { previewOnly: true });
  expect(preview.changes).toEqual({ same: 2, update: 1, delete: 1 });
  expect(await stateOf(stack, "one")).toBeDefined();
  const refreshed = await run("refresh");
  expect(refreshed.changes).toEqual({ same: 2, update: 1, delete: 1 });
  expect((await stateOf(stack, "two")).inputs.value).toBe("drifted");
  const drift = refreshed.events.find((e) => e.resOutputsEvent?.metadata.urn === urn("two"))?.resOutputsEvent?.metadata;
  expect(drift).toMatchObject({ op: "update", diffs: ["value"] });
  expect((await run("up")).changes).toMatchObject({ create: 1, update: 1 });
});

// References to what is gone would break every later command.
test("48: what is gone leaves no reference behind: dependencies, properties, deletedWith, children", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  program(async () => {
    const one = new Thing("one");
    new Thing("user", { value: one.arn }, { dependsOn: [one], deletedWith: one });
    new Thing("child", {}, { parent: one });
  });
  await run("up");
  world.put(found(world, "one"), undefined);
  expect((await run("refresh")).error).toBeUndefined();
  const user = await stateOf(stack, "user");
  expect(user.dependencies ?? []).toEqual([]);
  expect(user.propertyDependencies?.value ?? []).toEqual([]);
  expect(user.deletedWith).toBeUndefined();
  expect((await stateOf(stack, "child")).parent).toBe("urn:pulumi:dev::proj::pulumi:pulumi:Stack::proj-dev");
  expect((await run("destroy")).error).toBeUndefined();
});

// The id of a thing may change under it.
test("48: a new id is kept", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  program(async () => void new Thing("one"));
  await run("up");
  world.behaviour.instead = { read: async () => ({ id: "moved", inputs: {}, outputs: { arn: "arn:moved" } }) };
  expect((await run("refresh")).error).toBeUndefined();
  expect((await stateOf(stack, "one")).id).toBe("moved");
});

// One that cannot be read is an error, and no reason to leave the others unread.
test("48: a failed read keeps its resource and lets the others be refreshed", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  program(async () => {
    new Thing("one", { value: 1 });
    new Thing("two", { value: 1 });
  });
  await run("up");
  world.put(found(world, "two"), { value: 9, __name: "two" });
  world.behaviour.before = (op, name) => {
    if (op === "read" && name === "one") throw new Error("no answer");
  };
  const failed = await run("refresh");
  expect(failed.error?.message).toContain("refresh failed");
  expect(told(failed.events, "error")).toContain("no answer");
  expect((await stateOf(stack, "one")).inputs.value).toBe(1);
  expect((await stateOf(stack, "two")).inputs.value).toBe(9);
});

// A resource that is there and not well is kept with the reasons, and the next update tries to mend it.
test("49: a resource in bad health is stored with a warning, and updated by the next up", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  program(async () => void new Thing("one", { value: 1 }));
  await run("up");
  const id = found(world, "one");
  world.behaviour.before = (op) => {
    if (op === "read") throw partial(id, { value: 1 }, "not healthy yet");
  };
  const sick = await run("refresh");
  expect(sick.error).toBeUndefined();
  expect(told(sick.events, "warning")).toContain("Refreshed resource is in an unhealthy state:\n* not healthy yet");
  expect((await stateOf(stack, "one")).initErrors).toEqual(["not healthy yet"]);
  world.behaviour.before = undefined;
  expect((await run("up")).changes).toEqual({ same: 1, update: 1 });
  expect((await stateOf(stack, "one")).initErrors).toBeUndefined();
});

// A refresh that is cut short has not seen anything: the state stays as it is.
test("49: a cancelled refresh keeps the state", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  program(async () => void new Thing("one", { value: 1 }));
  await run("up");
  const control = new AbortController();
  world.behaviour.before = (op, _name, { signal }) => {
    if (op !== "read") return undefined;
    return new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(new Error("cut")));
      control.abort();
    });
  };
  world.put(found(world, "one"), undefined);
  const cut = await run("refresh", { signal: control.signal });
  expect(cut.events.find((event) => event.summaryEvent)?.summaryEvent).toMatchObject({ result: "canceled" });
  expect(await stateOf(stack, "one")).toBeDefined();
});

// What is only looked at is no business of ours to compare.
test("50: external resources are read again, without asking for differences", async () => {
  const world = new TestWorld();
  world.put("there-1", { value: "old" });
  const { program, run, stack } = await drive(world);
  program(async () => void new Thing("one", {}, { id: "there-1" } as object));
  await run("up");
  const compared: string[] = [];
  world.behaviour.instead = {
    diff: async ({ urn: of }) => {
      compared.push(of);
      return { changes: "none", replaces: [], stables: [], diffs: [] };
    },
  };
  world.put("there-1", { value: "new" });
  expect((await run("refresh")).changes).toEqual({ same: 1, update: 1 });
  expect(compared).toEqual([]);
  expect((await stateOf(stack, "one")).outputs.value).toBe("new");
});

// A provider that cannot say what a program would have to say must not erase what it did say.
test("51: a read without inputs keeps the inputs", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  program(async () => void new Thing("one", { value: 1 }));
  await run("up");
  world.behaviour.instead = { read: async ({ id }) => ({ id, outputs: { value: 5, arn: "arn:x" } }) };
  expect((await run("refresh")).error).toBeUndefined();
  expect(await stateOf(stack, "one")).toMatchObject({ inputs: { value: 1 }, outputs: { value: 5 } });
});

// Looking first, then doing: the difference is found in the same command.
test("48: up --refresh and destroy --refresh look first", async () => {
  const world = new TestWorld();
  const { program, run } = await drive(world);
  program(async () => {
    new Thing("one", { value: 1 });
    new Thing("two");
  });
  await run("up");
  world.put(found(world, "one"), { value: 9, __name: "one" });
  world.put(found(world, "two"), undefined);
  const up = await run("up", { refresh: true });
  expect(up.changes).toEqual({ same: 1, update: 1, create: 1 });
  expect([...world.all().values()].map((item) => item["value"]).sort()).toEqual([1, undefined]);
  world.put(found(world, "two"), undefined);
  world.calls.length = 0;
  const down = await run("destroy", { refresh: true });
  expect(down.changes).toEqual({ delete: 2 });
  expect(world.calls.filter((call) => call.startsWith("delete"))).toEqual(["delete one"]);
});

// The program knows how its providers are configured now; the state may only know how they were.
test("48: refresh --run-program reads with the provider's new configuration, and makes and changes nothing", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  let token = "old";
  let extra = false;
  program(async () => {
    const provider = new TestPackage("mine", { token });
    const group = new Group("group");
    new Thing("one", { value: 1 }, { provider, parent: group });
    if (extra) new Thing("fresh");
  });
  await run("up");
  token = "new";
  extra = true;
  world.configured.length = 0;
  world.calls.length = 0;
  world.put(found(world, "one"), { value: 9, __name: "one" });
  const refreshed = await run("refresh", { runProgram: true });
  expect(refreshed.error).toBeUndefined();
  expect(world.calls).toEqual(["read one"]);
  expect(world.configured).toContainEqual(expect.objectContaining({ token: "new" }));
  expect(world.configured).not.toContainEqual(expect.objectContaining({ token: "old" }));
  expect((await stateOf(stack, "one")).inputs.value).toBe(9);
  expect(await stateOf(stack, "fresh")).toBeUndefined();
});

// The same in an update: what is gone is made again, what has drifted is put right, in one go.
test("48: up --refresh --run-program refreshes each resource as it is registered", async () => {
  const world = new TestWorld();
  const { program, run } = await drive(world);
  program(async () => {
    const one = new Thing("one", { value: 1 });
    new Thing("two", { value: one.arn });
    new Thing("three");
  });
  await run("up");
  world.put(found(world, "one"), undefined);
  world.put(found(world, "three"), { value: 7, __name: "three" });
  world.calls.length = 0;
  const up = await run("up", { refresh: true, runProgram: true });
  expect(up.error).toBeUndefined();
  expect(up.changes).toEqual({ same: 1, create: 1, update: 2 });
  expect(world.calls.filter((call) => call.startsWith("read")).sort()).toEqual(["read one", "read three", "read two"]);
  expect((await run("up")).changes).toEqual({ same: 4 });
});

// Taking a stack down needs providers as they are configured now, and nothing else of the program.
test("57: destroy --run-program uses the provider's new configuration, and leaves what the program would add", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  let token = "old";
  program(async () => {
    const provider = new TestPackage("mine", { token });
    new Thing("one", {}, { provider });
    new Thing("default");
  });
  await run("up");
  token = "new";
  program(async () => {
    const provider = new TestPackage("mine", { token });
    const group = new Group("group");
    new Thing("one", { value: "changed" }, { provider });
    new Thing("fresh", {}, { parent: group });
  });
  world.configured.length = 0;
  world.calls.length = 0;
  const down = await run("destroy", { runProgram: true });
  expect(down.error).toBeUndefined();
  expect(world.calls.sort()).toEqual(["delete default", "delete one"]);
  expect(world.configured).toContainEqual(expect.objectContaining({ token: "new" }));
  expect(await resources(stack)).toEqual([]);
});

// The program may have taken protection back, and says so only by running.
test("57: destroy --run-program goes by the options the program has now", async () => {
  const world = new TestWorld();
  const { program, run } = await drive(world);
  program(async () => void new Thing("one", {}, { protect: true }));
  await run("up");
  program(async () => void new Thing("one"));
  expect((await run("destroy", { runProgram: true })).error).toBeUndefined();
  expect(world.all().size).toBe(0);
});

/** A state with operations that an earlier run was cut off in. */
async function pending(types: string[]) {
  const world = new TestWorld();
  const driven = await drive(world);
  driven.program(async () => {
    new Thing("one");
    new Thing("two");
  });
  await driven.run("up");
  const exported: any = await driven.stack.exportStack();
  const one = exported.deployment.resources.find((r: any) => r.urn === urn("one"));
  exported.deployment.pending_operations = types.map((type) => ({
    type,
    resource: type === "creating" ? { ...one, urn: urn("new"), id: undefined } : one,
  }));
  await driven.stack.importStack(exported);
  const left = async (): Promise<string[]> => {
    const after: any = await driven.stack.exportStack();
    return (after.deployment.pending_operations ?? []).map((operation: any) => operation.type);
  };
  return { world, ...driven, left };
}

// A preview changes nothing, not even what an interrupted run has left, and does not stop because of it.
test("16, 17: pending operations are warned of, by previews and updates", async () => {
  const { run, left } = await pending(["updating"]);
  const preview = await run("preview");
  expect(preview.error).toBeUndefined();
  expect(await left()).toEqual(["updating"]);
  const up = await run("up");
  expect(up.error).toBeUndefined();
  expect(told(up.events, "warning")).toContain("with 1 pending operations from previous deployment");
  expect(told(up.events, "warning")).toContain(`${urn("one")}, interrupted while updating`);
});

// Whether an update or delete came through shows in what is there; a create whose provider cannot look stays open.
test("18: refresh settles pending updates and deletes, and keeps a create it cannot look for", async () => {
  const { world, run, left } = await pending(["creating", "updating", "deleting"]);
  world.behaviour.instead = { adopt: undefined } as object;
  const { provider } = world;
  world.provider = (pkg, version) => {
    const made = provider.call(world, pkg, version);
    return made && new Proxy(made, { get: (own, key) => (key === "adopt" ? undefined : Reflect.get(own, key)) });
  };
  expect((await run("refresh")).error).toBeUndefined();
  expect(await left()).toEqual(["creating"]);
  expect((await run("refresh", { clearPendingCreates: true })).error).toBeUndefined();
  expect(await left()).toEqual([]);
});

// Steps of a refresh say what was found, and the stack and its providers are part of it.
test("48: a refresh without drift is `same` for everything", async () => {
  const world = new TestWorld();
  const { program, run } = await drive(world);
  program(async () => {
    const group = new Group("group");
    new Thing("one", {}, { parent: group, provider: new TestPackage("mine") });
  });
  await run("up");
  const refreshed = await run("refresh");
  expect(refreshed.changes).toEqual({ same: 4 });
  expect(begun(refreshed.events).sort()).toEqual(["refresh group", "refresh mine", "refresh one"]);
});
