/**
 * The table `access`, as this function uses it: rows by their id, taken once, changed only while they are what they were
 * thought to be. Times are compared by the table itself where one use decides.
 */
import { awsJson } from "../shared/aws-call.ts";
import { isConditionFailed } from "../shared/counter.ts";
import { type Cell, fromItem, type Item, toItem } from "../shared/items.ts";
import { config } from "./config.ts";

export type Row<T> = T & { id: string };

/** Null: it is not there, or its time is over. */
export async function getRow<T extends object>(id: string, now: number): Promise<Row<T> | null> {
  const { Item } = await awsJson("dynamodb", "GetItem", {
    TableName: config.access,
    Key: { id: { S: id } },
    ConsistentRead: true,
  });
  if (!Item) return null;
  const row = fromItem<T & { expires?: number }>(Item as Item);
  return row.expires !== undefined && row.expires <= now ? null : row;
}

/** False: there is one already, and it stays. */
export async function addRow(id: string, row: object): Promise<boolean> {
  return unlessRefused(
    awsJson("dynamodb", "PutItem", {
      TableName: config.access,
      Item: toItem(id, row),
      ConditionExpression: "attribute_not_exists(id)",
    }),
  );
}

/** A row as it was, which nobody else gets any more; null: it is not there, too old, or not for this. */
export async function takeRow<T extends object>(
  id: string,
  expected: Readonly<Record<string, Cell>>,
  now: number,
): Promise<Row<T> | null> {
  const names = Object.keys(expected);
  const answer = await orNull(
    awsJson("dynamodb", "DeleteItem", {
      TableName: config.access,
      Key: { id: { S: id } },
      ConditionExpression: ["#expires > :now", ...names.map((name) => `#${name} = :${name}`)].join(" AND "),
      ExpressionAttributeNames: Object.fromEntries(["expires", ...names].map((name) => [`#${name}`, name])),
      ExpressionAttributeValues: values({ ...expected, now }),
      ReturnValues: "ALL_OLD",
    }),
  );
  return answer ? fromItem<T>(answer["Attributes"] as Item) : null;
}

export interface Change {
  set: Readonly<Record<string, Cell>>;
  /** A condition beyond the row being there, with names as `#name` and values as `:name`. */
  when?: string;
  /** Names and values of the condition that are not set. */
  names?: readonly string[];
  given?: Readonly<Record<string, Cell>>;
}

/** The row afterwards; null: it is not there, or not as the condition wants it. */
export async function changeRow<T extends object>(id: string, change: Change): Promise<Row<T> | null> {
  const { set, when, names = [], given = {} } = change;
  const answer = await orNull(
    awsJson("dynamodb", "UpdateItem", {
      TableName: config.access,
      Key: { id: { S: id } },
      UpdateExpression: `SET ${Object.keys(set)
        .map((name) => `#${name} = :${name}`)
        .join(", ")}`,
      ConditionExpression: ["attribute_exists(id)", ...(when ? [when] : [])].join(" AND "),
      ExpressionAttributeNames: Object.fromEntries([...Object.keys(set), ...names].map((name) => [`#${name}`, name])),
      ExpressionAttributeValues: values({ ...set, ...given }),
      ReturnValues: "ALL_NEW",
    }),
  );
  return answer ? fromItem<T>(answer["Attributes"] as Item) : null;
}

/** One that is gone already is done. */
export async function removeRow(id: string): Promise<void> {
  await awsJson("dynamodb", "DeleteItem", { TableName: config.access, Key: { id: { S: id } } });
}

/** All rows whose id begins so, and whose `sub` is this person when one is named; the table is a household's. */
export async function rowsOf<T extends object>(beginning: string, sub?: string): Promise<Row<T>[]> {
  const found: Row<T>[] = [];
  let ExclusiveStartKey: unknown;
  do {
    const page = await awsJson("dynamodb", "Scan", {
      TableName: config.access,
      ConsistentRead: true,
      FilterExpression: `begins_with(id, :beginning)${sub === undefined ? "" : " AND #sub = :sub"}`,
      ...(sub === undefined ? {} : { ExpressionAttributeNames: { "#sub": "sub" } }),
      ExpressionAttributeValues: values({ beginning, ...(sub === undefined ? {} : { sub }) }),
      ...(ExclusiveStartKey ? { ExclusiveStartKey } : {}),
    });
    for (const item of page["Items"] as Item[]) found.push(fromItem<T>(item));
    ExclusiveStartKey = page["LastEvaluatedKey"];
  } while (ExclusiveStartKey);
  return found;
}

function values(cells: Readonly<Record<string, Cell>>): Item {
  const { id: _, ...item } = toItem("", cells);
  return Object.fromEntries(Object.entries(item).map(([name, cell]) => [`:${name}`, cell]));
}

async function orNull<T>(call: Promise<T>): Promise<T | null> {
  return call.catch((error: unknown) => {
    if (isConditionFailed(error)) return null;
    throw error;
  });
}

const unlessRefused = async (call: Promise<unknown>): Promise<boolean> => (await orNull(call)) !== null;
