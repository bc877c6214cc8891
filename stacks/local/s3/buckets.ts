/** Buckets themselves: create, head, delete, list, location, versioning. */
import type { Reply } from "../service.ts";
import { bucketNeed } from "./access.ts";
import { readDocument } from "./documents.ts";
import { notServed, s3Error } from "./errors.ts";
import { bucketOf, empty, isoDate, type Request, type S3, tag, xmlReply } from "./request.ts";
import { tagsOf } from "./settings.ts";

const regionName = /^[a-z]{2}(-[a-z]+)+-\d+$/;

function checkName(name: string): void {
  const fine = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !/\.\.|\.-|-\./.test(name);
  if (!fine || /^\d+\.\d+\.\d+\.\d+$/.test(name) || name.startsWith("xn--") || name.endsWith("-s3alias"))
    throw s3Error("InvalidBucketName", undefined, { BucketName: name });
}

export async function createBucket({ call, bucket }: Request, s3: S3): Promise<Reply> {
  checkName(bucket);
  const document = call.bodyLength ? await readDocument(call, "CreateBucket") : {};
  for (const name of ["Location", "Bucket"]) if (document[name] !== undefined) throw notServed(`Bucket ${name}`);
  const region = regionOf(call, document.LocationConstraint || undefined);
  const tags = tagsOf(document.Tags ?? {}, 50);
  const { cloud, records } = s3;
  if (Object.keys(tags).length > 0)
    cloud.access.require(call, [bucketNeed(s3, { call, bucket, key: "" }, "TagResource", bucket)]);
  await cloud.store.write(() => {
    const there = records.bucket(bucket);
    // us-east-1 alone answers a second create as the first.
    if (there && !(there.region === "us-east-1" && region === "us-east-1"))
      throw s3Error("BucketAlreadyOwnedByYou", undefined, { BucketName: bucket });
    if (there) return;
    records.run("INSERT INTO s3_buckets (name, region, created) VALUES (?, ?, ?)", bucket, region, cloud.clock.now());
    const block = {
      BlockPublicAcls: true,
      IgnorePublicAcls: true,
      BlockPublicPolicy: true,
      RestrictPublicBuckets: true,
    };
    for (const [kind, value] of [
      ["publicAccessBlock", block],
      ["ownership", "BucketOwnerEnforced"],
      ...(Object.keys(tags).length === 0 ? [] : [["tagging", tags] as const]),
    ] as const)
      records.run(
        "INSERT INTO s3_settings (bucket, kind, value) VALUES (?, ?, ?)",
        bucket,
        kind,
        JSON.stringify(value),
      );
  });
  return empty(200, { location: `/${bucket}`, "x-amz-bucket-arn": `arn:aws:s3:::${bucket}` });
}

function regionOf(call: Request["call"], said: string | undefined): string {
  if (said === undefined) {
    if (call.region !== "us-east-1") throw s3Error("IllegalLocationConstraintException");
    return "us-east-1";
  }
  const region = said === "EU" ? "eu-west-1" : said;
  if (!regionName.test(region)) throw s3Error("InvalidLocationConstraint", undefined, { LocationConstraint: said });
  if (call.region !== "us-east-1" && region !== call.region)
    throw s3Error(
      "IllegalLocationConstraintException",
      `The ${region} location constraint is incompatible for the region specific endpoint this request was sent to.`,
    );
  return region;
}

export function headBucket(request: Request, s3: S3): Reply {
  const row = bucketOf(request, s3);
  return empty(200, {
    "content-type": "application/xml",
    "x-amz-bucket-region": row.region,
    "x-amz-bucket-arn": `arn:aws:s3:::${row.name}`,
    "x-amz-access-point-alias": "false",
  });
}

export async function deleteBucket(request: Request, s3: S3): Promise<Reply> {
  bucketOf(request, s3);
  const { cloud, records } = s3;
  const gone = await cloud.store.write(() => {
    const { name } = bucketOf(request, s3);
    if (records.get("SELECT 1 FROM s3_versions WHERE bucket = ? LIMIT 1", name))
      throw s3Error("BucketNotEmpty", undefined, { BucketName: name });
    const parts = records.all(
      "SELECT body FROM s3_parts WHERE upload IN (SELECT id FROM s3_uploads WHERE bucket = ?)",
      name,
    );
    records.run("DELETE FROM s3_parts WHERE upload IN (SELECT id FROM s3_uploads WHERE bucket = ?)", name);
    for (const table of ["s3_uploads", "s3_settings"]) records.run(`DELETE FROM ${table} WHERE bucket = ?`, name);
    records.run("DELETE FROM s3_buckets WHERE name = ?", name);
    return records.release(parts.map(({ body }) => body));
  });
  s3.bodies.drop(gone);
  return empty(204);
}

export function listBuckets({ call }: Request, { records, cloud }: S3): Reply {
  const prefix = call.query.get("prefix") ?? "";
  const region = call.query.get("bucket-region");
  const max = Number(call.query.get("max-buckets") || 10_000);
  const token = call.query.get("continuation-token");
  const after = token ? Buffer.from(token, "base64url").toString() : "";
  const all = records
    .all("SELECT * FROM s3_buckets WHERE name > ? ORDER BY name", after)
    .filter((row) => row.name.startsWith(prefix) && (region === null || row.region === region));
  const page = all.slice(0, max);
  const items = page.map(
    (row) =>
      `<Bucket>${tag("Name", row.name)}${tag("CreationDate", isoDate(row.created))}${tag("BucketRegion", row.region)}${tag("BucketArn", `arn:aws:s3:::${row.name}`)}</Bucket>`,
  );
  const next = all.length > page.length ? Buffer.from(page.at(-1)?.name ?? "").toString("base64url") : undefined;
  return xmlReply(
    "ListAllMyBucketsResult",
    `<Owner>${tag("ID", cloud.options.accountId)}</Owner><Buckets>${items.join("")}</Buckets>${tag("ContinuationToken", next)}${prefix === "" ? "" : tag("Prefix", prefix)}`,
  );
}

export function getLocation(request: Request, s3: S3): Reply {
  const { region } = bucketOf(request, s3);
  return xmlReply("LocationConstraint", region === "us-east-1" ? "" : region);
}

export function getVersioning(request: Request, s3: S3): Reply {
  const { versioning } = bucketOf(request, s3);
  return xmlReply("VersioningConfiguration", versioning === "" ? "" : tag("Status", versioning));
}

export async function putVersioning(request: Request, s3: S3): Promise<Reply> {
  bucketOf(request, s3);
  const { MfaDelete, Status: status } = await readDocument(request.call, "PutBucketVersioning");
  if (MfaDelete === "Enabled") throw notServed("MfaDelete");
  if (status === undefined) throw s3Error("IllegalVersioningConfigurationException");
  await s3.cloud.store.write(() => {
    const { name } = bucketOf(request, s3);
    s3.records.run("UPDATE s3_buckets SET versioning = ? WHERE name = ?", status, name);
  });
  return empty(200);
}
