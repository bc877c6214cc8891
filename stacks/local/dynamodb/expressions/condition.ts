/** The grammar of conditions: ConditionExpression, FilterExpression, KeyConditionExpression. Evaluates nothing. */
import { type AttributeType, type AttributeValue, compareValues, typeOf } from "../value.ts";
import { type Bindings, Cursor } from "./parser.ts";
import { type Comparator, type Condition, type FunctionName, type Operand, pathText } from "./tree.ts";

const problemOrder = [
  "parens",
  "unknownFunction",
  "misusedFunction",
  "reserved",
  "names",
  "values",
  "operands",
  "distinct",
  "operandType",
] as const;

const comparators = ["=", "<>", "<", "<=", ">", ">="];
const operandCounts: Readonly<Record<FunctionName | "size", number>> = {
  attribute_exists: 1,
  attribute_not_exists: 1,
  attribute_type: 2,
  begins_with: 2,
  contains: 2,
  size: 1,
};
const typeNames = ["B", "NULL", "SS", "BOOL", "L", "BS", "N", "NS", "S", "M"];
const maxIn = 100;

/** While parsing, `(a)` may still be either: what follows decides. */
type Node = { kind: "operand"; operand: Operand } | { kind: "condition"; condition: Condition };

export function parseCondition(text: string, bindings: Bindings): Condition {
  const cursor = new Cursor(text, bindings, problemOrder);
  const node = parseOr(cursor);
  cursor.expectEnd();
  const condition = asCondition(cursor, node);
  cursor.throwProblems();
  return condition;
}

function parseOr(cursor: Cursor): Node {
  return parseChain(cursor, "or", parseAnd);
}

function parseAnd(cursor: Cursor): Node {
  return parseChain(cursor, "and", parseNot);
}

function parseChain(cursor: Cursor, kind: "or" | "and", parsePart: (cursor: Cursor) => Node): Node {
  let node = parsePart(cursor);
  while (cursor.isKeyword(kind.toUpperCase())) {
    const left = asCondition(cursor, node);
    cursor.next();
    cursor.countOperator();
    const right = asCondition(cursor, parsePart(cursor));
    node = { kind: "condition", condition: { kind, left, right } };
  }
  return node;
}

function parseNot(cursor: Cursor): Node {
  if (!cursor.takeKeyword("NOT")) return parseComparison(cursor);
  cursor.countOperator();
  return { kind: "condition", condition: { kind: "not", of: asCondition(cursor, parseNot(cursor)) } };
}

function parseComparison(cursor: Cursor): Node {
  const node = parsePrimary(cursor);
  const { kind, text } = cursor.peek();
  if (kind === "sign" && comparators.includes(text)) {
    const left = asOperand(cursor, node);
    cursor.next();
    cursor.countOperator();
    const right = asOperand(cursor, parsePrimary(cursor));
    checkComparison(cursor, text as Comparator, left, right);
    return { kind: "condition", condition: { kind: "compare", comparator: text as Comparator, left, right } };
  }
  if (cursor.isKeyword("BETWEEN")) return parseBetween(cursor, asOperand(cursor, node));
  if (cursor.isKeyword("IN")) return parseIn(cursor, asOperand(cursor, node));
  return node;
}

function parseBetween(cursor: Cursor, of: Operand): Node {
  cursor.next();
  cursor.countOperator();
  const low = asOperand(cursor, parsePrimary(cursor));
  if (!cursor.takeKeyword("AND")) throw cursor.syntaxError();
  const high = asOperand(cursor, parsePrimary(cursor));
  if (low.kind === "value" && high.kind === "value") checkBounds(cursor, low.value, high.value);
  return { kind: "condition", condition: { kind: "between", of, low, high } };
}

function parseIn(cursor: Cursor, of: Operand): Node {
  cursor.next();
  cursor.countOperator();
  cursor.expectSign("(");
  const among: Operand[] = [];
  do among.push(asOperand(cursor, parsePrimary(cursor)));
  while (cursor.takeSign(","));
  cursor.expectSign(")");
  if (among.length > maxIn)
    cursor.note(
      "operands",
      `Invalid number of operands for operator IN; number of operands: ${among.length}, maximum: ${maxIn}`,
    );
  return { kind: "condition", condition: { kind: "in", of, among } };
}

function parsePrimary(cursor: Cursor): Node {
  const { kind } = cursor.peek();
  if (kind === "value") return { kind: "operand", operand: { kind: "value", value: cursor.value() } };
  if (cursor.takeSign("(")) return parseParens(cursor);
  const follows = cursor.peek(1);
  if (kind === "word" && follows.kind === "sign" && follows.text === "(" && !cursor.isKeyword("IN"))
    return parseFunction(cursor);
  return { kind: "operand", operand: { kind: "path", path: cursor.path() } };
}

function parseParens(cursor: Cursor): Node {
  cursor.countOperator();
  const { kind, text } = cursor.peek();
  const doubled = kind === "sign" && text === "(";
  const node = parseOr(cursor);
  // `((a))` is redundant, `((a) and (b))` is not: only when the inner pair ends where the outer does.
  if (doubled && parenthesised.has(node)) cursor.note("parens", "The expression has redundant parentheses;");
  cursor.expectSign(")");
  const copy = { ...node };
  parenthesised.add(copy);
  return copy;
}

