/**
 * The words in which a resource type describes its inputs, and the check of a program's inputs against them. Everything
 * that knows "what may be said" reads these tables; nothing here calls a cloud.
 */
import type { CheckFailure } from "../../engine/provider.ts";
import { Archive, Asset, type PropertyMap, type PropertyValue, Unknown } from "../../engine/value.ts";

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

export type Kind =
  | "string"
  | "number"
  | "boolean"
  /** Text, or a number or flag, kept as it was said and compared as text. */
  | "scalar"
  /** JSON text, compared as JSON. */
  | "json"
  | "list"
  | "set"
  | "map"
  | "object"
  | "asset"
  | "archive"
  /** Real in the package's own provider, not carried out here: said clearly, never ignored. */
  | "refused";

export interface Property {
  kind: Kind;
  required?: boolean;
  /** What the cloud does when nothing is said: equal to saying nothing. Written into checked inputs at top level. */
  default?: string | number | boolean;
  /** A change needs a new resource. */
  replaces?: boolean;
  /** The cloud chooses a value when nothing is said; reading that value back is not a difference. */
  computed?: boolean;
  /** The cloud never tells it again, or it exists only in the program: reading keeps what was said. */
  writeOnly?: boolean;
  /** Steers the provider, not the cloud: a resource that was just imported cannot differ in it. */
  steering?: boolean;
  /** Of a provider's own inputs: encrypted in the state, whether or not the program says so. */
  secret?: boolean;
  oneOf?: readonly string[];
  /** Of JSON text: the one form of all that mean the same. Keys need not be sorted by it. */
  canonical?: (value: Json) => Json;
  items?: Property;
  fields?: Properties;
  /** For `refused`: what to use instead. */
  instead?: string;
}

export type Properties = { readonly [name: string]: Property };
export type Options = Omit<Property, "kind">;

/** A flag that steers the provider; the cloud never hears of it. */
export const steering = (): Property => ({ kind: "boolean", default: false, writeOnly: true, steering: true });
export const text = (options: Options = {}): Property => ({ kind: "string", ...options });
export const number = (options: Options = {}): Property => ({ kind: "number", ...options });
export const scalar = (options: Options = {}): Property => ({ kind: "scalar", ...options });
export const flag = (options: Options = {}): Property => ({ kind: "boolean", ...options });
export const list = (items: Property, options: Options = {}): Property => ({ kind: "list", items, ...options });
export const set = (items: Property, options: Options = {}): Property => ({ kind: "set", items, ...options });
export const map = (items: Property, options: Options = {}): Property => ({ kind: "map", items, ...options });
export const object = (fields: Properties, options: Options = {}): Property => ({ kind: "object", fields, ...options });
export const refused = (instead?: string): Property => ({ kind: "refused", instead });

/** Many refused properties at once. */
export function refusedAll(names: string, instead?: string): Properties {
  return Object.fromEntries(names.split(" ").map((name) => [name, refused(instead)]));
}

