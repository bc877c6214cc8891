/** PutItem: writes a whole item. */
import { collectionMetrics, consumed, unitsOfWrite, wanted } from "../capacity.ts";
import type { Operation } from "../context.ts";
import { validation } from "../errors.ts";
import { conditionalWrite, requiredAttributes, tableName } from "../shapes.ts";
import { carryOut, preparePut } from "../writes.ts";

export const putItem: Operation = {
  members: { TableName: tableName, Item: requiredAttributes, ...conditionalWrite },
  async handle(input, context) {
    if (input.ReturnValues && input.ReturnValues !== "ALL_OLD" && input.ReturnValues !== "NONE")
      throw validation("ReturnValues can only be ALL_OLD or NONE");
    const write = preparePut(context, input);
    return context.cloud.store.write(() => {
      const { old, next } = carryOut(context, write);
      const mode = input.ReturnConsumedCapacity;
      return {
        Attributes: input.ReturnValues === "ALL_OLD" ? old?.item() : undefined,
        ConsumedCapacity: wanted(mode) ? consumed(write.table, mode, unitsOfWrite(write.table, old, next)) : undefined,
        ItemCollectionMetrics: collectionMetrics(
          context,
          write.table,
          input.ReturnItemCollectionMetrics,
          write.keyItem,
          write.key,
        ),
      };
    });
  },
};
