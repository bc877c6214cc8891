/**
 * Which of AWS's operations a request is: found in the model by method, address, sub-resource, and the parameters that
 * tell two operations of one address apart. Knows no handler.
 */
import { type Model, type Operation as Modelled, modelOf } from "../models/index.ts";
import type { Call } from "../service.ts";
import { s3Error } from "./errors.ts";

export type Level = "service" | "bucket" | "object";

/** One operation behind an address, and what a request says that means it. */
interface Variant {
  operation: string;
  /** `list-type` -> `2`; undefined: whatever it says. */
  query: readonly (readonly [name: string, value: string | undefined])[];
  headers: readonly string[];
}

/** Of other hosts: directory buckets' and object lambdas' endpoints. */
const elsewhere = new Set(["ListDirectoryBuckets", "WriteGetObjectResponse"]);

const levels: Readonly<Record<string, Level>> = { "/": "service", "/{Bucket}": "bucket", "/{Bucket}/{Key+}": "object" };

let known: { selectors: ReadonlySet<string>; variants: ReadonlyMap<string, readonly Variant[]> } | undefined;

function index(): NonNullable<typeof known> {
  if (known) return known;
  const model = modelOf("s3");
  const selectors = new Set<string>();
  const variants = new Map<string, Variant[]>();
  for (const [operation, { http, input }] of Object.entries(model.operations)) {
    const [path = "", parameters = ""] = http?.requestUri.split("?") ?? [];
    const level = levels[path];
    // Of two names for one request the older one ends without Configuration.
    const older = model.operations[`${operation}Configuration`]?.http?.requestUri === http?.requestUri;
    if (level === undefined || older || elsewhere.has(operation)) continue;
    const said = parameters.split("&").filter((one) => one !== "");
    const needed = requiredOf(model, input);
    const selector = said.find((one) => !one.includes("=")) ?? needed.query.find((name) => name === "uploadId");
    if (selector !== undefined) selectors.add(selector);
    const constants = said.filter((one) => one.includes("=")).map((one) => one.split("=") as [string, string]);
    const name = nameOf(http!, level, selector);
    variants.set(name, [
      ...(variants.get(name) ?? []),
      {
        operation,
        query: [...constants, ...needed.query.map((one) => [one, undefined] as const)],
        headers: needed.headers,
      },
    ]);
  }
  for (const list of variants.values()) list.sort((a, b) => weight(b) - weight(a));
  known = { selectors, variants };
  return known;
}

const weight = ({ query, headers }: Variant): number => query.length + headers.length;

const nameOf = ({ method }: Pick<NonNullable<Modelled["http"]>, "method">, level: Level, selector?: string): string =>
  [method, level, ...(selector === undefined ? [] : [selector])].join(" ");

function requiredOf(model: Model, input: string | undefined): { query: string[]; headers: string[] } {
  const { required = [], members = {} } = model.shapes[input ?? ""] ?? {};
  const at = (where: string): string[] =>
    required.flatMap((name) => {
      const { location, locationName = name } = members[name]!;
      return location === where ? [locationName] : [];
    });
  return { query: at("querystring"), headers: at("header").map((name) => name.toLowerCase()) };
}

/**
 * `GET bucket acl`: method, level and sub-resource, as the tables of handlers and of access name it. Throws AWS's
 * InvalidArgument for two sub-resources at once.
 */
export function addressName(call: Pick<Call, "method" | "query">, level: Level): string {
  const { selectors } = index();
  let selector: string | undefined;
  for (const name of call.query.keys()) {
    if (!selectors.has(name) || name === selector) continue;
    if (selector !== undefined) throw conflicting([selector, name]);
    selector = name;
  }
  return nameOf(call, level, selector);
}

function conflicting(names: string[]): Error {
  const sorted = names.sort();
  return s3Error("InvalidArgument", `Conflicting query string parameters: ${sorted.join(", ")}`, {
    ArgumentName: "ResourceType",
    ArgumentValue: sorted[0],
  });
}

/** AWS's name of it: `CopyObject`. Undefined when the model has nothing at that address. */
export function operationName(name: string, { query, headers }: Pick<Call, "query" | "headers">): string | undefined {
  const list = index().variants.get(name);
  if (list === undefined || list.length === 1) return list?.[0]?.operation;
  const meant = list.find(
    (one) =>
      one.query.every(([key, value]) => (value === undefined ? query.has(key) : query.get(key) === value)) &&
      one.headers.every((header) => headers[header] !== undefined),
  );
  return (meant ?? list.at(-1)!).operation;
}

/** All that share an address. */
export const operationsAt = (name: string): string[] =>
  (index().variants.get(name) ?? []).map(({ operation }) => operation);
