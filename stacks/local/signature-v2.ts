/**
 * Presigned addresses of the older kind, which boto3 and the aws CLI still make unless they are told not to. GET, PUT
 * and the others of S3 only, in the query only; a parameter that this kind does not sign is refused, not trusted.
 */
import { createHmac } from "node:crypto";

/** What is signed of a request; the path percent-encoded as it came. */
interface Presigned {
  method: string;
  path: string;
  query: readonly (readonly [name: string, value: string])[];
  headers: Readonly<Record<string, string>>;
}

const authentication = ["AWSAccessKeyId", "Signature", "Expires", "x-amz-security-token"];

/** Query parameters that are part of what is signed. */
const signedParameters = new Set([
  ...["acl", "cors", "delete", "lifecycle", "location", "logging", "notification", "partNumber", "policy", "tagging"],
  ...["requestPayment", "restore", "torrent", "uploadId", "uploads", "versionId", "versioning", "versions", "website"],
  ...["response-cache-control", "response-content-disposition", "response-content-encoding"],
  ...["response-content-language", "response-content-type", "response-expires"],
]);

export const isV2 = (query: ReadonlyMap<string, string>): boolean =>
  query.has("AWSAccessKeyId") && query.has("Signature") && query.has("Expires");

/** Base64; undefined when the query says something that the signature would not cover. */
export function signatureV2(request: Presigned, secret: string): string | undefined {
  const query = new Map(request.query);
  const others = request.query.filter(([name]) => !authentication.includes(name));
  if (others.some(([name]) => !signedParameters.has(name)) || query.size !== request.query.length) return undefined;
  const { headers } = request;
  const token = query.get("x-amz-security-token");
  const amz = [
    ...Object.entries(headers).filter(([name]) => name.startsWith("x-amz-")),
    ...(token === undefined ? [] : [["x-amz-security-token", token] as const]),
  ].sort(([a], [b]) => (a < b ? -1 : 1));
  const parameters = others
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => (value === "" ? name : `${name}=${value}`));
  const text = [
    request.method,
    headers["content-md5"] ?? "",
    headers["content-type"] ?? "",
    query.get("Expires") ?? "",
    ...amz.map(([name, value]) => `${name}:${value.trim()}`),
    `${virtualBucket(headers["host"] ?? "")}${request.path}${parameters.length > 0 ? `?${parameters.join("&")}` : ""}`,
  ];
  return createHmac("sha1", secret).update(text.join("\n"), "utf8").digest("base64");
}

/** A bucket that the Host names is signed as if the path named it. */
function virtualBucket(host: string): string {
  const bucket = /^(.+?)(?:\.s3(?:[.-][a-z0-9-]+)?)?\.localhost(?::\d+)?$/.exec(host.toLowerCase())?.[1];
  return bucket === undefined || /^s3(?:[.-][a-z0-9-]+)?$/.test(bucket) ? "" : `/${bucket}`;
}
