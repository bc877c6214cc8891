/** `status` in plain text. */
import type { StatusDocument } from "../commands/status.ts";
import { safeText } from "../safe-text.ts";
import type { Paint } from "../ui/paint.ts";
import { sizeWords } from "../ui/size.ts";
import { columns } from "../ui/table.ts";
import { monthWords, requestWords, totalWords } from "../ui/usage.ts";

export function plain(document: StatusDocument, paint: Paint): string {
  const { cloud, target, running, apps, idleInAws, names = [] } = document;
  const counted = idleInAws !== undefined;
  const head = `${paint.bold(cloud)} · ${target} · ${running ? paint.good("running") : paint.warn("not running")}`;
  const rows = apps.map((app) => [
    `  ${app.name}`,
    answerWords(app),
    app.ms === undefined ? "" : `${app.ms} ms`,
    requestWords(app),
    app.data ? `${app.data.more ? "at least " : ""}${sizeWords(app.data.sizeBytes)}` : "",
    app.url ?? "",
  ]);
  const wrong = names.map(({ says, next }) => `  ${paint.warn(safeText(says))}\n    ${paint.bold(next)}`);
  if (apps.length === 0) return [head, ...wrong].join("\n");
  const inAws = counted && target === "local" ? `; in AWS ${monthWords(idleInAws)}` : "";
  const total = running && counted ? `\n  ${totalWords(document)} while nobody calls${inAws}` : "";
  const gaps = apps.flatMap(({ name, unknown }) =>
    unknown ? [`  ${name} was not counted: ${safeText(unknown)}`] : [],
  );
  return [`${head}${total}`, "", columns(rows), ...gaps, ...wrong].join("\n");
}

const answerWords = ({ state, answers }: StatusDocument["apps"][number]): string =>
  state === "kept"
    ? "data kept"
    : answers === undefined
      ? state
      : answers
        ? "answers"
        : state === "partial"
          ? "half made"
          : "does not answer";
