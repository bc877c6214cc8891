/** TableDescription as AWS answers it. Counts are exact, where AWS's are six hours old. */
import type { Context } from "./context.ts";
import type { IndexRecord, TableRecord, Throughput } from "./table-record.ts";

export type TableStatus = "CREATING" | "UPDATING" | "DELETING" | "ACTIVE";

/**
 * `status` is what the caller's answer says of this moment; a table has settled by the time the answer is read.
 * `indexStatus` does the same for single indexes.
 */
export function describeTable(
  { tables, items }: Context,
  record: TableRecord,
  status: TableStatus = "ACTIVE",
  indexStatus: (index: IndexRecord) => TableStatus | undefined = () => undefined,
): Record<string, unknown> {
  const arn = tables.arn(record.name);
  const count = items.count(record.part);
  const describeIndex = (index: IndexRecord): Record<string, unknown> =>
    describeOneIndex(index, arn, items.count(index.part), indexStatus(index));
  const globals = record.indexes.filter(({ kind }) => kind === "global").map(describeIndex);
  const locals = record.indexes.filter(({ kind }) => kind === "local").map(describeIndex);
  const since = record.onDemandSince;
  return {
    AttributeDefinitions: record.attributes,
    TableName: record.name,
    KeySchema: record.keySchema,
    TableStatus: status,
    CreationDateTime: record.createdAt / 1000,
    ProvisionedThroughput: describeThroughput(record.throughput),
    TableSizeBytes: count.bytes,
    ItemCount: count.items,
    TableArn: arn,
    TableId: record.id,
    ...(since !== undefined && {
      BillingModeSummary: { BillingMode: record.billingMode, LastUpdateToPayPerRequestDateTime: since },
    }),
    ...(locals.length > 0 && { LocalSecondaryIndexes: locals }),
    ...(globals.length > 0 && { GlobalSecondaryIndexes: globals }),
    ...(record.tableClass && {
      TableClassSummary: {
        TableClass: record.tableClass.name,
        ...(record.tableClass.changedAt !== undefined && { LastUpdateDateTime: record.tableClass.changedAt }),
      },
    }),
    DeletionProtectionEnabled: record.deletionProtection,
    ...describeStream(record, arn),
    ...(record.onDemand && { OnDemandThroughput: record.onDemand }),
    WarmThroughput: warm(record.warm, record.throughput, record.billingMode),
  };
}

/** A disabled stream is named on, but is no setting any more. */
function describeStream({ stream }: TableRecord, tableArn: string): Record<string, unknown> {
  if (!stream) return {};
  const { label, view, enabled } = stream;
  return {
    ...(enabled && { StreamSpecification: { StreamEnabled: true, StreamViewType: view } }),
    LatestStreamLabel: label,
    LatestStreamArn: `${tableArn}/stream/${label}`,
  };
}

function describeOneIndex(
  index: IndexRecord,
  tableArn: string,
  count: { items: number; bytes: number },
  status: TableStatus | undefined,
): Record<string, unknown> {
  const common = {
    IndexName: index.name,
    KeySchema: index.keySchema,
    Projection: index.projection,
    IndexSizeBytes: count.bytes,
    ItemCount: count.items,
    IndexArn: `${tableArn}/index/${index.name}`,
  };
  if (index.kind === "local") return common;
  return {
    ...common,
    IndexStatus: status ?? (index.backfilling ? "CREATING" : "ACTIVE"),
    ...(index.backfilling && { Backfilling: true }),
    ProvisionedThroughput: describeThroughput(index.throughput),
    ...(index.onDemand && { OnDemandThroughput: index.onDemand }),
    WarmThroughput: warm(index.warm, index.throughput, index.throughput.read === 0 ? "PAY_PER_REQUEST" : "PROVISIONED"),
  };
}

function describeThroughput(throughput: Throughput): Record<string, number> {
  return {
    ...(throughput.lastIncrease !== undefined && { LastIncreaseDateTime: throughput.lastIncrease }),
    ...(throughput.lastDecrease !== undefined && { LastDecreaseDateTime: throughput.lastDecrease }),
    NumberOfDecreasesToday: throughput.decreasesToday,
    ReadCapacityUnits: throughput.read,
    WriteCapacityUnits: throughput.write,
  };
}

/** AWS's floor for on-demand tables is 12,000 reads and 4,000 writes; for provisioned ones what is provisioned. */
function warm(asked: Record<string, number> | undefined, { read, write }: Throughput, mode: string): object {
  const onDemand = mode === "PAY_PER_REQUEST";
  return {
    ReadUnitsPerSecond: asked?.["ReadUnitsPerSecond"] ?? (onDemand ? 12_000 : read),
    WriteUnitsPerSecond: asked?.["WriteUnitsPerSecond"] ?? (onDemand ? 4_000 : write),
    Status: "ACTIVE",
  };
}
