import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { drive, Group, TestPackage, Thing } from "../support/stack.ts";
import { TestWorld } from "../support/test-provider.ts";

async function exported(stack: { exportStack(): Promise<any> }, name: string): Promise<any> {
  const { deployment } = await stack.exportStack();
  return deployment.resources.find((resource: any) => resource.urn.endsWith(`::${name}`));
}

// Behaviour 60: whoever wraps a component relies on who has the last word.
test("60: a resource's own transforms run first, then its parents' from the inside out, then the stack's", async () => {
  const world = new TestWorld();
  const driven = await drive(world);
  const seen: string[] = [];
  const note =
    (who: string): pulumi.ResourceTransform =>
    (args) => {
      if (args.type === "pulumi:pulumi:Stack") return undefined;
      seen.push(`${who} ${args.name}`);
      return { props: { ...args.props, trail: [args.props["trail"], who].filter(Boolean).join(" ") }, opts: args.opts };
    };
  driven.program(async () => {
    pulumi.runtime.registerResourceTransform(note("stack"));
    const outer = new Group("outer", { transforms: [note("outer")] });
    const inner = new Group("inner", { parent: outer, transforms: [note("inner")] });
    new Thing("leaf", {}, { parent: inner, transforms: [note("own1"), note("own2")] });
  });
  const { error } = await driven.run("up");
  expect(error).toBeUndefined();
  expect(seen.filter((line) => line.endsWith("leaf"))).toEqual([
    "own1 leaf",
    "own2 leaf",
    "inner leaf",
    "outer leaf",
    "stack leaf",
  ]);
  expect(seen.filter((line) => line.endsWith("inner"))).toEqual(["inner inner", "outer inner", "stack inner"]);
  expect(seen.filter((line) => line.endsWith("outer"))).toEqual(["outer outer", "stack outer"]);
  expect((await exported(driven.stack, "leaf")).inputs.trail).toBe("own1 own2 inner outer stack");
});

// Behaviour 60: every option goes both ways; one that got lost would only show in a cloud.
test("60: a transform sees every option and its changes are what is registered", async () => {
  const world = new TestWorld();
  const driven = await drive(world);
  let seen: any;
  driven.program(async () => {
    const first = new Thing("first");
    const second = new Thing("second");
    const other = new TestPackage("other", { region: "r" });
    new Thing(
      "it",
      { value: 1, count: 1 },
      {
        dependsOn: [first],
        protect: false,
        ignoreChanges: ["count"],
        replaceOnChanges: ["a"],
        customTimeouts: { create: "1m", delete: "2m" },
        retainOnDelete: true,
        deletedWith: first,
        deleteBeforeReplace: true,
        additionalSecretOutputs: ["arn"],
        aliases: [{ name: "was" }, "urn:pulumi:dev::proj::test:index:Thing::before"],
        replaceWith: [first],
        hideDiffs: ["b"],
        transforms: [
          (args) => {
            seen = { ...args, opts: { ...args.opts } };
            return {
              props: { ...args.props, value: 2 },
              opts: {
                ...args.opts,
                dependsOn: [second],
                ignoreChanges: ["other"],
                replaceOnChanges: ["c"],
                customTimeouts: { create: "90s" },
                retainOnDelete: false,
                deletedWith: second,
                additionalSecretOutputs: ["value"],
                provider: other,
                protect: true,
              } as pulumi.CustomResourceOptions,
            };
          },
        ],
      },
    );
  });
  const { error } = await driven.run("up");
  expect(error).toBeUndefined();
  expect(seen).toMatchObject({ custom: true, type: "test:index:Thing", name: "it", props: { value: 1, count: 1 } });
  expect(seen.opts).toMatchObject({
    protect: false,
    ignoreChanges: ["count"],
    replaceOnChanges: ["a"],
    customTimeouts: { create: "1m", delete: "2m" },
    retainOnDelete: true,
    deleteBeforeReplace: true,
    additionalSecretOutputs: ["arn"],
    version: "1.0.0",
  });
  expect(seen.opts.aliases).toEqual(
    expect.arrayContaining([expect.objectContaining({ name: "was" }), expect.stringMatching(/::before$/)]),
  );
  const state = await exported(driven.stack, "it");
  const urn = (name: string): string => `urn:pulumi:dev::proj::test:index:Thing::${name}`;
  expect(state).toMatchObject({
    inputs: { value: 2, count: 1 },
    protect: true,
    ignoreChanges: ["other"],
    replaceOnChanges: ["c"],
    customTimeouts: { create: 90 },
    deletedWith: urn("second"),
    dependencies: [urn("second")],
    additionalSecretOutputs: ["value"],
  });
  expect(state.retainOnDelete).toBeUndefined();
  expect(state.provider).toContain("pulumi:providers:test::other::");
});

