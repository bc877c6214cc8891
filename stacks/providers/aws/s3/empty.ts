/** Deletes all a bucket holds, page by page: every version, every delete marker, every upload under way. */
import type { ObjectIdentifier, S3 } from "@aws-sdk/client-s3";
import type { Context } from "../../../engine/provider.ts";
import { ProviderError } from "../errors.ts";
import type { Target } from "./calls.ts";

export async function empty(client: S3, of: Target, context: Context, prefix?: { key: string }): Promise<void> {
  if (!prefix) await abortUploads(client, of);
  let deleted = 0;
  let KeyMarker: string | undefined;
  let VersionIdMarker: string | undefined;
  do {
    const page = await client.listObjectVersions({ ...of, KeyMarker, VersionIdMarker, Prefix: prefix?.key });
    const found = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].filter(
      ({ Key }) => !prefix || Key === prefix.key,
    );
    const Objects = found.map(({ Key, VersionId }) => ({ Key: Key!, VersionId }));
    if (Objects.length > 0) await deletePage(client, of, Objects);
    deleted += Objects.length;
    context.status(`deleting what ${of.Bucket} holds (${deleted} so far)`);
    KeyMarker = page.IsTruncated ? page.NextKeyMarker : undefined;
    VersionIdMarker = page.IsTruncated ? page.NextVersionIdMarker : undefined;
  } while (KeyMarker !== undefined);
}

async function deletePage(client: S3, of: Target, Objects: ObjectIdentifier[]): Promise<void> {
  const { Errors = [] } = await client.deleteObjects({ ...of, Delete: { Objects, Quiet: true } });
  const first = Errors[0];
  if (first)
    throw new ProviderError(
      "delete-failed",
      `s3:DeleteObject on ${of.Bucket}/${first.Key}: ${first.Message ?? "no message"} (${first.Code}), and ${Errors.length - 1} more`,
    );
}

async function abortUploads(client: S3, of: Target): Promise<void> {
  let KeyMarker: string | undefined;
  let UploadIdMarker: string | undefined;
  do {
    const page = await client.listMultipartUploads({ ...of, KeyMarker, UploadIdMarker });
    for (const { Key, UploadId } of page.Uploads ?? []) await client.abortMultipartUpload({ ...of, Key, UploadId });
    KeyMarker = page.IsTruncated ? page.NextKeyMarker : undefined;
    UploadIdMarker = page.IsTruncated ? page.NextUploadIdMarker : undefined;
  } while (KeyMarker !== undefined);
}
