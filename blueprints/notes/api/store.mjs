/** The table client all modules share (one a function environment, so that connections are kept), ids, and one note. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import { Problem } from "./problem.mjs";

export const tables = DynamoDBDocumentClient.from(new DynamoDBClient({}), {
  marshallOptions: { removeUndefinedValues: true },
});
export const NOTES = process.env.TABLE_NOTES;
export const WORDS = process.env.TABLE_WORDS;
export const FILES = process.env.BUCKET_FILES;

/** Sortable by time of making, unguessable enough to be unique: base 36 of the milliseconds, then 10 random letters. */
export function newId() {
  const random = [...crypto.getRandomValues(new Uint8Array(10))].map((byte) => (byte % 36).toString(36)).join("");
  return Date.now().toString(36).padStart(9, "0") + random;
}

export async function load(id) {
  const { Item } = await tables.send(new GetCommand({ TableName: NOTES, Key: { id }, ConsistentRead: true }));
  if (!Item) throw new Problem(404, "This note does not exist any more.");
  return Item;
}
