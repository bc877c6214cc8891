/**
 * Drops: { id, box, name, type, size, created, expires, most, taken, arrived }, `expires` in seconds. A drop is there
 * for others once its bytes have arrived, until its time is over or it was taken `most` times. Time is judged here, too:
 * DynamoDB removes what has expired only some time later.
 */
import { DeleteObjectCommand, HeadObjectCommand } from "@aws-sdk/client-s3";
import { DeleteCommand, GetCommand, PutCommand, QueryCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { createPresignedPost } from "@aws-sdk/s3-presigned-post";
import { Problem } from "./http.mjs";
import { bucket, DROPS, FILES, keyOf, newId, nowSeconds, sweep, tables } from "./store.mjs";

const maxBytes = 5 * 1024 ** 3;
const minute = 60;
const day = 86_400;
/** How long a file is kept; the page offers these. */
const times = new Map([
  ["1 hour", 3_600],
  ["1 day", day],
  ["7 days", 7 * day],
  ["30 days", 30 * day],
  ["90 days", 90 * day],
]);
const uploadSeconds = 60 * minute;
const pageSize = 50;

/** Newest first, without those whose time is over and those whose bytes never came. */
export async function listDrops({ cursor }) {
  await sweep();
  const found = [];
  let start = cursor ? decode(cursor) : undefined;
  do {
    const page = await tables.send(
      new QueryCommand({
        TableName: DROPS,
        IndexName: "by-time",
        KeyConditionExpression: "#box = :box",
        FilterExpression: "expires > :now AND arrived = :yes",
        ExpressionAttributeNames: { "#box": "box" },
        ExpressionAttributeValues: { ":box": "drops", ":now": nowSeconds(), ":yes": true },
        ScanIndexForward: false,
        Limit: pageSize,
        ExclusiveStartKey: start,
      }),
    );
    found.push(...page.Items);
    start = page.LastEvaluatedKey;
  } while (start && found.length < pageSize);
  return { drops: found.map(shown), cursor: start && Buffer.from(JSON.stringify(start)).toString("base64url") };
}

/** The row, and a form that takes exactly this many bytes at exactly this place, for an hour. */
export async function createDrop({ name, type, size, keep, most }) {
  await sweep();
  if (typeof name !== "string" || name.trim() === "" || name.length > 255)
    throw new Problem(400, "A file needs a name of up to 255 letters.");
  if (!Number.isInteger(size) || size < 0) throw new Problem(400, "A file has a size in bytes.");
  if (size > maxBytes) throw new Problem(413, "A file may have up to 5 GB.");
  if (!times.has(keep)) throw new Problem(400, `A file is kept for ${[...times.keys()].join(", ")}.`);
  if (most !== undefined && !(Number.isInteger(most) && most >= 1 && most <= 1_000))
    throw new Problem(400, "Downloads can be limited to a number from 1 to 1000.");
  const now = Date.now();
  const expires = Math.floor(now / 1000) + times.get(keep);
  const drop = { id: newId(), box: "drops", name: name.trim(), type: typeOf(type), size, created: now, expires, most };
  await tables.send(
    new PutCommand({
      TableName: DROPS,
      Item: { ...drop, taken: 0, arrived: false },
      ConditionExpression: "attribute_not_exists(id)",
    }),
  );
  const upload = await createPresignedPost(bucket, {
    Bucket: FILES,
    Key: keyOf(drop),
    Conditions: [["content-length-range", size, size]],
    Expires: uploadSeconds,
  });
  return { id: drop.id, upload };
}

/** After the upload: the bytes are there, so others may have them. */
export async function completeDrop(id) {
  const drop = await load(id);
  if (!drop) throw new Problem(404, "This file does not exist any more.");
  await bucket.send(new HeadObjectCommand({ Bucket: FILES, Key: keyOf(drop) })).catch((error) => {
    if (error.name === "NotFound") throw new Problem(409, "The upload has not arrived; try again.");
    throw error;
  });
  return shown(await setArrived(id));
}

async function setArrived(id) {
  const { Attributes } = await tables.send(
    new UpdateCommand({
      TableName: DROPS,
      Key: { id },
      UpdateExpression: "SET arrived = :yes",
      ConditionExpression: "attribute_exists(id)",
      ExpressionAttributeValues: { ":yes": true },
      ReturnValues: "ALL_NEW",
    }),
  );
  return Attributes;
}

/** The bytes first: a row without bytes can be deleted again, bytes without a row wait for their time. */
export async function deleteDrop(id) {
  const drop = await load(id);
  if (!drop) return;
  await bucket.send(new DeleteObjectCommand({ Bucket: FILES, Key: keyOf(drop) }));
  await tables.send(new DeleteCommand({ TableName: DROPS, Key: { id } }));
}

export async function load(id) {
  const { Item } = await tables.send(new GetCommand({ TableName: DROPS, Key: { id }, ConsistentRead: true }));
  return Item;
}

/** Counts one download and answers the drop; undefined when there is none to be had. Of two last ones, one gets it. */
export async function take(id) {
  try {
    const { Attributes } = await tables.send(
      new UpdateCommand({
        TableName: DROPS,
        Key: { id },
        UpdateExpression: "ADD taken :one",
        ConditionExpression: "arrived = :yes AND expires > :now AND (attribute_not_exists(most) OR taken < most)",
        ExpressionAttributeValues: { ":one": 1, ":yes": true, ":now": nowSeconds() },
        ReturnValues: "ALL_NEW",
      }),
    );
    return Attributes;
  } catch (error) {
    if (error.name === "ConditionalCheckFailedException") return undefined;
    throw error;
  }
}

const typeOf = (type) =>
  typeof type === "string" && /^[\w.+-]+\/[\w.+-]+$/.test(type) ? type : "application/octet-stream";

const shown = ({ id, name, type, size, created, expires, most, taken }) => ({
  id,
  name,
  type,
  size,
  created,
  expires,
  most,
  taken,
});

function decode(cursor) {
  try {
    const { id, box, created } = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    if (typeof id !== "string" || box !== "drops" || !Number.isFinite(created)) throw new Error("not a cursor");
    return { id, box, created };
  } catch {
    throw new Problem(400, "That page of the list does not exist.");
  }
}
