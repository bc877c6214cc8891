/** PostObject: an upload from an HTML form. The form's policy is the permission; without one there is none. */
import { Readable } from "node:stream";
import type { Call, Reply } from "../service.ts";
import { objectNeed } from "./access.ts";
import { admitHeaders } from "./admit.ts";
import { maxPutBytes } from "./bodies.ts";
import { notServed, s3Error } from "./errors.ts";
import { readForm } from "./form.ts";
import { metaOf } from "./meta.ts";
import { checkPolicy, type PostPolicy } from "./post-policy.ts";
import { writeVersion } from "./put.ts";
import { bucketOf, decodeKey, empty, type Request, type S3, tag } from "./request.ts";

export const isForm = ({ call, bucket, key }: Request): boolean =>
  call.method === "POST" &&
  bucket !== "" &&
  key === "" &&
  (call.headers["content-type"] ?? "").toLowerCase().startsWith("multipart/form-data");

export async function postObject(request: Request, s3: S3): Promise<Reply> {
  const { call, bucket } = request;
  bucketOf(request, s3);
  const form = await readForm(call.body, call.headers["content-type"] ?? "");
  const { fields, fileName } = form;
  const key = (fields.get("key") ?? "").replaceAll("${filename}", fileName);
  if (key === "") throw s3Error("InvalidArgument", "Bucket POST must contain a field named 'key'.");
  // For its limit of length: the key is no address here, and stays as it is.
  decodeKey(encodeURIComponent(key));
  const { length, caller } = checkPolicy(fields, bucket, s3.cloud);
  if (fields.has("tagging")) throw notServed("Tags in a form");
  const headers = headersOf(fields);
  admitHeaders("PutObject", headers);
  const body = Readable.from(within(form.file, length), { objectMode: false });
  const signed = { ...request, call: { ...call, caller } };
  s3.cloud.access.require(signed.call, [objectNeed(s3, signed, "PutObject", { bucket, key, version: undefined })]);
  const upload: Call = { ...call, headers, body, bodyLength: undefined, trailers: {} };
  const { segment, md5, algorithm, checksum } = await s3.bodies.receive(upload, "CRC64NVME");
  const version = {
    size: segment.size,
    etag: md5,
    segments: segment.size === 0 ? [] : [segment],
    meta: { ...metaOf(headers), algorithm, checksum, checksumType: "FULL_OBJECT" as const },
  };
  const { versionId } = await writeVersion({ call: upload, bucket, key }, s3, version, [segment.id]);
  return answer(request, key, md5, versionId, fields);
}

/** A form says in fields what PutObject says in headers. */
function headersOf(fields: ReadonlyMap<string, string>): Record<string, string> {
  const headers = Object.fromEntries(
    [...fields].filter(([name]) => !["policy", "key", "file", "tagging", "acl"].includes(name)),
  );
  const acl = fields.get("acl");
  return acl === undefined ? headers : { ...headers, "x-amz-acl": acl };
}

async function* within(file: AsyncGenerator<Buffer>, { min, max }: PostPolicy["length"]): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const chunk of file) {
    size += chunk.length;
    const limit = Math.min(max, maxPutBytes);
    if (size > limit) throw s3Error("EntityTooLarge", undefined, { ProposedSize: size, MaxSizeAllowed: limit });
    yield chunk;
  }
  if (size < min) throw s3Error("EntityTooSmall", undefined, { ProposedSize: size, MinSizeAllowed: min });
}

function answer(
  { call, bucket }: Request,
  key: string,
  md5: string,
  versionId: string | undefined,
  fields: ReadonlyMap<string, string>,
): Reply {
  const path = `${call.path.replace(/\/$/, "")}/${key.split("/").map(encodeURIComponent).join("/")}`;
  const location = `http://${call.host}${path}`;
  const headers = {
    etag: `"${md5}"`,
    location,
    "x-amz-version-id": versionId,
    "x-amz-server-side-encryption": "AES256",
  };
  const redirect = URL.parse(fields.get("success_action_redirect") ?? fields.get("redirect") ?? "");
  if (redirect && /^https?:$/.test(redirect.protocol)) {
    for (const [name, value] of Object.entries({ bucket, key, etag: `"${md5}"` }))
      redirect.searchParams.set(name, value);
    return empty(303, { ...headers, location: redirect.href });
  }
  const status = fields.get("success_action_status");
  if (status !== "201") return empty(status === "200" ? 200 : 204, headers);
  const content = tag("Location", location) + tag("Bucket", bucket) + tag("Key", key) + tag("ETag", `"${md5}"`);
  return {
    status: 201,
    headers: { ...headers, "content-type": "application/xml" },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse>${content}</PostResponse>`,
  };
}
