/**
 * Filters in plain words: `created > 2026-01-01 and (tag = x or tags contains 'y z') and not done exists`. A value is a
 * number, true, false, null, or text: in quotes, or bare where it is one word, as dates are. What cannot be read is refused
 * with its column. It only reads: what a filter selects is in matches.ts, how DynamoDB is told it in expression.ts.
 */
import { compareDecimals, isDecimal } from "./decimal.ts";
import { Words } from "./filter-words.ts";
import type { Value } from "./values.ts";

export type Operator = "=" | "!=" | "<" | "<=" | ">" | ">=" | "between" | "in" | "begins_with" | "contains" | "exists";
/** Names and, in lists, places. */
export type Path = readonly (string | number)[];

export interface Literal {
  value: Value;
  /** As it was typed, without quotes. */
  text: string;
  quoted: boolean;
  /** Where it stands in the filter. */
  at: number;
}

export interface Test {
  path: Path;
  op: Operator;
  /** Two of `between`, none of `exists`, at least one of `in`, one of the others. */
  values: readonly Literal[];
  at: number;
}

export type Filter = { and: readonly Filter[] } | { or: readonly Filter[] } | { not: Filter } | { test: Test };

/** Brackets and `not` in each other: no person writes more, and each is a call in here. */
const deepest = 50;

/** Throws `filter-wrong`. */
export function parseFilter(text: string): Filter {
  const words = new Words(text);
  if (words.atEnd()) words.refuse("a filter is missing, as: created > 2026-01-01 and tag = x");
  const filter = either(words, 0);
  if (!words.atEnd()) words.refuse("and, or, or the end is expected; text of several words stands in quotes");
  return filter;
}

function either(words: Words, depth: number): Filter {
  const all = [both(words, depth)];
  while (words.keyword("or")) all.push(both(words, depth));
  return all.length === 1 ? all[0]! : { or: all };
}

function both(words: Words, depth: number): Filter {
  const all = [one(words, depth)];
  while (words.keyword("and")) all.push(one(words, depth));
  return all.length === 1 ? all[0]! : { and: all };
}

function one(words: Words, depth: number): Filter {
  if (depth > deepest) words.refuse(`more than ${deepest} brackets in each other`);
  if (words.keyword("not")) return { not: one(words, depth + 1) };
  if (!words.sign("(")) return test(words);
  const inner = either(words, depth + 1);
  if (!words.sign(")")) words.refuse("a ) is missing");
  return inner;
}

const asWords: readonly (readonly [op: Operator, ...words: string[]])[] = [
  ["between", "between"],
  ["in", "in"],
  ["begins_with", "begins_with"],
  ["begins_with", "begins", "with"],
  ["begins_with", "starts", "with"],
  ["contains", "contains"],
  ["exists", "exists"],
];

function test(words: Words): Filter {
  words.atEnd();
  const at = words.at;
  const path = readPath(words);
  const sign = words.sign("<=", ">=", "!=", "<>", "=", "<", ">");
  if (sign !== undefined) {
    const op = (sign === "<>" ? "!=" : sign) as Operator;
    return { test: { path, op, at, values: [ordered(words, op, literal(words))] } };
  }
  const negated = words.keyword("not");
  const op = asWords.find(([, ...wanted]) => words.keyword(...wanted))?.[0];
  if (op === undefined) words.refuse("expected is one of = != < <= > >= between, in, starts with, contains, exists");
  const found: Filter = { test: { path, op: op!, at, values: values[op!]?.(words) ?? [] } };
  return negated ? { not: found } : found;
}

const values: Partial<Record<Operator, (words: Words) => Literal[]>> = {
  between(words) {
    const low = ordered(words, "between", literal(words));
    if (!words.keyword("and")) words.refuse("and is expected: between LOW and HIGH");
    const high = ordered(words, "between", literal(words));
    const wrong = misfit(low, high);
    if (wrong) words.refuse(wrong, high.at);
    return [low, high];
  },
  in(words) {
    if (!words.sign("(")) words.refuse("a list in brackets is expected: in (a, b)");
    const all = [literal(words)];
    while (words.sign(",")) all.push(literal(words));
    if (!words.sign(")")) words.refuse("a , or a ) is expected");
    return all;
  },
  begins_with: (words) => [asText(literal(words))],
  contains: (words) => [literal(words)],
};

function misfit({ value: low }: Literal, { value: high }: Literal): string | undefined {
  if ((low.N === undefined) !== (high.N === undefined)) return "both ends of between are numbers, or both are text";
  const order = low.N === undefined ? compareText(low.S!, high.S!) : compareDecimals(low.N, high.N!);
  return order > 0 ? "the lower end of between comes first" : undefined;
}

/** By their bytes, as DynamoDB has it. */
export const compareText = (left: string, right: string): number =>
  Buffer.compare(Buffer.from(left), Buffer.from(right));

/** True, false and null come before or after nothing. */
function ordered(words: Words, op: Operator, found: Literal): Literal {
  if (op !== "=" && op !== "!=" && found.value.S === undefined && found.value.N === undefined)
    words.refuse(`${found.text} is neither a number nor text, and ${op} orders these`, found.at);
  return found;
}

const asText = (found: Literal): Literal => ({ ...found, value: { S: found.text } });

function literal(words: Words): Literal {
  if (words.atEnd()) words.refuse("a value is missing");
  const at = words.at;
  const text = words.quoted("'", '"');
  if (text !== undefined) return { value: { S: text }, text, quoted: true, at };
  const bare = words.bare();
  if (bare === "") words.refuse("a value is expected: a number, a word, or text in quotes");
  return { value: bareValue(bare), text: bare, quoted: false, at };
}

function bareValue(text: string): Value {
  if (/^(true|false)$/i.test(text)) return { BOOL: text.toLowerCase() === "true" };
  if (/^null$/i.test(text)) return { NULL: true };
  // One that DynamoDB holds: 38 digits, of a size up to 10^125.
  return isDecimal(text) && fits(text) ? { N: text } : { S: text };
}

const fits = (text: string): boolean =>
  text
    .replace(/[eE].*/, "")
    .replace(/\D/g, "")
    .replace(/^0+|0+$/g, "").length <= 38 && Math.abs(Number(text)) < 1e125;

/** `a.b[0]`; a name with other signs in it stands in backticks: `` `my name`.b ``. */
function readPath(words: Words): Path {
  words.atEnd();
  const at = words.at;
  const path: (string | number)[] = [];
  do {
    const quoted = words.quoted("`");
    const name = quoted ?? words.name();
    if (name === "" || (quoted === undefined && !usable(name)))
      words.refuse("the name of an attribute is expected; one with other signs stands in backticks", at);
    path.push(name);
    for (let place = words.place(); place !== undefined; place = words.place()) path.push(place);
  } while (words.dot());
  return path;
}

const usable = (name: string): boolean => !/^(and|or|not|between|in|contains|exists|begins_with)$/i.test(name);

/** `a.b[0]`, to be shown. */
export const pathWords = (path: Path): string =>
  path.map((step, at) => (typeof step === "number" ? `[${step}]` : `${at === 0 ? "" : "."}${step}`)).join("");
