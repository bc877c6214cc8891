/**
 * Items as text. Plain JSON where it can say all of a value; where it cannot (binary, sets, numbers that JavaScript would
 * round), DynamoDB's own JSON in that place: `{"NS": ["1", "2"]}`. A map that would read as one of these is written out, so
 * that what is shown, read again, is the same item. Typed: DynamoDB's own JSON throughout. Nothing is asked of a cloud.
 */
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { compareDecimals, isDecimal } from "./decimal.ts";
import { faults } from "./faults.ts";

export type Value = AttributeValue;
export type Item = Record<string, Value>;
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

const letters = new Set(["S", "N", "B", "BOOL", "NULL", "M", "L", "SS", "NS", "BS"]);
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

/** A number as it stood in the text. */
class Digits {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** The one letter of a value, and what stands below it. */
function parts(value: Value): [letter: string, content: unknown] {
  const [found] = Object.entries(value).filter(([, content]) => content !== undefined);
  return found as [string, unknown];
}

/** DynamoDB's JSON, binary in base64. */
export function typedOf(value: Value): Json {
  const [letter, content] = parts(value);
  if (letter === "B") return { B: base64(content as Uint8Array) };
  if (letter === "BS") return { BS: (content as Uint8Array[]).map(base64) };
  if (letter === "L") return { L: (content as Value[]).map(typedOf) };
  if (letter === "M") return { M: typedItem(content as Item) };
  return { [letter]: content as Json };
}

export const typedItem = (item: Item): { [name: string]: Json } => mapped(item, typedOf);

export function plainOf(value: Value): Json {
  const [letter, content] = parts(value);
  if (letter === "S" || letter === "BOOL") return content as Json;
  if (letter === "NULL") return null;
  if (letter === "N") return exactly(content as string) ?? typedOf(value);
  if (letter === "L") return (content as Value[]).map(plainOf);
  if (letter === "M") return readsAsTyped(content as Item) ? typedOf(value) : plainItem(content as Item);
  return typedOf(value);
}

export const plainItem = (item: Item): { [name: string]: Json } => mapped(item, plainOf);

/** Names may be any text, `__proto__` too. */
function mapped<In, Out>(all: Record<string, In>, each: (one: In) => Out): Record<string, Out> {
  return Object.fromEntries(Object.entries(all).map(([name, one]) => [name, each(one)]));
}

const readsAsTyped = (map: object): boolean => {
  const names = Object.keys(map);
  return names.length === 1 && letters.has(names[0]!);
};

function exactly(text: string): number | undefined {
  const number = Number(text);
  return Number.isFinite(number) && compareDecimals(String(number), text) === 0 ? number : undefined;
}

/** JSON's text as values whose numbers are whole. Throws `item-wrong`. */
export function readJsonText(text: string): unknown {
  type Revive = (name: string, value: unknown, context: { source?: string }) => unknown;
  const revive: Revive = (_name, value, { source }) =>
    typeof value === "number" ? new Digits(source ?? String(value)) : value;
  try {
    return JSON.parse(text, revive as Parameters<typeof JSON.parse>[1]);
  } catch (error) {
    throw faults.itemWrong(`It is not JSON: ${(error as Error).message}`);
  }
}

/**
 * An item of JSON text, plain or typed; `literal`: a map is a map, though it looks like a typed value. Throws `item-wrong`,
 * with where in the item.
 */
export function readItem(text: string, { typed = false, literal = false } = {}): Item {
  const read = readJsonText(text);
  if (!isMap(read)) throw faults.itemWrong("An item is a JSON object, one of them");
  return Object.fromEntries(
    Object.entries(read).map(([name, value]) => [
      name,
      (typed ? typedValue : literal ? literalValue : plainValue)(value, name),
    ]),
  );
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === "object" && !Array.isArray(value) && !(value instanceof Digits);

const plainValue = plainReader(readsAsTyped);
const literalValue = plainReader(() => false);

function plainReader(isTyped: (value: object) => boolean): (value: unknown, at: string) => Value {
  const read = (value: unknown, at: string): Value => {
    if (value === null) return { NULL: true };
    if (typeof value === "string") return { S: value };
    if (typeof value === "boolean") return { BOOL: value };
    if (value instanceof Digits) return { N: value.text };
    if (Array.isArray(value)) return { L: value.map((one, place) => read(one, `${at}[${place}]`)) };
    if (isTyped(value as object)) return typedValue(value, at);
    return { M: fields(value as Record<string, unknown>, at, read) };
  };
  return read;
}

const fields = (map: Record<string, unknown>, at: string, read: (value: unknown, at: string) => Value): Item =>
  Object.fromEntries(Object.entries(map).map(([name, value]) => [name, read(value, `${at}.${name}`)]));

/** By DynamoDB's letter: the value below it, or undefined where it is none of that letter. */
const readers: Record<string, (content: unknown, at: string) => Value | undefined> = {
  S: (content) => (typeof content === "string" ? { S: content } : undefined),
  N: (content) => (isNumber(content) ? { N: content } : undefined),
  B: (content) => (isBase64(content) ? { B: Buffer.from(content, "base64") } : undefined),
  BOOL: (content) => (typeof content === "boolean" ? { BOOL: content } : undefined),
  NULL: (content) => (content === true ? { NULL: true } : undefined),
  SS: (content) => (isSet(content, isText) ? { SS: content } : undefined),
  NS: (content) => (isSet(content, isNumber) ? { NS: content } : undefined),
  BS: (content) => (isSet(content, isBase64) ? { BS: content.map((one) => Buffer.from(one, "base64")) } : undefined),
  L: (content, at) =>
    Array.isArray(content) ? { L: content.map((one, place) => typedValue(one, `${at}[${place}]`)) } : undefined,
  M: (content, at) => (isMap(content) ? { M: fields(content, at, typedValue) } : undefined),
};

const isText = (value: unknown): value is string => typeof value === "string";
const isNumber = (value: unknown): value is string => isText(value) && isDecimal(value);
const isBase64 = (value: unknown): value is string =>
  isText(value) && value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value);
const isSet = (value: unknown, is: (one: unknown) => one is string): value is string[] =>
  Array.isArray(value) && value.length > 0 && value.every(is);

function typedValue(value: unknown, at: string): Value {
  const [letter = "", ...more] = isMap(value) ? Object.keys(value) : [];
  const read = more.length === 0 ? readers[letter]?.((value as Record<string, unknown>)[letter], at) : undefined;
  if (!read)
    throw faults.itemWrong(
      `${at} is not DynamoDB's JSON: one of ${[...letters].join(", ")} with a value of its kind, as {"N": "1"}`,
    );
  return read;
}

/** The same value, whatever order maps and sets are in, and however a number is written. */
export function sameValue(left: Value, right: Value): boolean {
  const [[letter, a], [other, b]] = [parts(left), parts(right)];
  if (letter !== other) return false;
  if (letter === "N") return compareDecimals(a as string, b as string) === 0;
  if (letter === "M") return sameItem(a as Item, b as Item);
  if (letter === "L") return sameList(a as Value[], b as Value[]);
  if (letter === "B") return Buffer.compare(a as Uint8Array, b as Uint8Array) === 0;
  if (letter === "SS" || letter === "NS" || letter === "BS") return sameSet(letter, a as unknown[], b as unknown[]);
  return a === b;
}

const sameList = (a: readonly Value[], b: readonly Value[]): boolean =>
  a.length === b.length && a.every((one, at) => sameValue(one, b[at]!));

function sameSet(letter: string, a: readonly unknown[], b: readonly unknown[]): boolean {
  const single = (one: unknown): Value => ({ [letter[0]!]: one }) as unknown as Value;
  return a.length === b.length && a.every((one) => b.some((two) => sameValue(single(one), single(two))));
}

export function sameItem(a: Item | undefined, b: Item | undefined): boolean {
  if (!a || !b) return a === b;
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => Object.hasOwn(b, name) && sameValue(a[name]!, b[name]!));
}

/** DynamoDB's JSON back, of what `typedItem` made. */
export const untypedItem = (typed: { [name: string]: Json }): Item =>
  mapped(typed, (value) => typedValue(value, "item"));
