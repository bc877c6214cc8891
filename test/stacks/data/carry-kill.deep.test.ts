import { spawn } from "node:child_process";
import { mkdtemp, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, it } from "vitest";
import { rawTables } from "../../../stacks/data/format/wire.ts";
import type { Place } from "../../../stacks/data/stores.ts";
import { startFaultProxy } from "../../support/fault-proxy.ts";
import { startTestCloud, type TestCloud } from "../../support/local-cloud.ts";
import { clients, cloudOf, itemsIn, makeBucket, makeTable, objectsIn } from "./carrying.ts";

/** One takes as long as several of others. */
const rounds = Math.ceil(Number(process.env["FREEHOLD_TEST_ROUNDS"] ?? 4) / 4);

let cloud: TestCloud;
let proxy: Awaited<ReturnType<typeof startFaultProxy>>;
let aws: ReturnType<typeof clients>;
let from: Place[];

const stores = async (app: string): Promise<Place[]> => [
  await makeBucket(aws, app, "files"),
  await makeTable(aws, app, "notes", { name: "id", type: "S" }),
];

beforeAll(async () => {
  cloud = await startTestCloud();
  proxy = await startFaultProxy(cloud.endpoint);
  aws = clients(cloud);
  from = await stores("from");
  const tables = await rawTables(cloudOf(cloud));
  for (let batch = 0; batch < 8; batch++) {
    const items = Array.from({ length: 25 }, (_, n) => ({
      id: { S: `n${batch}-${n}` },
      text: { S: "x".repeat(25_000) },
    }));
    await tables.write(
      from[1]!.id,
      "put",
      items.map((item) => JSON.stringify(item)),
    );
  }
  tables.close();
  for (let n = 0; n < 12; n++)
    await aws.s3.send(new PutObjectCommand({ Bucket: from[0]!.id, Key: `k/../${n}`, Body: `${n}`.repeat(5000) }));
  await aws.s3.send(
    new PutObjectCommand({ Bucket: from[0]!.id, Key: "large", Body: Buffer.alloc(9 * 1024 ** 2, "x") }),
  );
});
afterAll(async () => {
  await proxy.close();
  await cloud.close();
});

/** Kills it at its `n`-th call to the cloud; answers whether it came to its end before. */
async function run(task: object, n: number): Promise<boolean> {
  const asked = JSON.stringify({ cloud: { ...cloudOf(cloud), endpoint: proxy.endpoint }, from, ...task });
  const script = join(import.meta.dirname, "carry-child.ts");
  const child = spawn(process.execPath, [script, asked], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk) => (said += chunk));
  proxy.cutAt(n, { kind: "hang", reached: n % 2 === 0, told: () => child.kill("SIGKILL") });
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
    child.once("close", (...how) => resolve(how)),
  );
  if (code !== 0 && signal !== "SIGKILL") expect(said).toBe("");
  return code === 0;
}

/** Killed at a later call each time, until it is through. */
async function untilDone(task: object, first: number, step: number): Promise<number> {
  let kills = 0;
  for (let n = first; !(await run(task, n)); n += step) expect(++kills).toBeLessThan(40);
  return kills;
}

// F3, F4: a process may end at any call. What is whole stays, the same call goes on, and what comes back is equal.
it("kill -9 at any call of export and import, again and again, and what comes back is equal", {
  timeout: 300_000,
}, async () => {
  for (let round = 0; round < rounds; round++) {
    const at = join(await mkdtemp(join(tmpdir(), "carried-")), "export");
    const to = await stores(`to${round}`);
    const tables = await rawTables(cloudOf(cloud));
    await tables.write(to[1]!.id, "put", [JSON.stringify({ id: { S: "mine" } })]);
    tables.close();
    expect(await untilDone({ what: "export", at }, 1 + round, 10)).toBeGreaterThan(0);
    expect((await readdir(at, { recursive: true })).filter((path) => /partial|progress/.test(path))).toEqual([]);
    // What is there goes, is kept, and is replaced: over all the kills, once.
    expect(await untilDone({ what: "import", at, to, mode: "replace" }, 3 + round, 15)).toBeGreaterThan(0);
    expect(await itemsIn(aws, to[1]!)).toEqual(await itemsIn(aws, from[1]!));
    expect(await objectsIn(aws, to[0]!)).toEqual(await objectsIn(aws, from[0]!));
  }
});
