/** UpdateTimeToLive: items are deleted within seconds of their time, where AWS takes up to days. */
import type { Operation } from "../context.ts";
import { noSuchTableNamed, validation } from "../errors.ts";
import { tableName } from "../shapes.ts";

export const updateTimeToLive: Operation = {
  members: {
    TableName: tableName,
    TimeToLiveSpecification: {
      type: "Struct",
      class: "TimeToLiveSpecification",
      notNull: true,
      members: {
        Enabled: { type: "Boolean", notNull: true },
        AttributeName: { type: "String", notNull: true, lengthGreaterThanOrEqual: 1, lengthLessThanOrEqual: 255 },
      },
    },
  },
  async handle(input, context) {
    const { Enabled: enabled, AttributeName: attribute } = input.TimeToLiveSpecification;
    const trash = context.cloud.store.db.prepare("UPDATE dynamodb_parts SET trash = ? WHERE part = ?");
    await context.tables.change(input.TableName, (record) => {
      if (!record) throw noSuchTableNamed(input.TableName);
      if (enabled && record.ttl) throw validation("TimeToLive is already enabled");
      if (!enabled && !record.ttl) throw validation("TimeToLive is already disabled");
      if (!enabled && record.ttl!.attribute !== attribute)
        throw validation(
          `TimeToLive is active on a different AttributeName: current AttributeName is ${record.ttl!.attribute}`,
        );
      if (enabled) record.ttl = { attribute, filling: true };
      else delete record.ttl;
      // 2: the expiry list is to be emptied; what is left in it when it is filled again is judged item by item.
      trash.run(enabled ? 0 : 2, record.part);
      return record;
    });
    context.chores.wake();
    return { TimeToLiveSpecification: { Enabled: enabled, AttributeName: attribute } };
  },
};
