/** One-use links of the owner's: what is stored is the digest, so that reading the table lets nobody in. */
import type { Cloud } from "../cloud.ts";
import { type LinkRow, lives, newToken, rowId } from "../functions/shared/rows.ts";
import { dynamodb, guarded } from "./clients.ts";
import type { FoundationOutputs } from "./types.ts";

/** `app` is where it leads afterwards. */
export async function mintLink(
  cloud: Cloud,
  foundation: FoundationOutputs,
  { app, purpose = "open" }: { app?: string; purpose?: LinkRow["purpose"] },
): Promise<string> {
  const token = newToken();
  const expires = Math.floor(Date.now() / 1000) + lives.link;
  await guarded(cloud, async () => {
    const { sdk, client } = await dynamodb(cloud);
    await client.send(
      new sdk.PutItemCommand({
        TableName: foundation.accessTable,
        Item: {
          id: { S: rowId.link(token) },
          purpose: { S: purpose },
          ...(app === undefined ? {} : { app: { S: app } }),
          expires: { N: String(expires) },
        },
      }),
    );
  });
  return new URL(`/link?link=${token}`, foundation.signinUrl).href;
}
