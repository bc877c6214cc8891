import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { createServer, type Server } from "node:http";
import { CreateOpenIDConnectProviderCommand, IAMClient } from "@aws-sdk/client-iam";
import {
  AssumeRoleWithWebIdentityCommand,
  type AssumeRoleWithWebIdentityCommandInput,
  GetCallerIdentityCommand,
  STSClient,
} from "@aws-sdk/client-sts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createRole, trust } from "../../../support/identity.ts";
import { listen } from "../../../support/listen.ts";
import { startTestCloud, type TestCloud } from "../../../support/local-cloud.ts";

let cloud: TestCloud;
let issuer: string;
let server: Server;
const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
const strangers = generateKeyPairSync("ec", { namedCurve: "P-256" });
const audience = "my-client";

/** A provider as a company or a build service runs one: its discovery document, and its keys. */
beforeAll(async () => {
  cloud = await startTestCloud({ checked: true });
  server = createServer((request, response) => {
    const body =
      request.url === "/.well-known/openid-configuration"
        ? { issuer, jwks_uri: `${issuer}/keys` }
        : { keys: [{ ...keys.publicKey.export({ format: "jwk" }), kid: "one" }] };
    response.setHeader("content-type", "application/json").end(JSON.stringify(body));
  });
  issuer = await listen(server);
  await new IAMClient(cloud.config).send(
    new CreateOpenIDConnectProviderCommand({ Url: issuer, ClientIDList: [audience] }),
  );
});
afterAll(async () => {
  server.close();
  await cloud.close();
});

function token(claims: object = {}, key: KeyObject = keys.privateKey): string {
  const seconds = Math.floor(Date.now() / 1000);
  const said = { iss: issuer, sub: "repo:me/app", aud: audience, exp: seconds + 300, iat: seconds, ...claims };
  const content = [{ alg: "ES256", kid: "one", typ: "JWT" }, said]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  const signature = sign("sha256", Buffer.from(content), { key, dsaEncoding: "ieee-p1363" });
  return `${content}.${signature.toString("base64url")}`;
}

const provider = (): string => issuer.replace("http://", "");

const federated = (subject: string): string =>
  trust(
    { Federated: `arn:aws:iam::${cloud.accountId}:oidc-provider/${provider()}` },
    {
      Action: "sts:AssumeRoleWithWebIdentity",
      Condition: { StringEquals: { [`${provider()}:sub`]: subject, [`${provider()}:aud`]: audience } },
    },
  );

/** Without keys: the token is all that the caller has. */
function assume(RoleArn: string, WebIdentityToken: string, more: Partial<AssumeRoleWithWebIdentityCommandInput> = {}) {
  const { endpoint, region } = cloud;
  return new STSClient({ endpoint, region, maxAttempts: 1 }).send(
    new AssumeRoleWithWebIdentityCommand({ RoleArn, WebIdentityToken, RoleSessionName: "build", ...more }),
  );
}

// A build service's way in: no key of the account, a token that its provider signed.
test("a token of a known provider becomes a session of the role", async () => {
  const role = await createRole(cloud, federated("repo:me/app"));
  const answer = await assume(role, token());
  expect(answer).toMatchObject({
    SubjectFromWebIdentityToken: "repo:me/app",
    Audience: audience,
    Provider: `arn:aws:iam::${cloud.accountId}:oidc-provider/${provider()}`,
  });
  const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = answer.Credentials ?? {};
  const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  const who = await new STSClient({ ...cloud.config, credentials }).send(new GetCallerIdentityCommand({}));
  expect(who.Arn).toBe(`arn:aws:sts::${cloud.accountId}:assumed-role/${role.split("/").at(-1)}/build`);
});

// Each of them would be somebody else's way in.
test("no other token is taken", async () => {
  const role = await createRole(cloud, federated("repo:me/app"));
  const seconds = Math.floor(Date.now() / 1000);
  const refusals: [string, string, RegExp][] = [
    ["AccessDenied", token({ sub: "repo:you/app" }), /^Not authorized to perform sts:AssumeRoleWithWebIdentity$/],
    ["InvalidIdentityTokenException", token({ aud: "another" }), /audience/],
    ["InvalidIdentityTokenException", token({ iss: "http://127.0.0.1:1" }), /No OpenIDConnect provider found/],
    ["InvalidIdentityTokenException", token({}, strangers.privateKey), /signature/],
    ["InvalidIdentityTokenException", "no.token.at-all", /not a valid JWT/],
    ["ExpiredTokenException", token({ exp: seconds - 1 }), /Token expired/],
  ];
  for (const [name, given, message] of refusals)
    await expect(assume(role, given)).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
  await expect(assume(await createRole(cloud, trust({ AWS: cloud.accountId })), token())).rejects.toMatchObject({
    name: "AccessDenied",
  });
});

// Unsigned calls end here: every other operation wants a signature.
test("nothing else of STS is answered without a signature", async () => {
  const answer = await fetch(cloud.endpoint, {
    method: "POST",
    body: new URLSearchParams({ Action: "GetCallerIdentity", Version: "2011-06-15" }),
  });
  expect([answer.status, (await answer.text()).includes("MissingAuthenticationToken")]).toEqual([403, true]);
});
