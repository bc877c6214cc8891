/**
 * Files of a bucket, read: what is known of one, its bytes as a stream that goes on where a broken connection left off, and
 * an address that anybody may read it at for a while. Holds no file in memory; changes nothing.
 */
import { bug } from "../../blueprints/fault.ts";
import type { Cloud } from "../cloud.ts";
import { guarded, s3 } from "../deploy/clients.ts";
import { faults } from "./faults.ts";
import type { FileState } from "./journal.ts";
import { type BucketStore, storeName } from "./stores.ts";

type Made = Awaited<ReturnType<typeof s3>>;

/** With a client that goes when it is done; what goes wrong is a fault. */
export async function inBucket<T>(cloud: Cloud, call: (made: Made) => Promise<T>): Promise<T> {
  return guarded(cloud, async () => {
    const made = await s3(cloud);
    try {
      return await call(made);
    } finally {
      made.client.destroy();
    }
  });
}

/** What every call to one bucket says. */
export const inIts = (cloud: Cloud, { id }: Pick<BucketStore, "id">) => ({
  Bucket: id,
  ExpectedBucketOwner: cloud.accountId,
});

export const missing = (error: unknown): undefined => {
  if (!/^(NotFound|NoSuchKey)$/.test((error as Error).name)) throw error;
  return undefined;
};

/** Undefined when there is none. */
export function seeFile(cloud: Cloud, store: BucketStore, Key: string): Promise<FileState | undefined> {
  return inBucket(cloud, async ({ sdk, client }) => {
    const head = await client.send(new sdk.HeadObjectCommand({ ...inIts(cloud, store), Key })).catch(missing);
    if (!head) return undefined;
    const { ETag: etag, ContentLength: size, ContentType: type, Metadata: metadata = {} } = head;
    if (etag === undefined || size === undefined) throw bug(`the cloud says no size or version of ${Key}`);
    return {
      ...{ etag, size, ...(type ? { type } : {}) },
      ...(Object.keys(metadata).length > 0 ? { metadata } : {}),
    };
  });
}

/** A connection that breaks is made again, from the byte it broke at; so often in a row without a byte more. */
const mostBreaks = 5;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Its bytes, in order, of one version of it. Throws `file-unknown`, `file-changed`, `transfer-cut-off`. */
export async function* fileBytes(cloud: Cloud, store: BucketStore, Key: string): AsyncGenerator<Uint8Array> {
  const seen = await seeFile(cloud, store, Key);
  if (!seen) throw faults.noFile(storeName(store), Key);
  const { sdk, client } = await s3(cloud);
  try {
    for (let at = 0, breaks = 0; at < seen.size; )
      try {
        const range = at > 0 ? { Range: `bytes=${at}-` } : {};
        const { Body } = await client.send(
          new sdk.GetObjectCommand({ ...inIts(cloud, store), Key, ...range, IfMatch: seen.etag }),
        );
        for await (const chunk of Body as unknown as AsyncIterable<Uint8Array>) {
          at += chunk.length;
          breaks = 0;
          yield chunk;
        }
        if (at < seen.size) throw new Error(`the connection ended after ${at} of ${seen.size} bytes`);
      } catch (error) {
        if (/^(PreconditionFailed|NoSuchKey)$/.test((error as Error).name))
          throw faults.fileChanged(storeName(store), Key);
        if (refused(error)) throw await asFault(cloud, error);
        if (++breaks > mostBreaks) throw faults.cutOff(storeName(store), Key, error);
        await pause(100 * 2 ** breaks);
      }
  } finally {
    client.destroy();
  }
}

/** The cloud has answered, and will answer the same again. */
function refused(error: unknown): boolean {
  const { httpStatusCode = 500 } = (error as { $metadata?: { httpStatusCode?: number } }).$metadata ?? {};
  return httpStatusCode >= 400 && httpStatusCode < 500;
}

async function asFault(cloud: Cloud, error: unknown): Promise<unknown> {
  return guarded(cloud, () => Promise.reject(error)).catch((fault: unknown) => fault);
}

/** The longest that AWS signs an address for. */
export const longestShare = 7 * 86_400;

export interface Share {
  url: string;
  /** ISO 8601. */
  expires: string;
  /** The credentials that signed it end before: then it does, too. */
  sooner?: true;
}

/** Whoever has the address reads the file until then. Throws `file-unknown`. */
export async function shareFile(cloud: Cloud, store: BucketStore, Key: string, seconds: number): Promise<Share> {
  if (!(await seeFile(cloud, store, Key))) throw faults.noFile(storeName(store), Key);
  return inBucket(cloud, async ({ sdk, client }) => {
    const { getSignedUrl } = await import("../deploy/sdk/presign.ts");
    const { expiration } = await client.config.credentials();
    const asked = Date.now() + seconds * 1000;
    const ends = Math.min(asked, expiration?.getTime() ?? asked);
    const url = await getSignedUrl(client, new sdk.GetObjectCommand({ Bucket: store.id, Key }), { expiresIn: seconds });
    return { url, expires: new Date(ends).toISOString(), ...(ends < asked ? { sooner: true as const } : {}) };
  });
}
