/** What Deta Space exported, into tables and buckets: bases/NAME.json and drives/NAME/…, as their documentation shows them. */
import { mkdir, mkdtemp, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { baseItem } from "../../../stacks/data/base-item.ts";
import { elementsOf } from "../../../stacks/data/format/elements.ts";
import { type DetaPair, importDeta, openDeta } from "../../../stacks/data/import-deta.ts";
import { type BucketStore, describeStore, type TableStore } from "../../../stacks/data/stores.ts";
import { startTestCloud, type TestCloud } from "../../support/local-cloud.ts";
import { clients, cloudOf, makeBucket, makeTable } from "./carrying.ts";

let cloud: TestCloud;
let aws: ReturnType<typeof clients>;
let dir: string;
beforeAll(async () => {
  cloud = await startTestCloud();
  aws = clients(cloud);
  dir = await mkdtemp(join(tmpdir(), "deta-"));
  await mkdir(join(dir, "bases"), { recursive: true });
  await mkdir(join(dir, "drives/photos/2023"), { recursive: true });
  await writeFile(join(dir, "bases/My_Notes.json"), JSON.stringify(notes));
  await writeFile(join(dir, "drives/photos/cat.png"), "a cat");
  await writeFile(join(dir, "drives/photos/2023/=1+1 ünï.txt"), "text");
});
afterAll(() => cloud.close());

const notes = [
  { key: "a1b2", title: "First", tags: ["x", "y"], looks: { S: "like a typed value" }, done: false, none: null },
  { key: "=HYPERLINK()", n: 1.5, __expires: 4_102_444_800 },
];

async function* bytes(text: string, size = 5) {
  const all = Buffer.from(text);
  for (let at = 0; at < all.length; at += size) yield all.subarray(at, at + size);
}
const read = async (text: string, size?: number): Promise<string[]> => {
  const found: string[] = [];
  for await (const one of elementsOf(bytes(text, size), "base")) found.push(one);
  return found;
};

describe("a base", () => {
  // A base may be larger than memory, and a read ends anywhere, in the middle of a letter, too.
  it("is read item by item, whatever is in its texts", async () => {
    const text = fc.string({ unit: fc.constantFrom("a", '"', "\\", "{", "}", "[", "]", ",", "ü", "🗿", "\n") });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.dictionary(text, fc.jsonValue())),
        fc.integer({ min: 1, max: 9 }),
        async (all, size) => {
          for (const space of [undefined, 2])
            expect((await read(JSON.stringify(all, null, space), size)).map((one) => JSON.parse(one))).toEqual(
              JSON.parse(JSON.stringify(all)),
            );
        },
      ),
    );
  });

  // Downloads break off.
  it.each(["", "{}", "[", '[{"key":"a"}', '[{"key":"a"},', "[1]", '[{"a":"\\"}', "[{}]]", "[{}{}]"])(
    "is refused when it is %j",
    async (text) => {
      await expect(read(text)).rejects.toMatchObject({ code: "data-broken" });
    },
  );

  const keyed = (name: string, type: "S" | "N" | "B", ttl?: string) =>
    ({ key: { hash: { name, type } }, ...(ttl ? { ttl } : {}) }) as TableStore;
  const item = (of: object, store = keyed("id", "S")) => baseItem(JSON.stringify(of), store, "item 1");

  // Each app has its own name for the key, and for when an item ends.
  it("has its key under the table's own name and type, and its end where the table looks", () => {
    expect(item({ key: "7", a: "b" })).toEqual({ id: { S: "7" }, a: { S: "b" } });
    expect(item({ key: "7" }, keyed("n", "N"))).toEqual({ n: { N: "7" } });
    expect(item({ key: "7", __expires: 9 }, keyed("key", "S", "endsAt"))).toEqual({
      key: { S: "7" },
      endsAt: { N: "9" },
    });
    for (const [wrong, store] of [
      [{ a: 1 }, undefined],
      [{ key: 7 }, undefined],
      [{ key: "x" }, keyed("n", "N")],
      [{ key: "x" }, keyed("b", "B")],
      [{ key: "x", id: "own" }, undefined],
    ] as const)
      expect(() => item(wrong, store)).toThrow(expect.objectContaining({ code: "data-broken" }));
  });
});

