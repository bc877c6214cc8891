/** The table client all modules share, ids, and transactions whose refusal names the part that was refused. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, TransactWriteCommand } from "@aws-sdk/lib-dynamodb";

export const tables = DynamoDBDocumentClient.from(new DynamoDBClient({}), {
  marshallOptions: { removeUndefinedValues: true },
});
export const LISTS = process.env.TABLE_LISTS;
export const TASKS = process.env.TABLE_TASKS;

/** Sortable by time of making: nine letters of it, then eleven random ones. */
export function newId() {
  const random = [...crypto.getRandomValues(new Uint8Array(11))].map((byte) => (byte % 36).toString(36)).join("");
  return Date.now().toString(36).padStart(9, "0") + random;
}

/**
 * All of it or nothing. Resolves with undefined, or with the numbers of the items whose conditions were not met. A
 * transaction that met another one is tried again, since the SDK does not.
 */
export async function together(items, attempt = 1) {
  try {
    await tables.send(new TransactWriteCommand({ TransactItems: items }));
    return undefined;
  } catch (error) {
    if (error.name !== "TransactionCanceledException") throw error;
    const codes = error.CancellationReasons.map(({ Code }) => Code);
    const refused = codes.flatMap((code, at) => (code === "ConditionalCheckFailed" ? [at] : []));
    if (refused.length > 0) return refused;
    if (!codes.includes("TransactionConflict") || attempt === 20) throw error;
    await new Promise((resolve) => setTimeout(resolve, 10 + Math.random() * 30 * attempt));
    return together(items, attempt + 1);
  }
}

/** One more or fewer in a list: part of every transaction that makes, moves, finishes or deletes a task. */
export const counting = (list, { left = 0, done = 0 }) => ({
  Update: {
    TableName: LISTS,
    Key: { id: list },
    UpdateExpression: "ADD #left :left, done :done",
    ConditionExpression: "attribute_exists(id)",
    ExpressionAttributeNames: { "#left": "left" },
    ExpressionAttributeValues: { ":left": left, ":done": done },
  },
});
