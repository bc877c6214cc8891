/** Steps and programs that fail: what is told, what is kept, what goes on, and what the next run makes of it. */
import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import type { ProgramRun } from "../../../../stacks/engine/index.ts";
import { begun, resources, stateOf, told, urn } from "../support/asserting.ts";
import { inProcessStack, register, registration } from "../support/in-process.ts";
import { drive, Thing } from "../support/stack.ts";
import { partial, TestWorld } from "../support/test-provider.ts";

// Bad inputs are told per property, and nothing is made.
test("13: check failures are reported per property and nothing is created", async () => {
  const world = new TestWorld();
  const { program, run } = await drive(world);
  world.behaviour.instead = {
    check: async ({ news }) => ({
      inputs: news,
      failures: [
        { property: "value", reason: "too long" },
        { property: "", reason: "makes no sense" },
      ],
    }),
  };
  program(async () => void new Thing("one", { value: "x" }));
  const failed = await run("up");
  const errors = told(failed.events, "error");
  expect(errors).toContain("test:index:Thing resource 'one': property value value {x} has a problem: too long");
  expect(errors).toContain("test:index:Thing resource 'one' has a problem: makes no sense");
  expect(world.calls).toEqual([]);
  expect(failed.events.at(-1)).toHaveProperty("cancelEvent");
});

// What cannot be a resource must not get into state.
test.each([
  ["a type without parts", { type: "thing" }, /Type 'thing' is not a valid type token/],
  ["a parent that is no URN", { parent: "nobody" }, /invalid parent URN/],
  ["a dependency that is no URN", { dependencies: ["nobody"] }, /invalid dependency URN/],
  [
    "a parent that is not registered",
    { parent: "urn:pulumi:dev::proj::test:index:Thing::nobody" },
    /could not find parent resource urn:pulumi:dev::proj::test:index:Thing::nobody/,
  ],
  [
    "a deletedWith that is no URN",
    { set: (request: any) => request.setDeletedwith("nobody") },
    /invalid [dD]eleted ?[wW]ith URN/,
  ],
  ["a provider that is no reference", { set: (request: any) => request.setProvider("nobody") }, /provider reference/],
])("14: %s is refused", async (_what, asked, message) => {
  const world = new TestWorld();
  const stack = await inProcessStack((pkg, version) => world.provider(pkg, version));
  const { error, events, stdout } = await stack.run("up", async (run) => void (await register(run, "one", asked)));
  expect(`${error ?? ""}${stdout}${JSON.stringify(events)}`).toMatch(message);
  expect(error).toBeDefined();
  expect(world.calls).toEqual([]);
});

// Cancelled: the providers are told, what is in flight ends, and the next run takes over what was cut off.
test("15: cancel drains, tells the provider, and the next up goes on", async () => {
  const world = new TestWorld();
  const { program, run } = await drive(world);
  const control = new AbortController();
  world.behaviour.before = (op, _name, context) => {
    if (op !== "created") return undefined;
    return new Promise((_resolve, reject) => {
      context.signal.addEventListener("abort", () => reject(new Error("stopped waiting")));
      control.abort();
    });
  };
  program(async () => void new Thing("one", { key: "k" }));
  const cut = await run("up", { signal: control.signal });
  expect(cut.error).toBeDefined();
  expect(cut.events.find((event) => event.summaryEvent)?.summaryEvent).toMatchObject({ result: "canceled" });
  expect(told(cut.events, "error")).toContain("update canceled");
  expect(world.cancelled).toBeGreaterThan(0);
  expect(world.all().size).toBe(1);
  world.behaviour.before = undefined;
  expect((await run("up")).error).toBeUndefined();
  expect(world.all().size).toBe(1);
});

// A failure lets what is under way finish, starts nothing more, and keeps what was made.
test("19: a partial update keeps the old inputs, the new outputs and the reasons, and the next up mends it", async () => {
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
  expect(told(half.events, "error")).toContain("one is half done");
  const failure = half.events.find((e) => e.resOpFailedEvent)?.resOpFailedEvent;
  expect(failure).toMatchObject({ status: 1, metadata: { op: "update", urn: urn("one") } });
  const state = await stateOf(stack, "one");
  expect(state.initErrors).toEqual(["one is half done"]);
  expect(state.inputs.value).toBe("a");
  expect(state.outputs.value).toBe("b");
  world.behaviour.before = undefined;
  expect((await run("up")).changes).toEqual({ same: 1, update: 1 });
  expect((await run("up")).changes).toEqual({ same: 2 });
});

