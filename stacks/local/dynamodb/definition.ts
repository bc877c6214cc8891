/** Judgements on table and index definitions, shared by CreateTable and UpdateTable. AWS's texts, AWS's order. */
import { invalidValue, limitExceeded, notServed, validation } from "./errors.ts";
import type { Members, Shape } from "./shape.ts";
import { named, string } from "./shapes.ts";
import type { AttributeDefinition, IndexRecord, KeySchemaElement, Projection, Throughput } from "./table-record.ts";

const maxUnits = 1_000_000_000_000;
/** Since November 2025 a global index key may have up to four attributes of each kind. */
const maxGlobalParts = 4;

const units: Shape = { type: "Long", notNull: true, greaterThanOrEqual: 1 };

export const throughputShape: Shape = {
  type: "Struct",
  class: "ProvisionedThroughput",
  members: { WriteCapacityUnits: units, ReadCapacityUnits: units },
};

export const attributeDefinitions: Shape = {
  type: "List",
  of: {
    type: "Struct",
    class: "AttributeDefinition",
    members: {
      AttributeName: { type: "String", notNull: true, lengthGreaterThanOrEqual: 1, lengthLessThanOrEqual: 255 },
      AttributeType: { type: "String", notNull: true, enum: ["B", "N", "S"] },
    },
  },
};

export const keySchema = (most: number): Shape => ({
  type: "List",
  notNull: true,
  lengthGreaterThanOrEqual: 1,
  lengthLessThanOrEqual: most,
  of: {
    type: "Struct",
    class: "KeySchemaElement",
    members: {
      AttributeName: { type: "String", notNull: true, lengthGreaterThanOrEqual: 1, lengthLessThanOrEqual: 255 },
      KeyType: { type: "String", notNull: true, enum: ["HASH", "RANGE"] },
    },
  },
});

const projection: Shape = {
  type: "Struct",
  class: "Projection",
  notNull: true,
  members: {
    ProjectionType: { type: "String", enum: ["ALL", "INCLUDE", "KEYS_ONLY"] },
    NonKeyAttributes: {
      type: "List",
      lengthGreaterThanOrEqual: 1,
      lengthLessThanOrEqual: 20,
      of: string,
      elements: { lengthLessThanOrEqual: 255, lengthGreaterThanOrEqual: 1 },
    },
  },
};

export const onDemandShape: Shape = {
  type: "Struct",
  class: "OnDemandThroughput",
  members: { MaxReadRequestUnits: { type: "Long" }, MaxWriteRequestUnits: { type: "Long" } },
};

export const warmShape: Shape = {
  type: "Struct",
  class: "WarmThroughput",
  members: {
    ReadUnitsPerSecond: { type: "Long", greaterThanOrEqual: 1 },
    WriteUnitsPerSecond: { type: "Long", greaterThanOrEqual: 1 },
  },
};

export const indexName: Shape = { ...named, notNull: true };

export const localIndex: Members = { IndexName: indexName, KeySchema: keySchema(2), Projection: projection };
export const globalIndex: Members = {
  IndexName: indexName,
  KeySchema: keySchema(2 * maxGlobalParts),
  Projection: projection,
  ProvisionedThroughput: throughputShape,
  OnDemandThroughput: onDemandShape,
  WarmThroughput: warmShape,
};

export interface IndexInput {
  IndexName: string;
  KeySchema: KeySchemaElement[];
  Projection: Partial<Projection>;
  ProvisionedThroughput?: { ReadCapacityUnits: number; WriteCapacityUnits: number };
  OnDemandThroughput?: Record<string, number>;
  WarmThroughput?: Record<string, number>;
}

const names = (schema: KeySchemaElement[]): string[] => schema.map(({ AttributeName }) => AttributeName);

