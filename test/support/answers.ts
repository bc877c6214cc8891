/**
 * Every answer of the local cloud, held against the shape that its model gives it: members AWS does not have, members it
 * always has, values of another type or outside their enum. For the JSON, query and REST-JSON protocols; s3-answers.ts
 * has S3's.
 */
import { XMLParser } from "fast-xml-parser";
import { type Member, type Model, modelOf, type Operation, type Shape } from "../../stacks/local/models/index.ts";
import type { Call, Reply } from "../../stacks/local/service.ts";
import { wrongInS3 } from "./s3-answers.ts";

/** Streams are a service of DynamoDB's name with a model of their own. */
const modelFor = ({ service, headers }: Call): Model =>
  modelOf(headers["x-amz-target"]?.startsWith("DynamoDBStreams_") ? "dynamodbstreams" : service);

const modelled = new Set(["dynamodb", "iam", "lambda", "logs", "ssm", "sts"]);

/** Where AWS's own answers are not of its model; its documentation shows them so. */
const asAwsDoes: readonly RegExp[] = [
  /PermissionsBoundaryType: Policy is not of its enum$/,
  /SourcePolicyType: (IAM|Resource) Policy is not of its enum$/,
  // The account's root has neither.
  /^iam GetUser User\.(Path|UserName): is missing$/,
  /^iam ListAccessKeys UserName: AWS has no such member$/,
];

/** What is wrong with one answer: `logs DescribeLogGroups logGroups.0.color: AWS has no such member`. */
export function wrongIn(call: Call, reply: Reply): string[] {
  if (call.service === "s3") return wrongInS3(call, reply);
  if (!modelled.has(call.service) || reply.status >= 300 || typeof reply.body !== "string") return [];
  const model = modelFor(call);
  const found = answerOf(model, call, reply.body);
  const output = found && model.operations[found.operation]?.output;
  if (!found || output === undefined) return [];
  const wrong: string[] = [];
  const texts = model.metadata.protocol === "query";
  compare({ model, texts, wrong }, `${call.service} ${found.operation} `, output, found.body);
  return wrong.filter((one) => !asAwsDoes.some((known) => known.test(one)));
}

interface Answer {
  operation: string;
  body: unknown;
}

function answerOf(model: Model, call: Call, body: string): Answer | undefined {
  const { protocol, targetPrefix } = model.metadata;
  if (protocol === "json") {
    const operation = (call.headers["x-amz-target"] ?? "").slice(`${targetPrefix}.`.length);
    return { operation, body: JSON.parse(body || "{}") };
  }
  if (protocol === "query") {
    const [[root, content] = ["", {}]] = Object.entries<any>(parser.parse(body));
    const operation = root.replace(/Response$/, "");
    return { operation, body: content[`${operation}Result`] ?? {} };
  }
  const operation = restOperation(model, call);
  if (operation === undefined || model.shapes[model.operations[operation]!.output!]?.payload) return undefined;
  return { operation, body: JSON.parse(body || "{}") };
}

const parser = new XMLParser({
  ignoreAttributes: true,
  parseTagValue: false,
  isArray: (name) => name === "member" || name === "entry",
});

function restOperation(model: Model, { method, path, query }: Call): string | undefined {
  const fits = ({ http }: Operation): boolean => {
    const [wanted = "", parameters = ""] = http?.requestUri.split("?") ?? [];
    const asked = [...new URLSearchParams(parameters)].every(([name, value]) => query.get(name) === value);
    const form = wanted.replace(/\/$/, "").replace(/\{[^}]+\}/g, "[^/]+");
    return http?.method === method && asked && new RegExp(`^${form}/?$`).test(path);
  };
  const found = Object.keys(model.operations).filter((name) => fits(model.operations[name]!));
  return found.sort((a, b) => specific(model, b) - specific(model, a))[0];
}

const specific = (model: Model, name: string): number =>
  model.operations[name]!.http!.requestUri.includes("?") ? 1 : 0;

interface Comparison {
  model: Model;
  /** Values are texts, as XML has them. */
  texts: boolean;
  wrong: string[];
}

function compare(on: Comparison, path: string, shapeName: string, value: any): void {
  const shape = on.model.shapes[shapeName]!;
  if (shape.type === "structure") compareMembers(on, path, shape, value);
  else if (shape.type === "list") compareList(on, path, shape, value);
  else if (shape.type === "map") compareMap(on, path, shape, value);
  else if (!isOf(shape, value, on.texts)) on.wrong.push(`${path}: ${JSON.stringify(value)} is no ${shape.type}`);
  else if (shape.enum && !shape.enum.includes(value)) on.wrong.push(`${path}: ${value} is not of its enum`);
}

function compareMembers(on: Comparison, path: string, shape: Shape, value: any): void {
  const given = on.texts && value === "" ? {} : value;
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    on.wrong.push(`${path}: ${JSON.stringify(value)} is no structure`);
    return;
  }
  const { members = {}, required = [] } = shape;
  const inBody = Object.entries(members).filter(([, { location }]) => location === undefined);
  const wire = new Map(inBody.map(([name, member]): [string, Member] => [member.locationName ?? name, member]));
  for (const name of Object.keys(given)) {
    const member = wire.get(name);
    if (!member) on.wrong.push(`${under(path)}${name}: AWS has no such member`);
    else if (given[name] !== null) compare(on, `${under(path)}${name}`, member.shape, given[name]);
  }
  for (const [name, { locationName = name }] of inBody)
    if (required.includes(name) && given[locationName] === undefined)
      on.wrong.push(`${under(path)}${name}: is missing`);
}

/** `logs DescribeLogGroups ` or `… logGroups[].` */
const under = (path: string): string => (path.endsWith(" ") ? path : `${path}.`);

function compareList(on: Comparison, path: string, shape: Shape, value: any): void {
  const items = on.texts ? (value === "" ? [] : value.member) : value;
  if (!Array.isArray(items)) on.wrong.push(`${path}: ${JSON.stringify(value)} is no list`);
  else for (const one of items) compare(on, `${path}[]`, shape.member!.shape, one);
}

function compareMap(on: Comparison, path: string, shape: Shape, value: any): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    if (!(on.texts && value === "")) on.wrong.push(`${path}: ${JSON.stringify(value)} is no map`);
    return;
  }
  const entries: [string, unknown][] = on.texts
    ? (value.entry ?? []).map(({ key, value: inner }: any) => [key, inner])
    : Object.entries(value);
  for (const [, inner] of entries) compare(on, `${path}{}`, shape.value!.shape, inner);
}

const forms: Partial<Record<Shape["type"], RegExp>> = {
  integer: /^-?\d+$/,
  long: /^-?\d+$/,
  boolean: /^(true|false)$/,
  timestamp: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/,
};

function isOf({ type }: Shape, value: unknown, texts: boolean): boolean {
  if (texts) return typeof value === "string" && (forms[type]?.test(value) ?? true);
  if (type === "string" || type === "blob") return typeof value === "string";
  if (type === "boolean") return typeof value === "boolean";
  if (type === "integer" || type === "long") return Number.isInteger(value);
  return typeof value === "number";
}
