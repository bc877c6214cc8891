/** `cloud ls` and `cloud use` in plain text. */
import type { CloudsDocument } from "../commands/cloud-ls.ts";
import type { Paint } from "../ui/paint.ts";
import { columns } from "../ui/table.ts";

export function plain({ current, clouds }: CloudsDocument, paint: Paint): string {
  if (clouds.length === 0) return `No cloud yet.\n  ${paint.command("freehold setup")}`;
  const rows = clouds.map(({ name, target, region, accountId, port }) => [
    `${name === current ? ">" : " "} ${name}`,
    target,
    region,
    accountId,
    port ? `127.0.0.1:${port}` : "",
  ]);
  return columns(rows);
}
