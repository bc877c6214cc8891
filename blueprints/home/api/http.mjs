/**
 * Requests in, answers out: a table of routes over function URL events (payload format 2.0). The gate lets only the
 * owner through, but for the routes that blueprint.yaml calls public, so there is no sign-in code here.
 */

/** What the caller did wrong, or ran into: becomes the answer's status and `error`. Anything else is a bug and a 502. */
export class Problem extends Error {
  constructor(status, message, extra = {}) {
    super(message);
    this.status = status;
    this.extra = extra;
  }
}

/** `routes`: [method, path, what answers it] each; GET answers HEAD, too. What has a statusCode is an answer already. */
export function answering(routes) {
  return async (event) => {
    try {
      const result = await answer(routes, event);
      return result?.statusCode ? result : json(200, result ?? {});
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return json(error.status, { error: error.message, ...error.extra });
    }
  };
}

function answer(routes, event) {
  const { method } = event.requestContext.http;
  const matching = routes.filter(([, path]) => path.test(event.rawPath));
  const route = matching.find(([verb]) => verb === (method === "HEAD" ? "GET" : method));
  if (!route)
    throw matching.length > 0
      ? new Problem(405, "This address does not take that method.")
      : new Problem(404, "There is nothing here.");
  return route[2]({
    event,
    method,
    params: route[1].exec(event.rawPath).slice(1),
    query: event.queryStringParameters ?? {},
    get body() {
      return parse(event);
    },
  });
}

/** The body as text, whatever way it came. */
export function textOf(event) {
  if (!event.body) return "";
  return event.isBase64Encoded ? Buffer.from(event.body, "base64").toString("utf8") : event.body;
}

function parse(event) {
  const text = textOf(event);
  if (text === "") return {};
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Problem(400, "The request's body is not JSON.");
  }
  if (value === null || typeof value !== "object" || Array.isArray(value))
    throw new Problem(400, "The request's body is a JSON object.");
  return value;
}

const json = (statusCode, value) => ({
  statusCode,
  headers: { "content-type": "application/json", "cache-control": "no-store" },
  body: JSON.stringify(value),
});
