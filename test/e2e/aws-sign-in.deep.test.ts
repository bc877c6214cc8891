/**
 * A cloud in AWS by each way of signing in whose service is played here: IAM Identity Center, `aws login`, a token for web
 * identity, an instance's role. Each is found and told, sets a cloud up, and is refused when it leads to another account.
 * A sign-in that ends in the middle is renewed, or the command says how to sign in and goes on afterwards.
 */
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CreateOpenIDConnectProviderCommand, IAMClient } from "@aws-sdk/client-iam";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { accessKeysIn, accessKeysWritten, commandLines } from "../support/access-keys.ts";
import { startAwsWithBadDays, writeAws } from "../support/aws-setup.ts";
import { copyCounter } from "../support/counter.ts";
import { begun } from "../support/cut-off.ts";
import { changesOf, type Home, resultOf, root, withHome } from "../support/home.ts";
import { allow, createRole, createUser, trust } from "../support/identity.ts";
import { startMoto } from "../support/moto.ts";
import { partsOf, textOf } from "../support/oracle.ts";
import { send, sha256, signed } from "../support/raw-http.ts";
import { longMs, type SessionKeys, type SignInServices, startSignInServices } from "../support/sign-in-services.ts";
import { missing, motoServer } from "../support/tools.ts";

let aws: Awaited<ReturnType<typeof startAwsWithBadDays>>;
let services: SignInServices;
let home: Home;
/** Sessions that were handed out. */
const handed: SessionKeys[] = [];

beforeAll(async () => {
  aws = await startAwsWithBadDays();
  const person = await createUser(aws.cloud, allow("sts:AssumeRole"));
  const RoleArn = await createRole(aws.cloud, trust({ AWS: person.arn }), [allow("*")], { RoleName: "signed-in" });
  const sts = new STSClient(person.config);
  services = await startSignInServices(async () => {
    const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "ada" }));
    const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials!;
    handed.push({ accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey!, sessionToken: SessionToken! });
    return handed.at(-1)!;
  });
}, 60_000);
beforeEach(async () => {
  aws.proxy.plan([]);
  Object.assign(services.state, {
    asked: [],
    keysLastMs: 3_600_000,
    left: Number.POSITIVE_INFINITY,
    instance: "v2",
  });
  const env = { AWS_ENDPOINT_URL: aws.proxy.endpoint, AWS_EC2_METADATA_DISABLED: "true", ...services.env };
  home = await withHome({ env: { ...env, AWS_REGION: "eu-west-1" } });
});
afterEach(() => home?.close());
afterAll(async () => {
  await services?.close();
  await aws?.close();
});

