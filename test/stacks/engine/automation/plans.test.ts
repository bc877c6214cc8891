/** Update plans over the Automation API: what `preview({ plan })` writes, `up({ plan })` keeps to. */
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, expect, test } from "vitest";
import { type Driven, drive, type Ran, Thing } from "../support/stack.ts";
import { TestWorld } from "../support/test-provider.ts";

let driven: Driven;
const file = (): string => join(mkdtempSync(join(tmpdir(), "plan-")), "plan.json");
const errorsOf = (ran: Ran): string =>
  ran.events.map((e) => (e.diagnosticEvent?.severity === "error" ? e.diagnosticEvent.message : "")).join("");
const says =
  (value: string, more = false) =>
  async () => {
    const one = new Thing("one", { value });
    new Thing("two", { value: one.arn });
    if (more) new Thing("three", { value: "new" });
    return { told: one.value };
  };
const plans = (path: string) => JSON.parse(readFileSync(path, "utf8")).resourcePlans;
const urnOf = (name: string): string => `urn:pulumi:dev::proj::test:index:Thing::${name}`;

afterEach(async () => {
  await driven.run("destroy");
});

// A plan that let other things happen than it says would be worse than none.
test("an update does what its plan says, and refuses what it does not", async () => {
  const world = new TestWorld();
  driven = await drive(world);
  const plan = file();
  driven.program(says("a"));
  const preview = await driven.run("preview", { plan });
  expect(preview.error).toBeUndefined();
  const written = plans(plan);
  expect(written[urnOf("one")].steps).toEqual(["create"]);
  expect(written[urnOf("one")].goal.inputDiff).toEqual({ adds: { value: "a" } });
  // What is not known yet may become anything.
  expect(written[urnOf("two")].goal.inputDiff.adds.value).toBe("04da6b54-80e4-46f7-96ec-b56ff0331ba9");

  driven.program(says("b"));
  const other = await driven.run("up", { plan });
  expect(errorsOf(other)).toContain(`violates plan: properties changed: ++value[{a}!={b}]`);
  expect(world.all().size).toBe(0);

  driven.program(says("a", true));
  expect(errorsOf(await driven.run("up", { plan }))).toContain(
    "create is not allowed by the plan: no steps were expected for this resource",
  );
  expect([...world.all().keys()].filter((id) => id.startsWith("three"))).toEqual([]);

  driven.program(says("a"));
  const kept = await driven.run("up", { plan });
  expect(kept.error).toBeUndefined();
  expect(world.all().size).toBe(2);
});

// A planned deletion that does not come, and a deletion nobody planned, are both surprises.
test("deletions are part of the plan", async () => {
  const world = new TestWorld();
  driven = await drive(world);
  driven.program(says("a", true));
  expect((await driven.run("up")).error).toBeUndefined();
  const without = file();
  driven.program(says("a"));
  await driven.run("preview", { plan: without });
  expect(plans(without)[urnOf("three")]).toMatchObject({ steps: ["delete"] });
  driven.program(says("a", true));
  expect(errorsOf(await driven.run("up", { plan: without }))).toContain(
    "violates plan: resource unexpectedly not deleted",
  );

  const nothing = file();
  await driven.run("preview", { plan: nothing });
  driven.program(says("a"));
  const gone = await driven.run("up", { plan: nothing });
  expect(errorsOf(gone)).toContain("delete is not allowed by the plan");
  expect(world.all().size).toBe(3);
});

// A resource the plan counts on must not be forgotten by the program.
test("an operation that was planned and did not come is an error", async () => {
  driven = await drive(new TestWorld());
  const plan = file();
  driven.program(says("a", true));
  await driven.run("preview", { plan });
  driven.program(says("a"));
  expect(errorsOf(await driven.run("up", { plan }))).toContain(
    `expected resource operations for ${urnOf("three")} but none were seen`,
  );
});

// Doing less than planned is fine: somebody else may have brought part of it about.
test("an update may do less than its plan", async () => {
  driven = await drive(new TestWorld());
  driven.program(says("a"));
  await driven.run("up");
  const plan = file();
  driven.program(says("b"));
  await driven.run("preview", { plan });
  expect(plans(plan)[urnOf("one")].steps).toEqual(["update"]);
  expect((await driven.run("up")).error).toBeUndefined();
  const again = await driven.run("up", { plan });
  expect(again.error).toBeUndefined();
  expect(again.changes).toEqual({ same: 3 });
});

// The file lies about in build logs and artifacts.
test("secrets in a plan are encrypted", async () => {
  driven = await drive(new TestWorld());
  const plan = file();
  driven.program(async () => {
    new Thing("one", { value: pulumi.secret("hunter2") });
  });
  await driven.run("preview", { plan });
  expect(readFileSync(plan, "utf8")).not.toContain("hunter2");
  expect(plans(plan)[urnOf("one")].goal.inputDiff.adds.value.ciphertext).toMatch(/^v1:/);
  expect((await driven.run("up", { plan })).error).toBeUndefined();
});

// The SDK's own specs read this text from onError.
test("a plan that is not there, or none at all, changes nothing", async () => {
  const world = new TestWorld();
  driven = await drive(world);
  driven.program(says("a"));
  let heard = "";
  await expect(driven.stack.up({ plan: "halloumi", onError: (text) => (heard += text) })).rejects.toThrow("code: -2");
  expect(heard).toBe("error: open halloumi: no such file or directory\n");
  const broken = file();
  writeFileSync(broken, "{}");
  expect((await driven.run("up", { plan: broken })).error?.message).toContain(
    "it is not what `pulumi preview --save-plan` writes",
  );
  expect(world.all().size).toBe(0);
  expect((await driven.run("up")).error).toBeUndefined();
});
