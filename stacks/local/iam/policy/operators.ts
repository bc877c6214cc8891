/**
 * The condition operators: how each compares one value of the request with one of the policy. A value that is not of the
 * operator's kind (a word where a number is compared) is equal to nothing, so it fails `NumericEquals` and passes
 * `NumericNotEquals`.
 */
import { contains, parseBlock } from "./address.ts";
import { compileArn } from "./arn.ts";
import type { Reading } from "./context.ts";
import { millisOf } from "./moment.ts";
import { compilePattern } from "./pattern.ts";
import { constantText, parseTemplate, resolvedText, type Template } from "./template.ts";

/** Whether a value of the request matches the policy's value that this was made of. */
export type ValueTest = (value: string, reading: Reading) => boolean;

export interface Operator {
  /** `variables`: whether the policy's version has them. */
  compile(text: string, variables: boolean): ValueTest;
  /** StringNotEquals and its like: the opposite of what `compile` says of all the policy's values together. */
  negated: boolean;
}

const withTemplate =
  (compile: (template: Template) => ValueTest): Operator["compile"] =>
  (text, variables) =>
    compile(parseTemplate(text, variables));

/** Many statements ask for the same value of one request (its address, its time): it is read once. */
function remembering<T>(parse: (text: string) => T | undefined): (text: string) => T | undefined {
  let last: { text: string; value: T | undefined } | undefined;
  return (text) => {
    if (last?.text !== text) last = { text, value: parse(text) };
    return last.value;
  };
}

/** Only strings and ARNs have variables: elsewhere `${` is text, as in AWS. */
function ofKind<T>(
  parse: (text: string) => T | undefined,
  compare: (value: T, wanted: T) => boolean,
): Operator["compile"] {
  const read = remembering(parse);
  return (text) => {
    const wanted = parse(text);
    if (wanted === undefined) return () => false;
    return (text) => {
      const value = read(text);
      return value !== undefined && compare(value, wanted);
    };
  };
}

const stringEquals = withTemplate((template) => equalTo(template, (text) => text));
const stringEqualsIgnoreCase = withTemplate((template) => equalTo(template, (text) => text.toLowerCase()));
const stringLike = withTemplate(compilePattern);
const arnLike = withTemplate(compileArn);
const ipAddress = ofKind(parseBlock, (value, wanted) => contains(wanted, value));
const binaryEquals = ofKind(canonicalBase64, (value, wanted) => value === wanted);
const bool = ofKind(
  (text) => (/^(true|false)$/i.test(text) ? text.toLowerCase() : undefined),
  (value, wanted) => value === wanted,
);

function equalTo(template: Template, fold: (text: string) => string): ValueTest {
  const constant = constantText(template);
  if (constant !== undefined) {
    const wanted = fold(constant);
    return (value) => fold(value) === wanted;
  }
  return (value, reading) => {
    const wanted = resolvedText(template, reading);
    return wanted !== undefined && fold(value) === fold(wanted);
  };
}

function numberOf(text: string): number | undefined {
  return /^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d{1,3})?\s*$/i.test(text) ? Number(text) : undefined;
}

function canonicalBase64(text: string): string | undefined {
  return /^[A-Za-z0-9+/]*={0,2}$/.test(text) ? Buffer.from(text, "base64").toString("base64") : undefined;
}

const orders: Record<string, (value: number, wanted: number) => boolean> = {
  Equals: (value, wanted) => value === wanted,
  LessThan: (value, wanted) => value < wanted,
  LessThanEquals: (value, wanted) => value <= wanted,
  GreaterThan: (value, wanted) => value > wanted,
  GreaterThanEquals: (value, wanted) => value >= wanted,
};

function ordered(kind: string, parse: (text: string) => number | undefined): [string, Operator][] {
  const all = Object.entries(orders).map(([name, compare]): [string, Operator] => [
    `${kind}${name}`,
    { compile: ofKind(parse, compare), negated: false },
  ]);
  return [...all, [`${kind}NotEquals`, { compile: ofKind(parse, (a, b) => a === b), negated: true }]];
}

const is = (compile: Operator["compile"]): Operator => ({ compile, negated: false });
const isNot = (compile: Operator["compile"]): Operator => ({ compile, negated: true });

/** By AWS's names, whose case counts. `Null` is not here: it asks whether there is a value, not what it is. */
export const operators: ReadonlyMap<string, Operator> = new Map([
  ["StringEquals", is(stringEquals)],
  ["StringNotEquals", isNot(stringEquals)],
  ["StringEqualsIgnoreCase", is(stringEqualsIgnoreCase)],
  ["StringNotEqualsIgnoreCase", isNot(stringEqualsIgnoreCase)],
  ["StringLike", is(stringLike)],
  ["StringNotLike", isNot(stringLike)],
  ...ordered("Numeric", numberOf),
  ...ordered("Date", millisOf),
  ["Bool", is(bool)],
  ["BinaryEquals", is(binaryEquals)],
  ["IpAddress", is(ipAddress)],
  ["NotIpAddress", isNot(ipAddress)],
  ["ArnEquals", is(arnLike)],
  ["ArnLike", is(arnLike)],
  ["ArnNotEquals", isNot(arnLike)],
  ["ArnNotLike", isNot(arnLike)],
]);

export interface OperatorName {
  /** `StringEquals`, or `Null`. */
  base: string;
  quantifier: "ForAllValues" | "ForAnyValue" | undefined;
  ifExists: boolean;
}

/** `ForAnyValue:StringLikeIfExists`; undefined for what is no operator of AWS's. */
export function parseOperator(text: string): OperatorName | undefined {
  const [, quantifier, name = ""] = /^(?:(ForAllValues|ForAnyValue):)?(\w+)$/.exec(text) ?? [];
  const ifExists = name.endsWith("IfExists");
  const base = ifExists ? name.slice(0, -"IfExists".length) : name;
  if (base === "Null" ? ifExists : !operators.has(base)) return undefined;
  return { base, quantifier: quantifier as OperatorName["quantifier"], ifExists };
}
