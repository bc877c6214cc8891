/**
 * Property paths as programs write them (`a.b[0]["x.y"]`, `rules[*].id`) and what can be done with them on values.
 * Pure.
 */
import { type PropertyMap, type PropertyValue, Secret } from "../value.ts";
import { equal, isMap } from "./values.ts";

export type PathKey = string | number | "*";

/** Undefined when the text is no path. */
export function parsePath(text: string): PathKey[] | undefined {
  const keys: PathKey[] = [];
  let rest = text;
  if (rest.startsWith(".")) return undefined;
  while (rest !== "") {
    if (rest.startsWith(".")) rest = rest.slice(1);
    const quoted = /^\["((?:[^"\\]|\\"|\\)*)"\]/.exec(rest);
    const indexed = /^\[(-?\d+|\*)\]/.exec(rest);
    const named = /^[^.[]+/.exec(rest);
    const match = quoted ?? indexed ?? named;
    if (!match) return undefined;
    if (quoted) keys.push(quoted[1]!.replace(/\\"/g, '"'));
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

/**
 * `news` with the values at the paths as they are in `olds` (absent where `olds` has none), and the paths that lead to
 * nothing that both have: an element that was added or removed, say.
 */
export function keepOld(
  news: PropertyMap,
  olds: PropertyMap,
  paths: readonly string[],
): { kept: PropertyMap; invalid: string[] } {
  let kept = news;
  const invalid: string[] = [];
  for (const text of paths) {
    const path = parsePath(text);
    if (!path) continue;
    const [ok, next] = reset(olds, kept, path, false, false);
    if (!ok) invalid.push(text);
    kept = next as PropertyMap;
  }
  return { kept, invalid };
}

/** Whether the path led somewhere, and the new value with the old part in it. */
type Reset = [ok: boolean, next: PropertyValue | undefined];

function reset(
  old: PropertyValue | undefined,
  next: PropertyValue | undefined,
  path: PathKey[],
  oldSecret: boolean,
  nextSecret: boolean,
): Reset {
  if (old instanceof Secret) return reset(old.value, next, path, true, nextSecret);
  if (next instanceof Secret) {
    const [ok, inner] = reset(old, next.value, path, oldSecret, true);
    return [ok, inner === undefined ? undefined : new Secret(inner)];
  }
  const keep = (value: PropertyValue): PropertyValue => (oldSecret && !nextSecret ? new Secret(value) : value);
  const deeper = (from: PropertyValue | undefined, to: PropertyValue | undefined): Reset =>
    reset(from, to, path.slice(1), oldSecret, nextSecret);
  const key = path[0]!;
  const last = path.length === 1;
  if (key === "*") return last ? resetAll(old, next, keep) : resetEach(old, next, deeper);
  if (typeof key === "number") return resetAt(old, next, key, last, keep, deeper);
  return resetKey(old, next, key, last, keep, deeper);
}

function resetAt(
  old: PropertyValue | undefined,
  next: PropertyValue | undefined,
  index: number,
  last: boolean,
  keep: (value: PropertyValue) => PropertyValue,
  deeper: (from: PropertyValue | undefined, to: PropertyValue | undefined) => Reset,
): Reset {
  if (!Array.isArray(old) || !Array.isArray(next))
    return [index >= 0 && !Array.isArray(old) && !Array.isArray(next), next];
  if (last && index >= old.length && index >= next.length) return [true, next];
  if (index < 0 || index >= old.length || index >= next.length) return [false, next];
  const [ok, value] = last ? [true, keep(old[index]!)] : deeper(old[index], next[index]);
  return [ok, next.map((item, at) => (at === index && value !== undefined ? value : item))];
}

function resetKey(
  old: PropertyValue | undefined,
  next: PropertyValue | undefined,
  key: string,
  last: boolean,
  keep: (value: PropertyValue) => PropertyValue,
  deeper: (from: PropertyValue | undefined, to: PropertyValue | undefined) => Reset,
): Reset {
  const before = isMap(old) ? old[key] : undefined;
  if (last) {
    if (!isMap(next)) return [before === undefined, next];
    return [true, withKey(next, key, before === undefined ? undefined : keep(before))];
  }
  if (!isMap(old) || !isMap(next)) return [!isMap(old) && !isMap(next), next];
  if (before === undefined && next[key] === undefined) return [true, next];
  if (before !== undefined && next[key] === undefined) return [false, next];
  const [ok, value] = deeper(before, next[key]);
  return [ok, withKey(next, key, value)];
}

function withKey(map: PropertyMap, key: string, value: PropertyValue | undefined): PropertyMap {
  const { [key]: _before, ...rest } = map;
  return value === undefined ? rest : { ...map, [key]: value };
}

function resetAll(
  old: PropertyValue | undefined,
  next: PropertyValue | undefined,
  keep: (value: PropertyValue) => PropertyValue,
): Reset {
  if (isMap(next))
    return [true, isMap(old) ? Object.fromEntries(Object.entries(old).map(([k, v]) => [k, keep(v)])) : next];
  if (!Array.isArray(next)) return [false, next];
  if (!Array.isArray(old)) return [true, next];
  return [old.length === next.length, next.map((item, index) => (index < old.length ? keep(old[index]!) : item))];
}

function resetEach(
  old: PropertyValue | undefined,
  next: PropertyValue | undefined,
  deeper: (from: PropertyValue | undefined, to: PropertyValue | undefined) => Reset,
): Reset {
  if (isMap(old) && isMap(next)) {
    let result = next;
    for (const [key, before] of Object.entries(old)) {
      if (!(key in next)) return [false, result];
      const [ok, value] = deeper(before, next[key]);
      result = withKey(result, key, value);
      if (!ok) return [false, result];
    }
    return [true, result];
  }
  if (!Array.isArray(old) || !Array.isArray(next)) return [false, next];
  const result = [...next];
  for (const [index, before] of old.slice(0, next.length).entries()) {
    const [ok, value] = deeper(before, next[index]);
    if (value !== undefined) result[index] = value;
    if (!ok) return [false, result];
  }
  return [old.length === next.length, result];
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

/** The first that is no path at all. */
export function badPath(texts: readonly string[]): string | undefined {
  return texts.find((text) => parsePath(text) === undefined);
}
