/** Conditional requests: If-Match and its kin, for reads and for writes. Decides; reads and writes nothing. */
import type { Call } from "../service.ts";
import { s3Error } from "./errors.ts";
import type { Version } from "./records.ts";

const listed = (header: string, etag: string): boolean =>
  header.split(",").some((one) => ["*", etag].includes(one.trim().replace(/^W\//, "").replaceAll('"', "")));

/** Throws PreconditionFailed or NotModified, in the order RFC 9110 gives. `prefix` is for copies. */
export function checkRead(headers: Call["headers"], it: Version, prefix = ""): void {
  const match = headers[`${prefix}if-match`];
  const noneMatch = headers[`${prefix}if-none-match`];
  const modifiedSince = Date.parse(headers[`${prefix}if-modified-since`] ?? "");
  const unmodifiedSince = Date.parse(headers[`${prefix}if-unmodified-since`] ?? "");
  const modified = Math.floor(it.modified / 1000) * 1000;
  if (match !== undefined && !listed(match, it.etag)) throw failed("If-Match");
  if (match === undefined && modified > unmodifiedSince) throw failed("If-Unmodified-Since");
  const fresh = noneMatch === undefined ? modified <= modifiedSince : listed(noneMatch, it.etag);
  if (fresh)
    throw prefix === ""
      ? s3Error("NotModified", undefined, { headers: { etag: `"${it.etag}"` } })
      : failed("If-None-Match");
}

/** Runs inside the transaction that writes, so that of two racing writers one wins. */
export function checkWrite(headers: Call["headers"], current: Version | undefined): void {
  const noneMatch = headers["if-none-match"];
  const match = headers["if-match"];
  const there = current !== undefined && !current.marker;
  if (noneMatch !== undefined) {
    if (noneMatch.trim() !== "*") throw s3Error("NotImplemented");
    if (there) throw failed("If-None-Match");
  }
  if (match === undefined) return;
  if (!there) throw s3Error("NoSuchKey");
  if (!listed(match, current.etag)) throw failed("If-Match");
}

const failed = (condition: string) => s3Error("PreconditionFailed", undefined, { Condition: condition });
