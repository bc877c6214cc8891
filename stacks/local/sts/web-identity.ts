/**
 * AssumeRoleWithWebIdentity: a token of an identity provider instead of a signature. The provider is one that IAM knows,
 * and runs on this computer (issuer.ts is one): its keys are asked for on loopback only, no call leaves for the internet.
 */
import type { QueryInput } from "../protocols/aws-query.ts";
import type { XmlValue } from "../protocols/xml.ts";
import { type Call, type LocalCloud, type Need, ServiceError } from "../service.ts";
import { durationWithin, identityOf, isKnownYet, roleAt, trustOf } from "./assume-role.ts";
import { carriedOf } from "./inputs.ts";
import type { Issuer } from "./issuer.ts";
import { type Claims, claimsOf, keysOf, verifySignature } from "./jwt.ts";
import { credentialsXml, type Sessions } from "./sessions.ts";

interface Provider {
  arn: string;
  url: string;
  clients: string;
}

const badToken = (message: string): ServiceError => new ServiceError("InvalidIdentityToken", 400, message);

export function assumeRoleWithWebIdentity(cloud: LocalCloud, sessions: Sessions, own: Issuer) {
  return async (input: QueryInput, call: Call): Promise<XmlValue> => {
    const { RoleArn, RoleSessionName, WebIdentityToken } = input;
    const { policies, packedSize } = carriedOf(input, cloud.store.db);
    const claims = claimsOf(WebIdentityToken);
    const provider = providerOf(cloud, claims);
    const { iss } = claims;
    verifySignature(WebIdentityToken, await (iss === own.url() ? own.publicKeys() : keysOf(iss)));
    const audience = checkClaims(claims, provider, cloud.clock.now());
    const role = roleAt(cloud.store.db, RoleArn);
    const refused = new ServiceError("AccessDenied", 403, "Not authorized to perform sts:AssumeRoleWithWebIdentity");
    if (!role || !isKnownYet(cloud, role)) throw refused;
    const need: Need = {
      action: "sts:AssumeRoleWithWebIdentity",
      resource: role.arn,
      principal: { kind: "web-identity", provider: provider.arn },
      policy: () => trustOf(role),
      policyRequired: true,
      keys: () => ({ ...tokenKeys(provider, claims, audience), "sts:RoleSessionName": RoleSessionName }),
    };
    if (cloud.access.refusal(call, need) !== undefined) throw refused;
    const seconds = durationWithin(input.DurationSeconds, role);
    const { session, durable } = sessions.add(identityOf(cloud, role, RoleSessionName), seconds, {
      kind: "role",
      provider: provider.arn,
      ...(policies ? { policies } : {}),
    });
    await durable;
    return {
      Credentials: credentialsXml(session),
      SubjectFromWebIdentityToken: claims.sub,
      AssumedRoleUser: { AssumedRoleId: session.identity.userId, Arn: session.identity.arn },
      PackedPolicySize: packedSize,
      Provider: provider.arn,
      Audience: audience,
    };
  };
}

function providerOf({ store, options }: LocalCloud, { iss }: Claims): Provider {
  const url = iss.replace(/^https?:\/\//, "").replace(/\/$/, "");
  const arn = `arn:aws:iam::${options.accountId}:oidc-provider/${url}`;
  const found = store.db.prepare("SELECT arn, url, clients FROM iam_oidc_providers WHERE arn = ?").get(arn);
  if (!found) throw badToken(`No OpenIDConnect provider found in your account for ${iss}`);
  return found as unknown as Provider;
}

/** Answers the audience that the provider knows. */
function checkClaims({ exp, nbf, aud, azp }: Claims, { clients }: Provider, now: number): string {
  const seconds = Math.floor(now / 1000);
  if (exp <= seconds)
    throw new ServiceError(
      "ExpiredTokenException",
      400,
      `Token expired: current date/time ${seconds} must be before the expiration date/time ${exp}`,
    );
  if (nbf !== undefined && nbf > seconds + 300) throw badToken("Token must not be used before its nbf");
  const known = JSON.parse(clients) as string[];
  const found = [azp ?? [], aud].flat().find((client) => known.includes(client));
  if (found === undefined) throw badToken("Incorrect token audience");
  return found;
}

function tokenKeys({ url }: Provider, { sub, aud, amr }: Claims, audience: string) {
  return {
    [`${url}:sub`]: sub,
    [`${url}:aud`]: audience,
    [`${url}:oaud`]: [aud].flat(),
    [`${url}:amr`]: amr,
  };
}
