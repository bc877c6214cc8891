/** The drop API for the owner, and the public pages of share links. */
import { completeDrop, createDrop, deleteDrop, listDrops } from "./drops.mjs";
import { answering } from "./http.mjs";
import { download, show } from "./share.mjs";

const id = "([\\w-]{22})";

export const handler = answering([
  ["GET", /^\/api\/health$/, () => ({ ok: true })],
  ["GET", /^\/api\/about$/, () => ({ title: process.env.TITLE || "Drop", days: Number(process.env.DAYS) || 7 })],
  ["GET", /^\/api\/drops$/, ({ query }) => listDrops(query)],
  ["POST", /^\/api\/drops$/, ({ body }) => createDrop(body)],
  ["POST", new RegExp(`^/api/drops/${id}/arrived$`), ({ params }) => completeDrop(params[0])],
  ["DELETE", new RegExp(`^/api/drops/${id}$`), ({ params }) => deleteDrop(params[0])],
  ["GET", /^\/get\/(.*)$/, ({ params }) => show(params[0])],
  ["POST", /^\/get\/(.*)$/, ({ params }) => download(params[0])],
]);