const noNames = join(root, "test/support/fixtures/no-names.cjs");
const onInstance = (): void => {
  delete home.env["AWS_EC2_METADATA_DISABLED"];
  home.env["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = services.endpoint;
};

/** The local cloud's own issuer, as an identity provider of the account. */
const issuer = (): string => `${aws.cloud.endpoint}/_freehold/issuer`;
async function trusting(): Promise<string> {
  const host = issuer().replace("http://", "");
  await new IAMClient(aws.cloud.config).send(
    new CreateOpenIDConnectProviderCommand({ Url: issuer(), ClientIDList: ["sts.amazonaws.com"] }),
  );
  const Federated = `arn:aws:iam::${aws.cloud.accountId}:oidc-provider/${host}`;
  return createRole(aws.cloud, trust({ Federated }, { Action: "sts:AssumeRoleWithWebIdentity" }), [allow("*")]);
}
async function mintedToken(): Promise<string> {
  const body = JSON.stringify({ subject: "repo:me/app", audience: "sts.amazonaws.com" });
  const request = { port: aws.cloud.port, method: "POST", path: "/_freehold/issuer/token", body };
  const { headers } = signed(aws.cloud.credentials, request, sha256(body), { service: "sts" });
  return JSON.parse((await send({ ...request, headers })).text).token;
}

const setup = (name: string, ...more: string[]): string[] => ["setup", "--target", "aws", "--name", name, ...more];

/** Told with whose it is, sets a cloud up, can be used, is in no file; then leads elsewhere, and is refused. */
async function serves(name: string, flags: string[], told: RegExp, arn: string): Promise<void> {
  const shown = await home.attempt(...setup(name, ...flags), "--json");
  expect(shown.code).toBe(3);
  const events = shown.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const { plan } = events.find(({ type }) => type === "setup-plan");
  expect(plan).toMatchObject({ accountId: "123456789012", arn, way: expect.stringMatching(told) });
  expect(resultOf(await home.events(...setup(name, ...flags), "--yes"))).toMatchObject({ ok: true });
  expect((await home.json("status", "--cloud", name)).running).toBe(true);
  const { checks } = await home.json("doctor", "--cloud", name);
  const of = (id: string) => checks.find((one: { id: string }) => one.id === id);
  expect(of("aws-sign-in")).toMatchObject({ state: "ok" });
  expect(of("aws-identity").detail).toBe(`${arn} in eu-west-1.`);
  expect(of("aws-account")).toMatchObject({ state: "ok" });
  expect(of("aws-rights")).toMatchObject({ state: "ok" });
  // Each key that was handed out has the form that is looked for; none is in a file of ours, or was said.
  expect(accessKeysIn(handed.map(({ accessKeyId }) => accessKeyId).join("\n"))).toHaveLength(handed.length);
  const again = await home.attempt(...setup(name, ...flags), "--json");
  const said = [shown, again, await home.attempt("doctor", "--cloud", name, "--verbose")];
  expect(accessKeysIn(said.map(({ stdout, stderr }) => stdout + stderr).join("\n"))).toEqual([]);
  expect(await accessKeysWritten(home)).toEqual([]);
  const text = await textOf({ ...home, dir: join(home.dir, "freehold") });
  expect(
    handed.filter(({ secretAccessKey, sessionToken }) => text.includes(secretAccessKey) || text.includes(sessionToken)),
  ).toEqual([]);
  const edit = (body: string): string => body.replaceAll("123456789012", "999999999999");
  aws.proxy.plan([{ on: /GetCallerIdentity/, fault: { kind: "edit", edit }, times: Number.POSITIVE_INFINITY }]);
  for (const args of [["status", "--cloud", name], setup(name, ...flags)]) {
    const refused = await home.attempt(...args);
    expect(refused.stderr).toMatch(/account 123456789012; the credentials are of 999999999999/);
    expect(refused.code).toBe(6);
  }
}

const session = "arn:aws:sts::123456789012:assumed-role/signed-in/ada";

// Each of these is how somebody signs in every day; found and not usable, it is worth nothing.
describe("a cloud in AWS", { timeout: 120_000 }, () => {
  it("by IAM Identity Center: its token in a file", async () => {
    await writeAws(home, "config", services.ssoConfig);
    await services.signInToSso(home, longMs, false);
    await serves("sso", ["--profile", "corp"], /^profile corp\. IAM Identity Center: Admin in account/, session);
    expect(new Set(services.state.asked)).toEqual(new Set(["GET /federation/credentials"]));
  });

  it("by IAM Identity Center: a token that has run out is renewed, and not only once", async () => {
    await writeAws(home, "config", services.ssoConfig);
    await services.signInToSso(home, -1_000, true);
    expect(resultOf(await home.events(...setup("renewed", "--profile", "corp"), "--yes"))).toMatchObject({ ok: true });
    await home.freehold("status", "--cloud", "renewed");
    expect(services.state.asked.filter((one) => one === "POST /token")).toHaveLength(1);
  });

  it("by aws login: its keys in a file, and renewed with the proof that it is this computer", async () => {
    await writeAws(home, "config", services.loginConfig);
    await services.signInByLogin(home, -1_000);
    const told = /^profile console\. Signed in with aws login as arn:aws:iam::123456789012:user\/ada/;
    await serves("login", ["--profile", "console"], told, session);
    expect(services.state.asked).toEqual(["POST /v1/token"]);
  });

  it("by a token for web identity, as a build service gives one", async () => {
    const role = await trusting();
    const file = join(home.dir, "token");
    await writeFile(file, await mintedToken());
    const token = { AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ROLE_ARN: role, AWS_ROLE_SESSION_NAME: "build" };
    Object.assign(home.env, token);
    // What a default profile says is not taken instead.
    await writeAws(home, "credentials", "[default]\naws_access_key_id = AKIANOBODY\naws_secret_access_key = x\n");
    const arn = `arn:aws:sts::123456789012:assumed-role/${role.split("/").at(-1)}/build`;
    await serves("web", ["--sign-in", "web-identity"], /^The role arn:\S+, for a token in a file/, arn);
    await rm(file);
    const gone = await home.attempt(...setup("other", "--sign-in", "web-identity"));
    expect(gone.stderr).toMatch(/Its token cannot be read: \S+\/token \(ENOENT\)\.[\s\S]*ls -l \S+\/token/);
    expect(gone.code).toBe(6);
  });

  it("by an instance's role, whose service gives a token first", async () => {
    onInstance();
    await serves(
      "instance",
      ["--sign-in", "instance"],
      /^The role builder of the EC2 instance that this runs on\.$/,
      session,
    );
    expect(services.state.asked[0]).toBe("PUT /latest/api/token");
  });

  it("by an instance's role whose service is of the first kind: that is said", async () => {
    onInstance();
    services.state.instance = "v1";
    const shown = await home.attempt(...setup("first", "--sign-in", "instance"));
    expect(shown.stderr).toMatch(
      /The role builder of the EC2 instance[^.]*\. Its service asks for no token \(IMDSv1\)/,
    );
    expect(resultOf(await home.events(...setup("first", "--sign-in", "instance"), "--yes"))).toMatchObject({
      ok: true,
    });
    Object.assign(home.env, { AWS_EC2_METADATA_V1_DISABLED: "true" });
    const refused = await home.attempt(...setup("other", "--sign-in", "instance"));
    expect(refused.stderr).toMatch(/gives no token, and AWS_EC2_METADATA_V1_DISABLED is set/);
  });
});

describe.skipIf(missing(motoServer(), "moto_server"))("a second AWS", { timeout: 120_000 }, () => {
  it("takes a token for web identity, and the cloud stands", async () => {
    const moto = await startMoto();
    try {
      const file = join(home.dir, "token");
      await writeFile(file, "any.token.does");
      const role = "arn:aws:iam::123456789012:role/build";
      const token = { AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ROLE_ARN: role, AWS_ROLE_SESSION_NAME: "build" };
      Object.assign(home.env, { ...token, AWS_ENDPOINT_URL: moto.endpoint });
      const events = await home.events(...setup("second", "--sign-in", "web-identity"), "--yes");
      const { plan } = events.find(({ type }) => type === "setup-plan");
      expect(plan.arn).toBe("arn:aws:sts::123456789012:assumed-role/build/build");
      expect(resultOf(events)).toMatchObject({ ok: true });
      expect((await home.json("status", "--cloud", "second")).running).toBe(true);
    } finally {
      await moto.close();
    }
  });
});

// Whoever is kept waiting for an address that leads nowhere looks for the mistake elsewhere.
describe("what cannot be used", { timeout: 60_000 }, () => {
  it.each([
    ["silent", /No service of an instance answers at http:\/\/127\.0\.0\.1:\d+ within a second/],
    ["roleless", /This instance has no role/],
  ] as const)("an instance's service that is %s: told, and not waited for", async (instance, says) => {
    const first = await home.attempt(...setup("none"));
    onInstance();
    services.state.instance = instance;
    const done = await home.attempt(...setup("none", "--sign-in", "instance"));
    expect(done.stderr).toMatch(says);
    expect(done.code).toBe(6);
    expect(done.ms - first.ms).toBeLessThan(2_000);
  });

  it("is said to be so with what makes it usable, by setup and by every later command", async () => {
    await writeAws(home, "config", services.ssoConfig + services.loginConfig);
    await services.signInToSso(home, longMs, false);
    await home.freehold(...setup("ended", "--profile", "corp", "--yes"));
    await services.signInToSso(home, -1_000, false);
    for (const args of [
      setup("new", "--profile", "corp"),
      ["status", "--cloud", "ended"],
      ["up", "--cloud", "ended"],
    ]) {
      const done = await home.attempt(...args);
      expect(done.stderr).toMatch(/aws sso login --profile corp/);
      expect(done.code).toBe(6);
    }
    const { checks } = JSON.parse((await home.attempt("doctor", "--cloud", "ended", "--json")).stdout);
    expect(checks.find(({ id }: { id: string }) => id === "aws-sign-in")).toMatchObject({
      state: "fail",
      next: "aws sso login --profile corp",
    });
    const login = await home.attempt(...setup("new", "--profile", "console"));
    expect(login.stderr).toMatch(/aws login --profile console/);
  });

  // Identity Center is in one region and the cloud in another, in most companies.
  it("IAM Identity Center is asked in its own region, not in the cloud's", async () => {
    await writeAws(home, "config", services.ssoConfig);
    await services.signInToSso(home, longMs, false);
    for (const name of ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SSO"]) delete home.env[name];
    Object.assign(home.env, { AWS_ENDPOINT_URL_STS: aws.proxy.endpoint, NODE_OPTIONS: `--require ${noNames}` });
    const done = await home.attempt(...setup("far", "--profile", "corp"));
    expect(done.stderr).toContain("portal.sso.eu-north-1.amazonaws.com");
    expect(done.stderr).not.toContain("eu-west-1");
    expect(done.code).not.toBe(0);
  });
});

// A4: an hour is soon over, and what was half made must not stay so.
describe("A4: a sign-in that ends in the middle", { timeout: 180_000 }, () => {
  it("is renewed where it can be; where not, it is said how, and the same command goes on", async () => {
    await writeAws(home, "config", services.ssoConfig);
    await services.signInToSso(home, longMs, false);
    // Keys that are soon over are asked for again with each call, and used until then; those that are over are not used.
    services.state.keysLastMs = 100;
    await home.freehold(...setup("short", "--profile", "corp", "--yes"));
    await copyCounter(home.dir);
    await home.freehold("up", "./counter", "--as", "whole", "--cloud", "short");
    // Of an app that is not the first one, as those that are cut off.
    services.state.asked.length = 0;
    await home.freehold("up", "./counter", "--as", "second", "--cloud", "short");
    const all = services.state.asked.length;
    expect(all).toBeGreaterThan(10);
    for (const percent of [10, 40]) {
      const app = `cut-${percent}`;
      const up = ["up", "./counter", "--as", app, "--cloud", "short"];
      services.state.left = Math.floor((all * percent) / 100);
      const done = await home.attempt(...up);
      expect(done.stderr, `${services.state.asked.length} of ${all}`).toMatch(
        /The sign-in has run out[\s\S]*aws sso login --profile corp/,
      );
      expect(done.code).toBe(6);
      services.state.left = Number.POSITIVE_INFINITY;
      await home.freehold(...up);
      expect(changesOf(await home.events(...up))).toEqual([]);
      expect(await partsOf(aws.cloud.config, app)).toEqual(await partsOf(aws.cloud.config, "whole"));
    }
  });

  it("aws login is renewed in the middle, and its keys are in no list of processes", async () => {
    await writeAws(home, "config", services.loginConfig);
    await services.signInByLogin(home, longMs);
    await home.freehold(...setup("brief", "--profile", "console", "--yes"));
    await copyCounter(home.dir);
    services.state.asked.length = 0;
    // The SDK renews keys from five minutes before their end: that begins while a call is kept back.
    const renewsAt = Date.now() + 20_000;
    await services.signInByLogin(home, renewsAt + 5 * 60_000 - Date.now());
    const { reached, release } = aws.proxy.hold(/CreateFunction|functions$/);
    const { child, ended, said, worker } = begun(home, ["up", "./counter", "--as", "brief-app", "--cloud", "brief"]);
    await reached;
    const shown = commandLines(child.pid!) + commandLines(worker());
    expect(shown).toContain("worker");
    expect(handed.filter((one) => Object.values(one).some((part) => shown.includes(part)))).toEqual([]);
    expect(services.state.asked).toEqual([]);
    await expect.poll(() => Date.now(), { timeout: 30_000 }).toBeGreaterThan(renewsAt);
    release();
    await ended;
    expect(JSON.parse(said().trim().split("\n").at(-1)!)).toMatchObject({ type: "result", ok: true });
    // By all parts of it together once: a refresh token is good for one use.
    expect(services.state.asked).toEqual(["POST /v1/token"]);
    expect(await accessKeysWritten(home)).toEqual([]);
  });
});

// Which AWS it was is as much part of a cloud as its account: a variable that is gone must not lead elsewhere.
it("the endpoint of setup counts without the variable that named it", { timeout: 120_000 }, async () => {
  await writeAws(home, "config", services.ssoConfig);
  await services.signInToSso(home, longMs, false);
  await home.freehold(...setup("kept", "--profile", "corp", "--yes"));
  delete home.env["AWS_ENDPOINT_URL"];
  // Whatever went to AWS's own names would fail at once.
  home.env["NODE_OPTIONS"] = `--require ${noNames}`;
  expect((await home.json("status", "--cloud", "kept")).running).toBe(true);
  await copyCounter(home.dir);
  expect(resultOf(await home.events("up", "./counter", "--as", "kept-app", "--cloud", "kept"))).toMatchObject({
    ok: true,
  });
  const { checks } = await home.json("doctor", "--cloud", "kept");
  expect(checks.filter(({ state }: { state: string }) => state === "fail")).toEqual([]);
});
