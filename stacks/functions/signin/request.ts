/**
 * A browser's request, as much of it as pages read. Which site it came to is what the platform says, or CloudFront of a name
 * that is this site's; a request by any other name is not answered.
 */
import { arrived } from "../shared/hosts.ts";
import { localPort } from "../shared/local-port.ts";
import { config } from "./config.ts";

/** A function URL's event (payload format 2.0). */
export interface UrlEvent {
  version: "2.0";
  rawPath: string;
  cookies?: string[];
  /** Names in lower case. */
  headers: Record<string, string | undefined>;
  queryStringParameters?: Record<string, string>;
  requestContext: {
    requestId: string;
    domainName: string;
    apiId?: string;
    http: { method: string; sourceIp: string; userAgent: string };
  };
  body?: string;
  isBase64Encoded: boolean;
}

export interface Request {
  method: string;
  path: string;
  query: Readonly<Record<string, string | undefined>>;
  headers: UrlEvent["headers"];
  cookies: readonly string[];
  /** Passkeys are for exactly this host. */
  host: string;
  origin: string;
  secure: boolean;
  /** Address and browser of whoever asks. */
  from: string;
  agent: string;
  requestId: string;
  /** As text. */
  body: string;
  /** A browser shows what is answered. */
  shown: boolean;
}

/** Nothing that is asked here is longer. */
const longestBody = 64 * 1024;
const longestAgent = 256;

/** Null: it came by a name that is not this site's, or with too much. */
export function requestOf(came: UrlEvent): Request | null {
  const { localHost, hosts = [] } = config;
  const { event, known } = arrived(came, hosts);
  const { domainName, http, requestId } = event.requestContext;
  const custom = hosts.includes(domainName);
  if (!known || (localHost && !custom && domainName !== localHost)) return null;
  const local = localHost !== undefined && !custom;
  const body = event.isBase64Encoded ? Buffer.from(event.body ?? "", "base64").toString("utf8") : (event.body ?? "");
  if (body.length > longestBody) return null;
  return {
    method: http.method,
    path: event.rawPath,
    query: event.queryStringParameters ?? {},
    headers: event.headers,
    cookies: event.cookies ?? [],
    host: domainName,
    origin: local ? `http://${localHost}:${localPort()}` : `https://${domainName}`,
    secure: !local,
    from: http.sourceIp,
    agent: http.userAgent.slice(0, longestAgent),
    requestId,
    body,
    shown: event.headers["accept"]?.includes("text/html") ?? false,
  };
}

/** Sent by a page of this very site: what changes something is asked for in no other way. */
export const isOwn = ({ headers, origin }: Request): boolean => headers["origin"] === origin;

/** The fields of a JSON body; null for whatever is no object of them. */
export function fieldsOf({ headers, body }: Request): Record<string, unknown> | null {
  if (!/^application\/json\b/.test(headers["content-type"] ?? "")) return null;
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
