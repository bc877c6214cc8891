/** `show things/NAME` in plain text. */
import type { ThingDocument } from "../commands/show-thing.ts";
import { safeText } from "../safe-text.ts";
import { measuredWords } from "../ui/data.ts";
import type { Paint } from "../ui/paint.ts";
import { kindWords } from "../ui/steps.ts";
import { columns } from "../ui/table.ts";
import { moment } from "../ui/time.ts";

const stateWords: Record<ThingDocument["state"], string> = {
  running: "there",
  partial: "half made; add again, up or destroy goes on",
  kept: "removed; its data is kept",
};

export function plainThing(one: ThingDocument, paint: Paint): string {
  const rows = [
    ["cloud", one.cloud],
    ["type", one.kind],
    ["state", stateWords[one.state]],
    ...(one.adopted === undefined
      ? []
      : [["adopted", `${safeText(one.adopted)}: it was there before, and is protected`]]),
    ...(one.id === undefined ? [] : [["id", safeText(one.id)]]),
    ...(one.url === undefined ? [] : [["address", one.url]]),
    ...Object.entries(one.inputs).map(([key, value]) => [
      `set ${safeText(key)}`,
      safeText(typeof value === "string" ? value : JSON.stringify(value)),
    ]),
    ["added", moment(one.addedAt)],
    ["updated", moment(one.updatedAt)],
    ...(one.measured ?? []).map((data) => ["data", measuredWords(data)]),
    ...one.kept.map(({ kind, name, id }) => ["kept data", `${name} (${kindWords(kind)}) ${safeText(id)}`]),
  ];
  return `${paint.bold(one.thing)}  ${kindWords(one.kind)}\n\n${columns(rows.map(([key, value]) => [`  ${key}`, value!]))}`;
}
