/** The page: list, search and one open note. State lives in the address (`#/NOTE`), so Back and links work. */
import { attach, drawFiles } from "./files.js";
import { api, byId, debounce, mayWrite, readOnly, say } from "./page.js";

const saveDelayMs = 600;
const searchDelayMs = 150;

let open; // the note on screen: { id, text, version, files }
let unsaved = false;
let changes = Promise.resolve();
let listed = [];
let cursor;
let query = "";

async function refreshList({ more = false } = {}) {
  const asked = query;
  const path = asked ? `/api/search?q=${encodeURIComponent(asked)}` : `/api/notes${more ? `?cursor=${cursor}` : ""}`;
  const answer = await api("GET", path);
  if (asked !== query) return; // a newer search is on its way
  listed = more ? [...listed, ...answer.notes] : answer.notes;
  cursor = answer.cursor;
  drawList(asked, answer.total);
}

function drawList(asked, total) {
  byId("list").replaceChildren(...listed.map(drawEntry));
  byId("more").hidden = !cursor;
  byId("empty").hidden = listed.length > 0 && !(total > listed.length);
  byId("empty").textContent =
    listed.length > 0 ? `Showing ${listed.length} of ${total}.` : asked ? "Nothing found." : "No notes yet.";
}

function drawEntry(note) {
  const link = document.createElement("a");
  link.href = `#/${note.id}`;
  if (note.id === open?.id) link.setAttribute("aria-current", "true");
  const title = document.createElement("strong");
  title.textContent = note.title || "Untitled";
  const excerpt = document.createElement("span");
  const day = new Date(note.updated).toLocaleDateString(undefined, { dateStyle: "medium" });
  excerpt.textContent = `${day}${note.files ? ` · ${note.files} ${note.files === 1 ? "file" : "files"}` : ""} · ${note.excerpt}`;
  link.append(title, excerpt);
  const item = document.createElement("li");
  item.append(link);
  return item;
}

async function refreshTags() {
  const { tags } = await api("GET", "/api/tags");
  byId("tags").replaceChildren(
    ...tags.map(({ name, count }) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = `#${name} ${count}`;
      button.setAttribute("aria-pressed", String(query === `#${name}`));
      button.addEventListener("click", () => setQuery(query === `#${name}` ? "" : `#${name}`));
      return button;
    }),
  );
}

function setQuery(text) {
  byId("search").value = text;
  query = text.trim();
  return Promise.all([refreshList(), refreshTags()]).catch(say);
}

/** What the address names is what is shown; of two addresses in a row, only the later one counts. */
async function follow() {
  const asked = location.hash;
  const id = /^#\/([0-9a-z]+)$/.exec(asked)?.[1];
  if (id === open?.id) return;
  save();
  const note = id ? await api("GET", `/api/notes/${id}`).catch(leave) : undefined;
  if (location.hash !== asked) return;
  open = note;
  draw();
}

function leave(error) {
  say(error);
  history.replaceState(null, "", "#");
}

function draw() {
  byId("app").classList.toggle("open", Boolean(open));
  byId("note").hidden = !open;
  byId("nothing").hidden = Boolean(open);
  byId("status").textContent = "";
  if (open) {
    byId("text").value = open.text;
    drawFiles(open, changed);
  }
  for (const link of byId("list").querySelectorAll("a"))
    if (open && link.getAttribute("href") === `#/${open.id}`) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
}

async function changed() {
  drawFiles(open, changed);
  await refreshList();
}

/** The empty page is there at once, so that no letter is lost while the note is being made. */
function create() {
  if (!mayWrite()) return;
  save();
  const note = { text: "", version: 0, tags: [], files: [] };
  open = note;
  draw();
  byId("text").focus();
  inTurn(async () => {
    Object.assign(note, await api("POST", "/api/notes", { text: "" }));
    if (note === open) location.hash = `#/${note.id}`;
    await refreshList();
  });
}

/** One change at a time, each from the version the last one made. */
function inTurn(change) {
  changes = changes.then(change).catch(say);
  return changes;
}

/** What is on screen now, whatever is opened next. */
function save() {
  if (!open || !unsaved) return;
  const note = open;
  const text = byId("text").value;
  unsaved = false;
  byId("status").textContent = "Saving…";
  inTurn(() => store(note, text));
}

