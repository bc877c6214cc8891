/** What every operation of Lambda works with, and how a name and a qualifier become a version. */
import { randomInt } from "node:crypto";
import type { LocalCloud } from "../service.ts";
import type { CodeStore } from "./code.ts";
import { functionNotFound } from "./errors.ts";
import type { Execution, Target } from "./execution.ts";
import { arnOf, type FunctionRef, parseFunction } from "./naming.ts";
import { type FunctionRecord, type Functions, latest, type VersionRecord } from "./records.ts";
import type { Request } from "./router.ts";

export interface Core {
  cloud: LocalCloud;
  functions: Functions;
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
  const alias = record.aliases[qualifier];
  const version = record.versions[alias ? alias.version : qualifier];
  if (!version) throw missing(core, ref)();
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
  return { functionName: record.name, version, reservedConcurrency: record.reservedConcurrency };
}

/** Marker paging over a sorted list. */
export function page<T>(items: T[], query: URLSearchParams, most: number): { items: T[]; NextMarker?: string } {
  const size = Math.min(Math.max(Number(query.get("MaxItems") ?? most) || most, 1), most);
  const start = Number(Buffer.from(query.get("Marker") ?? "", "base64").toString("utf8")) || 0;
  const next = start + size;
  return {
    items: items.slice(start, next),
    ...(next < items.length && { NextMarker: Buffer.from(String(next)).toString("base64") }),
  };
}
