import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { diagnostics } from "../support/in-process.ts";
import { drive, Group, Thing } from "../support/stack.ts";
import { TestWorld } from "../support/test-provider.ts";

const kinds = ["beforeCreate", "afterCreate", "beforeUpdate", "afterUpdate", "beforeDelete", "afterDelete"] as const;

/** One hook of every kind, named after it; `act` is told each call. */
function every(act: (kind: string, args: pulumi.ResourceHookArgs) => void | Promise<void>, options = {}) {
  return Object.fromEntries(
    kinds.map((kind) => [kind, [new pulumi.ResourceHook(kind, (args) => act(kind, args), options)]]),
  ) as pulumi.ResourceHookBinding;
}

// Behaviour 57: what runs around which step, and what it is told.
test("57: hooks run before and after creates, updates and deletes, with old and new values", async () => {
  const world = new TestWorld();
  const driven = await drive(world);
  const seen: any[] = [];
  const call = (kind: string, args: pulumi.ResourceHookArgs): void => {
    seen.push({ kind, at: world.calls.length, ...args });
  };
  const program = (value: number | undefined) => async (): Promise<void> => {
    const hooks = every(call);
    // Nothing of the program waits for hooks that no resource names.
    await Promise.all(Object.values(hooks).map(([hook]) => (hook as any).__registered));
    if (value !== undefined) new Thing("it", { value }, { hooks });
  };
  driven.program(program(1));
  expect((await driven.run("up")).error).toBeUndefined();
  const urn = "urn:pulumi:dev::proj::test:index:Thing::it";
  expect(seen).toMatchObject([
    { kind: "beforeCreate", at: 0, urn, id: "", name: "it", type: "test:index:Thing", newInputs: { value: 1 } },
    { kind: "afterCreate", at: 1, urn, id: "it-1", newInputs: { value: 1 }, newOutputs: { arn: "arn:it-1" } },
  ]);
  expect(seen[0]).toMatchObject({ oldInputs: undefined, newOutputs: undefined, oldOutputs: undefined });
  seen.length = 0;
  driven.program(program(2));
  expect((await driven.run("up")).error).toBeUndefined();
  expect(seen).toMatchObject([
    { kind: "beforeUpdate", id: "it-1", oldInputs: { value: 1 }, newInputs: { value: 2 }, oldOutputs: { value: 1 } },
    { kind: "afterUpdate", id: "it-1", oldInputs: { value: 1 }, newOutputs: { value: 2 } },
  ]);
  const { deployment, version } = (await driven.stack.exportStack()) as any;
  const state = deployment.resources.find((resource: any) => resource.urn === urn);
  expect(version).toBe(4);
  expect(state.resourceHooks).toMatchObject({ BeforeCreate: ["beforeCreate"], AfterDelete: ["afterDelete"] });
  seen.length = 0;
  driven.program(program(undefined));
  expect((await driven.run("up")).error).toBeUndefined();
  expect(seen).toMatchObject([
    { kind: "beforeDelete", at: 2, id: "it-1", oldInputs: { value: 2 }, newInputs: undefined },
    { kind: "afterDelete", at: 3, id: "it-1", oldOutputs: { value: 2 }, newOutputs: undefined },
  ]);
  expect(world.all().size).toBe(0);
});

// Behaviour 57: a preview runs only what says that it may, and changes nothing.
test("57: a preview runs the hooks that ask for it", async () => {
  const driven = await drive(new TestWorld());
  const seen: string[] = [];
  driven.program(async () => {
    const dry = new pulumi.ResourceHook("dry", () => void seen.push("dry"), { onDryRun: true });
    const wet = new pulumi.ResourceHook("wet", () => void seen.push("wet"));
    new Thing("it", {}, { hooks: { beforeCreate: [wet, dry] } });
  });
  expect((await driven.run("preview")).error).toBeUndefined();
  expect(seen).toEqual(["dry"]);
  expect((await driven.run("up")).error).toBeUndefined();
  expect(seen).toEqual(["dry", "wet", "dry"]);
});

// Behaviour 57: nothing is made that a hook has refused; what is made stays known when a later hook fails.
test("57: a failing before-hook fails its step, a failing after-hook the update but not the step", async () => {
  const world = new TestWorld();
  const driven = await drive(world);
  const fail = (why: string): void => {
    throw new Error(why);
  };
  driven.program(async () => {
    new Thing("it", {}, { hooks: { beforeCreate: [new pulumi.ResourceHook("gate", () => fail("not on a Friday"))] } });
  });
  const refused = await driven.run("up");
  expect(refused.error).toBeDefined();
  expect(diagnostics(refused.events, "error")).toEqual(['before hook "gate" failed: not on a Friday']);
  expect(refused.events.some((event) => event.resOpFailedEvent)).toBe(true);
  expect(world.calls).toEqual([]);
  driven.program(async () => {
    new Thing("it", {}, { hooks: { afterCreate: [new pulumi.ResourceHook("check", () => fail("no answer"))] } });
  });
  const checked = await driven.run("up");
  expect(diagnostics(checked.events, "error")).toEqual(['after hook "check" failed: no answer']);
  expect(checked.error).toBeDefined();
  const { deployment } = await driven.stack.exportStack();
  expect(deployment.resources.some((resource: any) => resource.id === "it-1")).toBe(true);
  driven.program(async () => {
    const lenient = new pulumi.ResourceHook("check", () => fail("no answer"), { ignoreErrors: true });
    new Thing("it", { value: 2 }, { hooks: { afterUpdate: [lenient] } });
  });
  const warned = await driven.run("up");
  expect(warned.error).toBeUndefined();
  expect(diagnostics(warned.events, "warning")).toEqual(['AfterUpdate hook "check" failed: no answer']);
});

