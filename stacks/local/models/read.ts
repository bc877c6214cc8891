/**
 * JSON read as a model's shape, as AWS reads it: members nobody knows are passed over, nulls are as good as absent, and
 * what has another type is a SerializationException. Knows no service.
 */
import { ServiceError } from "../service.ts";
import type { Model, Shape } from "./index.ts";

/** A copy with the shape's members only. Throws SerializationException. */
export function readShape(model: Model, shapeName: string, value: unknown): any {
  const shape = model.shapes[shapeName]!;
  switch (shape.type) {
    case "structure":
      return readStructure(model, shape, value);
    case "map":
      return readMap(model, shape, value);
    case "list":
      if (!Array.isArray(value)) throw unreadable(startOf(value) ?? "Unexpected field type");
      return value.map((one) => (one === null ? null : readShape(model, shape.member!.shape, one)));
    case "boolean":
      return readBoolean(value);
    case "string":
    case "blob":
      return readScalar(value, "string", "String");
    case "timestamp":
      return readScalar(value, "number", "Timestamp");
    default:
      return readNumber(shape, value);
  }
}

function readStructure(model: Model, shape: Shape, value: unknown): Record<string, unknown> {
  const given = object(value);
  const read: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(shape.members!)) {
    const inner = Object.hasOwn(given, name) ? given[name] : undefined;
    if (inner !== undefined && inner !== null) read[name] = readShape(model, member.shape, inner);
  }
  return read;
}

function readMap(model: Model, shape: Shape, value: unknown): Record<string, unknown> {
  const entries = Object.entries(object(value)).map(([key, inner]): [string, unknown] => {
    if (inner === null) throw unreadable("Unexpected null value in map");
    return [key, readShape(model, shape.value!.shape, inner)];
  });
  // Takes `__proto__` for a key like any other.
  return Object.fromEntries(entries);
}

function object(value: unknown): Record<string, unknown> {
  if (Array.isArray(value)) throw unreadable("Unrecognized collection type");
  if (typeof value !== "object" || value === null) throw unreadable("Unexpected value type in payload");
  return value as Record<string, unknown>;
}

/** A fraction is cut, as Java's number token is when it is read as a whole one. */
function readNumber({ type }: Shape, value: unknown): number {
  const whole = type === "integer" || type === "long";
  const number = readScalar(value, "number", `${type.charAt(0).toUpperCase()}${type.slice(1)}`) as number;
  return whole ? Math.trunc(number) : number;
}

function readBoolean(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  if (typeof value === "string" && /^(true|false)$/i.test(value)) return value.toLowerCase() === "true";
  return readScalar(value, "boolean", "Boolean") as boolean;
}

function readScalar(value: unknown, wanted: "string" | "number" | "boolean", named: string): unknown {
  if (typeof value === wanted) return value;
  const start = startOf(value);
  if (start) throw unreadable(start);
  const token: Record<string, string> = {
    string: "STRING",
    boolean: value ? "TRUE" : "FALSE",
    number: Number.isInteger(value) ? "NUMBER" : "DECIMAL",
  };
  throw unreadable(`${token[typeof value]}_VALUE cannot be converted to ${named}`);
}

function startOf(value: unknown): string | undefined {
  return typeof value === "object" ? "Start of structure or map found where not expected." : undefined;
}

const unreadable = (text: string): ServiceError => new ServiceError("SerializationException", 400, text);
