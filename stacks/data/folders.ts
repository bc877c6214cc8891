/**
 * A bucket by folders: what stands before the next `/` of names, and the files that have none. A page at a time, as the
 * listing itself has them; a folder of a million files costs one line. Reads names alone.
 */
import type { Cloud } from "../cloud.ts";
import { guarded, s3 } from "../deploy/clients.ts";
import { faults } from "./faults.ts";
import { type BucketStore, storeName } from "./stores.ts";
import type { Item } from "./values.ts";

export interface FolderPage {
  /** Whole beginnings of names, each with its `/`. */
  folders: string[];
  /** `key`, `size` and `modified`. */
  files: Item[];
  /** There may be more, from here on. */
  next?: string;
}

interface Asked {
  /** What names begin with: a folder with its `/`, or nothing. */
  prefix: string;
  /** Folders and files together. */
  limit: number;
  /** A token of an earlier page of the same folder. */
  from?: string;
}

/** Throws `token-wrong`, and what the cloud refuses. */
export async function folderPage(
  cloud: Cloud,
  store: BucketStore,
  { prefix, limit, from }: Asked,
): Promise<FolderPage> {
  const token = from === undefined ? undefined : placeOf(from, prefix, store);
  return guarded(cloud, async () => {
    const { sdk, client } = await s3(cloud);
    try {
      const page = await client.send(
        new sdk.ListObjectsV2Command({
          ...{ Bucket: store.id, ExpectedBucketOwner: cloud.accountId, Delimiter: "/" },
          ...(prefix === "" ? {} : { Prefix: prefix }),
          MaxKeys: Math.min(limit, 1000),
          ...(token === undefined ? {} : { ContinuationToken: token }),
        }),
      );
      const { NextContinuationToken: after } = page;
      return {
        folders: (page.CommonPrefixes ?? []).flatMap(({ Prefix }) => (Prefix === undefined ? [] : [Prefix])),
        files: (page.Contents ?? []).map(
          ({ Key = "", Size = 0, LastModified }): Item => ({
            key: { S: Key },
            size: { N: String(Size) },
            modified: { S: (LastModified ?? new Date(0)).toISOString() },
          }),
        ),
        ...(after === undefined ? {} : { next: tokenOf(after, prefix) }),
      };
    } finally {
      client.destroy();
    }
  });
}

const tokenOf = (after: string, prefix: string): string =>
  Buffer.from(JSON.stringify({ folder: prefix, after })).toString("base64url");

function placeOf(token: string, prefix: string, store: BucketStore): string {
  try {
    const { folder, after } = JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
    if (folder === prefix && typeof after === "string") return after;
  } catch {
    // Said below, as one of another folder is.
  }
  throw faults.tokenWrong(storeName(store));
}
