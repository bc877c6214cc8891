/** `stack.import` over the Automation API: behaviours 46 and 47, the code it writes, and `preview({ importFile })`. */
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { importCode } from "../../../../stacks/engine/plans/import-code.ts";
import type { ResourceState } from "../../../../stacks/engine/state/resource.ts";
import { Asset, type PropertyMap, Secret } from "../../../../stacks/engine/value.ts";
import { drive, Group, TestPackage, Thing } from "../support/stack.ts";
import { TestWorld } from "../support/test-provider.ts";

const token = "test:index:Thing";
const resourcesOf = async (stack: { exportStack(): Promise<any> }): Promise<any[]> =>
  (await stack.exportStack()).deployment.resources ?? [];

// What is imported has to be what is there, and a program that declares it has to change nothing.
test("46: what exists is taken into the state, protected, with the code that declares it", async () => {
  const world = new TestWorld();
  world.put("a-1", { value: "as it is", nested: { list: ["x", 1] } });
  const { stack, program, run } = await drive(world);
  const imported = await stack.import({ resources: [{ type: token, name: "taken", id: "a-1", version: "1.0.0" }] });
  expect(imported.summary).toMatchObject({
    kind: "resource-import",
    result: "succeeded",
    resourceChanges: { import: 1, create: 1 },
  });
  expect(imported.generatedCode).toContain(`new test.Thing("taken", {`);
  expect(imported.generatedCode).toContain("protect: true");
  const found = (await resourcesOf(stack)).find(({ type }) => type === token);
  expect(found).toMatchObject({ id: "a-1", protect: true, inputs: { value: "as it is" }, outputs: { arn: "arn:a-1" } });
  expect(found.importID).toBeUndefined();

  program(async () => {
    new Thing("taken", { value: "as it is", nested: { list: ["x", 1] } }, { protect: true });
  });
  expect((await run("preview")).changes).toEqual({ same: 2 });
  // Once more, under the same id: nothing to do.
  await stack.import({ resources: [{ type: token, name: "taken", id: "a-1" }], generateCode: false });
  await expect(
    stack.import({ resources: [{ type: token, name: "taken", id: "other" }], generateCode: false }),
  ).rejects.toThrow("import failed");
  program(async () => {
    new Thing("taken", { value: "as it is", nested: { list: ["x", 1] } });
  });
  await run("up");
  await run("destroy");
  expect(world.all().size).toBe(0);
});

// Parents, providers and the choice of properties are what a bulk import is made of.
test("46: parents, explicit providers, chosen properties, no protection", async () => {
  const world = new TestWorld();
  world.put("a-1", { value: "kept", other: "left out" });
  world.put("a-2", { value: "child" });
  const { stack, program, run } = await drive(world);
  let provider = "";
  program(async () => {
    const own = new TestPackage("own", { region: "here" });
    provider = await new Promise<string>((done) => own.urn.apply(done));
  });
  await run("up");
  await stack.import({
    nameTable: { own: "urn:pulumi:dev::proj::pulumi:providers:test::own" },
    resources: [
      { type: token, name: "child", id: "a-2", parent: "group" },
      { type: "test:index:Group", name: "group", component: true } as any,
      { type: token, name: "first", id: "a-1", provider: "own", properties: ["value"] },
    ],
    protect: false,
    generateCode: false,
  });
  const resources = await resourcesOf(stack);
  const named = (name: string) => resources.find(({ urn }) => urn.endsWith(`::${name}`));
  expect(named("child")).toMatchObject({
    parent: named("group").urn,
    urn: "urn:pulumi:dev::proj::test:index:Group$test:index:Thing::child",
  });
  expect(named("first")).toMatchObject({
    inputs: { value: "kept" },
    provider: `${named("own").urn}::${named("own").id}`,
  });
  expect(named("first").inputs).not.toHaveProperty("other");
  expect(resources.some(({ protect }) => protect)).toBe(false);
  expect(provider).toBe(named("own").urn);
  await run("destroy");
});

