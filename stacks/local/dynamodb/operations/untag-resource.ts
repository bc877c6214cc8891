/** UntagResource: keys that are not there are fine. */
import type { Operation } from "../context.ts";
import { noSuchArn, validation } from "../errors.ts";
import { string } from "../shapes.ts";
import { tableOfArn } from "../tags.ts";

export const untagResource: Operation = {
  members: {
    ResourceArn: { ...string, notNull: true },
    TagKeys: {
      type: "List",
      notNull: true,
      of: string,
      elements: { lengthLessThanOrEqual: 128, lengthGreaterThanOrEqual: 1 },
    },
  },
  async handle(input, context) {
    const name = tableOfArn(context, input.ResourceArn);
    if (input.TagKeys.length === 0) throw validation("Atleast one Tag Key needs to be provided as Input.");
    await context.tables.change(name, (record) => {
      if (!record) throw noSuchArn(input.ResourceArn);
      for (const key of input.TagKeys) delete record.tags[key];
      return record;
    });
    return undefined;
  },
};
