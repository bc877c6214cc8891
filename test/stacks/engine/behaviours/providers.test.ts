/** Providers as resources: default and explicit ones, what they hand on, and what follows when they change. */
import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { DiffUnavailable } from "../../../../stacks/engine/provider.ts";
import { begun, resources, stateOf, told, urn } from "../support/asserting.ts";
import { drive, Group, TestPackage, Thing } from "../support/stack.ts";
import { TestWorld } from "../support/test-provider.ts";

const providerUrn = (name: string): string => `urn:pulumi:dev::proj::pulumi:providers:test::${name}`;

// The one path everything else stands on: create, nothing to do, update, destroy, through the real Automation API.
test("1, 2: a resource is created after its default provider, kept, updated and destroyed before it", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  let value = "a";
  program(async () => ({ arn: new Thing("one", { value }).arn, hidden: new Thing("two").secretOut }));
  expect((await run("preview")).changes).toEqual({ create: 3 });
  expect(world.calls).toEqual([]);
  expect((await run("up")).changes).toEqual({ create: 3 });
  const order = (await resources(stack)).map((r) => r.type);
  expect(order.indexOf("pulumi:providers:test")).toBeLessThan(order.indexOf("test:index:Thing"));
  const outputs = await stack.outputs();
  expect(outputs["arn"]).toEqual({ value: expect.stringMatching(/^arn:one-\d$/), secret: false });
  expect(outputs["hidden"]).toEqual({ value: expect.stringMatching(/^s-two-\d$/), secret: true });
  expect((await run("up")).changes).toEqual({ same: 3 });
  value = "b";
  expect((await run("up")).changes).toEqual({ same: 2, update: 1 });
  const down = await run("destroy");
  expect(down.changes).toEqual({ delete: 3 });
  const deleted = down.events.flatMap((e) => (e.resourcePreEvent ? [e.resourcePreEvent.metadata.urn] : []));
  expect(deleted.indexOf(urn("one"))).toBeLessThan(deleted.indexOf(providerUrn("default_1_0_0")));
  expect(world.all().size).toBe(0);
});

// What a provider finds out before its first call it finds out while the intent is written, and never for nothing.
test("a provider may prepare for a call while its intent is written, and for nothing else", async () => {
  const world = new TestWorld();
  const { program, run } = await drive(world);
  world.behaviour.instead = { prepare: () => void world.calls.push("prepare") };
  let value = "a";
  program(async () => void new Thing("one", { value }));
  await run("preview");
  expect(world.calls).toEqual([]);
  await run("up");
  await run("up");
  value = "b";
  await run("up");
  await run("destroy");
  expect(world.calls).toEqual(["prepare", "create one", "prepare", "update one", "prepare", "delete one"]);
});

// A stack without a single resource lives and ends, too.
test("1: an empty program makes its stack, keeps it and takes it away", async () => {
  const { run } = await drive(new TestWorld());
  expect((await run("up")).changes).toEqual({ create: 1 });
  expect((await run("up")).changes).toEqual({ same: 1 });
  expect((await run("destroy")).changes).toEqual({ delete: 1 });
});

// Explicit providers are resources: configured with the program's inputs, named in the state of what they make.
test("3, 5: explicit providers, and what follows from replacing one", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  let force = "x";
  program(async () => {
    const provider = new TestPackage("mine", { force });
    new Thing("one", {}, { provider });
  });
  await run("up");
  const provider = await stateOf(stack, "mine");
  expect((await stateOf(stack, "one")).provider).toBe(`${provider.urn}::${provider.id}`);
  expect((await run("up")).changes).toEqual({ same: 3 });
  force = "y";
  world.calls.length = 0;
  const replaced = await run("up");
  expect(replaced.changes).toEqual({ same: 1, replace: 2 });
  expect(world.calls).toEqual(["create one", "delete one"]);
  expect(await resources(stack)).toHaveLength(3);
});

