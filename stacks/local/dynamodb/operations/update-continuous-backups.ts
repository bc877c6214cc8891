/**
 * UpdateContinuousBackups. Gap: the setting is kept and shown, so that a stack that asks for it deploys here as on AWS,
 * but no history is kept: no restorable times are shown, and RestoreTableToPointInTime is refused.
 */
import type { Operation } from "../context.ts";
import { noSuchTableNamed } from "../errors.ts";
import { boolean, tableName } from "../shapes.ts";
import { describeRecovery } from "./describe-continuous-backups.ts";

export const updateContinuousBackups: Operation = {
  members: {
    TableName: tableName,
    PointInTimeRecoverySpecification: {
      type: "Struct",
      class: "PointInTimeRecoverySpecification",
      notNull: true,
      members: {
        PointInTimeRecoveryEnabled: { ...boolean, notNull: true },
        RecoveryPeriodInDays: { type: "Integer", greaterThanOrEqual: 1, lessThanOrEqual: 35 },
      },
    },
  },
  async handle(input, context) {
    const wanted = input.PointInTimeRecoverySpecification;
    const table = await context.tables.change(input.TableName, (record) => {
      if (!record) throw noSuchTableNamed(input.TableName);
      record.recovery = { enabled: wanted.PointInTimeRecoveryEnabled, days: wanted.RecoveryPeriodInDays ?? 35 };
      return record;
    });
    return { ContinuousBackupsDescription: describeRecovery(table!.record) };
  },
};
