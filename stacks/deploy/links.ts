/** One-use links: what is stored is the digest, so that reading the table lets nobody in. */
import { createHash, randomBytes } from "node:crypto";
import type { Cloud } from "../cloud.ts";
import { dynamodb, guarded } from "./clients.ts";
import type { FoundationOutputs } from "./types.ts";

const lifeSeconds = 600;

export async function mintLink(cloud: Cloud, foundation: FoundationOutputs, app: string, url: string): Promise<string> {
  const token = randomBytes(32).toString("base64url");
  const expires = Math.floor(Date.now() / 1000) + lifeSeconds;
  await guarded(cloud, async () => {
    const { sdk, client } = await dynamodb(cloud);
    await client.send(
      new sdk.PutItemCommand({
        TableName: foundation.linksTable,
        Item: {
          id: { S: createHash("sha256").update(token).digest("hex") },
          app: { S: app },
          expires: { N: String(expires) },
        },
      }),
    );
  });
  return new URL(`/.freehold/signin?link=${token}`, url).href;
}
