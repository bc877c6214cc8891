/**
 * S3: the door. Buckets and objects with versions, ranges, conditions, checksums, multipart uploads, CORS. Everything is
 * private: unsigned requests see preflights, and forms whose policy is signed. Lifecycle rules, policies, notifications, object lock, ACLs, KMS and
 * replication are refused by name.
 */
import type { Readable } from "node:stream";
import { escapeXml } from "../protocols/xml.ts";
import type { LocalCloud, Reply, Service } from "../service.ts";
import { openBodyStore } from "./bodies.ts";
import { corsHeaders, preflight } from "./cors.ts";
import { notServed, s3Error } from "./errors.ts";
import { find } from "./get.ts";
import { isForm, postObject } from "./post.ts";
import { openRecords, tables } from "./records.ts";
import { addressOf, type Request, type S3 } from "./request.ts";
import { route } from "./routes.ts";

export function createS3Service(cloud: LocalCloud): Service {
  cloud.store.migrate("s3", tables);
  const records = openRecords(cloud.store.db);
  const s3: S3 = { cloud, records, bodies: openBodyStore(cloud, records) };
  // The file system's own clock, which the sweep compares with.
  const startedAt = Date.now();
  let stopped = false;
  let sweeping: Promise<void> = Promise.resolve();

  cloud.peers.readObject = async (bucket, key, versionId): Promise<Readable> => {
    if (!records.bucket(bucket)) throw s3Error("NoSuchBucket", undefined, { BucketName: bucket });
    return s3.bodies.read(find({ bucket, key }, versionId ?? null, s3).segments);
  };

  return {
    name: "s3",
    handle: (call) => answer({ call, ...addressOf(call) }, s3),
    fail: (error, { requestId, path }) => {
      const { headers, ...fields } = error.fields as { headers?: Record<string, string> };
      const more = { ...fields, Resource: path, RequestId: requestId };
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

async function answer(request: Request, s3: S3): Promise<Reply> {
  const { call, bucket, key } = request;
  const cors = corsHeaders(request, s3);
  try {
    const reply = await perform(request, s3);
    return { ...reply, headers: { "x-amz-request-id": call.requestId, ...reply.headers, ...cors } };
  } catch (error) {
    // A page may read why it failed, too.
    if (error instanceof Error && "fields" in error) {
      const fields = error.fields as Record<string, unknown>;
      fields["headers"] = { ...(fields["headers"] as object | undefined), ...cors };
      if (key !== "" && bucket !== "" && error.name === "ServiceError") fields["Key"] ??= key;
    }
    throw error;
  }
}

async function perform(request: Request, s3: S3): Promise<Reply> {
  const { call, bucket, key } = request;
  if (call.method === "OPTIONS") return preflight(request, s3);
  // The policy in the form says who sent it.
  if (isForm(request)) return postObject(request, s3);
  if (!call.caller) throw s3Error("AccessDenied");
  const { name, run } = route(call, bucket === "" ? "service" : key === "" ? "bucket" : "object");
  if (!run) {
    s3.cloud.log(`s3: unknown operation ${name}`);
    if (name.split(" ").length < 3) throw s3Error("MethodNotAllowed", undefined, { Method: call.method });
    throw notServed(name);
  }
  return run(request, s3);
}
