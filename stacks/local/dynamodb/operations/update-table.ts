/** UpdateTable: billing, throughput, class, protection, and one index made or deleted, while the table is in use. */
import type { Context, Operation } from "../context.ts";
import {
  attributeDefinitions,
  checkGlobalIndexes,
  checkGlobalThroughput,
  checkStream,
  checkThroughput,
  globalIndex,
  type IndexInput,
  indexName,
  onDemandShape,
  refuseUnserved,
  sseShape,
  streamShape,
  throughputShape,
  toIndexRecord,
  tooManyIndexes,
  warmShape,
} from "../definition.ts";
import { describeTable } from "../describe.ts";
import { inUse, invalidValue, noSuchTableNamed, validation } from "../errors.ts";
import { boolean, tableName } from "../shapes.ts";
import type { AttributeDefinition, IndexRecord, TableRecord, Throughput } from "../table-record.ts";
import { tableClass } from "./create-table.ts";

const struct = (name: string, members: object) => ({ type: "Struct", class: name, members }) as const;

export const updateTable: Operation = {
  members: {
    TableName: tableName,
    AttributeDefinitions: attributeDefinitions,
    ProvisionedThroughput: throughputShape,
    BillingMode: { type: "String", enum: ["PROVISIONED", "PAY_PER_REQUEST"] },
    GlobalSecondaryIndexUpdates: {
      type: "List",
      of: struct("GlobalSecondaryIndexUpdate", {
        Update: struct("UpdateGlobalSecondaryIndexAction", {
          IndexName: indexName,
          ProvisionedThroughput: throughputShape,
          OnDemandThroughput: onDemandShape,
          WarmThroughput: warmShape,
        }),
        Create: struct("CreateGlobalSecondaryIndexAction", globalIndex),
        Delete: struct("DeleteGlobalSecondaryIndexAction", { IndexName: indexName }),
      }) as never,
    },
    StreamSpecification: streamShape,
    SSESpecification: sseShape,
    TableClass: tableClass,
    DeletionProtectionEnabled: boolean,
    OnDemandThroughput: onDemandShape,
    WarmThroughput: warmShape,
  },
  refused: [
    ...["DisassociationProtectionEnabled", "VectorIndexUpdates"],
    "ReplicaUpdates",
    "MultiRegionConsistency",
    "GlobalTableWitnessUpdates",
    "GlobalTableSettingsReplicationMode",
  ],
  async handle(input, context) {
    check(input);
    const before = context.tables.find(input.TableName)?.record;
    const table = await context.tables.change(input.TableName, (record, db) => {
      if (!record) throw noSuchTableNamed(input.TableName);
      changeBilling(record, input, context.now());
      changeSettings(record, input, context.now());
      if (input.StreamSpecification) changeStream(context, record, input.StreamSpecification);
      changeIndexes(context, record, input, () => context.tables.newPart(db));
      return record;
    });
    context.chores.wake();
    return { TableDescription: described(context, table!.record, before, input) };
  },
};

interface IndexUpdate {
  Update?: IndexInput;
  Create?: IndexInput;
  Delete?: { IndexName: string };
}

function check(input: any): void {
  const changes = Object.keys(input).filter((name) => name !== "TableName" && name !== "AttributeDefinitions");
  const updates: IndexUpdate[] = input.GlobalSecondaryIndexUpdates ?? [];
  if (changes.length === 0 || (changes.join() === "GlobalSecondaryIndexUpdates" && updates.length === 0))
    throw validation(
      "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required",
    );
  refuseUnserved(input);
  checkStream(input.StreamSpecification);
  if (input.BillingMode === "PROVISIONED" && !input.ProvisionedThroughput)
    throw invalidValue("ProvisionedThroughput must be specified when BillingMode is PROVISIONED");
  if (input.ProvisionedThroughput) checkThroughput(input.BillingMode ?? "PROVISIONED", input.ProvisionedThroughput);
  const seen = new Set<string>();
  for (const update of updates) {
    const name = (update.Update ?? update.Create ?? update.Delete)?.IndexName;
    if (name === undefined)
      throw invalidValue(
        "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete must not be null",
      );
    if (seen.has(name))
      throw invalidValue(`Only one global secondary index update per index is allowed simultaneously. Index: ${name}`);
    seen.add(name);
  }
  if (updates.filter(({ Create, Delete }) => Create ?? Delete).length > 1) throw tooManyIndexes();
}

