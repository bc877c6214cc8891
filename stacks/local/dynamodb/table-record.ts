/** What is kept of a table: the JSON in `dynamodb_tables.record`, version 1. Only shapes. */
export type KeyType = "S" | "N" | "B";

export interface AttributeDefinition {
  AttributeName: string;
  AttributeType: KeyType;
}

export interface KeySchemaElement {
  AttributeName: string;
  KeyType: "HASH" | "RANGE";
}

export interface Projection {
  ProjectionType: "ALL" | "KEYS_ONLY" | "INCLUDE";
  NonKeyAttributes?: string[];
}

/** Units; dates are seconds since 1970. Not enforced: a local cloud has nobody to throttle. */
export interface Throughput {
  read: number;
  write: number;
  decreasesToday: number;
  lastIncrease?: number;
  lastDecrease?: number;
}

export interface IndexRecord {
  name: string;
  kind: "global" | "local";
  part: number;
  keySchema: KeySchemaElement[];
  projection: Projection;
  throughput: Throughput;
  onDemand?: Record<string, number>;
  warm?: Record<string, number>;
  /** True until every item written before the index is in it. Queries are refused until then. */
  backfilling: boolean;
}

export type StreamView = "NEW_IMAGE" | "OLD_IMAGE" | "NEW_AND_OLD_IMAGES" | "KEYS_ONLY";

/** A table's latest stream; it stays known when it is disabled. */
export interface StreamUse {
  id: number;
  label: string;
  view: StreamView;
  enabled: boolean;
}

export interface TableRecord {
  version: 1;
  name: string;
  id: string;
  part: number;
  /** Milliseconds since 1970. */
  createdAt: number;
  attributes: AttributeDefinition[];
  keySchema: KeySchemaElement[];
  billingMode: "PROVISIONED" | "PAY_PER_REQUEST";
  /** Seconds since 1970 of the last change to on-demand. */
  onDemandSince?: number;
  throughput: Throughput;
  onDemand?: Record<string, number>;
  warm?: Record<string, number>;
  indexes: IndexRecord[];
  tableClass?: { name: string; changedAt?: number };
  deletionProtection: boolean;
  tags: Record<string, string>;
  /** `filling` until items written before it was enabled are in the expiry list. */
  ttl?: { attribute: string; filling: boolean };
  stream?: StreamUse;
  recovery: { enabled: boolean; days: number };
}
