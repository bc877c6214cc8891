/** Requests of a day as bars, an hour each, and the same in words: whoever cannot see them misses nothing. */
import { make } from "./page.js";

const space = "http://www.w3.org/2000/svg";
const high = 40;
const wide = 10;

function part(tag, attributes) {
  const element = document.createElementNS(space, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}

/** Into the card's place for it; `answer.hours` as `chart` takes them. */
export function drawHours(element, answer) {
  const place = element.querySelector(".hours");
  if (!answer.hours) place.replaceChildren(make("p", { class: "quiet" }, "Its requests cannot be read."));
  else
    place.replaceChildren(
      chart(answer.hours),
      make("p", { class: "quiet", "aria-hidden": "true" }, inWords(answer.hours)),
    );
}

/** `hours`: { hour: "2026-11-26T14" (UTC), n, denied, failed } each, the oldest first. */
function chart(hours) {
  const most = Math.max(1, ...hours.map(({ n }) => n));
  const svg = part("svg", {
    class: "chart",
    viewBox: `0 0 ${hours.length * wide} ${high + 1}`,
    preserveAspectRatio: "none",
    role: "img",
    "aria-label": inWords(hours),
  });
  for (const [at, { n, failed }] of hours.entries()) {
    const bar = (count, kind) => {
      const height = Math.max(2, (Math.min(count, most) / most) * high);
      return part("rect", { class: kind, x: at * wide + 1, y: high - height, width: wide - 2, height });
    };
    if (n > 0) svg.append(bar(n, "all"));
    if (failed > 0) svg.append(bar(failed, "failed"));
  }
  svg.append(part("line", { x1: 0, x2: hours.length * wide, y1: high + 0.5, y2: high + 0.5 }));
  return svg;
}

function inWords(hours) {
  const sum = (key) => hours.reduce((all, one) => all + one[key], 0);
  const [n, denied, failed] = [sum("n"), sum("denied"), sum("failed")];
  const more = [denied > 0 ? `${denied} not let in` : "", failed > 0 ? `${failed} failed` : ""].filter(Boolean);
  const rest = more.length > 0 ? `; ${more.join(", ")}` : "";
  if (n === 0) return `No requests in the last 24 hours${rest}.`;
  const busiest = hours.reduce((best, one) => (one.n > best.n ? one : best));
  const hour = new Date(`${busiest.hour}:00:00Z`).toLocaleTimeString(undefined, { timeStyle: "short" });
  return `${n} ${n === 1 ? "request" : "requests"} in the last 24 hours, most from ${hour} on: ${busiest.n}${rest}.`;
}
