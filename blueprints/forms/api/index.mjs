/** The forms API for the owner, and the public forms. */
import { deleteAnswer, exportAnswers, listAnswers, markAnswer } from "./answers.mjs";
import { createForm, deleteForm, getForm, listForms, saveForm } from "./forms.mjs";
import { answering } from "./http.mjs";
import { receive, showForm, showThanks } from "./public.mjs";

const id = "([\\w-]{16})";
const answer = "([0-9a-z]{9}-[0-9a-z]{12})";
const at = (path) => new RegExp(`^${path}$`);

export const handler = answering([
  ["GET", at("/api/health"), () => ({ ok: true })],
  ["GET", at("/api/about"), () => ({ title: process.env.TITLE || "Forms" })],
  ["GET", at("/api/forms"), () => listForms()],
  ["POST", at("/api/forms"), ({ body }) => createForm(body)],
  ["GET", at(`/api/forms/${id}`), ({ params }) => getForm(params[0])],
  ["PUT", at(`/api/forms/${id}`), ({ params, body }) => saveForm(params[0], body)],
  ["DELETE", at(`/api/forms/${id}`), ({ params }) => deleteForm(params[0])],
  ["GET", at(`/api/forms/${id}/answers`), ({ params, query }) => listAnswers(params[0], query)],
  ["GET", at(`/api/forms/${id}/answers.csv`), ({ params, query }) => exportAnswers(params[0], query)],
  ["PUT", at(`/api/forms/${id}/answers/${answer}`), ({ params, body }) => markAnswer(params[0], params[1], body)],
  ["DELETE", at(`/api/forms/${id}/answers/${answer}`), ({ params }) => deleteAnswer(params[0], params[1])],
  ["GET", at(`/f/${id}`), ({ params }) => showForm(params[0])],
  ["POST", at(`/f/${id}`), ({ params, event }) => receive(params[0], event)],
  ["GET", at(`/f/${id}/thanks`), ({ params }) => showThanks(params[0])],
]);
