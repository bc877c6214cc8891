/** Live Tail, TestMetricFilter, and that every other operation of the SDK is served or refused by its name. */
import * as api from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestCloud, type TestCloud } from "../../../support/local-cloud.ts";

let cloud: TestCloud;
let logs: api.CloudWatchLogsClient;
let now = Date.now();

beforeAll(async () => {
  cloud = await startTestCloud({ checked: true });
  // The model puts `streaming-` before the host of Live Tail; a loopback address has no such name.
  logs = new api.CloudWatchLogsClient({ ...cloud.config, disableHostPrefix: true });
});
afterAll(async () => {
  logs.destroy();
  await cloud.close();
});

let count = 0;
async function group(): Promise<{ logGroupName: string; arn: string }> {
  const logGroupName = `/tail/${++count}`;
  await logs.send(new api.CreateLogGroupCommand({ logGroupName }));
  for (const logStreamName of ["one", "two"])
    await logs.send(new api.CreateLogStreamCommand({ logGroupName, logStreamName }));
  return { logGroupName, arn: `arn:aws:logs:${cloud.region}:${cloud.accountId}:log-group:${logGroupName}` };
}

function put(logGroupName: string, logStreamName: string, ...messages: string[]) {
  const logEvents = messages.map((message) => ({ timestamp: ++now, message }));
  return logs.send(new api.PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
}

/** The session's events, until so many came. */
async function tailed(input: api.StartLiveTailCommandInput, wanted: number, write: () => Promise<unknown>) {
  const abort = new AbortController();
  const answer = await logs.send(new api.StartLiveTailCommand(input), { abortSignal: abort.signal });
  const found: api.LiveTailSessionLogEvent[] = [];
  let start: api.LiveTailSessionStart | undefined;
  try {
    for await (const event of answer.responseStream!) {
      if (event.sessionStart) {
        start = event.sessionStart;
        await write();
      }
      found.push(...(event.sessionUpdate?.sessionResults ?? []));
      if (found.length >= wanted) break;
    }
  } finally {
    abort.abort();
  }
  return { start, found };
}

describe("Live Tail", () => {
  // What `tail` of any client shows: events as they come, with their group and stream, those of the pattern only.
  it("sends what is written to the groups, as it is written", async () => {
    const [a, b, other] = [await group(), await group(), await group()];
    const { start, found } = await tailed({ logGroupIdentifiers: [a.arn, b.arn] }, 3, async () => {
      await put(other.logGroupName, "one", "not asked for");
      await put(a.logGroupName, "one", "first", "second");
      await put(b.logGroupName, "two", "third");
    });
    expect(start).toMatchObject({ logGroupIdentifiers: [a.arn, b.arn], sessionId: expect.stringMatching(/^.{36}$/) });
    expect(found).toEqual([
      expect.objectContaining({ logStreamName: "one", logGroupIdentifier: a.arn, message: "first" }),
      expect.objectContaining({ message: "second" }),
      expect.objectContaining({ logStreamName: "two", logGroupIdentifier: b.arn, message: "third" }),
    ]);
    expect(found[0]!.timestamp).toBeGreaterThan(0);
    expect(found[0]!.ingestionTime).toBeGreaterThan(0);
  });

  // Streams and patterns choose; AWS knows streams for one group only.
  it("chooses by stream, prefix and pattern", async () => {
    const { logGroupName, arn } = await group();
    const write = async () => {
      await put(logGroupName, "two", "ERROR of two");
      await put(logGroupName, "one", "fine", "ERROR of one");
    };
    const named = await tailed(
      { logGroupIdentifiers: [arn], logStreamNames: ["one"], logEventFilterPattern: "ERROR" },
      ...([1, write] as const),
    );
    expect(named.found.map(({ message }) => message)).toEqual(["ERROR of one"]);
    const prefixed = await tailed({ logGroupIdentifiers: [arn], logStreamNamePrefixes: ["tw"] }, 1, write);
    expect(prefixed.found.map(({ message }) => message)).toEqual(["ERROR of two"]);
    const two = { logGroupIdentifiers: [arn, (await group()).arn], logStreamNames: ["one"] };
    await expect(logs.send(new api.StartLiveTailCommand(two))).rejects.toMatchObject({
      name: "InvalidParameterException",
    });
    const none = { logGroupIdentifiers: [`${arn}-not`] };
    await expect(logs.send(new api.StartLiveTailCommand(none))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });

  // Functions write through the queue in the process. The best of a few: the machine is shared.
  it("has a function's line within 100 ms", async () => {
    const { logGroupName, arn } = await group();
    const times: number[] = [];
    for (let turn = 0; turn < 5; turn++) {
      let wrote = 0;
      await tailed({ logGroupIdentifiers: [arn] }, 1, async () => {
        wrote = performance.now();
        cloud.cloud.peers.writeLogs!(logGroupName, "fn", [{ timestamp: Date.now(), message: "line" }], false);
      });
      times.push(performance.now() - wrote);
    }
    expect(Math.min(...times)).toBeLessThan(100);
  });

  // A client that went leaves nothing behind: more sessions can be had than may be open at once.
  it("ends with its client", async () => {
    const { logGroupName, arn } = await group();
    for (let turn = 0; turn < 20; turn++)
      await tailed({ logGroupIdentifiers: [arn] }, 1, () => put(logGroupName, "one", `turn ${turn}`));
  });
});

describe("TestMetricFilter", () => {
  // The way to try a pattern before it is relied on.
  it("says which messages match, and what is found in them", async () => {
    const answer = await logs.send(
      new api.TestMetricFilterCommand({
        filterPattern: "[ip, ..., status=4*]",
        logEventMessages: ["10.0.0.1 GET /a 200", "10.0.0.2 GET /b 404"],
      }),
    );
    expect(answer.matches).toEqual([
      { eventNumber: 2, eventMessage: "10.0.0.2 GET /b 404", extractedValues: { $ip: "10.0.0.2", $status: "404" } },
    ]);
    const broken = new api.TestMetricFilterCommand({ filterPattern: "{ $.a = }", logEventMessages: ["x"] });
    await expect(logs.send(broken)).rejects.toMatchObject({ name: "InvalidParameterException" });
  });
});

describe("groups", () => {
  // The newer listing: by regular expression, and by class.
  it("are listed by pattern and class", async () => {
    await logs.send(new api.CreateLogGroupCommand({ logGroupName: "listed/a", logGroupClass: "INFREQUENT_ACCESS" }));
    await logs.send(new api.CreateLogGroupCommand({ logGroupName: "listed/b" }));
    const names = async (input: api.ListLogGroupsCommandInput) =>
      (await logs.send(new api.ListLogGroupsCommand(input))).logGroups!.map(({ logGroupName }) => logGroupName);
    expect(await names({ logGroupNamePattern: "^listed" })).toEqual(["listed/a", "listed/b"]);
    expect(await names({ logGroupNamePattern: "ed/b" })).toEqual(["listed/b"]);
    expect(await names({ logGroupNamePattern: "^listed", logGroupClass: "STANDARD" })).toEqual(["listed/b"]);
    const described = new api.DescribeLogGroupsCommand({ logGroupNamePrefix: "listed", logGroupClass: "STANDARD" });
    expect((await logs.send(described)).logGroups).toHaveLength(1);
  });

  // AWS takes no batch over more than a day.
  it("take no batch that spans more than 24 hours", async () => {
    const { logGroupName } = await group();
    const logEvents = [now - 90_000_000, now].map((timestamp) => ({ timestamp, message: "x" }));
    const command = new api.PutLogEventsCommand({ logGroupName, logStreamName: "one", logEvents });
    await expect(logs.send(command)).rejects.toThrow("cannot span more than 24 hours");
  });
});

describe("every operation of the SDK", () => {
  const served = [
    ...["CreateLogGroup", "CreateLogStream", "DeleteLogGroup", "DeleteLogStream", "DeleteRetentionPolicy"],
    ...["DescribeLogGroups", "DescribeLogStreams", "FilterLogEvents", "GetLogEvents", "ListLogGroups"],
    ...["ListTagsForResource", "ListTagsLogGroup", "PutLogEvents", "PutLogGroupDeletionProtection"],
    ...["PutRetentionPolicy", "StartLiveTail", "TagLogGroup", "TagResource", "TestMetricFilter", "UntagLogGroup"],
    ...["UntagResource"],
  ];

  // A new operation of AWS's is refused by its name until it is made: never taken for done, never unknown.
  it("is served or refused by its name", async () => {
    const names = Object.keys(api).flatMap((key) => /^(\w+)Command$/.exec(key)?.[1] ?? []);
    expect(names.length).toBeGreaterThan(100);
    const answered: string[] = [];
    for (const name of names) {
      const answer = await fetch(cloud.endpoint, await signed(name));
      const said = (await answer.json()) as { __type?: string; message?: string };
      if (said.message === `${name} is not supported by this local cloud.`) {
        expect(said.__type).toBe("InvalidParameterException");
        continue;
      }
      answered.push(name);
      expect(said.message ?? "", name).not.toContain("is not supported");
    }
    expect(answered.sort()).toEqual(served);
  });
});

/** An empty input, signed: what a client's own checks would not let through. */
async function signed(operation: string): Promise<RequestInit> {
  const { AwsClient } = await import("aws4fetch");
  const { accessKeyId, secretAccessKey } = cloud.credentials;
  const client = new AwsClient({ accessKeyId, secretAccessKey, region: cloud.region, service: "logs" });
  const request = await client.sign(cloud.endpoint, {
    method: "POST",
    headers: { "x-amz-target": `Logs_20140328.${operation}`, "content-type": "application/x-amz-json-1.1" },
    body: "{}",
  });
  return { method: "POST", headers: Object.fromEntries(request.headers), body: "{}" };
}
