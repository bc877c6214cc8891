/**
 * By which of its names a function was asked. Facts, and where AWS says them:
 *
 * - A function URL's event has `domainName` `ID.lambda-url.REGION.on.aws` and `apiId` `ID` (Lambda, "Creating and managing
 *   Lambda function URLs", request payload format); of an HTTP API it is the custom domain or
 *   `ID.execute-api.REGION.amazonaws.com` (API Gateway, "Create AWS Lambda proxy integrations for HTTP APIs").
 * - An HTTP API calls by Invoke and takes one JSON document of 6 MB within 30 s (API Gateway and Lambda quotas); a stream's
 *   prelude would be no answer to it.
 * - CloudFront asks a function URL by its own name; the header that says which host it was is set by the distribution over
 *   whatever a client sent (CloudFront, "Add custom headers to origin requests").
 * - An HTTP API's `rawPath` comes decoded, a function URL's does not (observed by others in 2026: hotsock/voker#8).
 */

/** Of CloudFront, with the host that was asked for. */
export const hostHeader = "x-freehold-host";

interface Came {
  rawPath: string;
  headers: Record<string, string | undefined>;
  requestContext: { domainName: string; apiId?: unknown; http: object };
}

export interface Arrived<Event> {
  /** As a function URL of that host would have sent it; what said the host besides is gone. */
  event: Event;
  /** Only one JSON document is taken for an answer. */
  whole: boolean;
  /** The host is one of this function's. Nothing is to be answered but that, when not. */
  known: boolean;
}

/** `hosts`: the custom ones of this function. The host is said by the platform, or is one that the list has. */
export function arrived<Event extends Came>(event: Event, hosts: readonly string[]): Arrived<Event> {
  const { domainName, apiId } = event.requestContext;
  if (domainName.endsWith(".localhost") || domainName.startsWith(`${apiId}.lambda-url.`)) {
    const host = event.headers[hostHeader];
    if (host === undefined) return { event, whole: false, known: true };
    return { event: at(event, host), whole: false, known: hosts.includes(host) };
  }
  return { event: at(event, domainName, encodedAgain(event.rawPath)), whole: true, known: hosts.includes(domainName) };
}

function at<Event extends Came>(event: Event, host: string, path = event.rawPath): Event {
  const { [hostHeader]: _, ...headers } = event.headers;
  const http = { ...event.requestContext.http, path };
  const requestContext = { ...event.requestContext, domainName: host, http };
  return { ...event, rawPath: path, headers: { ...headers, host }, requestContext };
}

/** What can stand in no path as it is; what is encoded already stays. */
const encodedAgain = (path: string): string =>
  path.replace(/%(?![0-9a-f]{2})|[^\x21-\x7e]+|["#<>?[\\\]^`{|}]/giu, (text) =>
    text === "%" ? "%25" : encodeURIComponent(text.toWellFormed()),
  );

/** Its custom hosts, as a gate's tags say them, which the account's owner alone writes. */
export const hostsIn = (tags: Readonly<Record<string, string>>): string[] =>
  Object.entries(tags)
    .filter(([name]) => /^freehold:names(:\d+)?$/.test(name))
    .sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true }))
    .flatMap(([, value]) => value.split(/\s+/))
    .filter((host) => isHost(host));

/** Where people are sent who come from nowhere, when that is one of its own names (`freehold:name`). */
export function toldIn(tags: Readonly<Record<string, string>>): string | undefined {
  const name = tags["freehold:name"];
  return name ? `https://${name}/` : undefined;
}

/** A name of several labels, in lower case, without a port. */
export const isHost = (text: string): boolean =>
  text.length <= 253 && /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/.test(text);