// A failed import that left half a resource would be deleted, or updated, by the next program.
test("47: what cannot be imported leaves nothing", async () => {
  const world = new TestWorld();
  const { stack } = await drive(world);
  await expect(
    stack.import({ resources: [{ type: token, name: "gone", id: "none" }], generateCode: false }),
  ).rejects.toThrow("import failed");
  expect((await resourcesOf(stack)).filter(({ type }) => type === token)).toEqual([]);
  expect((await stack.exportStack()).deployment.pending_operations ?? []).toEqual([]);
  await stack.destroy();
});

// Every mistake is told before the provider is asked anything.
test.each([
  [[{ type: token, name: "a" }], /resource 'a' of type 'test:index:Thing' has no ID/],
  [[{ type: token, name: "a", id: "1", parent: "nobody" }], /the parent 'nobody' for resource 'a'/],
  [[{ type: token, name: "a", id: "1", provider: "nobody" }], /the provider 'nobody' for resource 'a'/],
  [[{ type: token, name: "a", id: "1", colour: "red" }], /has 'colour', which this engine does not know/],
])("a wrong file is refused: %j", async (resources, text) => {
  const world = new TestWorld();
  const { stack } = await drive(world);
  await expect(stack.import({ resources: resources as any, generateCode: false })).rejects.toThrow(text);
  expect(world.calls).toEqual([]);
});

// Refused by name, not answered with something else.
test("converters are refused", async () => {
  const { stack } = await drive(new TestWorld());
  await expect(
    stack.import({ converter: "terraform" as any, converterArgs: ["./x.tfstate"], generateCode: false }),
  ).rejects.toThrow("--from is not supported by this engine: converters are not supported");
});

// Generated code goes into repositories, and has to be a program whatever resources are called.
test("generated code names no secret and is a program", () => {
  const at = (name: string, inputs: PropertyMap, more: object = {}): ResourceState => ({
    urn: `urn:pulumi:dev::proj::aws:s3/bucket:Bucket::${name}`,
    type: "aws:s3/bucket:Bucket",
    custom: true,
    inputs,
    outputs: {},
    dependencies: [],
    propertyDependencies: {},
    ...more,
  });
  const code = importCode([
    at("new", { token: new Secret("hunter2"), "a-b": [1, { deep: true }], __defaults: [] }, { protect: true }),
    at("new.2", { page: new Asset({ text: "hello" }) }),
  ]);
  expect(code).toBe(`import * as pulumi from "@pulumi/pulumi";
import * as aws from "@pulumi/aws";

const config = new pulumi.Config();

const _new = new aws.s3.Bucket("new", {
    token: config.requireSecret("_new.token"),
    "a-b": [
        1,
        {
            deep: true,
        },
    ],
}, {
    protect: true,
});

const new2 = new aws.s3.Bucket("new.2", {
    page: new pulumi.asset.StringAsset("hello"),
});
`);
});

// The file is what one fills in to import what a program already describes.
test("preview writes the resources to create as an import file", async () => {
  const { run, program } = await drive(new TestWorld());
  program(async () => {
    const group = new Group("group");
    const first = new Thing("same", {}, { parent: group });
    new Thing("same", {}, { dependsOn: first });
  });
  const importFile = join(mkdtempSync(join(tmpdir(), "import-")), "import.json");
  expect((await run("preview", { importFile })).error).toBeUndefined();
  expect(JSON.parse(readFileSync(importFile, "utf8"))).toEqual({
    resources: [
      { type: "test:index:Group", name: "group", component: true },
      { type: token, name: "same", id: "<PLACEHOLDER>", parent: "group", version: "1.0.0" },
      { type: token, name: "sameThing", id: "<PLACEHOLDER>", version: "1.0.0", logicalName: "same" },
    ],
  });
});
