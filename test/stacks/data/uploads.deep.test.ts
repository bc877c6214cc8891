/** Large files: sent to the local cloud in parts and cut off in between; too large to be kept for undo. */
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, it } from "vitest";
import { newCommand } from "../../../stacks/data/changes.ts";
import { changeFile, mostKeptBytes } from "../../../stacks/data/file-changes.ts";
import { seeFile } from "../../../stacks/data/files.ts";
import { type BucketStore, storesOf } from "../../../stacks/data/stores.ts";
import { undoChanges } from "../../../stacks/data/undo.ts";
import { type Rule, startFaultProxy } from "../../support/fault-proxy.ts";
import { cloudWith, type DataCloud } from "./cloud.ts";

let made: DataCloud;
let files: BucketStore;
beforeAll(async () => {
  made = await cloudWith({ buckets: ["files"] });
  [files] = (await storesOf(made.cloud, made.owners)) as [BucketStore];
}, 60_000);
afterAll(() => made?.close());

const denied = (part: number): Rule => ({
  on: new RegExp(`partNumber=${part}`),
  times: 1,
  fault: { kind: "answer", status: 403, code: "AccessDenied", message: "no", form: "xml" },
});

// An hour of upload is not begun again for one bad minute.
it("a file in parts goes on after an interruption with what is missing, and mixes nothing", async () => {
  const path = join(made.dir, "large");
  const bytes = Buffer.alloc(20 * 1024 * 1024, "abc");
  writeFileSync(path, bytes);
  const proxy = await startFaultProxy(made.local.endpoint);
  const cloud = { ...made.cloud, endpoint: proxy.endpoint };
  const send = (to = cloud): Promise<unknown> =>
    changeFile(
      to,
      files,
      { key: "parts", seen: undefined, wanted: { source: { path, size: bytes.length } } },
      newCommand(),
    );
  try {
    proxy.plan([denied(2)]);
    await expect(send()).rejects.toMatchObject({ exitCode: 6 });
    expect(await seeFile(made.cloud, files, "parts")).toBeUndefined();
    // The first part is another one now: it is sent again, the others with it.
    bytes.fill("z", 0, 10);
    writeFileSync(path, bytes);
    proxy.plan([denied(3)]);
    await expect(send()).rejects.toMatchObject({ exitCode: 6 });
    proxy.plan([]);
    await send();
    expect(proxy.count(/partNumber=/)).toBe(1);
    const { Body } = await made.s3.send(new GetObjectCommand({ Bucket: files.id, Key: "parts" }));
    expect(Buffer.compare(Buffer.from(await Body!.transformToByteArray()), bytes)).toBe(0);
    expect(readdirSync(join(made.dir, "data-uploads"))).toEqual([]);
  } finally {
    await proxy.close();
  }
}, 60_000);

// What undo cannot bring back has to be known before, and said after.
it("a file that is too large to be kept is not taken back, and stays as it is", async () => {
  const put = async (text: string): Promise<unknown> => {
    const seen = await seeFile(made.cloud, files, "large");
    const wanted = { source: { bytes: Buffer.from(text) } };
    return changeFile(made.cloud, files, { key: "large", seen, wanted }, newCommand());
  };
  await put("x".repeat(mostKeptBytes + 1));
  await put("small");
  const { changes } = await undoChanges(made.cloud, undefined, async () => files);
  expect(changes).toMatchObject([{ outcome: "not-kept" }]);
  expect(await seeFile(made.cloud, files, "large")).toMatchObject({ size: 5 });
});
