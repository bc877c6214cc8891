/** Scan: every item of a table, an index, or one segment of it, in no useful order. */
import type { Operation } from "../context.ts";
import { validation } from "../errors.ts";
import type { Range } from "../items.ts";
import { checkParameters } from "../parameters.ts";
import { checkStartKey, readPage, selectionOf, sourceOf, startOf } from "../reads.ts";
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

export const scan: Operation = {
  members: {
    Select: select,
    IndexName: named,
    ReturnConsumedCapacity: returnConsumedCapacity,
    ScanFilter: conditions,
    TableName: tableName,
    ConditionalOperator: conditionalOperator,
    AttributesToGet: attributeNames,
    Limit: { type: "Integer", greaterThanOrEqual: 1 },
    Segment: { type: "Integer", greaterThanOrEqual: 0, lessThanOrEqual: 999_999 },
    TotalSegments: { type: "Integer", greaterThanOrEqual: 1, lessThanOrEqual: 1_000_000 },
    ExclusiveStartKey: attributes,
    ConsistentRead: boolean,
    FilterExpression: string,
    ProjectionExpression: string,
    ExpressionAttributeValues: expressionValues,
    ExpressionAttributeNames: expressionNames,
  },
  handle(input, context) {
    checkParameters(
      input,
      ["ProjectionExpression", "FilterExpression"],
      ["AttributesToGet", "ScanFilter", "ConditionalOperator"],
    );
    checkStartKey(input.ExclusiveStartKey);
    checkSegments(input.Segment, input.TotalSegments);
    const source = sourceOf(context, input);
    const selection = selectionOf(input, source);
    const start = startOf(source, input.ExclusiveStartKey, false);
    const range = segmentRange(input.Segment ?? 0, input.TotalSegments ?? 1);
    if (start && (start.pk.compare(range.from) < 0 || (range.to && start.pk.compare(range.to) >= 0)))
      throw validation(
        `The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. TotalSegments: ${input.TotalSegments} Segment: ${input.Segment}`,
      );
    return readPage(context, input, source, selection, context.items.scan(source.part, range, start));
  },
};

function checkSegments(segment: number | undefined, total: number | undefined): void {
  if (segment !== undefined && total === undefined)
    throw validation(
      "The TotalSegments parameter is required but was not present in the request when Segment parameter is present",
    );
  if (total !== undefined && segment === undefined)
    throw validation(
      "The Segment parameter is required but was not present in the request when parameter TotalSegments is present",
    );
  if (segment !== undefined && segment >= total!)
    throw validation(
      `The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: ${segment} is not less than TotalSegments: ${total}`,
    );
}

/** Partitions begin with four bytes of hash; a segment is an even share of them. */
function segmentRange(segment: number, total: number): Range {
  const bound = (at: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(Math.floor((2 ** 32 * at) / total));
    return bytes;
  };
  return { from: bound(segment), to: segment + 1 === total ? undefined : bound(segment + 1) };
}
