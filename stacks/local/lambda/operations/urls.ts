/** Function URL configurations: Create, Get, Update, Delete, List. */
import { randomBytes } from "node:crypto";
import { type Core, page, refOf } from "../core.ts";
import { conflict, notFound, validation } from "../errors.ts";
import { arnOf, type FunctionRef } from "../naming.ts";
import { addressTag } from "../owner-tags.ts";
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
  const address = record.tags[addressTag]?.toLowerCase();
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

const qualifierPattern = "((?!^\\d+$)^[0-9a-zA-Z-_]+$)";

/** A URL is the function's or an alias's: `$LATEST` is not said, and versions have none. */
function urlRef(request: Request): FunctionRef {
  const ref = refOf(request);
  if (ref.qualifier !== undefined && !new RegExp(qualifierPattern).test(ref.qualifier))
    throw validation([
      `Value '${ref.qualifier}' at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: ${qualifierPattern}`,
    ]);
  return ref;
}

function qualifierOf(ref: FunctionRef, record: FunctionRecord): string {
  const { qualifier = latest } = ref;
  if (qualifier !== latest && !Object.hasOwn(record.aliases, qualifier)) throw noFunction();
  return qualifier;
}

const noFunction = (): Error => notFound("Function does not exist");
const noUrl = (): Error => notFound("The resource you requested does not exist.");

function existing(record: FunctionRecord | undefined, { qualifier = latest }: FunctionRef): UrlRecord {
  const url = record && Object.hasOwn(record.urls, qualifier) ? record.urls[qualifier] : undefined;
  if (!url) throw noUrl();
  return url;
}

/** Lists of texts: how many at most, how long each, and what else each must be. */
const corsLists = {
  AllowHeaders: { most: 100, maxLength: 1024, minLength: 0 },
  AllowMethods: { most: 6, maxLength: 6, minLength: 0 },
  AllowOrigins: { most: 100, maxLength: 253, minLength: 1 },
  ExposeHeaders: { most: 100, maxLength: 1024, minLength: 0 },
} as const;

function checkCors(cors: CorsRecord): void {
  const problems: string[] = [];
  for (const [member, { most, maxLength, minLength }] of Object.entries(corsLists)) {
    const value = cors[member as keyof typeof corsLists];
    if (value === undefined || value === null) continue;
    const items: unknown[] = Array.isArray(value) ? value : [value];
    const say = (constraint: string): unknown =>
      problems.push(
        `Value '[${items.join(", ")}]' at 'cors.${member[0]!.toLowerCase()}${member.slice(1)}' failed to satisfy constraint: ${constraint}`,
      );
    if (items.length > most) say(`Member must have length less than or equal to ${most}`);
    else if (items.some((item) => typeof item !== "string" || item.length > maxLength || item.length < minLength))
      say(
        `Member must satisfy constraint: [Member must have length less than or equal to ${maxLength}, Member must have length greater than or equal to ${minLength}, Member must satisfy regular expression pattern: .*]`,
      );
  }
  const { MaxAge: age } = cors;
  if (age !== undefined && age !== null && !(age >= 0 && age <= 86_400))
    problems.push(
      `Value '${age}' at 'cors.maxAge' failed to satisfy constraint: Member must have value ${age > 0 ? "less than or equal to 86400" : "greater than or equal to 0"}`,
    );
  if (problems.length > 0) throw validation(problems);
}

/** What a request says of CORS; saying nothing of it in an update keeps what was, saying it empty takes it away. */
function corsOf(input: any, before?: CorsRecord): { cors?: CorsRecord } {
  const cors: CorsRecord | undefined = input.Cors ?? before;
  return cors && Object.keys(cors).length > 0 ? { cors } : {};
}

function create(core: Core, request: Request): Promise<unknown> {
  const ref = urlRef(request);
  const { input } = request;
  if (input.Cors) checkCors(input.Cors);
  return core.functions.change(
    ref.name,
    (record) => {
      const qualifier = qualifierOf(ref, record);
      const arn = arnOf(core.cloud, record.name, qualifier === latest ? undefined : qualifier);
      if (Object.hasOwn(record.urls, qualifier))
        throw conflict(
          `Failed to create function url config for [functionArn = ${arn}]. Error message:  FunctionUrlConfig exists for this Lambda function`,
        );
      const now = new Date(core.cloud.clock.now()).toISOString();
      record.urls[qualifier] = {
        urlId: randomBytes(20).toString("hex").slice(0, 32),
        authType: input.AuthType,
        invokeMode: input.InvokeMode ?? "BUFFERED",
        ...corsOf(input),
        created: now,
        modified: now,
      };
      // AWS answers no time of the last change here, as it does elsewhere.
      const { LastModifiedTime: _, ...made } = show(core, record, qualifier);
      return made;
    },
    noFunction,
  );
}

function get(core: Core, request: Request): unknown {
  const ref = urlRef(request);
  const record = core.functions.get(ref.name);
  existing(record, ref);
  return show(core, record!, ref.qualifier ?? latest);
}

function update(core: Core, request: Request): Promise<unknown> {
  const ref = urlRef(request);
  const { input } = request;
  if (input.Cors) checkCors(input.Cors);
  return core.functions.change(
    ref.name,
    (record) => {
      const qualifier = qualifierOf(ref, record);
      const { cors, ...url } = existing(record, ref);
      record.urls[qualifier] = {
        ...url,
        authType: input.AuthType ?? url.authType,
        invokeMode: input.InvokeMode ?? url.invokeMode,
        ...corsOf(input, cors),
        modified: new Date(core.cloud.clock.now()).toISOString(),
      };
      return show(core, record, qualifier);
    },
    noFunction,
  );
}

function remove(core: Core, request: Request): Promise<void> {
  const ref = urlRef(request);
  return core.functions.change(
    ref.name,
    (record) => {
      existing(record, ref);
      delete record.urls[ref.qualifier ?? latest];
    },
    noUrl,
  );
}

function list(core: Core, request: Request): unknown {
  const record = core.functions.get(refOf(request).name);
  if (!record) throw noFunction();
  const { items, NextMarker } = page(Object.keys(record.urls), (key) => key, request.query);
  return { FunctionUrlConfigs: items.map((qualifier) => show(core, record, qualifier)), NextMarker };
}
