/**
 * Output values: a value with whether it is known, whether it is secret, and which resources it came from. They travel
 * in transforms, calls and remote components only; everywhere else a value is plain, secret or unknown.
 */
import {
  OutputValue,
  type PropertyMap,
  type PropertyValue,
  ResourceReference,
  Secret,
  Unknown,
  unknown,
} from "../value.ts";
import { isMap } from "../values/values.ts";

/** What an output stands for, all the way down. */
export function flatten(value: PropertyValue): PropertyValue {
  if (value instanceof OutputValue) {
    const known = value.value === undefined ? unknown : flatten(value.value);
    return value.secret ? new Secret(known) : known;
  }
  if (value instanceof Secret) return new Secret(flatten(value.value));
  if (value instanceof ResourceReference && value.id instanceof OutputValue)
    return new ResourceReference({ ...value, id: flatten(value.id) });
  if (Array.isArray(value)) return value.map(flatten);
  return isMap(value) ? flattenMap(value) : value;
}

export function flattenMap(map: PropertyMap): PropertyMap {
  return mapValues(map, flatten);
}

/** Secrets and unknowns as outputs, which is what a transform's own SDK makes of them. */
export function upgrade(value: PropertyValue): PropertyValue {
  if (value instanceof Unknown) return new OutputValue({});
  if (value instanceof Secret) {
    const known = value.value instanceof Unknown ? undefined : upgrade(value.value);
    return new OutputValue({ value: known, secret: true });
  }
  if (value instanceof OutputValue)
    return value.value === undefined ? value : new OutputValue({ ...value, value: upgrade(value.value) });
  if (Array.isArray(value)) return value.map(upgrade);
  return isMap(value) ? mapValues(value, upgrade) : value;
}

/** The same value, said to come from `urns` besides what it came from already. */
export function dependingOn(value: PropertyValue, urns: Iterable<string>): PropertyValue {
  const known = new Set<string>();
  collect(value, known);
  const missing = [...urns].filter((urn) => !known.has(urn));
  if (missing.length === 0) return value;
  if (value instanceof OutputValue)
    return new OutputValue({ ...value, dependencies: [...new Set([...value.dependencies, ...missing])] });
  return new OutputValue({ value, dependencies: missing });
}

/** Every URN that the outputs in a value came from. */
export function dependenciesOf(value: PropertyValue): string[] {
  const found = new Set<string>();
  collect(value, found);
  return [...found];
}

function collect(value: PropertyValue | undefined, found: Set<string>): void {
  if (value === undefined) return;
  if (value instanceof OutputValue) {
    for (const urn of value.dependencies) found.add(urn);
    collect(value.value, found);
  } else if (value instanceof Secret) collect(value.value, found);
  else if (value instanceof ResourceReference) collect(value.id, found);
  else if (Array.isArray(value)) for (const item of value) collect(item, found);
  else if (isMap(value)) for (const item of Object.values(value)) collect(item, found);
}

function mapValues(map: PropertyMap, change: (value: PropertyValue) => PropertyValue): PropertyMap {
  const result: PropertyMap = {};
  for (const [key, value] of Object.entries(map)) if (value !== undefined) result[key] = change(value);
  return result;
}
