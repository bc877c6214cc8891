/** DynamoDB's condition keys: partition keys and attributes that a request is about, and what it wants back. */
import { listOf, objectOf, textOf } from "../access/rows.ts";
import type { Need } from "../service.ts";
import type { Table } from "./records.ts";

type Keys = ReturnType<NonNullable<Need["keys"]>>;

/** Of requests about one item. */
export function itemKeys(table: Table | undefined, input: Record<string, any>): Keys {
  const item = objectOf(input["Item"] ?? input["Key"]);
  return {
    ...leadingKeys(table, [item]),
    ...attributes(input, Object.keys(item)),
    ...wanted(input),
    ...(input["ProjectionExpression"] || input["AttributesToGet"] ? { "dynamodb:Select": "SPECIFIC_ATTRIBUTES" } : {}),
  };
}

/** Of Query and Scan. */
export function queryKeys(table: Table | undefined, input: Record<string, any>): Keys {
  const { KeyConditionExpression, IndexName, Select } = input;
  const index = table?.indexes.find(({ record }) => record.name === IndexName);
  const hash = hashName(index ? index.record.keySchema : table?.record.keySchema);
  const value =
    scalarOf(listOf(objectOf(objectOf(input["KeyConditions"])[hash])["AttributeValueList"])[0]) ??
    equalTo(hash, textOf(KeyConditionExpression), input);
  const specific = input["ProjectionExpression"] !== undefined || input["AttributesToGet"] !== undefined;
  const select = specific ? "SPECIFIC_ATTRIBUTES" : IndexName ? "ALL_PROJECTED_ATTRIBUTES" : "ALL_ATTRIBUTES";
  return {
    ...(value === undefined ? {} : { "dynamodb:LeadingKeys": value }),
    ...attributes(input, []),
    ...wanted(input),
    "dynamodb:Select": textOf(Select) || select,
  };
}

/** The partition key of each item or key. */
export function leadingKeys(table: Table | undefined, items: readonly unknown[]): Keys {
  const hash = hashName(table?.record.keySchema);
  const values = items.flatMap((item) => scalarOf(objectOf(item)[hash]) ?? []);
  return values.length === 0 ? {} : { "dynamodb:LeadingKeys": values };
}

const hashName = (schema: { AttributeName: string; KeyType: string }[] = []): string =>
  schema.find(({ KeyType }) => KeyType === "HASH")?.AttributeName ?? "";

function scalarOf(value: unknown): string | undefined {
  const { S, N, B } = objectOf(value);
  return [S, N, B].find((text) => typeof text === "string") as string | undefined;
}

/** `#name = :value` for the partition key, wherever in the expression it stands. */
function equalTo(hash: string, expression: string, input: Record<string, any>): string | undefined {
  const names = objectOf(input["ExpressionAttributeNames"]);
  for (const [, left = "", right = ""] of expression.matchAll(/([#:\w.-]+)\s*=\s*([#:\w.-]+)/g))
    for (const [name, value] of [
      [left, right],
      [right, left],
    ] as const)
      if ((names[name] ?? name) === hash) return scalarOf(objectOf(input["ExpressionAttributeValues"])[value]);
  return undefined;
}

/** Every attribute at the top that the request names: in its item, its expressions, and their older forms. */
function attributes(input: Record<string, any>, named: string[]): Keys {
  const names = objectOf(input["ExpressionAttributeNames"]);
  const expressions = ["ProjectionExpression", "UpdateExpression", "ConditionExpression", "KeyConditionExpression"];
  const inExpressions = [...expressions, "FilterExpression"].flatMap((name) => namesIn(textOf(input[name]), names));
  const older = [
    ...listOf(input["AttributesToGet"]).map(textOf),
    ...["AttributeUpdates", "Expected", "KeyConditions", "QueryFilter", "ScanFilter"].flatMap((name) =>
      Object.keys(objectOf(input[name])),
    ),
  ];
  const all = [...new Set([...named, ...inExpressions, ...older])];
  return all.length === 0 ? {} : { "dynamodb:Attributes": all };
}

const words = new Set([
  ...["SET", "REMOVE", "ADD", "DELETE", "AND", "OR", "NOT", "IN", "BETWEEN", "ATTRIBUTE_EXISTS", "ATTRIBUTE_TYPE"],
  ...["ATTRIBUTE_NOT_EXISTS", "BEGINS_WITH", "CONTAINS", "SIZE", "IF_NOT_EXISTS", "LIST_APPEND"],
]);

function namesIn(expression: string, names: Record<string, unknown>): string[] {
  // What stands behind a dot, or is a value, is no attribute at the top.
  return [...expression.matchAll(/(?<![.:#\w-])(#?[A-Za-z_][\w-]*|#\w+)/g)]
    .map(([name]) => name)
    .filter((name) => name.startsWith("#") || !words.has(name.toUpperCase()))
    .map((name) => textOf(names[name]) || name);
}

function wanted(input: Record<string, any>): Keys {
  return {
    "dynamodb:ReturnValues": textOf(input["ReturnValues"]) || undefined,
    "dynamodb:ReturnConsumedCapacity": textOf(input["ReturnConsumedCapacity"]) || undefined,
  };
}
