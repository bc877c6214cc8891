/** UpdateItem: changes attributes of an item, or makes it. */
import type { Operation } from "../context.ts";
import { projector } from "../expressions/projection.ts";
import type { Stored } from "../items.ts";
import {
  attributeValue,
  conditionalWrite,
  expressionValues,
  nameLimit,
  requiredAttributes,
  string,
  tableName,
} from "../shapes.ts";
import { writeAlone } from "../single-writes.ts";
import type { Item } from "../value.ts";
import { prepareUpdate, type Write } from "../writes.ts";

export const updateItem: Operation = {
  members: {
    TableName: tableName,
    Key: requiredAttributes,
    AttributeUpdates: {
      type: "Map",
      class: "AttributeValueUpdate",
      keys: nameLimit,
      of: {
        type: "Struct",
        class: "AttributeValueUpdate",
        members: { Action: { type: "String", enum: ["ADD", "PUT", "DELETE"] }, Value: attributeValue },
      },
    },
    UpdateExpression: string,
    ...conditionalWrite,
    ExpressionAttributeValues: expressionValues,
  },
  async handle(input, context) {
    const write = prepareUpdate(context, input);
    return writeAlone(context, input, write, (old, next) => returned(input.ReturnValues, write, old, next));
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