const scan = async (TableName: string): Promise<any[]> => (await aws.raw("Scan", { TableName })).Items;

describe("an export of Deta Space", () => {
  let pairs: DetaPair[];
  let table: TableStore;
  let bucket: BucketStore;
  beforeAll(async () => {
    table = (await describeStore(
      cloudOf(cloud),
      await makeTable(aws, "deta-notes", "notes", { name: "id", type: "S" }),
    )) as TableStore;
    bucket = (await describeStore(cloudOf(cloud), await makeBucket(aws, "deta-photos", "photos"))) as BucketStore;
    const found = (await openDeta(dir))!;
    expect(found.bases.map(({ name }) => name)).toEqual(["My_Notes"]);
    const text = JSON.stringify(notes);
    pairs = [
      { kind: "base", source: { at: "bases/My_Notes.json", form: "base", read: () => bytes(text) }, store: table },
      { kind: "drive", dir, drive: found.drives[0]!, store: bucket },
    ];
  });
  const run = (over = {}): ReturnType<typeof importDeta> =>
    importDeta(cloudOf(cloud), pairs, {
      ...{ emit: () => undefined, signal: new AbortController().signal, merge: false, dryRun: false },
      ...{ typed: "freehold data import deta notes", ...over },
    });

  // F73: people's data of a service that ended, in an app of theirs, types and names as they were.
  it("is looked at first, then every item and file is there, and once more only when told", async () => {
    const looked = await run({ dryRun: true });
    expect(looked).toMatchObject([
      { kind: "table", count: 2, had: false },
      { kind: "bucket", count: 2, sizeBytes: 9, had: false },
    ]);
    expect(await scan(table.id)).toEqual([]);
    await run();
    const items = await scan(table.id);
    expect(items.find(({ id }) => id?.S === "a1b2")).toEqual({
      ...{ id: { S: "a1b2" }, title: { S: "First" }, tags: { L: [{ S: "x" }, { S: "y" }] } },
      ...{ looks: { M: { S: { S: "like a typed value" } } }, done: { BOOL: false }, none: { NULL: true } },
    });
    const file = await aws.s3.send(new GetObjectCommand({ Bucket: bucket.id, Key: "2023/=1+1 ünï.txt" }));
    expect([await file.Body!.transformToString(), file.ContentType]).toEqual(["text", "text/plain; charset=utf-8"]);
    await expect(run()).rejects.toMatchObject({ code: "import-not-empty", exitCode: 3 });
    await run({ merge: true });
    expect(await scan(table.id)).toHaveLength(2);
  });

  // Nothing is half there: what is wrong with the last is found before the first is written.
  it("is not begun when something of it is broken", async () => {
    const place = await makeTable(aws, "deta-other", "notes", { name: "id", type: "S" });
    const other = (await describeStore(cloudOf(cloud), place)) as TableStore;
    const good: DetaPair = { ...pairs[0]!, store: other } as DetaPair;
    const source = { at: "bases/bad.json", form: "base" as const, read: () => bytes('[{"key":"a"},{"nokey":1}]') };
    const all: DetaPair[] = [good, { kind: "base", source, store: other }];
    const options = { emit: () => undefined, signal: new AbortController().signal, merge: true, dryRun: false };
    await expect(importDeta(cloudOf(cloud), all, { ...options, typed: "" })).rejects.toMatchObject({
      code: "data-broken",
      detail: expect.stringContaining("item 2"),
    });
    expect(await scan(other.id)).toEqual([]);
  });

  // Row H2. An archive from elsewhere must not read this computer's files into a bucket.
  it("with a link in it is refused", async () => {
    const bad = await mkdtemp(join(tmpdir(), "deta-"));
    await mkdir(join(bad, "drives/photos"), { recursive: true });
    await symlink("/etc/passwd", join(bad, "drives/photos/innocent.txt"));
    await expect(openDeta(bad)).rejects.toMatchObject({ code: "deta-refused" });
    expect(await openDeta(await mkdtemp(join(tmpdir(), "deta-")))).toBeUndefined();
  });
});
