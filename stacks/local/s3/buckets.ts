/** Buckets themselves: create, head, delete, list, location, versioning. */
import type { Reply } from "../service.ts";
import { notServed, s3Error } from "./errors.ts";
import { bucketOf, empty, isoDate, type Request, readXml, type S3, tag, xmlReply } from "./request.ts";

const regionName = /^[a-z]{2}(-[a-z]+)+-\d+$/;

function checkName(name: string): void {
  const fine = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !/\.\.|\.-|-\./.test(name);
  if (!fine || /^\d+\.\d+\.\d+\.\d+$/.test(name) || name.startsWith("xn--") || name.endsWith("-s3alias"))
    throw s3Error("InvalidBucketName", undefined, { BucketName: name });
}

export async function createBucket({ call, bucket }: Request, s3: S3): Promise<Reply> {
  checkName(bucket);
  if (call.headers["x-amz-bucket-object-lock-enabled"] === "true") throw notServed("Object lock");
  const acl = call.headers["x-amz-acl"];
  if (acl !== undefined && acl !== "private")
    throw s3Error("InvalidRequest", "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting");
  const ownership = call.headers["x-amz-object-ownership"];
  if (ownership !== undefined && ownership !== "BucketOwnerEnforced") throw notServed(`Object ownership ${ownership}`);
  const region = await regionOf({ call, bucket, key: "" });
  const { cloud, records } = s3;
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

async function regionOf({ call }: Request): Promise<string> {
  const document = call.bodyLength ? await readXml(call, "CreateBucketConfiguration") : {};
  const said: string | undefined = document?.LocationConstraint || undefined;
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
  const max = Number(call.query.get("max-buckets") ?? 10_000);
  if (!Number.isInteger(max) || max < 1 || max > 10_000)
    throw s3Error("InvalidArgument", "max-buckets is out of range");
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
  const document = await readXml(request.call, "VersioningConfiguration");
  if (document?.MfaDelete === "Enabled") throw notServed("MFA delete");
  const status = document?.Status;
  if (status !== "Enabled" && status !== "Suspended") throw s3Error("MalformedXML");
  await s3.cloud.store.write(() => {
    const { name } = bucketOf(request, s3);
    s3.records.run("UPDATE s3_buckets SET versioning = ? WHERE name = ?", status, name);
  });
  return empty(200);
}
