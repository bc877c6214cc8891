/** What a run leaves in state, and what it tells while it goes: components, times, previews, pending operations, order. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import sourcePb from "@pulumi/pulumi/proto/source_pb.js";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { verifyIntegrity } from "../../../../stacks/engine/state/integrity.ts";
import { Unknown } from "../../../../stacks/engine/value.ts";
import { resources, stateOf, urn } from "../support/asserting.ts";
import { inProcessStack, register, registration } from "../support/in-process.ts";
import { drive, Group, Thing } from "../support/stack.ts";
import { TestWorld } from "../support/test-provider.ts";

// A preview shows downstream what the provider can foresee, and leaves open what it cannot.
test("25: values a provider foresees flow through a preview, others are unknown", async () => {
  const world = new TestWorld();
  const { program, run } = await drive(world);
  let value = 1;
  program(async () => {
    const one = new Thing("one", { value });
    new Thing("two", { foreseen: one.value, open: one.arn });
  });
  const inputsOfTwo = (ran: Awaited<ReturnType<typeof run>>) =>
    ran.events.find((e) => e.resourcePreEvent?.metadata.urn === urn("two"))?.resourcePreEvent?.metadata.new?.inputs;
  expect(inputsOfTwo(await run("preview"))).toEqual({ foreseen: 1, open: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" });
  await run("up");
  value = 2;
  expect(inputsOfTwo(await run("preview"))).toEqual({ foreseen: 2, open: expect.stringMatching(/^arn:/) });
  world.behaviour.instead = { update: async ({ newInputs }) => ({ outputs: { ...newInputs, arn: new Unknown() } }) };
  expect(inputsOfTwo(await run("preview"))).toMatchObject({ open: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" });
});

// What a component tells at its end is its own; while it is registered there is nothing to tell.
test("27: a component's outputs are stored and told when it registers them, not before", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  program(async () => void new Group("group"));
  const { events } = await run("up");
  const told1 = events.flatMap((e) => (e.resOutputsEvent?.metadata.urn.endsWith("::group") ? [e.resOutputsEvent] : []));
  expect(told1).toMatchObject([{ metadata: { op: "create", new: { outputs: { grouped: "group" } } } }]);
  expect((await stateOf(stack, "group")).outputs).toEqual({ grouped: "group" });
  const answered = await inProcessStack((pkg, version) => world.provider(pkg, version));
  const outputs: string[][] = [];
  for (let i = 0; i < 2; i++)
    await answered.run("up", async (engine) => {
      const made = await register(engine, "group", { type: "test:index:Group", custom: false });
      outputs.push([...(made.getObject()?.getFieldsMap().keys() ?? [])]);
    });
  expect(outputs).toEqual([[], []]);
});

// Since when a resource is there, and when it was last changed.
test("32: created and modified are kept; a run that changes nothing moves neither", async () => {
  const { program, run, stack } = await drive(new TestWorld());
  let value = 1;
  program(async () => void new Thing("one", { value }));
  await run("up");
  const made = await stateOf(stack, "one");
  expect(made.created).toBe(made.modified);
  await run("up");
  expect(await stateOf(stack, "one")).toMatchObject({ created: made.created, modified: made.modified });
  value = 2;
  await run("up");
  const changed = await stateOf(stack, "one");
  expect(changed.created).toBe(made.created);
  expect(Date.parse(changed.modified)).toBeGreaterThan(Date.parse(made.modified));
});

// What a check has added, a generated name say, must come back to it the next time.
test("32: check is given the inputs it has answered before", async () => {
  const world = new TestWorld();
  const { program, run } = await drive(world);
  const asked: unknown[] = [];
  world.behaviour.instead = {
    check: async ({ olds, news }) => {
      asked.push(olds);
      return { inputs: { ...news, name: olds?.["name"] ?? "generated" }, failures: [] };
    },
  };
  let force = "a";
  program(async () => void new Thing("one", { force }));
  await run("up");
  await run("up");
  force = "b";
  await run("up");
  // A replacement is a new resource: it is checked once more, as one.
  const before = { force: "a", name: "generated" };
  expect(asked).toEqual([undefined, before, before, undefined]);
});

// A person who looks at state finds the line, on any computer.
test("35: source positions are stored relative to the project, those outside it are not", async () => {
  const world = new TestWorld();
  const stack = await inProcessStack((pkg, version) => world.provider(pkg, version));
  const at = (uri: string) => new sourcePb.SourcePosition().setUri(uri).setLine(7).setColumn(3);
  await stack.run("up", async (run) => {
    await run.monitor.registerResource(
      registration("in", { set: (request) => request.setSourceposition(at(`file://${stack.dir}/src/index.ts`)) }),
    );
    await run.monitor.registerResource(
      registration("out", { set: (request) => request.setSourceposition(at("file:///elsewhere/index.ts")) }),
    );
  });
  const positions = Object.fromEntries(stack.resources().map((r) => [r.urn.split("::").at(-1), r.sourcePosition]));
  expect(positions["in"]).toBe("project:///src/index.ts#7,3");
  expect(positions["out"]).toBeUndefined();
});

// Many at once must not mix up whose answer is whose, and `--parallel` must hold.
test("61: resources are compared and changed side by side, as many at a time as allowed", async () => {
  const world = new TestWorld();
  const stack = await inProcessStack((pkg, version) => world.provider(pkg, version));
  const names = Array.from({ length: 40 }, (_, i) => `r${i}`);
  const all = (value: number) => async (run: Parameters<typeof register>[0]) => {
    await Promise.all(names.map((name, i) => register(run, name, { inputs: { value: value + i } })));
  };
  expect((await stack.run("up", all(0))).error).toBeUndefined();
  let now = 0;
  let most = 0;
  world.behaviour.before = async (op) => {
    if (op !== "update") return;
    most = Math.max(most, ++now);
    await new Promise((resolve) => setImmediate(resolve));
    now--;
  };
  expect((await stack.run("up", all(100), ["--parallel", "4"])).error).toBeUndefined();
  expect(most).toBe(4);
  for (const r of stack.resources().filter(({ type }) => type === "test:index:Thing"))
    expect(r.outputs).toMatchObject({ value: 100 + Number(r.urn.split("::r").at(-1)), arn: `arn:${r.id}` });
});

/** What the journal on disk says of operations begun and not ended. */
function open(dir: string): string[] {
  const lines = readFileSync(join(dir, ".pulumi/journals/proj/dev.journal"), "utf8").split("\n").filter(Boolean);
  const begun = new Map<number, string>();
  for (const line of lines) {
    const record = JSON.parse(line.slice(line.indexOf("{")));
    if (record.t === "begin") begun.set(record.op, `${record.type} ${record.resource.urn.split("::").at(-1)}`);
    if (record.op !== undefined && (record.t === "done" || record.t === "failed")) begun.delete(record.op);
  }
  return [...begun.values()];
}

