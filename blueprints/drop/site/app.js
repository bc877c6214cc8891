/** The page: files on their way, and the list of those that are shared. */
import { api, ask, byId, copy, make, say, tell, when } from "./page.js";
import { upload } from "./upload.js";

let listed = [];
let cursor;

const linkOf = ({ id }) => new URL(`/get/${id}`, location.href).href;

async function refresh({ more = false } = {}) {
  const answer = await api("GET", `/api/drops${more ? `?cursor=${cursor}` : ""}`);
  listed = more ? [...listed, ...answer.drops] : answer.drops;
  cursor = answer.cursor;
  byId("list").replaceChildren(...listed.map(drawDrop));
  byId("more").hidden = !cursor;
  byId("empty").hidden = listed.length > 0;
}

function drawDrop(drop) {
  const button = (text, onclick, more = {}) =>
    make("button", { type: "button", "aria-label": `${text} ${drop.name}`, onclick, ...more }, text);
  const taken = `${drop.taken}${drop.most ? ` of ${drop.most}` : ""} ${drop.taken === 1 && !drop.most ? "download" : "downloads"}`;
  return make(
    "li",
    {},
    make(
      "div",
      { class: "what" },
      make("strong", {}, make("a", { href: linkOf(drop), target: "_blank", rel: "noopener" }, drop.name)),
      make("span", { class: "quiet" }, `${size(drop.size)} · ${taken} · until ${when(drop.expires * 1000)}`),
    ),
    make(
      "div",
      { class: "bar" },
      button("Copy link", () => copy(linkOf(drop)).catch(say)),
      button("Delete", () => remove(drop).catch(say), { class: "danger" }),
    ),
  );
}

function size(bytes) {
  const units = ["B", "KB", "MB", "GB"];
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  return `${(bytes / 1000 ** step).toLocaleString(undefined, { maximumFractionDigits: 1 })} ${units[step]}`;
}

/** One after the other, so that each has the whole line. */
let queue = Promise.resolve();
function share(files) {
  if (!byId("new").reportValidity()) return;
  const how = { keep: byId("keep").value, most: byId("most").value ? Number(byId("most").value) : undefined };
  for (const file of files)
    queue = queue
      .then(async () => {
        const drop = await upload(file, how);
        await refresh();
        tell(drop ? `${drop.name} is shared until ${when(drop.expires * 1000)}.` : `${file.name} was stopped.`);
      })
      .catch(say);
}

async function remove(drop) {
  if (!(await ask(`Delete “${drop.name}”? Its link then leads to nothing.`, "Delete"))) return;
  await api("DELETE", `/api/drops/${drop.id}`);
  await refresh();
  tell(`${drop.name} is deleted.`);
  byId("file").focus();
}

byId("new").addEventListener("submit", (event) => event.preventDefault());
byId("file").addEventListener("change", ({ target }) => {
  share([...target.files]);
  target.value = "";
});
byId("more").addEventListener("click", () => refresh({ more: true }).catch(say));
for (const kind of ["dragover", "dragleave", "drop"])
  document.addEventListener(kind, (event) => {
    event.preventDefault();
    byId("page").classList.toggle("dropping", kind === "dragover");
    if (kind === "drop") share([...event.dataTransfer.files]);
  });
window.addEventListener("beforeunload", (event) => {
  if (byId("uploads").childElementCount > 0) event.preventDefault();
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) refresh().catch(say);
});

const { title, days } = await api("GET", "/api/about").catch(() => ({ title: "Drop", days: 7 }));
document.title = byId("title").textContent = title;
byId("keep").value = days === 1 ? "1 day" : `${days} days`;
await refresh().catch(say);
document.documentElement.dataset.ready = "true";