// What was made and is not right is ours: it must be known, and mended, not made again.
test("60: a partial create is kept with its reasons; the next up updates it without a difference", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  program(async () => void new Thing("one", { value: 1 }));
  world.behaviour.before = (op) => {
    if (op !== "create") return;
    world.put("one-1", { value: 1, __name: "one" });
    throw partial("one-1", { value: 1 }, "not ready");
  };
  expect((await run("up")).error).toBeDefined();
  expect(await stateOf(stack, "one")).toMatchObject({ id: "one-1", initErrors: ["not ready"] });
  world.behaviour.before = undefined;
  world.calls.length = 0;
  expect((await run("up")).changes).toEqual({ same: 1, update: 1 });
  expect(world.calls).toEqual(["update one"]);
  expect((await stateOf(stack, "one")).initErrors).toBeUndefined();
});

// The program's own error must end the operation at once with its text, and keep what was made.
test("34: a program that throws fails the update, deletes nothing, and keeps what was made", async () => {
  const world = new TestWorld();
  const { program, run } = await drive(world);
  program(async () => void new Thing("before"));
  await run("up");
  program(async () => {
    const one = new Thing("one");
    await new Promise<void>((resolve) => one.arn.apply(() => resolve()));
    throw new Error("my own mistake");
  });
  const failed = await run("up");
  expect(failed.error).toBeDefined();
  expect(told(failed.events, "error")).toContain("my own mistake");
  expect(failed.events.at(-1)).toHaveProperty("cancelEvent");
  expect([...world.all().values()].map((item) => item["__name"]).sort()).toEqual(["before", "one"]);
});

// What a resource's failure means for the others: those in flight end, no other begins, nothing is deleted.
test("34: a failed step ends the update, and what was in flight is kept", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  program(async () => void new Thing("before"));
  await run("up");
  let slowDone = (): void => undefined;
  const slow = new Promise<void>((resolve) => {
    slowDone = resolve;
  });
  world.behaviour.before = async (op, name) => {
    if (op === "create" && name === "slow") await slow;
    if (op === "create" && name === "bad") {
      setImmediate(slowDone);
      throw new Error("no room");
    }
  };
  program(async () => {
    const late = new Thing("slow");
    new Thing("bad");
    new Thing("never", { value: late.arn });
  });
  const failed = await run("up");
  expect(told(failed.events, "error")).toContain("no room");
  expect(told(failed.events, "error")).toContain("update failed");
  const names = (await resources(stack)).map((r) => r.urn.split("::").at(-1));
  expect(names).toContain("slow");
  expect(names).toContain("before");
  expect(names).not.toContain("bad");
  expect(names).not.toContain("never");
});

// Outputs of an earlier update are still true of what is still there.
test("33: the stack's outputs stay when the update fails, and are replaced when it goes well", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  program(async () => ({ first: 1, second: new Thing("one").arn }));
  await run("up");
  program(async () => {
    throw new Error("my own mistake");
  });
  await run("up");
  expect(Object.keys(await stack.outputs()).sort()).toEqual(["first", "second"]);
  world.behaviour.before = (op, name) => {
    if (op === "create" && name === "bad") throw new Error("no room");
  };
  program(async () => {
    new Thing("one");
    const bad = new Thing("bad");
    return { third: bad.arn };
  });
  await run("up");
  expect(Object.keys(await stack.outputs()).sort()).toEqual(["first", "second"]);
  world.behaviour.before = undefined;
  program(async () => ({ third: new Thing("one").arn }));
  expect((await run("up")).error).toBeUndefined();
  expect(Object.keys(await stack.outputs())).toEqual(["third"]);
});

// One resource's failure is no reason to leave undone what has nothing to do with it.
test("58: --continue-on-error goes on with what is independent, skips dependents, and answers so", async () => {
  const world = new TestWorld();
  const stack = await inProcessStack((pkg, version) => world.provider(pkg, version));
  world.behaviour.before = (op, name) => {
    if (op === "create" && name === "bad") throw new Error("no room");
  };
  const results: { [name: string]: number } = {};
  const failed = await stack.run(
    "up",
    async (run) => {
      const bad = await register(run, "bad");
      const dependent = await register(run, "dependent", { dependencies: [bad.getUrn()] });
      const below = await register(run, "below", { dependencies: [dependent.getUrn()] });
      const free = await register(run, "free");
      for (const [name, answer] of Object.entries({ bad, dependent, below, free })) results[name] = answer.getResult();
    },
    ["--continue-on-error"],
  );
  expect(failed.error).toContain("update failed");
  expect(results).toEqual({ bad: 1, dependent: 2, below: 2, free: 0 });
  expect(world.calls).toEqual(["create bad", "create free"]);
  expect(stack.resources().map((r) => r.urn.split("::").at(-1))).toEqual(["default_1_0_0", "free"]);
});

