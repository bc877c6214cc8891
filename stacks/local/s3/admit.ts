/**
 * What every request passes before its operation: headers and query parameters judged by the model's types and by
 * input-rules.ts, in S3's words. Made once for each operation; a request costs a look-up for each header it brings.
 */
import { modelOf, type Shape } from "../models/index.ts";
import type { Call, ServiceError } from "../service.ts";
import { s3Error } from "./errors.ts";
import { type Refusal, refusalOf, refusedWhole, treatmentOf } from "./input-rules.ts";

type Check = (value: string) => void;

interface Judge {
  headers: ReadonlyMap<string, Check>;
  query: ReadonlyMap<string, Check>;
  /** Of headers and parameters that must be there, and are not there to tell operations apart. */
  required: readonly { from: "headers" | "query"; name: string; missing: () => ServiceError }[];
}

const judges = new Map<string, Judge>();

/** Throws S3's error for the first header or parameter that is wrong, or asks for what is not carried out. */
export function admit(operation: string, { headers, query }: Pick<Call, "headers" | "query">): void {
  const judge = judgeOf(operation);
  admitHeaders(operation, headers);
  for (const name of query.keys()) judge.query.get(name)?.(query.get(name)!);
  for (const { from, name, missing } of judge.required)
    if (from === "headers" ? !headers[name] : !query.get(name)) throw missing();
}

/** The same for headers alone: a form says in fields what PutObject says in headers. */
export function admitHeaders(operation: string, headers: Readonly<Record<string, string>>): void {
  const checks = judgeOf(operation).headers;
  for (const name in headers) checks.get(name)?.(headers[name]!);
}

function judgeOf(operation: string): Judge {
  const known = judges.get(operation);
  if (known) return known;
  const made = makeJudge(operation);
  judges.set(operation, made);
  return made;
}

function makeJudge(operation: string): Judge {
  const model = modelOf("s3");
  const { members = {}, required = [] } = model.shapes[model.operations[operation]?.input ?? ""] ?? {};
  const checks = { header: new Map<string, Check>(), querystring: new Map<string, Check>() };
  const needed: Judge["required"][number][] = [];
  if (!refusedWhole.has(operation))
    for (const [name, member] of Object.entries(members)) {
      const { location, locationName = name } = member;
      if (location !== "header" && location !== "querystring") continue;
      const wire = location === "header" ? locationName.toLowerCase() : locationName;
      const check = checkOf(operation, name, wire, model.shapes[member.shape]!);
      if (check) checks[location].set(wire, check);
      const missing = whenMissing[wire];
      if (required.includes(name) && missing)
        needed.push({ from: location === "header" ? "headers" : "query", name: wire, missing });
    }
  return { headers: checks.header, query: checks.querystring, required: needed };
}

function checkOf(operation: string, name: string, wire: string, shape: Shape): Check | undefined {
  const treatment = treatmentOf(operation, name);
  if (typeof treatment === "object" && !("because" in treatment)) return refusing(treatment, wire, shape);
  if (shape.enum && !judgedElsewhere.has(name)) return oneOf(wire, shape.enum);
  if (shape.type === "list") return eachOf(wire, modelOf("s3").shapes[shape.member!.shape]!.enum ?? []);
  if (shape.type === "integer" && name !== "PartNumber") return within(operation, wire, shape);
  if (shape.type === "integer") return partNumber(wire);
  if (wire === "versionId") return versionId;
  return undefined;
}

/** Spelled in any case, and judged together with each other: see bodies.ts and multipart.ts. */
const judgedElsewhere = new Set(["ChecksumAlgorithm", "ChecksumType", "ChecksumMode"]);

function refusing(refusal: Refusal, wire: string, { enum: values }: Shape): Check {
  const known = values && oneOf(wire, values);
  return (value) => {
    known?.(value);
    if (!refusal.taken?.includes(value)) throw refusalOf(refusal, wire, value);
  };
}

/** What S3 says of a value that is none of its enum; of others it says Invalid Argument. */
const enumTexts: Readonly<Record<string, (value: string) => ServiceError>> = {
  "encoding-type": (value) => argument("Invalid Encoding Method specified in Request", "encoding-type", value),
  "x-amz-metadata-directive": (value) => argument("Unknown metadata directive.", "x-amz-metadata-directive", value),
  "x-amz-tagging-directive": (value) => argument("Unknown tagging directive.", "x-amz-tagging-directive", value),
  "x-amz-server-side-encryption": (value) =>
    argument("The encryption method specified is not supported", "x-amz-server-side-encryption", value),
  "x-amz-object-ownership": (value) =>
    argument(`Invalid x-amz-object-ownership header: ${value}`, "x-amz-object-ownership", value),
  "x-amz-storage-class": (value) => s3Error("InvalidStorageClass", undefined, { StorageClassRequested: value }),
};

function oneOf(wire: string, values: readonly string[]): Check {
  return (value) => {
    if (!values.includes(value)) throw enumTexts[wire]?.(value) ?? argument(undefined, wire, value);
  };
}

function eachOf(wire: string, values: readonly string[]): Check {
  return (value) => {
    for (const one of value.split(","))
      if (!values.includes(one.trim())) throw argument("Invalid attribute name specified.", wire, one.trim());
  };
}

const whenMissing: Readonly<Record<string, () => ServiceError>> = {
  "x-amz-object-attributes": () =>
    s3Error(
      "InvalidRequest",
      "The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty",
    ),
  partNumber: () => argument("Part number must be an integer between 1 and 10000, inclusive", "partNumber", undefined),
};

const greatest = 2_147_483_647;

/** S3's own words: of two of its lists it speaks in other ones. */
function within(operation: string, wire: string, { min = 0, max = greatest }: Shape): Check {
  const camel = wire === "max-keys" ? "maxKeys" : wire;
  const outside =
    operation === "ListObjectVersions" && wire === "max-keys"
      ? () => argument("max-keys cannot be negative", wire, undefined)
      : (value: string) => argument(`Argument ${camel} must be an integer between ${min} and ${max}`, camel, value);
  return (value) => {
    if (value === "") return;
    const number = /^[+-]?\d{1,10}$/.test(value) ? Number(value) : Number.NaN;
    if (!(Math.abs(number) <= greatest))
      throw argument(`Provided ${wire} not an integer or within integer range`, wire, value);
    if (number < min || number > max) throw outside(value);
  };
}

const partNumber =
  (wire: string): Check =>
  (value) => {
    const number = /^\d{1,5}$/.test(value) ? Number(value) : 0;
    if (number < 1 || number > 10_000)
      throw argument("Part number must be an integer between 1 and 10000, inclusive", wire, value);
  };

const versionId: Check = (value) => {
  if (value === "") throw argument("Version id cannot be the empty string", "versionId", value);
};

function argument(message: string | undefined, name: string, value: string | undefined): ServiceError {
  return s3Error("InvalidArgument", message, {
    ArgumentName: name,
    ...(value === undefined ? {} : { ArgumentValue: value }),
  });
}
