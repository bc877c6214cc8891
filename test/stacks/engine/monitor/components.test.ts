import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { OutputValue, ResourceReference } from "../../../../stacks/engine/value.ts";
import { diagnostics } from "../support/in-process.ts";
import { remoteWorld } from "../support/remote-provider.ts";
import { drive, Group, Thing } from "../support/stack.ts";
import { TestWorld } from "../support/test-provider.ts";

class Box extends pulumi.ComponentResource {
  declare readonly arn: pulumi.Output<string>;
  declare readonly token: pulumi.Output<string>;
  declare readonly child: pulumi.Output<pulumi.Resource>;
  constructor(name: string, args: pulumi.Inputs = {}, options?: pulumi.ComponentResourceOptions) {
    super("remote:index:Box", name, { arn: undefined, token: undefined, child: undefined, ...args }, options, true);
  }
  say(word: pulumi.Input<string>): pulumi.Output<any> {
    return pulumi.runtime.call("remote:index:Box/say", { __self__: this, word }, this);
  }
}

function driven(world: TestWorld) {
  const remote = remoteWorld(world);
  const fake = { provider: remote.provider } as unknown as TestWorld;
  return { remote, stack: drive(fake) };
}

// A package written in another language is a provider like this one to the program that uses it.
test("a remote component is built by its provider, and its children are the stack's", async () => {
  const world = new TestWorld();
  const { remote, stack } = driven(world);
  const run = await stack;
  await run.stack.setAllConfig({ size: { value: "3" }, key: { value: "k", secret: true } });
  const outputs: any = {};
  run.program(async () => {
    const source = new Thing("source", { value: "v" });
    const group = new Group("group", { protect: false });
    const box = new Box(
      "box",
      { from: source.arn, plain: 1, secret: pulumi.secret("s"), list: [source.arn] },
      { parent: group, aliases: [{ name: "chest" }], customTimeouts: { create: "1m" }, dependsOn: [source] },
    );
    outputs.arn = await (box.arn as any).promise();
    outputs.deps = [...(await (box.arn as any).allResources())].length;
    outputs.secret = await (box.token as any).isSecret;
    return { arn: box.arn };
  });
  const up = await run.run("up");
  expect(up.error).toBeUndefined();
  expect(outputs).toEqual({ arn: "arn:box-child-2", deps: 2, secret: true });
  const source = "urn:pulumi:dev::proj::test:index:Thing::source";
  const [request] = remote.constructs;
  expect(request).toMatchObject({
    project: "proj",
    stack: "dev",
    organization: "organization",
    config: { "proj:size": "3", "proj:key": "k" },
    configSecretKeys: ["proj:key"],
    dryRun: false,
    type: "remote:index:Box",
    name: "box",
    parent: "urn:pulumi:dev::proj::test:index:Group::group",
    inputDependencies: { from: [source], list: [source] },
    options: { dependencies: [source], customTimeouts: { create: "1m" }, protect: false },
  });
  expect(request!.options.aliases).toMatchObject([{ kind: "spec", name: "chest" }]);
  expect(request!.inputs["from"]).toEqual(new OutputValue({ value: "arn:source-1", dependencies: [source] }));
  expect(request!.inputs["secret"]).toMatchObject({ value: "s" });
  const { deployment } = await run.stack.exportStack();
  const urns = deployment.resources.map((resource: any) => resource.urn);
  expect(urns).toContain("urn:pulumi:dev::proj::test:index:Group$remote:index:Box::box");
  expect(urns).toContain("urn:pulumi:dev::proj::test:index:Group$remote:index:Box$test:index:Thing::box-child");
  run.program(async () => undefined);
  expect((await run.run("up")).error).toBeUndefined();
  expect(world.all().size).toBe(0);
});

// What a provider cannot build ends the update with the provider's reason.
test("a component that fails is an error of the update", async () => {
  const { stack } = driven(new TestWorld());
  const run = await stack;
  run.program(async () => void new Box("box", { fail: true }));
  const up = await run.run("up");
  expect(up.error).toBeDefined();
  expect(diagnostics(up.events, "error")).toEqual(["remote:index:Box resource 'box' has a problem: no box today"]);
});

