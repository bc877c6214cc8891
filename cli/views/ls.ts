/** `ls` in plain text. */
import type { ListDocument } from "../commands/ls.ts";
import { safeText } from "../safe-text.ts";
import type { Paint } from "../ui/paint.ts";
import { kindWords } from "../ui/steps.ts";
import { columns } from "../ui/table.ts";
import { updateWords } from "./show.ts";

export function plain(
  { cloud, target, apps, things, stale, unfinished, operation }: ListDocument,
  paint: Paint,
): string {
  if (!cloud)
    return `No cloud yet. This makes one and installs the bundled app:\n  ${paint.command("freehold up notes")}`;
  const head = `${paint.bold(cloud)} · ${target} · ${apps.length} ${apps.length === 1 ? "app" : "apps"}${thingsWords(things.length)}${old(stale, paint)}`;
  if (unfinished && operation)
    return `${head}\n\nIts setup is under way. This shows it:\n  ${paint.command(`freehold attach ${operation}`)}`;
  if (unfinished)
    return `${head}\n\nIts setup is not finished. This goes on with it:\n  ${paint.command(`freehold setup --name ${cloud}`)}`;
  if (apps.length + things.length === 0)
    return `${head}\n\nNothing is installed.\n  ${paint.command("freehold up notes")}`;
  const words = { running: "running", partial: "half made; up or destroy goes on", kept: "data kept" };
  const rows = apps.map((app) => [
    `  ${app.name}`,
    safeText(app.version),
    app.operation ? "at work" : app.update ? `update ${updateWords(app.update)}` : words[app.state],
    app.url ?? "",
  ]);
  const owned = things.map((thing) => [
    `  things/${thing.name}`,
    kindWords(thing.kind),
    `${thing.state === "running" ? "there" : words[thing.state]}${thing.adopted ? ", adopted" : ""}`,
    safeText(thing.url ?? thing.id ?? ""),
  ]);
  return [head, ...[rows, owned].filter(({ length }) => length > 0).map((table) => columns(table))].join("\n\n");
}

const thingsWords = (count: number): string => (count === 0 ? "" : ` · ${count} ${count === 1 ? "thing" : "things"}`);

function old(stale: string | undefined, paint: Paint): string {
  return stale ? `\n${paint.warn("as last seen; the account could not be asked")}: ${safeText(stale)}` : "";
}
