/** DeleteItem: removes an item; a missing one is fine. */
import { collectionMetrics, consumed, unitsOfWrite, wanted } from "../capacity.ts";
import type { Operation } from "../context.ts";
import { validation } from "../errors.ts";
import { conditionalWrite, requiredAttributes, tableName } from "../shapes.ts";
import { carryOut, prepareDelete } from "../writes.ts";

export const deleteItem: Operation = {
  members: { TableName: tableName, Key: requiredAttributes, ...conditionalWrite },
  async handle(input, context) {
    if (input.ReturnValues && input.ReturnValues !== "ALL_OLD" && input.ReturnValues !== "NONE")
      throw validation("ReturnValues can only be ALL_OLD or NONE");
    const write = prepareDelete(context, input);
    return context.cloud.store.write(() => {
      const { old } = carryOut(context, write);
      const mode = input.ReturnConsumedCapacity;
      return {
        Attributes: input.ReturnValues === "ALL_OLD" ? old?.item() : undefined,
        ConsumedCapacity: wanted(mode)
          ? consumed(write.table, mode, unitsOfWrite(write.table, old, undefined))
          : undefined,
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
