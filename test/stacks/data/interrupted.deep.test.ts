import { appendFile, mkdtemp, readdir, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { exportData } from "../../../stacks/data/export.ts";
import { folderPlace } from "../../../stacks/data/format/folder.ts";
import type { ExportPlace } from "../../../stacks/data/format/place.ts";
import { rawTables } from "../../../stacks/data/format/wire.ts";
import { importData, targetsOf } from "../../../stacks/data/import.ts";
import { openExport } from "../../../stacks/data/import-check.ts";
import type { Place } from "../../../stacks/data/stores.ts";
import { startFaultProxy } from "../../support/fault-proxy.ts";
import { startTestCloud, type TestCloud } from "../../support/local-cloud.ts";
import { clients, cloudOf, exporting, importing, itemsIn, makeBucket, makeTable, objectsIn } from "./carrying.ts";

let cloud: TestCloud;
let proxy: Awaited<ReturnType<typeof startFaultProxy>>;
let aws: ReturnType<typeof clients>;
let from: Place[];
let to: Place[];
let at: string;
let serial = 0;

beforeAll(async () => {
  cloud = await startTestCloud();
  proxy = await startFaultProxy(cloud.endpoint);
  aws = clients(cloud);
  const id = { name: "id", type: "S" } as const;
  from = [await makeBucket(aws, "from", "files"), await makeTable(aws, "from", "notes", id)];
  const tables = await rawTables(cloudOf(cloud));
  for (let batch = 0; batch < 5; batch++) {
    const items = Array.from({ length: 10 }, (_, n) => ({
      id: { S: `n${batch}-${n}` },
      text: { S: "x".repeat(100_000) },
    }));
    await tables.write(
      from[1]!.id,
      "put",
      items.map((item) => JSON.stringify(item)),
    );
  }
  tables.close();
  for (let n = 0; n < 20; n++)
    await aws.s3.send(new PutObjectCommand({ Bucket: from[0]!.id, Key: `k${n}`, Body: `${n}`.repeat(1000) }));
});
afterAll(async () => {
  await proxy.close();
  await cloud.close();
});
beforeEach(async () => {
  const id = { name: "id", type: "S" } as const;
  const app = `to${++serial}`;
  to = [await makeBucket(aws, app, "files"), await makeTable(aws, app, "notes", id)];
  at = join(await mkdtemp(join(tmpdir(), "carried-")), "export");
  proxy.plan([]);
});

/** Eight parts of items, four of objects. */
const part = { bytes: 900_000, objects: 5, objectBytes: 10 ** 9 };
const throughProxy = () => ({ ...cloudOf(cloud), endpoint: proxy.endpoint });
const out = (place: ExportPlace = folderPlace(at), over = {}) =>
  exportData(throughProxy(), from, place, exporting({ part, ...over }));
async function back(over = {}, through = throughProxy()) {
  const source = await openExport(folderPlace(at));
  return importData(through, source, targetsOf(source.manifest.stores, to, to[0]!.app), importing(`${at}-notes`, over));
}
async function expectEqual(): Promise<void> {
  expect(await itemsIn(aws, to[1]!)).toEqual(await itemsIn(aws, from[1]!));
  expect(await objectsIn(aws, to[0]!)).toEqual(await objectsIn(aws, from[0]!));
}
const parts = async (): Promise<string[]> =>
  (await readdir(at, { recursive: true })).filter((path) => /\d{5}\.jsonl$/.test(path)).sort();

/** Calls `then` when so many lines are noted. */
function noting(place: ExportPlace, lines: number, then: () => void): ExportPlace {
  let left = lines;
  return {
    ...place,
    async append(path, line) {
      await place.append(path, line);
      if (--left === 0) then();
    },
  };
}

describe("an export that was interrupted", () => {
  // Ctrl-C in the middle: what is whole is not read again.
  it("goes on after the part it was at, and ends with the same", async () => {
    for (const lines of [2, 4, 5]) {
      const stop = new AbortController();
      const place = noting(folderPlace(at), lines, () => stop.abort());
      await expect(out(place, { signal: stop.signal })).rejects.toMatchObject({ code: "interrupted", exitCode: 130 });
      await expect(openExport(folderPlace(at))).rejects.toMatchObject({ code: "export-unfinished" });
    }
    const before = await parts();
    const times = await Promise.all(before.map(async (path) => (await stat(join(at, path))).mtimeMs));
    expect(before.length).toBeGreaterThan(3);
    // Of a kill in the middle of a line, and of files that were begun.
    await appendFile(join(at, "progress.jsonl"), '{"folder":"from/tab');
    await writeFile(join(at, before[0]!.replace(/\d{5}(?=\.jsonl)/, "00099")), "half of a");
    const manifest = await out();
    expect(await Promise.all(before.map(async (path) => (await stat(join(at, path))).mtimeMs))).toEqual(times);
    expect(manifest.stores.map(({ count }) => count)).toEqual([20, 50]);
    expect(await parts()).toHaveLength(manifest.files.filter(({ path }) => /\d{5}\.jsonl$/.test(path)).length);
    expect(await readdir(at)).not.toContain("progress.jsonl");
    await back();
    await expectEqual();
  });

  // Somebody's folder is theirs, and an export that is whole stays it.
  it("touches nothing at a place that has something else", async () => {
    await out();
    await expect(out()).rejects.toMatchObject({ code: "export-taken", exitCode: 2 });
    const other = await mkdtemp(join(tmpdir(), "carried-"));
    await writeFile(join(other, "thesis.txt"), "mine");
    await expect(out(folderPlace(other))).rejects.toMatchObject({ code: "export-taken" });
    expect(await readdir(other)).toEqual(["thesis.txt"]);
  });

  // A disk that is full says so, keeps what is whole, and takes the rest when there is room.
  it("says that the disk is full, and goes on when it is not", async () => {
    const place = folderPlace(at);
    let left = 2_000_000;
    const full: ExportPlace = {
      ...place,
      async create(path) {
        const writing = await place.create(path);
        const write = async (chunk: string | Uint8Array): Promise<void> => {
          left -= chunk.length;
          if (left < 0) throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
          await writing.write(chunk);
        };
        return { ...writing, write };
      },
    };
    await expect(out(full)).rejects.toMatchObject({ code: "export-not-written" });
    expect((await parts()).length).toBeGreaterThan(1);
    expect((await readdir(at, { recursive: true })).filter((path) => path.endsWith(".partial"))).toEqual([]);
    await out();
    await back();
    await expectEqual();
  });
});

describe("a cloud with bad days", () => {
  const answer = (code: string) => ({ kind: "answer", status: 400, code, message: code, form: "json" }) as const;

  // B3: throttled, cut off, failing: asked again until it is there, and nothing is doubled or lost.
  it("is asked again, and what comes is equal", async () => {
    const times = 4;
    proxy.plan([
      { on: /Scan/, fault: answer("ProvisionedThroughputExceededException"), times },
      { on: /Scan/, fault: { kind: "truncate" }, times: 1 },
      { on: /Scan/, fault: { kind: "reset", reached: true }, times: 1 },
      { on: /GET .*\/k\d/, fault: { kind: "reset", reached: true }, times: 2 },
    ]);
    await out();
    proxy.plan([
      { on: /BatchWriteItem/, fault: answer("ThrottlingException"), times },
      { on: /BatchWriteItem/, fault: { kind: "reset", reached: true }, times: 2 },
      { on: /PUT .*\/k\d/, fault: { kind: "reset", reached: true }, times: 2 },
    ]);
    await back();
    expect(proxy.count(/BatchWriteItem/)).toBeGreaterThan(times);
    await expectEqual();
  });

  // Credentials of an hour end in the middle of a long export; signing in again is all it takes.
  it("that knows the credentials no more says so, and the same command goes on after signing in", async () => {
    proxy.cutAt(4, answer("ExpiredTokenException"), /Scan/);
    await expect(out()).rejects.toMatchObject({ code: "credentials-expired", exitCode: 6 });
    proxy.plan([]);
    await out();
    proxy.cutAt(3, answer("ExpiredTokenException"), /BatchWriteItem/);
    await expect(back()).rejects.toMatchObject({ code: "credentials-expired", exitCode: 6 });
    proxy.plan([]);
    // Half is there by now, by its own doing: neither --merge nor --replace is asked for.
    await back();
    await expectEqual();
  });
});
