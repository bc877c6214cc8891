import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { diagnostics, inProcessStack, register } from "../support/in-process.ts";
import { drive, Group, Thing } from "../support/stack.ts";
import { TestWorld } from "../support/test-provider.ts";

// A stash keeps the first value it was given: generated passwords and dates hang on that.
test("a stash keeps its first value, secret as it was, until it is replaced", async () => {
  const run = await drive(new TestWorld());
  const values: unknown[] = [];
  const program = (input: string) => async (): Promise<object> => {
    const stash = new pulumi.Stash("kept", { input: pulumi.secret(input) });
    values.push(await (stash.output as any).promise(), await (stash.output as any).isSecret);
    return { kept: stash.output };
  };
  run.program(program("one"));
  expect((await run.run("up")).error).toBeUndefined();
  run.program(program("two"));
  const second = await run.run("up");
  expect(second.error).toBeUndefined();
  expect(second.changes).toMatchObject({ update: 1 });
  expect(values).toEqual(["one", true, "one", true]);
  expect(await run.stack.outputs()).toEqual({ kept: { value: "one", secret: true } });
  expect((await run.run("destroy")).error).toBeUndefined();
});

// What another stack put out, through the functions SDKs ask with; an unknown stack is an error of the question.
test("stack outputs and resource outputs are read by name", async () => {
  const run = await drive(new TestWorld());
  run.program(async () => ({ url: new Thing("it", { value: "v" }).arn, key: pulumi.secret("k") }));
  expect((await run.run("up")).error).toBeUndefined();
  const answers: any[] = [];
  run.program(async () => {
    const ask = (token: string, args: object) =>
      pulumi.runtime.invoke(`pulumi:pulumi:${token}`, args).catch((cause: Error) => cause.message);
    answers.push(await ask("readStackOutputs", { name: "dev" }));
    answers.push(await ask("readStackResourceOutputs", { stackName: "dev" }));
    answers.push(await ask("readStackOutputs", { name: "nowhere" }));
    answers.push(await ask("sing", {}));
  });
  expect((await run.run("up")).error).toBeUndefined();
  const [outputs, resources, unknown, stranger] = answers;
  expect(outputs).toMatchObject({ name: "dev", secretOutputNames: ["key"], outputs: { url: "arn:it-1" } });
  expect(resources.outputs["urn:pulumi:dev::proj::test:index:Thing::it"]).toMatchObject({
    type: "test:index:Thing",
    id: "it-1",
    outputs: { value: "v" },
  });
  expect(unknown).toContain('unknown stack "nowhere"');
  expect(stranger).toContain("unrecognized function name: 'pulumi:pulumi:sing'");
});

// Old SDKs register a stack reference instead of reading one; it is made, checked and replaced like any resource.
test("a registered stack reference is checked, made and warned of", async () => {
  const stack = await inProcessStack((pkg) => new TestWorld().provider(pkg));
  const reference = (name: string | number) => ({ type: "pulumi:pulumi:StackReference", inputs: { name } });
  const up = await stack.run("up", async (run) => void (await register(run, "ref", reference("dev"))));
  expect(up.error).toBeUndefined();
  expect(diagnostics(up.events, "warning").join()).toContain("is deprecated");
  const [kept] = stack.resources().filter((resource) => resource.type === "pulumi:pulumi:StackReference");
  expect(kept.outputs).toMatchObject({ name: "dev", outputs: {}, secretOutputNames: [] });
  const bad = await stack.run("up", async (run) => void (await register(run, "ref", reference(1))));
  expect(diagnostics(bad.events, "error").join()).toContain('property "name" must be a string');
  const other = await stack.run("up", async (run) => {
    await register(run, "ref", { type: "pulumi:pulumi:Other", inputs: {} });
  });
  expect(diagnostics(other.events, "error").join()).toContain(
    "resources of type pulumi:pulumi:Other are not supported",
  );
});

// Whoever debugs a component wants to know which of its options do nothing; nobody else wants to read it.
test("options a component does not apply and debug lines are told with --debug only", async () => {
  const run = await drive(new TestWorld());
  run.program(async () => {
    await pulumi.log.debug("for developers");
    const options = { ignoreChanges: ["a"], customTimeouts: { create: "1m" }, retainOnDelete: true };
    new Group("group", { ...options, replaceOnChanges: ["b"], additionalSecretOutputs: ["c"] } as object);
  });
  const silent = await run.run("preview");
  expect(diagnostics(silent.events, "debug")).toEqual([]);
  const told = diagnostics((await run.run("preview", { debug: true })).events, "debug");
  expect(told).toContain("for developers");
  const noted = told.flatMap((line) => /^The option '(\w+)'/.exec(line)?.[1] ?? []);
  expect(noted.sort()).toEqual([
    "additionalSecretOutputs",
    "customTimeouts",
    "ignoreChanges",
    "replaceOnChanges",
    "retainOnDelete",
  ]);
});