async function store(note, text) {
  try {
    const saved = await api("PUT", `/api/notes/${note.id}`, { text, version: note.version });
    Object.assign(note, { text, version: saved.version, title: saved.title, tags: saved.tags });
    if (note === open && !unsaved) byId("status").textContent = "Saved";
    await Promise.all([refreshList(), refreshTags()]);
  } catch (error) {
    if (error.status === 409) return conflict(note, text, error.answer.note);
    byId("status").textContent = "Not saved; trying again…";
    if (note === open) unsaved = true;
    setTimeout(() => (note === open ? save() : inTurn(() => store(note, text))), 3_000);
    throw error;
  }
}

/** Neither text is lost: what was typed here becomes a note of its own. */
async function conflict(note, text, theirs) {
  Object.assign(note, theirs);
  const copy = await api("POST", "/api/notes", { text });
  if (note === open) draw();
  await refreshList();
  say(new Error("This note was changed in another window. What you typed here is kept as a second note."));
  return copy;
}

async function remove() {
  const note = open;
  if (!note || !(await ask(`Delete “${note.title || "Untitled"}” and its ${note.files.length} attachments for ever?`)))
    return;
  unsaved = false;
  await api("DELETE", `/api/notes/${note.id}`);
  open = undefined;
  history.replaceState(null, "", "#");
  draw();
  await Promise.all([refreshList(), refreshTags()]);
  byId("search").focus();
}

function ask(question) {
  const dialog = byId("ask");
  byId("ask-text").textContent = question;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) =>
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }),
  );
}

function back() {
  const id = open?.id;
  location.hash = "#";
  // Focus returns to where it came from, so that j and k go on from there.
  byId("list").querySelector(`a[href="#/${id}"]`)?.focus();
}

function move(step) {
  const links = [...byId("list").querySelectorAll("a")];
  const at = links.findIndex(
    (link) => link === document.activeElement || (document.activeElement === document.body && link.ariaCurrent),
  );
  links[Math.max(0, Math.min(links.length - 1, at + step))]?.focus();
}

const keys = {
  "/": () => byId("search").focus(),
  n: create,
  j: () => move(1),
  k: () => move(-1),
  "?": () => byId("help").showModal(),
};

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "s") {
    event.preventDefault();
    save();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const typing = event.target.matches("input, textarea");
  if (event.key === "Escape" && event.target.id === "search" && query) return void setQuery("");
  if (event.key === "Escape") return typing && !open ? event.target.blur() : back();
  if (event.key === "ArrowDown" && event.target.id === "search") move(1);
  else if (!typing && Object.hasOwn(keys, event.key)) keys[event.key]();
  else return;
  event.preventDefault();
});

byId("text").addEventListener("input", () => {
  unsaved = true;
  byId("status").textContent = "";
});
byId("text").addEventListener("input", debounce(save, saveDelayMs));
byId("search").addEventListener(
  "input",
  debounce(() => setQuery(byId("search").value), searchDelayMs),
);
byId("new").addEventListener("click", create);
byId("delete").addEventListener("click", () => remove().catch(say));
byId("back").addEventListener("click", back);
byId("more").addEventListener("click", () => refreshList({ more: true }).catch(say));
byId("file").addEventListener("change", ({ target }) => {
  attach(open, [...target.files], changed);
  target.value = "";
});
for (const kind of ["dragover", "dragleave", "drop"])
  byId("note").addEventListener(kind, (event) => {
    event.preventDefault();
    byId("note").classList.toggle("dropping", kind === "dragover");
    if (kind === "drop") attach(open, [...event.dataTransfer.files], changed);
  });
byId("text").addEventListener("paste", (event) => {
  if (event.clipboardData.files.length === 0) return;
  event.preventDefault();
  attach(open, [...event.clipboardData.files], changed);
});
window.addEventListener("hashchange", () => follow().catch(say));
window.addEventListener("beforeunload", (event) => {
  if (!unsaved) return;
  save();
  event.preventDefault();
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) save();
});

const { title, ...may } = await api("GET", "/api/about").catch(() => ({ title: "Notes", mayWrite: true }));
if (!may.mayWrite) readOnly();
document.title = byId("title").textContent = title;
await Promise.all([refreshList(), refreshTags(), follow()]).catch(say);
document.documentElement.dataset.ready = "true";
