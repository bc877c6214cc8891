/**
 * Backups on bad days, with a second AWS that was written by others, and as a drill: what every bundled app stores, lost and
 * brought back.
 */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { UpdateContinuousBackupsCommand } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Cloud } from "../../../stacks/cloud.ts";
import { backupPlace, bucketOf, dropBackup, listBackups } from "../../../stacks/data/backups/bucket.ts";
import { backupOfMoment } from "../../../stacks/data/backups/moment.ts";
import { type BackupRecord, isWhole } from "../../../stacks/data/backups/record.ts";
import { type BackupOptions, takeBackup } from "../../../stacks/data/backups/take.ts";
import { importData, targetsOf } from "../../../stacks/data/import.ts";
import { openExport } from "../../../stacks/data/import-check.ts";
import type { Place } from "../../../stacks/data/stores.ts";
import { startFaultProxy } from "../../support/fault-proxy.ts";
import { startTestCloud, type TestCloud } from "../../support/local-cloud.ts";
import { startMoto } from "../../support/moto.ts";
import { missing, motoServer } from "../../support/tools.ts";
import { clients, cloudOf, importing, itemsIn, makeBucket, makeTable, objectsIn } from "./carrying.ts";

const signal = new AbortController().signal;
const id = { name: "id", type: "S" } as const;
const part = { bytes: 4_000, objects: 3, objectBytes: 10 ** 9 };

async function fill(aws: ReturnType<typeof clients>, places: readonly Place[]): Promise<void> {
  for (let at = 0; at < 12; at++) {
    await aws.s3.send(new PutObjectCommand({ Bucket: places[0]!.id, Key: `k/../${at}`, Body: `${at}`.repeat(900) }));
    await aws.raw("PutItem", {
      TableName: places[1]!.id,
      Item: {
        id: { S: `n${at}` },
        n: { N: "12345678901234567890" },
        set: { NS: ["1", "2"] },
        text: { S: "x".repeat(1500) },
      },
    });
  }
}

const options = (scratch: string, over: Partial<BackupOptions> = {}): BackupOptions => ({
  ...{ emit: () => undefined, signal, app: "notes", about: [], why: "asked", scratch, freehold: "0.0.0-test", part },
  ...over,
});

