import { readFile, unlink, writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { fileStorage } from "../../../../stacks/engine/state/file-storage.ts";
import { beginJournal } from "../../../../stacks/engine/state/journal-file.ts";
import { decodeRecords } from "../../../../stacks/engine/state/journal-records.ts";
import { thisProcess } from "../../../../stacks/engine/state/process-id.ts";
import type { ResourceState } from "../../../../stacks/engine/state/resource.ts";
import { info, ref, root, temporaryBackend, thing, urn } from "./support.ts";

let place: Awaited<ReturnType<typeof temporaryBackend>>;
beforeEach(async () => {
  place = await temporaryBackend();
  await place.backend.create(ref);
});
afterEach(() => place.remove());

/** A journal by itself, at `file` of the test's folder. */
async function createJournalFile(file: string) {
  const store = fileStorage(pathToFileURL(place.dir).href);
  return beginJournal(await store.journals(file).create(await store.lock("a.lock", thisProcess(0))), null);
}
const readJournalFile = async (file: string) => decodeRecords(file, await readFile(file, "utf8"));
const open = () => place.backend.openUpdate(ref, "update", undefined);
const names = (resources: ResourceState[]): string[] => resources.map((state) => state.urn.split("::").at(-1)!);

/** What a run leaves that died after two creations and in the middle of a third: checkpoint and journal as they lay. */
async function interrupted() {
  const update = await open();
  update.journal.record({ resource: root(), replaces: null });
  for (const name of ["a", "b"]) {
    const entry = await update.journal.begin({ type: "creating", resource: thing(name, { id: undefined }) });
    await entry.done({ resource: thing(name), replaces: null });
  }
  await update.journal.begin({ type: "creating", resource: thing("c", { id: undefined }), intentKey: "c-123" });
  const journal = await readFile(place.journal);
  const checkpoint = await readFile(place.file);
  await update.abandon();
  const lay = async (bytes: Uint8Array): Promise<void> => {
    await writeFile(place.file, checkpoint);
    await writeFile(place.journal, bytes);
  };
  return { journal, checkpoint, lay };
}

// What was done is in state, what was under way is pending: nothing that may exist is forgotten.
test("a dead run's journal is folded in", async () => {
  const { journal, lay } = await interrupted();
  await lay(journal);
  expect((await place.backend.load(ref)).interrupted).toBe(true);
  const update = await open();
  expect(update).toMatchObject({ recovered: true, notes: [] });
  expect(names(update.base.resources)).toEqual(["shop-dev", "a", "b"]);
  expect(update.base.pendingOperations).toEqual([{ type: "creating", resource: thing("c", { id: undefined }) }]);
  await update.finish(info);
  const next = await open();
  expect(next.recovered).toBe(false);
  expect(next.base.pendingOperations).toHaveLength(1);
  next.journal.settle(next.base.pendingOperations[0]!);
  await next.finish(info);
  expect((await place.backend.load(ref)).snapshot().pendingOperations).toEqual([]);
});

// Power may take any number of bytes from the end: each is a state the run went through, never an error, never more.
test("F5: cut off at every byte", async () => {
  const { journal, lay } = await interrupted();
  const states = [[], ["shop-dev"], ["shop-dev", "a"], ["shop-dev", "a", "b"]].map((state) => state.join());
  let longest = 0;
  for (let length = journal.length; length >= 0; length -= 1) {
    await writeFile(place.journal, journal.subarray(0, length));
    const whole = length === 0 ? 0 : journal.subarray(0, length).toString().split("\n").length - 1;
    const read = await readJournalFile(place.journal);
    // A last line without its line feed counts when its checksum is right.
    expect([whole, whole + 1]).toContain(read?.records.length ?? 0);
    if (length % 37 !== 0) continue;
    await lay(journal.subarray(0, length));
    const update = await open();
    expect(states).toContain(names(update.base.resources).join());
    expect(update.base.pendingOperations.length).toBeLessThanOrEqual(1);
    longest = Math.max(longest, update.base.resources.length);
    await update.abandon();
  }
  expect(longest).toBe(3);
});

// Garbage in place of the tail is dropped with a note; damage with a whole record behind it stops everything.
test("F5, F6: every byte bent", async () => {
  const { journal, lay } = await interrupted();
  const lastLine = journal.lastIndexOf(10, journal.length - 2) + 1;
  for (let at = 0; at < journal.length; at++) {
    const bent = Buffer.from(journal);
    bent[at]! ^= 0x40;
    await writeFile(place.journal, bent);
    const read = readJournalFile(place.journal);
    // The line feed at the end of the last line but one joins two lines: both are the tail then.
    if (at >= lastLine - 1) expect(await read).toMatchObject({ torn: true });
    else await expect(read, `byte ${at}`).rejects.toThrow(/dev\.journal is damaged at byte \d+/);
  }
  const bent = Buffer.from(journal);
  bent[lastLine + 20]! ^= 1;
  await lay(bent);
  const update = await open();
  expect(update.notes.join()).toContain("cut off");
  expect(names(update.base.resources)).toEqual(["shop-dev", "a", "b"]);
  await update.abandon();
});

// A journal on the wrong checkpoint would make a state that never was.
test("another checkpoint's journal is refused, and nothing is changed", async () => {
  const { journal, lay } = await interrupted();
  await lay(journal);
  const foreign = '{"version":3,"checkpoint":{"stack":"organization/shop/dev","latest":{"metadata":{}}}}';
  await writeFile(place.file, foreign);
  await expect(open()).rejects.toThrow("was written for another checkpoint");
  expect(await readFile(place.file, "utf8")).toBe(foreign);
  expect(await readFile(place.journal)).toEqual(journal);
  await unlink(place.journal);
  await (await open()).abandon();
});

// Intents of one moment cost one trip to the disk.
test("intents begun together share an fsync", async () => {
  const file = `${place.dir}/shared.journal`;
  const journal = await createJournalFile("shared.journal");
  const { FileHandle } = await fileHandles(file);
  const sync = vi.spyOn(FileHandle, "datasync");
  await Promise.all(
    Array.from({ length: 50 }, (_, op) => {
      journal.append({ t: "failed", op });
      return journal.flush();
    }),
  );
  expect(sync.mock.calls.length).toBeLessThanOrEqual(2);
  expect((await readJournalFile(file))?.records).toHaveLength(51);
  sync.mockRestore();
  await journal.close();
});

// A disk that failed once is not trusted again: no later intent may look durable.
test("after a failed write nothing is durable any more", async () => {
  const file = `${place.dir}/failing.journal`;
  const journal = await createJournalFile("failing.journal");
  const { FileHandle } = await fileHandles(file);
  const sync = vi.spyOn(FileHandle, "datasync").mockRejectedValueOnce(new Error("EIO"));
  journal.append({ t: "failed", op: 0 });
  await expect(journal.flush()).rejects.toThrow("EIO");
  sync.mockRestore();
  journal.append({ t: "failed", op: 1 });
  await expect(journal.flush()).rejects.toThrow("EIO");
  await expect(journal.close()).rejects.toThrow("EIO");
});

async function fileHandles(file: string) {
  const { open: openFile } = await import("node:fs/promises");
  const handle = await openFile(file);
  const FileHandle = Object.getPrototypeOf(handle);
  await handle.close();
  return { FileHandle };
}

// States change places in every way an update can change them; the order stays one that Pulumi accepts.
test("updates, deletions and replacements keep dependency order", async () => {
  const first = await open();
  first.journal.record({ resource: root(), replaces: null });
  for (const name of ["a", "b"])
    first.journal.record({
      resource: thing(name, { dependencies: name === "b" ? [urn("a")] : [] }),
      replaces: null,
    });
  await first.finish(info);
  const update = await open();
  const [, a, b] = update.base.resources as [ResourceState, ResourceState, ResourceState];
  const entry = await update.journal.begin({ type: "updating", resource: a });
  await entry.done({ resource: { ...a, outputs: { v: 2 } }, replaces: a });
  update.journal.record({ resource: { ...b, delete: true }, replaces: b });
  update.journal.record({ resource: thing("b", { id: "new", dependencies: [urn("a")] }), replaces: null });
  const failing = await update.journal.begin({ type: "creating", resource: thing("d") });
  await failing.failed();
  const snapshot = update.journal.snapshot();
  expect(names(snapshot.resources).filter((name) => name === "b")).toHaveLength(2);
  expect(snapshot.pendingOperations).toEqual([]);
  await update.finish(info);
  const last = await open();
  const old = last.base.resources.find((state) => state.delete)!;
  const gone = await last.journal.begin({ type: "deleting", resource: old });
  await gone.done({ resource: null, replaces: old });
  await last.finish(info);
  const { resources } = (await place.backend.load(ref)).snapshot();
  expect(resources.filter((state) => state.urn === urn("b")).map(({ id }) => id)).toEqual(["new"]);
});

// Behaviour 62: every kind of operation is pending while it runs, and is no more when it has succeeded or failed; what
// it failed at is as it was before.
test.each(["creating", "updating", "deleting", "reading", "importing"] as const)("62: %s", async (type) => {
  const first = await open();
  first.journal.record({ resource: thing("old"), replaces: null });
  await first.finish(info);
  const update = await open();
  const [old] = update.base.resources as [ResourceState];
  const fresh = type === "creating" || type === "reading" || type === "importing";
  const resource = fresh ? thing("new", { id: undefined }) : old;
  const pending = () => update.journal.snapshot().pendingOperations;
  const failing = await update.journal.begin({ type, resource });
  expect(pending()).toEqual([{ type, resource }]);
  await failing.failed();
  expect(pending()).toEqual([]);
  expect(update.journal.snapshot().resources).toEqual([old]);
  const entry = await update.journal.begin({ type, resource });
  const outcome = type === "deleting" ? null : fresh ? thing("new") : { ...old, outputs: { v: 2 } };
  await entry.done({ resource: outcome, replaces: fresh ? null : old });
  expect(pending()).toEqual([]);
  await update.finish(info);
  const expected = type === "deleting" ? [] : fresh ? ["new", "old"] : ["old"];
  expect(names((await place.backend.load(ref)).snapshot().resources)).toEqual(expected);
});

// Behaviour 62: a run that changed nothing leaves the state as it stands, under a new time.
test("62: nothing done", async () => {
  const first = await open();
  first.journal.record({ resource: thing("a"), replaces: null });
  await first.finish(info);
  const before = await readFile(place.file, "utf8");
  await (await open()).finish(info);
  const bare = (text: string): string => text.replace(/"time":"[^"]+"|"checksum":"[^"]+"/g, "");
  const after = await readFile(place.file, "utf8");
  expect(after).not.toBe(before);
  expect(bare(after)).toBe(bare(before));
});

// A provider that was replaced stays for those it has made until they have moved over: its id tells which one is meant.
test("what an old generation of a provider has made stands behind that one", async () => {
  const provider = (id: string, more: Partial<ResourceState> = {}): ResourceState => ({
    ...thing("p", { id, ...more }),
    urn: "urn:pulumi:dev::shop::pulumi:providers:test::p",
    type: "pulumi:providers:test",
  });
  const first = await open();
  const made = thing("a", { provider: `${provider("one").urn}::one` });
  for (const resource of [root(), provider("one", { delete: true }), provider("two"), made])
    first.journal.record({ resource, replaces: null });
  await first.finish(info);
  const update = await open();
  const old = update.base.resources.find(({ urn: its }) => its === made.urn)!;
  update.journal.record({ resource: { ...old, outputs: { v: 2 } }, replaces: old });
  const { resources } = await update.journal.close();
  expect(resources.map(({ id }) => id).filter((id) => id === "one" || id === "id-a")).toEqual(["one", "id-a"]);
  await update.finish(info);
});
