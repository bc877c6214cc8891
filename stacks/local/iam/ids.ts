/** IAM's unique ids: a prefix that says the kind, then 17 letters and digits. */
import { randomBytes } from "node:crypto";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

export function uniqueId(prefix: "AROA" | "ANPA" | "ASIA", length = 17): string {
  return prefix + [...randomBytes(length)].map((byte) => alphabet[byte % 32]).join("");
}
