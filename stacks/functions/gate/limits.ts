/**
 * The limit of a public route: one counter a route and window, all callers together, raised only while it is below the
 * limit, so that no two gates let one too many through. When it cannot be asked, nobody passes.
 */
import { AwsError, awsJson } from "../shared/aws-call.ts";
import { config, type GateRoute } from "./config.ts";

/** Null: pass. Else the seconds until the window ends. */
export async function overLimit(route: GateRoute, nowSeconds: number): Promise<number | null> {
  if (!route.limit || !config.limits) return null;
  const { count, seconds } = route.limit;
  const start = Math.floor(nowSeconds / seconds) * seconds;
  try {
    await awsJson("dynamodb", "UpdateItem", {
      TableName: config.limits,
      Key: { id: { S: `${route.path} ${start}` } },
      UpdateExpression: "ADD #n :one SET #expires = :expires",
      ConditionExpression: "attribute_not_exists(#n) OR #n < :limit",
      ExpressionAttributeNames: { "#n": "n", "#expires": "expires" },
      ExpressionAttributeValues: {
        ":one": { N: "1" },
        ":limit": { N: String(count) },
        ":expires": { N: String(start + seconds + 3600) },
      },
    });
    return null;
  } catch (error) {
    if (!(error instanceof AwsError) || error.code !== "ConditionalCheckFailedException") throw error;
    return Math.max(1, Math.ceil(start + seconds - nowSeconds));
  }
}
