/**
 * Public halves of the keys that sessions are signed with: learned from the table when a token names one, and asked for
 * again, so that a key that was taken away is soon worth nothing.
 */
import type { KeyObject } from "node:crypto";
import { lives, rowId, type SigningRow } from "../shared/rows.ts";
import { publicKeyOf } from "../shared/session.ts";
import { readRow } from "./access-rows.ts";

/** A name nobody knows is asked about so seldom: anybody can make one up. */
const unknownSeconds = 10;
const mostKnown = 100;
const known = new Map<string, { key: KeyObject | null; until: number }>();

/** Null: no such key. Rejects when the table does not answer. */
export async function signingKey(kid: string, nowSeconds: number): Promise<KeyObject | null> {
  const found = known.get(kid);
  if (found && found.until > nowSeconds) return found.key;
  const row = await readRow<SigningRow>(rowId.signing(kid), nowSeconds);
  const key = row && publicKeyOf(row.publicKey);
  if (known.size >= mostKnown && !found) forgetUnknown();
  known.set(kid, { key, until: nowSeconds + (key ? lives.known : unknownSeconds) });
  return key;
}

/** What was made up goes first; real ones are a few. */
function forgetUnknown(): void {
  for (const [kid, { key }] of known) if (key === null) known.delete(kid);
  if (known.size >= mostKnown) known.clear();
}
