/** CloudWatch Logs, call by call: each sees what those before it did. */
import { type Call, call } from "../../../support/comparison.ts";

const began = Date.now() - 1000;
const group = { logGroupName: "/same/group" };
const stream = { ...group, logStreamName: "one" };
const none = { logGroupName: "/same/none" };
const logEvents = ["first ERROR", "second", '{"level":"ERROR"}'].map((message, at) => ({
  timestamp: began + at,
  message,
}));
const tokens = { without: ["nextForwardToken", "nextBackwardToken", "nextSequenceToken", "searchedLogStreams"] };

export const logs: Call[] = [
  call("DescribeLogGroups", "of none"),
  call("CreateLogGroup", "one", { ...group, tags: { a: "1" } }),
  call("CreateLogGroup", "that is there", group),
  call("CreateLogStream", "one", stream),
  call("CreateLogStream", "that is there", stream),
  call("CreateLogStream", "of no group", { ...none, logStreamName: "one" }),
  call("PutLogEvents", "three", { ...stream, logEvents }, tokens),
  call("PutLogEvents", "out of order", { ...stream, logEvents: [...logEvents].reverse() }, tokens),
  call("PutLogEvents", "none", { ...stream, logEvents: [] }, tokens),
  call("PutLogEvents", "too old", { ...stream, logEvents: [{ timestamp: 1, message: "old" }] }, tokens),
  call("PutLogEvents", "of no group", { ...none, logStreamName: "one", logEvents }, tokens),
  call("PutLogEvents", "of no stream", { ...group, logStreamName: "no", logEvents }, tokens),
  call("GetLogEvents", "from the start", { ...stream, startFromHead: true }, tokens),
  call("GetLogEvents", "of a page", { ...stream, limit: 2 }, tokens),
  call(
    "GetLogEvents",
    "of a time",
    { ...stream, startTime: began + 1, endTime: began + 2, startFromHead: true },
    tokens,
  ),
  call("GetLogEvents", "of no stream", { ...group, logStreamName: "no" }, tokens),
  call("GetLogEvents", "of no group", { ...none, logStreamName: "no" }, tokens),
  call("GetLogEvents", "of too many", { ...stream, limit: 10_001 }, tokens),
  call(
    "FilterLogEvents",
    "of text",
    { ...group, filterPattern: "ERROR -second" },
    { without: ["events", "searchedLogStreams"] },
  ),
  call("FilterLogEvents", "of no group", none),
  call("FilterLogEvents", "with a pattern that is none", { ...group, filterPattern: "{ $.a = " }),
  call("DescribeLogStreams", "of one", group),
  call("DescribeLogStreams", "by time", { ...group, orderBy: "LastEventTime", descending: true }),
  call("DescribeLogStreams", "by time below a prefix", {
    ...group,
    orderBy: "LastEventTime",
    logStreamNamePrefix: "o",
  }),
  call("DescribeLogStreams", "of too many", { ...group, limit: 51 }),
  call("DescribeLogStreams", "of no group", none),
  call("PutRetentionPolicy", "one", { ...group, retentionInDays: 7 }),
  call("PutRetentionPolicy", "of no group", { ...none, retentionInDays: 7 }),
  call("DescribeLogGroups", "of one", { logGroupNamePrefix: "/same" }),
  call("DescribeLogGroups", "by a pattern", { logGroupNamePattern: "same" }),
  call("DescribeLogGroups", "by both", { logGroupNamePattern: "same", logGroupNamePrefix: "/same" }),
  call("DescribeLogGroups", "of too many", { limit: 51 }),
  call("DeleteRetentionPolicy", "one", group),
  call("DeleteRetentionPolicy", "of no group", none),
  call("ListTagsLogGroup", "of one", group),
  call("TagLogGroup", "one", { ...group, tags: { b: "2" } }),
  call("UntagLogGroup", "one", { ...group, tags: ["a"] }),
  call("ListTagsForResource", "of one", ({ accountId }) => ({
    resourceArn: `arn:aws:logs:eu-west-1:${accountId}:log-group:/same/group`,
  })),
  call("TagResource", "one", ({ accountId }) => ({
    ...{ resourceArn: `arn:aws:logs:eu-west-1:${accountId}:log-group:/same/group`, tags: { c: "3" } },
  })),
  call("UntagResource", "one", ({ accountId }) => ({
    ...{ resourceArn: `arn:aws:logs:eu-west-1:${accountId}:log-group:/same/group`, tagKeys: ["b"] },
  })),
  call("ListTagsLogGroup", "of another", group),
  call("ListTagsLogGroup", "of no group", none),
  call("CreateLogGroup", "with a name that is none", { logGroupName: "a b" }),
  call("CreateLogGroup", "with a name that is too long", { logGroupName: "n".repeat(513) }),
  call("CreateLogGroup", "of another class", { logGroupName: "/same/x", logGroupClass: "SOME" }),
  call("CreateLogStream", "with a name that is none", { ...group, logStreamName: "a:b" }),
  call("PutRetentionPolicy", "of another length", { ...group, retentionInDays: 2 }),
  call("DeleteLogStream", "one", stream),
  call("DeleteLogStream", "that is not there", stream),
  call("DeleteLogStream", "of no group", { ...none, logStreamName: "one" }),
  call("DeleteLogGroup", "one", group),
  call("DeleteLogGroup", "that is not there", group),
];
