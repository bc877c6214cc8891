/**
 * Questions and small transformations on property values: equality, secrets, unknowns, masking. Pure; does no I/O and
 * knows no wire form.
 */
import {
  Archive,
  Asset,
  OutputValue,
  type PropertyMap,
  type PropertyValue,
  ResourceReference,
  Secret,
  Unknown,
} from "../value.ts";

export function isMap(value: PropertyValue | undefined): value is PropertyMap {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array) &&
    !(value instanceof Unknown) &&
    !(value instanceof Secret) &&
    !(value instanceof Asset) &&
    !(value instanceof Archive) &&
    !(value instanceof ResourceReference) &&
    !(value instanceof OutputValue)
  );
}

/** Rebuilds maps and arrays, bottom up; `change` sees every leaf and wrapper first and may answer for it. */
function transform(value: PropertyValue, change: (leaf: PropertyValue) => PropertyValue | undefined): PropertyValue {
  const changed = change(value);
  if (changed !== undefined) return changed;
  if (Array.isArray(value)) return value.map((item) => transform(item, change));
  if (value instanceof Secret) return new Secret(transform(value.value, change));
  if (isMap(value)) return transformMap(value, change);
  return value;
}

export function transformMap(
  map: PropertyMap,
  change: (leaf: PropertyValue) => PropertyValue | undefined,
): PropertyMap {
  const result: PropertyMap = {};
  for (const [key, value] of Object.entries(map)) if (value !== undefined) result[key] = transform(value, change);
  return result;
}

/** The same without secret wrappers: what a provider sees. */
export function plain(map: PropertyMap): PropertyMap {
  return transformMap(map, (leaf) => (leaf instanceof Secret ? plainValue(leaf.value) : undefined));
}

function plainValue(value: PropertyValue): PropertyValue {
  return transform(value, (leaf) => (leaf instanceof Secret ? plainValue(leaf.value) : undefined));
}

/** Drops `__internal`, which is between the SDK and the engine. */
export function withoutInternal(map: PropertyMap): PropertyMap {
  if (!("__internal" in map)) return map;
  const { __internal, ...rest } = map;
  return rest;
}

export function hasUnknown(value: PropertyValue | undefined): boolean {
  return some(value, (leaf) => leaf instanceof Unknown || (leaf instanceof OutputValue && leaf.value === undefined));
}

export function hasSecret(value: PropertyValue | undefined): boolean {
  return some(value, (leaf) => leaf instanceof Secret || (leaf instanceof OutputValue && leaf.secret));
}

/** Whether anything in the value, wrappers included, passes. */
export function some(value: PropertyValue | undefined, test: (leaf: PropertyValue) => boolean): boolean {
  if (value === undefined) return false;
  if (test(value)) return true;
  if (value instanceof Secret || value instanceof OutputValue) return some(value.value, test);
  if (Array.isArray(value)) return value.some((item) => some(item, test));
  if (isMap(value)) return Object.values(value).some((item) => some(item, test));
  return false;
}

/** Deep equality; a secret equals the same plain value, an unknown equals nothing but an unknown. */
export function equal(a: PropertyValue | undefined, b: PropertyValue | undefined): boolean {
  if (a instanceof Secret) return equal(a.value, b);
  if (b instanceof Secret) return equal(a, b.value);
  if (a === b) return true;
  if (a === undefined || b === undefined || a === null || b === null) return false;
  if (typeof a === "number" && typeof b === "number") return Number.isNaN(a) && Number.isNaN(b);
  if (typeof a !== "object" || typeof b !== "object") return false;
  if (a instanceof Unknown || b instanceof Unknown) return a instanceof Unknown && b instanceof Unknown;
  if (a instanceof Uint8Array || b instanceof Uint8Array)
    return a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  if (Array.isArray(a) || Array.isArray(b))
    return (
      Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, index) => equal(item, b[index]))
    );
  if (a instanceof Asset || a instanceof Archive)
    return a.constructor === b.constructor && a.hash === (b as Asset | Archive).hash;
  if (a instanceof ResourceReference) return b instanceof ResourceReference && a.urn === b.urn;
  if (!isMap(a) || !isMap(b)) return false;
  return equalMaps(a, b);
}

export function equalMaps(a: PropertyMap, b: PropertyMap): boolean {
  return topLevelChanges(a, b).length === 0;
}

/** Keys whose values differ. */
export function topLevelChanges(a: PropertyMap, b: PropertyMap): string[] {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].filter((key) => !equal(a[key], b[key])).sort();
}

/** Copies secretness of inputs onto same-named parts of outputs. */
export function markSecrets(outputs: PropertyMap, inputs: PropertyMap): PropertyMap {
  const result: PropertyMap = {};
  for (const [key, value] of Object.entries(outputs)) result[key] = markSecret(value, inputs[key]);
  return result;
}

function markSecret(output: PropertyValue, input: PropertyValue | undefined): PropertyValue {
  if (input === undefined || output instanceof Secret) return output;
  if (isMap(output) && isMap(input)) return markSecrets(output, input);
  // Providers treat lists as sets: an item may come back in another place, so the whole list is secret.
  return hasSecret(input) ? new Secret(plainValue(output)) : output;
}

/** Wraps the named top-level properties. */
export function wrapSecrets(map: PropertyMap, names: readonly string[]): PropertyMap {
  if (names.length === 0) return map;
  const result = { ...map };
  for (const name of names) {
    const value = result[name];
    if (value !== undefined && !(value instanceof Secret)) result[name] = new Secret(value);
  }
  return result;
}

/** JSON for events and printed outputs: secrets masked (or opened), unknowns as the wire's own word for them. */
export function toDisplay(value: PropertyValue, unknownText: string, secretText: string | undefined): unknown {
  if (value instanceof Secret) return secretText ?? toDisplay(value.value, unknownText, secretText);
  if (value instanceof Unknown) return unknownText;
  if (Array.isArray(value)) return value.map((item) => toDisplay(item, unknownText, secretText));
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (value instanceof ResourceReference) return value.urn;
  if (value instanceof OutputValue)
    return value.value === undefined
      ? unknownText
      : toDisplay(value.secret ? new Secret(value.value) : value.value, unknownText, secretText);
  if (value instanceof Asset || value instanceof Archive) return displayContents(value);
  if (isMap(value)) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    return Object.fromEntries(entries.map(([key, item]) => [key, toDisplay(item, unknownText, secretText)]));
  }
  return value;
}

function displayContents(value: Asset | Archive): unknown {
  const kind = value instanceof Asset ? "c44067f5952c0a294b673a41bacd8c17" : "0def7320c3a5731c473e5ecbe6d01bc7";
  return { "4dabf18193072939515e22adb298388d": kind, ...(value.hash ? { hash: value.hash } : {}) };
}

/** A value as Pulumi's engine prints it in messages. */
export function inBraces(value: unknown): string {
  if (value === null) return "{<nil>}";
  if (Array.isArray(value)) return `{[${value.map(inBraces).join(" ")}]}`;
  if (typeof value !== "object") return `{${String(value)}}`;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{map[${entries.map(([key, item]) => `${key}:${inBraces(item)}`).join(" ")}]}`;
}
