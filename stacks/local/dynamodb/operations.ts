/**
 * The operations this server answers, by name. PartiQL, backups, global tables, imports and exports are not
 * among them: they answer UnknownOperationException, or are refused by name below.
 */
import type { Operation } from "./context.ts";
import { notServed } from "./errors.ts";
import { batchGetItem } from "./operations/batch-get-item.ts";
import { batchWriteItem } from "./operations/batch-write-item.ts";
import { createTable } from "./operations/create-table.ts";
import { deleteItem } from "./operations/delete-item.ts";
import { deleteTable } from "./operations/delete-table.ts";
import { describeContinuousBackups } from "./operations/describe-continuous-backups.ts";
import { describeEndpoints } from "./operations/describe-endpoints.ts";
import { describeLimits } from "./operations/describe-limits.ts";
import { describeTable } from "./operations/describe-table.ts";
import {
  describeContributorInsights,
  describeKinesisStreamingDestination,
} from "./operations/describe-table-extras.ts";
import { describeTimeToLive } from "./operations/describe-time-to-live.ts";
import { getItem } from "./operations/get-item.ts";
import { listTables } from "./operations/list-tables.ts";
import { listTagsOfResource } from "./operations/list-tags-of-resource.ts";
import { putItem } from "./operations/put-item.ts";
import { query } from "./operations/query.ts";
import { scan } from "./operations/scan.ts";
import { tagResource } from "./operations/tag-resource.ts";
import { transactGetItems } from "./operations/transact-get-items.ts";
import { transactWriteItems } from "./operations/transact-write-items.ts";
import { untagResource } from "./operations/untag-resource.ts";
import { updateContinuousBackups } from "./operations/update-continuous-backups.ts";
import { updateItem } from "./operations/update-item.ts";
import { updateTable } from "./operations/update-table.ts";
import { updateTimeToLive } from "./operations/update-time-to-live.ts";

const refusedByName = ["ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction", "RestoreTableToPointInTime"];

const refuse = (name: string): Operation => ({
  members: {},
  handle() {
    throw notServed(name);
  },
});

export const operations: Readonly<Record<string, Operation>> = {
  BatchGetItem: batchGetItem,
  BatchWriteItem: batchWriteItem,
  CreateTable: createTable,
  DeleteItem: deleteItem,
  DeleteTable: deleteTable,
  DescribeContinuousBackups: describeContinuousBackups,
  DescribeContributorInsights: describeContributorInsights,
  DescribeEndpoints: describeEndpoints,
  DescribeKinesisStreamingDestination: describeKinesisStreamingDestination,
  DescribeLimits: describeLimits,
  DescribeTable: describeTable,
  DescribeTimeToLive: describeTimeToLive,
  GetItem: getItem,
  ListTables: listTables,
  ListTagsOfResource: listTagsOfResource,
  PutItem: putItem,
  Query: query,
  Scan: scan,
  TagResource: tagResource,
  TransactGetItems: transactGetItems,
  TransactWriteItems: transactWriteItems,
  UntagResource: untagResource,
  UpdateContinuousBackups: updateContinuousBackups,
  UpdateItem: updateItem,
  UpdateTable: updateTable,
  UpdateTimeToLive: updateTimeToLive,
  ...Object.fromEntries(refusedByName.map((name) => [name, refuse(name)])),
};
