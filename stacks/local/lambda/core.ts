/** What every operation of Lambda works with, and how a name and a qualifier become a version. */
import { randomInt } from "node:crypto";
import type { LocalCloud } from "../service.ts";
import { check } from "./checks.ts";
import type { CodeStore } from "./code.ts";
import { developmentOf } from "./development.ts";
import { functionNotFound } from "./errors.ts";
import type { Mappings } from "./event-sources/records.ts";
import type { Execution, Target } from "./execution.ts";
import type { Layers } from "./layer-records.ts";
import { arnOf, type FunctionRef, parseFunction } from "./naming.ts";
import { type FunctionRecord, type Functions, latest, type VersionRecord } from "./records.ts";
import type { Request } from "./router.ts";

export interface Core {
  cloud: LocalCloud;
  functions: Functions;
  layers: Layers;
  mappings: Mappings;
  code: CodeStore;
  execution: Execution;
  /** Queues an event; resolves once it is durable. */
  enqueue(event: AsyncEvent): Promise<void>;
  /** A short-lived address of a function's zip. */
  codeLocation(codeSha256: string): string;
  /** The account's limit of concurrent executions. */
  concurrency: number;
}

export interface AsyncEvent {
  id: string;
  functionName: string;
  /** `` for the unqualified. */
  qualifier: string;
  payload: Buffer;
  traceId: string;
}

export interface Resolved {
  record: FunctionRecord;
  version: VersionRecord;
  /** The alias it came through. */
  alias?: string;
}

export function refOf({ params, query }: Request): FunctionRef {
  return parseFunction(params["name"]!, query.get("Qualifier"));
}

export function missing(core: Core, ref: FunctionRef): () => Error {
  return () => functionNotFound(arnOf(core.cloud, ref.name, ref.qualifier));
}

export function getFunction(core: Core, ref: FunctionRef): FunctionRecord {
  const record = core.functions.get(ref.name);
  if (!record) throw missing(core, ref)();
  return record;
}

/** Follows an alias to its main version. */
export function resolveVersion(core: Core, ref: FunctionRef): Resolved {
  const record = getFunction(core, ref);
  const { qualifier = latest } = ref;
  const alias = Object.hasOwn(record.aliases, qualifier) ? record.aliases[qualifier] : undefined;
  const number = alias ? alias.version : qualifier;
  if (!Object.hasOwn(record.versions, number)) throw missing(core, ref)();
  const version = record.versions[number]!;
  return alias ? { record, version, alias: alias.name } : { record, version };
}

/** As resolveVersion, with an alias's weights. */
export function routeVersion(core: Core, ref: FunctionRef): Resolved {
  const resolved = resolveVersion(core, ref);
  if (!resolved.alias) return resolved;
  const { weights } = resolved.record.aliases[resolved.alias]!;
  let share = randomInt(2 ** 32) / 2 ** 32;
  for (const [number, weight] of Object.entries(weights)) {
    share -= weight;
    const version = resolved.record.versions[number];
    if (share < 0 && version) return { ...resolved, version };
  }
  return resolved;
}

export function targetOf({ record, version }: Resolved): Target {
  return {
    functionName: record.name,
    version,
    reservedConcurrency: record.reservedConcurrency,
    development: developmentOf(record.tags, version),
  };
}

const pageSize = 50;

/**
 * Marker paging in the order of keys. A marker holds the last key seen, so that what comes and goes meanwhile neither
 * repeats an item nor skips one. `mostAsked` is what MaxItems may say; no page is longer than 50.
 */
export function page<T>(
  all: readonly T[],
  keyOf: (item: T) => string,
  query: URLSearchParams,
  mostAsked = pageSize,
): { items: T[]; NextMarker?: string } {
  const asked = query.get("MaxItems");
  if (asked !== null) check({ MaxItems: Number(asked) }, [{ at: "MaxItems", min: 1, max: mostAsked }]);
  const size = Math.min(Number(asked ?? pageSize), pageSize);
  const marker = query.get("Marker");
  const seen = marker === null ? null : Buffer.from(marker, "base64").toString("utf8");
  const left = all
    .map((item) => ({ item, key: keyOf(item) }))
    .filter(({ key }) => seen === null || key > seen)
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const items = left.slice(0, size);
  return {
    items: items.map(({ item }) => item),
    ...(left.length > size && { NextMarker: Buffer.from(items.at(-1)!.key).toString("base64") }),
  };
}

/** Numbers as keys that sort as numbers do; `$LATEST` before them all. */
export function versionKey(version: string): string {
  return version === latest ? "" : version.padStart(16, "0");
}
