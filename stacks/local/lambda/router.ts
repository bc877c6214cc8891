/**
 * Lambda's restJson1 protocol: a table of `METHOD /path/{param}` to operations, bodies as JSON, errors in Lambda's own
 * shape. Knows no operation. A path nobody serves answers Lambda's error and is logged by name.
 */

import { needsOf } from "../access/rows.ts";
import { admitRest } from "../models/admit.ts";
import { readAll } from "../protocols/aws-json.ts";
import type { AccessTable, Call, LocalCloud, Reply } from "../service.ts";
import { ServiceError } from "../service.ts";
import { badJson, elsewhere, tooLarge, unknownOperation } from "./errors.ts";
import { inputRules } from "./input-rules.ts";

export interface Request {
  call: Call;
  /** Decoded path parameters: `{name}` -> `name`. */
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
  /** The JSON body; `{}` when the route takes none. */
  input: any;
}

export interface Route {
  name: string;
  /** `GET /2015-03-31/functions/{name}` */
  at: string;
  status: number;
  /** Bytes of the JSON body at most; null: the operation reads the body itself. */
  bodyLimitBytes?: number | null;
  /** Nobody looks at its input: the operation is refused by its name. */
  refused?: true;
  run(request: Request): unknown;
}

/** A handler that makes its whole reply (Invoke) returns one of these. */
export class RawReply {
  readonly reply: Reply;
  constructor(reply: Reply) {
    this.reply = reply;
  }
}

interface Compiled extends Route {
  segments: string[];
}

const controlBodyLimitBytes = 1024 * 1024;

/** `access`: what each route needs, by name; one that is refused by name has no row. */
export function createRouter(
  cloud: LocalCloud,
  routes: readonly Route[],
  access: AccessTable<Request>,
): (call: Call) => Promise<Reply> {
  const byShape = new Map<string, Compiled[]>();
  for (const route of routes) {
    const [method, path] = route.at.split(" ") as [string, string];
    const segments = path.split("/").slice(1);
    const key = `${method} ${segments[0]} ${segments.length}`;
    byShape.set(key, [...(byShape.get(key) ?? []), { ...route, segments }]);
  }

  return async (call) => {
    const segments = call.path.replace(/\/$/, "").split("/").slice(1);
    const found = byShape.get(`${call.method} ${segments[0]} ${segments.length}`) ?? [];
    for (const route of found) {
      const params = match(route.segments, segments);
      if (params) return run(cloud, route, access, params, call);
    }
    cloud.log(`lambda: unknown operation ${JSON.stringify(`${call.method} ${call.path}`.slice(0, 200))}`);
    throw unknownOperation();
  };
}

function match(pattern: string[], segments: string[]): Record<string, string> | null {
  const params: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index]!;
    if (part.startsWith("{")) params[part.slice(1, -1)] = decode(segment);
    else if (part !== segment) return null;
  }
  return params;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

async function run(
  cloud: LocalCloud,
  route: Compiled,
  access: AccessTable<Request>,
  params: Record<string, string>,
  call: Call,
): Promise<Reply> {
  const input = route.bodyLimitBytes === null ? {} : await readInput(route, call);
  if (!route.refused)
    admitRest(inputRules, route.name, { path: call.path, query: call.query, headers: call.headers, body: input });
  const request = { call, params, query: call.query, input };
  const region = /^arn:aws:lambda:([a-z0-9-]+):/.exec(params["name"] ?? "")?.[1];
  if (region !== undefined && region !== cloud.options.region) throw elsewhere(region, cloud.options.region);
  cloud.access.require(call, needsOf(access, route.name, request, call));
  const answer = await route.run(request);
  if (answer instanceof RawReply) return answer.reply;
  return {
    status: route.status,
    headers: { "content-type": "application/json", "x-amzn-requestid": call.requestId },
    body: route.status === 204 || answer === undefined ? "" : JSON.stringify(answer),
  };
}

async function readInput(route: Compiled, call: Call): Promise<unknown> {
  const limit = route.bodyLimitBytes ?? controlBodyLimitBytes;
  if ((call.bodyLength ?? 0) > limit) throw tooLarge(limit, route.name);
  let text: string;
  try {
    text = await readAll(call, limit);
  } catch (error) {
    if (error instanceof ServiceError && error.status === 413) throw tooLarge(limit, route.name);
    throw error;
  }
  if (text === "") return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw badJson((error as Error).message);
  }
  if (value === null || typeof value !== "object" || Array.isArray(value)) throw badJson("not an object");
  return value;
}

/** Lambda calls the text `Message` in some errors and `message` in others; clients read either. */
export function failureReply(error: ServiceError, requestId: string): Reply {
  const message = error.code === "ResourceNotFoundException" || error.status === 403 ? "Message" : "message";
  return {
    status: error.status,
    headers: {
      "content-type": "application/json",
      "x-amzn-requestid": requestId,
      "x-amzn-errortype": error.code,
    },
    body: JSON.stringify({ ...error.fields, [message]: error.message }),
  };
}
