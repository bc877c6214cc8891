/** The expression language without a server: what it takes, what it means, and AWS's texts for what it refuses. */
import { describe, expect, it } from "vitest";
import { applyActions } from "../../../../stacks/local/dynamodb/expressions/apply.ts";
import { parseCondition } from "../../../../stacks/local/dynamodb/expressions/condition.ts";
import { holds } from "../../../../stacks/local/dynamodb/expressions/evaluate.ts";
import { Bindings, parsing } from "../../../../stacks/local/dynamodb/expressions/parser.ts";
import { parseProjection, projector } from "../../../../stacks/local/dynamodb/expressions/projection.ts";
import { parseUpdate } from "../../../../stacks/local/dynamodb/expressions/update.ts";
import type { Item } from "../../../../stacks/local/dynamodb/value.ts";

const item: Item = {
  id: { S: "one" },
  n: { N: "5" },
  tags: { SS: ["red", "blue"] },
  rowz: { L: [{ N: "1" }, { S: "two" }, { M: { deep: { BOOL: true } } }] },
  doc: { M: { ink: { S: "text" }, n: { N: "2" } } },
  "a.b": { S: "dotted" },
  bin: { B: "AAE=" },
};
const values: Item = {
  ":n": { N: "5" },
  ":s": { S: "te" },
  ":l": { L: [{ N: "9" }] },
  ":red": { S: "red" },
  ":bool": { BOOL: true },
};
const names = { "#ab": "a.b", "#size": "size" };

const bind = () => new Bindings(names, structuredClone(values));
const check = (text: string): boolean =>
  holds(
    parsing("ConditionExpression", () => parseCondition(text, bind())),
    item,
  );

describe("conditions", () => {
  it.each([
    ["n = :n", true],
    ["n <> :n", false],
    [":n >= n", true],
    ["nowhere = :n", false],
    ["nowhere <> :n", true],
    ["not nowhere = :n", true],
    ["n between :n and :n", true],
    ["n IN (:s, :n)", true],
    ["nowhere IN (:s, :n)", false],
    ["attribute_exists(doc.ink) AND attribute_not_exists(doc.absent)", true],
    ["begins_with(doc.ink, :s)", true],
    ["contains(tags, :red)", true],
    ["contains(rowz, :n)", false],
    ["size(tags) < :n", true],
    ["size(#ab) > :n", true],
    ["rowz[2].deep = :bool", true],
    ["rowz[7] = :bool", false],
    ["#ab = :s OR (n = :n AND NOT (id = :s))", true],
    ["id = :s AND id = :s OR n = :n", true],
    ["id = :s AND (id = :s OR n = :n)", false],
    ["(n) = (:n)", true],
    ["(n = :n) AND (n = :n)", true],
    ["(begins_with(doc.ink, :s))", true],
  ])("%s is %s", (text, result) => {
    expect(check(text)).toBe(result);
  });

  it.each([
    ["", "Invalid ConditionExpression: The expression can not be empty;"],
    ["n = ", 'Invalid ConditionExpression: Syntax error; token: "<EOF>", near: "= "'],
    ["n n = :n", 'Invalid ConditionExpression: Syntax error; token: "n", near: "n n ="'],
    ["n = :n)", 'Invalid ConditionExpression: Syntax error; token: ")", near: ":n)"'],
    ["((n = :n))", "Invalid ConditionExpression: The expression has redundant parentheses;"],
    ["size = :n", "Invalid ConditionExpression: Attribute name is a reserved keyword; reserved keyword: size"],
    [
      "n = :undefined",
      "Invalid ConditionExpression: An expression attribute value used in expression is not defined; attribute value: :undefined",
    ],
    [
      "#no = :n",
      "Invalid ConditionExpression: An expression attribute name used in the document path is not defined; attribute name: #no",
    ],
    ["nofunction(n)", "Invalid ConditionExpression: Invalid function name; function: nofunction"],
    [
      "size(n)",
      "Invalid ConditionExpression: The function is not allowed to be used this way in an expression; function: size",
    ],
    [
      "begins_with(n)",
      "Invalid ConditionExpression: Incorrect number of operands for operator or function; operator or function: begins_with, number of operands: 1",
    ],
    [
      "begins_with(n, :n)",
      "Invalid ConditionExpression: Incorrect operand type for operator or function; operator or function: begins_with, operand type: N",
    ],
    [
      "n = n",
      "Invalid ConditionExpression: The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [n]",
    ],
    [
      "n between :n and :s",
      "Invalid ConditionExpression: The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: {N:5}, upper bound operand: AttributeValue: {S:te}",
    ],
    [
      "n < :bool",
      "Invalid ConditionExpression: Incorrect operand type for operator or function; operator: <, operand type: BOOL",
    ],
    [
      `n = :n${" ".repeat(4096)}`,
      "Invalid ConditionExpression: Expression size has exceeded the maximum allowed size; expression size: 4102",
    ],
  ])("refuse %j", (text, message) => {
    expect(() => check(text)).toThrow(message);
  });

  // dynalite's parser runs for ever on this; a server must not be stopped by a question.
  it("refuse endless nesting at once", () => {
    expect(() => check(`${"(".repeat(1500)}n = :n${")".repeat(1500)}`)).toThrow("too many operators");
    expect(() => check(`${"NOT ".repeat(1000)}n = :n`)).toThrow("too many operators");
  });
});

