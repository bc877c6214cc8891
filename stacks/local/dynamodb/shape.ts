/**
 * A small language for the shapes of inputs, and the two judgements AWS makes with them before anything else: can the
 * JSON be read as the shape (SerializationException), and does it keep the shape's constraints (ValidationException,
 * up to ten at once). The order of constraints in a table is the order of the texts. Knows no operation.
 */
import { serialization, validation } from "./errors.ts";

export interface Constraints {
  notNull?: true;
  regex?: string;
  greaterThanOrEqual?: number;
  lessThanOrEqual?: number;
  lengthGreaterThanOrEqual?: number;
  lengthLessThanOrEqual?: number;
  enum?: readonly string[];
  /** What each key and each value of a map, each element of a list must keep. */
  keys?: Constraints;
  values?: Constraints;
  elements?: Constraints;
}

export interface Shape extends Constraints {
  type: "String" | "Boolean" | "Integer" | "Long" | "Double" | "List" | "Map" | "Struct" | "AttributeValue";
  /** The Java class AWS names when a structure comes as a list. */
  class?: string;
  of?: Shape;
  members?: Members;
}

export type Members = Readonly<Record<string, Shape>>;

const dynamo = "com.amazonaws.dynamodb.v20120810.";

/** A copy with the known members only, nulls dropped, as Coral reads it. Throws AWS's errors. */
export function readInput(members: Members, input: Record<string, unknown>): any {
  const read = readMembers(members, input);
  const errors: string[] = [];
  for (const name in members) checkConstraints(errors, "", lowerFirst(name), members[name]!, read[name]);
  if (errors.length > 0)
    throw validation(`${errors.length} validation error${errors.length > 1 ? "s" : ""} detected: ${errors.join("; ")}`);
  return read;
}

function readMembers(members: Members, input: Record<string, unknown>): Record<string, any> {
  const read: Record<string, any> = {};
  for (const name in members) {
    if (!Object.hasOwn(input, name)) continue;
    const value = input[name];
    if (value !== null && value !== undefined) read[name] = readValue(members[name]!, value);
  }
  return read;
}

function readValue(shape: Shape, value: unknown): unknown {
  switch (shape.type) {
    case "String":
      return readScalar(value, "String", "string");
    case "Boolean":
      return readBoolean(value);
    case "Integer":
    case "Long":
      return Math.floor(readScalar(value, shape.type, "number") as number);
    case "Double":
      return readScalar(value, "Double", "number");
    case "List":
      return readList(value).map((element) => (element === null ? null : readValue(shape.of!, element)));
    case "Map":
      return readMap(shape, value);
    case "Struct":
      return readMembers(shape.members!, structure(value, dynamo + (shape.class ?? "Structure")));
    case "AttributeValue":
      return readAttributeValue(value);
  }
}

function readMap(shape: Shape, value: unknown): Record<string, unknown> {
  const entries = structure(value, `java.util.Map<java.lang.String, ${dynamo}${shape.class ?? "AttributeValue"}>`, "");
  for (const key in entries) {
    if (entries[key] === null) throw serialization("Unexpected null value in map");
    const read = readValue(shape.of!, entries[key]);
    if (key === "__proto__") Object.defineProperty(entries, key, { value: read, enumerable: true });
    else entries[key] = read;
  }
  return entries;
}

function structure(value: unknown, named: string, prefix = "class "): Record<string, unknown> {
  if (Array.isArray(value)) throw serialization(`Unrecognized collection type ${prefix}${named}`);
  if (typeof value !== "object" || value === null) throw serialization("Unexpected value type in payload");
  return value as Record<string, unknown>;
}

function readScalar(value: unknown, type: string, wanted: "string" | "number"): unknown {
  if (typeof value === wanted) return value;
  if (typeof value === "boolean")
    throw serialization(`${value ? "TRUE" : "FALSE"}_VALUE cannot be converted to ${type}`);
  if (typeof value === "number")
    throw serialization(`${value % 1 === 0 ? "NUMBER" : "DECIMAL"}_VALUE cannot be converted to ${type}`);
  if (typeof value === "string") throw serialization(`STRING_VALUE cannot be converted to ${type}`);
  if (Array.isArray(value)) throw serialization(`Unrecognized collection type class java.lang.${type}`);
  throw serialization("Start of structure or map found where not expected");
}

function readBoolean(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  const text = typeof value === "string" ? value.toLowerCase() : "";
  if (["true", "1", "yes"].includes(text)) return true;
  if (["false", "0", "no"].includes(text)) return false;
  if (typeof value === "string") throw serialization("Unexpected token received from parser");
  return readScalar(value, "Boolean", "string") as never;
}

function readList(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  throw serialization(
    typeof value === "object" ? "Start of structure or map found where not expected" : "Unexpected field type",
  );
}

const strings: Shape = { type: "String" };

/** In place: values are big, and nobody else holds the parsed body. */
function readAttributeValue(value: unknown, depth = 0): unknown {
  const members = structure(value, `${dynamo}AttributeValue`);
  // Far beyond DynamoDB's own 32, so that its own text is said first; this only keeps the stack whole.
  if (depth > 200) throw validation("Nesting Levels have exceeded supported limits");
  for (const type in members) {
    const member = members[type];
    if (member === null || !isAttributeType(type)) delete members[type];
    else members[type] = readAttributeMember(type, member, depth);
  }
  return members;
}

