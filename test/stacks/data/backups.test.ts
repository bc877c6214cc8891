import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand, DeleteObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  backupPlace,
  bucketOf,
  dropBackup,
  listBackups,
  noteRule,
  rulesOf,
} from "../../../stacks/data/backups/bucket.ts";
import { backupOfMoment } from "../../../stacks/data/backups/moment.ts";
import { restoreFile, restoreItem } from "../../../stacks/data/backups/one.ts";
import { type Backup, goneBy, isWhole, readRule } from "../../../stacks/data/backups/record.ts";
import { writtenSince } from "../../../stacks/data/backups/since.ts";
import { type BackupOptions, takeBackup } from "../../../stacks/data/backups/take.ts";
import { importData, targetsOf } from "../../../stacks/data/import.ts";
import { openExport } from "../../../stacks/data/import-check.ts";
import { type BucketStore, describeStore, type Place, type TableStore } from "../../../stacks/data/stores.ts";
import { undoChanges } from "../../../stacks/data/undo.ts";
import { startTestCloud, type TestCloud } from "../../support/local-cloud.ts";
import { clients, cloudOf, importing, itemsIn, makeBucket, makeTable, objectsIn } from "./carrying.ts";

const signal = new AbortController().signal;
let test: TestCloud;
let cloud: ReturnType<typeof cloudOf>;
let aws: ReturnType<typeof clients>;
let places: [Place, Place];
let scratch: string;

beforeAll(async () => {
  test = await startTestCloud();
  cloud = cloudOf(test);
  aws = clients(test);
  scratch = await mkdtemp(join(tmpdir(), "backups-"));
  await aws.s3.send(new CreateBucketCommand({ Bucket: bucketOf(cloud) }));
  places = [
    await makeBucket(aws, "notes", "files"),
    await makeTable(aws, "notes", "rows", { name: "id", type: "S" }, { name: "at", type: "N" }),
  ];
  for (let at = 0; at < 6; at++) {
    await item("a", at, `text ${at}`);
    await file(`k/../${at}`, `content ${at}`);
  }
});
afterAll(() => test.close());

const item = (id: string, at: number, text: string) =>
  aws.raw("PutItem", {
    TableName: places[1].id,
    Item: { id: { S: id }, at: { N: `${at}` }, tags: { SS: ["x", "y"] }, text: { S: text } },
  });
const about = { ContentType: "text/x-own", Metadata: { own: "yes" }, Tagging: "a=b", CacheControl: "no-store" };
const file = (Key: string, Body: string) =>
  aws.s3.send(new PutObjectCommand({ Bucket: places[0].id, Key, Body, ...about }));
const backup = (over: Partial<BackupOptions> = {}) =>
  takeBackup(cloud, places, {
    ...{ emit: () => undefined, signal, app: "notes", about: [], why: "asked", scratch, freehold: "0.0.0-test" },
    ...over,
  });
const open = async (one: Pick<Backup, "app" | "id">) => openExport(await backupPlace(cloud, one, scratch, signal));
const stores = async () =>
  (await Promise.all(places.map((one) => describeStore(cloud, one)))) as [BucketStore, TableStore];

/** Aborts at the `n`-th event that something is done. */
function stopping(n: number): Pick<BackupOptions, "emit" | "signal"> {
  const stop = new AbortController();
  let left = n;
  return { signal: stop.signal, emit: () => (--left === 0 ? stop.abort() : undefined) };
}

