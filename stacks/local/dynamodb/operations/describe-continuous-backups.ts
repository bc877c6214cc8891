/** DescribeContinuousBackups: what UpdateContinuousBackups kept; it says there what that means here. */
import type { Context, Operation } from "../context.ts";
import { noSuchTableNamed } from "../errors.ts";
import { tableName } from "../shapes.ts";
import type { TableRecord } from "../table-record.ts";

export const describeContinuousBackups: Operation = {
  members: { TableName: tableName },
  handle(input, context) {
    return { ContinuousBackupsDescription: describeRecovery(find(context, input.TableName)) };
  },
};

function find({ tables }: Context, name: string): TableRecord {
  const table = tables.find(name);
  if (!table) throw noSuchTableNamed(name);
  return table.record;
}

export function describeRecovery({ recovery }: TableRecord): Record<string, unknown> {
  return {
    ContinuousBackupsStatus: "ENABLED",
    PointInTimeRecoveryDescription: {
      PointInTimeRecoveryStatus: recovery.enabled ? "ENABLED" : "DISABLED",
      ...(recovery.enabled && { RecoveryPeriodInDays: recovery.days }),
    },
  };
}
