/** The links API, and the public way from a short address to the long one. */
import { answering } from "./http.mjs";
import { changeLink, createLink, deleteLink, listLinks } from "./links.mjs";
import { visit } from "./visit.mjs";

const slug = "([a-z0-9][a-z0-9_-]{0,63})";

export const handler = answering([
  ["GET", /^\/api\/health$/, () => ({ ok: true })],
  ["GET", /^\/api\/about$/, () => ({ title: process.env.TITLE || "Links" })],
  ["GET", /^\/api\/links$/, ({ query }) => listLinks(query)],
  ["POST", /^\/api\/links$/, ({ body }) => createLink(body)],
  ["PUT", new RegExp(`^/api/links/${slug}$`), ({ params, body }) => changeLink(params[0], body)],
  ["DELETE", new RegExp(`^/api/links/${slug}$`), ({ params }) => deleteLink(params[0])],
  ["GET", /^\/to\/(.*)$/, ({ params, method }) => visit(params[0], method)],
]);