describe("which backups a rule lets go", () => {
  const whole = (id: string, until: string): Backup =>
    ({ app: "notes", id, begun: until, until, verified: until }) as Backup;
  const now = new Date("2026-11-27T00:00:00Z");
  const all: Backup[] = [
    whole("20261126-000000-0000", "2026-11-26T00:00:00Z"),
    { app: "notes", id: "20261120-000000-0000", begun: "2026-11-20T00:00:00Z" },
    whole("20261101-000000-0000", "2026-11-01T00:00:00Z"),
    whole("20261001-000000-0000", "2026-10-01T00:00:00Z"),
  ];
  const gone = (rule: string, backups = all): string[] =>
    goneBy(readRule(rule)!, backups, now).map(({ id }) => id.slice(4, 8));

  // What a person names goes, and no more: not the newest, and nothing while nothing is whole.
  it("keeps the newest that is whole, whatever the rule", () => {
    expect(gone("2")).toEqual(["1001", "1120"]);
    expect(gone("30d")).toEqual(["1001", "1120"]);
    expect(gone("1")).toEqual(["1101", "1001", "1120"]);
    expect(gone("1d", [all[3]!])).toEqual([]);
    expect(gone("1", [all[1]!])).toEqual([]);
    for (const wrong of ["0", "-1", "30", "d", "30 d", "1e3", "30w"].filter((one) => one !== "30"))
      expect(readRule(wrong)).toBeUndefined();
  });
});

describe("a backup", () => {
  // F3, F6: interrupted anywhere it is not whole, is never restored from, and the same command goes on with it.
  it("that is interrupted goes on as the same one, and is whole when it was read back", async () => {
    for (const events of [2, 4]) {
      const stopped = stopping(events);
      await expect(backup(stopped)).rejects.toMatchObject({ code: "interrupted", exitCode: 130 });
    }
    const [half, ...others] = await listBackups(cloud, ["notes"]);
    expect(others).toEqual([]);
    expect(isWhole(half!)).toBe(false);
    const made = await backup();
    expect(made).toMatchObject({ id: half!.id, app: "notes", why: "asked", stores: [{ count: 6 }, { count: 6 }] });
    expect(await listBackups(cloud)).toEqual([made]);
    await dropBackup(cloud, made, signal);
    expect(await listBackups(cloud)).toEqual([]);
  });

  // What is taken before a change is of now: half of an earlier one would be of then.
  it("before an upgrade is begun anew, and one of other stores is left alone", async () => {
    const stopped = stopping(3);
    await expect(backup(stopped)).rejects.toMatchObject({ code: "interrupted" });
    const before = await backup({ why: "upgrade" });
    const [first, half] = await listBackups(cloud, ["notes"]);
    expect(first).toEqual(before);
    expect(isWhole(half!)).toBe(false);
    expect(before.id > half!.id).toBe(true);
    for (const one of [first!, half!]) await dropBackup(cloud, one, signal);
  });

  // B3: a copy that cannot be read back is none, and says so before it is needed.
  it("that lost a byte in the bucket is not whole, and the next one is another", async () => {
    const stopped = stopping(99);
    let done = 0;
    const emit: BackupOptions["emit"] = (event) => {
      if (event.type === "resource" && event.phase === "done" && ++done === 2) stopped.emit(event);
    };
    const first = await backup({ ...stopped, emit });
    await aws.s3.send(new DeleteObjectCommand({ Bucket: bucketOf(cloud), Key: `notes/${first.id}/backup.json` }));
    const source = await open(first);
    const Key = `notes/${first.id}/${source.manifest.files.find(({ path }) => path.includes("items-"))!.path}`;
    await aws.s3.send(new PutObjectCommand({ Bucket: bucketOf(cloud), Key, Body: "{}\n" }));
    const second = await backup();
    expect(second.id).not.toBe(first.id);
    expect((await listBackups(cloud, ["notes"])).map(isWhole)).toEqual([true, false]);
    await noteRule(cloud, "notes", { count: 1 }, new Date());
    expect(await rulesOf(cloud, ["notes", "other"])).toMatchObject({ notes: { rule: { count: 1 } } });
  });
});

