/** Ids as AWS forms them: a prefix that says the kind, then letters and digits. */
import { randomBytes } from "node:crypto";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

export function uniqueId(prefix: "AROA" | "AIDA" | "AGPA" | "ANPA" | "AKIA" | "ASIA" | "FHLD", length = 17): string {
  return prefix + [...randomBytes(length)].map((byte) => alphabet[byte % 32]).join("");
}
