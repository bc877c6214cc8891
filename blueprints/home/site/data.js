/**
 * What an app stores, in a window of the page: its stores, a page of what is in one, an item or a file. It is read when it is
 * asked for and nowhere kept. Whatever is stored is shown as text; an image is shown as one, and nothing of it runs.
 */
import { api, make, say } from "./page.js";

/** A window for one app, or `things`. Closed, nothing of it is left. */
export async function browse(app, title) {
  const first = await api("GET", address(app));
  const heading = make("h2", { id: "data-title", tabindex: "-1" });
  const back = make("button", { type: "button" }, "Back");
  const close = make("button", { type: "button" }, "Close");
  const view = make("div", { class: "view" });
  const bar = make("div", { class: "bar" }, heading, make("span", { class: "grow" }), back, close);
  const dialog = make("dialog", { class: "data", "aria-labelledby": "data-title" }, bar, view);
  const before = [];
  let now;
  /** `again` is what shows this once more. */
  const show = (name, parts, again) => {
    heading.textContent = name;
    back.hidden = before.length === 0;
    view.replaceChildren(...parts.filter(Boolean));
    now = again;
    dialog.scrollTop = 0;
    heading.focus();
  };
  const go = async (step, { forward = true } = {}) => {
    const from = now;
    view.setAttribute("aria-busy", "true");
    try {
      const shown = await step();
      if (!dialog.isConnected) return;
      if (forward && from) before.push(from);
      show(shown.name, shown.parts, step);
    } catch (error) {
      if (!forward) before.push(step);
      if (dialog.isConnected) tellIn(view, error);
    } finally {
      view.removeAttribute("aria-busy");
    }
  };
  back.addEventListener("click", async () => {
    const step = before.pop();
    if (step) await go(step, { forward: false });
  });
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  let known = first;
  await go(async () => {
    const answer = known ?? (await api("GET", address(app)));
    known = undefined;
    return storesView(answer, app, title, go);
  });
}

const address = (app, store, query = {}) => {
  const asked = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== undefined));
  const { key } = query;
  const path = ["/api/data", app, store, key === undefined ? undefined : "item"].filter(Boolean).join("/");
  return asked.size > 0 ? `${path}?${asked}` : path;
};

/** In the window: what lies behind it cannot be seen. */
function tellIn(view, error) {
  view.querySelector(".refused")?.remove();
  view.prepend(make("p", { class: "refused", role: "alert" }, error.message));
}

function storesView({ granted, command, stores }, app, title, go) {
  const name = `What is in ${title}`;
  if (!granted) return { name, parts: [make("p", {}, "This page may not see it. ", make("code", {}, command))] };
  if (stores.length === 0) return { name, parts: [make("p", {}, "It stores nothing.")] };
  const row = (store) =>
    line(store.name, storeWords(store), store.unread ? undefined : () => go(() => pageView(app, store, {}, go)));
  return { name, parts: [rows(stores.map(row))] };
}

const unreadWords = (why) => (why === "adopted" ? "was adopted: this page cannot read it" : `cannot be read: ${why}`);

function storeWords({ kind, count, sizeBytes, more, unread }) {
  if (unread) return `${kind}, ${unreadWords(unread)}`;
  const what = kind === "table" ? ["item", "items"] : ["file", "files"];
  const about = kind === "table" ? "about " : more ? "more than " : "";
  return `${kind}, ${about}${count} ${what[count === 1 ? 0 : 1]}, ${size(sizeBytes)}`;
}

async function pageView(app, store, at, go) {
  const answer = await api("GET", address(app, store.name, { ...at, limit: 25 }));
  if (!answer.granted) return storesView(answer, app, store.name, go);
  const one = (key, name) => () => go(() => oneView(app, store, key, name));
  const lines =
    answer.kind === "table"
      ? answer.items.map(({ key, name, item }) => line(keyWords(name), JSON.stringify(item), one(key, keyWords(name))))
      : [
          ...answer.folders.map((folder) =>
            line(below(folder, answer.folder), "folder", () => go(() => pageView(app, store, { in: folder }, go))),
          ),
          ...answer.files.map(({ key, sizeBytes, changed }) =>
            line(below(key, answer.folder), `${size(sizeBytes)}${changed ? `, ${time(changed)}` : ""}`, one(key, key)),
          ),
        ];
  const more =
    answer.next &&
    make(
      "button",
      { type: "button", onclick: () => go(() => pageView(app, store, { ...at, from: answer.next }, go)) },
      "Next page",
    );
  const name = answer.folder ? `${store.name}: ${answer.folder}` : store.name;
  const none = answer.next ? "Nothing on this page." : at.from ? "That was all." : "Nothing is in it.";
  return { name, parts: [lines.length > 0 ? rows(lines) : make("p", {}, none), more] };
}

async function oneView(app, store, key, name) {
  const answer = await api("GET", address(app, store.name, { key }));
  if (!answer.granted) return storesView(answer, app, store.name);
  const text = (value) => make("pre", { tabindex: "0", role: "region", "aria-label": name }, value);
  if (answer.kind === "table") return { name, parts: [text(JSON.stringify(answer.item, null, 2))] };
  const { sizeBytes, type, changed } = answer.file;
  const facts = [size(sizeBytes), type, changed && time(changed)].filter(Boolean).join(", ");
  return {
    name,
    parts: [
      make("p", { class: "quiet" }, facts),
      answer.image ? make("img", { src: answer.image, alt: name }) : undefined,
      answer.text === undefined ? undefined : text(answer.text),
      answer.more ? make("p", { class: "quiet" }, "This is its beginning.") : undefined,
      answer.image || answer.text !== undefined ? undefined : make("p", {}, "This page shows texts and images."),
    ],
  };
}

const rows = (lines) => make("ul", { class: "list rows" }, ...lines);

/** Something that leads on, or that only says what it is. */
function line(name, words, open) {
  const inside = [make("strong", {}, name), make("span", { class: "quiet" }, words)];
  const what = make("div", { class: "what" }, ...inside);
  return make("li", {}, open ? make("button", { type: "button", onclick: () => open().catch(say) }, what) : what);
}

const keyWords = (name) =>
  Object.values(name)
    .map((value) => (typeof value === "string" ? value : JSON.stringify(value)))
    .join(", ");
const below = (key, folder) => key.slice(folder.length) || key;
const time = (text) => new Date(text).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });

function size(bytes) {
  const units = ["B", "KB", "MB", "GB", "TB"];
  const step = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3));
  return `${step === 0 ? bytes : (bytes / 1000 ** step).toFixed(1)} ${units[step]}`;
}
