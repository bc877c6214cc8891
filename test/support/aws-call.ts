/** What a request to AWS asks for, whichever of AWS's four ways of asking its service has: read off the wire. */
import type { IncomingMessage } from "node:http";

export interface AwsCall {
  /** As it signs: `lambda`, `dynamodb`, `s3`, ... */
  service: string;
  operation: string;
  /** Of the function, table, role, bucket, queue or parameter that it is about; empty when it is about none. */
  name: string;
  /** What was sent, of JSON and forms. */
  input: any;
}

export function awsCall(request: IncomingMessage, body: Buffer): AwsCall {
  const url = new URL(request.url ?? "/", "http://aws");
  const method = request.method ?? "GET";
  const scope = request.headers.authorization ?? url.searchParams.get("X-Amz-Credential") ?? "";
  const service = /(?:Credential=)?[^/ ]+\/\d{8}\/[^/]+\/([^/]+)\/aws4_request/.exec(scope)?.[1] ?? "";
  const target = request.headers["x-amz-target"];
  if (typeof target === "string") return byTarget(service, target, body);
  if (service === "s3") return ofS3(method, url);
  if (service === "lambda") return ofLambda(method, url, body);
  const form = Object.fromEntries(new URLSearchParams(body.toString()));
  const name = form["RoleName"] ?? form["PolicyName"] ?? last(form["PolicyArn"]) ?? form["QueueUrl"] ?? "";
  return { service, operation: form["Action"] ?? `${method} ${url.pathname}`, name, input: form };
}

const last = (text: unknown): string | undefined => (typeof text === "string" ? text.split("/").at(-1) : undefined);

function json(body: Buffer): any {
  try {
    return JSON.parse(body.toString() || "{}");
  } catch {
    return {};
  }
}

function byTarget(service: string, target: string, body: Buffer): AwsCall {
  const input = json(body);
  const { TableName, ResourceArn, QueueName, QueueUrl, logGroupName, Name } = input;
  const name = TableName ?? QueueName ?? logGroupName ?? Name ?? last(QueueUrl) ?? last(ResourceArn) ?? "";
  return { service, operation: target.split(".").at(-1)!, name, input };
}

const bucketCalls: Record<string, string> = { PUT: "CreateBucket", DELETE: "DeleteBucket", HEAD: "HeadBucket" };

/** By path, as every client here asks. What concerns a part of a bucket is `GetBucket?part`. */
function ofS3(method: string, url: URL): AwsCall {
  const [bucket = "", ...key] = url.pathname.slice(1).split("/");
  const part = [...url.searchParams.keys()].find((one) => !/^(x-id|X-Amz-)/.test(one));
  const kind = key.join("") === "" ? "Bucket" : "Object";
  const verb = `${method[0]}${method.slice(1).toLowerCase()}${kind}`;
  const operation = kind === "Bucket" && !part ? (bucketCalls[method] ?? verb) : part ? `${verb}?${part}` : verb;
  return { service: "s3", operation, name: decodeURIComponent(bucket), input: {} };
}

const lambdaCalls: readonly [RegExp, string][] = [
  [/^POST functions$/, "CreateFunction"],
  [/^GET functions\/[^/]+$/, "GetFunction"],
  [/^DELETE functions\/[^/]+$/, "DeleteFunction"],
  [/^GET functions\/[^/]+\/configuration$/, "GetFunctionConfiguration"],
  [/^PUT functions\/[^/]+\/configuration$/, "UpdateFunctionConfiguration"],
  [/^PUT functions\/[^/]+\/code$/, "UpdateFunctionCode"],
  [/^POST functions\/[^/]+\/versions$/, "PublishVersion"],
  [/^POST functions\/[^/]+\/policy$/, "AddPermission"],
  [/^GET functions\/[^/]+\/policy$/, "GetPolicy"],
  [/^DELETE functions\/[^/]+\/policy\/[^/]+$/, "RemovePermission"],
  [/^POST functions\/[^/]+\/url$/, "CreateFunctionUrlConfig"],
  [/^DELETE functions\/[^/]+\/url$/, "DeleteFunctionUrlConfig"],
];

function ofLambda(method: string, url: URL, body: Buffer): AwsCall {
  const path = url.pathname.replace(/^\/\d{4}-\d\d-\d\d\//, "");
  const granted = /^functions\/[^/]+\/policy\/([^/]+)$/.exec(path)?.[1];
  const input = granted ? { StatementId: decodeURIComponent(granted) } : json(body);
  const named = /^functions\/([^/]+)/.exec(path)?.[1] ?? input.FunctionName ?? "";
  const name = decodeURIComponent(named)
    .replace(/^arn:.*:function:/, "")
    .split(":")[0]!;
  const operation = lambdaCalls.find(([on]) => on.test(`${method} ${path}`))?.[1] ?? `${method} ${path}`;
  return { service: "lambda", operation, name, input };
}
