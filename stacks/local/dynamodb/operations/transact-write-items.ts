/** TransactWriteItems: up to 100 writes and checks, all or none, in one SQLite transaction; a token makes it idempotent. */
import { createHash } from "node:crypto";
import { ServiceError } from "../../service.ts";
import { addUnits, consumed, type Units, unitsOfWrite, wanted } from "../capacity.ts";
import type { Context, Operation } from "../context.ts";
import { type CancellationReason, tokenReused, transactionCancelled, validation } from "../errors.ts";
import type { Table } from "../records.ts";
import type { Members, Shape } from "../shape.ts";
import {
  expressionNames,
  expressionValues,
  onConditionFailure,
  requiredAttributes,
  returnConsumedCapacity,
  returnItemCollectionMetrics,
  string,
  tableName,
} from "../shapes.ts";
import { carryOut, prepareCheck, prepareDelete, preparePut, prepareUpdate, type Write } from "../writes.ts";

const maxWrites = 100;
const maxBytes = 4 * 1024 * 1024;
const tokenLifeMs = 10 * 60 * 1000;

const common: Members = {
  TableName: tableName,
  ConditionExpression: string,
  ExpressionAttributeNames: expressionNames,
  ExpressionAttributeValues: expressionValues,
  ReturnValuesOnConditionCheckFailure: onConditionFailure,
};
const required: Shape = { ...string, notNull: true };
const struct = (name: string, members: Members): Shape => ({ type: "Struct", class: name, members });

export const transactWriteItems: Operation = {
  members: {
    ReturnConsumedCapacity: returnConsumedCapacity,
    ReturnItemCollectionMetrics: returnItemCollectionMetrics,
    ClientRequestToken: { type: "String", lengthGreaterThanOrEqual: 1, lengthLessThanOrEqual: 36 },
    TransactItems: {
      type: "List",
      notNull: true,
      lengthGreaterThanOrEqual: 1,
      lengthLessThanOrEqual: maxWrites,
      of: struct("TransactWriteItem", {
        ConditionCheck: struct("ConditionCheck", { ...common, Key: requiredAttributes, ConditionExpression: required }),
        Put: struct("Put", { ...common, Item: requiredAttributes }),
        Delete: struct("Delete", { ...common, Key: requiredAttributes }),
        Update: struct("Update", { ...common, Key: requiredAttributes, UpdateExpression: required }),
      }),
    },
  },
  async handle(input, context) {
    const digest = createHash("sha256").update(JSON.stringify(input.TransactItems)).digest("base64");
    const writes = prepareAll(context, input.TransactItems);
    checkDistinct(writes);
    return context.write(() => {
      const repeated = input.ClientRequestToken && tokenKnown(context, input.ClientRequestToken, digest);
      const units = repeated
        ? unitsOfRepeat(writes)
        : carryOutAll(context, writes, wanted(input.ReturnConsumedCapacity));
      if (!wanted(input.ReturnConsumedCapacity)) return {};
      const kind = repeated ? "ReadCapacityUnits" : "WriteCapacityUnits";
      return {
        ConsumedCapacity: [...units].map(([table, sum]) => consumed(table, input.ReturnConsumedCapacity, sum, kind)),
      };
    });
  },
};

const kinds = { ConditionCheck: prepareCheck, Put: preparePut, Delete: prepareDelete, Update: prepareUpdate } as const;

/** A write that cannot be judged cancels the transaction, with its reason in its place. */
function prepareAll(context: Context, entries: Record<string, any>[]): Write[] {
  const writes: Write[] = [];
  const reasons: CancellationReason[] = [];
  for (const entry of entries) {
    const [kind, ...more] = Object.keys(entry) as (keyof typeof kinds)[];
    if (!kind || more.length > 0)
      throw validation("TransactItems can only contain one of Check, Put, Update or Delete");
    try {
      writes.push(kinds[kind](context, entry[kind]));
      reasons.push({ Code: "None" });
    } catch (error) {
      if (!(error instanceof ServiceError) || !isItemFault(error)) throw error;
      reasons.push({ Code: "ValidationError", Message: error.message });
    }
  }
  if (writes.length < entries.length) throw transactionCancelled(reasons);
  return writes;
}

/** What is wrong with an item or key is a reason; what is wrong with the request's own words ends it at once. */
const isItemFault = ({ code, message }: ServiceError): boolean =>
  code === "ValidationException" &&
  /key element does not match|Type mismatch|Missing the key|cannot contain an empty|maximum size limit|Item size/.test(
    message,
  );

function checkDistinct(writes: Write[]): void {
  const seen = new Set<string>();
  let bytes = 0;
  for (const { table, key, bytes: size = 0 } of writes) {
    const text = `${table.record.part}/${key.pk.toString("hex")}/${key.sk.toString("hex")}`;
    if (seen.has(text)) throw validation("Transaction request cannot include multiple operations on one item");
    seen.add(text);
    bytes += size;
  }
  if (bytes > maxBytes) throw validation("Collection size of transaction request exceeds the limit of 4 MB");
}

/** Every reason is gathered before anything is undone, as AWS answers them all. */
function carryOutAll(context: Context, writes: Write[], count: boolean): Map<Table, Units> {
  const units = new Map<Table, Units>();
  const reasons = writes.map((write): CancellationReason => {
    try {
      const { old, next } = carryOut(context, write);
      if (!count) return { Code: "None" };
      const sum = units.get(write.table) ?? { table: 0, indexes: new Map() };
      units.set(write.table, sum);
      addUnits(sum, unitsOfWrite(write.table, old, next));
      return { Code: "None" };
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      return reasonOf(error);
    }
  });
  if (reasons.some(({ Code }) => Code !== "None")) throw transactionCancelled(reasons);
  return units;
}

function reasonOf(error: ServiceError): CancellationReason {
  const failed = error.code === "ConditionalCheckFailedException";
  return {
    Code: failed ? "ConditionalCheckFailed" : "ValidationError",
    Message: error.message,
    ...(error.fields["Item"] !== undefined && { Item: error.fields["Item"] }),
  };
}

/** True: this transaction was carried out before. Otherwise the token is kept with it. */
function tokenKnown({ cloud, now }: Context, token: string, digest: string): boolean {
  const { db } = cloud.store;
  const row = db.prepare("SELECT digest, at FROM dynamodb_tokens WHERE token = ?").get(token);
  if (row && Number(row["at"]) > now() - tokenLifeMs) {
    if (row["digest"] !== digest) throw tokenReused();
    return true;
  }
  db.prepare("INSERT OR REPLACE INTO dynamodb_tokens (token, digest, at) VALUES (?, ?, ?)").run(token, digest, now());
  return false;
}

function unitsOfRepeat(writes: Write[]): Map<Table, Units> {
  const units = new Map<Table, Units>();
  for (const { table } of writes) {
    const sum = units.get(table) ?? { table: 0, indexes: new Map() };
    units.set(table, sum);
    sum.table += 1;
  }
  return units;
}
