/** Who came, of late. Paths and names in it may be anybody's: they are shown as texts. */
import { api, byId, make, when } from "./page.js";

const kinds = { owner: "You", public: "Anybody", nobody: "Nobody known", signin: "Sign-in" };

function who({ who: id, name }) {
  if (Object.hasOwn(kinds, id)) return kinds[id];
  const [kind] = id.split("/");
  return `${kind === "guest" ? "Guest" : "Key"} ${name ?? id.slice(kind.length + 1)}`;
}

const atMs = ({ at }) => Date.parse(at);
const apartMs = 10 * 60_000;

/** A page that is opened asks a dozen times, and apps are used side by side: what one did at one place is one line. */
function together(lines) {
  const groups = [];
  for (const line of lines) {
    const same = (group) =>
      ["who", "app", "from", "allowed", "why"].every((key) => group.line[key] === line[key]) &&
      atMs(group.line) - atMs(line) < apartMs;
    const known = groups.find(same);
    if (known) known.more++;
    else groups.push({ line, more: 0 });
  }
  return groups;
}

function draw({ line, more }) {
  const did = [line.method, line.path ?? line.what].filter(Boolean).join(" ");
  const from = [when(atMs(line)), line.from && `from ${line.from}`].filter(Boolean).join(", ");
  return make(
    "li",
    {},
    make(
      "div",
      { class: "what" },
      make("strong", {}, `${who(line)} at ${line.app === "signin" ? "sign-in" : line.app}`),
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

/** As many as one looks at; the rest when it is asked for. */
const first = 8;

function show(groups) {
  const rows = groups.map(draw);
  const rest = rows.slice(first);
  byId("came").replaceChildren(...rows.slice(0, first));
  const more = byId("came-more");
  more.hidden = rest.length === 0;
  more.textContent = `Show ${rest.length} more`;
  more.onclick = () => {
    more.hidden = true;
    byId("came").append(...rest);
    // Where the button was, the list goes on.
    rest[0].tabIndex = -1;
    rest[0].focus();
  };
}

/** Answers what the API did. */
export async function drawCame() {
  const app = byId("of").value;
  const answer = await api("GET", `/api/access?limit=200${app ? `&app=${encodeURIComponent(app)}` : ""}`);
  if (!answer.granted || app !== byId("of").value) return answer;
  show(together(answer.lines));
  const unread = answer.unread.length > 0 ? `The log of ${answer.unread.join(", ")} cannot be read. ` : "";
  byId("came-none").hidden = answer.lines.length > 0 && unread === "";
  byId("came-none").textContent = `${unread}${answer.lines.length === 0 ? "Nobody came in the last day." : ""}`;
  return answer;
}
