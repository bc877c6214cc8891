import { mkdtemp, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { unpackArchive } from "../../../cli/operations/data-archive.ts";
import { exportData } from "../../../stacks/data/export.ts";
import { packExport } from "../../../stacks/data/export-pack.ts";
import { bucketAddress, bucketPlace } from "../../../stacks/data/format/bucket.ts";
import { folderPlace } from "../../../stacks/data/format/folder.ts";
import { rawTables } from "../../../stacks/data/format/wire.ts";
import { importData, targetsOf } from "../../../stacks/data/import.ts";
import { openExport } from "../../../stacks/data/import-check.ts";
import type { Place } from "../../../stacks/data/stores.ts";
import * as deploy from "../../../stacks/deploy.ts";
import { startTestCloud, type TestCloud } from "../../support/local-cloud.ts";
import { type TarEntry, tar } from "../../support/tar.ts";
import { clients, cloudOf, exporting, importing, itemsIn, makeBucket, makeTable, objectsIn } from "./carrying.ts";

let cloud: TestCloud;
let aws: ReturnType<typeof clients>;
let from: Place[];
let work: string;
const { signal } = new AbortController();

beforeAll(async () => {
  cloud = await startTestCloud();
  aws = clients(cloud);
  from = await stores("from");
  const tables = await rawTables(cloudOf(cloud));
  await tables.write(
    from[1]!.id,
    "put",
    ["a", "b"].map((id) => JSON.stringify({ id: { S: id } })),
  );
  tables.close();
  for (const Key of ["x/../y", "z"])
    await aws.s3.send(new PutObjectCommand({ Bucket: from[0]!.id, Key, Body: `of ${Key}`, Metadata: { of: "mine" } }));
});
afterAll(() => cloud.close());
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), "carried-"));
});

const stores = async (app: string): Promise<Place[]> => [
  await makeBucket(aws, app, "files"),
  await makeTable(aws, app, "notes", { name: "id", type: "S" }),
];

const unpack = (file: string): Promise<string> =>
  unpackArchive({ paths: { cache: join(work, "cache"), config: "", data: "", state: "" }, deploy, signal }, file);

async function packed(): Promise<string> {
  const folder = folderPlace(join(work, "out"));
  await exportData(cloudOf(cloud), from, folder, exporting());
  const file = join(work, "out.tar.gz");
  await packExport(cloudOf(cloud), await openExport(folder), file, signal);
  return file;
}

