import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DeleteObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exportData } from "../../../stacks/data/export.ts";
import type { TypedItem } from "../../../stacks/data/format/attribute.ts";
import { folderPlace } from "../../../stacks/data/format/folder.ts";
import { rawTables } from "../../../stacks/data/format/wire.ts";
import { importData, targetsOf } from "../../../stacks/data/import.ts";
import { openExport } from "../../../stacks/data/import-check.ts";
import type { Place } from "../../../stacks/data/stores.ts";
import { startTestCloud, type TestCloud } from "../../support/local-cloud.ts";
import { items, largest, oddKeys } from "./arbitrary-items.ts";
import { clients, cloudOf, exporting, importing, itemsIn, makeBucket, makeTable, objectsIn } from "./carrying.ts";

const rounds = Number(process.env["FREEHOLD_TEST_ROUNDS"] ?? 1);

let cloud: TestCloud;
let aws: ReturnType<typeof clients>;
let serial = 0;
beforeAll(async () => {
  cloud = await startTestCloud();
  aws = clients(cloud);
});
afterAll(() => cloud.close());

const folder = (): Promise<string> => mkdtemp(join(tmpdir(), "carried-"));
const app = (): string => `app${++serial}`;

async function fill({ id }: Place, all: readonly TypedItem[]): Promise<void> {
  const tables = await rawTables(cloudOf(cloud));
  for (const item of all) expect(await tables.write(id, "put", [JSON.stringify(item)])).toEqual([]);
  tables.close();
}

/** Out of some stores and into those of another app; answers the folder. */
async function carry(from: Place[], to: Place[], into: string): Promise<string> {
  const at = join(await folder(), "export");
  await exportData(cloudOf(cloud), from, folderPlace(at), exporting());
  const source = await openExport(folderPlace(at));
  await importData(cloudOf(cloud), source, targetsOf(source.manifest.stores, to, into), importing(await folder()));
  return at;
}

describe("what is taken out and brought back", () => {
  // The promise of the format: every type, sets and binary, 38 digits, empty texts, nested, hostile names of attributes.
  it("is equal in every item, whatever DynamoDB can hold", async () => {
    await fc.assert(
      fc.asyncProperty(items, async (all) => {
        const [a, b] = [app(), app()];
        const keys = [
          { name: "id", type: "S" },
          { name: "at", type: "N" },
        ] as const;
        const from = await makeTable(aws, a, "notes", ...keys);
        const to = await makeTable(aws, b, "notes", ...keys);
        await fill(from, [...all, largest]);
        await carry([from], [to], b);
        const before = await itemsIn(aws, from);
        expect(before).toHaveLength(all.length + 1);
        expect(await itemsIn(aws, to)).toEqual(before);
      }),
      { numRuns: rounds, endOnFailure: true },
    );
  });

  // Keys are no paths: `../x`, two that differ in case alone, 1024 bytes, a slash at the end.
  it("is equal in every object, whatever its key, with type, metadata and tags", async () => {
    const [a, b] = [app(), app()];
    const from = await makeBucket(aws, a, "files");
    const to = await makeBucket(aws, b, "files");
    for (const [at, Key] of oddKeys.entries())
      await aws.s3.send(
        new PutObjectCommand({
          Bucket: from.id,
          Key,
          Body: `${at} ${Key}`,
          ContentType: "text/x-odd; charset=utf-8",
          CacheControl: "max-age=60",
          ContentEncoding: "identity",
          ContentDisposition: 'attachment; filename="x"',
          ContentLanguage: "de",
          Metadata: { from: "here", n: String(at) },
          ...(at % 2 ? { Tagging: "kind=odd&empty=&sign=%2B%20%26" } : {}),
        }),
      );
    await aws.s3.send(new PutObjectCommand({ Bucket: from.id, Key: "empty", Body: "" }));
    await aws.s3.send(new PutObjectCommand({ Bucket: from.id, Key: "large", Body: Buffer.alloc(9 * 1024 ** 2, "ab") }));
    const at = await carry([from], [to], b);
    const before = await objectsIn(aws, from);
    expect(before).toHaveLength(oddKeys.length + 2);
    expect(await objectsIn(aws, to)).toEqual(before);
    const lines = (await readFile(join(at, a, "buckets/files/objects-00001.jsonl"), "utf8")).trim().split("\n");
    for (const { file } of lines.map((line) => JSON.parse(line)))
      expect(file).toMatch(/^app\d+\/buckets\/files\/objects\/\d{5}\/\d{8}(-[A-Za-z0-9._-]*[A-Za-z0-9_-])?$/);
  });

  // A bucket that keeps versions is its history; deletions are part of it.
  it("has every version of an object, in order, deletions among them", async () => {
    const [a, b] = [app(), app()];
    const from = await makeBucket(aws, a, "files", true);
    const to = await makeBucket(aws, b, "files", true);
    const put = (Key: string, Body: string) => aws.s3.send(new PutObjectCommand({ Bucket: from.id, Key, Body }));
    for (const text of ["one", "two", "three"]) await put("a", text);
    await put("gone", "was here");
    await aws.s3.send(new DeleteObjectCommand({ Bucket: from.id, Key: "gone" }));
    await put("a2", "other");
    await carry([from], [to], b);
    const before = await objectsIn(aws, from);
    expect(before).toHaveLength(6);
    expect(await objectsIn(aws, to)).toEqual(before);
  });
});
