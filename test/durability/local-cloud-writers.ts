/**
 * Eight writers, four of objects and four of items, and what they were told. Each writes one thing after the other, so
 * that of each writer at most one write is unanswered when the cloud dies; that one may be there whole or not at all.
 */
import { createHash, randomBytes } from "node:crypto";
import * as dynamo from "@aws-sdk/client-dynamodb";
import * as s3 from "@aws-sdk/client-s3";
import { expect } from "vitest";

/** Each name's value after the write; null: gone. */
type Change = Record<string, string | null>;

interface Write {
  change: Change;
  /** The answer's request id; missing while, or because, none came. */
  requestId?: string | undefined;
}

export interface Writer {
  log: Write[];
  write(): Promise<string | undefined>;
  /** What a reader finds for each of the writer's names. */
  read(names: readonly string[]): Promise<Change>;
  next(): Write & { send(): Promise<{ $metadata: { requestId?: string | undefined } }> };
}

export interface Target {
  endpoint: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
}

export const Bucket = "durable-bodies";
export const TableName = "durable-items";

export function clientsOf({ endpoint, credentials }: Target) {
  const config = { endpoint, credentials, region: "eu-west-1", maxAttempts: 1 };
  return {
    objects: new s3.S3Client({ ...config, forcePathStyle: true }),
    items: new dynamo.DynamoDBClient(config),
  };
}
export type Clients = ReturnType<typeof clientsOf>;

/** Once, in a new cloud. */
export async function makePlaces({ objects, items }: Clients): Promise<void> {
  await objects.send(new s3.CreateBucketCommand({ Bucket }));
  await items.send(
    new dynamo.CreateTableCommand({
      TableName,
      KeySchema: [{ AttributeName: "k", KeyType: "HASH" }],
      AttributeDefinitions: [{ AttributeName: "k", AttributeType: "S" }],
      BillingMode: "PAY_PER_REQUEST",
    }),
  );
  await dynamo.waitUntilTableExists({ client: items, maxWaitTime: 30, minDelay: 1, maxDelay: 1 }, { TableName });
}

/** In bytes, taken in turn; `multipart` of the one writer that uploads in parts. */
export interface Sizes {
  whole: readonly number[];
  multipart: readonly number[];
}

/** `name` keeps the rounds apart. */
export function writersOf(clients: () => Clients, name: string, sizes: Sizes): Writer[] {
  return Array.from({ length: 8 }, (_, n) => {
    if (n >= 4) return itemWriter(clients, `${name}/${n}`);
    return objectWriter(clients, `${name}/${n}`, n === 3 ? sizes.multipart : sizes.whole, n === 3);
  });
}

const sha = (body: Uint8Array): string => createHash("sha256").update(body).digest("hex");

function writer(read: Writer["read"], next: (turn: number) => ReturnType<Writer["next"]>): Writer {
  const log: Write[] = [];
  return {
    log,
    read,
    next: () => next(log.length),
    async write() {
      const { send, change } = this.next();
      const entry: Write = { change };
      log.push(entry);
      const { $metadata } = await send();
      entry.requestId = $metadata.requestId;
      return entry.requestId;
    },
  };
}

function objectWriter(clients: () => Clients, name: string, sizes: readonly number[], multipart: boolean): Writer {
  const next = (turn: number) => {
    const Key = `${name}/${turn % 5}`;
    if (turn % 7 === 6)
      return {
        change: { [Key]: null },
        send: () => clients().objects.send(new s3.DeleteObjectCommand({ Bucket, Key })),
      };
    const Body = randomBytes(sizes[turn % sizes.length]!);
    const change = { [Key]: sha(Body) };
    if (multipart) return { change, send: () => inParts(clients().objects, Key, Body) };
    const command = new s3.PutObjectCommand({ Bucket, Key, Body, Metadata: { sha: sha(Body) } });
    return { change, send: () => clients().objects.send(command) };
  };
  return writer(async (keys) => {
    const found: Change = {};
    for (const Key of keys) found[Key] = await readObject(clients().objects, Key);
    return found;
  }, next);
}

/** Of all parts but the last S3 wants at least this. */
const leastPart = 5 * 1024 * 1024;

