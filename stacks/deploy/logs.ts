/**
 * The log lines of an app's functions and gate, from the log groups its state names: merged by time, each once. Asks
 * again and again rather than keep a connection: that goes on where it was after a restart of either side. CloudWatch
 * finds lines by their stamp, not by when they came: what is stamped long before it comes is found by looking back now
 * and then.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { FilteredLogEvent } from "@aws-sdk/client-cloudwatch-logs";
import { Fault } from "../../blueprints/fault.ts";
import type { Cloud } from "../cloud.ts";
import { guarded, logs } from "./clients.ts";
import { faults } from "./faults.ts";
import { createTracer } from "./source-maps.ts";
import type { LogLine, LogQuestion } from "./types.ts";
import { needStack } from "./workspace.ts";

const probeMs = { local: 300, aws: 1000 };
const defaultMs = 3600_000;
/** Most lines arrive sooner than so late; the ids tell those apart that were shown. */
const lateMs = 60_000;
/** A line may be stamped so long before it came, by a clock that is wrong or by whoever wrote it. */
const latestMs = 3600_000;
/** How often is looked back so far; less often where that takes its time. */
const lookBackMs = { local: 1000, aws: 30_000 };
const lookBackShare = 10;
/** So long a cloud may not answer while it is followed. */
const patienceMs = 300_000;

export async function readLogs(
  cloud: Cloud,
  app: string,
  o: LogQuestion,
  onLine: (line: LogLine) => void,
): Promise<void> {
  const groups = chosen(await groupsOf(cloud, app), app, o.function);
  const traced = createTracer(cloud);
  await readGroups(cloud, groups, o, async ({ name }, line) =>
    onLine({ ...line, message: await traced(name, line.message) }),
  );
}

/** What came into these groups, each line once, in the order of time; a group that is not there has none. */
export async function readGroups(
  cloud: Cloud,
  groups: readonly LogGroup[],
  o: LogQuestion,
  onLine: (group: LogGroup, line: LogLine) => void | Promise<void>,
): Promise<void> {
  const ask = asker(cloud, groups, o);
  let answered = Date.now();
  while (!o.signal.aborted) {
    const asked = Date.now();
    const events = await ask().catch((error: unknown) => {
      if (!o.follow || !(error instanceof Fault) || Date.now() - answered > patienceMs) throw error;
      if (error.code !== "cloud-unreachable") throw error;
      return undefined;
    });
    if (events) answered = asked;
    for (const { group, line } of events ?? []) await onLine(group, line);
    if (!o.follow) return;
    await pause(cloud.endpoint ? probeMs.local : probeMs.aws, undefined, { signal: o.signal }).catch(() => undefined);
  }
}

export interface LogGroup {
  name: string;
  noun: string;
  /** Only what this pattern of CloudWatch Logs matches. */
  filter?: string;
}

interface Found {
  id: string;
  group: LogGroup;
  timestamp: number;
  line: LogLine;
}

/** Each call answers what no call before it did, in the order of time. */
function asker(cloud: Cloud, groups: readonly LogGroup[], o: LogQuestion): () => Promise<Found[]> {
  const first = o.since ?? Date.now() - defaultMs;
  const span = { near: first, far: first };
  let farAt = 0;
  const shown = new Map<string, number>();
  const requests = new Map<string, string>();
  return async () => {
    const began = Date.now();
    const far = began >= farAt;
    const since = far ? span.far : span.near;
    const found = (await Promise.all(groups.map((group) => eventsOf(cloud, group, since, o)))).flat();
    // Both from when it was asked that was answered: a computer that slept goes on where it was.
    span.near = Math.max(first, began - lateMs);
    if (far) {
      span.far = Math.max(first, began - latestMs);
      const pause = Math.max(lookBackMs[cloud.endpoint ? "local" : "aws"], (Date.now() - began) * lookBackShare);
      farAt = Date.now() + pause;
    }
    const fresh = found
      .filter(({ eventId }) => !shown.has(eventId))
      .sort((a, b) => a.timestamp - b.timestamp)
      .map((event) => lineOf(event, requests));
    for (const { id, timestamp } of fresh) shown.set(id, timestamp);
    if (far) for (const [id, timestamp] of shown) if (timestamp < span.far) shown.delete(id);
    return fresh;
  };
}

function chosen(groups: LogGroup[], app: string, wanted: string | undefined): LogGroup[] {
  const found = wanted === undefined ? groups : groups.filter(({ noun }) => noun === wanted);
  if (found.length === 0 && wanted !== undefined)
    throw faults.noSuchFunction(
      app,
      wanted,
      groups.map(({ noun }) => noun),
    );
  return found;
}

async function groupsOf(cloud: Cloud, app: string): Promise<LogGroup[]> {
  const { deployment } = await (await needStack(cloud, app)).exportStack();
  const { resources = [] } = deployment as { resources?: { type: string; urn: string; id?: string }[] };
  return resources
    .filter(({ type, id }) => type === "aws:cloudwatch/logGroup:LogGroup" && id)
    .map(({ urn, id }) => ({ name: id!, noun: urn.slice(urn.lastIndexOf("::") + 2) }));
}

type GroupEvent = Required<Pick<FilteredLogEvent, "eventId" | "timestamp" | "message" | "logStreamName">> & {
  group: LogGroup;
};

async function eventsOf(cloud: Cloud, group: LogGroup, startTime: number, o: LogQuestion): Promise<GroupEvent[]> {
  return guarded(cloud, async () => {
    const { sdk, client } = await logs(cloud);
    const events: FilteredLogEvent[] = [];
    let nextToken: string | undefined;
    do {
      const filterPattern = o.filter ?? group.filter;
      const asked = { logGroupName: group.name, startTime, nextToken, ...(filterPattern && { filterPattern }) };
      const page = await client.send(new sdk.FilterLogEventsCommand(asked)).catch((error: Error) => {
        if (error.name === "InvalidParameterException" && o.filter) throw faults.badPattern(o.filter, error.message);
        if (error.name !== "ResourceNotFoundException") throw error;
        return { events: [], nextToken: undefined };
      });
      events.push(...(page.events ?? []));
      nextToken = page.nextToken;
    } while (nextToken && !o.signal.aborted);
    client.destroy();
    return events.map(({ eventId, timestamp = 0, message = "", logStreamName = "" }) => ({
      ...{ eventId: eventId ?? `${logStreamName} ${timestamp} ${message}`, timestamp, message, logStreamName, group },
    }));
  });
}

const uuid = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
const platformLine = new RegExp(`^(START|END|REPORT) RequestId: (${uuid})`);
const consoleLine = new RegExp(`^\\S+\\t(${uuid})\\t`);
const jsonLine = new RegExp(`"requestId"\\s*:\\s*"(${uuid})"`);

/** A stream is one environment, which runs one call at a time: what says no id is of the call that began last. */
function lineOf(event: GroupEvent, requests: Map<string, string>): Found {
  const { eventId: id, group, timestamp, message, logStreamName } = event;
  const environment = `${group.name} ${logStreamName}`;
  const [, word, ofPlatform] = platformLine.exec(message) ?? [];
  if (word === "START") requests.set(environment, ofPlatform!);
  const requestId =
    ofPlatform ?? consoleLine.exec(message)?.[1] ?? jsonLine.exec(message)?.[1] ?? requests.get(environment);
  if (word === "END") requests.delete(environment);
  const line = { at: new Date(timestamp).toISOString(), function: group.noun, ...(requestId && { requestId }) };
  return { id, group, timestamp, line: { ...line, message: message.replace(/\n$/, "") } };
}