describe("updates", () => {
  const apply = (text: string, more: Item = {}) =>
    applyActions(
      parsing("UpdateExpression", () =>
        parseUpdate(text, new Bindings(names, { ...structuredClone(values), ...more })),
      ),
      item,
    );

  it("read the item as it was, then change it", () => {
    const changed = apply("SET n = id, id2 = n, doc.ink = :n REMOVE rowz[0], rowz[1]");
    expect(changed).toMatchObject({
      n: { S: "one" },
      id2: { N: "5" },
      doc: { M: { ink: { N: "5" }, n: { N: "2" } } },
      rowz: { L: [{ M: { deep: { BOOL: true } } }] },
    });
    expect(item["n"]).toEqual({ N: "5" });
  });

  // A position far beyond the end must neither make holes nor take memory.
  it("append at positions beyond a list's end", () => {
    expect(apply("SET rowz[4000000000] = :n, rowz[10] = :s")["rowz"]!.L!.slice(3)).toEqual([{ S: "te" }, { N: "5" }]);
  });

  it.each([
    ["SET n = :n SET id2 = :n", 'The "SET" section can only be used once in an update expression;'],
    [
      "SET doc = :n, doc.ink = :n",
      "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [doc], path two: [doc, ink]",
    ],
    [
      "SET rowz[0] = :n, rowz.x = :n",
      "Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [rowz, [0]], path two: [rowz, x]",
    ],
    ["SET n = n + :s", "Incorrect operand type for operator or function; operator or function: +, operand type: S"],
    ["SET n = nowhere", "The provided expression refers to an attribute that does not exist in the item"],
    ["SET nowhere.x = :n", "The document path provided in the update expression is invalid for update"],
    ["SET n = id + :n", "An operand in the update expression has an incorrect data type"],
    ["ADD n :s", "Incorrect operand type for operator or function; operator: ADD, operand type: STRING"],
    ["PUT n = :n", 'Syntax error; token: "PUT", near: "PUT n"'],
  ])("refuse %s", (text, message) => {
    expect(() => apply(text)).toThrow(message);
  });
});

describe("projections", () => {
  it("cut an item to its paths", () => {
    const project = projector(parseProjection("rowz[2].deep, rowz[0], doc.ink, #ab, nowhere.x", bind()));
    expect(JSON.parse(JSON.stringify(project(item)))).toEqual({
      rowz: { L: [{ N: "1" }, { M: { deep: { BOOL: true } } }] },
      doc: { M: { ink: { S: "text" } } },
      "a.b": { S: "dotted" },
    });
  });

  // Names are the app's: what every JavaScript object has is not what every item has.
  it("find no attribute in an object's prototype", () => {
    expect(JSON.stringify(projector(parseProjection("toString, valueOf", bind()))(item))).toBe("{}");
    expect(check("attribute_not_exists(hasOwnProperty)")).toBe(true);
  });
});

describe("bindings", () => {
  it("must all be used", () => {
    const bindings = new Bindings({ "#a": "a" }, { ":b": { N: "1" }, ":c": { N: "2" } });
    parseCondition("#a = :b", bindings);
    expect(() => bindings.checkUsed()).toThrow(
      "Value provided in ExpressionAttributeValues unused in expressions: keys: {:c}",
    );
  });
});
