/** Pieces that the services' access tables are made of. */
import type { AccessRow, AccessTable, Call, Need } from "../service.ts";

/** What a call needs. An operation without a row needs its own name everywhere, so that it is open to nobody by mistake. */
export function needsOf<Input>(
  table: AccessTable<Input>,
  operation: string,
  input: Input,
  call: Call,
): readonly Need[] {
  const row = Object.hasOwn(table, operation) ? table[operation] : undefined;
  return row ? row(input, call) : [{ action: `${call.service}:${operation.replaceAll(" ", "")}`, resource: "*" }];
}

/** Needs no permission: AWS lets every caller that it knows do it. */
export const free: AccessRow = () => [];

/** An action without a resource. */
export const anywhere =
  (action: string): AccessRow =>
  () => [{ action, resource: "*" }];

/** Text of a request's member; a member of another type is for validation to refuse. */
export const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

export const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

export const objectOf = (value: unknown): Record<string, unknown> =>
  value !== null && typeof value === "object" && !Array.isArray(value) ? (value as Record<string, unknown>) : {};

type Keys = ReturnType<NonNullable<Need["keys"]>>;

/** `aws:RequestTag/KEY` and `aws:TagKeys`, of `[{ Key, Value }]` or `{ KEY: VALUE }`. */
export function requestTags(tags: unknown): Keys {
  const pairs = pairsOf(tags);
  if (pairs.length === 0) return {};
  return {
    ...Object.fromEntries(pairs.map(([key, value]) => [`aws:RequestTag/${key}`, value])),
    "aws:TagKeys": pairs.map(([key]) => key),
  };
}

/** `aws:TagKeys`, of a list of keys that are to go. */
export const tagKeys = (keys: unknown): Keys => {
  const names = listOf(keys).map(textOf);
  return names.length === 0 ? {} : { "aws:TagKeys": names };
};

/** `aws:ResourceTag/KEY` and the service's own form of it. */
export const resourceTags = (tags: unknown, prefixes: readonly string[] = ["aws:ResourceTag"]): Keys =>
  Object.fromEntries(
    pairsOf(tags).flatMap(([key, value]) => prefixes.map((prefix) => [`${prefix}/${key}`, value] as const)),
  );

function pairsOf(tags: unknown): [string, string][] {
  if (Array.isArray(tags))
    return tags.map((tag) => [textOf(objectOf(tag)["Key"]), textOf(objectOf(tag)["Value"])] as [string, string]);
  return Object.entries(objectOf(tags)).map(([key, value]) => [key, textOf(value)]);
}
