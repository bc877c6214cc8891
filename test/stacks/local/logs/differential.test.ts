/** The same calls to our CloudWatch Logs and to moto's: answers and errors are alike. */
import * as api from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestCloud, type TestCloud } from "../../../support/local-cloud.ts";
import { type Moto, startMoto } from "../../../support/moto.ts";
import { motoServer } from "../../../support/tools.ts";

const absent = motoServer() === undefined;
if (absent) process.stderr.write("moto_server is missing: CloudWatch Logs is not compared with it\n");

let cloud: TestCloud;
let moto: Moto;
let ours: api.CloudWatchLogsClient;
let theirs: api.CloudWatchLogsClient;

beforeAll(async () => {
  if (absent) return;
  cloud = await startTestCloud({ checked: true });
  moto = await startMoto();
  ours = new api.CloudWatchLogsClient(cloud.config);
  const credentials = { accessKeyId: "testing", secretAccessKey: "testing" };
  theirs = new api.CloudWatchLogsClient({ endpoint: moto.endpoint, region: moto.region, credentials, maxAttempts: 1 });
}, 60_000);
afterAll(async () => {
  ours?.destroy();
  theirs?.destroy();
  await cloud?.close();
  await moto?.close();
});

const began = Date.now() - 1000;
const group = { logGroupName: "/same/group" };
const stream = { ...group, logStreamName: "one" };
const events = ["first ERROR", "second", "third ERROR"].map((message, at) => ({ timestamp: began + at, message }));

/** In order: each sees what those before it did. `pick` takes what both must say. */
const calls: [string, any, (answer: any) => unknown][] = [
  ["makes a group", new api.CreateLogGroupCommand({ ...group, tags: { a: "1" } }), () => "done"],
  ["makes it once", new api.CreateLogGroupCommand(group), () => "done"],
  ["makes a stream", new api.CreateLogStreamCommand(stream), () => "done"],
  ["puts events", new api.PutLogEventsCommand({ ...stream, logEvents: events }), () => "done"],
  [
    "gets them",
    new api.GetLogEventsCommand({ ...stream, startFromHead: true }),
    ({ events: e }) => e.map((x: any) => x.message),
  ],
  [
    "gets a page",
    new api.GetLogEventsCommand({ ...stream, limit: 2 }),
    ({ events: e }) => e.map((x: any) => x.message),
  ],
  [
    "filters",
    new api.FilterLogEventsCommand({ ...group, filterPattern: "ERROR" }),
    ({ events: e }) => e.map((x: any) => x.message),
  ],
  ["sets retention", new api.PutRetentionPolicyCommand({ ...group, retentionInDays: 7 }), () => "done"],
  [
    "describes it",
    new api.DescribeLogGroupsCommand({ logGroupNamePrefix: "/same" }),
    ({ logGroups: [g] }) => [g.logGroupName, g.retentionInDays, g.arn],
  ],
  ["lists its tags", new api.ListTagsLogGroupCommand(group), ({ tags }) => tags],
  ["knows no other stream", new api.GetLogEventsCommand({ ...group, logStreamName: "no" }), () => "done"],
  ["refuses a limit", new api.DescribeLogStreamsCommand({ ...group, limit: 51 }), () => "done"],
  ["deletes the stream", new api.DeleteLogStreamCommand(stream), () => "done"],
  ["deletes the group", new api.DeleteLogGroupCommand(group), () => "done"],
  ["deletes it once", new api.DeleteLogGroupCommand(group), () => "done"],
];

async function said(client: api.CloudWatchLogsClient, command: any, pick: (answer: any) => unknown) {
  return client.send(command).then(pick, (error: Error) => error.name);
}

describe.skipIf(absent)("as moto", () => {
  // Where both agree, two readings of AWS's documentation do.
  it.each(calls)("%s", async (_title, command, pick) => {
    expect(await said(ours, command, pick)).toEqual(await said(theirs, command, pick));
  });
});
