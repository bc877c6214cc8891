/** Pulumi's step names as words: what is being done, and what was. */
import type { StepOp, SummaryEvent } from "../../stacks/events.ts";

const words: Record<StepOp, readonly [doing: string, done: string, mark: string]> = {
  same: ["checking", "unchanged", " "],
  create: ["creating", "created", "+"],
  update: ["updating", "updated", "~"],
  delete: ["deleting", "deleted", "-"],
  replace: ["replacing", "replaced", "±"],
  "create-replacement": ["creating the replacement", "created the replacement", "+"],
  "delete-replaced": ["deleting the replaced", "deleted the replaced", "-"],
  read: ["reading", "read", "<"],
  "read-replacement": ["reading the replacement", "read the replacement", "<"],
  refresh: ["refreshing", "refreshed", "<"],
  discard: ["forgetting", "forgotten", "-"],
  "discard-replaced": ["forgetting the replaced", "forgotten, the replaced", "-"],
  "remove-pending-replace": ["clearing", "cleared", "-"],
  import: ["taking back", "taken back", "="],
  "import-replacement": ["taking back", "taken back", "="],
};

export const doing = (op: StepOp): string => words[op]?.[0] ?? op;
export const done = (op: StepOp): string => words[op]?.[1] ?? op;
/** What a delete that leaves the thing in the cloud is called: nobody should read that their data was deleted. */
export const leaving = "leaving in place";
export const left = "left in place";
/** Of previews: nothing was done, and nobody should think so. */
export const wouldBe = (op: StepOp, retained = false): string =>
  op === "same" ? done(op) : `would be ${retained ? left : done(op)}`;
export const mark = (op: StepOp): string => words[op]?.[2] ?? " ";

/** Services as AWS writes them; where the service adds nothing for a person, its type says enough. */
const services: Record<string, string> = {
  acm: "",
  apigatewayv2: "HTTP API",
  budgets: "",
  cloudfront: "CloudFront",
  cloudwatch: "",
  dynamodb: "DynamoDB",
  iam: "IAM",
  lambda: "Lambda",
  organizations: "",
  route53: "DNS",
  s3: "S3",
  ssm: "",
};
/** Types whose names are for programs; versions at their ends are cut off before. */
const kinds: Record<string, string> = {
  Api: "",
  ApiMapping: "mapping",
  BucketCorsConfiguration: "bucket CORS",
  BucketObject: "object",
  BucketOwnershipControls: "bucket ownership",
  BucketPublicAccessBlock: "bucket public access block",
  BucketServerSideEncryptionConfiguration: "bucket encryption",
  BucketVersioning: "bucket versioning",
  DnsRecord: "DNS record",
  FunctionUrl: "URL",
  Signin: "sign-in",
};

/** `aws:dynamodb/table:Table` -> `DynamoDB table`; `freehold:app:Function` -> `function`. */
export function kindWords(kind: string): string {
  const [cloud = "", module = "", type = kind] = kind.split(":");
  if (cloud === "pulumi" && module === "providers") return "provider";
  const plainType = type.replace(/[Vv]\d+$/, "");
  const words = kinds[plainType] ?? plainType.replace(/([a-z0-9])([A-Z])/g, "$1 $2").toLowerCase();
  if (cloud !== "aws") return words;
  const name = module.split("/")[0] ?? "";
  return `${services[name] ?? name} ${words}`.trim();
}

/** `1 S3 bucket`, `2 IAM role policies`; what has no plural keeps its word. */
export function countWords(kind: string, count: number): string {
  const words = kindWords(kind);
  if (count === 1 || /(CORS|ownership|encryption|versioning)$/.test(words)) return `${count} ${words}`;
  return `${count} ${words.replace(/y$/, "ie")}s`;
}

/** How a stack's turn ended, in a line: `succeeded, 3 created`; of a preview `3 would be created`. */
export function outcomeWords({ result, preview, changes, retained = 0 }: SummaryEvent): string {
  const parts = Object.entries({ ...changes, delete: (changes.delete ?? 0) - retained })
    .filter(([op, count]) => op !== "same" && (count ?? 0) > 0)
    .map(([op, count]) => `${count} ${preview ? "would be " : ""}${done(op as StepOp)}`);
  if (retained > 0) parts.push(`${retained} ${preview ? "would be " : ""}${left}`);
  if (result !== "succeeded") return [result, ...parts].join(", ");
  const said = parts.length > 0 ? parts.join(", ") : "nothing to do";
  return preview ? said : `succeeded, ${said}`;
}
