/**
 * Where an AWS cloud's state lives: a bucket of its account, and its passphrase in the parameter store beside it. Made
 * by plain calls before the first stack, since it has to be there before there can be any; every step may come twice,
 * from two computers at once. Found again by its name alone (decision 0009).
 */
import { randomBytes } from "node:crypto";
import { type Cloud, foundationStack } from "../cloud.ts";
import { partitionOf, stateBucketName, stateBucketPrefix, statePassphraseParameter } from "../names.ts";
import { guarded, s3, ssm } from "./clients.ts";
import { faults } from "./faults.ts";
import { removeBucket } from "./kept.ts";
import { getObject, type Housed, hasObject, putObject } from "./shelf.ts";

/** Written when the home is complete: from then on the bucket is where the state is. */
const factsKey = "freehold/cloud.json";
/** There while another computer's state is being copied in. */
export const movingKey = "freehold/moving";

export interface HomeFacts {
  format: 1;
  cloud: string;
  accountId: string;
  region: string;
  timeZone: string;
  /** ISO 8601. */
  madeAt: string;
  /** Drawn by the computer whose state was moved here. */
  movedBy?: string;
}

export type Place = Pick<Cloud, "name" | "region" | "endpoint" | "environment" | "accountId">;

export const housedAt = (cloud: Place): Housed => ({
  ...cloud,
  stateBucket: stateBucketName({ cloud: cloud.name, accountId: cloud.accountId, region: cloud.region }),
});

/** Makes what is missing of it, or finds it. Answers what it says of the cloud, which wins over what is given. */
export async function ensureHome(cloud: Place, timeZone: string): Promise<{ bucket: string; facts: HomeFacts }> {
  const housed = housedAt(cloud);
  await ensureBucket(housed);
  await ensurePassphrase(housed, randomBytes(32).toString("base64url"));
  const there = await readFacts(housed);
  if (!there && (await hasObject(housed, movingKey))) throw faults.homeMoving(housed.stateBucket);
  const facts = there ?? (await writeFacts(housed, { timeZone }));
  return { bucket: housed.stateBucket, facts };
}

/** Undefined while it is not complete. Throws `home-broken`, `file-newer`. */
export async function readFacts(housed: Housed): Promise<HomeFacts | undefined> {
  const found = await getObject(housed, factsKey);
  if (!found) return undefined;
  try {
    const facts = JSON.parse(found.bytes.toString()) as HomeFacts;
    if (facts.format === 1 && facts.cloud === housed.name) return facts;
  } catch {
    // Told below, as anything else that does not belong there.
  }
  throw faults.homeBroken(housed.stateBucket, factsKey);
}

/** The first one wins; answers what is there then. */
export async function writeFacts(
  housed: Housed,
  { timeZone, movedBy }: { timeZone: string; movedBy?: string },
): Promise<HomeFacts> {
  const { name, accountId, region } = housed;
  const madeAt = new Date().toISOString();
  const facts: HomeFacts = {
    format: 1,
    cloud: name,
    accountId,
    region,
    timeZone,
    madeAt,
    ...(movedBy ? { movedBy } : {}),
  };
  await putObject(housed, factsKey, `${JSON.stringify(facts, null, 2)}\n`, { absent: true });
  return (await readFacts(housed)) ?? facts;
}

/** The regions in which this account has state of a cloud of this name. */
export async function regionsOf(cloud: Place): Promise<string[]> {
  return guarded(cloud, async () => {
    const { sdk, client } = await s3(cloud);
    const prefix = stateBucketPrefix(cloud.name);
    const regions: string[] = [];
    for (let ContinuationToken: string | undefined; ; ) {
      const page = await client.send(
        new sdk.ListBucketsCommand({ Prefix: prefix, ContinuationToken, MaxBuckets: 1000 }),
      );
      for (const { Name = "", BucketRegion } of page.Buckets ?? []) {
        if (!Name.startsWith(prefix)) continue;
        const region = BucketRegion ?? (await locationOf(cloud, Name));
        const { name, accountId } = cloud;
        if (Name === stateBucketName({ cloud: name, accountId, region })) regions.push(region);
      }
      ContinuationToken = page.ContinuationToken;
      if (!ContinuationToken) return regions.sort();
    }
  });
}

async function locationOf(cloud: Place, Bucket: string): Promise<string> {
  const { sdk, client } = await s3(cloud);
  const { LocationConstraint } = await client.send(
    new sdk.GetBucketLocationCommand({ Bucket, ExpectedBucketOwner: cloud.accountId }),
  );
  return LocationConstraint === "EU" ? "eu-west-1" : LocationConstraint || "us-east-1";
}