describe("on bad days", () => {
  let test: TestCloud;
  let proxy: Awaited<ReturnType<typeof startFaultProxy>>;
  let aws: ReturnType<typeof clients>;
  let places: Place[];
  let scratch: string;
  let before: unknown[];
  const through = (): Cloud => ({ ...cloudOf(test), endpoint: proxy.endpoint });
  const content = async () => [await objectsIn(aws, places[0]!), await itemsIn(aws, places[1]!)];

  beforeAll(async () => {
    test = await startTestCloud();
    proxy = await startFaultProxy(test.endpoint);
    aws = clients(test);
    await aws.s3.send(new CreateBucketCommand({ Bucket: bucketOf(cloudOf(test)) }));
    places = [await makeBucket(aws, "notes", "files"), await makeTable(aws, "notes", "rows", id)];
    await fill(aws, places);
    before = await content();
  });
  afterAll(async () => {
    await proxy.close();
    await test.close();
  });
  beforeEach(async () => {
    scratch = await mkdtemp(join(tmpdir(), "backups-"));
    proxy.plan([]);
    for (const one of await listBackups(cloudOf(test))) await dropBackup(cloudOf(test), one, signal);
  });

  const back = async (backup: BackupRecord, cloud = through()) => {
    const source = await openExport(await backupPlace(cloud, backup, scratch, signal));
    const pairs = targetsOf(source.manifest.stores, places, "notes");
    return importData(cloud, source, pairs, importing(join(scratch, "back"), { mode: "replace" }));
  };

  /** Kills it at its `n`-th call; answers whether it came to its end before. */
  async function run(what: "backup" | "restore", n: number): Promise<boolean> {
    const asked = JSON.stringify({ what, cloud: through(), places, scratch, part });
    const child = spawn(process.execPath, [join(import.meta.dirname, "backup-child.ts"), asked], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    child.stderr.on("data", (chunk) => (said += chunk));
    proxy.cutAt(n, { kind: "hang", reached: n % 2 === 0, told: () => child.kill("SIGKILL") });
    const [code, sig] = await new Promise<[number | null, string | null]>((resolve) =>
      child.once("close", (...how) => resolve(how)),
    );
    if (code !== 0 && sig !== "SIGKILL") expect(said).toBe("");
    return code === 0;
  }

  async function untilDone(what: "backup" | "restore", first: number, step: number): Promise<number> {
    let kills = 0;
    for (let n = first; !(await run(what, n)); n += step) expect(++kills).toBeLessThan(40);
    return kills;
  }

  // F3: killed at any call, it is one backup at the end, and one return of it, equal.
  it("kill -9 at any call of backup and restore, again and again, and what comes back is equal", {
    timeout: 240_000,
  }, async () => {
    expect(await untilDone("backup", 3, 29)).toBeGreaterThan(1);
    const [backup, ...others] = await listBackups(cloudOf(test));
    expect(others).toEqual([]);
    expect(isWhole(backup!)).toBe(true);
    await aws.raw("PutItem", { TableName: places[1]!.id, Item: { id: { S: "new" } } });
    expect(await untilDone("restore", 5, 29)).toBeGreaterThan(1);
    expect(await content()).toEqual(before);
  });

  // A1, A4: throttled it asks again; with credentials that ended it says so, and the same call goes on after signing in.
  it("throttling and credentials that end are lived through", async () => {
    const answer = (code: string, form: "json" | "xml") =>
      ({ kind: "answer", status: form === "xml" ? 503 : 400, code, message: code, form }) as const;
    proxy.plan([
      { on: /Scan/, fault: answer("ThrottlingException", "json"), times: 3 },
      { on: /PUT .*backups/, fault: answer("SlowDown", "xml"), times: 3 },
      { on: /GET .*backups.*jsonl/, fault: { kind: "reset", reached: true }, times: 2 },
    ]);
    const first = await takeBackup(through(), places, options(scratch));
    proxy.cutAt(0, answer("ExpiredTokenException", "json"), /Scan/);
    await expect(takeBackup(through(), places, options(scratch))).rejects.toMatchObject({
      code: "credentials-expired",
      exitCode: 6,
    });
    proxy.plan([]);
    const second = await takeBackup(through(), places, options(scratch));
    expect(await listBackups(cloudOf(test))).toEqual([second, first]);
    proxy.cutAt(0, answer("ExpiredTokenException", "json"), /BatchWriteItem/);
    await expect(back(second)).rejects.toMatchObject({ code: "credentials-expired" });
    proxy.plan([]);
    await back(second);
    expect(await content()).toEqual(before);
  });

  // F8: of the disk only a part at a time is needed; where that is too much it is said, and nothing is taken for whole.
  it("a place to write that is gone is said, and the same call goes on when it is back", async () => {
    const { writeFile } = await import("node:fs/promises");
    await rm(scratch, { recursive: true });
    await writeFile(scratch, "in the way");
    scratch = join(scratch, "below");
    await expect(takeBackup(through(), places, options(scratch))).rejects.toMatchObject({ code: "export-not-written" });
    await rm(dirname(scratch));
    await takeBackup(through(), places, options(scratch));
    expect((await listBackups(cloudOf(test))).filter(isWhole)).toHaveLength(1);
  });
});

describe.skipIf(missing(motoServer(), "moto_server"))("on moto", () => {
  let moto: Awaited<ReturnType<typeof startMoto>>;
  let cloud: Cloud;
  let aws: ReturnType<typeof clients>;
  let places: Place[];
  let scratch: string;
  beforeAll(async () => {
    moto = await startMoto();
    const { endpoint, port, region, accountId } = moto;
    const credentials = { accessKeyId: "testing", secretAccessKey: "testing" };
    const config = { endpoint, region, credentials };
    scratch = await mkdtemp(join(tmpdir(), "backups-"));
    const played = { ...{ endpoint, port, region, accountId, env: moto.env, dir: scratch }, config, credentials };
    cloud = { ...cloudOf(played as unknown as TestCloud), target: "aws" };
    aws = clients(played as unknown as TestCloud);
    const place = { LocationConstraint: region as "eu-west-1" };
    await aws.s3.send(new CreateBucketCommand({ Bucket: bucketOf(cloud), CreateBucketConfiguration: place }));
    const files: Place = { app: "notes", kind: "bucket", name: "files", id: "test--notes--files", kept: false };
    await aws.s3.send(new CreateBucketCommand({ Bucket: files.id, CreateBucketConfiguration: place }));
    places = [files, await makeTable(aws, "notes", "rows", id)];
    await fill(aws, places);
  }, 60_000);
  afterAll(() => moto?.close());

  // What is asked of one AWS has to be understood by another.
  it("a backup is taken, listed, and brought back equal", async () => {
    const before = [await objectsIn(aws, places[0]!), await itemsIn(aws, places[1]!)];
    const backup = await takeBackup(cloud, places, options(scratch));
    expect(await listBackups(cloud)).toEqual([backup]);
    const source = await openExport(await backupPlace(cloud, backup, scratch, signal));
    const pairs = targetsOf(source.manifest.stores, places, "notes");
    await aws.raw("PutItem", { TableName: places[1]!.id, Item: { id: { S: "new" } } });
    await importData(cloud, source, pairs, importing(join(scratch, "back"), { mode: "replace" }));
    expect([await objectsIn(aws, places[0]!), await itemsIn(aws, places[1]!)]).toEqual(before);
    await dropBackup(cloud, backup, signal);
    expect((await aws.s3.send(new ListObjectsV2Command({ Bucket: bucketOf(cloud) }))).KeyCount).toBe(0);
  });

  // H6: the new table is a source and goes; asked for the same time again, the backup that was made of it is taken.
  it("a table's past is backed up by way of a table that is gone afterwards", async () => {
    const table = places[1]!;
    const o = { ...options(scratch), everyMs: 50 };
    await expect(backupOfMoment(cloud, table, new Date(), o)).rejects.toMatchObject({ code: "recovery-none" });
    await aws.dynamodb.send(
      new UpdateContinuousBackupsCommand({
        TableName: table.id,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      }),
    );
    const moment = new Date(Math.floor(Date.now() / 1000) * 1000);
    const backup = await backupOfMoment(cloud, table, moment, o);
    expect(backup).toMatchObject({
      why: "moment",
      moment: moment.toISOString(),
      stores: [{ name: "rows", count: 12 }],
    });
    expect((await aws.raw("ListTables", {})).TableNames).toEqual([table.id]);
    expect(await backupOfMoment(cloud, table, moment, o)).toEqual(backup);
    const source = await openExport(await backupPlace(cloud, backup, scratch, signal));
    const pairs = targetsOf(source.manifest.stores, places, "notes");
    const [into] = await importData(cloud, source, pairs, importing(join(scratch, "past"), { mode: "replace" }));
    expect(into).toMatchObject({ store: "notes/rows", count: 12, into: table.id });
  });
});