export function checkThroughput(
  mode: "PROVISIONED" | "PAY_PER_REQUEST",
  throughput: IndexInput["ProvisionedThroughput"],
): void {
  if (mode === "PAY_PER_REQUEST") {
    if (throughput)
      throw invalidValue(
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST",
      );
    return;
  }
  if (!throughput)
    throw invalidValue(
      "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED",
    );
  for (const name of ["ReadCapacityUnits", "WriteCapacityUnits"] as const)
    if (throughput[name] > maxUnits) throw validation(`Given value ${throughput[name]} for ${name} is out of bounds`);
}

export function checkTableKeys(schema: KeySchemaElement[], definitions: AttributeDefinition[]): void {
  const defined = names(definitions as unknown as KeySchemaElement[]);
  if (names(schema).length > defined.length)
    throw validation("Invalid KeySchema: Some index key attribute have no definition");
  checkDefined(schema, defined);
  checkKeyTypes(schema, 1);
}

function checkDefined(schema: KeySchemaElement[], defined: string[]): void {
  if (names(schema).some((name) => !defined.includes(name)))
    throw invalidValue(
      `Some index key attributes are not defined in AttributeDefinitions. Keys: [${names(schema).join(", ")}], AttributeDefinitions: [${defined.join(", ")}]`,
    );
}

