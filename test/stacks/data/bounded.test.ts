/** What exports and imports hold at once: asserted by what they ask for and pass on, not by a process's memory. */
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { exportData } from "../../../stacks/data/export.ts";
import { folderPlace } from "../../../stacks/data/format/folder.ts";
import type { ExportPlace } from "../../../stacks/data/format/place.ts";
import { rawTables } from "../../../stacks/data/format/wire.ts";
import { createWriter } from "../../../stacks/data/import-table.ts";
import { startFaultProxy } from "../../support/fault-proxy.ts";
import { startTestCloud, type TestCloud } from "../../support/local-cloud.ts";
import { clients, cloudOf, exporting, makeTable } from "./carrying.ts";

const itemBytes = 4_000;
const itemCount = 500;
const itemOf = (at: number): string => JSON.stringify({ id: { S: `i${at}` }, text: { S: "x".repeat(itemBytes) } });

let cloud: TestCloud;
let proxy: Awaited<ReturnType<typeof startFaultProxy>>;
beforeAll(async () => {
  cloud = await startTestCloud();
  proxy = await startFaultProxy(cloud.endpoint);
});
afterAll(async () => {
  await proxy.close();
  await cloud.close();
});

// A disk that is slower than the cloud: the reader waits for it, and does not gather what it cannot hand on.
it("an export holds a page that is written and one that comes, each of a quarter of DynamoDB's", async () => {
  const table = await makeTable(clients(cloud), "bounded", "rows", { name: "id", type: "S" });
  const tables = await rawTables(cloudOf(cloud));
  for (let at = 0; at < itemCount; at += 25)
    expect(
      await tables.write(
        table.id,
        "put",
        Array.from({ length: 25 }, (_, n) => itemOf(at + n)),
      ),
    ).toEqual([]);
  let [answered, written, most] = [0, 0, 0];
  const pages: number[] = [];
  const seen = (body: string): string => {
    pages.push(body.length);
    answered += JSON.parse(body).Count;
    most = Math.max(most, answered - written);
    return body;
  };
  proxy.plan([{ on: /Scan/, fault: { kind: "edit", edit: seen }, times: 1_000 }]);
  const place = folderPlace(join(await mkdtemp(join(tmpdir(), "bounded-")), "export"));
  const slow: ExportPlace = {
    ...place,
    async create(path) {
      const writing = await place.create(path);
      return {
        ...writing,
        async write(chunk) {
          // Longer than some pages take: each of these reads as much as one.
          for (let turn = 0; turn < 4; turn++)
            await tables.scan(table.id, { segment: 0, segments: 1, limit: 60, signal: new AbortController().signal });
          await writing.write(chunk);
          written += path.includes("items-") ? `${chunk}`.split("\n").length - 1 : 0;
        },
      };
    },
  };
  const { stores } = await exportData({ ...cloudOf(cloud), endpoint: proxy.endpoint }, [table], slow, exporting());
  tables.close();
  expect(stores.map(({ count }) => count)).toEqual([itemCount]);
  expect(written).toBe(itemCount);
  const page = 256 * 1024;
  expect(Math.max(...pages)).toBeLessThan(page + itemBytes);
  // As many as there must be, and not one for each item.
  expect(pages.length).toBeLessThan((2 * itemCount * itemBytes) / page + 2);
  expect(most * itemBytes).toBeLessThan(2 * page);
});

// A cloud that takes its time: sixteen batches are under way, and the file is read on when one of them is taken.
it("an import holds what is under way, and no more", async () => {
  const waiting: (() => void)[] = [];
  const taken: number[] = [];
  const tables = {
    scan: () => Promise.reject(new Error("no import reads")),
    async write(_table: string, _what: string, items: readonly string[]) {
      await new Promise<void>((resolve) => waiting.push(resolve));
      taken.push(items.length);
      return [];
    },
    close: () => undefined,
  };
  const keys = { hash: { name: "id", type: "S" } } as const;
  const signal = new AbortController().signal;
  const writer = createWriter(tables, "rows", keys, { signal, more: () => undefined, store: "a/rows" });
  let put = 0;
  const reading = (async () => {
    for (; put < 1_000; put++) {
      const text = itemOf(put);
      await writer.put(JSON.parse(text), text, `line ${put}`);
    }
    await writer.drain();
  })();
  for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
  // The batch that is gathered has its last item, and waits.
  expect([waiting.length, put]).toEqual([16, 17 * 25 - 1]);
  for (let end = false; !end; ) {
    for (const take of waiting.splice(0)) take();
    end = await Promise.race([reading.then(() => true), new Promise<false>((go) => setImmediate(() => go(false)))]);
    expect(put - taken.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(17 * 25);
  }
  expect(taken.reduce((sum, one) => sum + one, 0)).toBe(1_000);
});