describe("an export as one file", () => {
  // An archive goes on a stick, and into another cloud.
  it("unpacks to what it was packed of, and is imported equal", async () => {
    const file = await packed();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const to = await stores("unpacked");
    const source = await openExport(folderPlace(await unpack(file)));
    await importData(cloudOf(cloud), source, targetsOf(source.manifest.stores, to, "unpacked"), importing(work));
    expect(await itemsIn(aws, to[1]!)).toEqual(await itemsIn(aws, from[1]!));
    expect(await objectsIn(aws, to[0]!)).toEqual(await objectsIn(aws, from[0]!));
  });

  // H1 to H5: an archive from somebody else may be made to write elsewhere, or to fill the disk.
  it("is refused when it has anything but what its manifest says, and leaves nothing", async () => {
    const empty = "0".repeat(64);
    const manifest = (over: object = {}): TarEntry => ({
      name: "manifest.json",
      content: JSON.stringify({
        format: "freehold-export/1",
        freehold: "0",
        cloud: { name: "c", target: "local", region: "eu-west-1" },
        begun: "2026-01-01T00:00:00.000Z",
        ended: "2026-01-01T00:00:00.000Z",
        apps: [],
        stores: [],
        files: [{ path: "a/tables/t/schema.json", sizeBytes: 2, sha256: empty }],
        ...over,
      }),
    });
    const schema: TarEntry = { name: "a/tables/t/schema.json", content: "{}" };
    const part = (sizeBytes: number) => ({ path: "a/tables/t/items-00001.jsonl", sizeBytes, sha256: empty });
    const hostile: [what: string, entries: TarEntry[]][] = [
      ["no manifest", [schema]],
      ["a name that leads out", [manifest(), schema, { name: "../../canary", content: "x" }]],
      ["an absolute name", [manifest(), schema, { name: "/tmp/canary", content: "x" }]],
      ["a name below one that is a file", [manifest(), schema, { name: "a/tables/t/schema.json/x", content: "x" }]],
      ["a link", [manifest(), { name: "a/tables/t/schema.json", type: "2", link: "/etc/passwd" }]],
      ["a hard link", [manifest(), { name: "a/tables/t/schema.json", type: "1", link: "manifest.json" }]],
      ["a device", [manifest(), { name: "a/tables/t/schema.json", type: "3" }]],
      ["a file twice", [manifest(), schema, schema]],
      ["a file too large", [manifest(), { ...schema, content: "{ }" }]],
      ["a file that is missing", [manifest()]],
      ["an object too many", [manifest(), schema, { name: "a/buckets/b/objects/00000/00000001", content: "x" }]],
      ["a manifest of another name for it", [manifest({ files: [{ ...part(2), path: "../canary" }] }), schema]],
      ["more than deflate can make", [manifest({ files: [part(10 ** 12)] })]],
      [
        "a bomb",
        [manifest({ files: [part(2 * 1024 ** 3)] }), { name: part(0).path, content: Buffer.alloc(8 * 1024 ** 2) }],
      ],
    ];
    for (const [at, [what, entries]] of hostile.entries()) {
      const file = join(work, `hostile-${at}.tar.gz`);
      await writeFile(file, gzipSync(tar(entries)));
      const refused = unpack(file).then(() => `${what} was taken`);
      await expect(refused, what).rejects.toMatchObject({
        exitCode: expect.toBeOneOf([1, 2]),
        code: expect.stringMatching(/^(archive-|data-broken)/),
      });
      expect(await readdir(join(work, "cache/imports")), what).toEqual([]);
    }
    const cut = join(work, "cut.tar.gz");
    const whole = await readFile(await packed());
    await writeFile(cut, whole.subarray(0, whole.length / 2));
    await expect(unpack(cut)).rejects.toMatchObject({ code: "archive-refused" });
    const plain = join(work, "plain.tar.gz");
    await writeFile(plain, "no archive at all");
    await expect(unpack(plain)).rejects.toMatchObject({ code: "archive-refused" });
    await expect(unpack(join(work, "nowhere.tar.gz"))).rejects.toMatchObject({ exitCode: 4 });
    expect(await readdir(work)).not.toContain("canary");
  });
});

describe("an export below an address of a bucket", () => {
  // The folder as objects; interrupted and gone on with as in a folder.
  it("goes on after an interruption, and is imported equal", async () => {
    await makeBucket(aws, "somewhere", "else");
    const address = bucketAddress("s3://test--somewhere--else/of/mine/")!;
    const place = await bucketPlace(cloudOf(cloud), address, join(work, "scratch"), signal);
    const stop = new AbortController();
    const stopping = {
      ...place,
      append: (path: string, line: string) =>
        place.append(path, line).then(() => line.includes('"next":null') && stop.abort()),
    };
    const first = exportData(cloudOf(cloud), from, stopping as typeof place, exporting({ signal: stop.signal }));
    await expect(first).rejects.toMatchObject({ code: "interrupted" });
    await exportData(cloudOf(cloud), from, place, exporting());
    const source = await openExport(place);
    const to = await stores("addressed");
    await importData(cloudOf(cloud), source, targetsOf(source.manifest.stores, to, "addressed"), importing(work));
    expect(await itemsIn(aws, to[1]!)).toEqual(await itemsIn(aws, from[1]!));
    expect(await objectsIn(aws, to[0]!)).toEqual(await objectsIn(aws, from[0]!));
    expect(await readdir(join(work, "scratch"))).toEqual([]);
  });
});
