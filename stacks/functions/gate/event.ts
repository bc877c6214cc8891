/** What the gate is called with, and what it says of where the request came. */
import { config } from "./config.ts";

/** A function URL's event (payload format 2.0), as much of it as the gate reads; the rest is passed on as it came. */
export interface UrlEvent {
  version: "2.0";
  rawPath: string;
  rawQueryString: string;
  cookies?: string[];
  /** Names in lower case; repeated ones joined with a comma. */
  headers: Record<string, string | undefined>;
  queryStringParameters?: Record<string, string>;
  requestContext: {
    requestId: string;
    domainName: string;
    http: { method: string; path: string; protocol: string; sourceIp: string; userAgent: string };
    [key: string]: unknown;
  };
  body?: string;
  isBase64Encoded: boolean;
  [key: string]: unknown;
}

/** Of the local cloud: `http://*.localhost`, which browsers take for as good as https where they can. */
export const isSecure = ({ headers }: UrlEvent): boolean => !/\.localhost(:\d+)?$/.test(headers["host"] ?? "");

/** The owner's own name by which it came; undefined: by the function's own. */
export const customHost = ({ headers }: UrlEvent): string | undefined =>
  config.hosts?.find((host) => host === headers["host"]);
