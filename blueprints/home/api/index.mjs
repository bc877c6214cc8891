/** The home page's API: what is installed, how much it is asked, who came, and what apps store. It changes nothing. */
import { createHash } from "node:crypto";
import { listApps, requestsOf } from "./apps.mjs";
import { answering, Problem } from "./http.mjs";

export const handler = answering([
  ["GET", /^\/api\/health$/, () => ({ ok: true })],
  ["GET", /^\/api\/about$/, () => ({ title: process.env.TITLE || "Home" })],
  ["GET", /^\/api\/apps$/, ({ event }) => owners(event, () => listApps())],
  [
    "GET",
    /^\/api\/apps\/([a-z][a-z0-9-]{0,31})\/requests$/,
    ({ event, params }) => owners(event, () => requestsOf(params[0])),
  ],
  ["GET", /^\/api\/access$/, ({ event, query }) => owners(event, () => whoCame(query))],
  ["GET", /^\/api\/data\/([a-z][a-z0-9-]{0,31})$/, (asked) => stored(asked, "storesOf")],
  ["GET", /^\/api\/data\/([a-z][a-z0-9-]{0,31})\/([a-z][a-z0-9-]{0,31})$/, (asked) => stored(asked, "pageOf")],
  ["GET", /^\/api\/data\/([a-z][a-z0-9-]{0,31})\/([a-z][a-z0-9-]{0,31})\/item$/, (asked) => stored(asked, "oneOf")],
]);

/** The logs' client is loaded when it is asked for: the apps are there sooner. */
const whoCame = async (query) => (await import("./access.mjs")).recentAccess(query);

/** The same of what reads data; no tag and nothing kept: what an app stores is in the answer alone. */
async function stored({ event, params, query }, what) {
  checkOwner(event);
  return (await import("./data.mjs"))[what](...params, query);
}

/** A guest of this app, and whoever comes by a route that was opened, would see everything of the cloud: not here. */
function checkOwner({ headers }) {
  if (headers["x-freehold-role"] !== "owner") throw new Problem(403, "This page is its owner's alone.");
}

function owners(event, make) {
  checkOwner(event);
  return tagged(event, make());
}

/**
 * What has not changed is not sent again. No cache keeps it by itself: the page's own worker does, which forgets all of it
 * when its owner signs out.
 */
async function tagged({ headers }, made) {
  const body = JSON.stringify(await made);
  const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;
  const known = headers["if-none-match"] === etag;
  const common = { etag, "cache-control": "no-store" };
  return known
    ? { statusCode: 304, headers: common, body: "" }
    : { statusCode: 200, headers: { ...common, "content-type": "application/json" }, body };
}
