/** DescribeTimeToLive: ENABLING until items from before are known to the sweeper. */
import type { Operation } from "../context.ts";
import { noSuchTableNamed } from "../errors.ts";
import { tableName } from "../shapes.ts";

export const describeTimeToLive: Operation = {
  members: { TableName: tableName },
  handle(input, context) {
    const table = context.tables.find(input.TableName);
    if (!table) throw noSuchTableNamed(input.TableName);
    const { ttl } = table.record;
    return {
      TimeToLiveDescription: ttl
        ? { TimeToLiveStatus: ttl.filling ? "ENABLING" : "ENABLED", AttributeName: ttl.attribute }
        : { TimeToLiveStatus: "DISABLED" },
    };
  },
};
