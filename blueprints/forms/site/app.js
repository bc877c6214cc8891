/** The page: all forms, or one with its answers and its questions. What is open is in the address (`#/FORM`). */
import { showAnswers } from "./answers.js";
import { addField, drawFields, readFields } from "./fields.js";
import { api, ask, byId, copy, make, say, tell } from "./page.js";

let form; // the one that is open

const linkOf = ({ id }) => new URL(`/f/${id}`, location.href).href;

async function showAll() {
  const { forms } = await api("GET", "/api/forms");
  byId("forms").replaceChildren(...forms.map(drawForm));
  byId("none").hidden = forms.length > 0;
}

function drawForm({ id, title, open, count }) {
  const answers = `${count} ${count === 1 ? "answer" : "answers"}`;
  return make(
    "li",
    {},
    make(
      "div",
      { class: "what" },
      make("strong", {}, make("a", { href: `#/${id}` }, title)),
      make("span", { class: "quiet" }, open ? answers : `${answers} · closed`),
    ),
  );
}

/** What the address names is what is shown; of two addresses in a row, only the later one counts. */
async function follow() {
  const asked = location.hash;
  const id = /^#\/([\w-]{16})$/.exec(asked)?.[1];
  const next = id ? await api("GET", `/api/forms/${id}`) : undefined;
  if (location.hash !== asked) return;
  form = next;
  byId("all").hidden = Boolean(form);
  byId("one").hidden = !form;
  if (!form) return showAll();
  drawQuestions();
  await show(form.count === 0 ? "questions" : "answers");
  byId("form-name").focus();
}

async function show(part) {
  for (const one of ["answers", "questions"]) {
    byId(one).hidden = one !== part;
    byId(`show-${one}`).setAttribute("aria-pressed", String(one === part));
  }
  if (part === "answers") await showAnswers(form);
}

function drawQuestions() {
  byId("form-name").textContent = form.title;
  byId("open-form").href = linkOf(form);
  byId("form-title").value = form.title;
  byId("intro").value = form.intro;
  byId("thanks").value = form.thanks;
  byId("open").checked = form.open;
  drawFields(form.fields);
}

async function create() {
  const fields = [
    { id: "name", label: "Your name", kind: "text", required: true },
    { id: "message", label: "Your message", kind: "long", required: true },
  ];
  const made = await api("POST", "/api/forms", { title: "A new form", fields });
  location.hash = `#/${made.id}`;
}

async function save(event) {
  event.preventDefault();
  const content = {
    title: byId("form-title").value,
    intro: byId("intro").value,
    thanks: byId("thanks").value,
    open: byId("open").checked,
    fields: readFields(),
  };
  form = await api("PUT", `/api/forms/${form.id}`, { ...content, version: form.version });
  drawQuestions();
  tell("Saved.");
}

async function remove() {
  const answers = form.count === 1 ? "its 1 answer" : `all its ${form.count} answers`;
  if (!(await ask(`Delete “${form.title}” and ${answers} for ever?`, "Delete"))) return;
  await api("DELETE", `/api/forms/${form.id}`);
  location.hash = "#/";
  tell("The form is deleted.");
}

byId("new").addEventListener("click", () => create().catch(say));
byId("questions").addEventListener("submit", (event) => save(event).catch(say));
byId("add").addEventListener("click", addField);
byId("delete").addEventListener("click", () => remove().catch(say));
byId("copy-link").addEventListener("click", () => copy(linkOf(form)).catch(say));
for (const part of ["answers", "questions"])
  byId(`show-${part}`).addEventListener("click", () => show(part).catch(say));
window.addEventListener("hashchange", () => follow().catch(say));

const { title } = await api("GET", "/api/about").catch(() => ({ title: "Forms" }));
document.title = byId("title").textContent = title;
await follow().catch(say);
document.documentElement.dataset.ready = "true";
