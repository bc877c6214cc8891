/**
 * Table and bucket. An object's key begins with the second at which its file ends, so that the bucket itself says what
 * has to go, oldest end first: the table's time to live removes rows, and nothing else knows of an object then.
 */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DeleteObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";

export const tables = DynamoDBDocumentClient.from(new DynamoDBClient({}), {
  marshallOptions: { removeUndefinedValues: true },
});
export const DROPS = process.env.TABLE_DROPS;
export const FILES = process.env.BUCKET_FILES;
export const bucket = new S3Client({ forcePathStyle: Boolean(process.env.AWS_ENDPOINT_URL) });

export const nowSeconds = () => Math.floor(Date.now() / 1000);
export const keyOf = ({ id, expires }) => `${String(expires).padStart(12, "0")}/${id}`;

/** 16 random bytes: whoever has not been given a link does not find one. */
export const newId = () => Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("base64url");

const sweepEveryMs = 60_000;
const mostAtOnce = 200;
let swept = 0;

/** Removes files whose time is over. No schedule calls it: each visit does, once a minute. */
export async function sweep() {
  if (Date.now() - swept < sweepEveryMs) return;
  swept = Date.now();
  const { Contents = [] } = await bucket.send(new ListObjectsV2Command({ Bucket: FILES, MaxKeys: mostAtOnce }));
  const over = Contents.filter(({ Key }) => Number.parseInt(Key, 10) <= nowSeconds());
  for (const { Key } of over) await bucket.send(new DeleteObjectCommand({ Bucket: FILES, Key }));
}
