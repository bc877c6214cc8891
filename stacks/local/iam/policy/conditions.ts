/** A statement's Condition: every operator's every key must hold. */
import type { Reading } from "./context.ts";
import { type Operator, type OperatorName, operators, parseOperator, type ValueTest } from "./operators.ts";
import { PolicySyntaxError } from "./syntax-error.ts";

export type Condition = (reading: Reading) => boolean;

export type ConditionValue = string | boolean | number;
export type ConditionBlock = Record<string, Record<string, ConditionValue | ConditionValue[]>>;

/** In the order of the document: the first that does not hold ends it. */
export function compileConditions(block: ConditionBlock | undefined, variables: boolean): readonly Condition[] {
  return Object.entries(block ?? {}).flatMap(([text, keys]) => {
    const entries = Object.entries(keys);
    const name = parseOperator(text);
    // AWS stores an operator it does not know when nothing stands in it.
    if (!name && entries.length > 0) throw new PolicySyntaxError("Syntax errors in policy.");
    return entries.map(([key, value]) => compileKey(name as OperatorName, key, [value].flat().map(String), variables));
  });
}

function compileKey(name: OperatorName, written: string, values: string[], variables: boolean): Condition {
  const key = written.toLowerCase();
  if (name.base === "Null") {
    const wanted = values.map((value) => value.toLowerCase());
    return (reading) => wanted.includes(String(reading.values(key, written) === undefined));
  }
  const operator = operators.get(name.base) as Operator;
  const tests = values.map((value) => operator.compile(value, variables));
  const holds = quantified(name, operator.negated, tests);
  const absent = name.ifExists || name.quantifier === "ForAllValues" || (operator.negated && !name.quantifier);
  return (reading) => {
    const found = reading.values(key, written);
    return found === undefined ? absent : holds(found, reading);
  };
}

type Quantified = (values: readonly string[], reading: Reading) => boolean;

/**
 * Without a quantifier, more values than one are AWS's "do not": any may match, and none may where it is negated. With one,
 * an empty value is no value, as AWS documents ("null dataset").
 */
function quantified({ quantifier }: OperatorName, negated: boolean, tests: ValueTest[]): Quantified {
  const matches = (value: string, reading: Reading): boolean => tests.some((test) => test(value, reading));
  if (!quantifier) return (values, reading) => values.some((value) => matches(value, reading)) !== negated;
  const told = (value: string, reading: Reading): boolean => matches(value, reading) !== negated;
  if (quantifier === "ForAllValues")
    return (values, reading) => values.every((value) => value === "" || told(value, reading));
  return (values, reading) => values.some((value) => value !== "" && told(value, reading));
}
