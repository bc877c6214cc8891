/** What each operation of DynamoDB needs: IAM action, ARNs of tables and indexes, condition keys. */
import { anywhere, listOf, objectOf, requestTags, resourceTags, tagKeys, textOf } from "../access/rows.ts";
import type { AccessRow, AccessTable, Need } from "../service.ts";
import { itemKeys, leadingKeys, queryKeys } from "./access-keys.ts";
import type { Catalogue } from "./records.ts";

type Keys = ReturnType<NonNullable<Need["keys"]>>;

export function dynamodbAccess(tables: Catalogue): AccessTable {
  const nameOf = (name: unknown): string => textOf(name).replace(/^arn:[^/]*\//, "");
  const arnOf = (name: unknown): string => (textOf(name).startsWith("arn:") ? textOf(name) : tables.arn(textOf(name)));
  const on = (action: string, name: unknown, keys: () => Keys = () => ({}), index = ""): Need => ({
    action: `dynamodb:${action}`,
    resource: `${arnOf(name)}${index}`,
    keys: () => ({ ...resourceTags(tables.find(nameOf(name))?.record.tags), ...keys() }),
  });
  const table =
    (action: string): AccessRow =>
    ({ TableName }) => [on(action, TableName)];
  const item =
    (action: string): AccessRow =>
    (input) => [on(action, input.TableName, () => itemKeys(tables.find(nameOf(input.TableName)), input))];
  /** An index is asked for by itself: its table's ARN does not stand for it. */
  const search =
    (action: string): AccessRow =>
    (input) => {
      const index = input.IndexName === undefined ? "" : `/index/${textOf(input.IndexName)}`;
      return [on(action, input.TableName, () => queryKeys(tables.find(nameOf(input.TableName)), input), index)];
    };
  const tagged =
    (action: string, keys: (input: any) => Keys = () => ({})): AccessRow =>
    (input) => [on(action, input.ResourceArn, () => keys(input))];
  const batch =
    (action: string, keysOf: (asked: unknown) => unknown[]): AccessRow =>
    (input) =>
      Object.entries(objectOf(input.RequestItems)).map(([name, asked]) =>
        on(action, name, () => leadingKeys(tables.find(nameOf(name)), keysOf(asked))),
      );
  /** Each action of a transaction by itself. */
  const transaction =
    (actions: Readonly<Record<string, string>>, operation: string): AccessRow =>
    (input) =>
      listOf(input.TransactItems).flatMap((one) =>
        Object.entries(objectOf(one)).flatMap(([kind, given]) => {
          const action = Object.hasOwn(actions, kind) ? actions[kind] : undefined;
          const asked = objectOf(given);
          if (!action) return [];
          const keys = (): Keys => ({
            ...itemKeys(tables.find(nameOf(asked["TableName"])), asked),
            "dynamodb:EnclosingOperation": operation,
          });
          return [on(action, asked["TableName"], keys)];
        }),
      );

  return {
    BatchGetItem: batch("BatchGetItem", (asked) => listOf(objectOf(asked)["Keys"])),
    BatchWriteItem: batch("BatchWriteItem", (asked) =>
      listOf(asked).map((one) => {
        const { PutRequest, DeleteRequest } = objectOf(one);
        return objectOf(PutRequest)["Item"] ?? objectOf(DeleteRequest)["Key"];
      }),
    ),
    CreateTable: (input) => [
      on("CreateTable", input.TableName, () => requestTags(input.Tags)),
      ...(listOf(input.Tags).length > 0 ? [on("TagResource", input.TableName, () => requestTags(input.Tags))] : []),
    ],
    DeleteItem: item("DeleteItem"),
    DeleteTable: table("DeleteTable"),
    DescribeContinuousBackups: table("DescribeContinuousBackups"),
    DescribeContributorInsights: table("DescribeContributorInsights"),
    DescribeEndpoints: anywhere("dynamodb:DescribeEndpoints"),
    DescribeKinesisStreamingDestination: table("DescribeKinesisStreamingDestination"),
    DescribeLimits: anywhere("dynamodb:DescribeLimits"),
    DescribeTable: table("DescribeTable"),
    DescribeTimeToLive: table("DescribeTimeToLive"),
    GetItem: item("GetItem"),
    ListTables: () => [on("ListTables", "*")],
    ListTagsOfResource: tagged("ListTagsOfResource"),
    PutItem: item("PutItem"),
    Query: search("Query"),
    Scan: search("Scan"),
    TagResource: tagged("TagResource", ({ Tags }) => requestTags(Tags)),
    TransactGetItems: transaction({ Get: "GetItem" }, "TransactGetItems"),
    TransactWriteItems: transaction(
      { Put: "PutItem", Update: "UpdateItem", Delete: "DeleteItem", ConditionCheck: "ConditionCheckItem" },
      "TransactWriteItems",
    ),
    UntagResource: tagged("UntagResource", (input) => tagKeys(input.TagKeys)),
    UpdateContinuousBackups: table("UpdateContinuousBackups"),
    UpdateItem: item("UpdateItem"),
    UpdateTable: table("UpdateTable"),
    UpdateTimeToLive: table("UpdateTimeToLive"),
  };
}
