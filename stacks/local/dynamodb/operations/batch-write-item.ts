/** BatchWriteItem: up to 25 puts and deletes of several tables, all in one durable step here. */
import { addUnits, collectionMetrics, consumed, type Units, unitsOfWrite, wanted } from "../capacity.ts";
import type { Context, Operation } from "../context.ts";
import { validation } from "../errors.ts";
import type { Table } from "../records.ts";
import { requiredAttributes, returnConsumedCapacity, returnItemCollectionMetrics } from "../shapes.ts";
import { carryOut, prepareDelete, preparePut, type Write } from "../writes.ts";

const maxWrites = 25;

export const batchWriteItem: Operation = {
  members: {
    ReturnConsumedCapacity: returnConsumedCapacity,
    ReturnItemCollectionMetrics: returnItemCollectionMetrics,
    RequestItems: {
      type: "Map",
      class: "WriteRequest",
      notNull: true,
      lengthGreaterThanOrEqual: 1,
      keys: { lengthLessThanOrEqual: 255, lengthGreaterThanOrEqual: 3, regex: "[a-zA-Z0-9_.-]+" },
      values: { lengthLessThanOrEqual: maxWrites, lengthGreaterThanOrEqual: 1 },
      of: {
        type: "List",
        of: {
          type: "Struct",
          class: "WriteRequest",
          members: {
            DeleteRequest: { type: "Struct", class: "DeleteRequest", members: { Key: requiredAttributes } },
            PutRequest: { type: "Struct", class: "PutRequest", members: { Item: requiredAttributes } },
          },
        },
      },
    },
  },
  async handle(input, context) {
    const all = Object.entries<any[]>(input.RequestItems);
    if (all.reduce((sum, [, requests]) => sum + requests.length, 0) > maxWrites)
      throw validation("Too many items requested for the BatchWriteItem call");
    const writes = all.flatMap(([name, requests]) => requests.map((request) => prepare(context, name, request)));
    checkDistinct(writes);
    return context.write(() => carryOutAll(context, input, writes));
  },
};

function prepare(context: Context, TableName: string, { PutRequest: put, DeleteRequest: remove }: any): Write {
  if (put && remove)
    throw validation(
      "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes",
    );
  if (put) return preparePut(context, { TableName, Item: put.Item });
  if (remove) return prepareDelete(context, { TableName, Key: remove.Key });
  throw validation(
    "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes",
  );
}

function checkDistinct(writes: Write[]): void {
  const seen = new Set<string>();
  for (const { table, key } of writes) {
    const text = `${table.record.part}/${key.pk.toString("hex")}/${key.sk.toString("hex")}`;
    if (seen.has(text)) throw validation("Provided list of item keys contains duplicates");
    seen.add(text);
  }
}

function carryOutAll(context: Context, input: any, writes: Write[]) {
  const units = new Map<Table, Units>();
  for (const write of writes) {
    const { old, next } = carryOut(context, write);
    if (!wanted(input.ReturnConsumedCapacity)) continue;
    const sum = units.get(write.table) ?? { table: 0, indexes: new Map() };
    units.set(write.table, sum);
    addUnits(sum, unitsOfWrite(write.table, old, next));
  }
  const metrics: Record<string, unknown[]> = {};
  for (const { table, keyItem, key } of writes) {
    const one = collectionMetrics(context, table, input.ReturnItemCollectionMetrics, keyItem, key);
    if (one) metrics[table.record.name] = [...(metrics[table.record.name] ?? []), one];
  }
  return {
    UnprocessedItems: {},
    ItemCollectionMetrics: Object.keys(metrics).length > 0 ? metrics : undefined,
    ConsumedCapacity: wanted(input.ReturnConsumedCapacity)
      ? [...units].map(([table, sum]) => consumed(table, input.ReturnConsumedCapacity, sum))
      : undefined,
  };
}
