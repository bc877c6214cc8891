import aliasPb from "@pulumi/pulumi/proto/alias_pb.js";
import callbackPb from "@pulumi/pulumi/proto/callback_pb.js";
import enginePb from "@pulumi/pulumi/proto/engine_pb.js";
import resourcePb from "@pulumi/pulumi/proto/resource_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import structPb from "google-protobuf/google/protobuf/struct_pb.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ProgramRun } from "../../../../stacks/engine/index.ts";
import { ResourceReference, unknown } from "../../../../stacks/engine/value.ts";
import { decodeStruct, encodeStruct } from "../../../../stacks/engine/values/wire.ts";
import { diagnostics, type InProcessStack, inProcessStack, register } from "../support/in-process.ts";
import { type Remote, remoteWorld } from "../support/remote-provider.ts";
import { TestWorld } from "../support/test-provider.ts";

let world: TestWorld;
let remote: Remote;
let stack: InProcessStack;
beforeAll(async () => {
  world = new TestWorld();
  remote = remoteWorld(world);
  stack = await inProcessStack((pkg, version) => remote.provider(pkg, version), {
    config: '  proj:size: "3"\n  other:x: "1"\n',
  });
});
afterAll(async () => void (await stack.run("destroy")));

/** What a program's call was refused with, as `CODE text`. */
async function refusal(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "accepted",
    (cause: { code: number; details: string }) => `${cause.code} ${cause.details}`,
  );
}

/** Runs `work` as the program of a preview; what it throws fails the test. */
async function inProgram(work: (run: ProgramRun) => Promise<void>, flags: string[] = []): Promise<string[]> {
  let failure: unknown;
  const { events } = await stack.run(
    "preview",
    async (run) => {
      await work(run).catch((cause: unknown) => {
        failure = cause;
      });
    },
    flags,
  );
  if (failure) throw failure;
  return diagnostics(events, "error");
}

const features = [
  ...["secrets", "resourceReferences", "outputValues", "aliasSpecs", "replacementTrigger", "deletedWith"],
  ...["replaceWith", "transforms", "invokeTransforms", "parameterization", "resourceHooks", "errorHooks"],
  "sendsOptionsToHooks",
];

// SDKs of two generations ask in two ways; both must hear the same, and nothing that is not carried out.
test("both feature negotiations promise the same, and no state migrations", async () => {
  await inProgram(async ({ monitor }) => {
    const info = await monitor.getDeploymentInfo(new emptyPb.Empty());
    expect(info.getSupportedfeaturesList()).toEqual([...Array(16).keys(), 17, 18]);
    expect(info.toObject()).toMatchObject({
      project: "proj",
      stack: "dev",
      organization: "organization",
      configMap: [
        ["other:x", "1"],
        ["proj:size", "3"],
      ],
      dryrun: true,
    });
    for (const [id, answer] of [...features.map((id) => [id, true]), ["stateMigrations", false], ["toString", false]])
      expect(
        (await monitor.supportsFeature(new resourcePb.SupportsFeatureRequest().setId(id as string))).getHassupport(),
      ).toBe(answer);
  });
});

// What cannot be carried out is refused by name, and a program that gets the refusal may go on.
test("malformed and unsupported registrations are refused without ending the run", async () => {
  const refused: [string, Parameters<typeof register>[2], string][] = [
    ["bad parent", { parent: "nonsense" }, "3 invalid parent URN: nonsense"],
    ["bad type", { type: "nonsense" }, "3 Type 'nonsense' is not a valid type token (must have format '*:*:*')"],
    [
      "migration",
      { set: (request) => request.setStateMigrationsList([new callbackPb.Callback()]) },
      "12 state migrations are not supported by this engine",
    ],
    [
      "environment",
      { set: (request) => void request.getEnvvarmappingsMap().set("A", "B") },
      "3 envVarMappings can only be used with provider resources",
    ],
    [
      "no secret",
      { set: (request) => request.setObject(signed({ value: undefined }, "1b47061264138c4ac30d75fd1eb44270")) },
      "3 malformed RPC secret: missing value",
    ],
    [
      "no signature",
      { set: (request) => request.setObject(signed({}, "b5c2")) },
      "3 unrecognized signature 'b5c2' in property map",
    ],
    [
      "no transform",
      { set: (request) => request.setTransformsList([new callbackPb.Callback()]) },
      "3 target must be specified",
    ],
    ["no package", { set: (request) => request.setPackageref("x") }, "2 unknown provider package 'x'"],
  ];
  const errors = await inProgram(async (run) => {
    for (const [name, asked, text] of refused) expect(await refusal(register(run, name, asked)), name).toBe(text);
    expect(await refusal(register(run, "good"))).toBe("accepted");
  });
  expect(errors).toEqual([]);
});

