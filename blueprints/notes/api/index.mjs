/**
 * The notes API behind the gate: a plain Lambda handler (payload format 2.0). The gate lets only the owner and the owner's
 * guests through and says who it is, so there is no sign-in code here. Only the owner changes anything.
 */
import { addFile, completeFile, openFile, removeFile } from "./files.mjs";
import { createNote, deleteNote, getNote, listNotes, saveNote, search } from "./notes.mjs";
import { Problem } from "./problem.mjs";
import { listTags } from "./words.mjs";

const id = "([0-9a-z]{10,40})";

/** Method, path, what answers it. */
const routes = [
  ["GET", /^\/api\/health$/, () => ({ ok: true })],
  ["GET", /^\/api\/about$/, ({ mayWrite }) => ({ title: process.env.TITLE ?? "Notes", mayWrite })],
  ["GET", /^\/api\/notes$/, ({ query }) => listNotes({ tag: query.tag, cursor: query.cursor })],
  ["POST", /^\/api\/notes$/, ({ body }) => createNote(body)],
  ["GET", new RegExp(`^/api/notes/${id}$`), ({ params }) => getNote(params[0])],
  ["PUT", new RegExp(`^/api/notes/${id}$`), ({ params, body }) => saveNote(params[0], body)],
  ["DELETE", new RegExp(`^/api/notes/${id}$`), ({ params }) => deleteNote(params[0])],
  ["POST", new RegExp(`^/api/notes/${id}/files$`), ({ params, body }) => addFile(params[0], body)],
  [
    "POST",
    new RegExp(`^/api/notes/${id}/files/${id}$`),
    ({ params, body }) => completeFile(params[0], params[1], body),
  ],
  ["GET", new RegExp(`^/api/notes/${id}/files/${id}$`), ({ params, query }) => openFile(params[0], params[1], query)],
  ["DELETE", new RegExp(`^/api/notes/${id}/files/${id}$`), ({ params }) => removeFile(params[0], params[1])],
  ["GET", /^\/api\/search$/, ({ query }) => search(query.q ?? "")],
  ["GET", /^\/api\/tags$/, () => listTags()],
];

export async function handler(event) {
  try {
    return await answer(event);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return json(error.status, { error: error.message, ...error.extra });
  }
}

async function answer(event) {
  const { method } = event.requestContext.http;
  const matching = routes.filter(([, pattern]) => pattern.test(event.rawPath));
  const route = matching.find(([verb]) => verb === method);
  if (!route)
    throw matching.length > 0
      ? new Problem(405, "This address does not take that method.")
      : new Problem(404, "There is nothing here.");
  const mayWrite = event.headers["x-freehold-role"] === "owner";
  if (method !== "GET" && !mayWrite) throw new Problem(403, "You may read these notes, and change nothing.");
  const result = await route[2]({
    mayWrite,
    params: route[1].exec(event.rawPath).slice(1),
    query: event.queryStringParameters ?? {},
    body: parse(event),
  });
  if (result?.redirect) return { statusCode: 302, headers: { location: result.redirect, "cache-control": "no-store" } };
  return json(200, result ?? {});
}

function parse(event) {
  if (!event.body) return {};
  const text = event.isBase64Encoded ? Buffer.from(event.body, "base64").toString("utf8") : event.body;
  try {
    return JSON.parse(text) ?? {};
  } catch {
    throw new Problem(400, "The request's body is not JSON.");
  }
}

const json = (statusCode, value) => ({
  statusCode,
  headers: { "content-type": "application/json", "cache-control": "no-store" },
  body: JSON.stringify(value),
});
