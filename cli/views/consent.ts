/**
 * What somebody is asked to accept, in plain lines: reach first, then what is public, made, kept and paid for, and last
 * the folder's digest and the one the answer holds for. The live view, the plain view and the terminal app's screen show these same lines.
 */
import type { Card, Consent } from "../../blueprints/card.ts";
import type { ConsentEvent } from "../../stacks/events.ts";
import { pricesWords } from "../prices-words.ts";
import { safeText } from "../safe-text.ts";
import type { Paint } from "../ui/paint.ts";
import { dollars, originWords, reachRows, reachWords, reasonWords, severityWords } from "../ui/reach.ts";
import { sizeWords } from "../ui/size.ts";
import { countWords } from "../ui/steps.ts";

export function consentLines({ needed, consent }: ConsentEvent, paint: Paint): string[] {
  const { card, before, reasons } = consent;
  const from = before ? `, installed is ${safeText(before.version)}` : "";
  return [
    `${paint.bold(safeText(card.title))} ${safeText(card.version)} as ${safeText(consent.app)}${from}`,
    ...row("from", [originWords(card.origin)]),
    ...row("publisher's words", card.tagline ? [safeText(card.tagline)] : []),
    ...row("asks because", needed ? reasons.map((reason) => reasonWords[reason]) : []),
    ...row("reach", reachLines(consent, paint)),
    ...row(
      "findings",
      consent.findings.map((finding) => findingLine(finding, paint)),
    ),
    ...row("public", publicLines(card)),
    ...row("creates", [card.creates.map(({ kind, count }) => countWords(kind, count)).join(", ")]),
    ...row("keeps", [card.data.map(({ kind, name }) => `${kind} ${safeText(name)}`).join(", ") || "no data"]),
    ...row("cost", costLines(card)),
    ...row("code", [`${sizeWords(card.sizeBytes)} in ${card.fileCount} files`]),
    // As they are to be copied: one word on one line, in 80 columns.
    ...row("folder's digest", ["what --expect takes"]),
    `    ${card.digest}`,
    ...row("consent's digest", ["what --accept takes"]),
    `    ${consent.digest}`,
  ];
}

const width = 19;

/** A heading with its lines beside it; nothing when there are none. */
function row(heading: string, lines: readonly string[]): string[] {
  return lines.map((line, at) => `  ${(at === 0 ? heading : "").padEnd(width)}${line}`.trimEnd());
}

function reachLines(consent: Consent, paint: Paint): string[] {
  const rows = reachRows(consent);
  if (rows.length === 0) return ["nothing but its own site"];
  // What is new is marked only where something was there before: of a first install all is.
  return rows.map(({ mark, reach }) => {
    const line = `${mark} ${reachWords(reach)}`;
    if (mark === "+") return consent.before ? paint.warn(`${line}  (new)`) : line;
    return mark === "-" ? paint.dim(`${line}  (no more)`) : line;
  });
}

const findingLine = ({ severity, rule, resource, message }: Consent["findings"][number], paint: Paint): string =>
  `${(severity === "refuse" ? paint.bad : paint.warn)(severityWords[severity])}: ${resource ? `${safeText(resource)}: ` : ""}${safeText(message)} (${safeText(rule)})`;

function publicLines({ routes }: Card): string[] {
  const open = routes.filter((route) => route.public);
  if (open.length === 0) return ["nothing; every route is for you alone"];
  return open.map(
    ({ path, to, limit }) => `${safeText(path)} to ${safeText(to)}, ${limit ? safeText(limit) : "without a limit"}`,
  );
}

function costLines({ cost }: Card): string[] {
  const { idlePerMonth, perThousandRequests } = cost;
  return [
    `${dollars(idlePerMonth)} a month when idle, ${dollars(perThousandRequests)} per 1,000 requests (${safeText(pricesWords(cost))})`,
  ];
}