// The package says nothing of components: the user has to hear which.
test("a provider without components and methods is named", async () => {
  const run = await drive(new TestWorld());
  class Other extends pulumi.ComponentResource {
    constructor() {
      super("test:index:Other", "other", {}, {}, true);
    }
  }
  run.program(async () => void new Other());
  expect(diagnostics((await run.run("up")).events, "error")).toEqual([
    "test:index:Other resource 'other' has a problem: the provider 'test' has no components of its own",
  ]);
});

// Methods carry where their arguments came from, and where their answer does.
test("a method of a resource is called with outputs and answers with dependencies", async () => {
  const { remote, stack } = driven(new TestWorld());
  const run = await stack;
  const answers: any[] = [];
  run.program(async () => {
    const source = new Thing("source", { value: "v" });
    const box = new Box("box");
    const echo = box.say(source.arn) as any;
    answers.push(await echo.promise(), [...(await echo.allResources())].length);
  });
  expect((await run.run("up")).error).toBeUndefined();
  expect(answers).toEqual([{ echo: "arn:source-1" }, 2]);
  const [request] = remote.calls;
  expect(request!.token).toBe("remote:index:Box/say");
  expect(request!.args["__self__"]).toBeInstanceOf(ResourceReference);
  expect(request!.argDependencies["word"]).toEqual(["urn:pulumi:dev::proj::test:index:Thing::source"]);
  expect(request!.monitorAddress).toMatch(/^127\.0\.0\.1:\d+$/);
});

// Arguments that do not pass are the program's to hear of, property by property.
test("a method that finds fault with its arguments says with which", async () => {
  const { stack } = driven(new TestWorld());
  const run = await stack;
  run.program(async () => void new Box("box").say("bad"));
  const up = await run.run("up");
  expect(up.error).toBeDefined();
  expect(diagnostics(up.events, "error").join()).toContain(
    "Invoke of 'remote:index:Box/say' failed: is no word (word)",
  );
});

// A method that fails is told as the engine's own error, once.
test("a failing method fails the update", async () => {
  const { stack } = driven(new TestWorld());
  const run = await stack;
  run.program(async () => void new Box("box").say("fail"));
  const up = await run.run("up");
  expect(up.error).toBeDefined();
  expect(diagnostics(up.events, "error")).toEqual(["call to function 'remote:index:Box/say' failed: does not answer"]);
});

// One resource handed to another component comes back as the same resource, with what it has.
test("a reference to a resource is rehydrated from the deployment", async () => {
  const { stack } = driven(new TestWorld());
  const run = await stack;
  let value: unknown;
  pulumi.runtime.registerResourceModule("test", "index", {
    version: "1.0.0",
    construct: (name: string, _type: string, urn: string) => new Thing(name, {}, { urn }),
  });
  run.program(async () => {
    const box = new Box("box");
    const child = (await (box.child as any).promise()) as Thing;
    value = await (child.value as any).promise();
    const holder = new Thing("holder", { held: child, group: new Group("group") });
    return { holder: holder.urn };
  });
  expect((await run.run("up")).error).toBeUndefined();
  expect(value).toBe("inside");
  const { deployment } = await run.stack.exportStack();
  const holder = deployment.resources.find((resource: any) => resource.urn.endsWith("::holder"));
  const child = "urn:pulumi:dev::proj::remote:index:Box$test:index:Thing::box-child";
  expect(holder.inputs.held).toMatchObject({ urn: child, id: "box-child-1" });
  expect(holder.inputs.group.urn).toBe("urn:pulumi:dev::proj::test:index:Group::group");
  expect("id" in holder.inputs.group).toBe(false);
});

// A method of a provider resource runs in that very provider, not in a default one.
test("a method of an explicit provider is called at that provider", async () => {
  const { remote, stack } = driven(new TestWorld());
  const run = await stack;
  run.program(async () => {
    class RemotePackage extends pulumi.ProviderResource {
      constructor() {
        super("remote", "own", { region: "r" });
      }
    }
    const own = new RemotePackage();
    await (pulumi.runtime.call("pulumi:providers:remote/say", { __self__: own, word: "w" }, own) as any).promise();
  });
  expect((await run.run("up")).error).toBeUndefined();
  expect(remote.calls).toHaveLength(1);
  const { deployment } = await run.stack.exportStack();
  expect(deployment.resources.map((resource: any) => resource.type)).toEqual([
    "pulumi:pulumi:Stack",
    "pulumi:providers:remote",
  ]);
});
