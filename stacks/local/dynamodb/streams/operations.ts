/**
 * The four operations of DynamoDB Streams. A stream has one shard, from its beginning to its end: nothing is split here.
 * What an iterator stands for is in the iterator itself; who may read is asked of the stream that it names.
 */
import { type JsonOperation, JsonText } from "../../protocols/aws-json.ts";
import type { LocalCloud } from "../../service.ts";
import {
  expiredIterator,
  invalidValue,
  noSuchShard,
  noSuchStream,
  noSuchTableNamed,
  trimmedData,
  validation,
} from "../errors.ts";
import type { Catalogue } from "../records.ts";
import { numberOf, recordText, sequenceText } from "./record-text.ts";
import { type Stream, type StreamRow, type Streams, startOf } from "./records.ts";

const mostListed = 100;
const mostRecords = 1000;
const mostBytes = 1024 * 1024;
const iteratorLifeMs = 15 * 60 * 1000;

export function streamOperations(
  cloud: LocalCloud,
  tables: Catalogue,
  streams: Streams,
): Readonly<Record<string, JsonOperation>> {
  const { region, accountId } = cloud.options;
  const prefix = `arn:aws:dynamodb:${region}:${accountId}:table/`;
  const arnOf = ({ tableName, label }: Stream): string => `${prefix}${tableName}/stream/${label}`;
  const get = (arn: string): Stream => {
    const found = arn.startsWith(prefix) ? streams.find(arn.slice(prefix.length)) : undefined;
    if (!found) throw noSuchStream(arn);
    return found;
  };
  const iteratorAt = (stream: Stream, after: number): string =>
    `${arnOf(stream)}|1|${Buffer.from(JSON.stringify([after, cloud.clock.now()])).toString("base64url")}`;

  /** Where each type of iterator begins: the number before its first record. */
  const starts: Readonly<Record<string, (stream: Stream, input: any) => number>> = {
    TRIM_HORIZON: (stream) => Math.max(startOf(stream) - 1, streams.trimPoint(stream)),
    LATEST: (stream) => streams.last(stream),
    AT_SEQUENCE_NUMBER: (stream, input) => sequenceAsked(streams, stream, input) - 1,
    AFTER_SEQUENCE_NUMBER: (stream, input) => sequenceAsked(streams, stream, input),
    AT_TIMESTAMP: (stream, { Timestamp: at }) => {
      if (at === undefined) throw invalidValue("Timestamp is required for ShardIteratorType AT_TIMESTAMP");
      return Math.max(streams.before(stream, at * 1000), streams.trimPoint(stream));
    },
  };

  return {
    ListStreams({ TableName, Limit, ExclusiveStartStreamArn: start = "" }) {
      const most = limitOf(Limit, mostListed);
      const [, tableName = "", label = ""] = /table\/([^/]+)\/stream\/([^/]+)$/.exec(start) ?? [];
      if (start !== "" && label === "") throw validation("Invalid StreamArn");
      const found = streams.list(TableName, { tableName, label }, most + 1);
      if (found.length === 0 && start === "" && TableName && !tables.find(TableName)) throw noSuchTableNamed(TableName);
      const shown = found.slice(0, most);
      return {
        Streams: shown.map((one) => ({ StreamArn: arnOf(one), TableName: one.tableName, StreamLabel: one.label })),
        LastEvaluatedStreamArn: found.length > most ? arnOf(shown.at(-1)!) : undefined,
      };
    },
    DescribeStream({ StreamArn, Limit, ExclusiveStartShardId, ShardFilter }) {
      limitOf(Limit, mostListed);
      const stream = get(StreamArn);
      for (const asked of [ExclusiveStartShardId, ShardFilter?.ShardId])
        if (asked !== undefined && asked !== shardIdOf(stream)) throw noSuchShard(asked, StreamArn);
      if (ShardFilter?.Type && !ShardFilter.ShardId)
        throw invalidValue("ShardFilter.ShardId is required for ShardFilter.Type CHILD_SHARDS");
      // The one shard has no children, and none comes after it.
      const shards = ExclusiveStartShardId || ShardFilter?.Type ? [] : [describeShard(streams, stream)];
      return {
        StreamDescription: {
          StreamArn: arnOf(stream),
          StreamLabel: stream.label,
          StreamStatus: stream.ended === undefined ? "ENABLED" : "DISABLED",
          StreamViewType: stream.view,
          CreationRequestDateTime: stream.created / 1000,
          TableName: stream.tableName,
          KeySchema: stream.keySchema,
          Shards: shards,
        },
      };
    },
    GetShardIterator(input) {
      const stream = get(input.StreamArn);
      if (input.ShardId !== shardIdOf(stream)) throw noSuchShard(input.ShardId, input.StreamArn);
      return { ShardIterator: iteratorAt(stream, starts[input.ShardIteratorType]!(stream, input)) };
    },
    GetRecords({ ShardIterator, Limit }) {
      const most = limitOf(Limit, mostRecords);
      const { arn, after, made } = readIterator(ShardIterator);
      const now = cloud.clock.now();
      if (now - made > iteratorLifeMs) throw expiredIterator(made, now, iteratorLifeMs);
      const stream = get(arn);
      // What has been trimmed since cannot be skipped in silence.
      if (streams.trimPoint(stream) > Math.max(after, startOf(stream) - 1)) throw trimmedData();
      const { rows, whole } = upTo(streams.read(stream.id, after, most), mostBytes);
      const next = iteratorAt(stream, rows.at(-1)?.seq ?? after);
      const records = rows.map((row) => recordText(stream, row, region));
      const ended = stream.ended !== undefined && whole && rows.length < most;
      return new JsonText(
        `{"Records":[${records.join(",")}]${ended ? "" : `,"NextShardIterator":${JSON.stringify(next)}`}}`,
      );
    },
  };
}

