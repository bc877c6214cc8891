/**
 * S3's answers held against the model: headers and elements that AWS does not have, values of another type or outside
 * their enum, and roots of documents, which the model does not name.
 */
import { XMLParser } from "fast-xml-parser";
import { type Member, type Model, modelOf, type Shape } from "../../stacks/local/models/index.ts";
import { addressName, operationName } from "../../stacks/local/s3/naming.ts";
import { addressOf } from "../../stacks/local/s3/request.ts";
import type { Call, Reply } from "../../stacks/local/service.ts";

/** From the API Reference's response syntax. */
const roots: Readonly<Record<string, string>> = {
  CompleteMultipartUpload: "CompleteMultipartUploadResult",
  CreateMultipartUpload: "InitiateMultipartUploadResult",
  DeleteObjects: "DeleteResult",
  GetBucketAccelerateConfiguration: "AccelerateConfiguration",
  GetBucketAcl: "AccessControlPolicy",
  GetBucketCors: "CORSConfiguration",
  GetBucketLogging: "BucketLoggingStatus",
  GetBucketNotificationConfiguration: "NotificationConfiguration",
  GetBucketRequestPayment: "RequestPaymentConfiguration",
  GetBucketTagging: "Tagging",
  GetBucketVersioning: "VersioningConfiguration",
  GetObjectAcl: "AccessControlPolicy",
  GetObjectAttributes: "GetObjectAttributesResponse",
  GetObjectTagging: "Tagging",
  ListBucketAnalyticsConfigurations: "ListBucketAnalyticsConfigurationResult",
  ListBucketIntelligentTieringConfigurations: "ListBucketIntelligentTieringConfigurationsOutput",
  ListBucketInventoryConfigurations: "ListInventoryConfigurationsResult",
  ListBucketMetricsConfigurations: "ListMetricsConfigurationsResult",
  ListBuckets: "ListAllMyBucketsResult",
  ListMultipartUploads: "ListMultipartUploadsResult",
  ListObjectVersions: "ListVersionsResult",
  ListObjects: "ListBucketResult",
  ListObjectsV2: "ListBucketResult",
  ListParts: "ListPartsResult",
};

/** Of every answer, as the API Reference's common response headers say. */
const common = new Set(["x-amz-request-id", "content-type", "content-length", "vary"]);

/** What is wrong with one answer: `s3 ListParts Part[].Sise: AWS has no such element`. */
export function wrongInS3(call: Call, reply: Reply): string[] {
  if (reply.status >= 300 || call.method === "OPTIONS") return [];
  const { bucket, key } = addressOf(call);
  const name = addressName(call, bucket === "" ? "service" : key === "" ? "bucket" : "object");
  const operation = operationName(name, call);
  // A form: its answer is in no model.
  if (operation === undefined) return name === "POST bucket" ? [] : [`s3 ${name}: AWS has no such operation`];
  const model = modelOf("s3");
  const wrong: string[] = [];
  const meant = call.query.get("x-id");
  if (meant !== null && meant !== operation) wrong.push(`s3 ${operation}: the client says ${meant}`);
  const output = model.shapes[model.operations[operation]!.output ?? ""];
  headers({ model, wrong }, `s3 ${operation} `, output, reply.headers ?? {});
  if (typeof reply.body === "string" && reply.body !== "") document({ model, wrong }, operation, output, reply.body);
  return wrong;
}

interface Comparison {
  model: Model;
  wrong: string[];
}

function headers(on: Comparison, path: string, output: Shape | undefined, given: NonNullable<Reply["headers"]>): void {
  const members = Object.entries(output?.members ?? {}).flatMap(([name, member]) =>
    member.location === "header" ? [[(member.locationName ?? name).toLowerCase(), member] as const] : [],
  );
  const known = new Map<string, Member>(members);
  const free = Object.values(output?.members ?? {}).some(({ location }) => location === "headers");
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || name.startsWith("access-control-") || (free && name.startsWith("x-amz-meta-"))) continue;
    const member = known.get(name);
    if (member) scalar(on, `${path}${name}`, on.model.shapes[member.shape]!, String(value), httpForms);
    else if (!common.has(name)) on.wrong.push(`${path}${name}: AWS has no such header`);
  }
}

