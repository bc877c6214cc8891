/** The home page: the apps first, then their day, then who came; each by itself, so that one failing leaves the others. */
import { card, stored } from "./cards.js";
import { filter } from "./find.js";
import { api, byId, make, say, when } from "./page.js";

/** Loaded when the apps are there: a browser opens six connections, and a first visit's are for those. */
const drawCame = async () => (await import("./came.js")).drawCame();

let drawn = "";
/** The apps; false when they may not be seen. */
async function drawApps() {
  const answer = await api("GET", "/api/apps");
  notice(answer);
  if (!answer.granted) return false;
  const { asOf: _, ...what } = answer;
  const now = JSON.stringify(what);
  // Drawn again, a page loses where the keyboard is, and what was opened.
  if (now === drawn) return true;
  drawn = now;
  const cards = [...byId("apps").children];
  const opened = cards.filter((one) => one.querySelector("details[open]")).map((one) => one.dataset.name);
  const focused = document.activeElement?.closest?.("#apps > li")?.dataset.name;
  const on = document.activeElement?.localName;
  byId("apps").replaceChildren(...answer.apps.map((one) => card(one, answer.data)));
  for (const one of byId("apps").children)
    if (opened.includes(one.dataset.name)) one.querySelector("details").open = true;
  byId("empty").hidden = answer.apps.some(({ name }) => name !== "home");
  drawDoors(answer.apps);
  drawThings(answer);
  const of = byId("of");
  const chosen = of.value;
  const option = (value, text) => make("option", { value }, text);
  of.replaceChildren(
    option("", "everything"),
    ...answer.apps.map(({ name, title }) => option(name, title)),
    option("signin", "Sign-in"),
  );
  of.value = [...of.options].some(({ value }) => value === chosen) ? chosen : "";
  filter({ tell: false });
  if (focused)
    byId("apps")
      .querySelector(`[data-name="${CSS.escape(focused)}"] ${on === "summary" ? "summary" : "a"}`)
      ?.focus();
  return true;
}

/** The owner's own tables and buckets, beside the apps. */
function drawThings({ things, data }) {
  byId("things-part").hidden = things.length === 0;
  byId("things").replaceChildren(
    make("ul", {}, ...things.map((one) => make("li", {}, one))),
    stored({ name: "things", title: "your own things" }, data),
  );
}

function drawDoors(apps) {
  const doors = apps.flatMap(({ title, doors: open }) => open.map((door) => ({ title, door })));
  byId("doors").replaceChildren(
    ...doors.map(({ title, door }) =>
      make("li", {}, make("div", { class: "what" }, make("strong", {}, title), make("span", {}, door))),
    ),
  );
  byId("doors-none").hidden = doors.length > 0;
}

/** What stands above everything: that the grant is gone, or that this is what was there before. */
function notice({ granted, command, asOf }) {
  const parts = granted
    ? asOf
      ? [`Your cloud does not answer. This is as of ${when(asOf)}.`]
      : []
    : [
        "This page may not see what is installed: its grant was taken back. In a terminal, this gives it again: ",
        make("code", {}, command),
      ];
  byId("notice").replaceChildren(...parts);
  byId("notice").hidden = parts.length === 0;
  if (granted) return;
  drawn = "";
  for (const id of ["apps", "doors", "came"]) byId(id).replaceChildren();
  byId("came-more").hidden = byId("things-part").hidden = true;
}

/** One after the other: each takes two of the account's places. */
async function drawDays() {
  const { drawHours } = await import("./chart.js");
  for (const element of [...byId("apps").children]) {
    const answer = await api("GET", `/api/apps/${element.dataset.name}/requests`).catch(() => ({}));
    drawHours(element, answer);
  }
}

let running;
function refresh() {
  running ??= (async () => {
    if (await drawApps()) {
      document.documentElement.dataset.ready = "true";
      await drawCame().catch(say);
      await drawDays();
    }
  })()
    .catch(say)
    .finally(() => {
      running = undefined;
      document.documentElement.dataset.ready = "true";
      document.documentElement.dataset.whole = "true";
    });
  return running;
}

/** The worker forgets everything before the gate is asked; the answer leads to sign-in. */
async function signOut() {
  const response = await fetch("/.freehold/signout", { method: "POST", redirect: "manual" }).catch(() => undefined);
  if (!response) return say(new Error("Your cloud does not answer, so the session stays. What was kept here is gone."));
  location.replace("/");
}

async function beginWorker() {
  if (!("serviceWorker" in navigator)) return;
  const had = navigator.serviceWorker.controller !== null;
  // What came before the worker did is asked once more, for it to keep.
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (!had) refreshWhole();
  });
  await navigator.serviceWorker.register("/sw.js").catch(() => undefined);
}

async function refreshWhole() {
  await running;
  await Promise.all([refresh(), api("GET", "/api/about").catch(() => undefined)]);
  document.documentElement.dataset.kept = "true";
}

byId("sign-out").addEventListener("click", signOut);
byId("of").addEventListener("change", () => drawCame().catch(say));
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) refresh();
});
// A page that the browser brings back may be of a session that is over.
window.addEventListener("pageshow", ({ persisted }) => {
  if (persisted) location.reload();
});

api("GET", "/api/about").then(
  ({ title }) => {
    document.title = byId("title").textContent = title;
  },
  () => undefined,
);
await refresh();
await beginWorker();
