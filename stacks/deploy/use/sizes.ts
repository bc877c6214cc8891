/** How much there is: tables and logs by what their services say, buckets by their list where no metric tells. */

import type { Stocks } from "../../../blueprints/use-costs.ts";
import type { Cloud } from "../../cloud.ts";
import { dynamodb, logs } from "../clients.ts";
import { measureBucket } from "../measure.ts";
import { gb, type Row, recovers } from "./parts.ts";

const missing = (error: Error): undefined => {
  if (!/NotFound|NoSuchBucket/.test(error.name)) throw error;
  return undefined;
};

/** Its size, and that of the past it can be brought back to. */
export async function holdTable(cloud: Cloud, table: Row, held: Stocks): Promise<void> {
  const size = await tableGb(cloud, table);
  held.tableGb += size;
  if (recovers(table)) held.recoveryGb += size;
}

/** With its indexes; AWS counts every six hours. In GB. */
async function tableGb(cloud: Cloud, { id }: Row): Promise<number> {
  const { sdk, client } = await dynamodb(cloud);
  const Table = (await client.send(new sdk.DescribeTableCommand({ TableName: id })).catch(missing))?.Table;
  const indexes = (Table?.GlobalSecondaryIndexes ?? []).map(({ IndexSizeBytes = 0 }) => IndexSizeBytes);
  return indexes.reduce((sum, one) => sum + one, Table?.TableSizeBytes ?? 0) / gb;
}

/** What is kept of a log group, in GB. */
export async function keptLogGb(cloud: Cloud, { id }: Row): Promise<number> {
  const { sdk, client } = await logs(cloud);
  const { logGroups = [] } = await client.send(new sdk.DescribeLogGroupsCommand({ logGroupNamePrefix: id }));
  return (logGroups.find(({ logGroupName }) => logGroupName === id)?.storedBytes ?? 0) / gb;
}

/** `least`: it has more objects than were counted. In GB. */
export async function bucketGb(cloud: Cloud, { kind, id }: Row): Promise<{ gb: number; least: boolean }> {
  const found = await measureBucket(cloud, { kind, name: id, id }).catch(missing);
  return { gb: (found?.sizeBytes ?? 0) / gb, least: found?.more ?? false };
}
