/** CORS: the bucket's rules, the answer to a preflight, and the headers other answers carry for a page. */
import type { Reply } from "../service.ts";
import { readDocument } from "./documents.ts";
import { s3Error } from "./errors.ts";
import { bucketOf, empty, type Request, type S3, tag, xmlReply } from "./request.ts";
import { load, save } from "./settings.ts";

interface Rule {
  ID?: string;
  AllowedOrigin: string[];
  AllowedMethod: string[];
  AllowedHeader?: string[];
  ExposeHeader?: string[];
  MaxAgeSeconds?: number;
}

const methods = ["GET", "PUT", "HEAD", "POST", "DELETE"];
const lists = ["AllowedOrigin", "AllowedMethod", "AllowedHeader", "ExposeHeader"];

export async function putCors(request: Request, s3: S3): Promise<Reply> {
  bucketOf(request, s3);
  const rules = (await readDocument(request.call, "PutBucketCors")).CORSRule as Rule[];
  if (rules.length > 100) throw s3Error("MalformedXML");
  for (const rule of rules) {
    for (const method of rule.AllowedMethod)
      if (!methods.includes(method))
        throw s3Error(
          "InvalidRequest",
          `Found unsupported HTTP method in CORS config. Unsupported method is ${method}`,
        );
    for (const pattern of [...rule.AllowedOrigin, ...(rule.AllowedHeader ?? [])])
      if (pattern.split("*").length > 2)
        throw s3Error("InvalidRequest", `AllowedOrigin "${pattern}" can not have more than one wildcard.`);
  }
  await save(request, s3, "cors", rules);
  return empty(200);
}

export function getCors(request: Request, s3: S3): Reply {
  const rules = load(request, s3, "cors", "NoSuchCORSConfiguration") as Rule[];
  const items = rules.map((rule) => {
    const each = lists.flatMap((name) => ((rule[name as keyof Rule] ?? []) as string[]).map((one) => tag(name, one)));
    return `<CORSRule>${tag("ID", rule.ID)}${each.join("")}${tag("MaxAgeSeconds", rule.MaxAgeSeconds)}</CORSRule>`;
  });
  return xmlReply("CORSConfiguration", items.join(""));
}

function matches(pattern: string, text: string): boolean {
  const [before = "", after] = pattern.split("*");
  if (after === undefined) return pattern === text;
  return text.length >= before.length + after.length && text.startsWith(before) && text.endsWith(after);
}

function ruleFor(rules: Rule[], origin: string, method: string, headers: string[]): Rule | undefined {
  return rules.find(
    (rule) =>
      rule.AllowedMethod.includes(method) &&
      rule.AllowedOrigin.some((pattern) => matches(pattern, origin)) &&
      headers.every((header) => rule.AllowedHeader?.some((pattern) => matches(pattern.toLowerCase(), header))),
  );
}

function headersOf(rule: Rule, origin: string): Record<string, string> {
  const any = rule.AllowedOrigin.includes("*");
  return {
    "access-control-allow-origin": any ? "*" : origin,
    "access-control-allow-methods": rule.AllowedMethod.join(", "),
    ...(any ? {} : { "access-control-allow-credentials": "true" }),
    ...(rule.ExposeHeader ? { "access-control-expose-headers": rule.ExposeHeader.join(", ") } : {}),
    ...(rule.MaxAgeSeconds === undefined ? {} : { "access-control-max-age": String(rule.MaxAgeSeconds) }),
    vary: "Origin, Access-Control-Request-Headers, Access-Control-Request-Method",
  };
}

/** Nothing when the request is no page's, or no rule lets the page read the answer. */
export function corsHeaders({ call, bucket }: Request, { records }: S3): Record<string, string> {
  const origin = call.headers["origin"];
  const stored = origin === undefined ? undefined : records.setting(bucket, "cors");
  if (origin === undefined || stored === undefined) return {};
  const rule = ruleFor(JSON.parse(stored), origin, call.method, []);
  return rule ? headersOf(rule, origin) : {};
}

export function preflight({ call, bucket }: Request, { records }: S3): Reply {
  const origin = call.headers["origin"];
  const method = call.headers["access-control-request-method"];
  if (origin === undefined) throw s3Error("InvalidRequest", "Insufficient information. Origin request header needed.");
  if (method === undefined) throw s3Error("InvalidRequest", "Invalid Access-Control-Request-Method: null");
  const asked = (call.headers["access-control-request-headers"] ?? "")
    .toLowerCase()
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
  const stored = records.setting(bucket, "cors");
  if (stored === undefined) throw s3Error("CORSForbidden", "CORSResponse: CORS is not enabled for this bucket.");
  const rule = ruleFor(JSON.parse(stored), origin, method, asked);
  if (!rule) throw s3Error("CORSForbidden");
  return empty(200, {
    ...headersOf(rule, origin),
    ...(asked.length > 0 ? { "access-control-allow-headers": asked.join(", ") } : {}),
  });
}
