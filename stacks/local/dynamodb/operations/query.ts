/** Query: the items of one partition of a table or index, in order. */
import type { Operation } from "../context.ts";
import { validation } from "../errors.ts";
import { keyRange, meets } from "../key-conditions.ts";
import { partitionBytes } from "../keys.ts";
import { checkParameters } from "../parameters.ts";
import { checkFilterNames, checkStartKey, readPage, selectionOf, sourceOf, startOf } from "../reads.ts";
import {
  attributeNames,
  attributes,
  boolean,
  conditionalOperator,
  conditions,
  expressionNames,
  expressionValues,
  named,
  returnConsumedCapacity,
  select,
  string,
  tableName,
} from "../shapes.ts";

export const query: Operation = {
  members: {
    Select: select,
    IndexName: named,
    ReturnConsumedCapacity: returnConsumedCapacity,
    QueryFilter: conditions,
    TableName: tableName,
    ConditionalOperator: conditionalOperator,
    AttributesToGet: attributeNames,
    Limit: { type: "Integer", greaterThanOrEqual: 1 },
    KeyConditions: conditions,
    ExclusiveStartKey: attributes,
    ConsistentRead: boolean,
    ScanIndexForward: boolean,
    KeyConditionExpression: string,
    FilterExpression: string,
    ProjectionExpression: string,
    ExpressionAttributeValues: expressionValues,
    ExpressionAttributeNames: expressionNames,
  },
  handle(input, context) {
    checkParameters(
      input,
      ["ProjectionExpression", "FilterExpression", "KeyConditionExpression"],
      ["AttributesToGet", "QueryFilter", "ConditionalOperator", "KeyConditions"],
    );
    checkStartKey(input.ExclusiveStartKey);
    if (input.KeyConditions === undefined && input.KeyConditionExpression === undefined)
      throw validation(
        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.",
      );
    const source = sourceOf(context, input);
    const selection = selectionOf(input, source);
    const range = keyRange(source.plan, selection.parsed.keyConditions!);
    const pk = partitionBytes(range.hash);
    const start = startOf(source, input.ExclusiveStartKey, true);
    if (start) {
      const outside = !start.pk.equals(pk);
      if (range.last && !meets(range.last.condition, input.ExclusiveStartKey, range.last.part))
        throw validation("The provided starting key does not match the range key predicate");
      if (outside)
        throw validation("The provided starting key is outside query boundaries based on provided conditions");
    }
    checkFilterNames(source, selection.parsed);
    const rows = context.items.query(source.part, pk, range.sk, start, input.ScanIndexForward !== false);
    return readPage(context, input, source, selection, rows);
  },
};
