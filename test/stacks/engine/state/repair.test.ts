/** What is wrong with a state is found without changing it, and put right only when that is agreed to. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Backend, RepairStep } from "../../../../stacks/engine/state/index.ts";
import { mend } from "../../../../stacks/engine/state/mend.ts";
import { folderPlace, info, keys, type Place, ref, root, rootUrn, thing, urn } from "./support.ts";

let place: Place;
let backend: Backend;
beforeEach(async () => {
  place = await folderPlace();
  backend = place.open();
  await backend.create(ref);
  await run(["a", "b"]);
});
afterEach(() => place.remove());

async function run(names: string[]): Promise<void> {
  const update = await backend.openUpdate(ref, "update", undefined);
  if (update.base.resources.length === 0) update.journal.record({ resource: root(), replaces: null });
  for (const name of names) update.journal.record({ resource: thing(name, { parent: rootUrn }), replaces: null });
  await update.finish(info);
}

/** A journal as a run leaves it that died in the middle of `c`, and after `d`. */
async function interrupted(): Promise<string> {
  const update = await backend.openUpdate(ref, "update", undefined);
  await update.journal.begin({ type: "creating", resource: thing("c", { id: undefined }), intentKey: "c-1" });
  const entry = await update.journal.begin({ type: "creating", resource: thing("d", { id: undefined }) });
  await entry.done({ resource: thing("d"), replaces: null });
  const journal = (await place.get(keys.journal))!;
  const before = (await place.get(keys.checkpoint))!;
  await update.abandon();
  await place.put(keys.checkpoint, before);
  return journal;
}

const kinds = async (): Promise<string[]> =>
  (await backend.verify(ref, undefined)).findings.map(({ severity, kind }) => `${severity} ${kind}`);
const repair = (agreed = true) => {
  const asked: RepairStep[] = [];
  return backend
    .repair(ref, undefined, async (steps) => {
      asked.push(...steps);
      return agreed;
    })
    .then(({ repaired }) => ({ repaired, actions: asked.map(({ action }) => action), asked }));
};
const load = async () => (await backend.load(ref)).snapshot();
const name = (state: { urn: string }) => state.urn.split("::").at(-1);

// A sound state is left as it is, and nobody is asked anything.
test("nothing is wrong", async () => {
  const before = await place.get(keys.checkpoint);
  expect(await kinds()).toEqual([]);
  expect(await repair()).toEqual({ repaired: false, actions: [], asked: [] });
  expect(await place.get(keys.checkpoint)).toBe(before);
});

// What a dead run wrote down is taken in; the next command would do the same.
test("a journal is folded", async () => {
  await place.put(keys.journal, await interrupted());
  expect(await kinds()).toContain("note journal");
  expect(await repair(false)).toMatchObject({ repaired: false, actions: ["fold"] });
  expect(await place.get(keys.journal)).toBeDefined();
  expect(await repair()).toMatchObject({ repaired: true, actions: ["fold"] });
  expect((await load()).resources.map(name)).toContain("d");
  expect((await load()).pendingOperations.map(({ resource }) => name(resource))).toEqual(["c"]);
  expect(await kinds()).toEqual([]);
});

// F6: damage in the middle stops every command; repair keeps what can be read as something to look for.
test("F6: a damaged journal is set aside, and what it speaks of is looked for", async () => {
  const journal = await interrupted();
  const at = journal.indexOf("c-1");
  await place.put(keys.journal, `${journal.slice(0, at)}X${journal.slice(at + 1)}`);
  await expect(backend.openUpdate(ref, "update", undefined)).rejects.toThrow(/dev\.journal is damaged at byte \d+/);
  expect(await kinds()).toContain("problem journal-damaged");
  const done = await repair();
  expect(done).toMatchObject({ repaired: true, actions: ["salvage"] });
  expect(done.asked[0]).toMatchObject({ loses: expect.stringContaining("refresh") });
  expect((await load()).pendingOperations.map(({ resource }) => name(resource))).toEqual(["d"]);
  expect((await place.list(".pulumi/journals/shop")).filter((file) => file.includes("damaged"))).toHaveLength(1);
  expect(await kinds()).toEqual([]);
});

// A journal of another checkpoint must not be folded into this one, and is not thrown away either.
test("another checkpoint's journal is set aside", async () => {
  const journal = await interrupted();
  await run(["e"]);
  await place.put(keys.journal, journal);
  expect(await kinds()).toContain("problem journal-foreign");
  expect(await repair()).toMatchObject({ repaired: true, actions: ["salvage"] });
  expect((await load()).pendingOperations.map(({ resource }) => name(resource)).sort()).toEqual(["c", "d"]);
});

