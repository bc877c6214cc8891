/** DeleteTable: gone from the catalogue at once, durably; its items are removed in slices afterwards. */
import type { Operation } from "../context.ts";
import { describeTable } from "../describe.ts";
import { noSuchTableNamed, validation } from "../errors.ts";
import { tableName } from "../shapes.ts";
import type { TableRecord } from "../table-record.ts";

export const deleteTable: Operation = {
  members: { TableName: tableName },
  async handle(input, context) {
    const trash = context.cloud.store.db.prepare("UPDATE dynamodb_parts SET trash = 1 WHERE part = ?");
    let gone: TableRecord | undefined;
    await context.tables.change(input.TableName, (record) => {
      if (!record) throw noSuchTableNamed(input.TableName);
      if (record.deletionProtection)
        throw validation(
          `Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.`,
        );
      for (const { part } of [record, ...record.indexes]) trash.run(part);
      if (record.stream?.enabled) context.streams.close(record.stream.id);
      gone = record;
      return undefined;
    });
    context.chores.wake();
    return { TableDescription: describeTable(context, gone!, "DELETING", () => "DELETING") };
  },
};
