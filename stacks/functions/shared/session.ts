/**
 * A session: who somebody is at one app of one cloud, until when, signed by the sign-in function with Ed25519 and
 * checked anywhere with the public half. `v1.PAYLOAD.SIGNATURE`, both base64url; the signature is over `v1.PAYLOAD`.
 */
import { type KeyObject, sign, verify } from "node:crypto";

export interface Session {
  /** `home/notes`: good there and nowhere else. */
  aud: string;
  /** `owner` */
  sub: string;
  role: string;
  /** Seconds since 1970. */
  iat: number;
  exp: number;
}

export const sessionSeconds = 24 * 3600;
/** Clocks may differ by this much. */
const skewSeconds = 60;

export function issue(session: Session, privateKey: KeyObject): string {
  const signedPart = `v1.${Buffer.from(JSON.stringify(session)).toString("base64url")}`;
  return `${signedPart}.${sign(null, Buffer.from(signedPart), privateKey).toString("base64url")}`;
}

/** One spelling of base64url: a signature that can be written in two ways can be changed and still passes. */
const isCanonical = (text: string): boolean => Buffer.from(text, "base64url").toString("base64url") === text;

/** Null for whatever is not a session for this audience now. */
export function check(token: string, audience: string, publicKey: KeyObject, nowSeconds: number): Session | null {
  const parts = token.split(".");
  if (parts.length !== 3 || parts[0] !== "v1" || token.length > 2048) return null;
  const [version, payload, signature] = parts as [string, string, string];
  if (!isCanonical(payload) || !isCanonical(signature)) return null;
  if (!verify(null, Buffer.from(`${version}.${payload}`), publicKey, Buffer.from(signature, "base64url"))) return null;
  const session = JSON.parse(Buffer.from(payload, "base64url").toString("utf8")) as Session;
  if (session.aud !== audience) return null;
  if (!(session.exp > nowSeconds) || !(session.iat <= nowSeconds + skewSeconds)) return null;
  return session;
}