// A changed setting that the provider can live with is no reason to touch what it made.
test("5: a provider whose new configuration needs no replacement is updated, its resources are not", async () => {
  const world = new TestWorld();
  const { program, run } = await drive(world);
  let region = "a";
  program(async () => void new Thing("one", {}, { provider: new TestPackage("mine", { region }) }));
  await run("up");
  region = "b";
  world.calls.length = 0;
  expect((await run("up")).changes).toEqual({ same: 2, update: 1 });
  expect(world.calls).toEqual([]);
  expect(world.configured.at(-1)).toMatchObject({ region: "b" });
});

// A provider that was renamed is the same provider, and its resources are not asked about twice.
test("5, 44: a provider found by its alias replaces nothing, and references to it follow", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  program(async () => void new Thing("one", {}, { provider: new TestPackage("old", {}) }));
  await run("up");
  program(
    async () => void new Thing("one", {}, { provider: new TestPackage("new", {}, { aliases: [{ name: "old" }] }) }),
  );
  const renamed = await run("up");
  expect(renamed.error).toBeUndefined();
  expect(renamed.changes).toEqual({ same: 3 });
  expect((await stateOf(stack, "one")).provider).toContain(`${providerUrn("new")}::`);
});

// Where only one of them may be there at a time, what the old one made goes first.
test("6: a provider replaced delete-first takes its resources down before it", async () => {
  const world = new TestWorld();
  const { program, run } = await drive(world);
  let force = "x";
  program(async () => {
    const provider = new TestPackage("mine", { force }, { deleteBeforeReplace: true } as pulumi.CustomResourceOptions);
    new Thing("one", {}, { provider });
  });
  await run("up");
  force = "y";
  world.calls.length = 0;
  const replaced = await run("up");
  expect(replaced.error).toBeUndefined();
  expect(replaced.changes).toEqual({ same: 1, replace: 2 });
  expect(world.calls).toEqual(["delete one", "create one"]);
  expect(begun(replaced.events)).toEqual([
    "delete-replaced one",
    "delete-replaced mine",
    "replace mine",
    "create-replacement mine",
    "replace one",
    "create-replacement one",
  ]);
});

// A new version of a package makes a new default provider; what the old one made goes over to it untouched.
test("4: a default provider's new version replaces nothing, and the old provider goes", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  let version = "1.0.0";
  program(async () => void new Thing("one", {}, { version }));
  await run("up");
  version = "1.1.0";
  world.calls.length = 0;
  const upgraded = await run("up");
  expect(upgraded.changes).toEqual({ same: 2 });
  expect(world.calls).toEqual([]);
  expect((await stateOf(stack, "one")).provider).toContain(providerUrn("default_1_1_0"));
  expect(await stateOf(stack, "default_1_0_0")).toBeUndefined();
});

// The option of the program is what a person has chosen last.
test("7: the version of a provider is its option's, or else its input's, or else none", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  program(async () => {
    new TestPackage("both", { version: "1.2.0" }, { version: "1.5.0" });
    new TestPackage("input", { version: "1.2.0" });
    new TestPackage("none");
  });
  expect((await run("up")).error).toBeUndefined();
  expect((await stateOf(stack, "both")).inputs.version).toBe("1.5.0");
  expect((await stateOf(stack, "input")).inputs.version).toBe("1.2.0");
  expect((await stateOf(stack, "none")).inputs).toBeUndefined();
  expect(new Set(world.versions)).toEqual(new Set(["1.5.0", "1.2.0", ""]));
});

// A component's providers reach everything below it of their package, and nothing of another one.
test("8: providers are inherited through components, by package only", async () => {
  const world = new TestWorld();
  world.packages.add("other");
  const { program, run, stack } = await drive(world);
  class Other extends pulumi.CustomResource {
    constructor(name: string, options: pulumi.CustomResourceOptions) {
      super("other:index:Thing", name, {}, { version: "1.0.0", ...options });
    }
  }
  program(async () => {
    const mine = new TestPackage("mine");
    const outer = new Group("outer", { providers: [mine] });
    const inner = new Group("inner", { parent: outer });
    new Thing("deep", {}, { parent: inner });
    new Other("foreign", { parent: inner });
    const single = new Group("single", { provider: mine });
    new Thing("near", {}, { parent: single });
  });
  expect((await run("up")).error).toBeUndefined();
  for (const name of ["deep", "near"]) expect((await stateOf(stack, name)).provider).toContain(providerUrn("mine"));
  expect((await stateOf(stack, "foreign")).provider).toContain("pulumi:providers:other::default_1_0_0");
});