const operations: [op: string, type: string, first: () => void, second: () => void][] = [
  ["create", "creating one", () => undefined, () => void new Thing("one")],
  ["update", "updating one", () => void new Thing("one", { value: 1 }), () => void new Thing("one", { value: 2 })],
  ["delete", "deleting one", () => void new Thing("one"), () => undefined],
  ["read", "reading one", () => undefined, () => void new Thing("one", {}, { id: "there-1" } as object)],
  ["read", "importing one", () => undefined, () => void new Thing("one", {}, { import: "there-1" })],
];

// A process that dies in the call must have said what it was about to do; one that fails cleanly leaves nothing open.
test.each(operations)(
  "62: %s is written as '%s' before the call, and settled by success and failure",
  async (...row) => {
    const [op, type, first, second] = row;
    const world = new TestWorld();
    world.put("there-1", {});
    const { program, run, stack, dir } = await drive(world);
    program(async () => first());
    await run("up");
    const before = await resources(stack);
    const seen: string[][] = [];
    let fail = true;
    world.behaviour.before = (what) => {
      if (what !== op) return;
      seen.push(open(dir));
      if (fail) throw new Error("not now");
    };
    program(async () => second());
    expect((await run("up")).error).toBeDefined();
    const failed: any = await stack.exportStack();
    expect(failed.deployment.pending_operations ?? []).toEqual([]);
    expect((failed.deployment.resources ?? []).some((r: any) => r.urn === urn("one"))).toBe(
      before.some((r) => r.urn === urn("one")),
    );
    fail = false;
    expect((await run("up")).error).toBeUndefined();
    const done: any = await stack.exportStack();
    expect(done.deployment.pending_operations ?? []).toEqual([]);
    expect(seen).toEqual([[type], [type]]);
  },
);

