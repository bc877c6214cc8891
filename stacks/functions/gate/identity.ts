/**
 * How an app learns who asks: plain headers, and the same signed for a minute as a JSON Web Token (HS256), with a key that
 * this app's gate and functions alone may read.
 */
import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import { awsJson } from "../shared/aws-call.ts";
import { config } from "./config.ts";
import type { Said } from "./passed-on.ts";
import type { Who } from "./who.ts";

const seconds = 60;
const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const header = encoded({ alg: "HS256", typ: "JWT" });

let key: Promise<KeyObject> | undefined;
/** What was signed last: within a second the same is said of the same person. */
let last = { part: "", signature: "" };

/** Read once. Called early, so that it comes while it is still being found out who asks; rejections show where it counts. */
export function identityKey(): Promise<KeyObject> {
  key ??= load().catch((error) => {
    key = undefined;
    throw error;
  });
  key.catch(() => undefined);
  return key;
}

async function load(): Promise<KeyObject> {
  const { Parameter } = await awsJson("ssm", "GetParameter", { Name: config.identityKey, WithDecryption: true });
  const { Value } = Parameter as { Value: string };
  // The text itself is the key: no language decodes it in its own way.
  return createSecretKey(Value, "utf8");
}

/** Null: a public route, and nobody in particular. */
export async function said(who: Who | null): Promise<Said> {
  const { sub, role, key: id } = who ?? { sub: "public", role: "public", key: undefined };
  const iat = Math.floor(Date.now() / 1000);
  const claims = { iss: config.cloud, aud: config.app, sub, role, ...(id && { key: id }), iat, exp: iat + seconds };
  const signedPart = `${header}.${encoded(claims)}`;
  if (last.part !== signedPart) last = { part: signedPart, signature: signatureOf(signedPart, await identityKey()) };
  return {
    "x-freehold-role": role,
    ...(who && { "x-freehold-user": sub }),
    ...(id && { "x-freehold-key": id }),
    "x-freehold-identity": `${signedPart}.${last.signature}`,
  };
}

const signatureOf = (text: string, secret: KeyObject): string =>
  createHmac("sha256", secret).update(text).digest("base64url");
