/** The bucket's configurations that are resources of their own: access, CORS, versioning, ownership, encryption, policy. */
import type { CORSRule, OwnershipControlsRule, ServerSideEncryptionRule } from "@aws-sdk/client-s3";
import type { PropertyMap } from "../../../engine/value.ts";
import { flag, list, number, object, policy, refused, set, text } from "../schema.ts";
import { bool, compact, num, str, strs, sub, subs } from "../type.ts";
import { bucketPart } from "./calls.ts";

const owner = { expectedBucketOwner: text({ replaces: true, writeOnly: true, steering: true }) };

export const publicAccessBlock = bucketPart({
  token: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
  properties: {
    blockPublicAcls: flag({ default: false }),
    blockPublicPolicy: flag({ default: false }),
    ignorePublicAcls: flag({ default: false }),
    restrictPublicBuckets: flag({ default: false }),
    skipDestroy: refused(),
  },
  missing: ["NoSuchPublicAccessBlockConfiguration"],
  put: (client, to, { inputs }) =>
    client.putPublicAccessBlock({
      ...to,
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: bool(inputs, "blockPublicAcls") ?? false,
        BlockPublicPolicy: bool(inputs, "blockPublicPolicy") ?? false,
        IgnorePublicAcls: bool(inputs, "ignorePublicAcls") ?? false,
        RestrictPublicBuckets: bool(inputs, "restrictPublicBuckets") ?? false,
      },
    }),
  get: async (client, of) => {
    const { PublicAccessBlockConfiguration: live } = await client.getPublicAccessBlock(of);
    return compact({
      blockPublicAcls: live?.BlockPublicAcls,
      blockPublicPolicy: live?.BlockPublicPolicy,
      ignorePublicAcls: live?.IgnorePublicAcls,
      restrictPublicBuckets: live?.RestrictPublicBuckets,
    });
  },
  unset: (client, of) => client.deletePublicAccessBlock(of),
});

export const corsConfiguration = bucketPart({
  token: "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration",
  properties: {
    ...owner,
    corsRules: list(
      object({
        id: text(),
        allowedHeaders: set(text()),
        allowedMethods: set(text(), { required: true }),
        allowedOrigins: set(text(), { required: true }),
        exposeHeaders: set(text()),
        maxAgeSeconds: number(),
      }),
      { required: true },
    ),
  },
  missing: ["NoSuchCORSConfiguration"],
  put: (client, to, { inputs }) =>
    client.putBucketCors({ ...to, CORSConfiguration: { CORSRules: subs(inputs, "corsRules").map(corsRule) } }),
  get: async (client, of) => {
    const { CORSRules = [] } = await client.getBucketCors(of);
    const corsRules = CORSRules.map((rule) =>
      compact({
        id: rule.ID,
        allowedHeaders: rule.AllowedHeaders,
        allowedMethods: rule.AllowedMethods,
        allowedOrigins: rule.AllowedOrigins,
        exposeHeaders: rule.ExposeHeaders,
        maxAgeSeconds: rule.MaxAgeSeconds,
      }),
    );
    return { corsRules };
  },
  unset: (client, of) => client.deleteBucketCors(of),
});

function corsRule(rule: PropertyMap): CORSRule {
  return {
    ID: str(rule, "id"),
    AllowedHeaders: strs(rule, "allowedHeaders"),
    AllowedMethods: strs(rule, "allowedMethods"),
    AllowedOrigins: strs(rule, "allowedOrigins"),
    ExposeHeaders: strs(rule, "exposeHeaders"),
    MaxAgeSeconds: num(rule, "maxAgeSeconds"),
  };
}

