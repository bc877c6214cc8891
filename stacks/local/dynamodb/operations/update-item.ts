/** UpdateItem: changes attributes of an item, or makes it. */
import { collectionMetrics, consumed, unitsOfWrite, wanted } from "../capacity.ts";
import type { Operation } from "../context.ts";
import { projector } from "../expressions/projection.ts";
import type { Stored } from "../items.ts";
import { attributes, attributeValue, conditionalWrite, requiredAttributes, string, tableName } from "../shapes.ts";
import type { Item } from "../value.ts";
import { carryOut, prepareUpdate, type Write } from "../writes.ts";

export const updateItem: Operation = {
  members: {
    TableName: tableName,
    Key: requiredAttributes,
    AttributeUpdates: {
      type: "Map",
      class: "AttributeValueUpdate",
      of: {
        type: "Struct",
        class: "AttributeValueUpdate",
        members: { Action: { type: "String", enum: ["ADD", "PUT", "DELETE"] }, Value: attributeValue },
      },
    },
    UpdateExpression: string,
    ...conditionalWrite,
    ExpressionAttributeValues: attributes,
  },
  async handle(input, context) {
    const write = prepareUpdate(context, input);
    return context.cloud.store.write(() => {
      const { old, next } = carryOut(context, write);
      const mode = input.ReturnConsumedCapacity;
      return {
        Attributes: returned(input.ReturnValues, write, old, next),
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

function returned(
  which: string | undefined,
  write: Write,
  old: Stored | undefined,
  next: Stored | undefined,
): Item | undefined {
  if (which === "ALL_OLD") return old?.item();
  if (which === "ALL_NEW") return next?.item();
  const of = which === "UPDATED_OLD" ? old : which === "UPDATED_NEW" ? next : undefined;
  const cut = of && write.paths!.length > 0 ? projector(write.paths!)(of.item()) : undefined;
  return cut && Object.keys(cut).length > 0 ? cut : undefined;
}
