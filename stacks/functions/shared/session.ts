/**
 * A session's token: who somebody is at one site of one cloud, until when, signed by the sign-in function with Ed25519
 * and checked anywhere with the public half. `v2.KID.PAYLOAD.SIGNATURE`; KID names the key (16 hex), the other two are
 * base64url; the signature is over `v2.KID.PAYLOAD`. Whether the session still stands is not in it: that is its row.
 */
import { createHash, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { lives } from "./rows.ts";

export interface Session {
  /** `home/notes`, or `home/signin` of the sign-in site: good there and nowhere else. */
  aud: string;
  /** `owner`, or `guest/ID`. */
  sub: string;
  role: string;
  /** Of the row `session/SID`; without the row this is worth nothing. */
  sid: string;
  /** Seconds since 1970. */
  iat: number;
  exp: number;
}

export const sessionSeconds = lives.session;
/** Clocks may differ by this much. */
const skewSeconds = 60;
const longest = 2048;

/** Of the public half (SPKI, DER, base64): the name it has in tokens and in the row `signing/KID`. */
export function kidOf(publicKey: string): string {
  return createHash("sha256").update(Buffer.from(publicKey, "base64")).digest("hex").slice(0, 16);
}

/** SPKI, DER, base64. */
export const publicHalf = (privateKey: KeyObject): string =>
  createPublicKey(privateKey).export({ format: "der", type: "spki" }).toString("base64");

/** Throws when the text is no such key. */
export const publicKeyOf = (spki: string): KeyObject =>
  createPublicKey({ key: Buffer.from(spki, "base64"), format: "der", type: "spki" });

export function issue(session: Session, kid: string, privateKey: KeyObject): string {
  const signedPart = `v2.${kid}.${Buffer.from(JSON.stringify(session)).toString("base64url")}`;
  return `${signedPart}.${sign(null, Buffer.from(signedPart), privateKey).toString("base64url")}`;
}

/** One spelling of base64url: a signature that can be written in two ways can be changed and still passes. */
const isCanonical = (text: string): boolean => Buffer.from(text, "base64url").toString("base64url") === text;

function partsOf(token: string): [kid: string, payload: string, signature: string] | null {
  if (token.length > longest) return null;
  const parts = token.split(".");
  if (parts.length !== 4 || parts[0] !== "v2" || !/^[0-9a-f]{16}$/.test(parts[1]!)) return null;
  return [parts[1]!, parts[2]!, parts[3]!];
}

/** Which key the token says it is signed with; null for what is no token. Nothing of it is true yet. */
export const kidOfToken = (token: string): string | null => partsOf(token)?.[0] ?? null;

/** Null for whatever is not a session for this audience now; `publicKey` is the one that the token names. */
export function check(token: string, audience: string, publicKey: KeyObject, nowSeconds: number): Session | null {
  const [kid, payload, signature] = partsOf(token) ?? [];
  if (!kid || !payload || !signature || !isCanonical(payload) || !isCanonical(signature)) return null;
  if (!verify(null, Buffer.from(`v2.${kid}.${payload}`), publicKey, Buffer.from(signature, "base64url"))) return null;
  const session = JSON.parse(Buffer.from(payload, "base64url").toString("utf8")) as Session;
  if (session.aud !== audience) return null;
  if (!(session.exp > nowSeconds) || !(session.iat <= nowSeconds + skewSeconds)) return null;
  return session;
}
