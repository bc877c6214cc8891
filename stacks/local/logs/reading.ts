/** PutLogEvents, GetLogEvents with its two tokens, FilterLogEvents in bounded slices. */
import { setImmediate } from "node:timers/promises";
import type { JsonOperation } from "../protocols/aws-json.ts";
import type { LocalCloud } from "../service.ts";
import { invalid, notServed } from "./errors.ts";
import { type EventLog, eventOverheadBytes, type Position, type Written } from "./events.ts";
import { findGroup, findStream } from "./groups.ts";
import { parsePattern } from "./patterns/index.ts";

interface EventRow {
  id: number;
  timestamp: number;
  ingested_ms: number;
  message: string;
  stream: string;
}

const batchLimitBytes = 1_048_576;
const answerLimitBytes = 1_000_000;
const scanSlice = 1000;
/** Patterns take their time on long messages: so long at a time. */
const turnMs = 15;
/** One call looks at so many rows at most and then hands out a token, as AWS does. */
const scanLimit = 50_000;
const dayMs = 86_400_000;

export function eventOperations(cloud: LocalCloud, log: EventLog): Record<string, JsonOperation> {
  return {
    PutLogEvents: (input) => putEvents(cloud, log, input),
    GetLogEvents: async (input) => {
      await log.flush();
      return getEvents(cloud, input);
    },
    FilterLogEvents: async (input) => {
      await log.flush();
      return filterEvents(cloud, input);
    },
    TestMetricFilter: (input) => testMetricFilter(input),
  };
}

async function putEvents(cloud: LocalCloud, log: EventLog, input: any): Promise<unknown> {
  const events: { timestamp: number; message: string }[] = input.logEvents;
  let bytes = 0;
  let before = 0;
  if (events.at(-1)!.timestamp - events[0]!.timestamp > dayMs)
    throw invalid("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.");
  for (const { timestamp, message } of events) {
    if (timestamp < before)
      throw invalid("Log events in a single PutLogEvents request must be in chronological order.");
    before = timestamp;
    bytes += Buffer.byteLength(message) + eventOverheadBytes;
  }
  if (bytes > batchLimitBytes) throw invalid(`Upload too large: ${bytes} bytes exceeds limit of ${batchLimitBytes}`);
  const taken: Written[] = [];
  const answer = await cloud.store.write((db) => {
    const group = findGroup(db, input.logGroupName);
    const stream = findStream(db, group.id, input.logStreamName);
    const now = cloud.clock.now();
    const oldest = now - 14 * dayMs;
    const expired = group.retention_days === null ? 0 : now - group.retention_days * dayMs;
    const newest = now + 2 * 3_600_000;
    const kept = events.filter(({ timestamp }) => timestamp >= Math.max(oldest, expired) && timestamp <= newest);
    if (kept.length > 0) log.insert(group.id, stream, kept);
    taken.push({ groupId: group.id, stream: input.logStreamName, ingestedMs: now, events: kept });
    const count = (test: (timestamp: number) => boolean): number =>
      events.filter(({ timestamp }) => test(timestamp)).length;
    const rejected = {
      ...(count((t) => t > newest) > 0 && { tooNewLogEventStartIndex: events.length - count((t) => t > newest) }),
      ...(count((t) => t < oldest) > 0 && { tooOldLogEventEndIndex: count((t) => t < oldest) }),
      ...(count((t) => t < expired) > 0 && { expiredLogEventEndIndex: count((t) => t < expired) }),
    };
    return {
      nextSequenceToken: "49039859582149517155516105945473",
      ...(Object.keys(rejected).length > 0 && { rejectedLogEventsInfo: rejected }),
    };
  });
  log.announce(taken);
  return answer;
}

/** `f/` and `b/` with time and id: the place right after or right before an event. */
function encodePosition(direction: "f" | "b", { timestamp, id }: Position): string {
  return `${direction}/${String(timestamp).padStart(20, "0")}${String(id).padStart(36, "0")}/s`;
}

function decodePosition(token: unknown): { direction: "f" | "b"; position: Position } {
  const match = /^([fb])\/(\d{20})(\d{36})\/s$/.exec(String(token));
  if (!match) throw invalid("The specified nextToken is invalid.");
  return { direction: match[1] as "f" | "b", position: { timestamp: Number(match[2]), id: Number(match[3]) } };
}

