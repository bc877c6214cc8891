/** DescribeTable. */
import type { Operation } from "../context.ts";
import { describeTable as describe } from "../describe.ts";
import { noSuchTableNamed } from "../errors.ts";
import { tableName } from "../shapes.ts";

export const describeTable: Operation = {
  members: { TableName: tableName },
  handle(input, context) {
    const table = context.tables.find(input.TableName);
    if (!table) throw noSuchTableNamed(input.TableName);
    return { Table: describe(context, table.record) };
  },
};
