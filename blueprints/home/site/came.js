/** Who came, of late. Paths and names in it may be anybody's: they are shown as texts. */
import { api, byId, make, when } from "./page.js";

const kinds = { owner: "You", public: "Anybody", nobody: "Nobody known", signin: "Sign-in" };

function who({ who: id, name }) {
  if (Object.hasOwn(kinds, id)) return kinds[id];
  const [kind] = id.split("/");
  return `${kind === "guest" ? "Guest" : "Key"} ${name ?? id.slice(kind.length + 1)}`;
}

/** A page that is opened asks a dozen times: what one did at one place, one after the other, is one line. */
function together(lines) {
  const groups = [];
  for (const line of lines) {
    const last = groups.at(-1);
    const same = ["who", "app", "from", "allowed", "why"].every((key) => last?.line[key] === line[key]);
    if (same) last.more++;
    else groups.push({ line, more: 0 });
  }
  return groups;
}

function draw({ line, more }) {
  const did = [line.method, line.path ?? line.what].filter(Boolean).join(" ");
  const from = [when(Date.parse(line.at)), line.from && `from ${line.from}`].filter(Boolean).join(", ");
  return make(
    "li",
    {},
    make(
      "div",
      { class: "what" },
      make("strong", {}, `${who(line)} at ${line.app}`),
      make("span", {}, more > 0 ? `${did}, and ${more} more` : did),
      make("span", { class: "quiet" }, from),
    ),
    outcome(line),
  );
}

function outcome({ allowed, why }) {
  if (allowed) return make("span", { class: "quiet" }, why === "sign-in-first" ? "led to sign-in" : "let in");
  return make("span", { class: "refused" }, `refused${why ? `: ${why}` : ""}`);
}

/** Answers what the API did. */
export async function drawCame() {
  const app = byId("of").value;
  const answer = await api("GET", `/api/access?limit=100${app ? `&app=${encodeURIComponent(app)}` : ""}`);
  if (!answer.granted || app !== byId("of").value) return answer;
  byId("came").replaceChildren(...together(answer.lines).slice(0, 30).map(draw));
  const unread = answer.unread.length > 0 ? `The log of ${answer.unread.join(", ")} cannot be read. ` : "";
  byId("came-none").hidden = answer.lines.length > 0 && unread === "";
  byId("came-none").textContent = `${unread}${answer.lines.length === 0 ? "Nobody came in the last day." : ""}`;
  return answer;
}