function changeBilling(record: TableRecord, input: any, now: number): void {
  const mode = input.BillingMode ?? record.billingMode;
  if (mode === "PAY_PER_REQUEST" && input.ProvisionedThroughput)
    throw invalidValue(
      "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST",
    );
  const switched = mode !== record.billingMode;
  record.billingMode = mode;
  if (switched && mode === "PAY_PER_REQUEST") {
    record.onDemandSince = now / 1000;
    for (const { throughput } of [record, ...record.indexes]) Object.assign(throughput, { read: 0, write: 0 });
  }
  if (switched && mode === "PROVISIONED") checkIndexThroughputs(record, input);
  if (input.ProvisionedThroughput) {
    const { ReadCapacityUnits: read, WriteCapacityUnits: write } = input.ProvisionedThroughput;
    if (!switched && read === record.throughput.read && write === record.throughput.write && soleChange(input))
      throw validation(
        `The provisioned throughput for the table will not change. The requested value equals the current value. Current ReadCapacityUnits provisioned for the table: ${read}. Requested ReadCapacityUnits: ${read}. Current WriteCapacityUnits provisioned for the table: ${write}. Requested WriteCapacityUnits: ${write}. Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.`,
      );
    setThroughput(record.throughput, read, write, now);
  }
}

const soleChange = (input: any): boolean =>
  Object.keys(input).every((name) => ["TableName", "ProvisionedThroughput", "BillingMode"].includes(name));

function checkIndexThroughputs(record: TableRecord, input: any): void {
  const updates: IndexUpdate[] = input.GlobalSecondaryIndexUpdates ?? [];
  const missing = record.indexes.filter(
    ({ kind, name }) =>
      kind === "global" &&
      !updates.some(({ Update, Delete }) => Update?.IndexName === name || Delete?.IndexName === name),
  );
  if (missing.length > 0)
    throw invalidValue(
      `ProvisionedThroughput must be specified for index: ${missing.map(({ name }) => name).join(",")}`,
    );
}

function setThroughput(throughput: Throughput, read: number, write: number, now: number): void {
  if (read > throughput.read || write > throughput.write) throughput.lastIncrease = now / 1000;
  if (read < throughput.read || write < throughput.write) {
    throughput.lastDecrease = now / 1000;
    throughput.decreasesToday += 1;
  }
  throughput.read = read;
  throughput.write = write;
}

function changeSettings(record: TableRecord, input: any, now: number): void {
  if (input.TableClass) record.tableClass = { name: input.TableClass, changedAt: now / 1000 };
  if (input.DeletionProtectionEnabled !== undefined) record.deletionProtection = input.DeletionProtectionEnabled;
  if (input.OnDemandThroughput) record.onDemand = input.OnDemandThroughput;
  if (input.WarmThroughput) record.warm = input.WarmThroughput;
}

/** Another view is another stream: the one before must be disabled first. */
function changeStream({ streams }: Context, record: TableRecord, given: any): void {
  const { stream } = record;
  if (given.StreamEnabled) {
    if (stream?.enabled) throw validation(`Table already has an enabled stream: TableName: ${record.name}`);
    record.stream = streams.open(record.name, record.keySchema, given.StreamViewType);
    return;
  }
  if (!stream?.enabled) throw validation(`Table has no stream to disable: TableName: ${record.name}`);
  streams.close(stream.id);
  record.stream = { ...stream, enabled: false };
}

