/**
 * AWS's JSON protocol 1.0 and 1.1 (X-Amz-Target names the operation). Knows no service: it is given a table of
 * operations. An operation nobody made answers the service's own error and is logged by name.
 */
import type { Readable } from "node:stream";
import { needsOf } from "../access/rows.ts";
import { admitJson, type InputRules, isKnown } from "../models/admit.ts";
import { type AccessTable, type Call, type LocalCloud, type Reply, type Service, ServiceError } from "../service.ts";

export type JsonOperation = (input: any, call: Call) => unknown | Promise<unknown>;

/** An answer that is JSON already: what was stored as JSON need not be parsed to be sent. */
export class JsonText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** An answer that goes on: events in AWS's framing, until either side ends it. */
export class EventStream {
  readonly events: Readable;
  constructor(events: Readable) {
    this.events = events;
  }
}

export interface JsonServiceInit {
  name: string;
  /** `1.0` (DynamoDB) or `1.1` (SSM, Logs). */
  version: "1.0" | "1.1";
  /** What stands before the dot in X-Amz-Target: `DynamoDB_20120810`, `AmazonSSM`, `Logs_20140328`. */
  target: string;
  operations: Readonly<Record<string, JsonOperation>>;
  /** Given: inputs are read and judged by the service's model. DynamoDB has tables and an order of its own. */
  inputRules?: InputRules;
  /** What each operation needs; one that is refused by name has no row. */
  access: AccessTable;
  /** DynamoDB says `com.amazonaws.dynamodb.v20120810#ResourceNotFoundException`. */
  errorPrefix?: string;
  /** `UnknownOperationException` unless the service says otherwise. */
  unknownOperation?: (operation: string) => ServiceError;
  /** Headers every answer carries (DynamoDB: x-amz-crc32). */
  answerHeaders?: (body: string) => Record<string, string>;
  maxBodyBytes?: number;
}

export function jsonService(cloud: LocalCloud, init: JsonServiceInit): Pick<Service, "name" | "handle" | "fail"> {
  const contentType = `application/x-amz-json-${init.version}`;
  const reply = (status: number, requestId: string, body: string): Reply => ({
    status,
    headers: { "content-type": contentType, "x-amzn-requestid": requestId, ...init.answerHeaders?.(body) },
    body,
  });

  return {
    name: init.name,
    async handle(call) {
      const operation = operationOf(call, init.target);
      const run = Object.hasOwn(init.operations, operation) ? init.operations[operation] : undefined;
      if (!run) {
        cloud.log(`${init.name}: unknown operation ${JSON.stringify(operation.slice(0, 100))}`);
        if (init.inputRules && isKnown(init.inputRules, operation)) throw init.inputRules.notServed(operation);
        throw init.unknownOperation?.(operation) ?? new ServiceError("UnknownOperationException", 400, "");
      }
      const given = parse(await readAll(call, init.maxBodyBytes ?? 16 * 1024 * 1024));
      const input = init.inputRules ? admitJson(init.inputRules, operation, given) : given;
      cloud.access.require(call, needsOf(init.access, operation, input, call));
      const answer = await run(input, call);
      if (answer instanceof EventStream) {
        const headers = { "content-type": "application/vnd.amazon.eventstream", "x-amzn-requestid": call.requestId };
        return { status: 200, headers, body: answer.events };
      }
      return reply(200, call.requestId, answer instanceof JsonText ? answer.text : JSON.stringify(answer ?? {}));
    },
    fail(error, call) {
      const type = `${init.errorPrefix ?? ""}${error.code}`;
      return reply(
        error.status,
        call.requestId,
        JSON.stringify({ __type: type, [messageName(error.code)]: error.message, ...error.fields }),
      );
    },
  };
}

/** What a denial says stands in another member than what other errors say. */
export const messageName = (code: string): string => (code === "AccessDeniedException" ? "Message" : "message");

function operationOf(call: Call, target: string): string {
  const header = call.headers["x-amz-target"] ?? "";
  return header.startsWith(`${target}.`) ? header.slice(target.length + 1) : header;
}

function parse(text: string): unknown {
  if (text === "") return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ServiceError("SerializationException", 400, "");
  }
  if (value === null || typeof value !== "object" || Array.isArray(value))
    throw new ServiceError("SerializationException", 400, "");
  return value;
}

/** The body's text. */
export async function readAll({ whole, body }: Pick<Call, "whole" | "body">, maxBytes: number): Promise<string> {
  if (whole && whole.length <= maxBytes) return whole.toString("utf8");
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes)
      throw new ServiceError("RequestEntityTooLargeException", 413, `Request must be smaller than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
