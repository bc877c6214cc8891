import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  ListTagsForResourceCommand,
  PutLogEventsCommand,
  PutRetentionPolicyCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { unenforced } from "../../../../stacks/local/access/index.ts";
import { createLogsService } from "../../../../stacks/local/logs/index.ts";
import type { LocalCloud, Peers } from "../../../../stacks/local/service.ts";
import { openStore } from "../../../../stacks/local/store.ts";
import { listen } from "../../../support/listen.ts";
import { serve } from "../lambda/harness.ts";

const dataDir = mkdtempSync(join(tmpdir(), "freehold-logs-"));
const peers: Peers = {};
const day = 86_400_000;
let now = Date.now();
let client: CloudWatchLogsClient;
let stop: () => Promise<void>;
let store = openStore(dataDir);

async function start(): Promise<void> {
  const cloud: LocalCloud = {
    options: { name: "test", dataDir, port: 0, accountId: "123456789012", region: "eu-west-1" },
    store,
    clock: { now: () => now },
    peers,
    access: unenforced,
    keyRing: { add: () => undefined, find: () => null },
    endpoint: () => "",
    accept: () => undefined,
    log: () => undefined,
  };
  const service = createLogsService(cloud);
  const server = serve(service);
  const endpoint = await listen(server);
  await service.start?.();
  client = new CloudWatchLogsClient({
    region: "eu-west-1",
    endpoint,
    credentials: { accessKeyId: "AKIATEST", secretAccessKey: "secret" },
    maxAttempts: 1,
  });
  stop = async () => {
    client.destroy();
    await service.stop?.();
    server.closeAllConnections();
    server.close();
    await store.close();
  };
}

beforeAll(start);
afterAll(async () => {
  await stop();
  rmSync(dataDir, { recursive: true, force: true });
});

async function newGroup(): Promise<string> {
  const logGroupName = `/test/${randomUUID()}`;
  await client.send(new CreateLogGroupCommand({ logGroupName, tags: { app: "notes" } }));
  return logGroupName;
}

async function filter(logGroupName: string, filterPattern = "", extra: object = {}): Promise<string[]> {
  const answer = await client.send(new FilterLogEventsCommand({ logGroupName, filterPattern, ...extra }));
  return answer.events!.map(({ message }) => message!);
}

// What the provider and Pulumi read back after creating a group; both ARNs, since clients want different ones.
test("a group has its ARNs, retention and tags, and is gone after delete", async () => {
  const logGroupName = await newGroup();
  await expect(client.send(new CreateLogGroupCommand({ logGroupName }))).rejects.toMatchObject({
    name: "ResourceAlreadyExistsException",
  });
  await client.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 14 }));
  const found = await client.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: logGroupName }));
  const arn = `arn:aws:logs:eu-west-1:123456789012:log-group:${logGroupName}`;
  expect(found.logGroups).toEqual([
    expect.objectContaining({ logGroupName, arn: `${arn}:*`, logGroupArn: arn, retentionInDays: 14, storedBytes: 0 }),
  ]);
  await client.send(new TagResourceCommand({ resourceArn: arn, tags: { more: "x" } }));
  await client.send(new UntagResourceCommand({ resourceArn: arn, tagKeys: ["app"] }));
  expect((await client.send(new ListTagsForResourceCommand({ resourceArn: arn }))).tags).toEqual({ more: "x" });
  await expect(client.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 2 }))).rejects.toMatchObject({
    name: "InvalidParameterException",
  });
  await client.send(new DeleteLogGroupCommand({ logGroupName }));
  await expect(client.send(new DeleteLogGroupCommand({ logGroupName }))).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    message: "The specified log group does not exist.",
  });
});

// Clients page until a token comes back unchanged: both ways, without losing or repeating an event.
test("GetLogEvents pages forwards and backwards", async () => {
  const logGroupName = await newGroup();
  const logStreamName = "one";
  await client.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
  const logEvents = Array.from({ length: 25 }, (_, n) => ({
    timestamp: now + Math.floor(n / 3),
    message: `line ${n}`,
  }));
  await client.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
  const seen: string[] = [];
  let nextToken: string | undefined;
  for (;;) {
    const page = await client.send(
      new GetLogEventsCommand({ logGroupName, logStreamName, limit: 10, startFromHead: true, nextToken }),
    );
    seen.push(...page.events!.map(({ message }) => message!));
    if (page.nextForwardToken === nextToken) break;
    nextToken = page.nextForwardToken;
  }
  expect(seen).toEqual(logEvents.map(({ message }) => message));
  const last = await client.send(new GetLogEventsCommand({ logGroupName, logStreamName, limit: 10 }));
  expect(last.events!.map(({ message }) => message)).toEqual(seen.slice(15));
  const before = await client.send(
    new GetLogEventsCommand({ logGroupName, logStreamName, limit: 10, nextToken: last.nextBackwardToken }),
  );
  expect(before.events!.map(({ message }) => message)).toEqual(seen.slice(5, 15));
  const { logStreams } = await client.send(new DescribeLogStreamsCommand({ logGroupName }));
  expect(logStreams).toEqual([
    expect.objectContaining({ logStreamName, firstEventTimestamp: now, lastEventTimestamp: now + 8 }),
  ]);
});

// What functions write arrives without asking, in order, in one answer over all streams; missing groups drop it.
test("written logs are found at once, and only with a group", async () => {
  const logGroupName = await newGroup();
  peers.writeLogs!(logGroupName, "a", [{ timestamp: now, message: "first" }], false);
  peers.writeLogs!(logGroupName, "b", [{ timestamp: now + 1, message: "second ERROR" }], false);
  expect(await filter(logGroupName)).toEqual(["first", "second ERROR"]);
  expect(await filter(logGroupName, "ERROR")).toEqual(["second ERROR"]);
  expect(await filter(logGroupName, "", { logStreamNamePrefix: "a" })).toEqual(["first"]);
  peers.writeLogs!("/absent", "a", [{ timestamp: now, message: "lost" }], false);
  await expect(filter("/absent")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  peers.writeLogs!("/made", "a", [{ timestamp: now, message: "kept" }], true);
  expect(await filter("/made")).toEqual(["kept"]);
});

// Filter pages over many events, with a limit, end in the whole.
test("FilterLogEvents hands out tokens until all is seen", async () => {
  const logGroupName = await newGroup();
  peers.writeLogs!(
    ...([
      logGroupName,
      "a",
      Array.from({ length: 2500 }, (_, n) => ({ timestamp: now, message: `m${n}` })),
      false,
    ] as const),
  );
  const seen: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await client.send(new FilterLogEventsCommand({ logGroupName, limit: 900, nextToken }));
    seen.push(...page.events!.map(({ message }) => message!));
    nextToken = page.nextToken;
  } while (nextToken);
  expect(seen).toEqual(Array.from({ length: 2500 }, (_, n) => `m${n}`));
});

// A restart keeps what was written; the sweeper removes what is past its retention and nothing else.
test("logs survive a restart and expire by retention", async () => {
  const logGroupName = await newGroup();
  await client.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 1 }));
  peers.writeLogs!(logGroupName, "a", [{ timestamp: now - 3 * day, message: "old" }], false);
  peers.writeLogs!(logGroupName, "b", [{ timestamp: now + day, message: "new" }], false);
  await stop();
  store = openStore(dataDir);
  await start();
  await expect.poll(() => filter(logGroupName)).toEqual(["new"]);
  now += 3 * day;
  await stop();
  store = openStore(dataDir);
  await start();
  await expect.poll(() => filter(logGroupName)).toEqual([]);
});
