/** One-use links of the owner's: what is stored is the digest, so that reading the table lets nobody in. */
import type { Cloud } from "../cloud.ts";
import { type LinkRow, lives, newToken, rowId } from "../functions/shared/rows.ts";
import { nowSeconds, putRow } from "./access/table.ts";
import type { FoundationOutputs } from "./types.ts";

/** `app` is where it leads afterwards. Fault `access-not-yet` of a cloud that an older version set up. */
export async function mintLink(
  cloud: Cloud,
  { signinUrl }: Pick<FoundationOutputs, "signinUrl">,
  { app, purpose = "open" }: { app?: string; purpose?: LinkRow["purpose"] },
): Promise<string> {
  const token = newToken();
  const row: LinkRow = { purpose, app, expires: nowSeconds() + lives.link };
  await putRow(cloud, rowId.link(token), row);
  return new URL(`/link?link=${token}`, signinUrl).href;
}
