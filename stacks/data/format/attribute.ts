/**
 * DynamoDB's own JSON, judged: `{"S": "text"}`, `{"N": "1.5"}`, `{"L": [...]}`. Says what is wrong with an item before
 * the cloud would; converts nothing, so that what is written is what was read.
 */
import type { TableKeys } from "./manifest.ts";

/** An item in DynamoDB's JSON. */
export type TypedItem = Record<string, Record<string, unknown>>;

const deepest = 32;
const number = /^-?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const isText = (value: unknown): boolean => typeof value === "string";
const isNumber = (value: unknown): boolean => typeof value === "string" && value.length <= 200 && number.test(value);
const isBinary = (value: unknown): boolean => typeof value === "string" && base64.test(value);
const all =
  (fits: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    Array.isArray(value) && value.length > 0 && value.every(fits);

const kinds: Record<string, (value: unknown, depth: number) => boolean> = {
  S: isText,
  N: isNumber,
  B: isBinary,
  BOOL: (value) => typeof value === "boolean",
  NULL: (value) => value === true,
  SS: all(isText),
  NS: all(isNumber),
  BS: all(isBinary),
  L: (value, depth) => Array.isArray(value) && value.every((one) => isAttribute(one, depth + 1)),
  M: (value, depth) => isPlain(value) && Object.values(value).every((one) => isAttribute(one, depth + 1)),
};

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function isAttribute(value: unknown, depth: number): boolean {
  if (depth > deepest || !isPlain(value)) return false;
  const [[kind, content] = ["", undefined], ...more] = Object.entries(value);
  return more.length === 0 && Object.hasOwn(kinds, kind) && kinds[kind]!(content, depth);
}

/** What is wrong, completing "Line N …"; undefined when nothing is. */
export function wrongWith(item: unknown, { hash, range }: TableKeys): string | undefined {
  if (!isPlain(item)) return "is no item";
  for (const [name, value] of Object.entries(item))
    if (!isAttribute(value, 0))
      return `has an attribute ${JSON.stringify(name.slice(0, 40))} that is not DynamoDB's JSON`;
  for (const key of range ? [hash, range] : [hash]) {
    const value = (item as TypedItem)[key.name]?.[key.type];
    if (value === undefined) return `has no ${JSON.stringify(key.name)} (${key.type}), which the table is keyed by`;
    if (value === "") return `has an empty ${JSON.stringify(key.name)}, which the table is keyed by`;
  }
  return undefined;
}

/** The same for two items that are one in the table. */
export const identityOf = (item: TypedItem, { hash, range }: TableKeys): string =>
  JSON.stringify((range ? [hash, range] : [hash]).map(({ name, type }) => item[name]?.[type]));
