/** Stores as the cloud says they are, of data that a destroy kept; those of apps that run are in test/e2e/data.deep.test.ts. */
import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { folderPage } from "../../../stacks/data/folders.ts";
import { fileFrom, keyFrom, keyJson } from "../../../stacks/data/items.ts";
import { type BucketStore, storesOf, type TableStore } from "../../../stacks/data/stores.ts";
import { cloudWith, type DataCloud } from "./cloud.ts";

let made: DataCloud;
beforeAll(async () => {
  made = await cloudWith({
    tables: { rows: { key: { id: "S", at: "N" }, indexes: { "by-box": { box: "S", at: "N" } } } },
    buckets: ["files"],
  });
}, 60_000);
afterAll(() => made?.close());

// Every command that touches data starts from this list: what is missing from it cannot be reached.
it("a table has its key, indexes and counts, a bucket its files; what is gone is left out", async () => {
  const { cloud, dynamodb, s3, owners } = made;
  await dynamodb.send(
    new PutItemCommand({ TableName: "home--app--rows", Item: { id: { S: "a" }, at: { N: "1" }, box: { S: "in" } } }),
  );
  await s3.send(new PutObjectCommand({ Bucket: "home--app--files", Key: "a.txt", Body: "hello" }));
  const gone = { kind: "aws:dynamodb/table:Table", name: "gone", id: "home--app--gone" };
  const secret = { kind: "aws:ssm/parameter:Parameter", name: "token", id: "/freehold/home/app/token" };
  expect(
    await storesOf(cloud, { apps: ["never-made", "app"], kept: { app: [...owners.kept.app, gone, secret] } }),
  ).toEqual([
    {
      app: "app",
      kind: "bucket",
      name: "files",
      id: "home--app--files",
      kept: true,
      indexes: [],
      items: 1,
      sizeBytes: 5,
    },
    {
      ...{ app: "app", kind: "table", name: "rows", id: "home--app--rows", kept: true, items: 1 },
      sizeBytes: expect.any(Number),
      key: { hash: { name: "id", type: "S" }, range: { name: "at", type: "N" } },
      indexes: [
        {
          name: "by-box",
          key: { hash: { name: "box", type: "S" }, range: { name: "at", type: "N" } },
          local: false,
          holds: "all",
        },
      ],
    },
  ]);
});

// A bucket of a million files is looked through by its folders: none of them costs more than a line.
it("a bucket has folders, a page at a time, and a token is good for its own folder alone", async () => {
  const { cloud, s3 } = made;
  for (const Key of ["by/a/1", "by/a/2", "by/b/c/3", "by/z.txt", "by\u200b/4"])
    await s3.send(new PutObjectCommand({ Bucket: "home--app--files", Key, Body: "x" }));
  const store: BucketStore = {
    app: "app",
    kind: "bucket",
    name: "files",
    id: "home--app--files",
    kept: true,
    indexes: [],
  };
  const names = async (prefix: string, limit: number, from?: string) => {
    const page = await folderPage(cloud, store, { prefix, limit, ...(from === undefined ? {} : { from }) });
    return { next: page.next, names: [...page.folders, ...page.files.map(({ key }) => key!.S)] };
  };
  expect((await names("by/", 100)).names).toEqual(["by/a/", "by/b/", "by/z.txt"]);
  const first = await names("by/", 2);
  expect(first.names).toEqual(["by/a/", "by/b/"]);
  expect(await names("by/", 2, first.next)).toEqual({ next: undefined, names: ["by/z.txt"] });
  await expect(names("by/a/", 2, first.next)).rejects.toMatchObject({ code: "token-wrong" });
  await expect(names("by/", 2, "none")).rejects.toMatchObject({ code: "token-wrong" });
});

// A screen shows names without what a terminal may not be told; what it then removes has to be that very item.
it("a key in one word of JSON is that key again, whatever is in it, and ASCII alone", () => {
  const of = (type: "S" | "N" | "B"): TableStore => ({
    ...{ app: "app", kind: "table", name: "rows", id: "rows", kept: false, indexes: [] },
    key: { hash: { name: "id", type }, range: { name: "at", type: "N" } },
  });
  const text = fc.string({ unit: "binary", minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(text, fc.maxSafeInteger(), (id, at) => {
      const key = { id: { S: id }, at: { N: String(at) } };
      expect(keyJson(key)).toMatch(/^[\x20-\x7e]+$/);
      expect(keyFrom(of("S"), [keyJson(key)])).toEqual(key);
      expect(fileFrom(keyJson({ key: { S: id } }))).toBe(id);
    }),
  );
  const large = { id: { N: "12345678901234567890.5" }, at: { N: "1" } };
  expect(keyFrom(of("N"), [keyJson(large)])).toEqual(large);
  const bytes = { id: { B: Buffer.from([0, 255]) }, at: { N: "1" } };
  expect(keyFrom(of("B"), [keyJson(bytes)])).toEqual(bytes);
  for (const wrong of ['{"id":"a"}', '{"id":"a","at":1,"more":2}', '{"id":1,"at":1}', "{"])
    expect(() => keyFrom(of("S"), [wrong]), wrong).toThrow();
  for (const name of ['{"key":1}', '{"key":"a","b":1}', '{"key":', "{a}.txt"]) expect(fileFrom(name)).toBe(name);
});
