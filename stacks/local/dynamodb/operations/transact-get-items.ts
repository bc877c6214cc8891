/** TransactGetItems: up to 100 items as they were at one moment. */
import { consumed, readUnits, type Units, wanted } from "../capacity.ts";
import type { Operation } from "../context.ts";
import { validation } from "../errors.ts";
import { projector } from "../expressions/projection.ts";
import { checkKey, keyBytes } from "../keys.ts";
import { checkParameters, parseParameters } from "../parameters.ts";
import type { Table } from "../records.ts";
import { expressionNames, requiredAttributes, returnConsumedCapacity, string, tableName } from "../shapes.ts";
import { checkItemValues } from "../value.ts";
import { checkScalarKeys } from "../writes.ts";

export const transactGetItems: Operation = {
  members: {
    ReturnConsumedCapacity: returnConsumedCapacity,
    TransactItems: {
      type: "List",
      notNull: true,
      lengthGreaterThanOrEqual: 1,
      lengthLessThanOrEqual: 100,
      of: {
        type: "Struct",
        class: "TransactGetItem",
        members: {
          Get: {
            type: "Struct",
            class: "Get",
            notNull: true,
            members: {
              Key: requiredAttributes,
              TableName: tableName,
              ProjectionExpression: string,
              ExpressionAttributeNames: expressionNames,
            },
          },
        },
      },
    },
  },
  handle(input, context) {
    const seen = new Set<string>();
    const units = new Map<Table, Units>();
    const responses = input.TransactItems.map(({ Get: get }: any) => {
      checkParameters(get, ["ProjectionExpression"], []);
      checkItemValues(get.Key);
      const { projection } = parseParameters(get);
      const table = context.tables.get(get.TableName);
      checkKey(table.plan, get.Key);
      if (projection) checkScalarKeys(table, projection);
      const key = keyBytes(table.plan, get.Key);
      const text = `${table.record.part}/${key.pk.toString("hex")}/${key.sk.toString("hex")}`;
      if (seen.has(text)) throw validation("Transaction request cannot include multiple operations on one item");
      seen.add(text);
      const found = context.items.read(table.record.part, key);
      const sum = units.get(table) ?? { table: 0, indexes: new Map() };
      units.set(table, sum);
      sum.table += readUnits(found?.size ?? 0, true);
      return found ? { Item: projection ? projector(projection)(found.item()) : found.item() } : {};
    });
    const mode = input.ReturnConsumedCapacity;
    return {
      Responses: responses,
      ConsumedCapacity: wanted(mode)
        ? [...units].map(([table, sum]) => consumed(table, mode, sum, "ReadCapacityUnits"))
        : undefined,
    };
  },
};