// What the engine keeps for itself in a provider's inputs is no setting of the provider.
test("9: `__internal` reaches no provider", async () => {
  const world = new TestWorld();
  const { program, run } = await drive(world);
  const checked: unknown[] = [];
  world.behaviour.instead = {
    checkConfig: async ({ news }) => {
      checked.push(news);
      return { inputs: news, failures: [] };
    },
  };
  program(async () => {
    const provider = new TestPackage("mine", { __internal: { hidden: true }, region: "here" }, { version: "1.0.0" });
    new Thing("one", { __internal: {}, value: 1 }, { provider });
  });
  expect((await run("up")).error).toBeUndefined();
  expect(checked).toEqual([{ region: "here", version: "1.0.0" }]);
  expect(JSON.stringify(world.configured)).not.toContain("__internal");
  expect(JSON.stringify([...world.all().values()])).not.toContain("__internal");
});

// A program that must name its providers is stopped before anything is made when it does not.
test("10: default providers can be denied", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  program(async () => void new Thing("one"));
  await stack.setConfig("pulumi:disable-default-providers", { value: '["test"]' });
  expect(told((await run("up")).events, "error")).toContain(`' must use an explicit provider`);
  await stack.setConfig("pulumi:disable-default-providers", { value: '["*"]' });
  expect(told((await run("up")).events, "error")).toContain(`' must use an explicit provider`);
  await stack.setConfig("pulumi:disable-default-providers", { value: "test" });
  expect(told((await run("up")).events, "error")).toContain("must be a JSON list of package names");
  expect(world.calls).toEqual([]);
  program(async () => void new Thing("one", {}, { provider: new TestPackage("mine") }));
  await stack.setConfig("pulumi:disable-default-providers", { value: '["test"]' });
  expect((await run("up")).error).toBeUndefined();
});

// Configuring may cost a sign-in: once is enough, and not at all where nothing asks.
test("11: a provider is configured once a run, for all its resources", async () => {
  const world = new TestWorld();
  const { program, run } = await drive(world);
  program(async () => {
    const provider = new TestPackage("mine", { region: "here" });
    for (const name of ["one", "two", "three"]) new Thing(name, {}, { provider });
    new TestPackage("idle", { region: "there" });
  });
  await run("up");
  world.configured.length = 0;
  expect((await run("up")).changes).toEqual({ same: 6 });
  expect(world.configured).toEqual([{ region: "here" }]);
});

// A provider that cannot compare yet must not stop a preview, nor be taken for "no change".
test("12: a difference that cannot be told is an update, with a warning", async () => {
  const world = new TestWorld();
  const { program, run } = await drive(world);
  program(async () => void new Thing("one", { value: 1 }));
  await run("up");
  world.behaviour.instead = {
    diff: async () => {
      throw new DiffUnavailable("not told yet");
    },
  };
  const updated = await run("up");
  expect(updated.changes).toEqual({ same: 1, update: 1 });
  expect(told(updated.events, "warning")).toContain("not told yet");
});

// A provider that leaves the comparison to the engine gets the engine's own.
test("12: where the provider does not know, the inputs are compared", async () => {
  const world = new TestWorld();
  const { program, run } = await drive(world);
  world.behaviour.instead = {
    diff: async () => ({ changes: "unknown", replaces: [], stables: [], diffs: [] }),
  };
  let value: unknown = { a: 1, b: [1] };
  program(async () => void new Thing("one", { value }));
  await run("up");
  expect((await run("up")).changes).toEqual({ same: 2 });
  value = { a: 1, b: [1, 2] };
  const updated = await run("up");
  expect(updated.changes).toEqual({ same: 1, update: 1 });
  const step = updated.events.find((e) => e.resourcePreEvent?.metadata.op === "update")?.resourcePreEvent?.metadata;
  expect(step?.diffs).toEqual(["value"]);
  expect(step?.detailedDiff).toEqual({ "value.b[1]": { diffKind: "add", inputDiff: true } });
});
