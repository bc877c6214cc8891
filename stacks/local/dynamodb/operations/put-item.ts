/** PutItem: writes a whole item. */
import type { Operation } from "../context.ts";
import { conditionalWrite, requiredAttributes, tableName } from "../shapes.ts";
import { checkReturnsOld, oldIfAsked, writeAlone } from "../single-writes.ts";
import { preparePut } from "../writes.ts";

export const putItem: Operation = {
  members: { TableName: tableName, Item: requiredAttributes, ...conditionalWrite },
  async handle(input, context) {
    checkReturnsOld(input);
    return writeAlone(context, input, preparePut(context, input), oldIfAsked(input));
  },
};
