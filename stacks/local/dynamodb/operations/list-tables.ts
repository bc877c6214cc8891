/** ListTables: names in the order of their bytes, up to 100 a page. */
import type { Operation } from "../context.ts";
import { named } from "../shapes.ts";

export const listTables: Operation = {
  members: {
    Limit: { type: "Integer", greaterThanOrEqual: 1, lessThanOrEqual: 100 },
    ExclusiveStartTableName: named,
  },
  handle(input, context) {
    const after = Buffer.from(input.ExclusiveStartTableName ?? "");
    const limit = input.Limit ?? 100;
    const names = context.tables.names().filter((name) => Buffer.compare(Buffer.from(name), after) > 0);
    const page = names.slice(0, limit);
    return { TableNames: page, LastEvaluatedTableName: names.length > limit ? page.at(-1) : undefined };
  },
};