export const versioning = bucketPart({
  token: "aws:s3/bucketVersioning:BucketVersioning",
  properties: {
    ...owner,
    mfa: refused(),
    versioningConfiguration: object(
      { status: text({ required: true, oneOf: ["Enabled", "Suspended", "Disabled"] }), mfaDelete: refused() },
      { required: true },
    ),
  },
  missing: [],
  put: async (client, to, { inputs }) => {
    const status = str(sub(inputs, "versioningConfiguration")!, "status");
    // "Disabled" is Pulumi's word for a bucket that never had versions: there is nothing to send.
    if (status === "Enabled" || status === "Suspended")
      await client.putBucketVersioning({ ...to, VersioningConfiguration: { Status: status } });
  },
  get: async (client, of) => {
    const { Status } = await client.getBucketVersioning(of);
    return { versioningConfiguration: { status: Status ?? "Disabled" } };
  },
  // A bucket that had versions can only stop making new ones.
  unset: async (client, of) => {
    const { Status } = await client.getBucketVersioning(of);
    if (Status === "Enabled")
      await client.putBucketVersioning({ ...of, VersioningConfiguration: { Status: "Suspended" } });
  },
});

export const ownershipControls = bucketPart({
  token: "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
  properties: {
    rule: object(
      {
        objectOwnership: text({
          required: true,
          oneOf: ["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"],
        }),
      },
      { required: true },
    ),
  },
  missing: ["OwnershipControlsNotFoundError"],
  put: (client, to, { inputs }) => {
    const ObjectOwnership = str(sub(inputs, "rule")!, "objectOwnership") as OwnershipControlsRule["ObjectOwnership"];
    return client.putBucketOwnershipControls({ ...to, OwnershipControls: { Rules: [{ ObjectOwnership }] } });
  },
  get: async (client, of) => {
    const { OwnershipControls } = await client.getBucketOwnershipControls(of);
    return compact({ rule: compact({ objectOwnership: OwnershipControls?.Rules?.[0]?.ObjectOwnership }) });
  },
  unset: (client, of) => client.deleteBucketOwnershipControls(of),
});

export const encryption = bucketPart({
  token: "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
  properties: {
    ...owner,
    rules: list(
      object({
        applyServerSideEncryptionByDefault: object({
          sseAlgorithm: text({ required: true, oneOf: ["AES256", "aws:kms", "aws:kms:dsse"] }),
          kmsMasterKeyId: text(),
        }),
        bucketKeyEnabled: flag({ default: false }),
        blockedEncryptionTypes: refused(),
      }),
      { required: true },
    ),
  },
  missing: ["ServerSideEncryptionConfigurationNotFoundError"],
  put: (client, to, { inputs }) =>
    client.putBucketEncryption({
      ...to,
      ServerSideEncryptionConfiguration: { Rules: subs(inputs, "rules").map(encryptionRule) },
    }),
  get: async (client, of) => {
    const { ServerSideEncryptionConfiguration: live } = await client.getBucketEncryption(of);
    const rules = (live?.Rules ?? []).map((rule) => {
      const by = rule.ApplyServerSideEncryptionByDefault;
      return compact({
        applyServerSideEncryptionByDefault:
          by && compact({ sseAlgorithm: by.SSEAlgorithm, kmsMasterKeyId: by.KMSMasterKeyID }),
        bucketKeyEnabled: rule.BucketKeyEnabled,
      });
    });
    return { rules };
  },
  unset: (client, of) => client.deleteBucketEncryption(of),
});

function encryptionRule(rule: PropertyMap): ServerSideEncryptionRule {
  const by = sub(rule, "applyServerSideEncryptionByDefault");
  return {
    ApplyServerSideEncryptionByDefault: by && {
      SSEAlgorithm: str(by, "sseAlgorithm") as "AES256" | "aws:kms" | "aws:kms:dsse",
      KMSMasterKeyID: str(by, "kmsMasterKeyId"),
    },
    BucketKeyEnabled: bool(rule, "bucketKeyEnabled"),
  };
}

export const bucketPolicy = bucketPart({
  token: "aws:s3/bucketPolicy:BucketPolicy",
  properties: { policy: policy({ required: true }) },
  missing: ["NoSuchBucketPolicy"],
  put: (client, to, { inputs }) => client.putBucketPolicy({ ...to, Policy: str(inputs, "policy") }),
  get: async (client, of) => compact({ policy: (await client.getBucketPolicy(of)).Policy }),
  unset: (client, of) => client.deleteBucketPolicy(of),
});
