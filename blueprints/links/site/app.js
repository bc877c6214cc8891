/** The page: a form for a new link, the list of all, one open for an edit. */
import { api, ask, byId, copy, make, say, tell, when } from "./page.js";

let listed = [];
let cursor;
let query = "";

const short = ({ slug }) => new URL(`/to/${slug}`, location.href).href;

async function refresh({ more = false } = {}) {
  const asked = query;
  const parameters = new URLSearchParams({ ...(asked && { q: asked }), ...(more && { cursor }) });
  const answer = await api("GET", `/api/links?${parameters}`);
  if (asked !== query) return; // a newer search is on its way
  listed = more ? [...listed, ...answer.links] : answer.links;
  cursor = answer.cursor;
  draw();
}

function draw() {
  byId("list").replaceChildren(...listed.map(drawLink));
  byId("more").hidden = !cursor;
  byId("empty").hidden = listed.length > 0;
  byId("empty").textContent = query ? "No link has that in it." : "No links yet. The first one is made above.";
}

function drawLink(link) {
  const name = `/to/${link.slug}`;
  const button = (text, onclick, more = {}) =>
    make("button", { type: "button", "aria-label": `${text} ${name}`, onclick, ...more }, text);
  return make(
    "li",
    {},
    make(
      "div",
      { class: "what" },
      make("strong", {}, make("a", { href: short(link), target: "_blank", rel: "noopener" }, name)),
      link.title ? make("span", {}, link.title) : undefined,
      make("span", { class: "quiet" }, link.url),
    ),
    make(
      "div",
      { class: "count" },
      make("strong", {}, `${link.clicks} ${link.clicks === 1 ? "click" : "clicks"}`),
      make("span", { class: "quiet" }, link.last ? when(link.last) : "not yet opened"),
    ),
    make(
      "div",
      { class: "bar" },
      button("Copy", () => copy(short(link)).catch(say)),
      button("Edit", () => edit(link)),
      button("Delete", () => remove(link).catch(say), { class: "danger" }),
    ),
  );
}

async function create(event) {
  event.preventDefault();
  const body = { url: byId("url").value, slug: byId("slug").value, title: byId("name").value };
  const link = await api("POST", "/api/links", body);
  byId("new").reset();
  byId("search").value = query = "";
  await refresh();
  tell(`Made ${short(link)}`);
  byId("list").querySelector("button")?.focus();
}

let editing;
function edit(link) {
  editing = link;
  byId("edit-title").textContent = `Edit /to/${link.slug}`;
  byId("edit-url").value = link.url;
  byId("edit-name").value = link.title;
  byId("edit-problem").textContent = "";
  byId("edit").showModal();
}

async function save(event) {
  event.preventDefault();
  const body = { url: byId("edit-url").value, title: byId("edit-name").value, version: editing.version };
  try {
    await api("PUT", `/api/links/${editing.slug}`, body);
  } catch (error) {
    // The dialog stays, with what was typed.
    byId("edit-problem").textContent = error.message;
    return;
  }
  byId("edit").close();
  await refresh();
  tell("Saved.");
}

async function remove(link) {
  if (!(await ask(`Delete /to/${link.slug}? Who opens it then finds nothing.`, "Delete"))) return;
  await api("DELETE", `/api/links/${link.slug}`);
  await refresh();
  tell(`/to/${link.slug} is deleted.`);
  byId("search").focus();
}

let typing;
byId("search").addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(() => {
    query = byId("search").value.trim();
    refresh().catch(say);
  }, 150);
});
byId("new").addEventListener("submit", (event) => create(event).catch(say));
byId("edit-form").addEventListener("submit", (event) => save(event).catch(say));
byId("edit-cancel").addEventListener("click", () => byId("edit").close());
byId("more").addEventListener("click", () => refresh({ more: true }).catch(say));
// Clicks counted elsewhere are seen when one comes back to the page.
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) refresh().catch(say);
});

const { title } = await api("GET", "/api/about").catch(() => ({ title: "Links" }));
document.title = byId("title").textContent = title;
await refresh().catch(say);
document.documentElement.dataset.ready = "true";
