/** Tags of an object's version. */
import type { Reply } from "../service.ts";
import { find } from "./get.ts";
import { keyBytes } from "./records.ts";
import { bucketOf, empty, type Request, type S3 } from "./request.ts";
import { readTags, tagging } from "./settings.ts";

function versionHeader(request: Request, s3: S3, version: string): Record<string, string | undefined> {
  return { "x-amz-version-id": bucketOf(request, s3).versioning === "" ? undefined : version };
}

export function getObjectTagging(request: Request, s3: S3): Reply {
  bucketOf(request, s3);
  const it = find(request, request.call.query.get("versionId"), s3);
  return tagging(it.meta.tags, versionHeader(request, s3, it.version));
}

async function change(request: Request, s3: S3, tags: Record<string, string>): Promise<string> {
  return s3.cloud.store.write(() => {
    const it = find(request, request.call.query.get("versionId"), s3);
    s3.records.run(
      "UPDATE s3_versions SET meta = ? WHERE bucket = ? AND key = ? AND version = ?",
      JSON.stringify({ ...it.meta, tags }),
      request.bucket,
      keyBytes(request.key),
      it.version,
    );
    return it.version;
  });
}

export async function putObjectTagging(request: Request, s3: S3): Promise<Reply> {
  bucketOf(request, s3);
  const version = await change(request, s3, await readTags(request, 10));
  return empty(200, versionHeader(request, s3, version));
}

export async function deleteObjectTagging(request: Request, s3: S3): Promise<Reply> {
  bucketOf(request, s3);
  const version = await change(request, s3, {});
  return empty(204, versionHeader(request, s3, version));
}