/** Made and walled; a bucket of that name in another account is refused. */
export async function ensureBucket(housed: Housed): Promise<void> {
  const { region, stateBucket: Bucket, accountId } = housed;
  await guarded(housed, async () => {
    const { sdk, client } = await s3(housed);
    const here = { Bucket, ExpectedBucketOwner: accountId };
    if (!(await bucketThere(housed))) {
      const location =
        region === "us-east-1" ? {} : { CreateBucketConfiguration: { LocationConstraint: region as never } };
      await client.send(new sdk.CreateBucketCommand({ Bucket, ...location })).catch((error: Error) => {
        if (error.name === "BucketAlreadyExists") throw faults.homeTaken(Bucket);
        if (error.name !== "BucketAlreadyOwnedByYou" && error.name !== "OperationAborted") throw error;
      });
    }
    for (const wall of walls(housed)) {
      const found = await known(() => wall.get(client, sdk, here));
      if (found !== undefined && covers(found, wall.want)) continue;
      await known(() => wall.put(client, sdk, here, found), "again").catch((error: Error) => {
        // Stores that are not AWS's own may have no such thing; what keeps others out is never left away.
        if (!(wall.optional && error.name === "NotImplemented")) throw error;
      });
    }
  });
}

/** False when it is not there. Throws `home-taken` when it is somebody else's. */
async function bucketThere(housed: Housed): Promise<boolean> {
  const { sdk, client } = await s3(housed);
  const { stateBucket: Bucket, accountId: ExpectedBucketOwner } = housed;
  return client.send(new sdk.HeadBucketCommand({ Bucket, ExpectedBucketOwner })).then(
    () => true,
    async (error) => {
      const { httpStatusCode } = error.$metadata ?? {};
      if (httpStatusCode === 404) return false;
      if (httpStatusCode !== 403) throw error;
      // A 403 without a body: somebody else's, or credentials that may not look.
      const mine = await regionsOf(housed);
      throw mine.includes(housed.region) ? Object.assign(error, { name: "AccessDenied" }) : faults.homeTaken(Bucket);
    },
  );
}

type Client = Awaited<ReturnType<typeof s3>>["client"];
type Sdk = Awaited<ReturnType<typeof s3>>["sdk"];
type Here = { Bucket: string; ExpectedBucketOwner: string };

interface Wall {
  want: unknown;
  /** Housekeeping: a store that cannot do it is no worse guarded. */
  optional?: true;
  get(client: Client, sdk: Sdk, here: Here): Promise<unknown>;
  /** `found`: what is there; what of it says something else stays. */
  put(client: Client, sdk: Sdk, here: Here, found: unknown): Promise<unknown>;
}

