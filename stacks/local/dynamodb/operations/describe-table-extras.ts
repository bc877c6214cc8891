/**
 * What providers read of every table and nobody can switch on here: Kinesis destinations, contributor insights,
 * replica scaling. Their setters are unknown operations.
 */
import type { Context, Operation } from "../context.ts";
import { noSuchTableNamed, validation } from "../errors.ts";
import { named, tableName } from "../shapes.ts";
import type { TableRecord } from "../table-record.ts";

function find({ tables }: Context, name: string): TableRecord {
  const table = tables.find(name);
  if (!table) throw noSuchTableNamed(name);
  return table.record;
}

export const describeKinesisStreamingDestination: Operation = {
  members: { TableName: tableName },
  handle(input, context) {
    const { name } = find(context, input.TableName);
    return { TableName: name, KinesisDataStreamDestinations: [] };
  },
};

export const describeContributorInsights: Operation = {
  members: { TableName: tableName, IndexName: named },
  handle(input, context) {
    const { name, indexes } = find(context, input.TableName);
    if (input.IndexName !== undefined && !indexes.some((index) => index.name === input.IndexName))
      throw validation(`The table does not have the specified index: ${input.IndexName}`);
    return { TableName: name, IndexName: input.IndexName, ContributorInsightsStatus: "DISABLED" };
  },
};
