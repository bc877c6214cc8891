/**
 * Counters in a table, one a window of time, all callers together: raised only while they are below the limit, so that
 * no two callers let one too many through. When the table cannot be asked, nobody passes.
 */
import { AwsError, awsJson } from "./aws-call.ts";

export interface Counting {
  table: string;
  /** Of what is counted; the window is added. */
  id: string;
  most: number;
  seconds: number;
}

export const isConditionFailed = (error: unknown): boolean =>
  error instanceof AwsError && error.code === "ConditionalCheckFailedException";

/** Null: counted. Else the seconds until the window ends. */
export async function count({ table, id, most, seconds }: Counting, nowSeconds: number): Promise<number | null> {
  const start = Math.floor(nowSeconds / seconds) * seconds;
  try {
    await awsJson("dynamodb", "UpdateItem", {
      TableName: table,
      Key: { id: { S: `${id} ${start}` } },
      UpdateExpression: "ADD #n :one SET #expires = :expires",
      ConditionExpression: "attribute_not_exists(#n) OR #n < :limit",
      ExpressionAttributeNames: { "#n": "n", "#expires": "expires" },
      ExpressionAttributeValues: {
        ":one": { N: "1" },
        ":limit": { N: String(most) },
        ":expires": { N: String(start + seconds + 3600) },
      },
    });
    return null;
  } catch (error) {
    if (!isConditionFailed(error)) throw error;
    return Math.max(1, Math.ceil(start + seconds - nowSeconds));
  }
}