function signed(fields: { [key: string]: string | undefined }, signature: string) {
  const inner = encodeStruct(
    { "4dabf18193072939515e22adb298388d": signature, ...JSON.parse(JSON.stringify(fields)) },
    { secrets: true },
  );
  const struct = new structPb.Struct();
  struct.getFieldsMap().set("value", new structPb.Value().setStructValue(inner));
  return struct;
}

// Behaviours 14 and 43: what is only wrong together with the rest of the stack ends the run, and says of whom.
test.each([
  ["14: a parent that is not registered", "could not find parent resource urn:pulumi:dev::proj::a:b:C::p"],
  ["14: a dependency that is no URN", "invalid dependency URN: nonsense"],
  ["43: two resources of one name", "Duplicate resource URN 'urn:pulumi:dev::proj::test:index:Thing::twice'"],
])("%s is an error of the run", async (_what, text) => {
  const errors = await inProgram(async (run) => {
    if (text.startsWith("Duplicate")) await register(run, "twice");
    const asked = text.includes("parent")
      ? { parent: "urn:pulumi:dev::proj::a:b:C::p" }
      : { dependencies: text.includes("nonsense") ? ["nonsense"] : [] };
    expect(await refusal(register(run, "twice", asked))).toBe("14 the deployment has ended");
  });
  expect(errors.join()).toContain(text);
});

// Outputs belong to a registration; anything else is a mixed-up program.
test("outputs of what is not registered are an error of the run", async () => {
  const urn = "urn:pulumi:dev::proj::a:b:C::d";
  const errors = await inProgram(async (run) => {
    const outputs = new resourcePb.RegisterResourceOutputsRequest();
    expect(await refusal(run.monitor.registerResourceOutputs(outputs.setUrn("nonsense")))).toBe(
      "3 invalid resource URN: nonsense",
    );
    expect(await refusal(run.monitor.registerResourceOutputs(outputs.setUrn(urn)))).toBe("14 the deployment has ended");
  });
  expect(errors).toEqual([`cannot complete a resource '${urn}' whose registration isn't pending`]);
});

// Behaviour 9: what is between SDK and engine is not the provider's.
test("9: internal keys of inputs never reach the provider", async () => {
  let seen: unknown;
  world.behaviour.before = () => undefined;
  const up = await stack.run("up", async (run) => {
    const made = await register(run, "internal", { inputs: { value: 1, __internal: { x: 1 } } });
    seen = decodeStruct(made.getObject());
  });
  expect(up.error).toBeUndefined();
  expect(Object.keys(seen as object)).not.toContain("__internal");
  expect([...world.all().values()].some((thing) => "__internal" in thing)).toBe(false);
});

// A receiver gets the form it said it knows: a secret it cannot read would be taken for an object.
test("answers keep to what the caller accepts", async () => {
  await stack.run("up", async (run) => {
    const held = new ResourceReference({ urn: "urn:pulumi:dev::proj::a:b:C::d", id: "i" });
    const old = await register(run, "old", {
      inputs: { value: held },
      set: (request) => request.setAcceptsecrets(false).setAcceptresources(false),
    });
    const answer = decodeStruct(old.getObject());
    expect(answer["secretOut"]).toMatch(/^s-/);
    expect(answer["value"]).toBe("i");
    const bytes = new Uint8Array([255, 254]);
    expect(await refusal(register(run, "bytes", { inputs: { value: bytes } }))).toBe(
      "3 a string holds bytes that are not UTF-8, which the receiver does not support",
    );
    const both = await register(run, "kept", {
      inputs: { value: bytes },
      set: (request) => request.setAcceptsByteString(true),
    });
    expect([...(decodeStruct(both.getObject())["value"] as Uint8Array)]).toEqual([255, 254]);
  });
});

// Older SDKs choke on a list that is half known; they get what is whole.
test("unknown parts are left out for callers that do not know them", async () => {
  await inProgram(async (run) => {
    const inputs = { value: [unknown, 1], other: 2 };
    const partial = await register(run, "partial", { inputs });
    expect(Object.keys(decodeStruct(partial.getObject()))).toEqual(expect.arrayContaining(["value", "arn", "other"]));
    const whole = await register(run, "whole", { inputs, set: (request) => request.setSupportspartialvalues(false) });
    expect(Object.keys(decodeStruct(whole.getObject()))).toEqual(["other"]);
  });
});

