/** The page: all texts, or one with its sharing and its versions. What is open is in the address (`#/TEXT`). */
import { api, ask, byId, copy, make, say, tell, when } from "./page.js";

let open; // the text on screen; without an id while it is new
let listed = [];
let cursor;
const words = { no: "only me", yes: "shared", once: "to be shown once" };

const linkOf = ({ id }) => new URL(`/p/${id}`, location.href).href;

async function showAll({ more = false } = {}) {
  const answer = await api("GET", `/api/pastes${more ? `?cursor=${cursor}` : ""}`);
  listed = more ? [...listed, ...answer.pastes] : answer.pastes;
  cursor = answer.cursor;
  byId("list").replaceChildren(...listed.map(drawPaste));
  byId("more").hidden = !cursor;
  byId("empty").hidden = listed.length > 0;
}

function drawPaste({ id, title, excerpt, updated, shared, opened, version }) {
  const state = opened ? `shown on ${when(opened)}` : words[shared];
  return make(
    "li",
    {},
    make(
      "div",
      { class: "what" },
      make("strong", {}, make("a", { href: `#/${id}` }, title || excerpt.split("\n")[0] || "Untitled")),
      make("span", { class: "quiet" }, `${when(updated)} · version ${version} · ${state}`),
      title ? make("span", { class: "quiet" }, excerpt.split("\n")[0]) : undefined,
    ),
  );
}

const unsaved = () =>
  open && !open.opened && (byId("body").value !== (open.body ?? "") || byId("name").value !== open.title);

/** What the address names is what is shown; of two addresses in a row, only the later one counts. */
async function follow() {
  const asked = location.hash;
  const id = /^#\/([\w-]{22})$/.exec(asked)?.[1];
  const next = id ? await api("GET", `/api/pastes/${id}`) : asked === "#/new" ? { title: "", body: "" } : undefined;
  if (location.hash !== asked) return;
  open = next;
  byId("all").hidden = Boolean(open);
  byId("one").hidden = !open;
  if (!open) return showAll();
  await draw();
  byId(open.id ? "body" : "name").focus();
}

async function draw() {
  byId("name").value = open.title;
  byId("body").value = open.body ?? "";
  await drawAround();
}

/** All but what is being written. */
async function drawAround() {
  byId("edit").hidden = Boolean(open.opened);
  byId("opened").hidden = !open.opened;
  byId("opened").textContent = open.opened ? `It was shown on ${when(open.opened)}, and is gone.` : "";
  byId("sharing").hidden = !open.id || Boolean(open.opened);
  byId("history").hidden = !open.id || open.shared === "once";
  byId("delete").hidden = !open.id;
  byId("version").textContent = open.id ? `Version ${open.version}` : "";
  if (!open.id) return;
  byId("shared").value = open.shared;
  byId("copy-link").hidden = byId("see").hidden = open.shared === "no";
  byId("see").href = linkOf(open);
  const { versions } = await api("GET", `/api/pastes/${open.id}/versions`);
  byId("versions").replaceChildren(...versions.map(drawVersion));
}

function drawVersion({ version, updated }) {
  const text = `Version ${version}`;
  const now = version === open.version;
  return make(
    "li",
    {},
    make("div", { class: "what" }, make("strong", {}, text), make("span", { class: "quiet" }, when(updated))),
    now
      ? make("span", { class: "quiet" }, "what it says now")
      : make(
          "button",
          { type: "button", "aria-label": `Bring back ${text}`, onclick: () => bringBack(version).catch(say) },
          "Bring back",
        ),
  );
}

/** Into the page, to be looked at; Save makes it the newest. */
async function bringBack(version) {
  if (unsaved() && !(await ask("What you changed and did not save is replaced.", "Replace"))) return;
  const { title, body } = await api("GET", `/api/pastes/${open.id}/versions/${version}`);
  byId("name").value = title;
  byId("body").value = body;
  byId("body").focus();
  tell(`Version ${version} is here again. Save keeps it.`);
}

async function save(event) {
  event?.preventDefault();
  const content = { title: byId("name").value, body: byId("body").value };
  try {
    const isNew = !open.id;
    open = isNew
      ? await api("POST", "/api/pastes", content)
      : await api("PUT", `/api/pastes/${open.id}`, { ...content, version: open.version });
    if (isNew) history.replaceState(null, "", `#/${open.id}`);
  } catch (error) {
    if (error.status !== 409 || !error.answer.paste) throw error;
    return conflict(error.answer.paste);
  }
  await drawAround();
  tell("Saved.");
}

/** Neither text is lost: theirs is a version, and what was typed here stays on the screen. */
async function conflict(theirs) {
  open = theirs;
  await drawAround();
  say(new Error("It was changed in another window; that is a version now. Save again to keep what you have here."));
}

async function share() {
  const shared = byId("shared").value;
  const question = "It is shown to the first who asks, and is gone then. Earlier versions go now.";
  if (unsaved()) {
    byId("shared").value = open.shared;
    throw new Error("Save it first, so that what you see is what is shared.");
  }
  if (shared === "once" && !(await ask(question, "Share once"))) {
    byId("shared").value = open.shared;
    return;
  }
  open = await api("PUT", `/api/pastes/${open.id}/shared`, { shared, version: open.version });
  await drawAround();
  tell(shared === "no" ? "Only you can read it." : "Shared. The link is ready to copy.");
}

async function remove() {
  if (!(await ask(`Delete “${open.title || "this text"}” and all its versions for ever?`, "Delete"))) return;
  await api("DELETE", `/api/pastes/${open.id}`);
  open = undefined;
  location.hash = "#/";
  tell("Deleted.");
}

byId("edit").addEventListener("submit", (event) => save(event).catch(say));
byId("shared").addEventListener("change", () => share().catch(say));
byId("copy-link").addEventListener("click", () => copy(linkOf(open)).catch(say));
byId("delete").addEventListener("click", () => remove().catch(say));
byId("more").addEventListener("click", () => showAll({ more: true }).catch(say));
document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.key !== "s" || !open || open.opened) return;
  event.preventDefault();
  if (byId("edit").reportValidity()) save().catch(say);
});
window.addEventListener("hashchange", (event) => {
  if (unsaved() && !confirm("Leave without saving?")) return history.replaceState(null, "", event.oldURL);
  return follow().catch(say);
});
window.addEventListener("beforeunload", (event) => {
  if (unsaved()) event.preventDefault();
});

const { title } = await api("GET", "/api/about").catch(() => ({ title: "Paste" }));
document.title = byId("title").textContent = title;
await follow().catch(say);
document.documentElement.dataset.ready = "true";
