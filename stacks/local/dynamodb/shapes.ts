/** Shapes that several operations share; each operation's own table lies in its own file. */
import type { Members, Shape } from "./shape.ts";

export const string: Shape = { type: "String" };
export const boolean: Shape = { type: "Boolean" };

export const named: Shape = {
  type: "String",
  regex: "[a-zA-Z0-9_.-]+",
  lengthGreaterThanOrEqual: 3,
  lengthLessThanOrEqual: 255,
};

export const tableName: Shape = { type: "String", notNull: true, ...without(named, "type") };

export const attributeValue: Shape = { type: "AttributeValue" };
/** Of an attribute, and of what a placeholder stands for. */
export const nameLimit = { lengthLessThanOrEqual: 65_535 };

/** By the names of attributes. */
export const attributes: Shape = { type: "Map", class: "AttributeValue", of: attributeValue, keys: nameLimit };
export const requiredAttributes: Shape = { ...attributes, notNull: true };
/** By the names of placeholders. */
export const expressionValues: Shape = { type: "Map", class: "AttributeValue", of: attributeValue };
export const attributeNames: Shape = {
  type: "List",
  lengthGreaterThanOrEqual: 1,
  lengthLessThanOrEqual: 255,
  of: string,
  elements: nameLimit,
};

export const returnConsumedCapacity: Shape = { type: "String", enum: ["INDEXES", "TOTAL", "NONE"] };
export const returnItemCollectionMetrics: Shape = { type: "String", enum: ["SIZE", "NONE"] };
const returnValues: Shape = {
  type: "String",
  enum: ["ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW"],
};
export const onConditionFailure: Shape = { type: "String", enum: ["ALL_OLD", "NONE"] };
export const select: Shape = {
  type: "String",
  enum: ["SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"],
};
export const conditionalOperator: Shape = { type: "String", enum: ["OR", "AND"] };

const comparisons = [
  "IN",
  "NULL",
  "BETWEEN",
  "LT",
  "NOT_CONTAINS",
  "EQ",
  "GT",
  "NOT_NULL",
  "NE",
  "LE",
  "BEGINS_WITH",
  "GE",
  "CONTAINS",
];

export const conditions: Shape = {
  type: "Map",
  keys: nameLimit,
  class: "Condition",
  of: {
    type: "Struct",
    class: "Condition",
    members: {
      AttributeValueList: { type: "List", of: attributeValue },
      ComparisonOperator: { type: "String", notNull: true, enum: comparisons },
    },
  },
};

export const expected: Shape = {
  type: "Map",
  keys: nameLimit,
  class: "ExpectedAttributeValue",
  of: {
    type: "Struct",
    class: "ExpectedAttributeValue",
    members: {
      AttributeValueList: { type: "List", of: attributeValue },
      ComparisonOperator: { type: "String", enum: comparisons },
      Exists: boolean,
      Value: attributeValue,
    },
  },
};

export const expressionNames: Shape = { type: "Map", class: "java.lang.String", of: string, values: nameLimit };

/** What every conditional write takes. */
export const conditionalWrite: Members = {
  ConditionalOperator: conditionalOperator,
  Expected: expected,
  ConditionExpression: string,
  ExpressionAttributeValues: expressionValues,
  ExpressionAttributeNames: expressionNames,
  ReturnConsumedCapacity: returnConsumedCapacity,
  ReturnItemCollectionMetrics: returnItemCollectionMetrics,
  ReturnValues: returnValues,
  ReturnValuesOnConditionCheckFailure: onConditionFailure,
};

function without<T extends object, K extends keyof T>(record: T, key: K): Omit<T, K> {
  const { [key]: _, ...rest } = record;
  return rest;
}
