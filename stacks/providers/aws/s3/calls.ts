/** What the S3 types share: the client, the expected owner on every call, and S3's own ways of saying "not there". */
import type { S3 } from "@aws-sdk/client-s3";
import { retried } from "../../kit/waiting.ts";
import { hasCode } from "../errors.ts";
import { type Properties, text } from "../schema.ts";
import { type Aspect, type Call, type Observed, type ResourceType, str } from "../type.ts";

/** `Bucket` and `ExpectedBucketOwner`, spread into every request. */
export interface Target {
  Bucket: string;
  ExpectedBucketOwner?: string;
}

export async function s3(call: Call): Promise<S3> {
  return await call.session.client("s3", call.context, call.label, call.region);
}

/** The bucket and whose it must be, so that a bucket of that name in another account is never touched. */
export async function target(call: Call, bucket: string): Promise<Target> {
  const owner = str(call.inputs, "expectedBucketOwner") ?? (await call.session.expectedOwner(call.context));
  return owner ? { Bucket: bucket, ExpectedBucketOwner: owner } : { Bucket: bucket };
}

/** The answer, or undefined when the bucket or the named part of it is not there. */
export async function orMissing<T>(attempt: Promise<T>, ...codes: string[]): Promise<T | undefined> {
  try {
    return await attempt;
  } catch (error) {
    if (hasCode(error, "NoSuchBucket", "NotFound", ...codes)) return undefined;
    throw error;
  }
}

/** A bucket created a moment ago may be unknown to the part of S3 that answers next. */
export async function onBucket<T>(call: Call, bucket: string, attempt: () => Promise<T>): Promise<T> {
  const wait = { what: `bucket ${bucket} to be known everywhere`, seconds: 30 };
  const again = (error: unknown): boolean => hasCode(error, "NoSuchBucket", "OperationAborted");
  return await retried(call.context, wait, again, attempt);
}

interface Part {
  token: string;
  properties: Properties;
  /** Sets the whole configuration; setting it twice is the same as once. */
  put(client: S3, target: Target, call: Call): Promise<unknown>;
  /** Its inputs as S3 has them; undefined when it is not set. */
  get(client: S3, target: Target): Promise<Observed["inputs"] | undefined>;
  unset(client: S3, target: Target): Promise<unknown>;
  /** Codes by which S3 says that it is not set. */
  missing: readonly string[];
}

/** A configuration of a bucket as a resource of its own: one per bucket, its id the bucket's name. */
export function bucketPart(part: Part): ResourceType {
  const put = async (call: Call): Promise<string> => {
    const bucket = str(call.inputs, "bucket")!;
    const [client, to] = [await s3(call), await target(call, bucket)];
    await onBucket(call, bucket, () => part.put(client, to, call));
    return bucket;
  };
  const aspect: Aspect = {
    of: Object.keys(part.properties),
    sync: async (call) => {
      await put(call);
    },
  };
  return {
    token: part.token,
    properties: { bucket: text({ required: true, replaces: true }), ...part.properties },
    outputs: [],
    identity: (inputs) => str(inputs, "bucket"),
    create: put,
    aspects: [aspect],
    observe: async (call) => {
      const [client, of] = [await s3(call), await target(call, call.id)];
      const inputs = await orMissing(part.get(client, of), ...part.missing);
      return inputs && { inputs: { bucket: call.id, ...inputs }, outputs: {} };
    },
    remove: async (call) => {
      const [client, of] = [await s3(call), await target(call, call.id)];
      await orMissing(part.unset(client, of), ...part.missing);
    },
  };
}
