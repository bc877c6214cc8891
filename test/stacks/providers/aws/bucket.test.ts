/** A bucket's end and its owner, against moto: what it holds decides, and nothing of another account is touched. */
import { S3 } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Provider } from "../../../../stacks/engine/provider.ts";
import { createAwsProvider } from "../../../../stacks/providers/aws/index.ts";
import { type Moto, startMoto } from "../../../support/moto.ts";
import { missing, motoServer } from "../../../support/tools.ts";
import { fresh } from "./cases.ts";
import { contextOf, Driver } from "./driver.ts";

const bucket = "aws:s3/bucket:Bucket";
const ours = { "freehold:cloud": "home", "freehold:app": "notes" };

describe.skipIf(missing(motoServer(), "moto_server"))("a bucket", () => {
  let moto: Moto;
  let provider: Provider;
  let s3: S3;
  beforeAll(async () => {
    moto = await startMoto();
    provider = createAwsProvider({ environment: moto.env });
    await provider.configure({});
    const credentials = { accessKeyId: "testing", secretAccessKey: "testing" };
    s3 = new S3({ endpoint: moto.endpoint, region: moto.region, credentials, forcePathStyle: true });
  });
  afterAll(async () => {
    await provider?.close();
    s3?.destroy();
    await moto?.close();
  });

  /** Two versions, a delete marker and an upload that was never finished. */
  async function fill(Bucket: string): Promise<void> {
    await s3.putBucketVersioning({ Bucket, VersioningConfiguration: { Status: "Enabled" } });
    await s3.putObject({ Bucket, Key: "a", Body: "1" });
    await s3.putObject({ Bucket, Key: "a", Body: "2" });
    await s3.deleteObject({ Bucket, Key: "a" });
    await s3.createMultipartUpload({ Bucket, Key: "b" });
  }

  // Somebody's data is never deleted without being told to.
  it("that holds something is kept unless force is said", async () => {
    const made = await new Driver(provider, bucket, fresh("full")).create({});
    await fill(made.id);
    await expect(made.delete()).rejects.toThrow(/is not empty \(BucketNotEmpty\).*forceDestroy/);
    await made.update({ forceDestroy: true });
    await made.delete();
    expect(await made.refresh()).toBe(false);
  });

  // In us-east-1 AWS answers 200 to making a bucket again: the tags must be asked before it is taken for new.
  it("that another app has is not taken over, whatever the region", async () => {
    const name = fresh("taken");
    const other = { ...ours, "freehold:app": "blog" };
    await new Driver(provider, bucket, "one").create({ bucket: name, region: "us-east-1", tags: other });
    const taking = new Driver(provider, bucket, "two").create({ bucket: name, region: "us-east-1", tags: ours });
    await expect(taking).rejects.toThrow(/exists already and is not part of this stack/);
  });

  // A kill between CreateBucket and PutBucketTagging leaves a bucket without tags.
  it("that a cut-off create left untagged is adopted while it is empty, and tagged", async () => {
    const name = fresh("cut");
    await s3.createBucket({ Bucket: name, CreateBucketConfiguration: { LocationConstraint: "eu-west-1" } });
    const driver = new Driver(provider, bucket, "cut");
    const inputs = await driver.check({ bucket: name, tags: ours }, true);
    const request = { ...driver.identity, inputs, preview: false };
    expect(await provider.adopt!(request, contextOf())).toMatchObject({ id: name });
    const { TagSet } = await s3.getBucketTagging({ Bucket: name });
    expect(TagSet).toHaveLength(2);
    const full = fresh("full");
    await s3.createBucket({ Bucket: full, CreateBucketConfiguration: { LocationConstraint: "eu-west-1" } });
    await s3.putObject({ Bucket: full, Key: "theirs", Body: "x" });
    const others = await driver.check({ bucket: full, tags: ours }, true);
    expect(await provider.adopt!({ ...request, inputs: others }, contextOf())).toBeNull();
  });

  // Credentials of the wrong account must not deploy anywhere.
  it("is not made by credentials of an account that is not allowed", async () => {
    const strict = createAwsProvider({ environment: moto.env });
    await strict.configure({ allowedAccountIds: JSON.stringify(["999999999999"]) });
    const making = new Driver(strict, bucket, fresh("strict")).create({});
    await expect(making).rejects.toThrow(/belong to AWS account 123456789012, which is not one of the allowed/);
    await strict.close();
  });

  it("knows who asks and where", async () => {
    const invoke = (token: string) => provider.invoke({ token, args: {}, preview: false }, contextOf());
    const caller = await invoke("aws:index/getCallerIdentity:getCallerIdentity");
    expect(caller.result).toMatchObject({ accountId: "123456789012" });
    const region = await invoke("aws:index/getRegion:getRegion");
    expect(region.result).toMatchObject({ region: "eu-west-1", id: "eu-west-1", description: "Europe (Ireland)" });
    expect((await invoke("aws:index/getPartition:getPartition")).result).toMatchObject({ partition: "aws" });
  });
});
