/** `grant ls` in plain text. */
import type { GrantListDocument } from "../commands/grant-ls.ts";
import { columns } from "../ui/table.ts";

export function plain({ cloud, grants }: GrantListDocument): string {
  if (grants.length === 0) return `No app here in ${cloud} asks for more than its own things.`;
  return columns(
    grants.map(({ app, what, means, held }) => [app, what, held ? means : `taken back; it ${means} no more`]),
  );
}
