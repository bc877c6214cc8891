/** An app's card. What is in it was written by whoever made the app: texts stay texts, and a link leads to a web page. */
import { make, say } from "./page.js";

const states = {
  works: () => "Answers",
  quiet: () => "Not asked in the last hour",
  failing: ({ failed, asked }) => `${failed} of ${asked + failed} requests failed in the last hour`,
  unknown: () => "How it does cannot be read",
};

export function card(app, data) {
  const heading = `app-${app.name}`;
  const { state } = app.health;
  return make(
    "li",
    { class: "card", "data-name": app.name, "aria-labelledby": heading },
    make(
      "div",
      { class: "head" },
      icon(app),
      make("div", {}, make("h3", { id: heading }, link(app)), make("p", { class: "quiet address" }, plainAddress(app))),
    ),
    app.tagline ? make("p", {}, app.tagline) : undefined,
    make("p", { class: `state ${state}` }, (states[state] ?? states.unknown)(app.health)),
    make("p", { class: "quiet" }, `Version ${app.version}${app.today ? `; ${requests(app.today)} today (UTC)` : ""}`),
    app.update
      ? make("p", {}, `Version ${app.update} is there: `, make("code", {}, `freehold upgrade ${app.name}`))
      : undefined,
    make("div", { class: "hours" }),
    make(
      "details",
      {},
      make("summary", {}, "What it stores and reaches"),
      list("Stores", app.stores, "Stores nothing."),
      app.stores.length > 0 ? stored(app, data) : undefined,
      list("Reaches", app.reaches, "Reaches nothing but its own page."),
      list("Open to everybody", app.doors, "Nothing of it is open to everybody."),
    ),
  );
}

/** The way to what is stored; without the grant, what gives it. What it needs is loaded when it is asked for. */
export function stored({ name, title }, data) {
  if (data.granted) {
    const open = () => import("./data.js").then((one) => one.browse(name, title)).catch(say);
    return make("button", { type: "button", onclick: open, "aria-label": `What is in ${title}` }, "What is in it");
  }
  return make(
    "p",
    { class: "quiet" },
    "This page does not see what is in it; it does after ",
    make("code", {}, data.command),
    ". In a terminal: ",
    make("code", {}, `freehold data ls ${name}`),
  );
}

const requests = ({ n }) => `${n} ${n === 1 ? "request" : "requests"}`;

function list(title, items, none) {
  if (items.length === 0) return make("p", { class: "quiet" }, none);
  return make("div", {}, make("p", {}, title), make("ul", {}, ...items.map((item) => make("li", {}, item))));
}

function icon({ icon: data, title }) {
  if (/^data:image\/(png|jpeg|webp|svg\+xml);base64,/.test(data ?? ""))
    return make("img", { class: "icon", src: data, alt: "", width: "48", height: "48" });
  return make("span", { class: "icon letter", "aria-hidden": "true" }, [...title][0]?.toUpperCase() ?? "?");
}

/** A local cloud's apps are where this page is, should it have been given another port since they were written down. */
function webAddress({ address }) {
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (!/^https?:$/.test(url.protocol)) return undefined;
  if (url.hostname.endsWith(".localhost") && location.hostname.endsWith(".localhost")) url.port = location.port;
  return url.href;
}
const plainAddress = (app) => (webAddress(app) ? new URL(webAddress(app)).host : "It has no address");

function link(app) {
  const href = webAddress(app);
  return href ? make("a", { class: "open", href }, app.title) : app.title;
}
