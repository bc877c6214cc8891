/**
 * A bucket nobody outside reaches: public access blocked, owner's objects only, encrypted. What belongs to the bucket
 * goes with it (`deletedWith`): where the bucket stays, its walls stay.
 */
import { Bucket } from "@pulumi/aws/s3/bucket.js";
import { BucketOwnershipControls } from "@pulumi/aws/s3/bucketOwnershipControls.js";
import { BucketPublicAccessBlock } from "@pulumi/aws/s3/bucketPublicAccessBlock.js";
import { BucketServerSideEncryptionConfiguration } from "@pulumi/aws/s3/bucketServerSideEncryptionConfiguration.js";
import type { ComponentResource } from "@pulumi/pulumi";
import { type Context, nameOf, tagsOf } from "./context.ts";

export interface PrivateBucketArgs {
  definition: unknown;
  /** Data: stays when the app goes. */
  keep: boolean;
  /** Physical id of the bucket an earlier destroy kept. */
  kept?: string;
}

export function privateBucket(
  context: Context,
  noun: string,
  parent: ComponentResource,
  args: PrivateBucketArgs,
): Bucket {
  const bucket = new Bucket(
    noun,
    {
      bucket: nameOf(context, noun, "bucket"),
      forceDestroy: !args.keep,
      tags: tagsOf(context, args.definition),
    },
    {
      parent,
      retainOnDelete: args.keep,
      ...(args.kept ? { import: args.kept, ignoreChanges: ["tags", "forceDestroy"] } : {}),
    },
  );
  const own = { parent, deletedWith: bucket };
  new BucketPublicAccessBlock(
    noun,
    {
      bucket: bucket.bucket,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    },
    own,
  );
  new BucketOwnershipControls(noun, { bucket: bucket.bucket, rule: { objectOwnership: "BucketOwnerEnforced" } }, own);
  new BucketServerSideEncryptionConfiguration(
    noun,
    { bucket: bucket.bucket, rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }] },
    own,
  );
  return bucket;
}