// Node's SDK before 3.54 said "the resource's own parent" and "no parent" the other way round.
test("aliases of old Node SDKs mean what those SDKs meant", async () => {
  const first = await stack.run("up", async (run) => {
    const group = await register(run, "group", { type: "test:index:Group", custom: false });
    await register(run, "top", { inputs: { value: 1 } });
    await register(run, "low", { inputs: { value: 1 }, parent: group.getUrn() });
  });
  expect(first.error).toBeUndefined();
  const second = await stack.run("up", async (run) => {
    const group = await register(run, "group", { type: "test:index:Group", custom: false });
    const renamed = (name: string, from: string, noParent: boolean) =>
      run.monitor.registerResource(oldRequest(name, group.getUrn(), from, noParent), { nodejs: true });
    await renamed("top2", "top", false);
    await renamed("low2", "low", true);
  });
  expect(second.error).toBeUndefined();
  expect(second.events.at(-2)!.summaryEvent!.resourceChanges).toEqual({ same: 3 });
});

function oldRequest(name: string, parent: string, from: string, noParent: boolean) {
  const request = new resourcePb.RegisterResourceRequest();
  request.setName(name).setType("test:index:Thing").setCustom(true).setParent(parent).setVersion("1.0.0");
  request.setObject(encodeStruct({ value: 1 }, { secrets: true }));
  const spec = new aliasPb.Alias.Spec().setName(from);
  request.setAliasesList([new aliasPb.Alias().setSpec(noParent ? spec.setNoparent(true) : spec)]);
  return request;
}

// Behaviour 61: an invoke that depends on what is not made yet cannot be answered, whichever way it depends.
test("61: invokes wait for and are gated by what they depend on", async () => {
  const ask = async (run: ProgramRun, dependsOn: string[]) => {
    const request = new resourcePb.ResourceInvokeRequest().setTok("test:index:fn").setVersion("1.0.0");
    request.setArgs(encodeStruct({ say: "hi" }, { secrets: true }));
    request.setDependsonList(dependsOn);
    const answer = await run.monitor.invoke(request);
    return answer.getUnknown() ? "unknown" : decodeStruct(answer.getReturn())["echo"];
  };
  await inProgram(async (run) => {
    const group = await register(run, "holder", { type: "test:index:Group", custom: false });
    expect(await ask(run, [group.getUrn()])).toBe("hi");
    const under = register(run, "under", { parent: group.getUrn() });
    expect(await ask(run, [group.getUrn()])).toBe("unknown");
    expect(await ask(run, [(await under).getUrn()])).toBe("unknown");
    expect(await ask(run, ["urn:pulumi:dev::proj::a:b:C::elsewhere"])).toBe("hi");
    expect(await refusal(ask(run, ["nonsense"]))).toBe("3 invalid dependsOn URN: nonsense");
  });
  const up = await stack.run("up", async (run) => {
    const made = await register(run, "made");
    expect(await ask(run, [made.getUrn()])).toBe("hi");
  });
  expect(up.error).toBeUndefined();
});

// A function's failure is an answer, not the end of the run.
test("invokes fail in the program's hands", async () => {
  const errors = await inProgram(async (run) => {
    const request = new resourcePb.ResourceInvokeRequest().setTok("test:index:fn").setVersion("1.0.0");
    request.setArgs(encodeStruct({ say: "throw" }, { secrets: true }));
    expect(await refusal(run.monitor.invoke(request))).toBe(
      "2 invocation of test:index:fn returned an error: no such luck",
    );
    request.setTok("nowhere:index:fn");
    expect(await refusal(run.monitor.invoke(request))).toContain("no resource plugin 'pulumi-resource-nowhere' found");
    request.setTok("pulumi:pulumi:getResource").setArgs(encodeStruct({ urn: "urn:x" }, { secrets: true }));
    expect(await refusal(run.monitor.invoke(request))).toBe("2 unknown resource urn:x");
  });
  expect(errors).toEqual([]);
});

// A program may look before it adopts: nothing is read into the state.
test("existence is asked of the provider and not kept", async () => {
  const up = await stack.run("up", async (run) => {
    const made = await register(run, "there");
    const ask = async (id: string) => {
      const request = new resourcePb.ExistsResourceRequest().setType("test:index:Thing").setId(id).setVersion("1.0.0");
      const answer = await run.monitor.existsResource(request);
      return answer.getUnknown() ? "unknown" : answer.getExists();
    };
    expect(await ask(made.getId())).toBe(true);
    expect(await ask("gone")).toBe(false);
    expect(await ask("04da6b54-80e4-46f7-96ec-b56ff0331ba9")).toBe("unknown");
  });
  expect(up.error).toBeUndefined();
  expect(stack.resources().filter((resource) => resource.external)).toEqual([]);
});