/** As long as AWS's: 20 digits and 8. */
export const shardIdOf = ({ created, id }: Stream): string =>
  `shardId-${String(created).padStart(20, "0")}-${id.toString(16).padStart(8, "0")}`;

function describeShard(streams: Streams, stream: Stream): Record<string, unknown> {
  const start = Math.max(startOf(stream), streams.trimPoint(stream) + 1);
  return {
    ShardId: shardIdOf(stream),
    SequenceNumberRange: {
      StartingSequenceNumber: sequenceText(start),
      EndingSequenceNumber:
        stream.ended === undefined ? undefined : sequenceText(Math.max(start, streams.last(stream))),
    },
  };
}

function limitOf(asked: number | undefined, most: number): number {
  if (asked !== undefined && asked > most)
    throw validation(
      `1 validation error detected: Value '${asked}' at 'limit' failed to satisfy constraint: Member must have value less than or equal to ${most}`,
    );
  return asked ?? most;
}

function sequenceAsked(streams: Streams, stream: Stream, { SequenceNumber, ShardIteratorType }: any): number {
  if (SequenceNumber === undefined)
    throw invalidValue(`SequenceNumber is required for ShardIteratorType ${ShardIteratorType}`);
  const asked = numberOf(SequenceNumber);
  if (asked === undefined) throw validation("Invalid SequenceNumber");
  if (asked <= Math.max(startOf(stream) - 1, streams.trimPoint(stream))) throw trimmedData();
  return asked;
}

function readIterator(text: string): { arn: string; after: number; made: number } {
  const [arn = "", version, body = ""] = text.split("|");
  let read: unknown;
  try {
    read = JSON.parse(Buffer.from(body, "base64url").toString("utf8"));
  } catch {
    throw validation("Invalid ShardIterator");
  }
  if (version !== "1" || !Array.isArray(read) || read.length !== 2 || !read.every(Number.isSafeInteger))
    throw validation("Invalid ShardIterator");
  return { arn, after: read[0], made: read[1] };
}

/** Rows until they have so many bytes, the first in any case. `whole`: none was left for that. */
export function upTo(found: Iterable<StreamRow>, bytes: number): { rows: StreamRow[]; whole: boolean } {
  const rows: StreamRow[] = [];
  let sum = 0;
  for (const row of found) {
    sum += row.size;
    if (rows.length > 0 && sum > bytes) return { rows, whole: false };
    rows.push(row);
  }
  return { rows, whole: true };
}
