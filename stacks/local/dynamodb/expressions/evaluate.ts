/** Conditions against an item. Reads only; never throws: what does not fit is false, as in DynamoDB. */
import { type AttributeValue, attributeOf, compareValues, equalValues, type Item, typeOf } from "../value.ts";
import type { Comparator, Condition, Operand, Path } from "./tree.ts";

export function holds(condition: Condition, item: Item): boolean {
  switch (condition.kind) {
    case "and":
      return holds(condition.left, item) && holds(condition.right, item);
    case "or":
      return holds(condition.left, item) || holds(condition.right, item);
    case "not":
      return !holds(condition.of, item);
    case "compare":
      return compares(condition.comparator, valueAt(condition.left, item), valueAt(condition.right, item));
    case "between": {
      const value = valueAt(condition.of, item);
      return (
        compares(">=", value, valueAt(condition.low, item)) && compares("<=", value, valueAt(condition.high, item))
      );
    }
    case "in": {
      const value = valueAt(condition.of, item);
      return condition.among.some((operand) => compares("=", value, valueAt(operand, item)));
    }
    case "function": {
      const [first, second] = condition.operands.map((operand) => valueAt(operand, item));
      return functions[condition.name](first, second);
    }
  }
}

type Value = AttributeValue | undefined;

function compares(comparator: Comparator, left: Value, right: Value): boolean {
  if (comparator === "<>") return !(left && right && equalValues(left, right));
  if (!left || !right) return false;
  if (comparator === "=") return equalValues(left, right);
  const order = compareValues(left, right);
  if (order === undefined) return false;
  if (comparator === "<") return order < 0;
  if (comparator === "<=") return order <= 0;
  return comparator === ">" ? order > 0 : order >= 0;
}

const functions = {
  attribute_exists: (value: Value): boolean => value !== undefined,
  attribute_not_exists: (value: Value): boolean => value === undefined,
  attribute_type: (value: Value, type: Value): boolean => value !== undefined && typeOf(value) === type?.S,
  begins_with: beginsWith,
  contains,
} as const;

function beginsWith(value: Value, start: Value): boolean {
  if (value?.S !== undefined && start?.S !== undefined) return value.S.startsWith(start.S);
  if (value?.B === undefined || start?.B === undefined) return false;
  const begin = bytes(start.B);
  return bytes(value.B).subarray(0, begin.length).equals(begin);
}

function contains(value: Value, part: Value): boolean {
  if (!value || !part) return false;
  if (value.L) return value.L.some((element) => equalValues(element, part));
  if (part.S !== undefined) return value.S?.includes(part.S) ?? value.SS?.includes(part.S) ?? false;
  if (part.N !== undefined) return value.NS?.includes(part.N) ?? false;
  if (part.B === undefined) return false;
  if (value.BS) return value.BS.includes(part.B);
  return value.B !== undefined && bytes(value.B).includes(bytes(part.B));
}

/** Operands of update expressions have their own evaluation, which may fail; here they cannot occur. */
function valueAt(operand: Operand, item: Item): Value {
  if (operand.kind === "value") return operand.value;
  if (operand.kind === "path") return atPath(operand.path, item);
  return operand.kind === "size" ? sizeOf(valueAt(operand.of, item)) : undefined;
}

export function atPath(path: Path, item: Item): Value {
  let value: Value = attributeOf(item, path[0] as string);
  for (let i = 1; i < path.length && value; i++) {
    const piece = path[i]!;
    value = typeof piece === "number" ? value.L?.[piece] : value.M && attributeOf(value.M, piece);
  }
  return value;
}

function sizeOf(value: Value): Value {
  const size = value && measured(value);
  return size === undefined ? undefined : { N: String(size) };
}

function measured(value: AttributeValue): number | undefined {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.B !== undefined) return bytes(value.B).length;
  const list = value.L ?? value.SS ?? value.NS ?? value.BS;
  if (list) return list.length;
  return value.M ? Object.keys(value.M).length : undefined;
}

const bytes = (base64: string): Buffer => Buffer.from(base64, "base64");
