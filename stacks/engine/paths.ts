/**
 * Property paths as programs write them (`a.b[0]["x.y"]`, `rules[*].id`) and what can be done with them on values.
 * Pure.
 */
import { type PropertyMap, type PropertyValue, Secret } from "./value.ts";
import { equal, isMap } from "./values.ts";

export type PathKey = string | number | "*";

/** Undefined when the text is no path. */
export function parsePath(text: string): PathKey[] | undefined {
  const keys: PathKey[] = [];
  let rest = text;
  while (rest !== "") {
    if (rest.startsWith(".")) rest = rest.slice(1);
    const quoted = /^\["((?:[^"\\]|\\.)*)"\]/.exec(rest);
    const indexed = /^\[(\d+|\*)\]/.exec(rest);
    const named = /^[^.[\]"]+/.exec(rest);
    const match = quoted ?? indexed ?? named;
    if (!match) return undefined;
    if (quoted) keys.push(quoted[1]!.replace(/\\(.)/g, "$1"));
    else if (indexed) keys.push(indexed[1] === "*" ? "*" : Number(indexed[1]));
    else keys.push(match[0]);
    rest = rest.slice(match[0].length);
  }
  return keys.length === 0 ? undefined : keys;
}

/** True when `pattern` names `path` or something above it (`*` matches one key). */
export function covers(pattern: PathKey[], path: PathKey[]): boolean {
  return pattern.length <= path.length && pattern.every((key, index) => key === "*" || key === path[index]);
}

/** `news` with the values at the paths taken from `olds` (or removed where `olds` has none). */
export function keepOld(news: PropertyMap, olds: PropertyMap, paths: readonly string[]): PropertyMap {
  let result: PropertyValue = news;
  for (const text of paths) {
    const path = parsePath(text);
    if (path) result = copyAt(result, olds, path) ?? {};
  }
  return result as PropertyMap;
}

function copyAt(
  to: PropertyValue | undefined,
  from: PropertyValue | undefined,
  path: PathKey[],
): PropertyValue | undefined {
  if (path.length === 0) return from;
  if (to instanceof Secret) {
    const inner = copyAt(to.value, from instanceof Secret ? from.value : from, path);
    return inner === undefined ? undefined : new Secret(inner);
  }
  if (from instanceof Secret) return copyAt(to, from.value, path);
  const [key, ...rest] = path;
  if (Array.isArray(to)) return copyInArray(to, Array.isArray(from) ? from : [], key!, rest);
  if (isMap(to)) return copyInMap(to, isMap(from) ? from : {}, key!, rest);
  return to;
}

function copyInArray(to: PropertyValue[], from: PropertyValue[], key: PathKey, rest: PathKey[]): PropertyValue {
  const result = [...to];
  const indexes = key === "*" ? [...to.keys()] : [Number(key)];
  for (const index of indexes) {
    if (index >= from.length || index >= to.length) continue;
    const value = copyAt(to[index], from[index], rest);
    if (value !== undefined) result[index] = value;
  }
  return result;
}

function copyInMap(to: PropertyMap, from: PropertyMap, key: PathKey, rest: PathKey[]): PropertyValue {
  const result = { ...to };
  const names = key === "*" ? new Set([...Object.keys(to), ...Object.keys(from)]) : [String(key)];
  for (const name of names) {
    const value = copyAt(to[name] ?? (rest.length > 0 && from[name] !== undefined ? {} : undefined), from[name], rest);
    if (value === undefined) delete result[name];
    else result[name] = value;
  }
  return result;
}

export interface ChangedPath {
  path: PathKey[];
  kind: "add" | "delete" | "update";
}

/** Leaf paths that differ between two maps. */
export function changedPaths(olds: PropertyMap, news: PropertyMap): ChangedPath[] {
  const found: ChangedPath[] = [];
  compare([], olds, news, found);
  return found;
}

function compare(
  path: PathKey[],
  a: PropertyValue | undefined,
  b: PropertyValue | undefined,
  found: ChangedPath[],
): void {
  if (equal(a, b)) return;
  const before = a instanceof Secret ? a.value : a;
  const after = b instanceof Secret ? b.value : b;
  if (isMap(before) && isMap(after)) {
    for (const key of [...new Set([...Object.keys(before), ...Object.keys(after)])].sort())
      compare([...path, key], before[key], after[key], found);
  } else if (Array.isArray(before) && Array.isArray(after)) {
    for (let i = 0; i < Math.max(before.length, after.length); i++) compare([...path, i], before[i], after[i], found);
  } else {
    found.push({ path, kind: before === undefined ? "add" : after === undefined ? "delete" : "update" });
  }
}

export function formatPath(path: PathKey[]): string {
  let text = "";
  for (const key of path) {
    if (typeof key === "number") text += `[${key}]`;
    else if (/^[A-Za-z_$][\w$-]*$/.test(key)) text += text === "" ? key : `.${key}`;
    else text += `["${key.replace(/(["\\])/g, "\\$1")}"]`;
  }
  return text;
}
