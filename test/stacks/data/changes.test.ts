/** Changes of items and files on the local cloud: conditional, noted before they are made, and taken back. */
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { GetItemCommand, PutItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { changeItem, newCommand, setItem } from "../../../stacks/data/changes.ts";
import { changeFile } from "../../../stacks/data/file-changes.ts";
import { fileBytes, seeFile, shareFile } from "../../../stacks/data/files.ts";
import { changesOf, groupsOf, keepRoom, newId, noteChange } from "../../../stacks/data/journal.ts";
import { type BucketStore, storesOf, type TableStore } from "../../../stacks/data/stores.ts";
import { undoChanges } from "../../../stacks/data/undo.ts";
import type { Item } from "../../../stacks/data/values.ts";
import { startFaultProxy } from "../../support/fault-proxy.ts";
import { cloudWith, type DataCloud } from "./cloud.ts";

let made: DataCloud;
let rows: TableStore;
let files: BucketStore;
beforeAll(async () => {
  made = await cloudWith({ tables: { rows: { key: { id: "S" } } }, buckets: ["files"] });
  [files, rows] = (await storesOf(made.cloud, made.owners)) as [BucketStore, TableStore];
}, 60_000);
afterAll(() => made?.close());

const journal = (): string => join(made.dir, "data-changes");
beforeEach(() => rmSync(journal(), { recursive: true, force: true }));

const key = { id: { S: "a" } };
const there = async (): Promise<Item | undefined> =>
  (await made.dynamodb.send(new GetItemCommand({ TableName: rows.id, Key: key }))).Item;
const place = (item: Item): Promise<unknown> =>
  made.dynamodb.send(new PutItemCommand({ TableName: rows.id, Item: item }));
const undo = (said?: string) => undoChanges(made.cloud, said, async ({ kind }) => (kind === "item" ? rows : files));
const outcomes = async (said?: string): Promise<string[]> => (await undo(said)).changes.map(({ outcome }) => outcome);

// Two people at one item: whoever is second is told, and what the first one wrote stays.
describe("an item", () => {
  it("is changed only where it is still what was seen; an attribute that came meanwhile stays", async () => {
    const seen = {
      ...key,
      n: { N: "1" },
      tags: { SS: ["x", "y"] },
      deep: { M: { a: { L: [{ B: new Uint8Array([98]) }] } } },
    };
    await place(seen);
    await made.dynamodb.send(
      new UpdateItemCommand({
        TableName: rows.id,
        Key: key,
        UpdateExpression: "SET later = :o",
        ExpressionAttributeValues: { ":o": { S: "theirs" } },
      }),
    );
    await changeItem(made.cloud, rows, { key, seen, wanted: { ...key, n: { N: "2" }, deep: seen.deep } }, newCommand());
    expect(await there()).toEqual({ ...key, n: { N: "2" }, deep: seen.deep, later: { S: "theirs" } });
    const stale = changeItem(made.cloud, rows, { key, seen, wanted: { ...seen, n: { N: "3" } } }, newCommand());
    await expect(stale).rejects.toMatchObject({ code: "changed-meanwhile" });
    const notNew = changeItem(made.cloud, rows, { key, seen: undefined, wanted: { ...key } }, newCommand());
    await expect(notNew).rejects.toMatchObject({ code: "changed-meanwhile" });
    expect((await there())?.["n"]).toEqual({ N: "2" });
    expect(changesOf(made.cloud).map(({ ending }) => ending)).toEqual(["failed", "failed", "done"]);
  });

  it("with more attributes than a condition holds is written, and taken back", async () => {
    const many = (value: string): Item =>
      Object.fromEntries([["id", { S: "a" }], ...Array.from({ length: 200 }, (_, at) => [`a b ${at}`, { S: value }])]);
    await place(many("x"));
    await setItem(made.cloud, rows, { key, wanted: many("y") }, newCommand());
    expect(await there()).toEqual(many("y"));
    expect(await outcomes()).toEqual(["undone"]);
    expect(await there()).toEqual(many("x"));
  });

  it("that was made, replaced or removed is taken back step by step, and that again", async () => {
    await setItem(made.cloud, rows, { key, wanted: undefined }, newCommand());
    rmSync(journal(), { recursive: true, force: true });
    const [one, two] = [
      { ...key, n: { N: "1" } },
      { ...key, m: { NULL: true as const } },
    ];
    for (const wanted of [one, two, undefined]) await setItem(made.cloud, rows, { key, wanted }, newCommand());
    const last = await undo();
    expect(await there()).toEqual(two);
    await outcomes();
    expect(await there()).toEqual(one);
    await outcomes();
    expect(await there()).toBeUndefined();
    await expect(undo()).rejects.toMatchObject({ code: "nothing-to-undo", exitCode: 4 });
    expect(await outcomes(last.group)).toEqual(["already"]);
    expect(groupsOf(made.cloud)).toHaveLength(6);
  });

  it("is not taken back over what somebody wrote since", async () => {
    await setItem(made.cloud, rows, { key, wanted: { ...key, n: { N: "1" } } }, newCommand());
    await place({ ...key, n: { N: "7" } });
    expect(await outcomes()).toEqual(["changed-since"]);
    expect((await there())?.["n"]).toEqual({ N: "7" });
  });
});

// An answer that is lost is no refusal: whoever asks again finds what the first call did. Row A3.
it("a change whose answer is lost is made once, and can be taken back", async () => {
  await place({ ...key, n: { N: "1" } });
  const proxy = await startFaultProxy(made.local.endpoint);
  const cloud = { ...made.cloud, endpoint: proxy.endpoint };
  const lost = (on: RegExp): void => proxy.plan([{ on, times: 1, fault: { kind: "reset", reached: true } }]);
  try {
    for (const [on, wanted] of [
      [/UpdateItem/, { ...key, n: { N: "2" } }],
      [/DeleteItem/, undefined],
      [/PutItem/, { ...key, n: { N: "3" } }],
    ] as const) {
      lost(on);
      expect(await setItem(cloud, rows, { key, wanted }, newCommand())).toMatchObject({ changed: true });
      expect(proxy.count(on)).toBe(2);
      expect(await there()).toEqual(wanted);
    }
    for (const [on, wanted] of [
      [/^PUT .*lost/, { source: { bytes: Buffer.from("one") } }],
      [/^PUT .*lost/, { source: { bytes: Buffer.from("two") } }],
      [/^DELETE .*lost/, undefined],
    ] as const) {
      const seen = await seeFile(made.cloud, files, "lost");
      lost(on);
      await changeFile(cloud, files, { key: "lost", seen, wanted }, newCommand());
      expect(proxy.count(on)).toBe(2);
    }
    expect(await seeFile(made.cloud, files, "lost")).toBeUndefined();
  } finally {
    await proxy.close();
  }
  expect(changesOf(made.cloud).map(({ ending }) => ending)).toEqual(Array(6).fill("done"));
  for (let step = 0; step < 6; step++) expect(await outcomes()).toEqual(["undone"]);
  expect(await there()).toEqual({ ...key, n: { N: "1" } });
});

// A change that is in no journal cannot be taken back; so it is not made.
describe("the journal", () => {
  it("is its owner's alone, and without it nothing is changed", async () => {
    await setItem(made.cloud, rows, { key, wanted: { ...key, secret: { S: "x" } } }, newCommand());
    expect(statSync(journal()).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(journal())) expect(statSync(join(journal(), name)).mode & 0o777).toBe(0o600);
    rmSync(journal(), { recursive: true });
    writeFileSync(journal(), "in the way");
    const refused = setItem(made.cloud, rows, { key, wanted: { ...key, secret: { S: "y" } } }, newCommand());
    await expect(refused).rejects.toMatchObject({ code: "journal-failed" });
    expect((await there())?.["secret"]).toEqual({ S: "x" });
  });

  it("of a command that was ended before the call takes nothing back, and a torn line is none", async () => {
    await place({ ...key, n: { N: "1" } });
    const about = { group: newId(), at: new Date().toISOString(), store: "app/rows", storeId: rows.id };
    noteChange(made.cloud, {
      ...about,
      ...{ id: newId(), kind: "item", key: { id: { S: "a" } } },
      ...{ before: { id: { S: "a" }, n: { N: "1" } }, after: { id: { S: "a" }, n: { N: "2" } } },
    });
    const [file] = readdirSync(journal());
    appendFileSync(join(journal(), file!), '{"id":"torn","gro');
    expect(changesOf(made.cloud)).toMatchObject([{ ending: "unknown" }]);
    expect(await outcomes()).toEqual(["already"]);
    await setItem(made.cloud, rows, { key, wanted: { ...key, n: { N: "5" } } }, newCommand());
    expect(changesOf(made.cloud)[0]).toMatchObject({ ending: "done" });
  });

  it("keeps thirty days and 100 MB, and lets the oldest go first", () => {
    mkdirSync(journal(), { mode: 0o700 });
    const days = (name: string, bytes: number, age: number): void => {
      writeFileSync(join(journal(), name), "");
      truncateSync(join(journal(), name), bytes);
      utimesSync(join(journal(), name), new Date(), new Date(Date.now() - age * 86_400_000));
    };
    days("old.content", 10, 31);
    days("a.content", 40_000_000, 3);
    days("b.content", 40_000_000, 2);
    days("c.jsonl", 10_000_000, 1);
    keepRoom(made.cloud);
    expect(readdirSync(journal()).sort()).toEqual(["b.content", "c.jsonl"]);
  });
});

const body = async (Key: string): Promise<string> =>
  (await made.s3.send(new GetObjectCommand({ Bucket: files.id, Key }))).Body!.transformToString();
const put = async (name: string, text: string, type = "text/plain"): Promise<unknown> =>
  changeFile(
    made.cloud,
    files,
    { key: name, seen: await seeFile(made.cloud, files, name), wanted: { source: { bytes: Buffer.from(text) }, type } },
    newCommand(),
  );

describe("a file", () => {
  it("is written and removed only where it is what was seen, and comes back with its type and metadata", async () => {
    const Key = "ä/<&' x\u202e.txt";
    const Metadata = { from: "elsewhere" };
    await made.s3.send(new PutObjectCommand({ Bucket: files.id, Key, Body: "one", ContentType: "x/y", Metadata }));
    const seen = await seeFile(made.cloud, files, Key);
    await put(Key, "two");
    const stale = changeFile(made.cloud, files, { key: Key, seen, wanted: undefined }, newCommand());
    await expect(stale).rejects.toMatchObject({ code: "changed-meanwhile" });
    expect(await body(Key)).toBe("two");
    expect(await outcomes()).toEqual(["undone"]);
    expect(await body(Key)).toBe("one");
    expect(await made.s3.send(new HeadObjectCommand({ Bucket: files.id, Key }))).toMatchObject({
      ContentType: "x/y",
      Metadata,
    });
    await changeFile(
      made.cloud,
      files,
      { key: Key, seen: await seeFile(made.cloud, files, Key), wanted: undefined },
      newCommand(),
    );
    expect(await seeFile(made.cloud, files, Key)).toBeUndefined();
    expect(await outcomes()).toEqual(["undone"]);
    expect(await body(Key)).toBe("one");
    await put("new.txt", "new");
    expect(await outcomes()).toEqual(["undone"]);
    expect(await seeFile(made.cloud, files, "new.txt")).toBeUndefined();
  });

  // A broken connection in a large file is usual; beginning again would never end.
  it("goes on at the byte where the connection broke, and never with another version", async () => {
    const text = Array.from({ length: 60_000 }, (_, at) => at).join(" ");
    await put("long", text);
    const proxy = await startFaultProxy(made.local.endpoint);
    const cloud = { ...made.cloud, endpoint: proxy.endpoint };
    const read = async (): Promise<string> => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of fileBytes(cloud, files, "long")) chunks.push(chunk);
      return Buffer.concat(chunks).toString();
    };
    try {
      proxy.plan([{ on: /^GET .*long/, times: 3, fault: { kind: "truncate" } }]);
      expect((await read()) === text).toBe(true);
      expect(proxy.count(/^GET .*long/)).toBe(4);
      proxy.plan([{ on: /^GET .*long/, times: 1, fault: { kind: "truncate" } }]);
      const bytes = fileBytes(cloud, files, "long");
      await bytes.next();
      await put("long", "another");
      await expect(
        (async () => {
          for await (const _ of bytes);
        })(),
      ).rejects.toMatchObject({ code: "file-changed" });
    } finally {
      await proxy.close();
    }
  });

  it("is shared by an address that anybody reads, for as long as was said", async () => {
    await put("a b&c.txt", "hello");
    const { url, expires } = await shareFile(made.cloud, files, "a b&c.txt", 60);
    expect(await (await fetch(url)).text()).toBe("hello");
    expect(Date.parse(expires) - Date.now()).toBeLessThanOrEqual(60_000);
    expect(
      (await fetch(url.replace(/Signature=(.)/, (_, first) => `Signature=${first === "0" ? "1" : "0"}`))).status,
    ).toBe(403);
    await expect(shareFile(made.cloud, files, "none", 60)).rejects.toMatchObject({ code: "file-unknown" });
  });
});
