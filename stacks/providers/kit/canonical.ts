/**
 * When two values say the same thing to a cloud: lists that are sets, spelled out defaults, empty values, and what a
 * property says of its own forms. Everything that compares inputs compares canonical forms.
 */
import { Archive, Asset, type PropertyMap, type PropertyValue, Unknown } from "../../engine/value.ts";
import { isEmpty, type Json, type Properties, type Property } from "./schema.ts";

/** A comparable form; undefined when the value says what saying nothing says. */
export function canonical(property: Property, value: PropertyValue | undefined): Json | undefined {
  if (value instanceof Unknown) return { "\u0000unknown": true };
  if (isEmpty(value) || value === property.default) return undefined;
  if (value instanceof Asset || value instanceof Archive) return canonicalFile(value);
  switch (property.kind) {
    case "json":
      return sortKeys(property.canonical?.(parse(value as string)) ?? parse(value as string));
    case "scalar":
      return String(value);
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

export function byText(left: Json, right: Json): number {
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
