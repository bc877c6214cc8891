/**
 * The salt of test stacks' passphrase, "p". A new one for each stack means a million rounds of hashing for each: most of
 * what these tests would do.
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const salt = "v1:s9H6CXMO44g=:v1:GaAAm9lAZgikZpcL:FUP/YFaFTZuPG3yM0kfwlNBMGZfalw==";

/** Leaves a stack that has settings already as it is. */
export function saltStack(dir: string, stack = "dev"): void {
  const file = join(dir, `Pulumi.${stack}.yaml`);
  if (existsSync(file)) return;
  mkdirSync(dir, { recursive: true });
  writeFileSync(file, `encryptionsalt: ${salt}\n`);
}
