/**
 * Sessions that were signed out before their time: a row each in the cloud's table of links, under the token's hash,
 * until the session would have ended by itself. A copied cookie is worth nothing any more, at whichever gate it is
 * shown. When the table cannot be asked, nobody passes.
 */
import { createHash } from "node:crypto";
import { awsJson } from "../shared/aws-call.ts";
import { config } from "./config.ts";

/** The role may touch rows of this kind only (stacks/components/rights.ts). */
const idOf = (token: string): { S: string } => ({
  S: `signed-out/${createHash("sha256").update(token).digest("hex")}`,
});

export async function isSignedOut(token: string): Promise<boolean> {
  const { Item } = await awsJson("dynamodb", "GetItem", {
    TableName: config.links,
    Key: { id: idOf(token) },
    ConsistentRead: true,
  });
  return Item !== undefined;
}

/** `expires`: the session's own end, in seconds since 1970. */
export async function endSession(token: string, expires: number): Promise<void> {
  await awsJson("dynamodb", "PutItem", {
    TableName: config.links,
    Item: { id: idOf(token), expires: { N: String(expires) } },
  });
}
