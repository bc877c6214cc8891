/** Headers a client sends with an object, read into Meta and written back. */
import { type Call, ServiceError } from "../service.ts";
import { headerOf } from "./checksums.ts";
import { s3Error } from "./errors.ts";
import type { Meta, Version } from "./records.ts";
import { httpDate } from "./request.ts";

const kept = [
  "content-type",
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "expires",
];

export type ClientMeta = Pick<Meta, "headers" | "user" | "tags">;

export function metaOf(headers: Call["headers"]): ClientMeta {
  const given: Record<string, string> = {};
  const user: Record<string, string> = {};
  for (const name of kept) if (headers[name] !== undefined) given[name] = headers[name];
  // aws-chunked is how it travelled, not what it is.
  const encoding = (given["content-encoding"] ?? "")
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "" && one !== "aws-chunked");
  if (encoding.length > 0) given["content-encoding"] = encoding.join(",");
  else delete given["content-encoding"];
  given["content-type"] ??= "binary/octet-stream";
  let size = 0;
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith("x-amz-meta-")) continue;
    user[name.slice("x-amz-meta-".length)] = value;
    size += name.length - "x-amz-meta-".length + value.length;
  }
  if (size > 2048) throw s3Error("MetadataTooLarge", undefined, { Size: size, MaxSizeAllowed: 2048 });
  return { headers: given, user, tags: tagsOfHeader(headers["x-amz-tagging"]) };
}

function tagsOfHeader(header: string | undefined): Record<string, string> {
  const pairs = [...new URLSearchParams(header ?? "")];
  return checkTags(pairs, 10);
}

/** Unique keys of 1 to 128, values of at most 256 characters; AWS keeps `aws:` for itself. */
export function checkTags(pairs: readonly (readonly [string, string])[], max: number): Record<string, string> {
  if (pairs.length > max) throw new ServiceError("BadRequest", 400, `Object tags cannot be greater than ${max}`);
  const tags: Record<string, string> = Object.create(null);
  for (const [key, value] of pairs) {
    if (key === "" || key.length > 128 || value.length > 256 || key.startsWith("aws:")) throw s3Error("InvalidTag");
    if (key in tags) throw s3Error("InvalidTag", "Cannot provide multiple Tags with the same key", { TagKey: key });
    tags[key] = value;
  }
  return tags;
}

/** What GET and HEAD say of an object. */
export function objectHeaders(it: Version, versioned: boolean): Record<string, string | undefined> {
  const { meta } = it;
  const tagCount = Object.keys(meta.tags).length;
  return {
    ...meta.headers,
    ...Object.fromEntries(Object.entries(meta.user).map(([name, value]) => [`x-amz-meta-${name}`, value])),
    etag: `"${it.etag}"`,
    "last-modified": httpDate(it.modified),
    "accept-ranges": "bytes",
    "x-amz-server-side-encryption": "AES256",
    "x-amz-version-id": versioned ? it.version : undefined,
    "x-amz-tagging-count": tagCount > 0 ? String(tagCount) : undefined,
  };
}

export const checksumHeaders = (meta: Meta): Record<string, string> => ({
  [headerOf(meta.algorithm)]: meta.checksum,
  "x-amz-checksum-type": meta.checksumType,
});
