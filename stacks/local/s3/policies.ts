/** Bucket policies: kept, answered, and whether one opens its bucket to the public. access.ts asks them. */
import type { CompiledPolicy } from "../iam/policy/index.ts";
import { checkResourcePolicy, compilePolicy, type PolicyDocument, PolicySyntaxError } from "../iam/policy/index.ts";
import { type Caller, type Reply, ServiceError } from "../service.ts";
import { readWhole } from "./bodies.ts";
import { s3Error } from "./errors.ts";
import type { Records } from "./records.ts";
import { bucketOf, empty, type Request, type S3, tag, xmlReply } from "./request.ts";

const maxBytes = 20_480;
const kept = new Map<string, CompiledPolicy>();
const maxKept = 1_000;

/** What a bucket's policy says to this caller; compiled once for each text. */
export function bucketPolicy(records: Records, bucket: string, caller: Caller | null): CompiledPolicy | undefined {
  const document = records.setting(bucket, "policy");
  if (document === undefined) return undefined;
  if (!caller && blocks(records, bucket, "RestrictPublicBuckets")) return undefined;
  const known = kept.get(document);
  if (known) return known;
  const made = compilePolicy("bucket-policy", JSON.parse(document) as string);
  if (kept.size >= maxKept) kept.clear();
  kept.set(document, made);
  return made;
}

/** One of the four settings of Block Public Access. */
function blocks(records: Records, bucket: string, setting: string): boolean {
  return JSON.parse(records.setting(bucket, "publicAccessBlock") ?? "{}")[setting] === true;
}

function textOf(request: Request, s3: S3): string {
  const { name } = bucketOf(request, s3);
  const value = s3.records.setting(name, "policy");
  if (value === undefined) throw s3Error("NoSuchBucketPolicy", undefined, { BucketName: name });
  return JSON.parse(value) as string;
}

export function getPolicy(request: Request, s3: S3): Reply {
  return { status: 200, headers: { "content-type": "application/json" }, body: textOf(request, s3) };
}

export function getPolicyStatus(request: Request, s3: S3): Reply {
  const open = isPublic(JSON.parse(textOf(request, s3)) as PolicyDocument);
  return xmlReply("PolicyStatus", tag("IsPublic", open));
}

export async function putPolicy(request: Request, s3: S3): Promise<Reply> {
  const { name } = bucketOf(request, s3);
  const text = (await readWhole(request.call, maxBytes, tooLarge)).toString("utf8");
  check(text, name);
  if (blocks(s3.records, name, "BlockPublicPolicy") && isPublic(JSON.parse(text) as PolicyDocument))
    throw s3Error(
      "AccessDenied",
      `User: ${request.call.caller?.arn} is not authorized to perform: s3:PutBucketPolicy on resource: "arn:aws:s3:::${name}" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.`,
    );
  await s3.cloud.store.write(() => {
    bucketOf(request, s3);
    s3.records.run(
      "INSERT OR REPLACE INTO s3_settings (bucket, kind, value) VALUES (?, 'policy', ?)",
      name,
      JSON.stringify(text),
    );
  });
  return empty(204);
}

const malformed = (message: string): ServiceError => new ServiceError("MalformedPolicy", 400, message);
const tooLarge = () => malformed("Policy has exceeded the maximum size of 20480 bytes.");

function check(text: string, bucket: string): void {
  if (!text.trimStart().startsWith("{")) throw malformed("Policies must be valid JSON and the first byte must be '{'");
  try {
    checkResourcePolicy(text);
  } catch (error) {
    throw error instanceof PolicySyntaxError ? malformed(error.message) : error;
  }
  const arn = `arn:aws:s3:::${bucket}`;
  for (const { Action, NotAction, Resource, NotResource } of [(JSON.parse(text) as PolicyDocument).Statement].flat()) {
    for (const action of [Action ?? NotAction ?? []].flat())
      if (action !== "*" && !/^s3:/i.test(action)) throw malformed("Policy has invalid action");
    for (const resource of [Resource ?? NotResource ?? []].flat())
      if (resource !== arn && !resource.startsWith(`${arn}/`)) throw malformed("Policy has invalid resource");
  }
}

/** Conditions that leave only known callers; any other condition does not make a grant to everybody private. */
const narrowing = new Set([
  ...["aws:sourcearn", "aws:sourcevpc", "aws:sourcevpce", "aws:sourceowner", "aws:sourceaccount", "aws:userid"],
  ...["aws:principalorgid", "aws:principalaccount", "aws:principalarn", "s3:dataaccesspointaccount"],
  ...["s3:dataaccesspointarn", "aws:sourceip", "s3:x-amz-server-side-encryption-aws-kms-key-id"],
]);

/** As Block Public Access sees it: an Allow for everybody that no fixed value narrows. */
export function isPublic({ Statement }: PolicyDocument): boolean {
  return [Statement].flat().some(({ Effect, Principal, NotPrincipal, Condition }) => {
    if (Effect !== "Allow") return false;
    const named = typeof Principal === "object" && Principal !== null ? [Principal["AWS"] ?? []].flat() : [Principal];
    if (!NotPrincipal && !named.includes("*")) return false;
    return !Object.entries(Condition ?? {}).some(
      ([operator, keys]) =>
        /Equals|Like|IpAddress/.test(operator) &&
        !/Not|IfExists/.test(operator) &&
        Object.entries(keys).some(
          ([key, values]) =>
            narrowing.has(key.toLowerCase()) &&
            [values].flat().every((value) => !/[*?]|\$\{|^0\.0\.0\.0\/0$|^::\/0$/.test(String(value))),
        ),
    );
  });
}
