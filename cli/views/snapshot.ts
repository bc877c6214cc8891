/** `snapshot` in plain text: where it is, what is in it, and what is not. */
import type { SnapshotDocument } from "../commands/snapshot.ts";
import type { Paint } from "../ui/paint.ts";
import { shellWord } from "../ui/shell-word.ts";

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

export function plain({ file, digest, apps, things, secrets, without }: SnapshotDocument, paint: Paint): string {
  const named = secrets.length > 0 ? [`  not in it: the values of ${secrets.join(", ")}`] : [];
  return [
    `${paint.bold(file)} · ${counted(apps, "app")}, ${counted(things, "thing")}`,
    ...named,
    ...without.map((what) => `  ${paint.warn("not in it:")} ${what}`),
    `  not in it: data; ${paint.command("freehold snapshot FOLDER --with-data")} has it, too`,
    `  digest ${digest}`,
    `  brought up by: freehold snapshot apply ${shellWord(file, "FILE")}`,
  ].join("\n");
}
