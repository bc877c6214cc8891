/** The parameters of 2011 to 2014, as the trees that expressions make. AWS still takes them; so do we. */
import { invalidValue, validation } from "./errors.ts";
import type { Action, Comparator, Condition, Operand } from "./expressions/tree.ts";
import type { KeyConditions, KeyOperator } from "./key-conditions.ts";
import { type AttributeValue, checkValue, compareValues, typeOf } from "./value.ts";

interface LegacyCondition {
  ComparisonOperator: string;
  AttributeValueList?: AttributeValue[];
}

interface Expected extends Partial<LegacyCondition> {
  Exists?: boolean;
  Value?: AttributeValue;
}

interface AttributeUpdate {
  Action?: string;
  Value?: AttributeValue;
}

type Combine = "AND" | "OR" | undefined;

const comparators: Readonly<Record<string, Comparator>> = {
  EQ: "=",
  NE: "<>",
  LT: "<",
  LE: "<=",
  GT: ">",
  GE: ">=",
};
const counts: Readonly<Record<string, number>> = { NULL: 0, NOT_NULL: 0, BETWEEN: 2 };
const scalars = ["S", "N", "B"];
const types: Readonly<Record<string, string[]>> = {
  EQ: [...scalars, "SS", "NS", "BS", "L", "M", "BOOL", "NULL"],
  NE: [...scalars, "SS", "NS", "BS", "L", "M", "BOOL", "NULL"],
  LE: scalars,
  LT: scalars,
  GE: scalars,
  GT: scalars,
  CONTAINS: [...scalars, "BOOL", "NULL"],
  NOT_CONTAINS: [...scalars, "BOOL", "NULL"],
  BEGINS_WITH: ["S", "B"],
  IN: scalars,
  BETWEEN: scalars,
};

export function filterCondition(filter: Record<string, LegacyCondition>, combine: Combine): Condition | undefined {
  return combined(
    Object.entries(filter).map(([name, condition]) => {
      checkCondition(condition);
      return conditionOf(name, condition.ComparisonOperator, condition.AttributeValueList ?? []);
    }),
    combine,
  );
}

export function expectedCondition(
  expected: Record<string, Expected> | undefined,
  combine: Combine,
): Condition | undefined {
  if (!expected) {
    if (combine) throw invalidValue("ConditionalOperator cannot be used without Filter or Expected");
    return undefined;
  }
  return combined(
    Object.entries(expected).map(([name, one]) => expectedOne(name, one)),
    combine,
  );
}

function expectedOne(name: string, expected: Expected): Condition {
  const { AttributeValueList: list, Value: value, ComparisonOperator: operator, Exists: exists } = expected;
  if (list && value) throw invalidValue(`Value and AttributeValueList cannot be used together for Attribute: ${name}`);
  if (operator) {
    if (exists !== undefined)
      throw invalidValue(`Exists and ComparisonOperator cannot be used together for Attribute: ${name}`);
    const values = list ?? (value ? [value] : []);
    if (!list && !value && operator !== "NULL" && operator !== "NOT_NULL")
      throw invalidValue(
        `Value or AttributeValueList must be used with ComparisonOperator: ${operator} for Attribute: ${name}`,
      );
    checkCondition({ ComparisonOperator: operator, AttributeValueList: values });
    return conditionOf(name, operator, values);
  }
  if (list) throw invalidValue(`AttributeValueList can only be used with a ComparisonOperator for Attribute: ${name}`);
  if (exists === false) {
    if (value) throw invalidValue(`Value cannot be used when Exists is false for Attribute: ${name}`);
    return conditionOf(name, "NULL", []);
  }
  if (!value) throw invalidValue(`Value must be provided when Exists is ${exists ?? "null"} for Attribute: ${name}`);
  checkValue(value);
  return conditionOf(name, "EQ", [value]);
}

function checkCondition({ ComparisonOperator: operator, AttributeValueList: values = [] }: LegacyCondition): void {
  for (const value of values) checkValue(value);
  const right = operator === "IN" ? values.length > 0 : values.length === (counts[operator] ?? 1);
  if (!right) throw invalidValue(`Invalid number of argument(s) for the ${operator} ComparisonOperator`);
  const [first] = values;
  if (!first) return;
  if (values.some((value) => typeOf(value) !== typeOf(first)))
    throw invalidValue("AttributeValues inside AttributeValueList must be of same type");
  if (!types[operator]!.includes(typeOf(first)))
    throw invalidValue(`ComparisonOperator ${operator} is not valid for ${typeOf(first)} AttributeValue type`);
  if (operator === "BETWEEN" && compareValues(first, values[1]!)! > 0)
    throw validation(
      "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound",
    );
}

function conditionOf(name: string, operator: string, values: AttributeValue[]): Condition {
  const of: Operand = { kind: "path", path: [name] };
  const operands = values.map((value): Operand => ({ kind: "value", value }));
  const comparator = comparators[operator];
  if (comparator) return { kind: "compare", comparator, left: of, right: operands[0]! };
  switch (operator) {
    case "NULL":
      return { kind: "function", name: "attribute_not_exists", operands: [of] };
    case "NOT_NULL":
      return { kind: "function", name: "attribute_exists", operands: [of] };
    case "BETWEEN":
      return { kind: "between", of, low: operands[0]!, high: operands[1]! };
    case "IN":
      return { kind: "in", of, among: operands };
    case "BEGINS_WITH":
      return { kind: "function", name: "begins_with", operands: [of, ...operands] };
    case "CONTAINS":
      return { kind: "function", name: "contains", operands: [of, ...operands] };
    default:
      return { kind: "not", of: { kind: "function", name: "contains", operands: [of, ...operands] } };
  }
}

function combined(conditions: Condition[], combine: Combine): Condition | undefined {
  const kind = combine === "OR" ? "or" : "and";
  return conditions.length === 0 ? undefined : conditions.reduce((left, right) => ({ kind, left, right }));
}

export function legacyKeyConditions(
  conditions: Record<string, LegacyCondition> | undefined,
): KeyConditions | undefined {
  if (!conditions) return undefined;
  const indexable = ["EQ", "LT", "LE", "GT", "GE", "BETWEEN", "BEGINS_WITH"];
  return new Map(
    Object.entries(conditions).map(([name, condition]) => {
      checkCondition(condition);
      if (!indexable.includes(condition.ComparisonOperator))
        throw validation("Attempted conditional constraint is not an indexable operation");
      return [
        name,
        { operator: condition.ComparisonOperator as KeyOperator, values: condition.AttributeValueList ?? [] },
      ];
    }),
  );
}

export function updatesOf(updates: Record<string, AttributeUpdate> | undefined): Action[] | undefined {
  return updates && Object.entries(updates).map(([name, update]) => actionOf(name, update));
}

function actionOf(name: string, { Action: action = "PUT", Value: value }: AttributeUpdate): Action {
  if (value) checkValue(value);
  if (!value) {
    if (action !== "DELETE") throw invalidValue("Only DELETE action is allowed when no attribute value is specified");
    return { kind: "remove", path: [name] };
  }
  const type = typeOf(value);
  if (action === "DELETE") {
    if (!["SS", "NS", "BS"].includes(type))
      throw invalidValue(`DELETE action with value is not supported for the type ${type}`);
    return { kind: "delete", path: [name], value };
  }
  if (action !== "ADD") return { kind: "set", path: [name], value: { kind: "value", value } };
  if (!["N", "SS", "NS", "BS", "L"].includes(type))
    throw invalidValue(`ADD action is not supported for the type ${type}`);
  return { kind: "add", path: [name], value };
}
