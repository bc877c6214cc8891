/** The grammar of UpdateExpression: SET, REMOVE, ADD, DELETE, each at most once. Applies nothing. */
import { type AttributeType, type AttributeValue, typeOf } from "../value.ts";
import { type Bindings, Cursor } from "./parser.ts";
import type { Action, Operand, Path } from "./tree.ts";

const problemOrder = [
  "reserved",
  "unknownFunction",
  "section",
  "names",
  "values",
  "overlap",
  "conflict",
  "operandType",
  "operands",
] as const;

const sections = ["SET", "REMOVE", "ADD", "DELETE"] as const;
type Section = (typeof sections)[number];

/** AWS calls types by long names in this grammar. */
const longNames: Partial<Record<AttributeType, string>> = {
  S: "STRING",
  N: "NUMBER",
  B: "BINARY",
  NULL: "NULL",
  BOOL: "BOOLEAN",
  L: "LIST",
  M: "MAP",
};

export function parseUpdate(text: string, bindings: Bindings): Action[] {
  const cursor = new Cursor(text, bindings, problemOrder);
  const actions: Action[] = [];
  const paths: Path[] = [];
  const seen = new Set<Section>();
  while (cursor.peek().kind !== "end") {
    const section = sections.find((name) => cursor.takeKeyword(name));
    if (!section) throw cursor.syntaxError();
    if (seen.has(section))
      cursor.note("section", `The "${section}" section can only be used once in an update expression;`);
    seen.add(section);
    do {
      const action = parseAction(cursor, section);
      cursor.distinctPath(paths, action.path);
      actions.push(action);
    } while (cursor.takeSign(","));
  }
  cursor.throwProblems();
  return actions;
}

function parseAction(cursor: Cursor, section: Section): Action {
  cursor.countOperator();
  const path = cursor.path();
  if (section === "REMOVE") return { kind: "remove", path };
  if (section === "SET") {
    cursor.expectSign("=");
    return { kind: "set", path, value: parseSum(cursor) };
  }
  if (cursor.peek().kind !== "value") throw cursor.syntaxError();
  const name = cursor.peek().text;
  const value = cursor.value();
  const type = longNames[typeOf(value)];
  const defined = Object.hasOwn(cursor.bindings.values, name);
  if (defined && type && !(section === "ADD" && type === "NUMBER"))
    cursor.note(
      "operandType",
      `Incorrect operand type for operator or function; operator: ${section}, operand type: ${type}, typeSet: ALLOWED_FOR_${section}_OPERAND`,
    );
  return { kind: section === "ADD" ? "add" : "delete", path, value };
}

function parseSum(cursor: Cursor): Operand {
  const left = parseOperand(cursor);
  const sign = cursor.takeSign("+") ? 1 : cursor.takeSign("-") ? -1 : undefined;
  if (!sign) return left;
  cursor.countOperator();
  const right = parseOperand(cursor);
  checkTypes(cursor, sign === 1 ? "+" : "-", "N", [left, right]);
  return { kind: "sum", left, right, sign };
}

function parseOperand(cursor: Cursor): Operand {
  const { kind } = cursor.peek();
  if (kind === "value") return { kind: "value", value: cursor.value() };
  if (cursor.takeSign("(")) {
    const operand = parseSum(cursor);
    cursor.expectSign(")");
    return operand;
  }
  const follows = cursor.peek(1);
  if (kind === "word" && follows.kind === "sign" && follows.text === "(") return parseFunction(cursor);
  return { kind: "path", path: cursor.path() };
}

function parseFunction(cursor: Cursor): Operand {
  const name = cursor.next().text;
  cursor.countOperator();
  cursor.expectSign("(");
  const operands: Operand[] = [];
  do operands.push(parseOperand(cursor));
  while (cursor.takeSign(","));
  cursor.expectSign(")");
  const [first, second] = operands;
  if (name !== "if_not_exists" && name !== "list_append")
    cursor.note("unknownFunction", `Invalid function name; function: ${name}`);
  else if (operands.length !== 2)
    cursor.note(
      "operands",
      `Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${operands.length}`,
    );
  else if (name === "list_append") {
    checkTypes(cursor, name, "L", operands);
    return { kind: "list_append", left: first!, right: second! };
  } else if (first!.kind === "path") return { kind: "if_not_exists", path: first!.path, otherwise: second! };
  else cursor.note("operands", `Operator or function requires a document path; operator or function: ${name}`);
  return first!;
}

function checkTypes(cursor: Cursor, name: string, wanted: AttributeType, operands: Operand[]): void {
  for (const operand of operands) {
    const type = operand.kind === "value" && bound(cursor, operand.value) ? typeOf(operand.value) : undefined;
    if (type && type !== wanted)
      cursor.note(
        "operands",
        `Incorrect operand type for operator or function; operator or function: ${name}, operand type: ${type}`,
      );
  }
}

const bound = (cursor: Cursor, value: AttributeValue): boolean => Object.values(cursor.bindings.values).includes(value);
