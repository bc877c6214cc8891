/** What each operation of DynamoDB Streams needs: IAM action and the stream's ARN. */
import { textOf } from "../../access/rows.ts";
import type { AccessTable, LocalCloud } from "../../service.ts";

export function streamAccess({ options: { region, accountId } }: LocalCloud): AccessTable {
  const on = (action: string, resource: string) => [{ action: `dynamodb:${action}`, resource }];
  return {
    DescribeStream: ({ StreamArn }) => on("DescribeStream", textOf(StreamArn)),
    GetRecords: ({ ShardIterator }) => on("GetRecords", textOf(ShardIterator).split("|")[0]!),
    GetShardIterator: ({ StreamArn }) => on("GetShardIterator", textOf(StreamArn)),
    // All streams of a table, or of every table.
    ListStreams: ({ TableName }) =>
      on("ListStreams", `arn:aws:dynamodb:${region}:${accountId}:table/${textOf(TableName) || "*"}/stream/*`),
  };
}
