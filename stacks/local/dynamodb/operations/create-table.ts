/** CreateTable. The table is there when the answer is; the answer says CREATING, as clients expect. */
import { randomUUID } from "node:crypto";
import type { Operation } from "../context.ts";
import {
  attributeDefinitions,
  checkGlobalIndexes,
  checkLocalIndexes,
  checkNoSpareAttributes,
  checkStream,
  checkTableKeys,
  checkThroughput,
  globalIndex,
  type IndexInput,
  keySchema,
  localIndex,
  onDemandShape,
  refuseUnserved,
  sseShape,
  streamShape,
  throughputShape,
  toIndexRecord,
  toThroughput,
  warmShape,
} from "../definition.ts";
import { describeTable } from "../describe.ts";
import { tableExists } from "../errors.ts";
import { boolean, tableName } from "../shapes.ts";
import type { TableRecord } from "../table-record.ts";
import { checkTags, tagsShape } from "../tags.ts";

export const tableClass = { type: "String", enum: ["STANDARD", "STANDARD_INFREQUENT_ACCESS"] } as const;

export const createTable: Operation = {
  members: {
    AttributeDefinitions: { ...attributeDefinitions, notNull: true },
    TableName: tableName,
    BillingMode: { type: "String", enum: ["PROVISIONED", "PAY_PER_REQUEST"] },
    ProvisionedThroughput: throughputShape,
    KeySchema: keySchema(2),
    LocalSecondaryIndexes: {
      type: "List",
      of: { type: "Struct", class: "LocalSecondaryIndex", members: localIndex },
    },
    GlobalSecondaryIndexes: {
      type: "List",
      of: { type: "Struct", class: "GlobalSecondaryIndex", members: globalIndex },
    },
    StreamSpecification: streamShape,
    SSESpecification: sseShape,
    TableClass: tableClass,
    DeletionProtectionEnabled: boolean,
    OnDemandThroughput: onDemandShape,
    WarmThroughput: warmShape,
    Tags: tagsShape,
  },
  refused: ["VectorIndexes", "ResourcePolicy", "GlobalTableSourceArn", "GlobalTableSettingsReplicationMode"],
  async handle(input, context) {
    check(input);
    const table = await context.tables.change(input.TableName, (existing, db) => {
      if (existing) throw tableExists(input.TableName);
      const record = recordOf(input, context.now(), () => context.tables.newPart(db));
      const { StreamEnabled: streams, StreamViewType: view } = input.StreamSpecification ?? {};
      if (streams) record.stream = context.streams.open(record.name, record.keySchema, view);
      return record;
    });
    return { TableDescription: describeTable(context, table!.record, "CREATING", () => "CREATING") };
  },
};

function check(input: any): void {
  const { AttributeDefinitions: definitions, KeySchema: schema } = input;
  const mode = input.BillingMode ?? "PROVISIONED";
  refuseUnserved(input);
  checkStream(input.StreamSpecification);
  checkThroughput(mode, input.ProvisionedThroughput);
  checkTableKeys(schema, definitions);
  const locals: IndexInput[] | undefined = input.LocalSecondaryIndexes;
  const globals: IndexInput[] | undefined = input.GlobalSecondaryIndexes;
  if (!locals && !globals) checkNoSpareAttributes(definitions, schema, []);
  const seen = new Set<string>();
  if (locals) checkLocalIndexes(locals, schema, definitions, seen);
  if (globals) checkGlobalIndexes(globals, definitions, mode, seen);
  if (locals || globals) checkNoSpareAttributes(definitions, schema, [...(locals ?? []), ...(globals ?? [])]);
  if (input.Tags) checkTags(input.Tags);
}

function recordOf(input: any, now: number, newPart: () => number): TableRecord {
  const mode = input.BillingMode ?? "PROVISIONED";
  return {
    version: 1,
    name: input.TableName,
    id: randomUUID(),
    part: newPart(),
    createdAt: now,
    attributes: input.AttributeDefinitions,
    keySchema: input.KeySchema,
    billingMode: mode,
    ...(mode === "PAY_PER_REQUEST" && { onDemandSince: now / 1000 }),
    throughput: toThroughput(input.ProvisionedThroughput),
    ...(input.OnDemandThroughput && { onDemand: input.OnDemandThroughput }),
    ...(input.WarmThroughput && { warm: input.WarmThroughput }),
    indexes: [
      ...(input.LocalSecondaryIndexes ?? []).map((index: IndexInput) =>
        toIndexRecord(index, "local", newPart(), false),
      ),
      ...(input.GlobalSecondaryIndexes ?? []).map((index: IndexInput) =>
        toIndexRecord(index, "global", newPart(), false),
      ),
    ],
    ...(input.TableClass && { tableClass: { name: input.TableClass } }),
    deletionProtection: input.DeletionProtectionEnabled === true,
    tags: Object.fromEntries((input.Tags ?? []).map(({ Key, Value }: { Key: string; Value: string }) => [Key, Value])),
    recovery: { enabled: false, days: 35 },
  };
}
