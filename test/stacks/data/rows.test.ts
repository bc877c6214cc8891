import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exportCsv } from "../../../stacks/data/export-csv.ts";
import { cellOf, rowsOf } from "../../../stacks/data/format/csv.ts";
import { folderPlace } from "../../../stacks/data/format/folder.ts";
import { importRows } from "../../../stacks/data/import-rows.ts";
import { describeStore, type TableStore } from "../../../stacks/data/stores.ts";
import { startTestCloud, type TestCloud } from "../../support/local-cloud.ts";
import { clients, cloudOf, itemsIn, makeTable } from "./carrying.ts";

let cloud: TestCloud;
let aws: ReturnType<typeof clients>;
let serial = 0;
beforeAll(async () => {
  cloud = await startTestCloud();
  aws = clients(cloud);
});
afterAll(() => cloud.close());

const { signal } = new AbortController();
const emit = () => undefined;

async function table(): Promise<TableStore> {
  const place = await makeTable(aws, `rows${++serial}`, "list", { name: "id", type: "S" }, { name: "n", type: "N" });
  return (await describeStore(cloudOf(cloud), place)) as TableStore;
}

async function* bytes(text: string, size = 7) {
  const all = Buffer.from(text);
  for (let at = 0; at < all.length; at += size) yield all.subarray(at, at + size);
}

const into = (store: TableStore, form: "csv" | "lines", text: string, over = {}) =>
  importRows(
    cloudOf(cloud),
    store,
    { at: "list", form, read: () => bytes(text) },
    { emit, signal, merge: false, dryRun: false, typed: "freehold data import list.csv rows/list", ...over },
  );

describe("CSV", () => {
  // Whatever stands in a cell, and wherever a read ends in the middle of it.
  it("is read as it is written, quotes, commas and line ends included", async () => {
    const cell = fc.string({ unit: fc.constantFrom("a", "ä", "🗿", ",", '"', "\n", " ", "=") });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(cell, cell), { minLength: 1 }),
        fc.integer({ min: 1, max: 9 }),
        async (rows, size) => {
          const text = rows.map((row) => `x,${row.map(cellOf).join(",")}\r\n`).join("");
          const read: string[][] = [];
          for await (const { cells } of rowsOf(bytes(text, size), "list")) read.push(cells);
          expect(read).toEqual(rows.map((row) => ["x", ...row]));
        },
      ),
    );
  });

  // A dry run says what would come of it; what is no number is not made one.
  it("becomes items by its columns' values, and by what the table is keyed by", async () => {
    const store = await table();
    const text = '\uFEFFid,n,price,zip,ok,note\r\n1,1,1.50,00123,true,"a ""b"", c"\r\n2,2,-3,123,false,\r\n';
    const dry = await into(store, "csv", text, { dryRun: true });
    expect(dry).toMatchObject({
      count: 2,
      had: false,
      columns: { id: ["S"], n: ["N"], price: ["N"], zip: ["S"], ok: ["BOOL"], note: ["S"] },
    });
    expect(await itemsIn(aws, store)).toEqual([]);
    await into(store, "csv", text);
    const [first, second] = await itemsIn(aws, store);
    expect(first).toBe('M{"id":S"1","n":N"1","note":S"a \\"b\\", c","ok":BOOLtrue,"price":N"1.5","zip":S"00123"}');
    expect(second).toBe('M{"id":S"2","n":N"2","ok":BOOLfalse,"price":N"-3","zip":S"123"}');
    await expect(into(store, "csv", text)).rejects.toMatchObject({ code: "import-not-empty", exitCode: 3 });
    await into(store, "csv", "id,n,new\n2,2,later\n2,2,last\n", { merge: true });
    expect(await itemsIn(aws, store)).toEqual([first, 'M{"id":S"2","n":N"2","new":S"last"}']);
  });

  // The last row's fault is said before the first row is written.
  it("with a row that cannot be an item writes none", async () => {
    const store = await table();
    for (const text of [
      "id,other\na,1\n",
      "id,n\na,1\nb,\n",
      "id,n\na,1\nb,x\n",
      "id,n,n\na,1,2\n",
      "id,n\na,1,2\n",
      'id,n\n"a,1\n',
      'id,n\na"b,1\n',
      "",
    ])
      await expect(into(store, "csv", text), text).rejects.toMatchObject({ code: "data-broken", exitCode: 2 });
    expect(await itemsIn(aws, store)).toEqual([]);
  });

  // A spreadsheet runs what begins with a sign: who wrote it into an app's table is not who opens the file.
  it("written for a spreadsheet has no formula in it", async () => {
    const store = await table();
    const signs = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", '=HYPERLINK("http://x")', "plain"];
    const lines = signs.map((text, n) => JSON.stringify({ id: text, n: -n, "=name": text }));
    await into(store, "lines", lines.join("\n"));
    const at = await mkdtemp(join(tmpdir(), "carried-"));
    expect(await exportCsv(cloudOf(cloud), store, folderPlace(at), "list.csv", { emit, signal })).toMatchObject({
      count: 7,
    });
    const read: string[][] = [];
    for await (const { cells } of rowsOf(bytes(await readFile(join(at, "list.csv"), "utf8")), "list")) read.push(cells);
    expect(read[0]).toEqual(["id", "n", "'=name"]);
    expect(
      read
        .slice(1)
        .map(([id]) => id)
        .sort(),
    ).toEqual(signs.map((text) => (text === "plain" ? text : `'${text}`)).sort());
    expect(
      read
        .slice(1)
        .map(([, n]) => Number(n))
        .sort(),
    ).toEqual(signs.map((_, n) => 0 - n).sort());
  });
});

describe("JSON Lines", () => {
  // Plain, as programs write it, and typed, as exports do; a number keeps its digits.
  it("become items, each value as it stands", async () => {
    const store = await table();
    await into(
      store,
      "lines",
      '{"id":"a","n":12345678901234567890,"tags":{"SS":["x"]},"in":{"a":[1,null]}}\n\n{"id":{"S":"b"},"n":{"N":"1"}}',
    );
    expect(await itemsIn(aws, store)).toEqual([
      'M{"id":S"a","in":M{"a":L[N"1",NULLtrue]},"n":N"12345678901234567890","tags":SS["x"]}',
      'M{"id":S"b","n":N"1"}',
    ]);
    await expect(into(store, "lines", '{"id":"c","n":1}\n{"id":', { merge: true })).rejects.toMatchObject({
      exitCode: 2,
    });
    expect(await itemsIn(aws, store)).toHaveLength(2);
  });
});
