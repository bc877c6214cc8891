/** The `secret` commands in plain text: names, never values. */
import type { SecretDocument } from "../commands/secret-set.ts";
import type { Paint } from "../ui/paint.ts";

export function plain({ app, secrets, waiting }: SecretDocument, paint: Paint): string {
  const lines = secrets.length === 0 ? [`${app} has no secrets set.`] : secrets.map((name) => `${name} is set`);
  if (waiting) lines.push(`${app} is not installed: its first up finds this.`);
  const remove = paint.command(`freehold secret rm ${app} ${secrets.at(-1)}`);
  if (waiting?.near) lines.push(`Did you mean ${waiting.near}? Then: ${remove}`);
  return lines.join("\n");
}
