/** ListTagsOfResource: all at once; a table has at most 50. */
import type { Operation } from "../context.ts";
import { string } from "../shapes.ts";
import { tableOfArn } from "../tags.ts";

export const listTagsOfResource: Operation = {
  members: { ResourceArn: { ...string, notNull: true }, NextToken: string },
  handle(input, context) {
    const { record } = context.tables.get(tableOfArn(context, input.ResourceArn));
    return { Tags: Object.entries(record.tags).map(([Key, Value]) => ({ Key, Value })) };
  },
};
