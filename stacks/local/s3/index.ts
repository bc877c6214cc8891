/**
 * S3: the door. Buckets and objects with versions, ranges, conditions, checksums, multipart uploads, CORS. Everything is
 * private until a bucket's policy opens it: unsigned requests see preflights, and forms whose policy is signed. Lifecycle
 * rules, notifications, object lock, ACLs, KMS and replication are refused by name.
 */
import type { Readable } from "node:stream";
import { deniedError } from "../access/denial.ts";
import { needsOf } from "../access/rows.ts";
import { escapeXml } from "../protocols/xml.ts";
import { type AccessTable, type LocalCloud, type Reply, type Service, ServiceError } from "../service.ts";
import { bucketNeed, copySource, objectNeed, s3Access } from "./access.ts";
import { admit } from "./admit.ts";
import { openBodyStore } from "./bodies.ts";
import { corsHeaders, preflight } from "./cors.ts";
import { notServed, s3Error } from "./errors.ts";
import { find } from "./get.ts";
import { operationName } from "./naming.ts";
import { isForm, postObject } from "./post.ts";
import { openRecords, tables } from "./records.ts";
import { addressOf, bucketOf, presigned, type Request, type S3 } from "./request.ts";
import { route } from "./routes.ts";

export function createS3Service(cloud: LocalCloud): Service {
  cloud.store.migrate("s3", tables);
  const records = openRecords(cloud.store.db);
  const s3: S3 = { cloud, records, bodies: openBodyStore(cloud, records) };
  const access = s3Access(s3);
  // The file system's own clock, which the sweep compares with.
  const startedAt = Date.now();
  let stopped = false;
  let sweeping: Promise<void> = Promise.resolve();

  cloud.peers.readObject = async (call, bucket, key, version): Promise<Readable> => {
    if (!records.bucket(bucket)) throw s3Error("NoSuchBucket", undefined, { BucketName: bucket });
    const action = version === undefined ? "GetObject" : "GetObjectVersion";
    const reason = cloud.access.refusal(call, objectNeed(s3, { call }, action, { bucket, key, version }));
    if (reason !== undefined) throw s3Error("AccessDenied", reason);
    return s3.bodies.read(find({ bucket, key }, version ?? null, s3).segments);
  };

  return {
    name: "s3",
    unsigned: true,
    handle: (call) => answer({ call: presigned(call), ...addressOf(call) }, s3, access),
    fail: (error, { requestId }) => {
      const { headers, ...fields } = error.fields as { headers?: Record<string, string> };
      const more = { ...fields, RequestId: requestId };
      const lines = Object.entries(more).map(([name, value]) => `<${name}>${escapeXml(String(value))}</${name}>`);
      const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${error.code}</Code><Message>${escapeXml(error.message)}</Message>${lines.join("")}</Error>`;
      const bare = error.status === 304;
      return {
        status: error.status,
        headers: { "x-amz-request-id": requestId, ...(bare ? {} : { "content-type": "application/xml" }), ...headers },
        ...(bare ? {} : { body }),
      };
    },
    start() {
      sweeping = s3.bodies
        .sweep(startedAt, () => stopped)
        .catch((error: Error) => cloud.log(`s3: sweep failed: ${error.message}`));
    },
    async stop() {
      stopped = true;
      await sweeping;
    },
  };
}

async function answer(request: Request, s3: S3, access: AccessTable<Request>): Promise<Reply> {
  const { call, key } = request;
  const cors = corsHeaders(request, s3);
  try {
    const reply = await perform(request, s3, access).catch((error: unknown) => {
      throw asFarAsItMayBeKnown(error, request, s3);
    });
    return { ...reply, headers: { "x-amz-request-id": call.requestId, ...reply.headers, ...cors } };
  } catch (error) {
    // A page may read why it failed, too.
    if (error instanceof Error && "fields" in error) {
      const fields = error.fields as Record<string, unknown>;
      fields["headers"] = { ...(fields["headers"] as object | undefined), ...cors };
      if (key !== "" && "code" in error && error.code === "NoSuchKey") fields["Key"] ??= key;
    }
    throw error;
  }
}

/** Whoever may not list a bucket is not told that an object is missing. */
function asFarAsItMayBeKnown(error: unknown, request: Request, s3: S3): unknown {
  const code = error instanceof ServiceError ? error.code : "";
  if (code !== "NoSuchKey" && code !== "NoSuchVersion") return error;
  const bucket = copySource(request)?.bucket ?? request.bucket;
  const action = code === "NoSuchKey" ? "ListBucket" : "ListBucketVersions";
  const reason = s3.cloud.access.refusal(request.call, bucketNeed(s3, request, action, bucket));
  return reason === undefined ? error : deniedError(request.call, reason);
}

async function perform(request: Request, s3: S3, access: AccessTable<Request>): Promise<Reply> {
  const { call, bucket, key } = request;
  if (call.method === "OPTIONS") return preflight(request, s3);
  // The policy in the form says who sent it.
  if (isForm(request)) return postObject(request, s3);
  // Nothing above buckets is anybody's who does not say who they are.
  if (!call.caller && bucket === "") throw s3Error("AccessDenied");
  const { name, run } = route(call, bucket === "" ? "service" : key === "" ? "bucket" : "object");
  const operation = operationName(name, call);
  if (!run) {
    s3.cloud.log(`s3: unknown operation ${operation ?? name}`);
    if (operation === undefined) throw s3Error("MethodNotAllowed", undefined, { Method: call.method });
    throw notServed(operation);
  }
  // A bucket that is not there is nobody's: that is said to everybody.
  if (bucket !== "" && name !== "PUT bucket") bucketOf(request, s3);
  s3.cloud.access.require(call, needsOf(access, name, request, call));
  if (operation !== undefined) admit(operation, call);
  return run(request, s3);
}
