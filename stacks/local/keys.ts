/** The owner's key: made once, in a 0600 file that `freehold cloud env` reads. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { readJson, writeDurably } from "./files.ts";
import { uniqueId } from "./ids.ts";
import type { KeyRing } from "./service.ts";
import { same } from "./signature.ts";

export interface OwnerKey {
  accessKeyId: string;
  secretAccessKey: string;
}

export function ownerKey(dir: string): OwnerKey {
  const file = join(dir, "keys.json");
  const kept = readJson<OwnerKey>(file);
  if (kept) return kept;
  const key = { accessKeyId: uniqueId("FHLD", 16), secretAccessKey: randomBytes(30).toString("base64") };
  writeDurably(file, JSON.stringify(key));
  return key;
}

export function ownerRing(key: OwnerKey, accountId: string): KeyRing {
  const caller = { accessKeyId: key.accessKeyId, accountId, arn: `arn:aws:iam::${accountId}:root`, userId: accountId };
  return {
    find: (accessKeyId) =>
      same(accessKeyId, key.accessKeyId) ? { secretAccessKey: key.secretAccessKey, caller } : null,
  };
}
