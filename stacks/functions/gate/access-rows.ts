/**
 * Rows of the cloud's table `access` that a gate may see: sessions, public halves of signing keys, and its own app's keys.
 * Read as they are now; whoever asks decides for how long that is believed. Rejects when the table does not answer.
 */
import { awsJson } from "../shared/aws-call.ts";
import { fromItem } from "../shared/items.ts";
import { config } from "./config.ts";

/** Null: there is none, or its time is over. */
export async function readRow<Row extends { expires: number }>(id: string, nowSeconds: number): Promise<Row | null> {
  const { Item } = await awsJson("dynamodb", "GetItem", {
    TableName: config.access,
    Key: { id: { S: id } },
    ConsistentRead: true,
  });
  if (!Item) return null;
  const row = fromItem<Row>(Item as Record<string, object>);
  return row.expires > nowSeconds ? row : null;
}
