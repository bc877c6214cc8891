/** `status` in plain text. */
import type { StatusDocument } from "../commands/status.ts";
import type { Paint } from "../ui/paint.ts";
import { columns } from "../ui/table.ts";

export function plain({ cloud, target, running, apps }: StatusDocument, paint: Paint): string {
  const head = `${paint.bold(cloud)} · ${target} · ${running ? paint.good("running") : paint.warn("not running")}`;
  const rows = apps.map(({ name, state, answers, ms, url }) => [
    `  ${name}`,
    state === "kept" ? "data kept" : answers ? "answers" : state === "partial" ? "half made" : "does not answer",
    ms === undefined ? "" : `${ms} ms`,
    url ?? "",
  ]);
  return apps.length > 0 ? `${head}\n\n${columns(rows)}` : head;
}
