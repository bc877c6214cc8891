/**
 * Data in bulk on the local cloud, by the built command: a table and a bucket out into files and into another cloud, with
 * the memory that it takes of both sides; and looking into a large table. `FREEHOLD_BENCH_ITEMS` is how large: 1,000,000
 * are the goal's gigabyte, with 2,000 files.
 */
import { join } from "node:path";
import { BatchWriteItemCommand, DynamoDBClient, type WriteRequest } from "@aws-sdk/client-dynamodb";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { Cloud } from "../../stacks/cloud.ts";
import { answerOf, describeStore, type Place, planOf, type Store } from "../../stacks/data/index.ts";
import { clientConfig } from "../support/aws.ts";
import { type Home, run, withHome } from "../support/home.ts";
import { growthOf, measured } from "./data-memory.ts";
import { table } from "./table.ts";

const items = Number(process.env["FREEHOLD_BENCH_ITEMS"] ?? 50_000);
const files = Math.ceil(items / 500);
const fileBytes = 150_000;

/** Some 700 bytes as they are stored: what apps keep, a text and a few facts about it. */
const itemOf = (at: number) => ({
  id: { S: idOf(at) },
  at: { N: String(1_700_000_000 + at) },
  done: { BOOL: at % 2 === 0 },
  tags: { SS: [`t${at % 97}`, `u${at % 89}`] },
  body: { S: `${at} `.padEnd(500, "and what else there is to say of it, ") },
  more: { M: { by: { S: "somebody" }, seen: { L: [{ N: String(at) }, { NULL: true as const }] } } },
});
const idOf = (at: number): string => `item-${String(at).padStart(9, "0")}`;

export async function data(home: Home): Promise<void> {
  const other = await withHome();
  try {
    for (const one of [home, other]) {
      await one.freehold("setup", "--yes");
      await one.freehold("add", "table", "rows", "--key", "id:string", "--yes");
      await one.freehold("add", "bucket", "files", "--yes");
    }
    await carry(home, other);
    await look(home);
  } finally {
    await other.close();
  }
}

const perSecond = (count: number, ms: number): number => (count * 1000) / ms;

async function carry(home: Home, other: Home): Promise<void> {
  const out = join(home.dir, "out");
  const few = join(home.dir, "few");
  const to = (one: Home, ...args: string[]) => measured([one.entry, ...args], one.env, one.dir);
  // Little, and so what the command itself needs, with all that it loads on the way. The first of its kind compiles that.
  await fill(home, 1_000);
  await to(home, "data", "export", "things", "--to", join(home.dir, "first"));
  const leastOut = await to(home, "data", "export", "things", "--to", few);
  await to(other, "data", "import", few);
  const leastIn = await to(other, "data", "import", few, "--merge");
  const filling = await fill(home, items);
  table.add({
    ...{ name: "BatchWriteItem, 16 in flight (client included)", unit: "items/s", goal: "-" },
    samples: [perSecond(items, filling)],
  });
  const grown = growthOf(await pidOf(home));
  const exported = await to(home, "data", "export", "things", "--to", out);
  const cloudOut = grown();
  const grownIn = growthOf(await pidOf(other));
  const imported = await to(other, "data", "import", out, "--merge");
  const cloudIn = grownIn();

  const [secondsOut, secondsIn] = [exported.ms - leastOut.ms, imported.ms - leastIn.ms];
  const size = `${items.toLocaleString("en")} items and ${files} files`;
  const row = (name: string, unit: string, goal: string, sample: number): void =>
    table.add({ name, unit, goal, samples: [sample] });
  row(`data export, ${size}`, "items/s", ">= 20000", perSecond(items, secondsOut));
  row(`data import of it, checked first`, "items/s", ">= 4000", perSecond(items, secondsIn));
  row("data export, memory beyond that of 1,000 items", "MiB", "<= 50", exported.peak - leastOut.peak);
  row("data import, memory beyond that of 1,000 items", "MiB", "<= 50", imported.peak - leastIn.peak);
  row("local cloud while data goes out, memory beyond before", "MiB", "<= 50", cloudOut);
  row("local cloud while data comes in, memory beyond before", "MiB", "<= 50", cloudIn);
  const count = (await other.json("data", "query", "things/rows", "--count", "--yes")).total;
  if (count !== items) throw new Error(`${count} of ${items} items came back`);
}

