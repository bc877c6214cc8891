/** Finding an app without a click: whatever is typed goes into the search, and arrow keys go through what it finds. */
import { byId } from "./page.js";

const search = byId("search");
const cards = () => [...byId("apps").children];
const links = () => cards().flatMap((one) => (one.hidden ? [] : [one.querySelector("a.open")].filter(Boolean)));

/** Hides what has not every word in it, and says how many are left. */
export function filter({ tell = true } = {}) {
  const words = search.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  for (const one of cards()) {
    const text = `${one.dataset.name} ${one.querySelector("h3").textContent} ${one.textContent}`.toLowerCase();
    one.hidden = !words.every((word) => text.includes(word));
  }
  const shown = cards().filter((one) => !one.hidden).length;
  byId("none").hidden = shown > 0 || cards().length === 0;
  if (tell) byId("found").textContent = words.length === 0 ? "All apps are shown." : said(shown);
}

const said = (count) => (count === 0 ? "No app has that in it." : count === 1 ? "1 app." : `${count} apps.`);

function move(by) {
  const all = links();
  if (all.length === 0) return;
  const at = all.indexOf(document.activeElement);
  if (at === 0 && by < 0) search.focus();
  else all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, at + by)].focus();
}

const isField = (element) => element instanceof HTMLSelectElement;

search.addEventListener("input", () => filter());
document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isField(target)) return;
  // What apps store is looked at in a window of its own.
  if (document.querySelector("dialog[open]")) return;
  if (key === "ArrowDown" || key === "ArrowUp") {
    event.preventDefault();
    move(key === "ArrowDown" ? 1 : -1);
  } else if (key === "Escape") {
    search.value = "";
    filter();
    search.focus();
  } else if (key === "Enter" && target === search) {
    links()[0]?.click();
  } else if (key.length === 1 && key !== " " && target !== search) {
    // The key itself goes where the focus is when it is done with this event.
    search.focus();
  }
});
