/** `grant ls` in plain text. */
import { onlyGiven } from "../../blueprints/cloud-grant.ts";
import type { GrantListDocument } from "../commands/grant-ls.ts";
import type { Paint } from "../ui/paint.ts";
import { columns } from "../ui/table.ts";

export function plain({ cloud, grants }: GrantListDocument, paint: Paint): string {
  if (grants.length === 0) return `No app here in ${cloud} asks for more than its own things.`;
  return columns(
    grants.map(({ app, what, means, held }) => [app, what, held ? means : lacking(app, what, means, paint)]),
  );
}

const lacking = (app: string, what: string, means: string, paint: Paint): string =>
  onlyGiven.includes(what)
    ? `not given; it ${means} after ${paint.command(`freehold grant add ${app} ${what}`)}`
    : `taken back; it ${means} no more`;