// A parameterized package is one plugin standing for another; its state has to say so, for the next run.
test("a registered package is remembered, passed to the plugin and kept in state", async () => {
  const parameterized = () => {
    const request = new resourcePb.RegisterPackageRequest().setName("remote").setVersion("1.2.3");
    const parameters = new resourcePb.Parameterization().setName("derived").setVersion("4.5.6");
    return request.setParameterization(parameters.setValue(Buffer.from("how")));
  };
  const program = async (run: ProgramRun): Promise<void> => {
    const ref = (await run.monitor.registerPackage(parameterized())).getRef();
    expect((await run.monitor.registerPackage(parameterized())).getRef()).toBe(ref);
    const other = await run.monitor.registerPackage(parameterized().setVersion("1.2.4"));
    expect(other.getRef()).not.toBe(ref);
    await register(run, "derived", { type: "derived:index:Thing", set: (request) => request.setPackageref(ref) });
  };
  remote.parameters.length = 0;
  remote.made.length = 0;
  const up = await stack.run("up", program);
  expect(up.error).toBeUndefined();
  expect(remote.parameters).toMatchObject([{ name: "derived", version: "4.5.6" }]);
  expect(Buffer.from(remote.parameters[0]!.value).toString()).toBe("how");
  expect(remote.made).toContain("remote 1.2.3");
  const [provider] = stack.resources().filter((resource) => resource.type === "pulumi:providers:derived");
  expect(provider.urn).toBe("urn:pulumi:dev::proj::pulumi:providers:derived::default_4_5_6");
  expect(provider.inputs).toEqual({
    version: "4.5.6",
    __internal: { name: "remote", version: "1.2.3", parameterization: Buffer.from("how").toString("base64") },
  });
  // Only state knows of it now: the delete has to find the same plugin again.
  remote.parameters.length = 0;
  expect((await stack.run("up", async () => undefined)).error).toBeUndefined();
  expect(remote.parameters).toMatchObject([{ name: "derived", version: "4.5.6" }]);
});

// A plugin that takes no parameters would answer for a package it knows nothing of.
test("a plugin that takes no parameters refuses, and so does a package without a name", async () => {
  const errors = await inProgram(async (run) => {
    const request = new resourcePb.RegisterPackageRequest();
    expect(await refusal(run.monitor.registerPackage(request))).toBe("2 package name is empty");
    request.setName("test").setVersion("one");
    expect(await refusal(run.monitor.registerPackage(request))).toContain("parse package version one");
    request.setVersion("1.0.0").setParameterization(new resourcePb.Parameterization().setName("other"));
    const ref = (await run.monitor.registerPackage(request)).getRef();
    const asked = { type: "other:index:Thing", set: (r: any) => r.setPackageref(ref) };
    expect(await refusal(register(run, "it", asked))).toBe("14 the deployment has ended");
  });
  expect(errors).toEqual(["package 'other' asks for parameters of the provider plugin 'test', which takes none"]);
});

// The engine service: what a program tells people, and what it demands of the engine.
test("logs of every severity, root resource, debugger and version demands", async () => {
  const up = await stack.run("up", async ({ engine }) => {
    const log = (severity: number, message: string) =>
      engine.log(
        new enginePb.LogRequest()
          .setSeverity(severity as 0)
          .setMessage(message)
          .setStreamid(7),
      );
    await log(0, "for developers");
    await log(1, "told");
    await engine.log(new enginePb.LogRequest().setSeverity(1).setMessage("passing").setEphemeral(true));
    await log(2, "warned");
    await log(3, "wrong");
    expect(await refusal(log(9, "x"))).toBe("2 Unrecognized logging severity: 9");
    await engine.setRootResource(new enginePb.SetRootResourceRequest().setUrn("urn:root"));
    expect((await engine.getRootResource(new enginePb.GetRootResourceRequest())).getUrn()).toBe("urn:root");
    const config = encodeStruct({ port: 9229 }, { secrets: true });
    await engine.startDebugging(new enginePb.StartDebuggingRequest().setConfig(config).setMessage("here"));
    const demand = (range: string) =>
      refusal(engine.requirePulumiVersion(new enginePb.RequirePulumiVersionRequest().setPulumiVersionRange(range)));
    expect(await demand(">=3.0.0")).toBe("accepted");
    expect(await demand("<3.0.0")).toBe('2 Pulumi CLI version 3.270.0 does not satisfy the version range "<3.0.0"');
    expect(await demand("nonsense")).toContain("parsing CLI version range");
  });
  expect(up.error).toContain("update failed");
  expect(diagnostics(up.events, "error")).toEqual(["wrong"]);
  expect(diagnostics(up.events, "warning")).toEqual(["warned"]);
  expect(diagnostics(up.events, "info")).toEqual(["told", "passing", "Waiting for debugger to attach (here)..."]);
  expect(diagnostics(up.events, "debug")).toEqual([]);
  const told = up.events.find((event) => event.diagnosticEvent?.message.startsWith("told"))!.diagnosticEvent!;
  expect((told as any).streamID).toBe(7);
  expect(up.events.find((event) => (event as any).startDebuggingEvent)).toMatchObject({
    startDebuggingEvent: { config: { port: 9229 } },
  });
});
