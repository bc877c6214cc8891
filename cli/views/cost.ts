/** `cost` in plain text: a line for each app, what it is made of, and what was assumed. */

import type { CostDocument, CostOfApp } from "../commands/cost.ts";
import { pricesWords } from "../prices-words.ts";
import { safeText } from "../safe-text.ts";
import { budgetWords } from "../ui/budget.ts";
import { dollarsWords } from "../ui/dollars.ts";
import type { Paint } from "../ui/paint.ts";
import { columns } from "../ui/table.ts";

/** Of what costs nothing at all, too. */
export const money = (amount: number): string => (amount === 0 ? "$0" : dollarsWords(amount));

export function plain(document: CostDocument, paint: Paint): string {
  const { cloud, target, apps, total, charged, budget, asking, assumes } = document;
  const rows = [
    ["", "so far", "by the end"],
    ...apps.map((app) => [app.name, money(app.soFar), forecastWords(app)]),
    ...(apps.length > 1 ? [["together", money(total.soFar), forecastWords(total)]] : []),
  ];
  return [
    `${paint.bold(safeText(cloud))}  ${monthWords(document)}${target === "local" ? ", if it were in AWS" : ""}`,
    "",
    columns(rows.map(([first = "", ...rest]) => [`  ${safeText(first)}`, ...rest])),
    ...(apps.length === 1 ? ["", ...linesOf(apps[0]!)] : []),
    ...apps.flatMap(({ name, notes }) => notes.map((note) => `  ${safeText(name)}: ${safeText(note)}`)),
    ...(budget ? ["", `  budget: ${safeText(budgetWords(budget))}`] : []),
    ...(charged ? ["", ...chargedLines(charged)] : []),
    "",
    ...assumes.map((one) => `  ${one}`),
    `  ${pricesWords(document)}. This look cost ${asking === 0 ? "nothing" : money(asking)}.`,
  ].join("\n");
}

/** `2026-11 in UTC, 26.5 of 30 days` */
function monthWords({ month }: CostDocument): string {
  const [from, until, at] = [month.from, month.until, month.at].map(Date.parse) as [number, number, number];
  const days = (ms: number): string => (ms / 86_400_000).toFixed(1).replace(/\.0$/, "");
  return `${month.from.slice(0, 7)} in UTC, ${days(at - from)} of ${days(until - from)} days`;
}

const forecastWords = ({ forecast }: { forecast?: number }): string =>
  forecast === undefined ? "too new to tell" : money(forecast);

function linesOf({ lines }: Pick<CostOfApp, "lines">): string[] {
  if (lines.length === 0) return ["  Nothing was used."];
  return columns(
    lines.map(({ what, unit, amount, dollars }) => [`  ${what}`, `${amountWords(amount)} ${unit}`, money(dollars)]),
  ).split("\n");
}

const amountWords = (amount: number): string =>
  amount >= 100 ? amount.toFixed(0) : String(Number(amount.toPrecision(3)));

function chargedLines({ services, apps, total, estimated, more }: NonNullable<CostDocument["charged"]>): string[] {
  const row = ([name, dollars]: [string, number]): string[] => [`  ${safeText(name)}`, money(dollars)];
  return [
    `  AWS charged the whole account ${money(total)}${estimated ? " so far, by its estimate" : ""}${more ? ", and more on pages that were not paid for" : ""}:`,
    ...(services.length > 0 ? [columns(services.map(({ service, dollars }) => row([service, dollars])))] : []),
    ...(apps.length > 0
      ? ["  Of it by app:", columns(apps.map(({ app, dollars }) => row([app, dollars])))]
      : [
          "  By app AWS tells once the tag freehold:app is activated for costs in the billing console, and for what comes after.",
        ]),
  ];
}
