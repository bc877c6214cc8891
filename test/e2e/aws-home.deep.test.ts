/**
 * A cloud in AWS lives in its account: state, passphrase and registry are found there by a second computer that has
 * nothing but the same credentials; a cloud set up before that moves in. Against an AWS that nobody here wrote (moto).
 */
import { readdir, readFile, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import {
  GetBucketEncryptionCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  S3Client,
} from "@aws-sdk/client-s3";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ClientConfig, inventory } from "../support/aws.ts";
import { changeFile, copyCounter } from "../support/counter.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { changesOf, type Home, resultOf, withHome } from "../support/home.ts";
import { startMoto } from "../support/moto.ts";
import { changesSeen } from "../support/oracle.ts";
import { missing, motoServer } from "../support/tools.ts";

describe.skipIf(missing(motoServer(), "moto_server"))("a cloud in its account", { timeout: 180_000 }, () => {
  let moto: Awaited<ReturnType<typeof startMoto>>;
  let proxy: Awaited<ReturnType<typeof startFaultProxy>>;
  let config: ClientConfig;
  let s3: S3Client;
  let first: Home;
  let second: Home;
  const bucketOf = async (cloud: string): Promise<string> =>
    (await s3.send(new ListBucketsCommand({}))).Buckets?.find(({ Name }) =>
      Name?.startsWith(`freehold-state-${cloud}-`),
    )?.Name ?? "";
  const keysIn = async (Bucket: string): Promise<string[]> =>
    ((await s3.send(new ListObjectsV2Command({ Bucket }))).Contents ?? []).map(({ Key }) => Key ?? "");
  const passphraseOf = async (cloud: string): Promise<string> => {
    const Name = `/freehold/${cloud}/foundation/state-passphrase`;
    return (await new SSMClient(config).send(new GetParameterCommand({ Name, WithDecryption: true }))).Parameter!
      .Value!;
  };
  /** Every file of a home, as one text. */
  const textOf = async (home: Home): Promise<string> => {
    const files = await readdir(home.dir, { recursive: true, withFileTypes: true });
    const plain = files.filter((entry) => entry.isFile());
    return (await Promise.all(plain.map((entry) => readFile(join(entry.parentPath, entry.name), "latin1")))).join("\n");
  };

  beforeAll(async () => {
    moto = await startMoto();
    const credentials = { accessKeyId: "testing", secretAccessKey: "testing" };
    config = { endpoint: moto.endpoint, region: "eu-west-1", credentials };
    s3 = new S3Client({ ...config, forcePathStyle: true });
    proxy = await startFaultProxy(moto.endpoint);
    const env = { AWS_ENDPOINT_URL: proxy.endpoint, AWS_ACCESS_KEY_ID: "testing", AWS_SECRET_ACCESS_KEY: "testing" };
    first = await withHome({ env });
    second = await withHome({ env });
    await copyCounter(first.dir);
  }, 60_000);

  afterAll(async () => {
    await first?.close();
    await second?.close();
    await proxy?.close();
    await moto?.close();
  });

  // The state says what belongs to whom, and its bucket is the first thing of a cloud that others could read.
  it("has its state behind walls from the first moment", async () => {
    const args = ["setup", "--target", "aws", "--name", "work", "--region", "eu-west-1", "--yes"];
    expect(resultOf(await first.events(...args))).toMatchObject({ ok: true, cloud: "work" });
    const Bucket = await bucketOf("work");
    expect(Bucket).toMatch(/^freehold-state-work-[0-9a-f]{10}$/);
    expect((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBe("Enabled");
    const { PublicAccessBlockConfiguration: block } = await s3.send(new GetPublicAccessBlockCommand({ Bucket }));
    expect(Object.values(block ?? {})).toEqual([true, true, true, true]);
    const { ServerSideEncryptionConfiguration } = await s3.send(new GetBucketEncryptionCommand({ Bucket }));
    expect(JSON.stringify(ServerSideEncryptionConfiguration)).toContain("AES256");
    const { TagSet } = await s3.send(new GetBucketTaggingCommand({ Bucket }));
    expect(TagSet).toContainEqual({ Key: "freehold:cloud", Value: "work" });
    expect(await keysIn(Bucket)).toContain(".pulumi/stacks/freehold-foundation/work.json");
    // Nothing of it is on this computer, the passphrase least of all.
    expect(await textOf(first)).not.toContain(await passphraseOf("work"));
    await expect(stat(join(first.dir, "freehold/data/clouds/work/.pulumi"))).rejects.toThrow();
  });

  it("is found by a second computer, which changes nothing and goes on where the first was", async () => {
    await first.events("up", "./counter", "--cloud", "work");
    const before = await inventory(config);
    // No region: where the account has the cloud says it.
    const setup = await second.events("setup", "--target", "aws", "--name", "work", "--yes");
    expect(resultOf(setup)).toMatchObject({ ok: true, cloud: "work" });
    expect(changesOf(setup)).toEqual([]);
    expect((await second.json("ls")).apps).toMatchObject([{ name: "counter", state: "running" }]);
    // The blueprint of a folder that is only on the first computer comes from the account.
    expect(changesOf(await second.events("up"))).toEqual([]);
    expect(await inventory(config)).toEqual(before);
  });

  /** Everything in the bucket but who holds what at the moment, and in which state. */
  const bucketNow = async (): Promise<string[]> => {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: await bucketOf("work") }));
    return Contents.map(({ Key, ETag }) => `${Key} ${ETag}`).filter((line) => !/lock|lease/.test(line));
  };

  // F48: not a call that changes, which is more than that everything looks the same afterwards.
  it("is not asked to change anything by a preview, nor by an up that nobody agreed to", async () => {
    const manifest = join(first.dir, "counter/blueprint.yaml");
    await changeFile(manifest, (text) => `${text.replace("1.0.0", "2.0.0")}\nreach: { hosts: [api.github.com] }\n`);
    const before = [await inventory(config), await bucketNow()];
    proxy.plan([]);
    const consent = (await first.events("preview", "./counter")).find(({ type }) => type === "consent");
    expect(consent).toMatchObject({ needed: true, consent: { reasons: ["wider-reach"] } });
    expect(proxy.seen.length).toBeGreaterThan(0);
    expect((await first.attempt("up", "./counter", "--yes")).code).toBe(3);
    expect(changesSeen(proxy)).toEqual([]);
    expect([await inventory(config), await bucketNow()]).toEqual(before);
    await first.freehold("up", "./counter", "--accept", consent.consent.digest);
    // So that seeing none means something.
    expect(changesSeen(proxy)).not.toEqual([]);
  });

  // The folder is on the first computer alone, and by now another version or gone.
  it("keeps every version that an app can go back to, for whichever computer", async () => {
    const shelf = async () =>
      (await keysIn(await bucketOf("work"))).filter((key) => /^freehold\/blueprints\//.test(key));
    expect(await shelf()).toHaveLength(2);
    await rename(join(first.dir, "counter"), join(first.dir, "away"));
    try {
      expect(resultOf(await second.events("rollback", "counter")).apps[0].version).toBe("1.0.0");
      expect(await shelf()).toHaveLength(2);
      expect((await first.json("ls")).apps).toMatchObject([{ name: "counter", version: "1.0.0" }]);
    } finally {
      await rename(join(first.dir, "away"), join(first.dir, "counter"));
    }
  });

  it("goes whole from whichever computer, its home in the account included, and the other one is told", async () => {
    await second.freehold("destroy", "counter", "--data", "delete", "--yes");
    expect((await first.json("ls")).apps).toEqual([]);
    await second.freehold("destroy", "--all", "--data", "delete", "--yes");
    expect(await inventory(config)).toEqual([]);
    await expect(passphraseOf("work")).rejects.toThrow();
    const gone = await first.attempt("up", "./counter");
    expect(gone.code).toBe(1);
    expect(gone.stderr).toContain("is not complete, or is gone");
  });
});
