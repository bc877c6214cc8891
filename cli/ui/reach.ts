/** What a part of an app may do, as a sentence: the same words wherever reach is shown. Decides nothing. */
import type { Card, Consent, ConsentReason, Finding, Origin, Reach } from "../../blueprints/card.ts";
import { safeText } from "../safe-text.ts";

const verbs: Record<string, string> = {
  read: "reads",
  write: "reads and writes",
  send: "sends to",
  call: "calls",
  secret: "is given the secret",
  host: "talks to",
  public: "may call",
  aws: "may do",
  header: "answers with a header that is laxer than usual,",
};

/** `api reads and writes table notes`; `anybody may call /share/*, at most 60 per minute`. */
export function reachWords({ who, may, what, limit }: Reach): string {
  const subject = who === "app" ? "the app" : safeText(who);
  const bound = may === "public" ? (limit ? `, at most ${safeText(limit)}` : ", without a limit") : "";
  return `${subject} ${verbs[may] ?? safeText(may)} ${safeText(what)}${bound}`;
}

/** How it stands to what is installed: `+` is new, `-` would end, a blank stays. */
export function reachRows({ card, added, removed }: Pick<Consent, "added" | "removed"> & { card: Card }): Row[] {
  const isNew = new Set(added.map(keyOf));
  return [
    ...added.map((reach): Row => ({ mark: "+", reach })),
    ...removed.map((reach): Row => ({ mark: "-", reach })),
    ...card.reach.filter((reach) => !isNew.has(keyOf(reach))).map((reach): Row => ({ mark: " ", reach })),
  ];
}

interface Row {
  mark: "+" | "-" | " ";
  reach: Reach;
}

const keyOf = ({ who, may, what, limit }: Reach): string => JSON.stringify([who, may, what, limit ?? ""]);

const places: Record<Origin["source"], (origin: Origin) => string> = {
  bundled: () => "the bundled catalog",
  folder: () => "a folder of this computer",
  catalog: ({ catalog, ...rest }) => `the catalog ${safeText(catalog ?? "")}${repository(rest)}`,
  github: (origin) => `github:${safeText(origin.repository ?? "")}${commit(origin)}`,
};
const repository = (origin: Omit<Origin, "catalog">): string =>
  origin.repository ? `, github:${safeText(origin.repository)}${commit(origin)}` : "";
const commit = ({ commit, ref }: Omit<Origin, "catalog">): string =>
  `${ref ? ` ${safeText(ref)}` : ""}${commit ? ` at ${safeText(commit).slice(0, 12)}` : ""}`;

export const originWords = (origin: Origin): string => places[origin.source](origin);

export const reasonWords: Record<ConsentReason, string> = {
  outside: "it does not come from the bundled catalog",
  "wider-reach": "it may reach more than what is installed",
  "owner-changed": "its repository has another owner than the one it was installed from",
  finding: "something in its plan needs a look",
};

export const severityWords: Record<Finding["severity"], string> = {
  refuse: "refused",
  ask: "look at this",
  note: "note",
};

/** `$0`, `$0.42`, and of less than a cent two digits that say something. */
export function dollars(amount: number): string {
  if (amount === 0) return "$0";
  return `$${amount.toFixed(amount >= 0.01 ? 2 : Math.min(10, Math.ceil(-Math.log10(amount)) + 1))}`;
}
