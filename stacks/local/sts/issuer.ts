/**
 * The cloud's own OpenID issuer, so that web identity can be tried with nothing else: its discovery document and public
 * keys are for everybody on this computer, tokens for the owner's key alone. It signs nobody in.
 */
import { createPrivateKey, type JsonWebKey, randomUUID, sign } from "node:crypto";
import { readAll } from "../protocols/aws-json.ts";
import type { Call, LocalCloud, Reply } from "../service.ts";
import { longestTokenSeconds, openIssuerKeys } from "./issuer-keys.ts";

const base = "/_freehold/issuer";
const defaultSeconds = 300;
const shortestSeconds = 60;
const maxBodyBytes = 16 * 1024;
const algorithm = "RS256";

export type PublicKey = JsonWebKey & { kid?: string };

export interface Issuer {
  /** `http://127.0.0.1:PORT/_freehold/issuer` */
  url(): string;
  publicKeys(): Promise<PublicKey[]>;
  /** Only at the cloud's own address: below every other host an app has all paths. */
  claims(host: string, path: string): boolean;
  handle(call: Call): Promise<Reply>;
}

/** What a token is asked for with. */
interface Question {
  subject: string;
  audience: string;
  seconds: number;
}

export function openIssuer(cloud: LocalCloud): Issuer {
  const keys = openIssuerKeys(cloud);
  const url = (): string => `${cloud.endpoint()}${base}`;
  const publicKeys = async (): Promise<PublicKey[]> =>
    (await keys.known()).map(({ kid, jwk: { kty, n, e } }) => ({ kty, n, e, kid, use: "sig", alg: algorithm }));

  async function mint({ subject, audience, seconds }: Question): Promise<object> {
    const { kid, jwk } = (await keys.known()).at(-1)!;
    const iat = Math.floor(cloud.clock.now() / 1000);
    const exp = iat + seconds;
    const claims = { iss: url(), sub: subject, aud: audience, iat, nbf: iat, exp, jti: randomUUID() };
    const content = [{ alg: algorithm, kid, typ: "JWT" }, claims].map(encoded).join(".");
    const signature = sign("sha256", Buffer.from(content), createPrivateKey({ key: jwk, format: "jwk" }));
    return { token: `${content}.${signature.toString("base64url")}`, expiresAt: new Date(exp * 1000).toISOString() };
  }

  /** For everybody. */
  const documents: Readonly<Record<string, () => object | Promise<object>>> = {
    "/.well-known/openid-configuration": () => ({
      issuer: url(),
      jwks_uri: `${url()}/keys`,
      response_types_supported: ["id_token"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: [algorithm],
    }),
    "/keys": async () => ({ keys: await publicKeys() }),
  };
  /** For the owner. */
  const actions: Readonly<Record<string, (call: Call) => Promise<object>>> = {
    "/token": async (call) => mint(questionOf(await readAll(call, maxBodyBytes))),
    "/rotate": async () => ({ kid: await keys.rotate() }),
  };

  return {
    url,
    publicKeys,
    claims: (host, path) => path.startsWith(`${base}/`) && /^(127\.0\.0\.1|localhost)$/.test(host),
    async handle(call) {
      const at = call.path.slice(base.length);
      const table = call.method === "GET" ? documents : call.method === "POST" ? actions : {};
      const answer = Object.hasOwn(table, at) ? table[at] : undefined;
      if (!answer) return json(404, { message: `The issuer has no ${call.method} ${at}.` });
      if (table === actions && !isOwner(call))
        return json(403, { message: "Tokens of this issuer are for the owner's key alone, which must sign the call." });
      try {
        return json(200, await answer(call));
      } catch (error) {
        if (error instanceof BadQuestion) return json(400, { message: error.message });
        throw error;
      }
    },
  };
}

class BadQuestion extends Error {}

const encoded = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");

/** Its key itself: what it lent to others, a session token for example, signs no identities. */
const isOwner = ({ caller, accountId }: Call): boolean =>
  caller !== null && caller.session === undefined && caller.arn === `arn:aws:iam::${accountId}:root`;

function questionOf(body: string): Question {
  let said: unknown;
  try {
    said = JSON.parse(body);
  } catch {
    throw new BadQuestion("The body must be JSON: subject, audience and, if you like, seconds.");
  }
  const { subject, audience, seconds = defaultSeconds, ...rest } = (said ?? {}) as Partial<Question>;
  const [other] = Object.keys(rest);
  if (other !== undefined) throw new BadQuestion(`${other} is not taken: subject, audience and seconds are.`);
  for (const [name, value] of Object.entries({ subject, audience }))
    if (typeof value !== "string" || value === "" || value.length > 255)
      throw new BadQuestion(`${name} must be text of 1 to 255 letters.`);
  if (!Number.isInteger(seconds) || seconds < shortestSeconds || seconds > longestTokenSeconds)
    throw new BadQuestion(`seconds must be between ${shortestSeconds} and ${longestTokenSeconds}.`);
  return { subject, audience, seconds } as Question;
}

const json = (status: number, body: object): Reply => ({
  status,
  headers: { "content-type": "application/json", "cache-control": "no-store" },
  body: JSON.stringify(body),
});