const isAttributeType = (name: string): boolean =>
  ["S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M"].includes(name);

function readAttributeMember(type: string, member: unknown, depth: number): unknown {
  switch (type) {
    case "S":
    case "N":
      return typeof member === "string" ? member : readScalar(member, "String", "string");
    case "B":
      return readBlob(member);
    case "BOOL":
    case "NULL":
      return readBoolean(member);
    case "L":
      return readList(member).map((element) => readAttributeValue(element, depth + 1));
    case "M": {
      const map = structure(member, `java.util.Map<java.lang.String, ${dynamo}AttributeValue>`, "");
      for (const key in map) readAttributeValue(map[key], depth + 1);
      return map;
    }
    default:
      return readList(member).map((element) => (type === "BS" ? readBlob(element) : readValue(strings, element)));
  }
}

function readBlob(value: unknown): string {
  if (typeof value !== "string") {
    if (Array.isArray(value)) throw serialization("Unrecognized collection type class java.nio.ByteBuffer");
    if (typeof value === "object") throw serialization("Start of structure or map found where not expected");
    throw serialization("only base-64-encoded strings are convertible to bytes");
  }
  if (value.length % 4 !== 0)
    throw serialization(`Base64 encoded length is expected a multiple of 4 bytes but found: ${value.length}`);
  if (Buffer.from(value, "base64").toString("base64") !== value)
    throw serialization("Invalid last non-pad Base64 character dectected");
  return value;
}

function checkConstraints(errors: string[], parent: string, name: string, shape: Shape, value: any): void {
  if (errors.length >= 10) return;
  const path = parent + name;
  if (value === undefined || value === null) {
    if (shape.notNull) errors.push(violation(path, value, "Member must not be null"));
    return;
  }
  checkOwn(errors, path, shape, value);
  if (shape.type === "Struct")
    for (const member in shape.members)
      checkConstraints(errors, `${path}.`, lowerFirst(member), shape.members[member]!, value[member]);
  if (shape.of?.type === "AttributeValue") return;
  if (shape.type === "List")
    for (const [at, element] of value.entries())
      checkConstraints(errors, `${path}.${at + 1}.`, "member", shape.of!, element);
  if (shape.type === "Map")
    for (const key in value) checkConstraints(errors, `${path}.${key}.`, "member", shape.of!, value[key]);
}

function checkOwn(errors: string[], path: string, shape: Shape, value: unknown): void {
  for (const name in shape) {
    const constraint = name as keyof Constraints;
    if (constraint in subjects)
      checkEach(errors, path, shape[constraint as Part]!, constraint as Part, value as object);
    else if (!keeps(constraint, shape[constraint], value))
      errors.push(violation(path, value, text(constraint, shape[constraint])));
  }
}

type Part = "keys" | "values" | "elements";

const subjects = { keys: "Map keys", values: "Map value", elements: "Member" };

function checkEach(errors: string[], path: string, constraints: Constraints, part: Part, whole: object): void {
  const limits = Object.entries(constraints) as [keyof Constraints, unknown][];
  for (const each of part === "keys" ? Object.keys(whole) : Object.values(whole)) {
    if (limits.every(([name, limit]) => keeps(name, limit, each))) continue;
    const texts = limits.map(([name, limit]) => text(name, limit));
    errors.push(violation(path, whole, `${subjects[part]} must satisfy constraint: [${texts.join(", ")}]`));
    // Of a list the whole is said to be wrong, once.
    if (part === "elements") return;
  }
}

function keeps(constraint: keyof Constraints, limit: any, value: any): boolean {
  switch (constraint) {
    case "regex":
      return pattern(limit).test(value);
    case "enum":
      return limit.includes(value);
    case "greaterThanOrEqual":
      return value >= limit;
    case "lessThanOrEqual":
      return value <= limit;
    case "lengthGreaterThanOrEqual":
      return lengthOf(value) >= limit;
    case "lengthLessThanOrEqual":
      return lengthOf(value) <= limit;
    default:
      return true;
  }
}

const patterns = new Map<string, RegExp>();

function pattern(source: string): RegExp {
  const found = patterns.get(source) ?? new RegExp(`^${source}$`);
  patterns.set(source, found);
  return found;
}

const lengthOf = (value: string | unknown[] | object): number =>
  typeof value === "string" || Array.isArray(value) ? value.length : Object.keys(value).length;

function text(constraint: keyof Constraints, limit: any): string {
  switch (constraint) {
    case "regex":
      return `Member must satisfy regular expression pattern: ${limit}`;
    case "enum":
      return `Member must satisfy enum value set: [${limit.join(", ")}]`;
    case "greaterThanOrEqual":
      return `Member must have value greater than or equal to ${limit}`;
    case "lessThanOrEqual":
      return `Member must have value less than or equal to ${limit}`;
    case "lengthGreaterThanOrEqual":
      return `Member must have length greater than or equal to ${limit}`;
    default:
      return `Member must have length less than or equal to ${limit}`;
  }
}

function violation(path: string, value: unknown, constraint: string): string {
  const shown = value === undefined || value === null ? "null" : `'${show(value)}'`;
  return `Value ${shown} at '${path}' failed to satisfy constraint: ${constraint}`;
}

function show(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(show).join(", ")}]`;
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}

const lowerFirst = (name: string): string => name[0]!.toLowerCase() + name.slice(1);
