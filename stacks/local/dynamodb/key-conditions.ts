/** Key conditions: from a condition's tree to one comparison per key attribute, and on to a range of key bytes. */
import { invalidValue, validation } from "./errors.ts";
import type { Comparator, Condition, Operand } from "./expressions/tree.ts";
import type { Range } from "./items.ts";
import { type KeyPart, type KeyPlan, openComponent, successor } from "./keys.ts";
import { type AttributeValue, attributeOf, compareValues, type Item } from "./value.ts";

export type KeyOperator = "EQ" | "LT" | "LE" | "GT" | "GE" | "BETWEEN" | "BEGINS_WITH";

export interface KeyCondition {
  operator: KeyOperator;
  values: AttributeValue[];
}

export type KeyConditions = Map<string, KeyCondition>;

const operators: Readonly<Record<Exclude<Comparator, "<>">, KeyOperator>> = {
  "=": "EQ",
  "<": "LT",
  "<=": "LE",
  ">": "GT",
  ">=": "GE",
};
const mirrored: Readonly<Record<Comparator, Comparator>> = {
  "=": "=",
  "<>": "<>",
  "<": ">",
  "<=": ">=",
  ">": "<",
  ">=": "<=",
};

export function keyConditionsOf(condition: Condition): KeyConditions {
  const conditions: KeyConditions = new Map();
  collect(condition, conditions);
  return conditions;
}

function collect(condition: Condition, into: KeyConditions): void {
  switch (condition.kind) {
    case "and":
      collect(condition.left, into);
      collect(condition.right, into);
      return;
    case "or":
    case "not":
    case "in":
      throw validation(`Invalid operator used in KeyConditionExpression: ${condition.kind.toUpperCase()}`);
    case "compare":
      collectComparison(condition, into);
      return;
    case "between":
      requireKeyFirst(condition.of, "BETWEEN");
      add(into, condition.of, "BETWEEN", [condition.low, condition.high]);
      return;
    case "function":
      if (condition.name !== "begins_with")
        throw validation(`Invalid operator used in KeyConditionExpression: ${condition.name}`);
      requireKeyFirst(condition.operands[0]!, "begins_with");
      add(into, condition.operands[0]!, "BEGINS_WITH", condition.operands.slice(1));
  }
}

function collectComparison(condition: Condition & { kind: "compare" }, into: KeyConditions): void {
  const { left, right } = condition;
  if (condition.comparator === "<>") throw validation("Invalid operator used in KeyConditionExpression: <>");
  if (left.kind === "path" || right.kind !== "path") add(into, left, operators[condition.comparator], [right]);
  else add(into, right, operators[mirrored[condition.comparator] as "="], [left]);
}

function requireKeyFirst(operand: Operand, name: string): void {
  if (operand.kind === "value")
    throw validation(
      `Invalid condition in KeyConditionExpression: ${name} operator must have the key attribute as its first operand`,
    );
}

function add(into: KeyConditions, key: Operand, operator: KeyOperator, operands: Operand[]): void {
  if ([key, ...operands].some(({ kind }) => kind === "size"))
    throw validation("KeyConditionExpressions cannot contain nested operations");
  if (operands.some(({ kind }) => kind === "path"))
    throw validation("Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition");
  if (key.kind !== "path") throw validation("Invalid condition in KeyConditionExpression: No key attribute specified");
  if (key.path.length > 1) throw validation("KeyConditionExpressions cannot have conditions on nested attributes");
  const name = key.path[0] as string;
  if (into.has(name)) throw validation("KeyConditionExpressions must only contain one condition per key");
  into.set(name, { operator, values: operands.map((operand) => (operand as { value: AttributeValue }).value) });
}

/** What a query reads: one partition, and a range of sort keys in it. Throws AWS's texts when the plan is not met. */
export interface KeyRange {
  hash: AttributeValue[];
  sk: Range;
  /** The last sort attribute with a condition, and the condition. */
  last: { part: KeyPart; condition: KeyCondition } | undefined;
}

const nothing = Buffer.alloc(0);

export function keyRange(plan: KeyPlan, conditions: KeyConditions): KeyRange {
  checkSchema(plan, conditions);
  const hash = plan.hash.map(({ name }) => conditions.get(name)!.values[0]!);
  const used = plan.range.filter(({ name }) => conditions.has(name));
  let prefix = nothing;
  used.forEach((part, at) => {
    const { operator, values } = conditions.get(part.name)!;
    if (at < used.length - 1) {
      if (operator !== "EQ") throw validation("Query key condition not supported");
      prefix = Buffer.concat([prefix, closed(values[0]!)]);
    }
  });
  const part = used.at(-1);
  if (!part) return { hash, sk: { from: nothing, to: undefined }, last: undefined };
  const condition = conditions.get(part.name)!;
  return { hash, sk: rangeOf(prefix, condition), last: { part, condition } };
}

function checkSchema({ hash, range }: KeyPlan, conditions: KeyConditions): void {
  if (range.length === 0 && conditions.size > hash.length) throw validation("Query key condition not supported");
  const wanted = [...hash, ...range.slice(0, Math.max(0, conditions.size - hash.length))];
  for (const part of wanted) {
    const condition = conditions.get(part.name);
    if (!condition) throw validation(`Query condition missed key schema element: ${part.name}`);
    for (const value of condition.values) checkType(part, value);
    if (hash.includes(part) && condition.operator !== "EQ") throw validation("Query key condition not supported");
  }
  if (conditions.size > hash.length + range.length) throw validation("Conditions can be of length 1 or 2 only");
}

function checkType(part: KeyPart, value: AttributeValue): void {
  if (value[part.type] === undefined) throw invalidValue("Condition parameter type does not match schema type");
  if (value[part.type] === "" && part.type !== "N")
    throw invalidValue(
      `The AttributeValue for a key attribute cannot contain an empty ${part.type === "S" ? "string" : "binary"} value. Key: ${part.name}`,
    );
}

const closed = (value: AttributeValue): Buffer => Buffer.concat([openComponent(value), Buffer.from([0, 0])]);

function rangeOf(prefix: Buffer, { operator, values }: KeyCondition): Range {
  const low = Buffer.concat([prefix, closed(values[0]!)]);
  const above = successor(low);
  const end = prefix.length > 0 ? successor(prefix) : undefined;
  switch (operator) {
    case "EQ":
      return { from: low, to: above };
    case "LT":
      return { from: prefix, to: low };
    case "LE":
      return { from: prefix, to: above };
    case "GT":
      return { from: above!, to: end };
    case "GE":
      return { from: low, to: end };
    case "BETWEEN":
      return { from: low, to: successor(Buffer.concat([prefix, closed(values[1]!)])) };
    case "BEGINS_WITH": {
      const open = Buffer.concat([prefix, openComponent(values[0]!)]);
      return { from: open, to: open.length > 0 ? successor(open) : end };
    }
  }
}

/** Whether a key attribute of ExclusiveStartKey could have been met by the condition. */
export function meets({ operator, values }: KeyCondition, key: Item, part: KeyPart): boolean {
  const value = attributeOf(key, part.name)!;
  if (operator === "BEGINS_WITH") {
    const start = openComponent(values[0]!);
    return openComponent(value).subarray(0, start.length).equals(start);
  }
  const order = compareValues(value, values[0]!)!;
  if (operator === "BETWEEN") return order >= 0 && compareValues(value, values[1]!)! <= 0;
  if (operator === "EQ") return order === 0;
  if (operator === "LT") return order < 0;
  if (operator === "LE") return order <= 0;
  return operator === "GT" ? order > 0 : order >= 0;
}
