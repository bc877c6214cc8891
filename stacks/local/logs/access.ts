/**
 * What each operation of CloudWatch Logs needs: IAM action, ARNs, condition keys. AWS asks for a group as
 * `…:log-group:NAME:log-stream:`, which is why its policies end with `:*`; only tags are asked for by the bare ARN.
 */
import { requestTags, resourceTags, tagKeys, textOf } from "../access/rows.ts";
import type { AccessRow, AccessTable, LocalCloud, Need } from "../service.ts";

type Keys = ReturnType<NonNullable<Need["keys"]>>;

export function logsAccess({ options, store }: LocalCloud): AccessTable {
  const prefix = `arn:aws:logs:${options.region}:${options.accountId}:log-group:`;
  const groupName = (identifier: unknown): string => {
    const text = textOf(identifier);
    return text.startsWith("arn:") ? text.split(":").slice(6).join(":").replace(/:\*$/, "") : text;
  };
  const tagsOf = (name: string): Keys => {
    const row = store.db.prepare("SELECT tags FROM logs_groups WHERE name = ?").get(name);
    return row === undefined ? {} : resourceTags(JSON.parse(row["tags"] as string));
  };
  const on = (action: string, name: string, rest: string, keys: Keys = {}): Need => ({
    action: `logs:${action}`,
    resource: `${prefix}${name}${rest}`,
    keys: () => ({ ...tagsOf(name), ...keys }),
  });
  const group =
    (action: string, keys: (input: any) => Keys = () => ({})): AccessRow =>
    (input) => [on(action, groupName(input.logGroupIdentifier ?? input.logGroupName), ":log-stream:", keys(input))];
  const stream =
    (action: string): AccessRow =>
    (input) => [
      on(
        action,
        groupName(input.logGroupIdentifier ?? input.logGroupName),
        `:log-stream:${textOf(input.logStreamName)}`,
      ),
    ];
  const tags =
    (action: string, keys: (input: any) => Keys = () => ({})): AccessRow =>
    (input) => [on(action, groupName(input.resourceArn ?? input.logGroupName), "", keys(input))];

  return {
    CreateLogGroup: group("CreateLogGroup", (input) => requestTags(input.tags)),
    DeleteLogGroup: group("DeleteLogGroup"),
    DescribeLogGroups: () => [{ action: "logs:DescribeLogGroups", resource: `${prefix}:log-stream:` }],
    PutRetentionPolicy: group("PutRetentionPolicy"),
    DeleteRetentionPolicy: group("DeleteRetentionPolicy"),
    PutLogGroupDeletionProtection: group("PutLogGroupDeletionProtection"),
    TagResource: tags("TagResource", (input) => requestTags(input.tags)),
    UntagResource: tags("UntagResource", (input) => tagKeys(input.tagKeys)),
    ListTagsForResource: tags("ListTagsForResource"),
    TagLogGroup: tags("TagLogGroup", (input) => requestTags(input.tags)),
    UntagLogGroup: tags("UntagLogGroup", (input) => tagKeys(input.tags)),
    ListTagsLogGroup: tags("ListTagsLogGroup"),
    CreateLogStream: group("CreateLogStream"),
    DeleteLogStream: stream("DeleteLogStream"),
    DescribeLogStreams: group("DescribeLogStreams"),
    PutLogEvents: stream("PutLogEvents"),
    GetLogEvents: stream("GetLogEvents"),
    FilterLogEvents: group("FilterLogEvents"),
    ListLogGroups: () => [{ action: "logs:ListLogGroups", resource: `${prefix}:log-stream:` }],
    StartLiveTail: (input) =>
      input.logGroupIdentifiers.map((identifier: unknown) =>
        on("StartLiveTail", groupName(identifier), ":log-stream:"),
      ),
    TestMetricFilter: () => [{ action: "logs:TestMetricFilter", resource: "*" }],
  };
}
