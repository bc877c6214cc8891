/** From a call to bucket and key, and the bits every S3 operation reads or writes. Knows no operation. */

import { escapeXml } from "../protocols/xml.ts";
import type { Call, LocalCloud, Reply } from "../service.ts";
import type { BodyStore } from "./bodies.ts";
import { s3Error } from "./errors.ts";
import type { BucketRow, Records } from "./records.ts";

/** What operations work with. */
export interface S3 {
  cloud: LocalCloud;
  records: Records;
  bodies: BodyStore;
}

export interface Request {
  call: Call;
  bucket: string;
  key: string;
}

export type Operation = (request: Request, s3: S3) => Reply | Promise<Reply>;

/** `http://127.0.0.1/BUCKET/KEY`, `http://BUCKET.s3.localhost/KEY`, `http://BUCKET.s3.REGION.localhost/KEY`, `http://BUCKET.localhost/KEY`. */
export function addressOf(call: Call): { bucket: string; key: string } {
  const hostname = call.host.replace(/:\d+$/, "");
  const virtual = /^(.+?)(?:\.s3(?:[.-][a-z0-9-]+)?)?\.localhost$/.exec(hostname)?.[1];
  const path = call.path.replace(/^\//, "");
  if (virtual !== undefined && !/^s3(?:[.-][a-z0-9-]+)?$/.test(virtual))
    return { bucket: virtual, key: decodeKey(path) };
  const at = path.indexOf("/");
  return at === -1
    ? { bucket: decodeKey(path), key: "" }
    : { bucket: decodeKey(path.slice(0, at)), key: decodeKey(path.slice(at + 1)) };
}

/**
 * A presigned address may carry headers as parameters: they count as headers, but the checksums of a body that was not
 * there yet when a client signed.
 */
export function presigned(call: Call): Call {
  if (!/[?&]?(X-Amz-)?Signature=/.test(call.rawQuery ?? "")) return call;
  const said = [...call.query].filter(([name]) => name.startsWith("x-amz-") && !signersOwn.test(name));
  return said.length === 0 ? call : { ...call, headers: { ...Object.fromEntries(said), ...call.headers } };
}

const signersOwn =
  /^x-amz-(sdk-checksum-algorithm|checksum-(?!mode$|type$|algorithm$).*|content-sha256|security-token)$/;

export function decodeKey(text: string): string {
  let key: string;
  try {
    key = decodeURIComponent(text);
  } catch {
    throw s3Error("InvalidURI");
  }
  if (Buffer.byteLength(key) > 1024)
    throw s3Error("KeyTooLongError", undefined, { Size: Buffer.byteLength(key), MaxSizeAllowed: 1024 });
  return key;
}

/** The bucket, or NoSuchBucket; AccessDenied when it is not whose the client expects. */
export function bucketOf({ call, bucket }: Request, { records, cloud }: S3): BucketRow {
  const expected = call.headers["x-amz-expected-bucket-owner"];
  if (expected !== undefined && expected !== cloud.options.accountId) throw s3Error("AccessDenied");
  const row = records.bucket(bucket);
  if (!row) throw s3Error("NoSuchBucket", undefined, { BucketName: bucket });
  return row;
}

export const namespace = "http://s3.amazonaws.com/doc/2006-03-01/";

export function xmlReply(root: string, content: string, headers: Record<string, string | undefined> = {}): Reply {
  return {
    status: 200,
    headers: { "content-type": "application/xml", ...headers },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="${namespace}">${content}</${root}>`,
  };
}

export const empty = (status: number, headers: Record<string, string | undefined> = {}): Reply => ({ status, headers });

/** One element with text; left out when undefined. */
export const tag = (name: string, value: string | number | boolean | undefined): string =>
  value === undefined ? "" : `<${name}>${escapeXml(String(value))}</${name}>`;

export const isoDate = (milliseconds: number): string => new Date(milliseconds).toISOString();
export const httpDate = (milliseconds: number): string => new Date(milliseconds).toUTCString();

/** Keys as `encoding-type=url` wants them. */
export const urlEncoded = (text: string): string => encodeURIComponent(text).replaceAll("%2F", "/");
