/** What programs and command lines may ask besides creating: reads, invokes, references, limits, renames. */
import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { drive, Thing } from "./support/stack.ts";
import { TestWorld } from "./support/test-provider.ts";

const _urn = (name: string): string => `urn:pulumi:dev::proj::test:index:Thing::${name}`;

async function resources(stack: { exportStack(): Promise<any> }): Promise<any[]> {
  return (await stack.exportStack()).deployment.resources ?? [];
}

// A question's failure is the program's: caught, the run goes on; not caught, it ends with the provider's text.
test("invokes answer, and their failures can be caught", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  const ask = (say: string): Promise<any> => pulumi.runtime.invoke("test:index:echo", { say }, { version: "1.0.0" });
  program(async () => {
    const { echo } = await ask("hello");
    const told = await ask("throw").catch((error: Error) => error.message);
    return { echo, told };
  });
  expect((await run("up")).error).toBeUndefined();
  expect((await stack.outputs())["echo"]?.value).toBe("hello");
  expect((await stack.outputs())["told"]?.value).toContain("no such luck");
  program(async () => void (await ask("throw")));
  const failed = await run("up");
  expect(failed.error).toBeDefined();
  expect(JSON.stringify(failed.events)).toContain("no such luck");
});

// A run that was to change nothing says so when it did; looking is no change.
test("--expect-no-changes", async () => {
  const world = new TestWorld();
  const { program, run } = await drive(world);
  let value = 1;
  program(async () => void new Thing("one", { value }));
  await run("up");
  expect((await run("up", { expectNoChanges: true })).error).toBeUndefined();
  value = 2;
  expect((await run("preview", { expectNoChanges: true })).error?.message).toContain("changes were proposed");
  expect((await run("up", { expectNoChanges: true })).error?.message).toContain("changes were proposed");
});

// A stack is known by its name in every URN, in its settings file, its history and its selection.
test("a rename keeps resources, settings and history", async () => {
  const world = new TestWorld();
  const { program, run, stack, dir } = await drive(world);
  await stack.setConfig("word", { value: "hunter2", secret: true });
  program(async () => {
    const one = new Thing("one");
    new Thing("two", { value: one.arn }, { parent: one });
  });
  await run("up");
  await (stack as any).rename({ stackName: "prod" });
  const moved = await drive(world, dir, "prod");
  const urns = (await resources(moved.stack)).map((r) => r.urn as string);
  expect(urns.every((one) => one.startsWith("urn:pulumi:prod::proj::"))).toBe(true);
  expect(urns).toContain("urn:pulumi:prod::proj::pulumi:pulumi:Stack::proj-prod");
  expect((await moved.stack.history()).map(({ kind }) => kind)).toEqual(["rename", "update"]);
  expect((await moved.stack.history()).at(-1)?.config["proj:word"]).toMatchObject({ value: "hunter2", secret: true });
  expect(await moved.stack.getConfig("word")).toEqual({ value: "hunter2", secret: true });
  moved.program(async () => {
    const one = new Thing("one");
    new Thing("two", { value: one.arn }, { parent: one });
  });
  expect((await moved.run("up")).changes).toEqual({ same: 3 });
  expect((await moved.stack.workspace.listStacks()).map(({ name }) => name)).toEqual(["prod"]);
});

// What is accepted is done; what is not done is said, before anything is touched.
test.each([["up", { tracing: "http://127.0.0.1:1" }, "--tracing is not supported"]] as const)(
  "%s with %o is refused",
  async (op, options, text) => {
    const world = new TestWorld();
    const { program, run } = await drive(world);
    program(async () => void new Thing("one"));
    expect((await run("up")).error).toBeUndefined();
    world.calls.length = 0;
    expect((await run(op, options)).error?.message).toContain(text);
    expect(world.calls).toEqual([]);
  },
);
