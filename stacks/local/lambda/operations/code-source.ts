/** Where the zip of a function or a layer comes from: the request itself or a bucket. Anything else is refused by name. */
import type { Readable } from "node:stream";
import { type Call, ServiceError } from "../../service.ts";
import type { StoredCode } from "../code.ts";
import type { Core } from "../core.ts";
import { accessDenied, badZip, invalid, notServed, zipTooLarge } from "../errors.ts";

/** What a request that carries a zip may weigh, in bytes, base64 included. */
export const uploadLimitBytes = 70_167_211;
const zippedLimitBytes = 52_428_800;
const objectLimitBytes = 262_144_000;

/** Checks the zip and keeps it; durable when it resolves. An object is read with the rights of whoever calls. */
export async function readCode(core: Core, call: Call, code: any, nothing: () => Error): Promise<StoredCode> {
  if (code.ImageUri) throw notServed("PackageType Image");
  if (code.SourceKMSKeyArn) throw notServed("SourceKMSKeyArn");
  if (code.S3ObjectStorageMode === "REFERENCE") throw notServed("S3ObjectStorageMode REFERENCE");
  if (typeof code.ZipFile === "string") {
    const zip = Buffer.from(code.ZipFile, "base64");
    if (zip.length > zippedLimitBytes) throw zipTooLarge(zippedLimitBytes);
    return core.code.put(zip);
  }
  const { S3Bucket: bucket, S3Key: key, S3ObjectVersion: version } = code;
  if (!bucket || !key) throw nothing();
  if (!core.cloud.peers.readObject) throw notServed("Code from S3");
  return core.code.put(await readObject(core, call, { bucket, key, version }));
}

interface Place {
  bucket: string;
  key: string;
  version: string | undefined;
}

async function readObject(core: Core, call: Call, { bucket, key, version }: Place): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  let body: Readable;
  try {
    body = await core.cloud.peers.readObject!(call, bucket, key, version);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    if (error.code === "AccessDenied")
      throw accessDenied(
        `Your access has been denied by S3, please make sure your request credentials have permission to GetObject for ${bucket}/${key}. S3 Error Code: AccessDenied. S3 Error Message: ${error.message}`,
      );
    throw invalid(`Error occurred while GetObject. S3 Error Code: ${error.code}. S3 Error Message: ${error.message}`);
  }
  for await (const chunk of body) {
    size += chunk.length;
    if (size > objectLimitBytes) throw badZip();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
