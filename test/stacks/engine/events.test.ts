import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { expect, test } from "vitest";
import { drive, Thing } from "./support/stack.ts";
import { TestWorld } from "./support/test-provider.ts";

const folder = new URL("golden/", import.meta.url).pathname;

/** Ids, times and temporary folders differ from run to run; steps side by side may change places. */
function normalise(events: EngineEvent[]): string {
  return `${events
    .map(({ sequence: _s, timestamp: _t, ...event }: any) => JSON.stringify(event))
    .map((text) =>
      text
        .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "UUID")
        .replace(/"durationSeconds":\d+/, '"durationSeconds":0'),
    )
    .join("\n")}\n`;
}

/** GOLDEN_ACCEPT=1 writes what is, instead of comparing. */
function golden(name: string, text: string): void {
  const file = `${folder}${name}.ndjson`;
  if (process.env["GOLDEN_ACCEPT"]) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, text);
  }
  expect(existsSync(file), `${file} is missing; GOLDEN_ACCEPT=1 writes it`).toBe(true);
  expect(text).toBe(readFileSync(file, "utf8"));
}

// Views and the SDK are built on this stream: its shapes and order may only change knowingly.
test("the event streams of preview, up, update and destroy", async () => {
  const world = new TestWorld();
  const { program, run } = await drive(world);
  let value = "a";
  program(async () => ({ arn: new Thing("one", { value }).arn }));
  golden("preview", normalise((await run("preview")).events));
  golden("up", normalise((await run("up")).events));
  value = "b";
  golden("update", normalise((await run("up")).events));
  golden("destroy", normalise((await run("destroy")).events));
});

// A person waiting must be told what for, and the line must not stay.
test("a provider's status is an ephemeral diagnostic of its resource", async () => {
  const world = new TestWorld();
  world.behaviour.before = (op, _name, context) => {
    if (op === "create") context.status("waiting for the role to be assumable");
  };
  const { program, run } = await drive(world);
  program(async () => void new Thing("one"));
  const { events } = await run("up");
  const found = events.find((event) => event.diagnosticEvent?.message.startsWith("waiting for"))?.diagnosticEvent;
  expect(found).toMatchObject({
    severity: "info",
    ephemeral: true,
    urn: "urn:pulumi:dev::proj::test:index:Thing::one",
  });
});

// Stack calls of the Automation API that run no deployment.
test("outputs, history, config, export, import, rename, tags and errors by class", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  program(async () => ({ word: "w" }));
  await stack.setAllConfig({ a: { value: "-1" }, b: { value: "s", secret: true } });
  expect(await stack.getConfig("b")).toMatchObject({ value: "s", secret: true });
  expect(await stack.info()).toBeUndefined();
  await run("up", { message: "first" });
  expect(await stack.history()).toMatchObject([
    { kind: "update", message: "first", result: "succeeded", resourceChanges: { create: 1 } },
  ]);
  const exported = await stack.exportStack();
  await stack.importStack(exported);
  expect((await stack.outputs())["word"]?.value).toBe("w");
  await stack.setTag("color", "blue");
  expect(await stack.listTags()).toEqual({ color: "blue" });
  expect((await stack.workspace.listStacks())[0]).toMatchObject({ name: "dev", current: true, resourceCount: 1 });
  await expect(stack.workspace.selectStack("nope")).rejects.toMatchObject({ name: "StackNotFoundError" });
  await expect(stack.workspace.createStack("dev")).rejects.toMatchObject({ name: "StackAlreadyExistsError" });
  await expect(stack.up({ plan: "halloumi" })).rejects.toThrow("open halloumi");
  await run("destroy");
  await stack.workspace.removeStack("dev");
});
