/** BatchGetItem: up to 100 items of several tables; more than 16 MB is left for the next call. */
import { consumed, readUnits } from "../capacity.ts";
import type { Context, Operation } from "../context.ts";
import { validation } from "../errors.ts";
import { projector } from "../expressions/projection.ts";
import { checkKey, keyBytes } from "../keys.ts";
import { checkParameters, parseParameters } from "../parameters.ts";
import { attributeNames, attributes, boolean, expressionNames, returnConsumedCapacity, string } from "../shapes.ts";
import { checkItemValues, type Item } from "../value.ts";
import { checkScalarKeys } from "../writes.ts";

const maxKeys = 100;
const maxBytes = 16 * 1024 * 1024;

export const batchGetItem: Operation = {
  members: {
    ReturnConsumedCapacity: returnConsumedCapacity,
    RequestItems: {
      type: "Map",
      class: "KeysAndAttributes",
      notNull: true,
      lengthGreaterThanOrEqual: 1,
      keys: { lengthLessThanOrEqual: 255, lengthGreaterThanOrEqual: 3, regex: "[a-zA-Z0-9_.-]+" },
      of: {
        type: "Struct",
        class: "KeysAndAttributes",
        members: {
          Keys: {
            type: "List",
            notNull: true,
            lengthGreaterThanOrEqual: 1,
            lengthLessThanOrEqual: 100,
            of: attributes,
          },
          AttributesToGet: attributeNames,
          ConsistentRead: boolean,
          ProjectionExpression: string,
          ExpressionAttributeNames: expressionNames,
        },
      },
    },
  },
  handle(input, context) {
    const asked = Object.entries<any>(input.RequestItems);
    if (asked.reduce((sum, [, { Keys }]) => sum + Keys.length, 0) > maxKeys)
      throw validation("Too many items requested for the BatchGetItem call");
    const requests = asked.map(([name, request]) => prepare(context, name, request));
    const responses: Record<string, Item[]> = {};
    const unprocessed: Record<string, { Keys: Item[] }> = {};
    const capacity: unknown[] = [];
    let left = maxBytes;
    for (const { name, request, table, project, keys } of requests) {
      const found: Item[] = [];
      let units = 0;
      keys.forEach((key, at) => {
        if (left <= 0) {
          unprocessed[name] ??= { ...request, Keys: [] };
          unprocessed[name]!.Keys.push(request.Keys[at]);
          return;
        }
        const item = context.items.read(table.record.part, key);
        units += readUnits(item?.size ?? 0, request.ConsistentRead === true);
        if (!item) return;
        left -= item.size;
        found.push(project ? project(item.item()) : item.item());
      });
      responses[name] = found;
      capacity.push(consumed(table, input.ReturnConsumedCapacity, { table: units, indexes: new Map() }));
    }
    return {
      Responses: responses,
      UnprocessedKeys: unprocessed,
      ConsumedCapacity: capacity[0] === undefined ? undefined : capacity,
    };
  },
};

function prepare(context: Context, name: string, request: any) {
  checkParameters(request, ["ProjectionExpression"], ["AttributesToGet"]);
  const { projection } = parseParameters(request);
  for (const key of request.Keys) checkItemValues(key);
  const table = context.tables.get(name);
  if (projection) checkScalarKeys(table, projection);
  const seen = new Set<string>();
  const keys = request.Keys.map((key: Item) => {
    checkKey(table.plan, key);
    const bytes = keyBytes(table.plan, key);
    const text = `${bytes.pk.toString("hex")}/${bytes.sk.toString("hex")}`;
    if (seen.has(text)) throw validation("Provided list of item keys contains duplicates");
    seen.add(text);
    return bytes;
  }) as ReturnType<typeof keyBytes>[];
  return { name, request, table, project: projection && projector(projection), keys };
}