// F6: a bit that flipped leaves valid JSON: the checksum tells, and the last good copy takes its place when agreed to.
test("F6: a damaged checkpoint is put back from the copy its journal goes on from", async () => {
  const journal = await interrupted();
  const text = (await place.get(keys.checkpoint))!;
  await place.put(keys.journal, journal);
  await place.put(keys.checkpoint, text.replace('"id":"id-a"', '"id":"id-b"'));
  await expect(backend.load(ref)).rejects.toThrow(/dev\.json: its first \d+ bytes do not have the checksum/);
  expect(await kinds()).toContain("problem unreadable");
  expect(await repair(false)).toMatchObject({ repaired: false, actions: ["restore", "fold"] });
  expect(await place.get(keys.checkpoint)).toContain('"id":"id-b"');
  expect(await repair()).toMatchObject({ repaired: true });
  expect((await load()).resources.map(({ id }) => id)).toEqual(expect.arrayContaining(["id-a", "id-b", "id-d"]));
  expect((await place.list(".pulumi/stacks/shop")).filter((file) => file.includes("damaged"))).toHaveLength(1);
  expect(await kinds()).toEqual([]);
});

// F14: what another version or stack wrote is for them: repair does not touch it either.
test.each([
  ["a newer version", '{"version":7,"checkpoint":{}}', "version"],
  ["unknown features", '{"version":4,"features":["teleport"],"checkpoint":{}}', "feature"],
  ["another stack", '{"version":3,"checkpoint":{"stack":"organization/shop/prod"}}', "foreign-checkpoint"],
])("F14: a checkpoint of %s is refused", async (_, text, code) => {
  await place.put(keys.checkpoint, text);
  await expect(repair()).rejects.toMatchObject({ code });
  expect(await place.get(keys.checkpoint)).toBe(text);
});

// F14: what the official engine's older versions wrote is read, and goes on as the form of today.
test("F14: an older checkpoint is taken over", async () => {
  const { checksum: _sum, ...json } = JSON.parse((await place.get(keys.checkpoint))!);
  json.checkpoint.stack = "dev";
  delete json.checkpoint.latest.metadata;
  await place.put(keys.checkpoint, JSON.stringify(json, null, 4));
  await run(["c"]);
  expect((await load()).resources.map(name).sort()).toEqual(["a", "b", "c", "shop-dev"]);
  expect(JSON.parse((await place.get(keys.checkpoint))!).checkpoint.stack).toBe("organization/shop/dev");
  await place.put(keys.checkpoint, '{"version":0,"checkpoint":{"stack":"organization/shop/dev"}}');
  expect((await load()).resources).toEqual([]);
});

// The layout of before projects is named, and left for the tool that brings it up to date.
test("F14: the layout of before projects is refused", async () => {
  await place.drop(".pulumi/meta.yaml");
  await place.put(".pulumi/stacks/old.json", "{}");
  await expect(place.open().stacks()).rejects.toThrow("pulumi state upgrade");
  await place.put(".pulumi/meta.yaml", "version: 2\n");
  await expect(place.open().stacks()).rejects.toThrow("'meta.yaml' version (2) is not supported");
});

// Behaviour 63: order and references are put right as the official `state repair` does; nothing is dropped.
test("63: references to what is gone are dropped, and the order is right again", async () => {
  const component = { ...root(), type: "my:Group", urn: "urn:pulumi:dev::shop::my:Group::g" };
  const child = thing("x", { urn: "urn:pulumi:dev::shop::my:Group$test:index:Thing::x", parent: component.urn });
  const resources = [
    thing("late", { dependencies: [urn("early"), urn("gone")], deletedWith: urn("gone") }),
    thing("early", { propertyDependencies: { a: [urn("gone")] }, replaceWith: [urn("gone")] }),
    child,
    {
      ...child,
      urn: "urn:pulumi:dev::shop::my:Group$test:index:Thing$test:index:Thing::y",
      parent: child.urn,
      id: "y",
    },
  ];
  const { snapshot, says } = mend({ resources, pendingOperations: [] });
  expect(snapshot.resources).toEqual([
    thing("early", { propertyDependencies: { a: [] }, replaceWith: [] }),
    thing("late", { dependencies: [urn("early")] }),
    { ...thing("x"), id: "id-x" },
    { ...child, urn: "urn:pulumi:dev::shop::test:index:Thing$test:index:Thing::y", parent: urn("x"), id: "y" },
  ]);
  expect(says).toHaveLength(5);
  expect(mend(snapshot).says).toEqual([]);
});

// A run that dies between two records that belong together must not stop every later one.
test("a removal whose dependents were not written yet is folded, and said", async () => {
  const update = await backend.openUpdate(ref, "update", undefined);
  const [, a, b] = update.base.resources;
  update.journal.record({ resource: { ...b!, dependencies: [a!.urn] }, replaces: b! });
  const entry = await update.journal.begin({ type: "deleting", resource: a! });
  await entry.done({ resource: null, replaces: a! });
  const journal = (await place.get(keys.journal))!;
  const before = (await place.get(keys.checkpoint))!;
  await update.finish(info).catch(() => undefined);
  await place.put(keys.checkpoint, before);
  await place.put(keys.journal, journal);
  const next = await backend.openUpdate(ref, "update", undefined);
  expect(next.notes.join()).toContain(`no longer refers to ${a!.urn}`);
  expect(next.base.resources.map(name).sort()).toEqual(["b", "shop-dev"]);
  await next.abandon();
});
