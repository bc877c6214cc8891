/** The disk refuses to sync for a while: nobody is told that a write is kept, and what is told afterwards is. */
import { mkdtemp, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startCloudProcess } from "../support/cloud-process.ts";
import { missing, strace } from "../support/tools.ts";
import { clientsOf, makePlaces, TableName } from "./local-cloud-writers.ts";

const tool = process.platform === "linux" ? strace() : undefined;
/** Each thread's syncs from the 40th to the 42nd: later than anything a start needs. */
const failing = "fdatasync:error=EIO:when=40..42";

// Row L7.
describe.skipIf(missing(tool, "strace"))("a disk that does not sync", () => {
  let base: string;
  beforeAll(async () => {
    base = await realpath(await mkdtemp(join(tmpdir(), "freehold-sync-")));
  });
  afterAll(() => rm(base, { recursive: true, force: true }));

  // After a failed sync the log cannot be trusted: the next promise must rest on the database file.
  it("fails the writes that wait for it, and brings the database up to date before it promises again", async () => {
    const dir = join(base, "cloud");
    const trace = join(base, "trace");
    const traced = [tool!, "-f", "-y", "-e", "signal=none", "-e", "trace=fdatasync,fsync", "-e", `inject=${failing}`];
    const cloud = await startCloudProcess(dir, [...traced, "-o", trace, "--"]);
    const clients = clientsOf(cloud);
    await makePlaces(clients);
    const kept: string[] = [];
    const refused: string[] = [];
    for (let n = 0; n < 260; n++) {
      const k = `item-${n}`;
      await clients.items.send(new PutItemCommand({ TableName, Item: { k: { S: k } } })).then(
        () => kept.push(k),
        (error: Error) => {
          expect(error.name).toBe("InternalServerError");
          refused.push(k);
        },
      );
    }
    await cloud.kill();
    expect(refused.length).toBeGreaterThan(0);
    expect(kept).toContain("item-259");
    const lines = (await readFile(trace, "utf8")).split("\n");
    const failed = lines.findIndex((line) => line.includes("EIO"));
    expect(lines.slice(failed).some((line) => /store\.db>\)\s+= 0/.test(line))).toBe(true);

    const again = await startCloudProcess(dir);
    const { items } = clientsOf(again);
    for (const k of kept)
      expect((await items.send(new GetItemCommand({ TableName, Key: { k: { S: k } } }))).Item, k).toBeDefined();
    await again.end();
  });
});