/** What a state bucket has to have, in the words S3 answers with; what says more than this is left alone. */
function walls(housed: Housed): Wall[] {
  const { name } = housed;
  const PublicAccessBlockConfiguration = {
    BlockPublicAcls: true,
    IgnorePublicAcls: true,
    BlockPublicPolicy: true,
    RestrictPublicBuckets: true,
  };
  const Rules = [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" as const } }];
  const TagSet = [
    { Key: "freehold:app", Value: foundationStack },
    { Key: "freehold:cloud", Value: name },
  ];
  // What was overwritten or removed stays for a while: a mistake can be taken back, and no history grows for ever.
  const lifecycle = [
    {
      ID: "forget-old-versions",
      Status: "Enabled" as const,
      Filter: { Prefix: "" },
      NoncurrentVersionExpiration: { NoncurrentDays: 90 },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
    },
  ];
  return [
    {
      want: PublicAccessBlockConfiguration,
      get: async (client, sdk, here) =>
        (await client.send(new sdk.GetPublicAccessBlockCommand(here))).PublicAccessBlockConfiguration,
      put: (client, sdk, here) =>
        client.send(new sdk.PutPublicAccessBlockCommand({ ...here, PublicAccessBlockConfiguration })),
    },
    {
      want: "Enabled",
      get: async (client, sdk, here) => (await client.send(new sdk.GetBucketVersioningCommand(here))).Status,
      put: (client, sdk, here) =>
        client.send(new sdk.PutBucketVersioningCommand({ ...here, VersioningConfiguration: { Status: "Enabled" } })),
    },
    {
      // Any encryption will do: the owner may have chosen a key of their own.
      want: [{ ApplyServerSideEncryptionByDefault: {} }],
      get: async (client, sdk, here) =>
        (await client.send(new sdk.GetBucketEncryptionCommand(here))).ServerSideEncryptionConfiguration?.Rules,
      put: (client, sdk, here) =>
        client.send(new sdk.PutBucketEncryptionCommand({ ...here, ServerSideEncryptionConfiguration: { Rules } })),
    },
    ...(housed.endpoint?.startsWith("http:") ? [] : [encryptedOnly(housed)]),
    {
      want: TagSet,
      get: async (client, sdk, here) => (await client.send(new sdk.GetBucketTaggingCommand(here))).TagSet,
      put: (client, sdk, here, found) => {
        const others = ((found ?? []) as { Key?: string; Value?: string }[]).filter(
          ({ Key }) => !TagSet.some((tag) => tag.Key === Key),
        );
        const all = [...others.map(({ Key = "", Value = "" }) => ({ Key, Value })), ...TagSet];
        return client.send(new sdk.PutBucketTaggingCommand({ ...here, Tagging: { TagSet: all } }));
      },
    },
    {
      want: [{ ID: "forget-old-versions" }],
      optional: true,
      get: async (client, sdk, here) => (await client.send(new sdk.GetBucketLifecycleConfigurationCommand(here))).Rules,
      put: (client, sdk, here) =>
        client.send(
          new sdk.PutBucketLifecycleConfigurationCommand({ ...here, LifecycleConfiguration: { Rules: lifecycle } }),
        ),
    },
  ];
}

/** Everything over a connection that is not encrypted is denied: at an endpoint that has no other, that would be everything. */
export function encryptedOnly({ region, stateBucket }: Pick<Housed, "region" | "stateBucket">): Wall {
  const arn = `arn:${partitionOf(region)}:s3:::${stateBucket}`;
  const statement = {
    Sid: "OnlyEncryptedConnections",
    Effect: "Deny",
    Principal: "*",
    Action: "s3:*",
    Resource: [arn, `${arn}/*`],
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  };
  return {
    want: [statement],
    get: async (client, sdk, here) =>
      JSON.parse((await client.send(new sdk.GetBucketPolicyCommand(here))).Policy ?? "{}").Statement,
    put: (client, sdk, here, found) => {
      const Statement = [...((found ?? []) as object[]), statement];
      const policy = { Version: "2012-10-17", Statement };
      return client.send(new sdk.PutBucketPolicyCommand({ ...here, Policy: JSON.stringify(policy) }));
    },
  };
}

/** Whether `found` says at least what `want` says. */
function covers(found: unknown, want: unknown): boolean {
  if (Array.isArray(want))
    return Array.isArray(found) && want.every((item) => found.some((other) => covers(other, item)));
  if (want === null || typeof want !== "object") return found === want;
  if (found === null || typeof found !== "object") return false;
  return Object.entries(want).every(([key, value]) => covers((found as Record<string, unknown>)[key], value));
}

/** Undefined when it is not set; with `again`, asks until a bucket made a moment ago is known everywhere. */
async function known<T>(ask: () => Promise<T>, again?: "again"): Promise<T | undefined> {
  for (let tries = 1; ; tries++)
    try {
      return await ask();
    } catch (error) {
      const { name } = error as Error;
      const unset = /^NoSuch|NotFound/.test(name);
      const soon = name === "NoSuchBucket" || name === "OperationAborted";
      if (!again && unset) return undefined;
      if (!(again && soon && tries < 30)) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.min(1000, 50 * tries)));
    }
}

/** Made once: of two computers that make it at once the first wins. Answers the one that counts. */
export async function ensurePassphrase(cloud: Place, made: string): Promise<string> {
  const found = await findPassphrase(cloud);
  if (found !== undefined) return found;
  return guarded(cloud, async () => {
    const { sdk, client } = await ssm(cloud);
    try {
      await client.send(
        new sdk.PutParameterCommand({
          Name: statePassphraseParameter(cloud.name),
          Description: "Opens what is secret in the state of this cloud; lost, it cannot be made again",
          Type: "SecureString",
          Value: made,
          Overwrite: false,
          Tags: [
            { Key: "freehold:cloud", Value: cloud.name },
            { Key: "freehold:app", Value: foundationStack },
          ],
        }),
      );
      return made;
    } catch (error) {
      if (!(error instanceof sdk.ParameterAlreadyExists)) throw error;
      return (await findPassphrase(cloud)) ?? made;
    }
  });
}

export async function findPassphrase(cloud: Place): Promise<string | undefined> {
  return guarded(cloud, async () => {
    const { sdk, client } = await ssm(cloud);
    try {
      const Name = statePassphraseParameter(cloud.name);
      const { Parameter } = await client.send(new sdk.GetParameterCommand({ Name, WithDecryption: true }));
      return Parameter?.Value;
    } catch (error) {
      if (error instanceof sdk.ParameterNotFound) return undefined;
      throw error;
    }
  });
}

/** The end of a cloud: every version of every object, the bucket, the passphrase. Gone already is done. */
export async function removeHome(housed: Housed): Promise<void> {
  await guarded(housed, async () => {
    await removeBucket(housed, housed.stateBucket);
    const { sdk, client } = await ssm(housed);
    await client.send(new sdk.DeleteParametersCommand({ Names: [statePassphraseParameter(housed.name)] }));
  });
}
