/** TagResource. */
import type { Operation } from "../context.ts";
import { noSuchArn, validation } from "../errors.ts";
import { string } from "../shapes.ts";
import { checkTags, tableOfArn, tagsShape, withTags } from "../tags.ts";

export const tagResource: Operation = {
  members: { ResourceArn: { ...string, notNull: true }, Tags: { ...tagsShape, notNull: true } },
  async handle(input, context) {
    const name = tableOfArn(context, input.ResourceArn);
    if (input.Tags.length === 0) throw validation("Atleast one Tag needs to be provided as Input.");
    checkTags(input.Tags);
    await context.tables.change(name, (record) => {
      if (!record) throw noSuchArn(input.ResourceArn);
      return withTags(record, input.Tags);
    });
    return undefined;
  },
};