function getEvents(cloud: LocalCloud, input: any): unknown {
  const { db } = cloud.store;
  const group = findGroup(db, input.logGroupIdentifier ?? input.logGroupName);
  const stream = findStream(db, group.id, input.logStreamName);
  const { limit = 10_000 } = input;
  const token = input.nextToken === undefined ? undefined : decodePosition(input.nextToken);
  const start = input.startTime ?? 0;
  const end = input.endTime ?? Number.MAX_SAFE_INTEGER;
  const forward = token ? token.direction === "f" : input.startFromHead === true;
  const position = token?.position ?? (forward ? { timestamp: start, id: -1 } : { timestamp: end, id: -1 });
  const rows = db
    .prepare(
      `SELECT id, timestamp, ingested_ms, message, '' AS stream FROM logs_events
         WHERE stream_id = ? AND timestamp >= ? AND timestamp < ? AND (timestamp, id) ${forward ? ">" : "<"} (?, ?)
         ORDER BY timestamp ${forward ? "ASC" : "DESC"}, id ${forward ? "ASC" : "DESC"} LIMIT ?`,
    )
    .all(stream, start, end, position.timestamp, position.id, limit) as unknown as EventRow[];
  const kept = withinBytes(rows);
  if (!forward) kept.reverse();
  const first = kept[0];
  const last = kept.at(-1);
  // Nothing more: the token asked with comes back, which is how clients know.
  const rest = token?.position ?? { timestamp: forward ? start : 0, id: 0 };
  return {
    events: kept.map(({ timestamp, message, ingested_ms }) => ({ timestamp, message, ingestionTime: ingested_ms })),
    nextForwardToken: encodePosition("f", last ?? rest),
    nextBackwardToken: encodePosition("b", first ?? rest),
  };
}

function testMetricFilter({ filterPattern, logEventMessages }: any): unknown {
  const pattern = parsePattern(filterPattern);
  const matches = (logEventMessages as string[]).flatMap((eventMessage, at) =>
    pattern.matches(eventMessage)
      ? [{ eventNumber: at + 1, eventMessage, extractedValues: pattern.extract(eventMessage) }]
      : [],
  );
  return { matches };
}

function withinBytes(rows: EventRow[]): EventRow[] {
  let bytes = 0;
  const kept: EventRow[] = [];
  for (const row of rows) {
    bytes += Buffer.byteLength(row.message) + eventOverheadBytes;
    if (bytes > answerLimitBytes && kept.length > 0) break;
    kept.push(row);
  }
  return kept;
}

async function filterEvents(cloud: LocalCloud, input: any): Promise<unknown> {
  const { db } = cloud.store;
  const group = findGroup(db, input.logGroupIdentifier ?? input.logGroupName);
  const { matches } = parsePattern(input.filterPattern ?? "");
  const { limit = 10_000 } = input;
  if (input.startFromHead === false) throw notServed("startFromHead false");
  const { logStreamNames: names, logStreamNamePrefix: prefix } = input;
  if (names && prefix) throw invalid("Cannot use logStreamNames with a logStreamNamePrefix.");
  for (const name of names ?? []) findStream(db, group.id, name);
  const end = input.endTime ?? Number.MAX_SAFE_INTEGER;
  let position: Position = input.nextToken
    ? decodePosition(input.nextToken).position
    : { timestamp: input.startTime ?? 0, id: -1 };
  const read = db.prepare(
    `SELECT e.id, e.timestamp, e.ingested_ms, e.message, s.name AS stream
       FROM logs_events e JOIN logs_streams s ON s.id = e.stream_id
       WHERE e.group_id = ? AND (e.timestamp, e.id) > (?, ?) AND e.timestamp <= ?
       ORDER BY e.timestamp, e.id LIMIT ?`,
  );
  const found: EventRow[] = [];
  let bytes = 0;
  let more = false;
  let turnBegan = performance.now();
  for (let scanned = 0; scanned < scanLimit; scanned += scanSlice) {
    const rows = read.all(group.id, position.timestamp, position.id, end, scanSlice) as unknown as EventRow[];
    more = rows.length === scanSlice;
    for (const row of rows) {
      position = { timestamp: row.timestamp, id: row.id };
      if (names && !names.includes(row.stream)) continue;
      if (prefix && !row.stream.startsWith(prefix)) continue;
      if (performance.now() - turnBegan > turnMs) {
        await setImmediate();
        turnBegan = performance.now();
      }
      if (!matches(row.message)) continue;
      found.push(row);
      bytes += Buffer.byteLength(row.message) + eventOverheadBytes;
      if (found.length === limit || bytes > answerLimitBytes) return answer(found, position);
    }
    if (!more) break;
    // Reads of one slice a turn: other calls are served in between.
    await setImmediate();
    turnBegan = performance.now();
  }
  return answer(found, more ? position : undefined);
}

function answer(found: EventRow[], next: Position | undefined): unknown {
  return {
    events: found.map((row) => ({
      logStreamName: row.stream,
      timestamp: row.timestamp,
      message: row.message,
      ingestionTime: row.ingested_ms,
      eventId: String(row.id).padStart(56, "0"),
    })),
    searchedLogStreams: [],
    ...(next && { nextToken: encodePosition("f", next) }),
  };
}
