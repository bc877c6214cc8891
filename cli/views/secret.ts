/** The `secret` commands in plain text: names, never values. */
import type { SecretDocument } from "../commands/secret-set.ts";

export function plain({ app, secrets, waiting }: SecretDocument): string {
  const lines = secrets.length === 0 ? [`${app} has no secrets set.`] : secrets.map((name) => `${name} is set`);
  if (waiting) lines.push(`${app} is not installed: its first up finds this.`);
  if (waiting?.near) lines.push(`Did you mean ${waiting.near}? Then: freehold secret rm ${app} ${secrets.at(-1)}`);
  return lines.join("\n");
}