// What has not changed is not written again: state is the same, byte for byte but for its own time.
test("62: a run that changes nothing leaves every resource in state as it was", async () => {
  const { program, run, stack } = await drive(new TestWorld());
  program(async () => {
    const group = new Group("group");
    const one = new Thing("one", { value: pulumi.secret("hunter2"), list: [1, { a: null }] }, { parent: group });
    new Thing("two", { value: one.arn }, { dependsOn: [one] });
    return { arn: one.arn };
  });
  await run("up");
  const before = await resources(stack);
  expect((await run("up")).changes).toEqual({ same: 4 });
  expect(await resources(stack)).toEqual(before);
});

// Options alone are a change of state and of nothing else.
test("62: an option that changes is written, without a call to a provider", async () => {
  const world = new TestWorld();
  const { program, run, stack } = await drive(world);
  let protect = false;
  program(async () => void new Thing("one", {}, { protect }));
  await run("up");
  protect = true;
  world.calls.length = 0;
  expect((await run("up")).changes).toEqual({ same: 2 });
  expect(world.calls).toEqual([]);
  expect((await stateOf(stack, "one")).protect).toBe(true);
});

/** A program of up to eight resources, each of which may need earlier ones. */
const programs = fc.array(
  fc.record({ value: fc.nat(2), force: fc.nat(1), needs: fc.array(fc.nat(7), { maxLength: 2 }), fails: fc.nat(9) }),
  { minLength: 1, maxLength: 8 },
);

// Whatever is asked for and whatever fails: what is written can be read again, in order, with every reference whole.
test("63: after any two runs, failed or not, the state is whole and what is made is in it", {
  timeout: 120_000,
}, async () => {
  const rounds = Number(process.env["FREEHOLD_TEST_ROUNDS"] ?? 12);
  await fc.assert(
    fc.asyncProperty(programs, programs, fc.boolean(), async (first, second, deleteFirst) => {
      const world = new TestWorld();
      world.behaviour.deleteFirst = deleteFirst;
      const stack = await inProcessStack((pkg, version) => world.provider(pkg, version));
      for (const asked of [first, second]) {
        world.behaviour.before = (_op, name) => {
          if (asked[Number(name.slice(1))]?.fails === 0) throw new Error("not now");
        };
        await stack.run("up", async (run) => {
          const urns: string[] = [];
          for (const [i, { value, force, needs }] of asked.entries()) {
            const dependencies = needs.filter((n) => n < i).map((n) => urns[n]!);
            const inputs = { value, force: dependencies.length > 0 ? `${force} of ${dependencies}` : force };
            urns.push((await register(run, `r${i}`, { inputs, dependencies })).getUrn());
          }
        });
        const states = stack.resources();
        verifyIntegrity({
          resources: states.map((r) => ({ dependencies: [], propertyDependencies: {}, inputs: {}, outputs: {}, ...r })),
          pendingOperations: [],
        });
        const ids = new Set(states.map((r) => r.id));
        expect([...world.all().keys()].filter((id) => !ids.has(id))).toEqual([]);
      }
      world.behaviour.before = undefined;
      expect((await stack.run("destroy")).error).toBeUndefined();
      expect(world.all().size).toBe(0);
    }),
    { numRuns: rounds },
  );
});
