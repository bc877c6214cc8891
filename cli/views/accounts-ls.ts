/** `accounts ls` in plain text. */
import type { AccountsDocument } from "../commands/accounts-ls.ts";
import { safeText } from "../safe-text.ts";
import type { Paint } from "../ui/paint.ts";
import { columns } from "../ui/table.ts";

export function plain({ organization, accounts }: AccountsDocument, paint: Paint): string {
  if (organization === null)
    return `No organization yet.\n  ${paint.command("freehold accounts new NAME --email E --create-organization")}`;
  return columns(
    accounts.map(({ name, accountId, state, manages, made, cloud, joinedAt, email }) => [
      safeText(made ?? name),
      accountId,
      state.toLowerCase().replaceAll("_", " "),
      cloud === null ? (made === undefined ? "" : "cloud not on this computer") : `cloud ${cloud}`,
      // Of one that is closed nothing is recorded any more.
      manages ? "pays" : made === undefined && state === "ACTIVE" ? "not made here" : "",
      joinedAt?.slice(0, 10) ?? "",
      safeText(email),
    ]),
  );
}