function changeIndexes(context: Context, record: TableRecord, input: any, newPart: () => number): void {
  for (const { Create, Delete, Update } of (input.GlobalSecondaryIndexUpdates ?? []) as IndexUpdate[]) {
    if (Create) createIndex(record, Create, input.AttributeDefinitions, newPart);
    if (Delete) deleteIndex(context, record, Delete.IndexName);
    if (Update) updateIndex(record, Update, context.now());
  }
}

function createIndex(
  record: TableRecord,
  index: IndexInput,
  given: AttributeDefinition[] | undefined,
  newPart: () => number,
): void {
  if (record.indexes.some(({ backfilling }) => backfilling)) throw tooManyIndexes();
  if (record.indexes.some(({ name }) => name === index.IndexName))
    throw validation("Attempting to create an index which already exists");
  mergeDefinitions(record, given ?? []);
  checkGlobalIndexes([index], record.attributes, record.billingMode, new Set());
  if (record.indexes.filter(({ kind }) => kind === "global").length >= 20)
    throw invalidValue("GlobalSecondaryIndex count exceeds the per-table limit of 20");
  record.indexes.push(toIndexRecord(index, "global", newPart(), true));
}

function mergeDefinitions(record: TableRecord, given: AttributeDefinition[]): void {
  for (const one of given) {
    const known = record.attributes.find(({ AttributeName }) => AttributeName === one.AttributeName);
    if (!known) record.attributes.push(one);
    else if (known.AttributeType !== one.AttributeType)
      throw validation(
        `The new attribute definition for ${one.AttributeName} does not match the type of the existing one`,
      );
  }
}

function deleteIndex({ cloud }: Context, record: TableRecord, name: string): void {
  const index = findIndex(record, name);
  record.indexes = record.indexes.filter((other) => other !== index);
  const used = new Set(
    [record, ...record.indexes].flatMap(({ keySchema }) => keySchema.map(({ AttributeName }) => AttributeName)),
  );
  record.attributes = record.attributes.filter(({ AttributeName }) => used.has(AttributeName));
  cloud.store.db.prepare("UPDATE dynamodb_parts SET trash = 1 WHERE part = ?").run(index.part);
}

function findIndex(record: TableRecord, name: string): IndexRecord {
  const index = record.indexes.find((one) => one.kind === "global" && one.name === name);
  if (!index) throw validation(`Cannot do operations on a non-existent index: ${name}`);
  if (index.backfilling)
    throw inUse(`Attempt to change a resource which is still in use: Index is being created: ${name}`);
  return index;
}

function updateIndex(record: TableRecord, update: IndexInput, now: number): void {
  const index = findIndex(record, update.IndexName);
  if (update.ProvisionedThroughput) {
    checkGlobalThroughput(update, record.billingMode);
    const { ReadCapacityUnits: read, WriteCapacityUnits: write } = update.ProvisionedThroughput;
    setThroughput(index.throughput, read, write, now);
  }
  if (update.OnDemandThroughput) index.onDemand = update.OnDemandThroughput;
  if (update.WarmThroughput) index.warm = update.WarmThroughput;
}

/** The answer shows what goes on: UPDATING, and the index that comes or goes. */
function described(context: Context, record: TableRecord, before: TableRecord | undefined, input: any) {
  const updates: IndexUpdate[] = input.GlobalSecondaryIndexUpdates ?? [];
  const gone = updates.find(({ Delete }) => Delete)?.Delete?.IndexName;
  const leaving = before?.indexes.filter(({ name, kind }) => kind === "global" && name === gone) ?? [];
  const updated = new Set(updates.map(({ Update }) => Update?.IndexName));
  return describeTable(context, { ...record, indexes: [...record.indexes, ...leaving] }, "UPDATING", ({ name }) =>
    name === gone ? "DELETING" : updated.has(name) ? "UPDATING" : undefined,
  );
}
