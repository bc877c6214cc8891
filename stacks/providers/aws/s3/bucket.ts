/**
 * aws:s3/bucket:Bucket: the bucket itself, its tags and its end. Configurations that pulumi-aws has resources of their
 * own for are refused here, because two writers of one configuration undo each other.
 */
import type { BucketLocationConstraint } from "@aws-sdk/client-s3";
import type { PropertyMap } from "../../../engine/value.ts";
import { retried } from "../../kit/waiting.ts";
import { hasCode, problems } from "../errors.ts";
import { partitionOf } from "../partition.ts";
import { flag, refused, refusedAll, steering, text } from "../schema.ts";
import { tagList, tagMap } from "../tags.ts";
import { type Call, compact, type ResourceType, str } from "../type.ts";
import { onBucket, orMissing, s3, target } from "./calls.ts";
import { empty } from "./empty.ts";

const instead = (type: string): string => `Use an aws.s3.${type} resource beside the bucket.`;

/** Website hosted zones by region: AWS General Reference, "Amazon S3 website endpoints". */
const hostedZones: { [region: string]: string } = {
  "us-east-1": "Z3AQBSTGFYJSTF",
  "us-east-2": "Z2O1EMRO9K5GLX",
  "us-west-1": "Z2F56UZL2M1ACD",
  "us-west-2": "Z3BJ6K6RIION7M",
  "ca-central-1": "Z1QDHH18159H29",
  "eu-west-1": "Z1BKCTXD74EZPE",
  "eu-west-2": "Z3GKZC51ZF0DB4",
  "eu-west-3": "Z3R1K369G5AVDG",
  "eu-central-1": "Z21DNDUVLTQW6Q",
  "eu-north-1": "Z3BAZG2TWCNX0D",
  "eu-south-1": "Z30OZKI7KPW7MI",
  "ap-northeast-1": "Z2M4EHUR26P7ZW",
  "ap-northeast-2": "Z3W03O7B5YMIYP",
  "ap-south-1": "Z11RGJOFQNVJUP",
  "ap-southeast-1": "Z3O0J2DXBE1FTB",
  "ap-southeast-2": "Z1WCIGYICN2BYD",
  "sa-east-1": "Z7KQH4QJS55SO",
};

export const bucket: ResourceType = {
  token: "aws:s3/bucket:Bucket",
  properties: {
    bucket: text({ replaces: true, computed: true }),
    bucketPrefix: text({ replaces: true }),
    forceDestroy: steering(),
    objectLockEnabled: flag({ replaces: true, computed: true }),
    acl: refused("Buckets are private; share by an aws.s3.BucketPolicy."),
    corsRules: refused(instead("BucketCorsConfiguration")),
    lifecycleRules: refused(instead("BucketLifecycleConfiguration")),
    policy: refused(instead("BucketPolicy")),
    serverSideEncryptionConfiguration: refused(instead("BucketServerSideEncryptionConfiguration")),
    versioning: refused(instead("BucketVersioning")),
    ...refusedAll(
      "accelerationStatus bucketNamespace grants logging objectLockConfiguration replicationConfiguration requestPayer website",
    ),
  },
  outputs: ["arn", "bucketDomainName", "bucketRegion", "bucketRegionalDomainName", "hostedZoneId"],
  taggable: true,
  autoname: { property: "bucket", prefix: "bucketPrefix", maxLength: 63, lowerCase: true },
  identity: (inputs) => str(inputs, "bucket"),
  validate: (inputs) => {
    const name = inputs["bucket"];
    const wrong = typeof name === "string" && !/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name);
    return wrong
      ? [{ property: "bucket", reason: `'${name}' is not a bucket name: 3 to 63 of a-z, 0-9, '-' and '.'` }]
      : [];
  },
  exists: ["BucketAlreadyOwnedByYou"],
  create,
  claimable,
  aspects: [
    { of: ["tagsAll"], afterCreate: true, sync: syncTags },
    { of: ["forceDestroy"], sync: async () => undefined },
  ],
  observe,
  remove,
};

async function create(call: Call): Promise<string> {
  const name = str(call.inputs, "bucket")!;
  call.label = name;
  const client = await s3(call);
  // us-east-1 answers 200 for a bucket the account has already: whose it is must be asked first.
  const there = await orMissing(client.headBucket({ Bucket: name }), "AccessDenied");
  if (there) throw Object.assign(new Error("the bucket exists"), { name: "BucketAlreadyOwnedByYou" });
  const location = call.region === "us-east-1" ? undefined : (call.region as BucketLocationConstraint);
  const wait = { what: `the name ${name} to be free`, seconds: 120 };
  await retried(
    call.context,
    wait,
    (error) => hasCode(error, "OperationAborted"),
    () =>
      client.createBucket({
        Bucket: name,
        CreateBucketConfiguration: location && { LocationConstraint: location },
        ObjectLockEnabledForBucket: call.inputs["objectLockEnabled"] === true ? true : undefined,
      }),
  );
  return name;
}

/** Tags come in a second call, so a cut-off create leaves an untagged bucket; while it is empty it is nobody's loss. */
async function claimable(call: Call): Promise<boolean> {
  const client = await s3(call);
  const { Contents = [] } = await client.listObjectsV2({ ...(await target(call, call.id)), MaxKeys: 1 });
  return Contents.length === 0;
}

async function syncTags(call: Call): Promise<void> {
  const [client, to] = [await s3(call), await target(call, call.id)];
  const TagSet = tagList(call.inputs["tagsAll"] as PropertyMap | undefined);
  await onBucket(call, call.id, () =>
    TagSet.length > 0 ? client.putBucketTagging({ ...to, Tagging: { TagSet } }) : client.deleteBucketTagging(to),
  );
}

async function observe(call: Call) {
  const [client, of] = [await s3(call), await target(call, call.id)];
  const head = await orMissing(client.headBucket(of));
  if (!head) return undefined;
  const tagging = await orMissing(client.getBucketTagging(of), "NoSuchTagSet");
  const region = head.BucketRegion ?? call.region;
  const { id: partition, dnsSuffix } = partitionOf(region);
  const lock = call.importing || call.inputs["objectLockEnabled"] === true;
  const locked = lock
    ? await orMissing(client.getObjectLockConfiguration(of), "ObjectLockConfigurationNotFoundError")
    : undefined;
  return {
    inputs: compact({
      bucket: call.id,
      objectLockEnabled: locked?.ObjectLockConfiguration?.ObjectLockEnabled === "Enabled",
      tagsAll: tagMap(tagging?.TagSet),
    }),
    outputs: compact({
      arn: `arn:${partition}:s3:::${call.id}`,
      bucketDomainName: `${call.id}.s3.${dnsSuffix}`,
      bucketRegion: region,
      bucketRegionalDomainName: `${call.id}.s3.${region}.${dnsSuffix}`,
      hostedZoneId: hostedZones[region],
      region,
    }),
  };
}

async function remove(call: Call): Promise<void> {
  const [client, of] = [await s3(call), await target(call, call.id)];
  const attempt = (): Promise<unknown> => orMissing(client.deleteBucket(of));
  try {
    await attempt();
  } catch (error) {
    if (!hasCode(error, "BucketNotEmpty")) throw error;
    if (call.inputs["forceDestroy"] !== true) throw problems.bucketNotEmpty(call.id);
    await empty(client, of, call.context);
    const wait = { what: `bucket ${call.id} to be seen empty`, seconds: 60 };
    await retried(call.context, wait, (again) => hasCode(again, "BucketNotEmpty"), attempt);
  }
}
