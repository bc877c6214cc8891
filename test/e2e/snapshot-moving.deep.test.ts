/**
 * A cloud with its data moves: from this computer into an account of AWS (moto), from there into another account and another
 * region, and back. At each place it is the same, and what it came from is as it was. With credentials of the wrong account
 * nothing is asked of either.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { type Home, resultOf, withHome } from "../support/home.ts";
import { comparable } from "../support/listing.ts";
import { startMoto } from "../support/moto.ts";
import { contentsOf, expectAllTheSame, fillCloud, secret } from "../support/moved.ts";
import { changesSeen } from "../support/oracle.ts";
import { missing, motoServer } from "../support/tools.ts";

const otherAccount = "222222222222";

describe.skipIf(missing(motoServer(), "moto_server"))("a cloud with its data moves", { timeout: 240_000 }, () => {
  let moto: Awaited<ReturnType<typeof startMoto>>;
  let proxy: Awaited<ReturnType<typeof startFaultProxy>>;
  let here: Home;
  let one: Home;
  let two: Home;
  let contents: unknown;
  let listing: unknown;

  /** A computer with credentials of an account, and an empty cloud in it that knows the secret. */
  async function computer(env: NodeJS.ProcessEnv, region: string): Promise<Home> {
    const home = await withHome({ env: { ...moto.env, ...env, AWS_ENDPOINT_URL: proxy.endpoint } });
    await home.freehold("setup", "--target", "aws", "--name", "work", "--region", region, "--yes");
    await home.pipe(secret, "secret", "set", "vault", "token");
    return home;
  }

  beforeAll(async () => {
    moto = await startMoto();
    proxy = await startFaultProxy(moto.endpoint);
    const credentials = { accessKeyId: "testing", secretAccessKey: "testing" };
    const sts = new STSClient({ endpoint: moto.endpoint, region: "eu-west-1", credentials });
    const RoleArn = `arn:aws:iam::${otherAccount}:role/owner`;
    const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "owner" }));
    here = await withHome();
    await here.freehold("setup");
    await fillCloud(here);
    contents = await contentsOf(here);
    listing = comparable(await here.json("ls"));
    one = await computer({}, "eu-west-1");
    two = await computer(
      {
        AWS_ACCESS_KEY_ID: Credentials!.AccessKeyId!,
        AWS_SECRET_ACCESS_KEY: Credentials!.SecretAccessKey!,
        AWS_SESSION_TOKEN: Credentials!.SessionToken!,
        AWS_REGION: "us-east-2",
        AWS_DEFAULT_REGION: "us-east-2",
      },
      "us-east-2",
    );
  }, 240_000);
  afterAll(async () => {
    for (const home of [here, one, two]) await home?.close();
    await proxy?.close();
    await moto?.close();
  });

  async function moved(from: Home, to: Home, name: string): Promise<void> {
    const folder = join(here.dir, name);
    rmSync(folder, { recursive: true, force: true });
    const events = await from.events("snapshot", folder, "--with-data");
    const [digest] = /sha256:[0-9a-f]{64}/.exec(JSON.stringify(events))!;
    const result = resultOf(await to.events("snapshot", "apply", folder, "--accept", digest));
    expect(result.exitCode).toBe(0);
    expectAllTheSame(result);
    expect(await contentsOf(to)).toEqual(contents);
    const { apps, things } = comparable(await to.json("ls")) as any;
    const before = listing as any;
    expect({ apps, things }).toEqual({ apps: before.apps, things: before.things });
    // What it came from was only read.
    expect(await contentsOf(from)).toEqual(contents);
  }

  it("from this computer into AWS", () => moved(here, one, "out"));

  it("from an account into another one, in another region", async () => {
    expect((await two.json("cloud", "status")).accountId).toBe(otherAccount);
    await moved(one, two, "across");
  });

  it("back from AWS, to a computer with nothing on it but an empty cloud", async () => {
    const back = await withHome();
    try {
      await back.freehold("setup");
      await back.pipe(secret, "secret", "set", "vault", "token");
      await moved(two, back, "back");
    } finally {
      await back.close();
    }
  });

  // A7: of two accounts the wrong one is found before anything of it is changed, whichever way the data goes.
  it("asks nothing of the wrong account, and says which is which", async () => {
    const own = { ...one.env };
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = two.env;
    Object.assign(one.env, { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN });
    proxy.plan([]);
    for (const args of [
      ["snapshot", join(here.dir, "never"), "--with-data"],
      ["snapshot", "apply", join(here.dir, "out")],
      ["destroy", "--all", "--data", "delete", "--yes"],
    ]) {
      const done = await one.attempt(...args);
      expect(done.stderr).toMatch(/account 123456789012; the credentials are of 222222222222/);
      expect(done.code).toBe(6);
    }
    expect(changesSeen(proxy)).toEqual([]);
    expect(new Set(proxy.seen.map(({ operation }) => operation))).toEqual(new Set(["Action=GetCallerIdentity"]));
    Object.assign(one.env, own);
    delete one.env["AWS_SESSION_TOKEN"];
    expect(await contentsOf(one)).toEqual(contents);
  });
});
