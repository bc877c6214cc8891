/**
 * When two values say the same thing to AWS: lists that are sets, policies with reordered or one-element lists, spelled
 * out defaults, empty values. Everything that compares inputs compares canonical forms.
 */
import { Archive, Asset, type PropertyMap, type PropertyValue, Unknown } from "../../engine/value.ts";
import { isEmpty, type Properties, type Property } from "./schema.ts";

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** A comparable form; undefined when the value says what saying nothing says. */
export function canonical(property: Property, value: PropertyValue | undefined): Json | undefined {
  if (value instanceof Unknown) return { "\u0000unknown": true };
  if (isEmpty(value) || value === property.default) return undefined;
  if (value instanceof Asset || value instanceof Archive) return canonicalFile(value);
  switch (property.kind) {
    case "json":
      return sortKeys(parse(value as string));
    case "policy":
      return canonicalPolicy(parse(value as string));
    case "list":
      return (value as PropertyValue[]).map((item) => canonical(property.items!, item) ?? null);
    case "set": {
      const items = (value as PropertyValue[]).map((item) => canonical(property.items!, item) ?? null);
      return items.sort(byText);
    }
    case "map":
      return canonicalEntries(value as PropertyMap, () => property.items!);
    case "object": {
      const entries = canonicalEntries(value as PropertyMap, (name) => property.fields![name]);
      return Object.keys(entries).length === 0 ? undefined : entries;
    }
    default:
      return value as Json;
  }
}

export function same(property: Property, left: PropertyValue | undefined, right: PropertyValue | undefined): boolean {
  return JSON.stringify(canonical(property, left)) === JSON.stringify(canonical(property, right));
}

/** Top-level names whose values differ. */
export function differing(properties: Properties, left: PropertyMap, right: PropertyMap): string[] {
  return Object.keys(properties).filter((name) => !same(properties[name]!, left[name], right[name]));
}

function canonicalEntries(value: PropertyMap, of: (name: string) => Property | undefined): { [key: string]: Json } {
  const entries: { [key: string]: Json } = {};
  for (const name of Object.keys(value).sort()) {
    const property = of(name);
    const kept = property && canonical(property, value[name]);
    if (kept !== undefined) entries[name] = kept;
  }
  return entries;
}

/** By content when the hash is known, else by what was said. */
function canonicalFile(file: Asset | Archive): Json {
  if (file.hash) return { hash: file.hash };
  if (file instanceof Asset || !file.assets) return JSON.parse(JSON.stringify(file)) as Json;
  const assets: { [key: string]: Json } = {};
  for (const name of Object.keys(file.assets).sort()) assets[name] = canonicalFile(file.assets[name]!);
  return { assets };
}

function parse(value: string): Json {
  try {
    return JSON.parse(value) as Json;
  } catch {
    return value;
  }
}

function byText(left: Json, right: Json): number {
  const [a, b] = [JSON.stringify(left), JSON.stringify(right)];
  return a < b ? -1 : a > b ? 1 : 0;
}

function sortKeys(value: Json): Json {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sortKeys(value[key]!)]),
  );
}

/** AWS answers an account's root as an ARN where a policy said its number. */
const accountRoot = /^arn:aws[\w-]*:iam::(\d{12}):root$/;

function canonicalPolicy(value: Json): Json {
  if (typeof value === "string") return accountRoot.exec(value)?.[1] ?? value;
  if (Array.isArray(value)) {
    const items = value.map(canonicalPolicy).sort(byText);
    return items.length === 1 ? items[0]! : items;
  }
  if (value === null || typeof value !== "object") return String(value);
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, canonicalPolicy(value[key]!)]),
  );
}
