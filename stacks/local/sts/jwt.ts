/** Tokens of OpenID providers on this computer: read, and their signature checked with the keys the provider serves. */
import { createPublicKey, type JsonWebKey, type KeyObject, verify } from "node:crypto";
import { ServiceError } from "../service.ts";
import type { PublicKey } from "./issuer.ts";

export interface Claims {
  iss: string;
  sub: string;
  aud: string | string[];
  azp?: string;
  /** Seconds since 1970. */
  exp: number;
  nbf?: number;
  amr?: string[];
}

const noToken = (): ServiceError =>
  new ServiceError(
    "InvalidIdentityToken",
    400,
    "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
  );

const noKey = (): ServiceError =>
  new ServiceError(
    "InvalidIdentityToken",
    400,
    "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
  );

/** Not yet verified. */
export function claimsOf(token: string): Claims {
  const claims = part(token, 1) as Partial<Claims>;
  const { iss, sub, aud, exp } = claims;
  if (typeof iss !== "string" || typeof sub !== "string" || typeof exp !== "number" || aud === undefined)
    throw noToken();
  return claims as Claims;
}

function part(token: string, index: number): Record<string, unknown> {
  const parts = token.split(".");
  if (parts.length !== 3) throw noToken();
  try {
    const value = JSON.parse(Buffer.from(parts[index]!, "base64url").toString("utf8"));
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // Said below.
  }
  throw noToken();
}

const algorithms: Readonly<Record<string, { hash: string; type: string }>> = {
  RS256: { hash: "sha256", type: "rsa" },
  RS384: { hash: "sha384", type: "rsa" },
  RS512: { hash: "sha512", type: "rsa" },
  ES256: { hash: "sha256", type: "ec" },
  ES384: { hash: "sha384", type: "ec" },
  ES512: { hash: "sha512", type: "ec" },
};

/** Throws InvalidIdentityToken unless one of these keys, the issuer's, made the signature. */
export function verifySignature(token: string, issued: readonly PublicKey[]): void {
  const { alg, kid } = part(token, 0);
  const algorithm = typeof alg === "string" && Object.hasOwn(algorithms, alg) ? algorithms[alg] : undefined;
  if (!algorithm) throw noToken();
  const [header = "", payload = "", signature = ""] = token.split(".");
  const content = Buffer.from(`${header}.${payload}`);
  const keys = issued.filter((key) => kid === undefined || key["kid"] === kid);
  const good = keys.some((jwk) => {
    const key = publicKey(jwk);
    if (key?.asymmetricKeyType !== algorithm.type) return false;
    const options = { key, dsaEncoding: "ieee-p1363" as const };
    return verify(algorithm.hash, content, options, Buffer.from(signature, "base64url"));
  });
  if (good) return;
  throw keys.length === 0
    ? noKey()
    : new ServiceError(
        "InvalidIdentityToken",
        400,
        "The ID Token provided is not valid: its signature does not match.",
      );
}

function publicKey(jwk: JsonWebKey): KeyObject | undefined {
  try {
    return createPublicKey({ key: jwk, format: "jwk" });
  } catch {
    return undefined;
  }
}

/** Loopback only: a token must not make the cloud ask anyone else. */
function onThisComputer(address: string): boolean {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  return url !== undefined && /^(127\.0\.0\.1|localhost|.+\.localhost)$/.test(url.hostname);
}

const waitMs = 5_000;
const maxAnswerBytes = 256 * 1024;

/** Asks an issuer on this computer. Throws InvalidIdentityToken when there is none, or it says that it is another. */
export async function keysOf(issuer: string): Promise<PublicKey[]> {
  try {
    const { issuer: itself, jwks_uri } = await ask(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`);
    if (itself !== issuer) throw noKey();
    const { keys } = await ask(String(jwks_uri));
    return Array.isArray(keys) ? keys : [];
  } catch {
    throw noKey();
  }
}

async function ask(address: string): Promise<any> {
  if (!onThisComputer(address)) throw noKey();
  const answer = await fetch(address, { redirect: "error", signal: AbortSignal.timeout(waitMs) });
  const text = await answer.text();
  if (!answer.ok || text.length > maxAnswerBytes) throw noKey();
  return JSON.parse(text);
}