export function isPlainMap(value: PropertyValue): value is PropertyMap {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** Nothing said: absent, null, an empty list or an empty map. */
export function isEmpty(value: PropertyValue | undefined): boolean {
  if (value === undefined || value === null) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isPlainMap(value) && Object.keys(value).length === 0;
}

interface Checking {
  failures: CheckFailure[];
}

/** Inputs in the table's types, and every failure at once. Unknown values pass; empty top-level values are dropped. */
export function checkProperties(
  properties: Properties,
  news: PropertyMap,
): { inputs: PropertyMap; failures: CheckFailure[] } {
  const checking: Checking = { failures: [] };
  const inputs = checkFields(properties, news, "", checking);
  return { inputs, failures: checking.failures };
}

function checkFields(fields: Properties, values: PropertyMap, prefix: string, checking: Checking): PropertyMap {
  const checked: PropertyMap = {};
  for (const [name, value] of Object.entries(values)) {
    if (name === "__defaults" || value === undefined || value === null) continue;
    const path = prefix === "" ? name : `${prefix}.${name}`;
    const property = fields[name];
    const kept = property && checkValue(property, value, path, checking);
    if (kept !== undefined) checked[name] = kept;
    if (!property) checking.failures.push({ property: path, reason: unknownName(name, Object.keys(fields)) });
  }
  for (const [name, property] of Object.entries(fields)) {
    const path = prefix === "" ? name : `${prefix}.${name}`;
    if (property.required && checked[name] === undefined && isEmpty(values[name]))
      checking.failures.push({ property: path, reason: `Missing required property '${name}'` });
  }
  return checked;
}

function unknownName(name: string, known: string[]): string {
  const near = known.find((other) => other.toLowerCase() === name.toLowerCase() || other === `${name}s`);
  return `Unknown property '${name}'${near ? `. Did you mean '${near}'?` : ""}`;
}

function checkValue(
  property: Property,
  value: PropertyValue,
  path: string,
  checking: Checking,
): PropertyValue | undefined {
  if (value instanceof Unknown) return value;
  const fail = (reason: string): undefined => {
    checking.failures.push({ property: path, reason });
    return undefined;
  };
  switch (property.kind) {
    case "refused":
      if (isEmpty(value) || value === false) return undefined;
      return fail(
        `The embedded engine does not carry out '${path}'. ${property.instead ?? "Use the official engine for it."}`,
      );
    case "string":
    case "number":
    case "boolean": {
      const coerced = coerce(property.kind, value);
      if (coerced === undefined) return fail(`Expected a ${property.kind}, got ${describe(value)}`);
      if (property.oneOf && !property.oneOf.includes(String(coerced)))
        return fail(`Expected one of ${property.oneOf.join(", ")}, got '${String(coerced)}'`);
      return coerced;
    }
    case "scalar":
      return coerce("string", value) === undefined ? fail(`Expected text or a number, got ${describe(value)}`) : value;
    case "json":
      return checkJson(value, fail);
    case "asset":
    case "archive":
      return value instanceof Asset || value instanceof Archive
        ? value
        : fail(`Expected an ${property.kind}, got ${describe(value)}`);
    default:
      return checkCollection(property, value, path, checking) ?? fail(expected(property.kind, value));
  }
}

function expected(kind: Kind, value: PropertyValue): string {
  return `Expected a ${kind === "object" ? "map" : kind}, got ${describe(value)}`;
}

function checkCollection(
  property: Property,
  value: PropertyValue,
  path: string,
  checking: Checking,
): PropertyValue | undefined {
  if (property.kind === "list" || property.kind === "set") {
    if (!Array.isArray(value)) return undefined;
    return value.map((item, at) => checkValue(property.items!, item, `${path}[${at}]`, checking) ?? null);
  }
  if (!isPlainMap(value)) return undefined;
  if (property.kind === "object") return checkFields(property.fields!, value, path, checking);
  const checked: PropertyMap = {};
  for (const [key, item] of Object.entries(value)) {
    const kept = item === null ? undefined : checkValue(property.items!, item, `${path}.${key}`, checking);
    if (kept !== undefined) checked[key] = kept;
  }
  return checked;
}

function checkJson(value: PropertyValue, fail: (reason: string) => undefined): PropertyValue | undefined {
  if (isPlainMap(value)) return hasUnknown(value) ? new Unknown() : JSON.stringify(value);
  if (typeof value !== "string") return fail(`Expected JSON text, got ${describe(value)}`);
  try {
    JSON.parse(value);
    return value;
  } catch (error) {
    return fail(`This is not JSON: ${(error as Error).message}`);
  }
}

export function hasUnknown(value: PropertyValue | undefined): boolean {
  if (value instanceof Unknown) return true;
  if (Array.isArray(value)) return value.some(hasUnknown);
  return value !== undefined && isPlainMap(value) && Object.values(value).some(hasUnknown);
}

/** Numbers and flags arrive as text from configuration, and the other way round from loosely typed programs. */
function coerce(kind: "string" | "number" | "boolean", value: PropertyValue): string | number | boolean | undefined {
  if (kind === "string") return ["string", "number", "boolean"].includes(typeof value) ? String(value) : undefined;
  if (kind === "number") {
    const parsed = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    return typeof parsed === "number" && Number.isFinite(parsed) ? parsed : undefined;
  }
  if (value === "true" || value === "false") return value === "true";
  return typeof value === "boolean" ? value : undefined;
}

function describe(value: PropertyValue): string {
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "a map" : `a ${typeof value}`;
}
