/** The table client all modules share, the tables' names, and ids. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import { Problem } from "./http.mjs";

export const tables = DynamoDBDocumentClient.from(new DynamoDBClient({}), {
  marshallOptions: { removeUndefinedValues: true },
});
export const FORMS = process.env.TABLE_FORMS;
export const ANSWERS = process.env.TABLE_ANSWERS;

/** 12 random bytes: a form is found by those who have its link. */
export const newFormId = () => Buffer.from(crypto.getRandomValues(new Uint8Array(12))).toString("base64url");

/** In the order in which answers came. */
export function newAnswerId() {
  const random = [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => (byte % 36).toString(36)).join("");
  return `${Date.now().toString(36).padStart(9, "0")}-${random}`;
}

export async function load(id) {
  const { Item } = await tables.send(new GetCommand({ TableName: FORMS, Key: { id }, ConsistentRead: true }));
  if (!Item) throw new Problem(404, "This form does not exist any more.");
  return Item;
}