/** Nodes that came straight out of a pair of parentheses. */
const parenthesised = new WeakSet<Node>();

function parseFunction(cursor: Cursor): Node {
  const name = cursor.next().text as FunctionName | "size";
  cursor.countOperator();
  cursor.expectSign("(");
  const operands: Operand[] = [];
  do operands.push(asOperand(cursor, parsePrimary(cursor)));
  while (cursor.takeSign(","));
  cursor.expectSign(")");
  checkFunction(cursor, name, operands);
  if (name === "size") return { kind: "operand", operand: { kind: "size", of: operands[0]! } };
  return { kind: "condition", condition: { kind: "function", name, operands } };
}

function asOperand(cursor: Cursor, node: Node): Operand {
  if (node.kind === "operand") return node.operand;
  const { condition } = node;
  if (condition.kind !== "function") throw cursor.syntaxError();
  if (Object.hasOwn(operandCounts, condition.name))
    cursor.note(
      "misusedFunction",
      `The function is not allowed to be used this way in an expression; function: ${condition.name}`,
    );
  return { kind: "value", value: { NULL: true } };
}

function asCondition(cursor: Cursor, node: Node): Condition {
  if (node.kind === "condition") return node.condition;
  if (node.operand.kind !== "size") throw cursor.syntaxError();
  cursor.note("misusedFunction", "The function is not allowed to be used this way in an expression; function: size");
  return { kind: "function", name: "attribute_exists", operands: [node.operand] };
}

function checkFunction(cursor: Cursor, name: FunctionName | "size", operands: Operand[]): void {
  if (!Object.hasOwn(operandCounts, name)) cursor.note("unknownFunction", `Invalid function name; function: ${name}`);
  else if (operandCounts[name] !== operands.length)
    cursor.note(
      "operands",
      `Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${operands.length}`,
    );
  else {
    checkDistinct(cursor, name, operands);
    checkOperandTypes(cursor, name, operands);
  }
}

function checkOperandTypes(cursor: Cursor, name: FunctionName | "size", operands: Operand[]): void {
  const [first, second] = operands;
  const wrong = (type: string): void => cursor.note("operandType", wrongType(name, type));
  if (name === "attribute_exists" || name === "attribute_not_exists") {
    if (first!.kind !== "path")
      cursor.note("operandType", `Operator or function requires a document path; operator or function: ${name}`);
  } else if (name === "begins_with") {
    for (const operand of operands) {
      const type = knownType(operand);
      if (type && type !== "S" && type !== "B") wrong(type);
    }
  } else if (name === "attribute_type") {
    checkTypeName(cursor, second!);
  } else if (name === "size") {
    const type = knownType(first!);
    if (type && ["N", "BOOL", "NULL"].includes(type)) wrong(type);
  }
}

function checkTypeName(cursor: Cursor, operand: Operand): void {
  const type = knownType(operand);
  if (operand.kind !== "value" || type !== "S")
    cursor.note("operandType", wrongType("attribute_type", type ?? "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}"));
  else if (!typeNames.includes(operand.value.S!))
    cursor.note(
      "operandType",
      `Invalid attribute type name found; type: ${operand.value.S}, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}`,
    );
}

const wrongType = (name: string, type: string): string =>
  `Incorrect operand type for operator or function; operator or function: ${name}, operand type: ${type}`;

function checkComparison(cursor: Cursor, comparator: Comparator, left: Operand, right: Operand): void {
  checkDistinct(cursor, comparator, [left, right]);
  if (comparator === "=" || comparator === "<>") return;
  for (const operand of [left, right]) {
    const type = operand.kind === "value" ? typeOf(operand.value) : undefined;
    if (type && !["S", "N", "B"].includes(type) && boundValue(cursor, operand))
      cursor.note(
        "operandType",
        `Incorrect operand type for operator or function; operator: ${comparator}, operand type: ${type}`,
      );
  }
}

/** An undefined `:name` stands as a null of our own; it has its own message. */
const boundValue = (cursor: Cursor, operand: Operand): boolean =>
  operand.kind === "value" && Object.values(cursor.bindings.values).includes(operand.value);

function checkDistinct(cursor: Cursor, name: string, [first, second, ...more]: Operand[]): void {
  if (first?.kind !== "path" || second?.kind !== "path" || more.length > 0) return;
  if (pathText(first.path) === pathText(second.path))
    cursor.note(
      "distinct",
      `The first operand must be distinct from the remaining operands for this operator or function; operator: ${name}, first operand: ${pathText(first.path)}`,
    );
}

function checkBounds(cursor: Cursor, low: AttributeValue, high: AttributeValue): void {
  const shown = `lower bound operand: AttributeValue: ${show(low)}, upper bound operand: AttributeValue: ${show(high)}`;
  if (typeOf(low) !== typeOf(high))
    cursor.note("operandType", `The BETWEEN operator requires same data type for lower and upper bounds; ${shown}`);
  else if ((compareValues(low, high) ?? 0) > 0)
    cursor.note(
      "operandType",
      `The BETWEEN operator requires upper bound to be greater than or equal to lower bound; ${shown}`,
    );
}

function show(value: AttributeValue): string {
  const type = typeOf(value);
  return `{${type}:${value[type]}}`;
}

function knownType(operand: Operand): AttributeType | undefined {
  if (operand.kind === "value") return typeOf(operand.value);
  return operand.kind === "size" ? "N" : undefined;
}
