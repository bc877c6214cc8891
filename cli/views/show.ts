/** `show` in plain text. */
import type { ShowDocument } from "../commands/show.ts";
import { safeText } from "../safe-text.ts";
import { measuredWords } from "../ui/data.ts";
import type { Paint } from "../ui/paint.ts";
import { kindWords } from "../ui/steps.ts";
import { columns } from "../ui/table.ts";

export function plain(app: ShowDocument, paint: Paint): string {
  const rows = [
    ["cloud", app.cloud],
    ["state", app.state],
    ...(app.url ? [["address", app.url]] : []),
    ["blueprint", `${safeText(app.blueprint)} ${safeText(app.version)}`],
    ["from", app.source === "bundled" ? `${app.ref} (bundled)` : safeText(app.ref)],
    ["digest", app.digest],
    ["installed", app.installedAt],
    ["updated", app.updatedAt],
    ...Object.entries(app.settings).map(([name, value]) => [`setting ${name}`, safeText(String(value))]),
    ...app.commands.map((one) => ["command", ran(one)]),
    ...(app.measured ?? []).map((one) => ["data", measuredWords(one)]),
    ...app.kept.map(({ kind, name, id }) => ["kept data", `${name} (${kindWords(kind)}) ${safeText(id)}`]),
  ];
  return `${paint.bold(app.name)}  ${safeText(app.title)}\n\n${columns(rows.map(([key, value]) => [`  ${key}`, value!]))}`;
}

export function ran({ at, by, command, function: noun, write, exitCode }: ShowDocument["commands"][number]): string {
  const end = exitCode === undefined ? "no end recorded" : `exit code ${exitCode}`;
  return `${at} ${safeText(by.user)}: ${safeText(command)} as ${noun}${write ? ", writing" : ""}, ${end}`;
}
