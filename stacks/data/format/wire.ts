/**
 * DynamoDB's JSON as it comes and goes: the SDK signs, asks again and says what went wrong, and neither decodes nor
 * encodes what is in between. A million items so cost a parse each, and are written as they were read.
 */
import type { Cloud } from "../../cloud.ts";
import { dynamodb } from "../../deploy/clients.ts";
import type { TypedItem } from "./attribute.ts";

export interface Page {
  items: TypedItem[];
  /** Of the answer, as it came. */
  sizeBytes: number;
  /** Where the next page begins; undefined after the last. */
  next?: TypedItem;
}

export interface RawTables {
  /** A page of one of `segments` parts of a table, as of a moment after the call began. */
  scan(table: string, o: ScanPlace): Promise<Page>;
  /** Items in JSON, at most 25; answers with those that were not taken. Deletes take keys. */
  write(table: string, what: "put" | "delete", items: readonly string[]): Promise<string[]>;
  close(): void;
}

export interface ScanPlace {
  segment: number;
  segments: number;
  after?: TypedItem;
  limit?: number;
  /** Only these attributes: the key, to delete by. */
  only?: readonly string[];
  signal: AbortSignal;
}

interface Stack {
  addRelativeTo(middleware: unknown, o: { relation: "after"; toMiddleware: string; name: string }): void;
}

export async function rawTables(cloud: Cloud): Promise<RawTables> {
  const { sdk, client } = await dynamodb(cloud);

  /** `input` is what the SDK has to know of the call: which table it is about. */
  async function call(command: { middlewareStack: unknown }, body: string, signal?: AbortSignal) {
    let answer: any;
    let sizeBytes = 0;
    // As bytes: a text would be made into them for its hash, for its length, and again for the socket.
    const bytes = Buffer.from(body);
    const stack = command.middlewareStack as Stack;
    const outgoing = (next: (args: any) => Promise<any>) => (args: any) => {
      args.request.body = bytes;
      return next(args);
    };
    const incoming = (next: (args: any) => Promise<any>) => async (args: any) => {
      const { response } = await next(args);
      if (response.statusCode !== 200) return { response };
      const chunks: Uint8Array[] = [];
      for await (const chunk of response.body) chunks.push(chunk);
      const whole = Buffer.concat(chunks);
      sizeBytes = whole.length;
      answer = JSON.parse(whole.toString("utf8"));
      response.body = Buffer.from("{}");
      return { response };
    };
    stack.addRelativeTo(outgoing, { relation: "after", toMiddleware: "serializerMiddleware", name: "rawBody" });
    stack.addRelativeTo(incoming, { relation: "after", toMiddleware: "deserializerMiddleware", name: "rawAnswer" });
    await client.send(command as never, signal ? { abortSignal: signal } : {});
    return { answer, sizeBytes };
  }

  return {
    async scan(TableName, { segment, segments, after, limit, only, signal }) {
      const body = {
        TableName,
        ConsistentRead: true,
        ...(segments > 1 ? { Segment: segment, TotalSegments: segments } : {}),
        ...(after ? { ExclusiveStartKey: after } : {}),
        ...(limit ? { Limit: limit } : {}),
        ...(only
          ? {
              ProjectionExpression: only.map((_, at) => `#k${at}`).join(", "),
              ExpressionAttributeNames: Object.fromEntries(only.map((name, at) => [`#k${at}`, name])),
            }
          : {}),
      };
      const { answer, sizeBytes } = await call(new sdk.ScanCommand({ TableName }), JSON.stringify(body), signal);
      const next = answer.LastEvaluatedKey;
      return { items: answer.Items ?? [], sizeBytes, ...(next ? { next } : {}) };
    },
    async write(table, what, items) {
      const [request, inside] = what === "put" ? ["PutRequest", "Item"] : ["DeleteRequest", "Key"];
      const requests = items.map((item) => `{"${request}":{"${inside}":${item}}}`).join(",");
      const name = JSON.stringify(table);
      const command = new sdk.BatchWriteItemCommand({ RequestItems: { [table]: [] } });
      const { answer } = await call(command, `{"RequestItems":{${name}:[${requests}]}}`);
      const { UnprocessedItems = {} } = answer;
      return (UnprocessedItems[table] ?? []).map((one: any) => JSON.stringify(one[request!][inside!]));
    },
    close: () => client.destroy(),
  };
}