function checkKeyTypes(schema: KeySchemaElement[], mostHash: number): void {
  if (new Set(names(schema)).size < schema.length)
    throw validation("Both the Hash Key and the Range Key element in the KeySchema have the same name");
  if (schema[0]!.KeyType !== "HASH")
    throw validation("Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
  const hashes = schema.filter(({ KeyType }) => KeyType === "HASH").length;
  const ranges = schema.length - hashes;
  if (mostHash === 1 && hashes > 1)
    throw validation("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type");
  if (schema.slice(hashes).some(({ KeyType }) => KeyType === "HASH"))
    throw validation("Invalid KeySchema: All HASH key elements must come before RANGE key elements");
  if (hashes > mostHash || ranges > mostHash)
    throw validation(`Invalid KeySchema: At most ${mostHash} HASH and ${mostHash} RANGE key elements are allowed`);
}

/** Throws unless every attribute that is defined is a key somewhere. */
export function checkNoSpareAttributes(
  definitions: AttributeDefinition[],
  schema: KeySchemaElement[],
  indexes: { KeySchema: KeySchemaElement[] }[],
): void {
  const used = new Set([...names(schema), ...indexes.flatMap(({ KeySchema }) => names(KeySchema))]);
  if (definitions.every(({ AttributeName }) => used.has(AttributeName))) return;
  if (indexes.length === 0)
    throw invalidValue(
      "Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions",
    );
  const defined = names(definitions as unknown as KeySchemaElement[]);
  throw invalidValue(
    `Some AttributeDefinitions are not used. AttributeDefinitions: [${defined.join(", ")}], keys used: [${[...used].join(", ")}]`,
  );
}

export function checkLocalIndexes(
  indexes: IndexInput[],
  schema: KeySchemaElement[],
  definitions: AttributeDefinition[],
  seen: Set<string>,
): void {
  if (indexes.length === 0) throw invalidValue("List of LocalSecondaryIndexes is empty");
  if (schema.length !== 2)
    throw invalidValue(
      "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex",
    );
  const tableHash = schema[0]!.AttributeName;
  for (const index of indexes) {
    checkIndexKeySchema(index, definitions, 1);
    if (index.KeySchema.length !== 2)
      throw invalidValue(`Index KeySchema does not have a range key for index: ${index.IndexName}`);
    const hash = index.KeySchema[0]!.AttributeName;
    if (hash !== tableHash)
      throw invalidValue(
        `Index KeySchema does not have the same leading hash key as table KeySchema for index: ${index.IndexName}. index hash key: ${hash}, table hash key: ${tableHash}`,
      );
    checkProjection(index, seen);
  }
  if (indexes.length > 5) throw invalidValue("Number of LocalSecondaryIndexes exceeds per-table limit of 5");
}

export function checkGlobalIndexes(
  indexes: IndexInput[],
  definitions: AttributeDefinition[],
  mode: "PROVISIONED" | "PAY_PER_REQUEST",
  seen: Set<string>,
): void {
  if (indexes.length === 0) throw invalidValue("List of GlobalSecondaryIndexes is empty");
  for (const index of indexes) {
    checkIndexKeySchema(index, definitions, maxGlobalParts);
    checkGlobalThroughput(index, mode);
    checkProjection(index, seen);
  }
  if (indexes.length > 20) throw invalidValue("GlobalSecondaryIndex count exceeds the per-table limit of 20");
}

function checkIndexKeySchema(index: IndexInput, definitions: AttributeDefinition[], mostHash: number): void {
  checkDefined(index.KeySchema, names(definitions as unknown as KeySchemaElement[]));
  checkKeyTypes(index.KeySchema, mostHash);
}

export function checkGlobalThroughput(index: IndexInput, mode: "PROVISIONED" | "PAY_PER_REQUEST"): void {
  if (mode === "PAY_PER_REQUEST" && index.ProvisionedThroughput)
    throw invalidValue(
      `ProvisionedThroughput should not be specified for index: ${index.IndexName} when BillingMode is PAY_PER_REQUEST`,
    );
  if (mode === "PROVISIONED" && !index.ProvisionedThroughput)
    throw invalidValue(`ProvisionedThroughput must be specified for index: ${index.IndexName}`);
}

function checkProjection({ IndexName, Projection: given }: IndexInput, seen: Set<string>): void {
  if (!given.ProjectionType) throw invalidValue("Unknown ProjectionType: null");
  if (given.NonKeyAttributes && given.ProjectionType !== "INCLUDE")
    throw invalidValue(`ProjectionType is ${given.ProjectionType}, but NonKeyAttributes is specified`);
  if (!given.NonKeyAttributes && given.ProjectionType === "INCLUDE")
    throw invalidValue("ProjectionType is INCLUDE, but NonKeyAttributes is not specified");
  if (seen.has(IndexName)) throw invalidValue(`Duplicate index name: ${IndexName}`);
  seen.add(IndexName);
}

export function toThroughput(given: IndexInput["ProvisionedThroughput"]): Throughput {
  return { read: given?.ReadCapacityUnits ?? 0, write: given?.WriteCapacityUnits ?? 0, decreasesToday: 0 };
}

export function toIndexRecord(
  input: IndexInput,
  kind: "global" | "local",
  part: number,
  backfilling: boolean,
): IndexRecord {
  return {
    name: input.IndexName,
    kind,
    part,
    keySchema: input.KeySchema,
    projection: input.Projection as Projection,
    throughput: toThroughput(input.ProvisionedThroughput),
    ...(input.OnDemandThroughput && { onDemand: input.OnDemandThroughput }),
    ...(input.WarmThroughput && { warm: input.WarmThroughput }),
    backfilling,
  };
}

export const sseShape: Shape = {
  type: "Struct",
  class: "SSESpecification",
  members: {
    Enabled: { type: "Boolean" },
    SSEType: { type: "String", enum: ["AES256", "KMS"] },
    KMSMasterKeyId: string,
  },
};

export const streamShape: Shape = {
  type: "Struct",
  class: "StreamSpecification",
  members: {
    StreamEnabled: { type: "Boolean", notNull: true },
    StreamViewType: { type: "String", enum: ["NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES", "KEYS_ONLY"] },
  },
};

export function checkStream(given: { StreamEnabled: boolean; StreamViewType?: string } | undefined): void {
  if (given?.StreamEnabled && !given.StreamViewType)
    throw invalidValue("If stream is being enabled then UpdateViewType is required");
  if (given && !given.StreamEnabled && given.StreamViewType)
    throw invalidValue("If stream is being disabled, then UpdateViewType must not be specified");
}

/** What may be switched off here, but not on. */
export function refuseUnserved(input: any): void {
  if (input.SSESpecification?.Enabled || input.SSESpecification?.KMSMasterKeyId)
    throw notServed("SSESpecification with a KMS key");
}

export const tooManyIndexes = (): Error =>
  limitExceeded("Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table");