// A transform that unwrapped a secret would write it down in plain text; one that lost a dependency, delete too early.
test("60: secrets, unknowns and dependencies pass through a transform as outputs", async () => {
  const world = new TestWorld();
  const driven = await drive(world);
  const kinds: string[] = [];
  driven.program(async () => {
    const source = new Thing("source", { value: "v" });
    new Thing(
      "it",
      { password: pulumi.secret("hunter2"), from: source.arn, plain: "p" },
      {
        transforms: [
          async (args) => {
            const from = args.props["from"] as pulumi.Output<string> & { isKnown: Promise<boolean> };
            const password = args.props["password"] as pulumi.Output<string> & { isSecret: Promise<boolean> };
            kinds.push(`${await password.isSecret} ${await from.isKnown} ${typeof args.props["plain"]}`);
            return { props: { ...args.props, twice: pulumi.interpolate`${from}/${password}` }, opts: args.opts };
          },
        ],
      },
    );
  });
  expect((await driven.run("preview")).error).toBeUndefined();
  expect((await driven.run("up")).error).toBeUndefined();
  expect(kinds).toEqual(["true false string", "true true string"]);
  const state = await exported(driven.stack, "it");
  const source = "urn:pulumi:dev::proj::test:index:Thing::source";
  expect(state.propertyDependencies).toMatchObject({ from: [source] });
  expect(state.dependencies).toEqual([source]);
  expect(JSON.stringify(state.inputs.password)).toContain('"plaintext"');
  expect(JSON.stringify(state.inputs.twice)).toContain('"plaintext"');
});

// The stack's transforms come from another author than the resource: its error has to say which step failed.
test("60: a transform that throws fails the program and registers nothing", async () => {
  const world = new TestWorld();
  const driven = await drive(world);
  driven.program(async () => {
    pulumi.runtime.registerResourceTransform((args) => {
      if (args.name === "it") throw new Error("names must be longer");
      return undefined;
    });
    new Thing("it");
  });
  const { error, events } = await driven.run("up");
  expect(error?.message).toContain("failed");
  expect(JSON.stringify(events)).toContain("names must be longer");
  expect(world.all().size).toBe(0);
});

// Behaviour 60, for functions: the arguments and the provider a call goes to are the transform's to change.
test("60: an invoke transform changes arguments and options, and may fail the call", async () => {
  const world = new TestWorld();
  const driven = await drive(world);
  const answers: unknown[] = [];
  driven.program(async () => {
    pulumi.runtime.registerInvokeTransform((args) => {
      if (args.args["say"] === "no") throw new Error("not this word");
      return { args: { ...args.args, say: `${args.args["say"]}!` }, opts: { ...args.opts, version: "2.0.0" } };
    });
    answers.push(await pulumi.runtime.invoke("test:index:fn", { say: "hello" }, { version: "1.0.0" }));
    answers.push(
      await pulumi.runtime.invoke("test:index:fn", { say: "no" }, {}).catch((cause: Error) => cause.message),
    );
  });
  const { error } = await driven.run("up");
  expect(error).toBeUndefined();
  expect(answers).toEqual([{ echo: "hello!" }, expect.stringContaining("not this word")]);
  const { deployment } = await driven.stack.exportStack();
  expect(deployment.resources.map((resource: any) => resource.urn)).toContain(
    "urn:pulumi:dev::proj::pulumi:providers:test::default_2_0_0",
  );
});
