/**
 * DynamoDB Streams: the door. A service of its own on the wire, with DynamoDB's name in signatures; and, in this process,
 * what reads streams for functions: `peers.streams`, which is told of writes instead of asking for them.
 */
import { jsonService } from "../../protocols/aws-json.ts";
import type { LocalCloud, Service, StreamReader } from "../../service.ts";
import type { Catalogue } from "../records.ts";
import { streamAccess } from "./access.ts";
import { inputRules } from "./input-rules.ts";
import { streamOperations, upTo } from "./operations.ts";
import { recordText, sequenceText } from "./record-text.ts";
import { type Stream, type Streams, startOf } from "./records.ts";

export const streamTarget = "DynamoDBStreams_20120810";

export function createStreamsDoor(
  cloud: LocalCloud,
  tables: Catalogue,
  streams: Streams,
  answerHeaders: (body: string) => Record<string, string>,
): Pick<Service, "handle"> {
  return jsonService(cloud, {
    ...{ name: "dynamodb", version: "1.0", target: streamTarget, inputRules, answerHeaders },
    access: streamAccess(cloud),
    operations: streamOperations(cloud, tables, streams),
  });
}

/** `notify` is called when writes are on disk; it costs nothing while nobody reads. */
export function createStreamReader(
  { options: { region, accountId } }: LocalCloud,
  streams: Streams,
): { reader: StreamReader; notify(): void; isRead(): boolean } {
  const prefix = `arn:aws:dynamodb:${region}:${accountId}:table/`;
  const find = (arn: string): Stream | undefined =>
    arn.startsWith(prefix) ? streams.find(arn.slice(prefix.length)) : undefined;
  const listeners = new Set<(arns: ReadonlySet<string>) => void>();
  return {
    isRead: () => listeners.size > 0,
    notify() {
      const written = new Set(streams.takeWritten().map((path) => prefix + path));
      if (written.size > 0) for (const listener of listeners) listener(written);
    },
    reader: {
      start(arn, position) {
        const stream = find(arn);
        if (!stream) return undefined;
        return position === "LATEST" ? streams.last(stream) : startOf(stream) - 1;
      },
      read(arn, after, { most, mostBytes, share }) {
        const stream = find(arn);
        if (!stream) return undefined;
        const from = Math.max(after, streams.trimPoint(stream));
        return upTo(streams.read(stream.id, from, most, share), mostBytes).rows.map((row) => ({
          position: row.seq,
          sequenceNumber: sequenceText(row.seq),
          at: row.at,
          text: recordText(stream, row, region, arn),
        }));
      },
      watch(listener) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
  };
}
