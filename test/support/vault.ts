/** An app that cannot be without a secret, with a setting, a table and an open route: small, and quickly up. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const manifest = `freehold: 1
name: vault
version: 1.0.0
title: Vault
functions:
  api:
    code: api
    handler: index.handler
    runtime: nodejs24.x
    uses: { items: write }
tables: { items: { key: { id: string } } }
routes: { /: api, /open: { to: api, public: true } }
roles: { guest: "read only" }
settings:
  title: { type: string, label: Title, default: Vault }
  token: { type: secret, label: Token, required: true, pattern: "^ghp_" }
`;

/** Answers the folder, `DIR/vault`. */
export function writeVault(dir: string): string {
  const folder = join(dir, "vault");
  mkdirSync(join(folder, "api"), { recursive: true });
  writeFileSync(join(folder, "blueprint.yaml"), manifest);
  writeFileSync(
    join(folder, "api/index.mjs"),
    "export const handler = async () => ({ statusCode: 200, body: 'vault' });\n",
  );
  return folder;
}
