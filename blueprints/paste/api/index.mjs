/** The paste API for the owner, and the public pages of shared texts. */
import { answering } from "./http.mjs";
import { createPaste, deletePaste, getPaste, listPastes, savePaste, sharePaste } from "./pastes.mjs";
import { raw, reveal, show } from "./public.mjs";
import { getVersion, listVersions } from "./versions.mjs";

const id = "([\\w-]{22})";
const at = (path) => new RegExp(`^${path}$`);

export const handler = answering([
  ["GET", at("/api/health"), () => ({ ok: true })],
  ["GET", at("/api/about"), () => ({ title: process.env.TITLE || "Paste" })],
  ["GET", at("/api/pastes"), ({ query }) => listPastes(query)],
  ["POST", at("/api/pastes"), ({ body }) => createPaste(body)],
  ["GET", at(`/api/pastes/${id}`), ({ params }) => getPaste(params[0])],
  ["PUT", at(`/api/pastes/${id}`), ({ params, body }) => savePaste(params[0], body)],
  ["DELETE", at(`/api/pastes/${id}`), ({ params }) => deletePaste(params[0])],
  ["PUT", at(`/api/pastes/${id}/shared`), ({ params, body }) => sharePaste(params[0], body)],
  ["GET", at(`/api/pastes/${id}/versions`), ({ params }) => listVersions(params[0])],
  ["GET", at(`/api/pastes/${id}/versions/([1-9]\\d{0,8})`), ({ params }) => getVersion(params[0], Number(params[1]))],
  ["GET", at(`/p/${id}`), ({ params }) => show(params[0])],
  ["POST", at(`/p/${id}`), ({ params }) => reveal(params[0])],
  ["GET", at(`/p/${id}/raw`), ({ params }) => raw(params[0])],
]);
