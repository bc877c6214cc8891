/**
 * The table `access` with the owner's credentials: rows by the beginning of their id. What has expired is nobody's, though
 * the table's own clock may take days to delete it. No secret is in a row, and none is written here but as its digest.
 */
import { type Cloud, foundationStack } from "../../cloud.ts";
import { fromItem, toItem } from "../../functions/shared/items.ts";
import { nameLimits, physicalName } from "../../names.ts";
import { dynamodb, guarded } from "../clients.ts";
import { faults } from "../faults.ts";

export const accessTable = (cloud: Pick<Cloud, "name">): string =>
  physicalName(cloud.name, foundationStack, "access", nameLimits.table);

/** Seconds since 1970, as every time of a row. */
export const nowSeconds = (): number => Math.floor(Date.now() / 1000);

export type Found<Row> = Row & { id: string };

type Client = Awaited<ReturnType<typeof dynamodb>>;

/** A cloud whose foundation is older has no such table. */
async function withTable<T>(
  cloud: Cloud,
  call: (client: Client, table: string) => Promise<T>,
  table = accessTable(cloud),
): Promise<T> {
  return guarded(cloud, async () => {
    const made = await dynamodb(cloud);
    try {
      return await call(made, table);
    } catch (error) {
      if ((error as Error).name === "ResourceNotFoundException") throw faults.noAccessTable(cloud.name);
      throw error;
    } finally {
      made.client.destroy();
    }
  });
}

/** All that have not expired, the oldest first; with an empty beginning, all of the table. */
export async function rowsBelow<Row extends { created?: number; expires?: number }>(
  cloud: Cloud,
  beginning: string,
  table?: string,
): Promise<Found<Row>[]> {
  const only = beginning !== "" && {
    FilterExpression: "begins_with(#id, :beginning)",
    ExpressionAttributeNames: { "#id": "id" },
    ExpressionAttributeValues: { ":beginning": { S: beginning } },
  };
  const ask = async ({ sdk, client }: Client, TableName: string): Promise<Found<Row>[]> => {
    const found: Found<Row>[] = [];
    let ExclusiveStartKey: Record<string, never> | undefined;
    do {
      const page = await client.send(
        new sdk.ScanCommand({ TableName, ConsistentRead: true, ...only, ExclusiveStartKey }),
      );
      found.push(...(page.Items ?? []).map((item) => fromItem<Row>(item)));
      ExclusiveStartKey = page.LastEvaluatedKey as Record<string, never> | undefined;
    } while (ExclusiveStartKey);
    const now = nowSeconds();
    return found
      .filter(({ expires }) => expires === undefined || expires > now)
      .sort((a, b) => (a.created ?? 0) - (b.created ?? 0) || (a.id < b.id ? -1 : 1));
  };
  return withTable(cloud, ask, table);
}

/** One attribute of a row that is there; without a value it goes. A row that is gone meanwhile is not made again. */
export async function setAttribute(
  cloud: Cloud,
  { id, name, value }: { id: string; name: string; value: string | undefined },
  table: string,
): Promise<void> {
  const change =
    value === undefined
      ? { UpdateExpression: "REMOVE #name" }
      : { UpdateExpression: "SET #name = :value", ExpressionAttributeValues: { ":value": { S: value } } };
  const ask = async ({ sdk, client }: Client, TableName: string): Promise<void> => {
    const about = { TableName, Key: { id: { S: id } }, ConditionExpression: "attribute_exists(id)" };
    const ExpressionAttributeNames = { "#name": name };
    await client.send(new sdk.UpdateItemCommand({ ...about, ...change, ExpressionAttributeNames })).catch((error) => {
      if (error.name !== "ConditionalCheckFailedException") throw error;
    });
  };
  await withTable(cloud, ask, table);
}

/** Takes the place of a row with this id. `table` is another one than `access`. */
export async function putRow(cloud: Cloud, id: string, row: object, table?: string): Promise<void> {
  await withTable(
    cloud,
    ({ sdk, client }, TableName) => client.send(new sdk.PutItemCommand({ TableName, Item: toItem(id, row) })),
    table,
  );
}

/** Those that are not there are done. */
export async function deleteRows(cloud: Cloud, ids: readonly string[], table?: string): Promise<void> {
  if (ids.length === 0) return;
  await withTable(
    cloud,
    async ({ sdk, client }, TableName) => {
      for (const id of ids) await client.send(new sdk.DeleteItemCommand({ TableName, Key: { id: { S: id } } }));
    },
    table,
  );
}
