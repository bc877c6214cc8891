import { expect, test } from "vitest";
import { drive, Thing } from "./support/stack.ts";
import { TestWorld } from "./support/test-provider.ts";

// The one path everything else stands on: create, nothing to do, update, destroy, through the real Automation API.
test("1, 2: a resource is created, kept, updated and destroyed", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  let value = "a";
  program(async () => ({ arn: new Thing("one", { value }).arn, hidden: new Thing("two").secretOut }));
  const preview = await run("preview");
  expect(preview.error).toBeUndefined();
  expect(preview.changes).toEqual({ create: 3 });
  expect(world.calls).toEqual([]);
  const up = await run("up");
  expect(up.error).toBeUndefined();
  expect(up.changes).toEqual({ create: 3 });
  const outputs = await stack.outputs();
  expect(outputs["arn"]).toEqual({ value: expect.stringMatching(/^arn:one-\d$/), secret: false });
  expect(outputs["hidden"]).toEqual({ value: expect.stringMatching(/^s-two-\d$/), secret: true });
  expect((await run("up")).changes).toEqual({ same: 3 });
  value = "b";
  expect((await run("up")).changes).toEqual({ same: 2, update: 1 });
  expect((await run("destroy")).changes).toEqual({ delete: 3 });
  expect(world.all().size).toBe(0);
});
