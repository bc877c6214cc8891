/** GetItem: reads one item. */
import { JsonText } from "../../protocols/aws-json.ts";
import { consumed, readUnits, wanted } from "../capacity.ts";
import type { Operation } from "../context.ts";
import { projector } from "../expressions/projection.ts";
import { checkKey, keyBytes } from "../keys.ts";
import { checkParameters, parseParameters } from "../parameters.ts";
import {
  attributeNames,
  boolean,
  expressionNames,
  requiredAttributes,
  returnConsumedCapacity,
  string,
  tableName,
} from "../shapes.ts";
import { checkItemValues } from "../value.ts";
import { checkScalarKeys } from "../writes.ts";

export const getItem: Operation = {
  members: {
    TableName: tableName,
    Key: requiredAttributes,
    AttributesToGet: attributeNames,
    ConsistentRead: boolean,
    ReturnConsumedCapacity: returnConsumedCapacity,
    ProjectionExpression: string,
    ExpressionAttributeNames: expressionNames,
  },
  handle(input, context) {
    checkParameters(input, ["ProjectionExpression"], ["AttributesToGet"]);
    checkItemValues(input.Key);
    const { projection } = parseParameters(input);
    const table = context.tables.get(input.TableName);
    checkKey(table.plan, input.Key);
    if (projection) checkScalarKeys(table, projection);
    const found = context.items.read(table.record.part, keyBytes(table.plan, input.Key));
    const mode = input.ReturnConsumedCapacity;
    if (found && !projection && !wanted(mode)) return new JsonText(`{"Item":${found.text}}`);
    return {
      Item: found && (projection ? projector(projection)(found.item()) : found.item()),
      ConsumedCapacity: wanted(mode)
        ? consumed(table, mode, {
            table: readUnits(found?.size ?? 0, input.ConsistentRead === true),
            indexes: new Map(),
          })
        : undefined,
    };
  },
};
