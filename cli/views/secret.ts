/** The `secret` commands in plain text: names, never values. */
import type { SecretDocument } from "../commands/secret-set.ts";

export function plain({ app, secrets }: SecretDocument): string {
  return secrets.length === 0 ? `${app} has no secrets set.` : secrets.map((name) => `${name} is set`).join("\n");
}
