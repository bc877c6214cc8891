/** The room of data against a second AWS that was written by others: what is asked of one has to be understood by another. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newCommand, setItem } from "../../../stacks/data/changes.ts";
import { changeFile } from "../../../stacks/data/file-changes.ts";
import { fileBytes, seeFile, shareFile } from "../../../stacks/data/files.ts";
import { answerOf } from "../../../stacks/data/pages.ts";
import { planOf } from "../../../stacks/data/plan.ts";
import { type BucketStore, storesOf, type TableStore } from "../../../stacks/data/stores.ts";
import { undoChanges } from "../../../stacks/data/undo.ts";
import type { Item } from "../../../stacks/data/values.ts";
import { startMoto } from "../../support/moto.ts";
import { missing, motoServer } from "../../support/tools.ts";
import { cloudWith, type DataCloud } from "./cloud.ts";

describe.skipIf(missing(motoServer(), "moto_server"))("on moto", () => {
  let made: DataCloud;
  let rows: TableStore;
  let files: BucketStore;
  beforeAll(async () => {
    const moto = await startMoto();
    made = await cloudWith(
      {
        tables: { rows: { key: { id: "S", at: "N" }, indexes: { "by-tag": { tag: "S", at: "N" } } } },
        buckets: ["files"],
      },
      { ...moto, credentials: { accessKeyId: "testing", secretAccessKey: "testing" } },
    );
    [files, rows] = (await storesOf(made.cloud, made.owners)) as [BucketStore, TableStore];
  }, 60_000);
  afterAll(() => made?.close());

  it("items are put, found by key, index and filter, removed and brought back", async () => {
    const items: Item[] = Array.from({ length: 12 }, (_, at) => ({
      ...{ id: { S: `box-${at % 2}` }, at: { N: String(at) }, tag: { S: at % 3 ? "some" : "third" } },
      ...{
        set: { NS: ["1", "2.5"] },
        bytes: { B: new Uint8Array([0, 255]) },
        deep: { M: { a: { L: [{ NULL: true }] } } },
      },
    }));
    for (const wanted of items)
      await setItem(made.cloud, rows, { key: { id: wanted["id"]!, at: wanted["at"]! }, wanted }, newCommand());
    const ask = async (filter: string): Promise<Item[]> =>
      (await answerOf(made.cloud, rows, { plan: planOf("eu-west-1", rows, filter), limit: 100 })).items;
    expect(await ask("id = box-1 and at between 3 and 8")).toEqual([items[3], items[5], items[7]]);
    expect(await ask("tag = third and at > 0")).toEqual([items[3], items[6], items[9]]);
    expect(await ask("at < 2 and deep.a exists and set contains 2.5")).toHaveLength(2);
    const key = { id: items[3]!["id"]!, at: items[3]!["at"]! };
    await setItem(made.cloud, rows, { key, wanted: { ...key, n: { N: "7" } } }, newCommand());
    await setItem(made.cloud, rows, { key, wanted: undefined }, newCommand());
    for (let step = 0; step < 2; step++)
      expect((await undoChanges(made.cloud, undefined, async () => rows)).changes).toMatchObject([
        { outcome: "undone" },
      ]);
    expect(await ask("id = box-1 and at = 3")).toEqual([items[3]]);
  });

  it("files are put, read, shared, written over and brought back", async () => {
    const put = async (text: string): Promise<unknown> => {
      const seen = await seeFile(made.cloud, files, "a b/ü&.txt");
      const wanted = { source: { bytes: Buffer.from(text) }, type: "text/plain" };
      return changeFile(made.cloud, files, { key: "a b/ü&.txt", seen, wanted }, newCommand());
    };
    const read = async (): Promise<string> => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of fileBytes(made.cloud, files, "a b/ü&.txt")) chunks.push(chunk);
      return Buffer.concat(chunks).toString();
    };
    await put("one");
    await put("two");
    expect(await read()).toBe("two");
    const { url } = await shareFile(made.cloud, files, "a b/ü&.txt", 60);
    expect(await (await fetch(url)).text()).toBe("two");
    await undoChanges(made.cloud, undefined, async () => files);
    expect(await read()).toBe("one");
  });
});