async function pidOf(home: Home): Promise<number> {
  return (await home.json("cloud", "status")).pid;
}

/** Keys in no order that the table knows, sixteen calls at once; milliseconds that the items took. */
async function fill(home: Home, count: number): Promise<number> {
  const config = clientConfig(await home.json("cloud", "env"));
  const [tables, buckets] = [
    new DynamoDBClient(config),
    new S3Client({ ...config, forcePathStyle: true, requestChecksumCalculation: "WHEN_REQUIRED" }),
  ];
  const began = performance.now();
  await atOnce(16, Math.ceil(count / 25), async (batch) => {
    const from = batch * 25;
    const requests: WriteRequest[] = Array.from({ length: Math.min(25, count - from) }, (_, at) => ({
      PutRequest: { Item: itemOf(from + at) },
    }));
    await tables.send(new BatchWriteItemCommand({ RequestItems: { "home--things--rows": requests } }));
  });
  const ms = performance.now() - began;
  const Body = Buffer.alloc(fileBytes, "what a file has in it; ");
  const { stores } = await home.json<{ stores: { name: string; id: string }[] }>("data", "ls");
  const Bucket = stores.find(({ name }) => name === "files")!.id;
  await atOnce(8, Math.ceil(count / 500), (at) =>
    buckets.send(new PutObjectCommand({ Bucket, Key: `f/${at}.txt`, Body })),
  );
  tables.destroy();
  buckets.destroy();
  return ms;
}

async function atOnce(width: number, count: number, call: (at: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (let at = next++; at < count; at = next++) await call(at);
    }),
  );
}

/** The first of it, as a page shows it and as a command does; and one item by its key, beside the SDK alone. */
async function look(home: Home): Promise<void> {
  const env = await home.json("cloud", "env");
  const cloud: Cloud = {
    ...{ name: "home", target: "local", region: env.AWS_REGION, accountId: "123456789012", timeZone: "UTC" },
    ...{ endpoint: env.AWS_ENDPOINT_URL, dir: home.dir, passphraseFile: "", environment: env },
  };
  const place: Place = { app: "things", kind: "table", name: "rows", id: "home--things--rows", kept: false };
  const pages: number[] = [];
  for (let round = 0; round < 11; round++) {
    const began = performance.now();
    const store = (await describeStore(cloud, place)) as Store;
    const { items: found } = await answerOf(cloud, store, { plan: planOf(cloud.region, store, undefined), limit: 50 });
    if (found.length !== 50) throw new Error(`a page of ${found.length}`);
    // The first loads the SDK.
    if (round > 0) pages.push(performance.now() - began);
  }
  table.add({ name: "first page of the table", unit: "ms", goal: "<= 150", samples: pages });

  const [listed, ours, theirs]: number[][] = [[], [], []];
  for (let round = 0; round < 9; round++) {
    const id = idOf((round * items) / 9 - (((round * items) / 9) % 1));
    listed!.push((await home.freehold("data", "ls", "things/rows")).ms);
    const query = await home.freehold("data", "query", "things/rows", `id = ${id}`, "--json");
    const alone = await run([join(import.meta.dirname, "data-query.mjs"), place.id, id], { ...home.env, ...env });
    for (const { stdout } of [query, alone]) if (!stdout.includes(id)) throw new Error(`no ${id}: ${stdout}`);
    ours!.push(query.ms);
    theirs!.push(alone.ms);
  }
  table.add({ name: "freehold data ls of the table, whole command", unit: "ms", goal: "-", samples: listed! });
  table.add({
    name: "freehold data query on a key, whole command",
    unit: "ms",
    goal: "<= 1.2x",
    samples: ours!,
    peer: { name: "node and the SDK, the same query", samples: theirs! },
  });
}
