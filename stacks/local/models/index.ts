/**
 * The service models that AWS publishes with its SDKs, as data: read when a service is first used, and kept. Knows no
 * service; what a model says of a request is judged in constraints.ts, how JSON is read by it in read.ts.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export interface Member {
  shape: string;
  location?: "uri" | "querystring" | "header" | "headers" | "statusCode";
  locationName?: string;
  flattened?: boolean;
  xmlAttribute?: boolean;
  timestampFormat?: string;
  streaming?: boolean;
}

export interface Shape {
  type:
    | "structure"
    | "list"
    | "map"
    | "string"
    | "blob"
    | "boolean"
    | "integer"
    | "long"
    | "float"
    | "double"
    | "timestamp";
  required?: readonly string[];
  members?: Readonly<Record<string, Member>>;
  member?: Member;
  key?: Member;
  value?: Member;
  min?: number;
  max?: number;
  pattern?: string;
  enum?: readonly string[];
  payload?: string;
  flattened?: boolean;
  sensitive?: boolean;
  timestampFormat?: string;
  eventstream?: boolean;
  exception?: boolean;
}

/** An operation whose shapes are not kept has its name only. */
export interface Operation {
  http?: { method: string; requestUri: string; responseCode?: number };
  input?: string;
  output?: string;
  errors?: readonly string[];
}

export interface Model {
  metadata: { protocol: "json" | "query" | "rest-json" | "rest-xml"; targetPrefix?: string };
  operations: Readonly<Record<string, Operation>>;
  shapes: Readonly<Record<string, Shape>>;
}

const models = new Map<string, Model>();

/** By the name of the signature's scope: `logs`, `s3`. Throws when there is no such model: that is a bug. */
export function modelOf(service: string): Model {
  const known = models.get(service);
  if (known) return known;
  const path = fileURLToPath(new URL(`./data/${service}.json`, import.meta.url));
  const model = JSON.parse(readFileSync(path, "utf8")) as Model;
  models.set(service, model);
  return model;
}

/** The operation AWS has by this name; undefined when it has none. */
export function operationOf(model: Model, name: string): Operation | undefined {
  return Object.hasOwn(model.operations, name) ? model.operations[name] : undefined;
}
