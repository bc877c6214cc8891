/**
 * The door of the local cloud's DynamoDB: tables, items, the complete expression language, indexes, transactions, TTL.
 * Gaps: no PartiQL, no backups (point-in-time recovery is a stored setting only), no global tables, no
 * KMS keys; capacity is counted, never enforced; one namespace of tables whatever region a call is signed for.
 */
import { crc32 } from "node:zlib";
import { jsonService, messageName } from "../protocols/aws-json.ts";
import type { LocalCloud, Service, ServiceFactory } from "../service.ts";
import { dynamodbAccess } from "./access.ts";
import { openChores } from "./chores.ts";
import type { Context, Operation } from "./context.ts";
import { errorPrefix, notServed } from "./errors.ts";
import { openItems } from "./items.ts";
import { operations } from "./operations.ts";
import { openCatalogue } from "./records.ts";
import { readInput } from "./shape.ts";
import { createStreamReader, createStreamsDoor, streamTarget } from "./streams/index.ts";
import { openStreams } from "./streams/records.ts";

const jsonType = "application/x-amz-json-1.0";

export const createDynamoDBService: ServiceFactory = (cloud: LocalCloud): Service => {
  const tables = openCatalogue(cloud);
  const streams = openStreams(cloud);
  const { reader, notify, isRead } = createStreamReader(cloud, streams);
  cloud.peers.streams = reader;
  const items = openItems(cloud.store, streams);
  /** A write of items: whoever reads streams hears of it once it is on disk. */
  const write: Context["write"] = (change) => {
    const written = cloud.store.write(change);
    if (isRead()) void written.then(notify, () => undefined);
    return written;
  };
  const chores = openChores({ cloud, tables, items, streams, write });
  const context: Context = { cloud, tables, items, streams, chores, write, now: () => cloud.clock.now() };
  const checksum = (body: string): Record<string, string> => ({ "x-amz-crc32": String(crc32(body)) });

  const json = jsonService(cloud, {
    name: "dynamodb",
    version: "1.0",
    target: "DynamoDB_20120810",
    access: dynamodbAccess(tables),
    operations: Object.fromEntries(Object.entries(operations).map(([name, one]) => [name, runner(one, context)])),
    answerHeaders: checksum,
  });

  const streamsDoor = createStreamsDoor(cloud, tables, streams, checksum);

  return {
    name: json.name,
    handle: (call) => (call.headers["x-amz-target"]?.startsWith(streamTarget) ? streamsDoor : json).handle(call),
    fail(error, { requestId }) {
      const body = JSON.stringify({
        __type: errorPrefix(error.code) + error.code,
        [messageName(error.code)]: error.message,
        ...error.fields,
      });
      const headers = { "content-type": jsonType, "x-amzn-requestid": requestId, ...checksum(body) };
      return { status: error.status, headers, body };
    },
    start: () => chores.start(),
    stop: () => chores.stop(),
  };
};

function runner({ members, refused = [], handle }: Operation, context: Context): (input: any, call: any) => unknown {
  return (input, call) => {
    const unserved = refused.find((name) => input[name] !== undefined && input[name] !== null);
    if (unserved) throw notServed(unserved);
    return handle(readInput(members, withTableNames(input, context)), context, call);
  };
}

/** A table may be named by its ARN; ours are known, others are left for the name's own constraint to refuse. */
function withTableNames(input: any, { tables }: Context): any {
  const arn = input.TableName;
  if (typeof arn !== "string" || !arn.startsWith("arn:")) return input;
  const name = arn.slice(arn.lastIndexOf("/") + 1);
  return tables.arn(name) === arn ? { ...input, TableName: name } : input;
}
