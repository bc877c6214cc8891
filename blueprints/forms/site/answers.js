/** The inbox of the open form, and all of it as one CSV. */
import { api, ask, byId, make, say, tell, when } from "./page.js";

let form;
let spam = false;
let listed = [];
let cursor;

export async function showAnswers(shown, { inSpam = false } = {}) {
  form = shown;
  spam = inSpam;
  byId("show-inbox").setAttribute("aria-pressed", String(!spam));
  byId("show-spam").setAttribute("aria-pressed", String(spam));
  await refresh();
}

async function refresh({ more = false } = {}) {
  const parameters = new URLSearchParams({ spam: spam ? "yes" : "no", ...(more && { cursor }) });
  const answer = await api("GET", `/api/forms/${form.id}/answers?${parameters}`);
  listed = more ? [...listed, ...answer.answers] : answer.answers;
  cursor = answer.cursor;
  draw();
}

function draw() {
  byId("list").replaceChildren(...listed.map(drawAnswer));
  byId("more").hidden = !cursor;
  byId("empty").hidden = listed.length > 0;
  byId("empty").textContent = spam ? "No spam." : "No answers yet. Send the form's link round.";
}

function drawAnswer(answer) {
  const time = when(answer.came);
  const button = (text, onclick, more = {}) =>
    make(
      "button",
      { type: "button", "aria-label": `${text}: answer of ${time}`, onclick: () => onclick().catch(say), ...more },
      text,
    );
  return make(
    "li",
    answer.read ? {} : { class: "new" },
    make("strong", {}, answer.read ? time : `New · ${time}`),
    make("dl", { class: "answer" }, ...form.fields.flatMap((field) => pair(field, answer.values[field.id]))),
    make(
      "div",
      { class: "bar" },
      button(answer.read ? "Mark as new" : "Mark as read", () => mark(answer, { read: !answer.read })),
      button(spam ? "Not spam" : "Spam", () => mark(answer, { spam: !spam })),
      button("Delete", () => remove(answer, time), { class: "danger" }),
    ),
  );
}

const pair = ({ label }, value) => (value ? [make("dt", {}, label), make("dd", {}, value)] : []);

async function mark(answer, marks) {
  await api("PUT", `/api/forms/${form.id}/answers/${answer.id}`, marks);
  await refresh();
  tell(marks.spam === undefined ? "Marked." : `Moved to ${marks.spam ? "spam" : "the inbox"}.`);
  (byId("list").querySelector("button") ?? byId("show-inbox")).focus();
}

async function remove(answer, time) {
  if (!(await ask(`Delete the answer of ${time}?`, "Delete"))) return;
  await api("DELETE", `/api/forms/${form.id}/answers/${answer.id}`);
  await refresh();
  tell("Deleted.");
  byId("show-inbox").focus();
}

/** Page by page, so that a form may have more answers than one response holds. */
async function download() {
  const parts = [];
  let next = `/api/forms/${form.id}/answers.csv`;
  while (next) {
    const response = await fetch(next);
    if (!response.ok) throw new Error(`The answers could not be read (${response.status}).`);
    parts.push(await response.arrayBuffer());
    next = /<([^>]+)>; rel="next"/.exec(response.headers.get("link") ?? "")?.[1];
  }
  const address = URL.createObjectURL(new Blob(parts, { type: "text/csv" }));
  make("a", { href: address, download: `${form.title}.csv` }).click();
  URL.revokeObjectURL(address);
}

byId("show-inbox").addEventListener("click", () => showAnswers(form).catch(say));
byId("show-spam").addEventListener("click", () => showAnswers(form, { inSpam: true }).catch(say));
byId("more").addEventListener("click", () => refresh({ more: true }).catch(say));
byId("csv").addEventListener("click", () => download().catch(say));
