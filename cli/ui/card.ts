/**
 * A blueprint's card as lines of a terminal: what it may reach first, then what is public, kept, made and paid for, who
 * published it and what it is pinned to. The plain view and the terminal app's screen show these same lines.
 */
import type { Card } from "../../blueprints/card.ts";
import type { InfoDocument } from "../commands/info.ts";
import { pricesWords } from "../prices-words.ts";
import { safeText } from "../safe-text.ts";
import type { Paint } from "./paint.ts";
import { dollars, originWords, reachWords } from "./reach.ts";
import { sizeWords } from "./size.ts";
import { countWords } from "./steps.ts";
import { wrap } from "./width.ts";

const indent = 13;

export function cardLines(document: Omit<InfoDocument, "readme">, width: number, paint: Paint): string[] {
  const { card } = document;
  const row = rowOf(width);
  return [
    ...wrap(`${safeText(card.title)} ${safeText(card.version)}`, width).map((line) => paint.bold(line)),
    ...wrap(safeText(card.tagline ?? ""), width).filter((line) => line !== ""),
    "",
    ...row("reach", card.reach.length > 0 ? card.reach.map(reachWords) : ["nothing but its own pages"]),
    ...row("public", publicWords(card)),
    ...row("hosts", hostWords(card)),
    ...row("keeps", dataWords(card)),
    ...row("settings", card.settings.map(settingWords)),
    ...row("functions", card.functions.map(functionWords)),
    ...row("creates", [card.creates.map(({ kind, count }) => countWords(kind, count)).join(", ")]),
    ...row("cost", costWords(document)),
    ...row("from", [originWords(card.origin)]),
    ...row("licence", card.license === undefined ? [] : [safeText(card.license)]),
    ...row("size", [`${sizeWords(card.sizeBytes)} in ${card.fileCount} files`]),
    ...row("digest", ["of the folder: what --expect takes; what --accept takes, preview says"]),
    // As it is to be copied: one word on one line, in 80 columns.
    `  ${card.digest}`,
    ...row("installed", installedWords(document)),
  ];
}

/** A heading with its lines beside it, each begun where the first one is; nothing when there are none. */
const rowOf =
  (width: number) =>
  (heading: string, lines: readonly string[]): string[] =>
    lines
      .flatMap((line) => wrap(line, width - indent - 2).map((part, at) => (at === 0 ? part : `  ${part}`)))
      .map((line, at) => `${(at === 0 ? heading : "").padEnd(indent)}${line}`);

function publicWords({ routes }: Card): string[] {
  const open = routes.filter((route) => route.public);
  if (open.length === 0) return ["nothing; every address of it is for you alone"];
  return open.map(
    ({ path, to, limit }) => `${safeText(path)} to ${safeText(to)}, ${safeText(limit ?? "without a limit")}`,
  );
}

function hostWords({ reach }: Card): string[] {
  const hosts = reach.filter(({ may }) => may === "host").map(({ what }) => safeText(what));
  return [hosts.length > 0 ? `${hosts.join(", ")} (as it says)` : "none"];
}

function dataWords({ data }: Card): string[] {
  if (data.length === 0) return ["no data"];
  return data.map(
    ({ kind, name, precious }) => `${kind} ${safeText(name)}${precious ? "" : ", which can be made again"}`,
  );
}

const settingWords = ({ name, type, label, required }: Card["settings"][number]): string =>
  `${safeText(name)}, ${type}${required ? ", needed" : ""}${label ? `: ${safeText(label)}` : ""}`;

const functionWords = ({ name, runtime, memoryMb, timeoutSeconds, codeBytes }: Card["functions"][number]): string =>
  `${safeText(name)}: ${runtime}, ${memoryMb} MB, at most ${timeoutSeconds} s, ${sizeWords(codeBytes)} of code`;

function costWords({ card: { cost }, target }: Pick<InfoDocument, "card" | "target">): string[] {
  const { idlePerMonth, perThousandRequests, assumes } = cost;
  const inAws = `${dollars(idlePerMonth)} a month idle and ${dollars(perThousandRequests)} per 1,000 requests`;
  const prices = `(${safeText(pricesWords(cost))})`;
  return [
    target === "local" ? `nothing; in AWS about ${inAws} ${prices}` : `about ${inAws} ${prices}`,
    ...assumes.map((one) => safeText(one)),
  ];
}

function installedWords({ installed }: Pick<InfoDocument, "installed">): string[] {
  if (!installed) return [];
  const { app, version, same, reach } = installed;
  const what = `${safeText(app)} ${safeText(version)}`;
  if (same) return [`${what}, exactly this`];
  if (!reach) return [`${what}, whose files are not here to compare`];
  return [
    `${what}, which differs`,
    ...reach.added.map((one) => `+ ${reachWords(one)}`),
    ...reach.removed.map((one) => `- ${reachWords(one)}`),
  ];
}
