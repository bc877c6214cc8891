/** Function URL configurations: Create, Get, Update, Delete, List. */
import { randomBytes } from "node:crypto";
import { check } from "../checks.ts";
import { type Core, getFunction, missing, page, refOf } from "../core.ts";
import { conflict, functionNotFound, invalid, notFound } from "../errors.ts";
import { arnOf, type FunctionRef } from "../naming.ts";
import { type CorsRecord, type FunctionRecord, latest, type UrlRecord } from "../records.ts";
import type { Request, Route } from "../router.ts";

const base = "/2021-10-31/functions/{name}";
const defaultDomain = "lambda-url.localhost";

export function urlRoutes(core: Core): Route[] {
  return [
    { name: "CreateFunctionUrlConfig", at: `POST ${base}/url`, status: 201, run: (request) => create(core, request) },
    { name: "GetFunctionUrlConfig", at: `GET ${base}/url`, status: 200, run: (request) => get(core, request) },
    { name: "UpdateFunctionUrlConfig", at: `PUT ${base}/url`, status: 200, run: (request) => update(core, request) },
    { name: "DeleteFunctionUrlConfig", at: `DELETE ${base}/url`, status: 204, run: (request) => remove(core, request) },
    { name: "ListFunctionUrlConfigs", at: `GET ${base}/urls`, status: 200, run: (request) => list(core, request) },
  ];
}

/** The host without port: the function's own address when it has one, else one by the URL's id. */
export function urlHost(record: FunctionRecord, qualifier: string): string {
  const address = record.tags["freehold:address"]?.toLowerCase();
  // One address, one URL: the unqualified one, else the first.
  const first = record.urls[latest] ? latest : Object.keys(record.urls)[0];
  return address && qualifier === first
    ? address.replace(/:\d+$/, "")
    : `${record.urls[qualifier]!.urlId}--${defaultDomain}`;
}

function show(core: Core, record: FunctionRecord, qualifier: string): Record<string, unknown> {
  const url = record.urls[qualifier]!;
  return {
    FunctionUrl: `http://${urlHost(record, qualifier)}:${new URL(core.cloud.endpoint()).port}/`,
    FunctionArn: arnOf(core.cloud, record.name, qualifier === latest ? undefined : qualifier),
    AuthType: url.authType,
    ...(url.cors && { Cors: url.cors }),
    CreationTime: url.created,
    LastModifiedTime: url.modified,
    InvokeMode: url.invokeMode,
  };
}

function qualifierOf(core: Core, ref: FunctionRef, record: FunctionRecord): string {
  const { qualifier = latest } = ref;
  if (/^\d+$/.test(qualifier)) throw invalid("A function URL can be configured for $LATEST or an alias only.");
  if (qualifier !== latest && !record.aliases[qualifier])
    throw functionNotFound(arnOf(core.cloud, record.name, qualifier));
  return qualifier;
}

function existing(record: FunctionRecord, qualifier: string): UrlRecord {
  const url = record.urls[qualifier];
  if (!url) throw notFound("The resource you requested does not exist.");
  return url;
}

function checkUrl(input: any, required: boolean): void {
  check(input, [
    ...(required ? [{ at: "AuthType", required: true } as const] : []),
    { at: "AuthType", oneOf: ["NONE", "AWS_IAM"] },
    { at: "InvokeMode", oneOf: ["BUFFERED", "RESPONSE_STREAM"] },
  ]);
  if (input.Cors) checkCors(input.Cors);
}

function checkCors(cors: CorsRecord): void {
  check(cors as Record<string, unknown>, [{ at: "MaxAge", min: 0, max: 86_400 }]);
  for (const member of ["AllowHeaders", "AllowMethods", "AllowOrigins", "ExposeHeaders"] as const) {
    const value = cors[member];
    if (
      value !== undefined &&
      (!Array.isArray(value) || value.length > 100 || value.some((item) => typeof item !== "string"))
    )
      throw invalid(`Cors ${member} must be a list of at most 100 strings`);
  }
  for (const method of cors.AllowMethods ?? [])
    if (method.length > 6) throw invalid(`Cors AllowMethods: ${method} must have at most 6 characters`);
}

function create(core: Core, request: Request): Promise<unknown> {
  const ref = refOf(request);
  const { input } = request;
  checkUrl(input, true);
  return core.functions.change(
    ref.name,
    (record) => {
      const qualifier = qualifierOf(core, ref, record);
      const arn = arnOf(core.cloud, record.name, qualifier === latest ? undefined : qualifier);
      if (record.urls[qualifier])
        throw conflict(
          `Failed to create function url config for [functionArn = ${arn}]. Error message:  FunctionUrlConfig exists for this Lambda function`,
        );
      const now = new Date(core.cloud.clock.now()).toISOString();
      record.urls[qualifier] = {
        urlId: randomBytes(20).toString("hex").slice(0, 32),
        authType: input.AuthType,
        invokeMode: input.InvokeMode ?? "BUFFERED",
        ...(input.Cors && { cors: input.Cors }),
        created: now,
        modified: now,
      };
      return show(core, record, qualifier);
    },
    missing(core, ref),
  );
}

function get(core: Core, request: Request): unknown {
  const ref = refOf(request);
  const record = getFunction(core, ref);
  const { qualifier = latest } = ref;
  existing(record, qualifier);
  return show(core, record, qualifier);
}

function update(core: Core, request: Request): Promise<unknown> {
  const ref = refOf(request);
  const { input } = request;
  checkUrl(input, false);
  return core.functions.change(
    ref.name,
    (record) => {
      const { qualifier = latest } = ref;
      const url = existing(record, qualifier);
      record.urls[qualifier] = {
        ...url,
        authType: input.AuthType ?? url.authType,
        invokeMode: input.InvokeMode ?? url.invokeMode,
        ...(input.Cors && { cors: input.Cors }),
        modified: new Date(core.cloud.clock.now()).toISOString(),
      };
      return show(core, record, qualifier);
    },
    missing(core, ref),
  );
}

function remove(core: Core, request: Request): Promise<void> {
  const ref = refOf(request);
  return core.functions.change(
    ref.name,
    (record) => {
      const { qualifier = latest } = ref;
      existing(record, qualifier);
      delete record.urls[qualifier];
    },
    missing(core, ref),
  );
}

function list(core: Core, request: Request): unknown {
  const record = getFunction(core, refOf(request));
  const { items, NextMarker } = page(Object.keys(record.urls), request.query, 50);
  return { FunctionUrlConfigs: items.map((qualifier) => show(core, record, qualifier)), NextMarker };
}