const parser = new XMLParser({ ignoreAttributes: true, parseTagValue: false, trimValues: false, isArray: () => true });

function document(on: Comparison, operation: string, output: Shape | undefined, body: string): void {
  const path = `s3 ${operation} `;
  const payload = output?.payload === undefined ? undefined : output.members![output.payload]!;
  const shape = payload ? on.model.shapes[payload.shape]! : output;
  // A policy is a text of its own.
  if (shape === undefined || shape.type !== "structure") {
    if (shape?.type !== "string") on.wrong.push(`${path}: AWS answers no document`);
    return;
  }
  const parsed = parser.parse(body) as Record<string, unknown[]>;
  const wanted = payload ? (payload.locationName ?? output!.payload!) : roots[operation];
  // Its only member is its root.
  if (operation === "GetBucketLocation") {
    scalar(on, path, on.model.shapes["BucketLocationConstraint"]!, String(parsed["LocationConstraint"]?.[0]), forms);
    return;
  }
  const root = Object.keys(parsed).find((name) => name !== "?xml" && name !== "#text");
  if (root !== wanted) on.wrong.push(`${path}: its root is ${root}, AWS's is ${wanted}`);
  else elements(on, path, shape, parsed[root!]![0]);
}

function elements(on: Comparison, path: string, { members = {}, required = [] }: Shape, content: unknown): void {
  const inBody = Object.entries(members).filter(([, { location }]) => location === undefined);
  const wire = new Map(inBody.map(([name, member]): [string, Member] => [member.locationName ?? name, member]));
  const given = typeof content === "object" ? (content as Record<string, unknown[]>) : {};
  for (const [name, list] of Object.entries(given)) {
    const member = wire.get(name);
    if (!member) on.wrong.push(`${path}${name}: AWS has no such element`);
    else values(on, `${path}${name}`, member, list);
  }
  for (const [name, { locationName = name, xmlAttribute }] of inBody)
    if (required.includes(name) && !xmlAttribute && given[locationName] === undefined)
      on.wrong.push(`${path}${name}: is missing`);
}

function values(on: Comparison, path: string, { shape: name, flattened }: Member, list: unknown[]): void {
  const shape = on.model.shapes[name]!;
  const each = (one: unknown, of: Shape): void =>
    of.type === "structure" ? elements(on, `${path}.`, of, one) : scalar(on, path, of, String(one), forms);
  if (shape.type !== "list") {
    if (list.length > 1) on.wrong.push(`${path}: comes ${list.length} times`);
    each(list[0], shape);
    return;
  }
  const element = on.model.shapes[shape.member!.shape]!;
  if (shape.flattened || flattened) {
    for (const one of list) each(one, element);
    return;
  }
  const { locationName = "member" } = shape.member!;
  for (const [inner, items] of Object.entries(typeof list[0] === "object" ? (list[0] as object) : {}))
    if (inner !== locationName) on.wrong.push(`${path}.${inner}: AWS has no such element`);
    else for (const one of items) each(one, element);
}

const forms: Partial<Record<Shape["type"], RegExp>> = {
  integer: /^-?\d+$/,
  long: /^-?\d+$/,
  boolean: /^(true|false)$/,
  timestamp: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/,
};

const httpForms = { ...forms, timestamp: /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/ };

function scalar(on: Comparison, path: string, shape: Shape, value: string, by: typeof forms): void {
  if (by[shape.type]?.test(value) === false) on.wrong.push(`${path}: ${JSON.stringify(value)} is no ${shape.type}`);
  if (shape.enum && value !== "" && !shape.enum.includes(value)) on.wrong.push(`${path}: ${value} is not of its enum`);
}