describe("what a backup brings back", () => {
  // A person lost one thing, or all of it: it comes back equal, and what was written since is said before.
  it("is what was written since, one item, one file, and all of it, equal", async () => {
    const before = [await objectsIn(aws, places[0]), await itemsIn(aws, places[1])];
    const source = await open(await backup());
    const pairs = targetsOf(source.manifest.stores, places, "notes");
    expect(await writtenSince(cloud, source, pairs, signal)).toMatchObject([
      { store: "notes/files", added: 0, changed: 0, gone: 0 },
      { store: "notes/rows", added: 0, changed: 0, gone: 0 },
    ]);
    await item("a", 1, "other");
    await item("b", 1, "new");
    await aws.raw("DeleteItem", { TableName: places[1].id, Key: { id: { S: "a" }, at: { N: "2" } } });
    await file("k/../0", "other");
    await file("new", "new");
    await aws.s3.send(new DeleteObjectCommand({ Bucket: places[0].id, Key: "k/../1" }));
    expect(await writtenSince(cloud, source, pairs, signal)).toEqual([
      { store: "notes/files", kind: "bucket", added: 1, changed: 1, gone: 1 },
      { store: "notes/rows", kind: "table", added: 1, changed: 1, gone: 1 },
    ]);

    const [bucket, table] = await stores();
    const [files, rows] = [pairs[0]![0], pairs[1]![0]];
    const o = { signal, over: false, dryRun: false, typed: "freehold data restore" };
    const key = (at: number) => ({ store: table, key: { id: { S: "a" }, at: { N: `${at}.0` } } });
    const at = (name: string) => ({ store: bucket, key: name, scratch: join(scratch, "one") });
    await expect(restoreItem(cloud, source, rows, key(9), o)).rejects.toMatchObject({
      code: "backup-without",
      exitCode: 4,
    });
    await expect(restoreItem(cloud, source, rows, key(1), o)).rejects.toMatchObject({
      code: "restore-not-empty",
      exitCode: 3,
    });
    await expect(restoreFile(cloud, source, files, at("k/../0"), o)).rejects.toMatchObject({
      code: "restore-not-empty",
    });
    // As the whole table's size is counted: its line, with the line's end.
    const second = { id: { S: "a" }, at: { N: "2" }, tags: { SS: ["x", "y"] }, text: { S: "text 2" } };
    const sizeBytes = JSON.stringify(second).length + 1;
    expect(await restoreItem(cloud, source, rows, key(2), o)).toEqual({ had: false, same: false, sizeBytes });
    expect(await restoreItem(cloud, source, rows, key(1), { ...o, over: true })).toMatchObject({ had: true });
    expect(await restoreItem(cloud, source, rows, key(1), o)).toMatchObject({ same: true });
    expect(await restoreFile(cloud, source, files, at("k/../1"), o)).toMatchObject({ had: false });
    await restoreFile(cloud, source, files, at("k/../0"), { ...o, over: true });
    expect(await writtenSince(cloud, source, pairs, signal)).toMatchObject([
      { added: 1, changed: 0, gone: 0 },
      { added: 1, changed: 0, gone: 0 },
    ]);
    // It is a change as any other.
    await undoChanges(cloud, undefined, async () => bucket);
    expect(await writtenSince(cloud, source, pairs, signal)).toMatchObject([{ changed: 1 }, {}]);

    await importData(cloud, source, pairs, importing(join(scratch, "back"), { mode: "replace" }));
    expect([await objectsIn(aws, places[0]), await itemsIn(aws, places[1])]).toEqual(before);
  });

  // H6: where no past is kept it is said, and nothing is made.
  it("is no past of a cloud that keeps none", async () => {
    const o = { emit: () => undefined, signal, app: "notes", about: [], scratch, freehold: "0.0.0-test" };
    const ready = () => Promise.reject(new Error("nothing is to be made"));
    await expect(backupOfMoment(cloud, places[1], new Date(), { ...o, ready })).rejects.toMatchObject({
      code: "recovery-none",
      exitCode: 2,
    });
  });
});
