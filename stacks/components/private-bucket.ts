/**
 * A bucket nobody outside reaches: public access blocked, owner's objects only, encrypted, and by TLS alone. What belongs
 * to the bucket goes with it (`deletedWith`): where the bucket stays, its walls stay.
 */
import { Bucket } from "@pulumi/aws/s3/bucket.js";
import { BucketOwnershipControls } from "@pulumi/aws/s3/bucketOwnershipControls.js";
import { BucketPolicy } from "@pulumi/aws/s3/bucketPolicy.js";
import { BucketPublicAccessBlock } from "@pulumi/aws/s3/bucketPublicAccessBlock.js";
import { BucketServerSideEncryptionConfiguration } from "@pulumi/aws/s3/bucketServerSideEncryptionConfiguration.js";
import type { ComponentResource } from "@pulumi/pulumi";
import { arnOf, type Context, nameOf, tagsOf } from "./context.ts";

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
  const name = nameOf(context, noun, "bucket");
  const bucket = new Bucket(
    noun,
    {
      bucket: name,
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
  if (!context.plainHttp)
    new BucketPolicy(noun, { bucket: bucket.bucket, policy: tlsOnly(arnOf(context, "s3", name)) }, own);
  return bucket;
}

/** Denies whoever comes without TLS, the owner included; it allows nobody anything. */
function tlsOnly(arn: string): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "TlsOnly",
        Effect: "Deny",
        Principal: "*",
        Action: "s3:*",
        Resource: [arn, `${arn}/*`],
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ],
  });
}