// Behaviour 57: components have hooks too; their outputs are known only at the end.
test("57: a component's after-hook runs once its outputs are registered", async () => {
  const driven = await drive(new TestWorld());
  const seen: any[] = [];
  driven.program(async () => {
    const before = new pulumi.ResourceHook("before", (args) => void seen.push(["before", args.newOutputs]));
    const after = new pulumi.ResourceHook("after", (args) => void seen.push(["after", args.newOutputs]));
    new Group("group", { hooks: { beforeCreate: [before], afterCreate: [after] } });
  });
  expect((await driven.run("up")).error).toBeUndefined();
  expect(seen).toEqual([
    ["before", undefined],
    ["after", { grouped: "group" }],
  ]);
});

// Behaviour 57: a destroy without the program cannot run its hooks, and must not pretend to have.
test("57: destroy refuses while delete hooks are registered and the program is not run", async () => {
  const world = new TestWorld();
  const driven = await drive(world);
  driven.program(async () => {
    const drain = new pulumi.ResourceHook("drain", () => undefined);
    new Thing("it", {}, { hooks: { beforeDelete: [drain] } });
  });
  expect((await driven.run("up")).error).toBeUndefined();
  const refused = await driven.run("destroy");
  expect(diagnostics(refused.events, "error")).toEqual([
    "Resource has delete hooks registered, but the program is not running. Hooks: drain",
    "You must run with the `--run-program` flag to use delete hooks during destroy.",
  ]);
  expect(world.all().size).toBe(1);
});

// Behaviour 57: with the program there, a destroy runs its hooks, for components as well.
test("57: destroy with the program runs its delete hooks", async () => {
  const world = new TestWorld();
  const driven = await drive(world);
  const seen: string[] = [];
  driven.program(async () => {
    const hooks = every((kind, { name }) => void seen.push(`${kind} ${name}`));
    const group = new Group("group", { hooks });
    new Thing("it", {}, { hooks, parent: group });
  });
  expect((await driven.run("up")).error).toBeUndefined();
  seen.length = 0;
  expect((await driven.run("destroy", { runProgram: true })).error).toBeUndefined();
  expect(seen).toEqual(["beforeDelete it", "afterDelete it", "beforeDelete group", "afterDelete group"]);
  expect(world.all().size).toBe(0);
});

// A hook that state names and the program no longer registers: the delete does not happen without it.
test("57: a delete whose hook is gone fails by name", async () => {
  const world = new TestWorld();
  const driven = await drive(world);
  driven.program(async () => {
    const drain = new pulumi.ResourceHook("drain", () => undefined);
    new Thing("it", {}, { hooks: { beforeDelete: [drain] } });
  });
  expect((await driven.run("up")).error).toBeUndefined();
  driven.program(async () => undefined);
  const refused = await driven.run("up");
  expect(diagnostics(refused.events, "error")).toEqual(['hook "drain" was not registered']);
  expect(world.all().size).toBe(1);
});

// Error hooks decide on another attempt; each is told every failure so far, the latest first.
test("an error hook may ask for another attempt, for creates, updates and deletes", async () => {
  const world = new TestWorld();
  const driven = await drive(world);
  const seen: any[] = [];
  let failures = 0;
  world.behaviour.before = (op, name) => {
    if (name === "it" && failures-- > 0) throw new Error(`${op} throttled ${failures}`);
  };
  const program = (value: number | undefined, retry: boolean) => async (): Promise<void> => {
    const again = new pulumi.ErrorHook("again", ({ failedOperation, errors, id }) => {
      seen.push({ failedOperation, errors, id });
      return retry;
    });
    if (value !== undefined) new Thing("it", { value }, { hooks: { onError: [again] } });
    // A hook that no resource names may come too late: the SDK does not wait for it at the program's end.
    else await (again as unknown as { __registered: Promise<void> }).__registered;
  };
  failures = 2;
  driven.program(program(1, true));
  const made = await driven.run("up");
  expect(made.error).toBeUndefined();
  expect(seen).toEqual([
    { failedOperation: "create", errors: ["create throttled 1"], id: "" },
    { failedOperation: "create", errors: ["create throttled 0", "create throttled 1"], id: "" },
  ]);
  expect(diagnostics(made.events, "warning")).toEqual([
    "retrying create due to on-error hook request (1/100)",
    "retrying create due to on-error hook request (2/100)",
  ]);
  seen.length = 0;
  failures = 1;
  driven.program(program(2, false));
  const refused = await driven.run("up");
  expect(diagnostics(refused.events, "error")).toEqual(["update throttled 0"]);
  expect(seen).toMatchObject([{ failedOperation: "update", id: "it-1" }]);
  failures = 1;
  driven.program(program(undefined, true));
  expect((await driven.run("up")).error).toBeUndefined();
  expect(world.all().size).toBe(0);
  expect(seen.at(-1)).toMatchObject({ failedOperation: "delete", errors: ["delete throttled 0"] });
});