async function inParts(client: s3.S3Client, Key: string, body: Buffer) {
  const { UploadId } = await client.send(
    new s3.CreateMultipartUploadCommand({ Bucket, Key, Metadata: { sha: sha(body) } }),
  );
  const at = { Bucket, Key, UploadId };
  const Parts: s3.CompletedPart[] = [];
  for (let start = 0; start === 0 || start < body.length; start += leastPart) {
    const PartNumber = Parts.length + 1;
    const Body = body.subarray(start, start + leastPart);
    const { ETag } = await client.send(new s3.UploadPartCommand({ ...at, PartNumber, Body }));
    Parts.push({ PartNumber, ETag });
  }
  return client.send(new s3.CompleteMultipartUploadCommand({ ...at, MultipartUpload: { Parts } }));
}

/** The body's hash, which must be the one its metadata names: else the object is torn. */
async function readObject(client: s3.S3Client, Key: string): Promise<string | null> {
  const got = await client.send(new s3.GetObjectCommand({ Bucket, Key })).catch((error: Error) => {
    if (error.name === "NoSuchKey") return null;
    throw error;
  });
  if (!got) return null;
  const found = sha(await got.Body!.transformToByteArray());
  expect(found, `${Key} is torn`).toBe(got.Metadata?.["sha"]);
  return found;
}

function itemWriter(clients: () => Clients, name: string): Writer {
  const send = <T>(run: (client: dynamo.DynamoDBClient) => Promise<T>) => run(clients().items);
  const next = (turn: number) => {
    const value = `${turn}`;
    const [one, two, count] = [`${name}/one`, `${name}/two`, `${name}/count`];
    if (turn % 3 === 0) {
      const Item = { k: { S: one }, v: { S: value }, filler: { S: "f".repeat(1000 + turn) } };
      return {
        change: { [one]: value },
        send: () => send((to) => to.send(new dynamo.PutItemCommand({ TableName, Item }))),
      };
    }
    if (turn % 3 === 1) {
      const update = new dynamo.UpdateItemCommand({
        TableName,
        Key: { k: { S: count } },
        UpdateExpression: "ADD v :one",
        ExpressionAttributeValues: { ":one": { N: "1" } },
      });
      return { change: { [count]: `${(turn - 1) / 3 + 1}` }, send: () => send((to) => to.send(update)) };
    }
    const both = new dynamo.TransactWriteItemsCommand({
      TransactItems: [one, two].map((k) => ({ Put: { TableName, Item: { k: { S: k }, v: { S: value } } } })),
    });
    return { change: { [one]: value, [two]: value }, send: () => send((to) => to.send(both)) };
  };
  return writer(async (keys) => {
    const found: Change = {};
    for (const k of keys) {
      const { Item } = await clients().items.send(
        new dynamo.GetItemCommand({ TableName, Key: { k: { S: k } }, ConsistentRead: true }),
      );
      found[k] = Item?.["v"]?.S ?? Item?.["v"]?.N ?? null;
    }
    return found;
  }, next);
}

/** All eight at work until the cloud is gone; `onAnswer` sees how many answers there were. Other errors are thrown. */
export async function writeUntilGone(writers: readonly Writer[], onAnswer: (answers: number) => void): Promise<void> {
  let answers = 0;
  await Promise.all(
    writers.map(async (one) => {
      for (;;) {
        try {
          await one.write();
        } catch (error) {
          if (isGone(error)) return;
          throw error;
        }
        onAnswer(++answers);
      }
    }),
  );
}

function isGone(error: unknown): boolean {
  const { code, $metadata } = error as { code?: string; $metadata?: { httpStatusCode?: number } };
  if ($metadata?.httpStatusCode !== undefined) return false;
  return code !== undefined && ["ECONNRESET", "ECONNREFUSED", "EPIPE"].includes(code);
}

/** Throws unless every write that `answered` says was answered is there, and the one after it whole or absent. */
export async function assertKept(
  writers: readonly Writer[],
  answered: (requestId: string) => boolean = () => true,
): Promise<void> {
  for (const { log, read } of writers) {
    const unanswered = log.findIndex(({ requestId }) => !requestId || !answered(requestId));
    const count = unanswered === -1 ? log.length : unanswered;
    const before: Change = {};
    for (const { change } of log) for (const name of Object.keys(change)) before[name] = null;
    for (const { change } of log.slice(0, count)) Object.assign(before, change);
    const after = { ...before, ...log[count]?.change };
    const found = await read(Object.keys(before));
    if (JSON.stringify(found) !== JSON.stringify(after)) expect(found).toEqual(before);
  }
}
