/** Web identity: tokens of an issuer that a test plays, and of the cloud's own. */
import { createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { CreateOpenIDConnectProviderCommand, IAMClient } from "@aws-sdk/client-iam";
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  type AssumeRoleWithWebIdentityCommandInput,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  STSClient,
} from "@aws-sdk/client-sts";
import { fromWebToken } from "@aws-sdk/credential-providers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { movableClock } from "../../../support/clock.ts";
import { allow, createRole, createUser, trust } from "../../../support/identity.ts";
import { listen } from "../../../support/listen.ts";
import { startTestCloud, type TestCloud } from "../../../support/local-cloud.ts";
import { type Signer, send, sha256, signed } from "../../../support/raw-http.ts";

const clock = movableClock();
let cloud: TestCloud;
let issuer: string;
let server: Server;
const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
const strangers = generateKeyPairSync("ec", { namedCurve: "P-256" });
const audience = "my-client";

/** A provider as a company or a build service runs one: its discovery document, and its keys. */
beforeAll(async () => {
  cloud = await startTestCloud({ checked: true, clock });
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

describe("the cloud's own issuer", () => {
  let address: string;
  beforeAll(async () => {
    address = `${cloud.endpoint}/_freehold/issuer`;
    await new IAMClient(cloud.config).send(
      new CreateOpenIDConnectProviderCommand({ Url: address, ClientIDList: [audience] }),
    );
  });

  const host = (): string => address.replace("http://", "");
  const trusting = (subject: string): string =>
    trust(
      { Federated: `arn:aws:iam::${cloud.accountId}:oidc-provider/${host()}` },
      { Action: "sts:AssumeRoleWithWebIdentity", Condition: { StringEquals: { [`${host()}:sub`]: subject } } },
    );
  async function asked(at: string, said: object, keys: Signer = cloud.credentials): Promise<[number, any]> {
    const request = { port: cloud.port, method: "POST", path: `/_freehold/issuer${at}`, body: JSON.stringify(said) };
    const { headers } = signed(keys, request, sha256(request.body), { service: "sts" });
    const { status, text } = await send({ ...request, headers });
    return [status, text.startsWith("{") ? JSON.parse(text) : text];
  }
  const minted = async (said: object): Promise<string> =>
    (await asked("/token", { subject: "repo:me/app", audience, ...said }))[1].token;
  const known = async (): Promise<any[]> => ((await (await fetch(`${address}/keys`)).json()) as { keys: any[] }).keys;
  const forged = (content: [object, object], made: (content: Buffer) => Buffer): string => {
    const text = content.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
    return `${text}.${made(Buffer.from(text)).toString("base64url")}`;
  };
  const partsOf = (token: string): [any, any] =>
    token.split(".", 2).map((part) => JSON.parse(Buffer.from(part, "base64url").toString())) as [any, any];

  // What it is for: nothing else has to run, and the SDK's own provider of credentials finds its way.
  test("a token that the owner asked for is a way into the role that trusts its subject, and into no other", async () => {
    const token = await minted({});
    const roleArn = await createRole(cloud, trusting("repo:me/app"));
    const { endpoint, region } = cloud;
    const clientConfig = { endpoint, region };
    const credentials = fromWebToken({ roleArn, webIdentityToken: token, roleSessionName: "build", clientConfig });
    const who = await new STSClient({ ...cloud.config, credentials }).send(new GetCallerIdentityCommand({}));
    expect(who.Arn).toBe(`arn:aws:sts::${cloud.accountId}:assumed-role/${roleArn.split("/").at(-1)}/build`);
    const other = await createRole(cloud, trusting("repo:you/app"));
    await expect(assume(other, token)).rejects.toMatchObject({ name: "AccessDenied" });
  });

  // Clients of other makers find the keys by the document, and check the issuer's name.
  test("is described and checked as OpenID says", async () => {
    const document = (await (await fetch(`${address}/.well-known/openid-configuration`)).json()) as any;
    expect(document).toMatchObject({ issuer: address, jwks_uri: `${address}/keys` });
    const [header, claims] = partsOf(await minted({ seconds: 60 }));
    const [key] = await known();
    expect(Object.keys(key).sort()).toEqual(["alg", "e", "kid", "kty", "n", "use"]);
    expect(header).toEqual({ alg: "RS256", kid: key.kid, typ: "JWT" });
    expect(claims).toMatchObject({ iss: address, sub: "repo:me/app", aud: audience });
    expect(claims.exp - claims.iat).toBe(60);
  });

  // Each of them would be somebody else's way in.
  test("no other token passes for its own", async () => {
    const role = await createRole(cloud, trusting("repo:me/app"));
    const [header, claims] = partsOf(await minted({}));
    const stranger = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const [{ n }] = (await known()) as [{ n: string }];
    const refusals: [string, RegExp, string][] = [
      ["InvalidIdentityTokenException", /audience/, await minted({ audience: "another" })],
      [
        "InvalidIdentityTokenException",
        /signature/,
        forged([header, claims], (text) => sign("sha256", text, stranger.privateKey)),
      ],
      [
        "InvalidIdentityTokenException",
        /not a valid JWT/,
        forged([{ ...header, alg: "none" }, claims], () => Buffer.alloc(0)),
      ],
      // The public key as a shared secret: the classic.
      [
        "InvalidIdentityTokenException",
        /not a valid JWT/,
        forged([{ ...header, alg: "HS256" }, claims], (text) => createHmac("sha256", n).update(text).digest()),
      ],
      [
        "InvalidIdentityTokenException",
        /signature|key/,
        forged([{ ...header, kid: "one", alg: "ES256" }, claims], (text) =>
          sign("sha256", text, { key: keys.privateKey, dsaEncoding: "ieee-p1363" }),
        ),
      ],
      [
        "InvalidIdentityTokenException",
        /No OpenIDConnect provider found/,
        forged([header, { ...claims, iss: `${cloud.endpoint}/else` }], (text) =>
          sign("sha256", text, stranger.privateKey),
        ),
      ],
    ];
    for (const [name, message, token] of refusals)
      await expect(assume(role, token)).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
    const good = await minted({ seconds: 60 });
    clock.move(61_000);
    await expect(assume(role, good)).rejects.toMatchObject({ name: "ExpiredTokenException" });
  });

  // An identity is the owner's to give: not a user's, not a role's, and no app's that has the cloud's address.
  test("gives tokens to the owner's key alone", async () => {
    const role = await createRole(cloud, trust({ AWS: cloud.accountId }), [allow("*")]);
    const { Credentials } = await new STSClient(cloud.config).send(
      new AssumeRoleCommand({ RoleArn: role, RoleSessionName: "app" }),
    );
    const session = await new STSClient(cloud.config).send(new GetSessionTokenCommand({}));
    const lent = [Credentials, session.Credentials].map((keys) => ({
      ...{ accessKeyId: keys!.AccessKeyId!, secretAccessKey: keys!.SecretAccessKey! },
      sessionToken: keys!.SessionToken!,
    }));
    const said = { subject: "repo:me/app", audience };
    const user = (await createUser(cloud, allow("*"))).config.credentials;
    for (const keys of [user, ...lent])
      for (const path of ["/token", "/rotate"]) expect((await asked(path, said, keys))[0]).toBe(403);
    const wrong = { ...cloud.credentials, secretAccessKey: "wrong" };
    expect((await fetch(`${address}/token`, { method: "POST", body: JSON.stringify(said) })).status).toBe(403);
    expect(await asked("/token", said, wrong)).toEqual([403, expect.stringContaining("SignatureDoesNotMatch")]);
  });

  // Below an app's own host every path is the app's: it must not be answered for, nor answer for the issuer.
  test("is at the cloud's own address, and a name below it is none", async () => {
    const path = "/_freehold/issuer/.well-known/openid-configuration";
    const below = await send({ port: cloud.port, path, headers: { host: `notes--home.localhost:${cloud.port}` } });
    expect(below.text).not.toContain("jwks_uri");
    const app = createServer((_, response) =>
      response.end(JSON.stringify({ issuer: address, jwks_uri: `${address}/keys` })),
    );
    const pretender = await listen(app);
    await new IAMClient(cloud.config).send(
      new CreateOpenIDConnectProviderCommand({ Url: pretender, ClientIDList: [audience] }),
    );
    const role = await createRole(
      cloud,
      trust(
        { Federated: `arn:aws:iam::${cloud.accountId}:oidc-provider/${pretender.replace("http://", "")}` },
        { Action: "sts:AssumeRoleWithWebIdentity" },
      ),
    );
    await expect(assume(role, token({ iss: pretender }))).rejects.toMatchObject({
      message: expect.stringMatching(/verification key/),
    });
    app.close();
  });

  // A wrong question is answered in words, and makes nothing.
  test.each([
    ["no subject", { subject: "" }, /subject must be text/],
    ["no audience", { audience: undefined }, /audience must be text/],
    ["a day", { seconds: 86_400 }, /between 60 and 3600/],
    ["more than it can", { groups: ["admin"] }, /groups is not taken/],
  ])("refuses %s", async (_, more, message) => {
    const [status, body] = await asked("/token", { subject: "s", audience, ...more });
    expect([status, body.message]).toEqual([400, expect.stringMatching(message)]);
  });

  // Keys that may be known to others must go; what they signed a moment ago is good until it ends.
  test("exchanges its key, and forgets the old one an hour later", async () => {
    const role = await createRole(cloud, trusting("repo:me/app"));
    const before = await minted({ seconds: 3600 });
    const [old] = await known();
    const [status, { kid }] = await asked("/rotate", {});
    expect(status).toBe(200);
    expect((await known()).map((key) => key.kid)).toEqual([old.kid, kid]);
    expect(partsOf(await minted({}))[0].kid).toBe(kid);
    await assume(role, before);
    const file = join(cloud.dir, "issuer.json");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(file, "utf8")).keys).toHaveLength(2);
    clock.move(3_600_000);
    expect((await known()).map((key) => key.kid)).toEqual([kid]);
  });
});
