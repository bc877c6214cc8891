/** A disk that is full, a real one: under an export's folder, under what a backup writes first, and under the local cloud. */
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { CreateBucketCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { bucketOf, listBackups } from "../../../stacks/data/backups/bucket.ts";
import { isWhole } from "../../../stacks/data/backups/record.ts";
import { takeBackup } from "../../../stacks/data/backups/take.ts";
import { exportData } from "../../../stacks/data/export.ts";
import { folderPlace } from "../../../stacks/data/format/folder.ts";
import { rawTables } from "../../../stacks/data/format/wire.ts";
import { checkExport, openExport } from "../../../stacks/data/import-check.ts";
import type { Place } from "../../../stacks/data/stores.ts";
import { startFaultProxy } from "../../support/fault-proxy.ts";
import { startTestCloud, type TestCloud } from "../../support/local-cloud.ts";
import { fillDisk, smallDisk, unmount } from "../../support/small-disk.ts";
import { missing } from "../../support/tools.ts";
import { clients, cloudOf, exporting, makeBucket, makeTable } from "./carrying.ts";

const ours = smallDisk("8m");
const theirs = smallDisk("32m");
const signal = new AbortController().signal;
/** Some parts of a table, and of files. */
const part = { bytes: 400_000, objects: 5, objectBytes: 10 ** 9 };

describe.skipIf(missing(ours && theirs, "the right to mount a small disk"))("a disk that is full", () => {
  const [here, there] = [ours as string, theirs as string];
  let cloud: TestCloud;
  let proxy: Awaited<ReturnType<typeof startFaultProxy>>;
  let places: Place[];

  beforeAll(async () => {
    mkdirSync(join(there, "cloud"));
    cloud = await startTestCloud({ dataDir: join(there, "cloud") });
    proxy = await startFaultProxy(cloud.endpoint);
    const aws = clients(cloud);
    places = [
      await makeBucket(aws, "notes", "files"),
      await makeTable(aws, "notes", "rows", { name: "id", type: "S" }),
    ];
    await aws.s3.send(new CreateBucketCommand({ Bucket: bucketOf(cloudOf(cloud)) }));
    const tables = await rawTables(cloudOf(cloud));
    for (let at = 0; at < 20; at++) {
      const item = { id: { S: `n${at}` }, text: { S: "x".repeat(100_000) } };
      expect(await tables.write(places[1]!.id, "put", [JSON.stringify(item)])).toEqual([]);
      await aws.s3.send(new PutObjectCommand({ Bucket: places[0]!.id, Key: `k${at}`, Body: `${at}`.repeat(10_000) }));
    }
    tables.close();
  });
  afterAll(async () => {
    await proxy.close();
    await cloud.close();
    for (const one of [here, there]) unmount(one);
  });

  const filesBelow = (dir: string): string[] => readdirSync(dir, { recursive: true }).map(String);
  const counts = [20, 20];

  // What is whole stays, what is not leaves nothing, and the same command goes on when there is room.
  it("under an export's folder is said, and the export goes on later", async () => {
    const at = join(here, "export");
    const out = () => exportData(cloudOf(cloud), places, folderPlace(at), exporting({ part }));
    const makeRoom = fillDisk(here, 1_300_000);
    await expect(out()).rejects.toMatchObject({
      code: "export-not-written",
      detail: expect.stringContaining("ENOSPC"),
    });
    const left = filesBelow(at);
    expect(left.filter((path) => /\.partial$|manifest\.json$/.test(path))).toEqual([]);
    expect(left).toContain("progress.jsonl");
    expect(left.filter((path) => /objects-\d+\.jsonl$/.test(path)).length).toBeGreaterThan(0);
    makeRoom();
    await out();
    const source = await openExport(folderPlace(at));
    await checkExport(source, source.manifest.stores, { emit: () => undefined, signal });
    expect(source.manifest.stores.map(({ count }) => count)).toEqual(counts);
  });

  const backup = (through = cloudOf(cloud)) =>
    takeBackup(through, places, {
      ...{ emit: () => undefined, signal, app: "notes", about: [], why: "asked", freehold: "0.0.0-test", part },
      scratch: join(here, "scratch"),
    });

  // A backup is written here first: as an export is.
  it("under what a backup writes first is said, and the same backup goes on later", async () => {
    const makeRoom = fillDisk(here, 100_000);
    await expect(backup()).rejects.toMatchObject({
      code: "export-not-written",
      detail: expect.stringContaining("ENOSPC"),
    });
    const [half, ...others] = await listBackups(cloudOf(cloud), ["notes"]);
    expect([isWhole(half!), others]).toEqual([false, []]);
    expect(filesBelow(join(here, "scratch"))).toEqual([]);
    makeRoom();
    expect(await backup()).toMatchObject({ id: half!.id, stores: counts.map((count) => ({ count })) });
  });

  // The cloud says that it went wrong inside; it is asked again for about a minute, and what it took is kept.
  it("under the local cloud is waited out, and the backup is whole when there is room", async () => {
    const writes = proxy.hold(/^PUT /);
    const taken = backup({ ...cloudOf(cloud), endpoint: proxy.endpoint });
    await writes.reached;
    const makeRoom = fillDisk(there, 0);
    writes.release();
    // The SDK's own attempts, and some of ours.
    await vi.waitFor(() => expect(proxy.count(/^PUT /)).toBeGreaterThan(4), { timeout: 30_000 });
    expect((await listBackups(cloudOf(cloud), ["notes"])).filter(isWhole)).toHaveLength(1);
    makeRoom();
    const made = await taken;
    expect(made.stores.map(({ count }) => count)).toEqual(counts);
    expect((await listBackups(cloudOf(cloud), ["notes"])).filter(isWhole).map(({ id }) => id)).toContain(made.id);
  });
});
