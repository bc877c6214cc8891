/**
 * StartLiveTail: what is written to a few groups, as it comes, over one answer that goes on. Events that a client is too
 * slow for are left out and said to be (`sampled`), so that none of them keeps memory.
 */
import { randomUUID } from "node:crypto";
import { PassThrough } from "node:stream";
import { EventStream } from "../protocols/aws-json.ts";
import { encodeEvent, encodeException } from "../protocols/event-stream.ts";
import type { Call, LocalCloud } from "../service.ts";
import { invalid } from "./errors.ts";
import type { EventLog, Written } from "./events.ts";
import { findGroup, groupArn } from "./groups.ts";
import { parsePattern } from "./patterns/index.ts";

/** AWS sends an update a second, an empty one, too; events go out sooner here. */
const beatMs = 1000;
const eventsAnUpdate = 500;
const unreadLimitBytes = 4 * 1024 * 1024;
const sessionMs = 3 * 3600_000;
const mostSessions = 15;

export interface LiveTails {
  start(input: any, call: Call): EventStream;
  /** Ends every session: the cloud stops. */
  stop(): void;
}

export function openLiveTails(cloud: LocalCloud, log: EventLog): LiveTails {
  const sessions = new Set<() => void>();
  return {
    start(input, call) {
      if (sessions.size >= mostSessions) throw invalid("There are too many Live Tail sessions.");
      const { out, end } = tail(cloud, log, input, call, () => sessions.delete(end));
      sessions.add(end);
      return new EventStream(out);
    },
    stop() {
      for (const end of sessions) end();
    },
  };
}

function tail(
  cloud: LocalCloud,
  log: EventLog,
  input: any,
  call: Call,
  onEnd: () => void,
): { out: PassThrough; end(): void } {
  const wants = chosen(cloud, input);
  const out = new PassThrough();
  const send = (type: string, body: object): void =>
    void out.write(encodeEvent(type, "application/json", Buffer.from(JSON.stringify(body))));
  let sampled = false;
  const update = (sessionResults: object[]): void => {
    if (out.writableLength > unreadLimitBytes) {
      sampled = true;
      return;
    }
    send("sessionUpdate", { sessionMetadata: { sampled }, sessionResults });
    sampled = false;
  };
  const unwatch = log.watch((written) => {
    const found = written.flatMap(wants);
    for (let at = 0; at < found.length; at += eventsAnUpdate) update(found.slice(at, at + eventsAnUpdate));
  });
  const began = cloud.clock.now();
  const beat = setInterval(() => {
    update([]);
    if (cloud.clock.now() - began < sessionMs) return;
    const said = JSON.stringify({ message: "The session has timed out." });
    out.write(encodeException("SessionTimeoutException", Buffer.from(said)));
    end();
  }, beatMs).unref();
  const end = (): void => {
    clearInterval(beat);
    unwatch();
    call.signal.removeEventListener("abort", end);
    out.end();
    onEnd();
  };
  call.signal.addEventListener("abort", end);
  send("initial-response", {});
  send("sessionStart", { ...input, requestId: call.requestId, sessionId: randomUUID() });
  return { out, end };
}

/** Which of the written events a session asked for, in its words. */
function chosen(cloud: LocalCloud, input: any): (written: Written) => object[] {
  const { logGroupIdentifiers: identifiers, logStreamNames: names, logStreamNamePrefixes: prefixes } = input;
  if ((names?.length || prefixes?.length) && identifiers.length > 1)
    throw invalid("Log streams can be named only when one log group is specified.");
  if (names?.length && prefixes?.length)
    throw invalid("logStreamNames and logStreamNamePrefixes are mutually exclusive parameters.");
  const groups = new Map<number, string>();
  for (const identifier of identifiers) {
    const group = findGroup(cloud.store.db, identifier);
    groups.set(group.id, groupArn(cloud, group.name));
  }
  const { matches } = parsePattern(input.logEventFilterPattern ?? "");
  const ofStream = (stream: string): boolean =>
    names?.length
      ? names.includes(stream)
      : !prefixes?.length || prefixes.some((one: string) => stream.startsWith(one));
  return ({ groupId, stream, ingestedMs, events }) => {
    const logGroupIdentifier = groups.get(groupId);
    if (logGroupIdentifier === undefined || !ofStream(stream)) return [];
    return events
      .filter(({ message }) => matches(message))
      .map(({ timestamp, message }) => ({
        ...{ logStreamName: stream, logGroupIdentifier, message, timestamp, ingestionTime: ingestedMs },
      }));
  };
}
