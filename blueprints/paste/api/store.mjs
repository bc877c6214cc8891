/** The table client all modules share, the tables' names, ids, and one paste. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import { Problem } from "./http.mjs";

export const tables = DynamoDBDocumentClient.from(new DynamoDBClient({}), {
  marshallOptions: { removeUndefinedValues: true },
});
export const PASTES = process.env.TABLE_PASTES;
export const VERSIONS = process.env.TABLE_VERSIONS;

/** 16 random bytes: whoever has not been given a link does not find one. */
export const newId = () => Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("base64url");

export async function find(id) {
  const { Item } = await tables.send(new GetCommand({ TableName: PASTES, Key: { id }, ConsistentRead: true }));
  return Item;
}

export async function load(id) {
  const paste = await find(id);
  if (!paste) throw new Problem(404, "This text does not exist any more.");
  return paste;
}
