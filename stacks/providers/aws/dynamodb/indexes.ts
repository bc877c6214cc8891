/** Secondary indexes both ways between Pulumi's words and DynamoDB's, and the steps from the ones there to those wanted. */
import type {
  AttributeDefinition,
  GlobalSecondaryIndex,
  GlobalSecondaryIndexDescription,
  GlobalSecondaryIndexUpdate,
  LocalSecondaryIndex,
  LocalSecondaryIndexDescription,
  Projection,
  ProvisionedThroughput,
  TableDescription,
} from "@aws-sdk/client-dynamodb";
import type { PropertyMap } from "../../../engine/value.ts";
import { compact, num, str, strs } from "../type.ts";

export function throughputOf(inputs: PropertyMap, billing: string): ProvisionedThroughput | undefined {
  if (billing !== "PROVISIONED") return undefined;
  // AWS refuses 0, which is what pulumi-aws's tables have when nothing is said.
  return {
    ReadCapacityUnits: num(inputs, "readCapacity") || 1,
    WriteCapacityUnits: num(inputs, "writeCapacity") || 1,
  };
}

function projection(index: PropertyMap): Projection {
  const names = strs(index, "nonKeyAttributes");
  return {
    ProjectionType: str(index, "projectionType") as Projection["ProjectionType"],
    NonKeyAttributes: names && names.length > 0 ? names : undefined,
  };
}

function keySchema(hashKey: string | undefined, rangeKey: string | undefined): GlobalSecondaryIndex["KeySchema"] {
  const hash = { AttributeName: hashKey, KeyType: "HASH" as const };
  return rangeKey ? [hash, { AttributeName: rangeKey, KeyType: "RANGE" }] : [hash];
}

export function toGlobal(index: PropertyMap, billing: string): GlobalSecondaryIndex {
  return {
    IndexName: str(index, "name"),
    KeySchema: keySchema(str(index, "hashKey"), str(index, "rangeKey")),
    Projection: projection(index),
    ProvisionedThroughput: throughputOf(index, billing),
  };
}

export function toLocal(index: PropertyMap, hashKey: string): LocalSecondaryIndex {
  return {
    IndexName: str(index, "name"),
    KeySchema: keySchema(hashKey, str(index, "rangeKey")),
    Projection: projection(index),
  };
}

type Live = GlobalSecondaryIndexDescription | LocalSecondaryIndexDescription;

function key(index: Live, type: string): string | undefined {
  return index.KeySchema?.find(({ KeyType }) => KeyType === type)?.AttributeName;
}

function shared(index: Live) {
  return {
    name: index.IndexName,
    rangeKey: key(index, "RANGE"),
    projectionType: index.Projection?.ProjectionType,
    nonKeyAttributes: index.Projection?.NonKeyAttributes,
  };
}

export function fromGlobal(index: GlobalSecondaryIndexDescription): PropertyMap {
  return compact({
    ...shared(index),
    hashKey: key(index, "HASH"),
    // Zero is how a table paid by request says that it has none.
    readCapacity: index.ProvisionedThroughput?.ReadCapacityUnits || undefined,
    writeCapacity: index.ProvisionedThroughput?.WriteCapacityUnits || undefined,
  });
}

export function fromLocal(index: LocalSecondaryIndexDescription): PropertyMap {
  return compact(shared(index));
}

export function definitionOf(attribute: AttributeDefinition): PropertyMap {
  return compact({ name: attribute.AttributeName, type: attribute.AttributeType });
}

/** What an index is made of; capacity can change in place, this cannot. */
function shape(index: GlobalSecondaryIndex | GlobalSecondaryIndexDescription): string {
  const { KeySchema = [], Projection: projected } = index;
  const attributes = [...(projected?.NonKeyAttributes ?? [])].sort();
  const keys = KeySchema.map(({ AttributeName, KeyType }) => `${KeyType} ${AttributeName}`).sort();
  return JSON.stringify([keys, projected?.ProjectionType, attributes]);
}

/** Deletions first, then creations, then changes of capacity; DynamoDB takes one in a call. */
export function changesOf(
  live: TableDescription,
  wanted: PropertyMap[],
  billing: string,
): GlobalSecondaryIndexUpdate[] {
  const goal = new Map(wanted.map((index) => [str(index, "name")!, toGlobal(index, billing)]));
  const there = new Map((live.GlobalSecondaryIndexes ?? []).map((index) => [index.IndexName!, index]));
  const kept = [...goal].filter(([name, index]) => there.has(name) && shape(there.get(name)!) === shape(index));
  const keeps = new Set(kept.map(([name]) => name));
  const deletes = [...there.keys()].filter((name) => !keeps.has(name)).map((IndexName) => ({ Delete: { IndexName } }));
  const creates = [...goal]
    .filter(([name]) => !keeps.has(name))
    .map(([, index]) => ({
      Create: {
        IndexName: index.IndexName!,
        KeySchema: index.KeySchema!,
        Projection: index.Projection!,
        ProvisionedThroughput: index.ProvisionedThroughput,
      },
    }));
  const updates = kept.flatMap(([IndexName, { ProvisionedThroughput: capacity }]) => {
    const now = there.get(IndexName)?.ProvisionedThroughput;
    const equal =
      !capacity ||
      (now?.ReadCapacityUnits === capacity.ReadCapacityUnits &&
        now?.WriteCapacityUnits === capacity.WriteCapacityUnits);
    return equal ? [] : [{ Update: { IndexName, ProvisionedThroughput: capacity } }];
  });
  return [...deletes, ...creates, ...updates];
}
