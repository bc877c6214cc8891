/**
 * Whether what arrived is what was sent: told of each item and file, also where another tool sent a large file in pieces of
 * another size, so that the same bytes have another ETag.
 */
import { randomBytes } from "node:crypto";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, it } from "vitest";
import { arrivedOf } from "../../../stacks/data/arrived.ts";
import { exportData } from "../../../stacks/data/export.ts";
import { folderPlace } from "../../../stacks/data/format/folder.ts";
import { importData, targetsOf } from "../../../stacks/data/import.ts";
import { type OpenExport, openExport } from "../../../stacks/data/import-check.ts";
import type { Place } from "../../../stacks/data/stores.ts";
import { startTestCloud, type TestCloud } from "../../support/local-cloud.ts";
import { clients, cloudOf, exporting, importing, makeBucket, makeTable } from "./carrying.ts";

const signal = new AbortController().signal;
const mb = 1024 ** 2;
const large = randomBytes(11 * mb);
let cloud: TestCloud;
let aws: ReturnType<typeof clients>;
let to: Place[];
let source: OpenExport;

beforeAll(async () => {
  cloud = await startTestCloud();
  aws = clients(cloud);
  const id = { name: "id", type: "S" } as const;
  const from = [await makeBucket(aws, "from", "files"), await makeTable(aws, "from", "notes", id)];
  to = [await makeBucket(aws, "to", "files"), await makeTable(aws, "to", "notes", id)];
  await inPieces(from[0]!.id, 5 * mb);
  for (const key of ["a", "b", "c"])
    await aws.s3.send(new PutObjectCommand({ Bucket: from[0]!.id, Key: key, Body: `of ${key}` }));
  for (const n of [1, 2, 3])
    await aws.raw("PutItem", { TableName: from[1]!.id, Item: { id: { S: `n${n}` }, tags: { SS: ["b", "a"] } } });
  const at = join(await mkdtemp(join(tmpdir(), "arrived-")), "export");
  await exportData(cloudOf(cloud), from, folderPlace(at), exporting());
  source = await openExport(folderPlace(at));
  await importData(cloudOf(cloud), source, targetsOf(source.manifest.stores, to, "to"), importing(`${at}-notes`));
});
afterAll(() => cloud?.close());

/** As another tool does it. */
async function inPieces(Bucket: string, piece: number, body = large): Promise<void> {
  const what = { Bucket, Key: "large" };
  const { UploadId } = await aws.s3.send(new CreateMultipartUploadCommand(what));
  const Parts: { ETag: string; PartNumber: number }[] = [];
  for (let start = 0; start < body.length; start += piece) {
    const PartNumber = Parts.length + 1;
    const Body = body.subarray(start, start + piece);
    const { ETag } = await aws.s3.send(new UploadPartCommand({ ...what, UploadId, PartNumber, Body }));
    Parts.push({ ETag: ETag!, PartNumber });
  }
  await aws.s3.send(new CompleteMultipartUploadCommand({ ...what, UploadId, MultipartUpload: { Parts } }));
}

const arrived = (kind: "bucket" | "table") => {
  const pair = targetsOf(source.manifest.stores, to, "to").find(([from]) => from.kind === kind)!;
  return arrivedOf(cloudOf(cloud), source, pair, signal);
};
const etag = async (Bucket: string) => (await aws.s3.send(new HeadObjectCommand({ Bucket, Key: "large" }))).ETag;

// A move that says of every large file that it is another is believed of none.
it("a file sent in other pieces is the same by its bytes, and another one is another", async () => {
  const sent = await etag(to[0]!.id);
  const line = source.manifest.stores.find(({ kind }) => kind === "bucket")!;
  expect(sent).not.toBe(await etag(line.id));
  expect(await arrived("bucket")).toEqual({ same: 4, changed: 0, missing: 0, more: 0 });
  // In pieces that neither of both took.
  await inPieces(to[0]!.id, 6 * mb);
  expect(await etag(to[0]!.id)).not.toBe(sent);
  expect(await arrived("bucket")).toEqual({ same: 4, changed: 0, missing: 0, more: 0 });
  const other = Buffer.from(large);
  other[10 * mb]! ^= 1;
  await inPieces(to[0]!.id, 6 * mb, other);
  expect(await arrived("bucket")).toEqual({ same: 3, changed: 1, missing: 0, more: 0 });
});

it("counts what is missing and what is there besides", async () => {
  const Bucket = to[0]!.id;
  await aws.s3.send(new DeleteObjectCommand({ Bucket, Key: "a" }));
  await aws.s3.send(new PutObjectCommand({ Bucket, Key: "d", Body: "of d" }));
  await aws.s3.send(new PutObjectCommand({ Bucket, Key: "b", Body: "of B" }));
  expect(await arrived("bucket")).toMatchObject({ missing: 1, more: 1, same: 1 });
  expect(await arrived("table")).toEqual({ same: 3, changed: 0, missing: 0, more: 0 });
  await aws.raw("PutItem", { TableName: to[1]!.id, Item: { id: { S: "n1" }, tags: { SS: ["a", "b", "c"] } } });
  await aws.raw("PutItem", { TableName: to[1]!.id, Item: { id: { S: "n9" } } });
  await aws.raw("DeleteItem", { TableName: to[1]!.id, Key: { id: { S: "n2" } } });
  expect(await arrived("table")).toEqual({ same: 1, changed: 1, missing: 1, more: 1 });
});
