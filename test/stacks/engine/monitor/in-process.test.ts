import { expect, test } from "vitest";
import { messageOf } from "../../../../stacks/engine/diagnosis.ts";
import { decodeStruct } from "../../../../stacks/engine/values/wire.ts";
import { diagnostics, inProcessStack, register } from "../support/in-process.ts";
import { TestWorld } from "../support/test-provider.ts";

// The engine is measured and fuzzed through this seam; it has to be the same monitor that gRPC serves.
test("a program in this process registers, and what it no longer registers is deleted", async () => {
  const world = new TestWorld();
  const stack = await inProcessStack((pkg) => world.provider(pkg), { config: '  proj:size: "3"\n' });
  let seen: unknown;
  const first = await stack.run("up", async (run) => {
    const a = await register(run, "a", { inputs: { value: 1 } });
    const b = await register(run, "b", { inputs: { value: "two" }, dependencies: [a.getUrn()] });
    seen = { outputs: decodeStruct(b.getObject())["value"], config: run.config, dryRun: run.dryRun, stack: run.stack };
  });
  expect(first.error).toBeUndefined();
  expect(seen).toEqual({ outputs: "two", config: { "proj:size": "3" }, dryRun: false, stack: "dev" });
  expect(world.all().size).toBe(2);
  const second = await stack.run("up", async (run) => {
    await register(run, "a", { inputs: { value: 1 } });
  });
  expect(second.error).toBeUndefined();
  expect(second.events.at(-2)!.summaryEvent!.resourceChanges).toEqual({ same: 1, delete: 1 });
  expect(world.all().size).toBe(1);
});

// A step that fails ends the run; the caller is told so by the same error an SDK gets.
test("a failed step answers UNAVAILABLE, and a program that hangs afterwards is abandoned", async () => {
  const world = new TestWorld();
  world.behaviour.before = () => {
    throw new Error("no room");
  };
  const stack = await inProcessStack((pkg) => world.provider(pkg));
  let answer = "";
  const outcome = await stack.run("up", async (run) => {
    await register(run, "a").catch((cause: { code: number }) => {
      answer = `${cause.code} ${messageOf(cause)}`;
    });
    await new Promise(() => undefined);
  });
  expect(answer).toBe("14 the deployment has ended");
  expect(outcome.error).toContain("update failed");
  expect(diagnostics(outcome.events, "error")).toEqual(["no room"]);
});

// What a program throws is what a person reads.
test("a program that throws fails the run with its message", async () => {
  const stack = await inProcessStack((pkg) => new TestWorld().provider(pkg));
  const outcome = await stack.run("up", async () => {
    throw new Error("no idea what to deploy");
  });
  expect(diagnostics(outcome.events, "error")).toEqual(["no idea what to deploy"]);
  expect(outcome.error).toContain("update failed");
});
