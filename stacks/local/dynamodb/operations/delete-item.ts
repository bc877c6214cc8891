/** DeleteItem: removes an item; a missing one is fine. */
import type { Operation } from "../context.ts";
import { conditionalWrite, requiredAttributes, tableName } from "../shapes.ts";
import { checkReturnsOld, oldIfAsked, writeAlone } from "../single-writes.ts";
import { prepareDelete } from "../writes.ts";

export const deleteItem: Operation = {
  members: { TableName: tableName, Key: requiredAttributes, ...conditionalWrite },
  async handle(input, context) {
    checkReturnsOld(input);
    return writeAlone(context, input, prepareDelete(context, input), oldIfAsked(input));
  },
};
