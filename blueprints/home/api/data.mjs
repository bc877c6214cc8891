/**
 * What apps and things store, to look at: stores, a page of what is in one, one item or the beginning of one file. By the
 * grant `data`, which the owner gives by name; it only reads. What is no app's store is not found here, whatever it is.
 */
import { DescribeTableCommand, DynamoDBClient, GetItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { cloudName, dataCommand, isDataGranted, isGranted, notGranted, rowOf } from "./cloud.mjs";
import { Problem } from "./http.mjs";
import { keyIn, keyOut, plain, shortened } from "./values.mjs";

const tables = new DynamoDBClient({});
const buckets = new S3Client({ forcePathStyle: Boolean(process.env.AWS_ENDPOINT_URL) });

const most = 100;
const usual = 25;
const mostCounted = 1000;
const mostTextBytes = 64 * 1024;
const mostImageBytes = 1024 * 1024;

/** The stores of an app, or of `things`, with how much is in each. */
export async function storesOf(app) {
  return granted(async () => ({ app, stores: await Promise.all((await placesOf(app)).map(measured)) }));
}

/** A page: items of a table, or folders and files of a bucket's folder; `next` leads on, when there is more. */
export async function pageOf(app, name, { from, limit = String(usual), in: folder = "" }) {
  if (!/^[1-9]\d{0,2}$/.test(limit) || Number(limit) > most) throw new Problem(400, `The limit is from 1 to ${most}.`);
  return granted(async () => {
    const place = await placeOf(app, name);
    const page = place.kind === "table" ? itemsIn : filesIn;
    return { app, store: name, kind: place.kind, ...(await page(place.id, Number(limit), from, folder)) };
  });
}

/** One item whole, by the key that a page says; of a file its beginning, when it can be shown. */
export async function oneOf(app, name, { key = "" }) {
  if (key === "") throw new Problem(400, "The key is missing.");
  return granted(async () => {
    const place = await placeOf(app, name);
    const one = place.kind === "table" ? await itemAt(place.id, key) : await fileAt(place.id, key);
    return { app, store: name, kind: place.kind, ...one };
  });
}

async function granted(make) {
  if (!isDataGranted()) return { granted: false, command: dataCommand() };
  if (!isGranted()) return notGranted();
  return { granted: true, ...(await make()) };
}

/** What has another name than this cloud's things have was adopted, and is out of the grant's reach. */
async function placesOf(app) {
  const row = await rowOf(app);
  if (!row) throw new Problem(404, `There is no app called ${app} here.`);
  if (!row.data && row.stores?.length > 0)
    throw new Problem(409, `Where ${app} stores it is not written down yet. In a terminal: freehold up ${app}`);
  return (row.data ?? []).map(([kind, name, id]) => ({ kind, name, id, within: id.startsWith(`${cloudName()}--`) }));
}

async function placeOf(app, name) {
  const place = (await placesOf(app)).find((one) => one.name === name);
  if (!place) throw new Problem(404, `${app} has no store called ${name}.`);
  if (!place.within) throw new Problem(403, `${name} was adopted: this page cannot read it.`);
  return place;
}

async function measured({ kind, name, id, within }) {
  if (!within) return { kind, name, unread: "adopted" };
  try {
    return { kind, name, ...(kind === "table" ? await tableSize(id) : await bucketSize(id)) };
  } catch (error) {
    return { kind, name, unread: error.name };
  }
}

/** As the service counts, which it does every six hours. */
async function tableSize(TableName) {
  const { Table } = await tables.send(new DescribeTableCommand({ TableName }));
  return { count: Table.ItemCount ?? 0, sizeBytes: Table.TableSizeBytes ?? 0 };
}

async function bucketSize(Bucket) {
  const { Contents = [], IsTruncated } = await buckets.send(new ListObjectsV2Command({ Bucket, MaxKeys: mostCounted }));
  const sizeBytes = Contents.reduce((sum, { Size }) => sum + Size, 0);
  return { count: Contents.length, sizeBytes, ...(IsTruncated ? { more: true } : {}) };
}

async function itemsIn(TableName, Limit, from) {
  const start = from === undefined ? {} : { ExclusiveStartKey: keyIn(from) };
  const [{ Items = [], LastEvaluatedKey }, names] = await Promise.all([
    sent(tables, new ScanCommand({ TableName, Limit, ...start })),
    keyNames(TableName),
  ]);
  return {
    items: Items.map((item) => {
      const key = Object.fromEntries(names.map((name) => [name, item[name]]));
      return { key: keyOut(key), name: plain({ M: key }), item: shortened(plain({ M: item })) };
    }),
    ...(LastEvaluatedKey ? { next: keyOut(LastEvaluatedKey) } : {}),
  };
}

async function keyNames(TableName) {
  const { Table } = await sent(tables, new DescribeTableCommand({ TableName }));
  return Table.KeySchema.map(({ AttributeName }) => AttributeName);
}

async function itemAt(TableName, key) {
  const { Item } = await sent(tables, new GetItemCommand({ TableName, Key: keyIn(key), ConsistentRead: true }));
  if (!Item) throw new Problem(404, "There is no such item any more.");
  return { item: plain({ M: Item }) };
}

async function filesIn(Bucket, MaxKeys, ContinuationToken, Prefix) {
  const asked = { Bucket, MaxKeys, Delimiter: "/", Prefix, ContinuationToken };
  const answer = await sent(buckets, new ListObjectsV2Command(asked));
  return {
    folder: Prefix,
    folders: (answer.CommonPrefixes ?? []).map((one) => one.Prefix),
    files: (answer.Contents ?? []).map(({ Key, Size, LastModified }) => ({
      key: Key,
      sizeBytes: Size,
      changed: LastModified?.toISOString(),
    })),
    ...(answer.IsTruncated ? { next: answer.NextContinuationToken } : {}),
  };
}

const isText = (type, key) =>
  /^(text\/|application\/(json|xml|yaml|javascript)|[^;]*\+(json|xml))/.test(type) ||
  /\.(txt|md|json|csv|ya?ml|xml|log)$/i.test(key);
const isImage = (type) => /^image\/(png|jpeg|gif|webp|avif)$/.test(type);

async function fileAt(Bucket, Key) {
  const head = await sent(buckets, new HeadObjectCommand({ Bucket, Key }));
  const [type, sizeBytes] = [head.ContentType ?? "", head.ContentLength ?? 0];
  const file = { key: Key, type, sizeBytes, changed: head.LastModified?.toISOString() };
  if (isImage(type) && sizeBytes <= mostImageBytes) {
    const { Body } = await sent(buckets, new GetObjectCommand({ Bucket, Key }));
    return { file, image: `data:${type};base64,${await Body.transformToString("base64")}` };
  }
  if (!isText(type, Key)) return { file };
  if (sizeBytes === 0) return { file, text: "" };
  const Range = `bytes=0-${mostTextBytes - 1}`;
  const { Body } = await sent(buckets, new GetObjectCommand({ Bucket, Key, Range }));
  const text = new TextDecoder().decode(await Body.transformToByteArray());
  return { file, text, ...(sizeBytes > mostTextBytes ? { more: true } : {}) };
}

const gone = ["ResourceNotFoundException", "NoSuchBucket", "NoSuchKey", "NotFound"];
const wrong = ["ValidationException", "InvalidArgument", "SerializationException"];

async function sent(client, command) {
  try {
    return await client.send(command);
  } catch (error) {
    if (gone.includes(error.name)) throw new Problem(404, "That is not there any more.");
    if (wrong.includes(error.name)) throw new Problem(400, "That leads nowhere in this store.");
    throw new Problem(503, `That cannot be read: ${error.name}.`);
  }
}
