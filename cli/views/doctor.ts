/** `doctor` in plain text: a line a check, what to do below those that need it. */
import type { Check, CheckState, DoctorDocument } from "../../stacks/deploy.ts";
import { safeText } from "../safe-text.ts";
import type { Paint } from "../ui/paint.ts";

const words: Record<CheckState, string> = { ok: "ok", warn: "look", fail: "wrong", skipped: "-" };

export function plain({ cloud, target, checks }: DoctorDocument, paint: Paint): string {
  const head = cloud ? `${paint.bold(safeText(cloud))} · ${target}` : "This computer";
  const width = Math.max(...checks.map(({ title }) => title.length));
  return [head, "", ...checks.flatMap((one) => lines(one, width, paint)), "", ending(checks)].join("\n");
}

function lines({ title, state, detail, next }: Check, width: number, paint: Paint): string[] {
  const colour = { ok: paint.good, warn: paint.warn, fail: paint.bad, skipped: paint.dim }[state];
  const indent = " ".repeat(width + 12);
  return [
    `  ${colour(words[state].padEnd(5))}  ${title.padEnd(width)}   ${safeText(detail)}`,
    ...(next && state !== "ok" ? [`${indent}${safeText(next)}`] : []),
  ];
}

function ending(checks: readonly Check[]): string {
  const count = (state: CheckState): number => checks.filter((one) => one.state === state).length;
  const [wrong, look] = [count("fail"), count("warn")];
  if (wrong === 0 && look === 0) return "Nothing is wrong.";
  return `${wrong} wrong, ${look} to look at. What to do stands below each.`;
}