// An update that failed leaves the old resource as it was, with everything it stands on.
test("58: with --continue-on-error deletes go on, but for what failed resources still need", async () => {
  const world = new TestWorld();
  const stack = await inProcessStack((pkg, version) => world.provider(pkg, version));
  await stack.run("up", async (run) => {
    const base = await register(run, "base");
    await register(run, "old", { inputs: { value: 1 }, dependencies: [base.getUrn()] });
    await register(run, "gone");
  });
  world.behaviour.before = (op) => {
    if (op === "update") throw new Error("no update");
  };
  world.calls.length = 0;
  const failed = await stack.run("up", async (run) => void (await register(run, "old", { inputs: { value: 2 } })), [
    "--continue-on-error",
  ]);
  expect(failed.error).toContain("update failed");
  expect(world.calls).toEqual(["update old", "delete gone"]);
  expect(stack.resources().map((r) => r.urn.split("::").at(-1))).toContain("base");
});

// A program that cannot be told which resource failed must not be told that all is well.
test("58: an SDK that takes no results gets an error instead", async () => {
  const world = new TestWorld();
  const stack = await inProcessStack((pkg, version) => world.provider(pkg, version));
  world.behaviour.before = () => {
    throw new Error("no room");
  };
  const request = registration("bad", { set: (message) => message.setSupportsresultreporting(false) });
  let answer = "";
  const program = async ({ monitor }: ProgramRun): Promise<void> => {
    await monitor.registerResource(request).catch((cause: Error) => {
      answer = cause.message;
      throw cause;
    });
  };
  const failed = await stack.run("up", program, ["--continue-on-error"]);
  expect(failed.error).toBeDefined();
  expect(answer).toContain("resource registration failed");
});

// The SDK's own programs stop where they need what is not there; what they asked for before is done.
test("58: a program of the SDK with --continue-on-error makes all it can", async () => {
  const world = new TestWorld();
  const { program, run } = await drive(world);
  world.behaviour.before = (op, name) => {
    if (op === "create" && name === "bad") throw new Error("no room");
  };
  program(async () => {
    new Thing("bad");
    new Thing("one");
    new Thing("two");
  });
  const failed = await run("up", { continueOnError: true });
  expect(failed.error).toBeDefined();
  expect(told(failed.events, "error")).toContain("no room");
  expect([...world.all().values()].map((item) => item["__name"]).sort()).toEqual(["one", "two"]);
});

// Taking down as much as can be taken down.
test("58: destroy --continue-on-error deletes all but what cannot go and what that needs", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  program(async () => {
    const needed = new Thing("needed");
    new Thing("stuck", { value: needed.arn });
    new Thing("free");
  });
  await run("up");
  world.behaviour.before = (op, name) => {
    if (op === "delete" && name === "stuck") throw new Error("in use");
  };
  const failed = await run("destroy", { continueOnError: true });
  expect(failed.error).toBeDefined();
  const names = (await resources(stack)).map((r) => r.urn.split("::").at(-1));
  expect(names.sort()).toEqual(["default_1_0_0", "needed", "proj-dev", "stuck"]);
});

// A preview that would fail says so, and shows the rest.
test("34: what fails in a preview is told as that, without an event of a failed step", async () => {
  const world = new TestWorld();
  const { program, run } = await drive(world);
  world.behaviour.instead = {
    create: async () => {
      throw new Error("cannot be imagined");
    },
  };
  program(async () => void new Thing("one"));
  const failed = await run("preview");
  expect(told(failed.events, "error")).toContain("Preview failed: cannot be imagined");
  expect(failed.events.some((e) => e.resOpFailedEvent)).toBe(false);
});

// Events of what failed: begun, told, failed, in that order, and the summary says so.
test("34: a failed step is begun, told and failed; the summary and the end follow", async () => {
  const world = new TestWorld();
  const { program, run } = await drive(world);
  world.behaviour.before = () => {
    throw new Error("no room");
  };
  program(async () => void new Thing("one"));
  const { events } = await run("up");
  const kinds = events.flatMap((event) => {
    const { sequence: _s, timestamp: _t, ...payload } = event as object as { [kind: string]: any };
    const kind = Object.keys(payload)[0]!;
    const of = payload[kind].metadata?.urn ?? payload[kind].urn;
    return kind === "diagnosticEvent" || of === urn("one") || kind.match(/summary|cancel/) ? [kind] : [];
  });
  expect(kinds).toEqual([
    "resourcePreEvent",
    "diagnosticEvent",
    "resOpFailedEvent",
    "diagnosticEvent",
    "summaryEvent",
    "cancelEvent",
  ]);
  expect(events.find((e) => e.summaryEvent)?.summaryEvent).toMatchObject({ result: "failed", maybeCorrupt: false });
  expect(begun(events)).toEqual(["create one"]);
});

// A logged error is a failure of the program, whatever else went well.
test("34: an error the program logs fails the update and deletes nothing", async () => {
  const world = new TestWorld();
  const { program, run } = await drive(world);
  program(async () => void new Thing("before"));
  await run("up");
  program(async () => void (await pulumi.log.error("something is off")));
  const failed = await run("up");
  expect(failed.error).toBeDefined();
  expect(told(failed.events, "error")).toContain("something is off");
  expect(world.all().size).toBe(1);
});
