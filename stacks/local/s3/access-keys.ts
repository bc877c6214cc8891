/** S3's condition keys: how a request was signed, what it says of objects and listings, which tags are there. */
import type { Call, Need } from "../service.ts";
import type { S3 } from "./request.ts";

type Keys = ReturnType<NonNullable<Need["keys"]>>;

export interface ObjectRef {
  bucket: string;
  key: string;
  version: string | undefined;
}

/** Known of every request. */
export function bucketKeys(call: Call): Keys {
  const { caller, headers, query } = call;
  const presigned = query.has("X-Amz-Signature") || query.has("Signature");
  return {
    "s3:ResourceAccount": call.accountId,
    "s3:x-amz-content-sha256": headers["x-amz-content-sha256"] ?? query.get("X-Amz-Content-Sha256") ?? undefined,
    ...(caller && {
      "s3:signatureversion": query.has("Signature") ? "AWS" : "AWS4-HMAC-SHA256",
      "s3:authType": presigned ? "REST-QUERY-STRING" : headers["authorization"] ? "REST-HEADER" : "POST",
    }),
    "s3:x-amz-acl": headers["x-amz-acl"],
  };
}

const kept = [
  ...["x-amz-copy-source", "x-amz-metadata-directive", "x-amz-server-side-encryption", "x-amz-storage-class"],
  ...["if-match", "if-none-match"],
];

export function objectKeys({ headers }: Call, { version }: ObjectRef): Keys {
  return { ...Object.fromEntries(kept.map((name) => [`s3:${name}`, headers[name]])), "s3:versionid": version };
}

/** Of what is asked for; a listing without a prefix has none. */
export function listKeys({ query }: Call): Keys {
  const value = (name: string): string | undefined => query.get(name) ?? undefined;
  return {
    "s3:prefix": value("prefix") ?? "",
    "s3:delimiter": value("delimiter"),
    "s3:max-keys": value("max-keys"),
  };
}

/** Tags that a new object brings, as its header says them. */
export function requestTagKeys(header: string | undefined): Keys {
  const tags = [...new URLSearchParams(header ?? "")];
  if (tags.length === 0) return {};
  return {
    ...Object.fromEntries(tags.map(([key, value]) => [`s3:RequestObjectTag/${key}`, value])),
    "s3:RequestObjectTagKeys": tags.map(([key]) => key),
  };
}

export function existingTags({ records }: S3, { bucket, key, version }: ObjectRef): Keys {
  const found = version === undefined ? records.latest(bucket, key) : records.version(bucket, key, version);
  const tags = Object.entries(found?.meta.tags ?? {});
  return Object.fromEntries(tags.map(([name, value]) => [`s3:ExistingObjectTag/${name}`, value]));
}
