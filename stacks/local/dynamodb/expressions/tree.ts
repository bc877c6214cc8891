/** What expressions become: paths, operands, conditions, update actions. Only data. */
import type { AttributeValue } from "../value.ts";

/** Attribute names and list positions: `a.b[2]` is ["a", "b", 2]. */
export type Path = (string | number)[];

export type Operand =
  | { kind: "path"; path: Path }
  | { kind: "value"; value: AttributeValue }
  | { kind: "size"; of: Operand }
  | { kind: "sum"; left: Operand; right: Operand; sign: 1 | -1 }
  | { kind: "if_not_exists"; path: Path; otherwise: Operand }
  | { kind: "list_append"; left: Operand; right: Operand };

export type Comparator = "=" | "<>" | "<" | "<=" | ">" | ">=";

export type FunctionName = "attribute_exists" | "attribute_not_exists" | "attribute_type" | "begins_with" | "contains";

export type Condition =
  | { kind: "and" | "or"; left: Condition; right: Condition }
  | { kind: "not"; of: Condition }
  | { kind: "compare"; comparator: Comparator; left: Operand; right: Operand }
  | { kind: "between"; of: Operand; low: Operand; high: Operand }
  | { kind: "in"; of: Operand; among: Operand[] }
  | { kind: "function"; name: FunctionName; operands: Operand[] };

export type Action =
  | { kind: "set"; path: Path; value: Operand }
  | { kind: "remove"; path: Path }
  | { kind: "add" | "delete"; path: Path; value: AttributeValue };

export const pathText = (path: Path): string =>
  `[${path.map((piece) => (typeof piece === "number" ? `[${piece}]` : piece)).join(", ")}]`;

/** Every path a condition names. */
export function* pathsOf(condition: Condition): Generator<Path> {
  switch (condition.kind) {
    case "and":
    case "or":
      yield* pathsOf(condition.left);
      yield* pathsOf(condition.right);
      return;
    case "not":
      yield* pathsOf(condition.of);
      return;
    case "compare":
      yield* pathsIn([condition.left, condition.right]);
      return;
    case "between":
      yield* pathsIn([condition.of, condition.low, condition.high]);
      return;
    case "in":
      yield* pathsIn([condition.of, ...condition.among]);
      return;
    case "function":
      yield* pathsIn(condition.operands);
  }
}

function* pathsIn(operands: Operand[]): Generator<Path> {
  for (const operand of operands) {
    if (operand.kind === "path") yield operand.path;
    if (operand.kind === "size") yield* pathsIn([operand.of]);
  }
}
