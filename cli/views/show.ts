/** `show` in plain text. */
import { grantMeans, onlyGiven } from "../../blueprints/cloud-grant.ts";
import type { ShowDocument } from "../commands/show.ts";
import type { ThingDocument } from "../commands/show-thing.ts";
import { safeText } from "../safe-text.ts";
import { measuredWords } from "../ui/data.ts";
import type { Paint } from "../ui/paint.ts";
import { kindWords } from "../ui/steps.ts";
import { columns } from "../ui/table.ts";
import { moment } from "../ui/time.ts";
import { plainThing } from "./show-thing.ts";

/** The overview screen says the same. */
export const stateWords: Record<ShowDocument["state"], string> = {
  running: "running",
  partial: "half made; up goes on",
  kept: "removed; its data is kept",
};

export function plain(app: ShowDocument | ThingDocument, paint: Paint): string {
  if ("thing" in app) return plainThing(app, paint);
  const rows = [
    ["cloud", app.cloud],
    ["state", stateWords[app.state]],
    ...(app.url ? [["address", app.url]] : []),
    ...(app.domains ?? []).map(({ host, awaits }) => ["name", awaits ? `${host}, waits for its ${awaits}` : host]),
    ["blueprint", `${safeText(app.blueprint)} ${safeText(app.version)}`],
    ["from", fromWords(app)],
    ["digest", `${app.digest} of the folder`],
    ["installed", moment(app.installedAt)],
    ["updated", moment(app.updatedAt)],
    ...(app.update ? [["update", updateWords(app.update)]] : []),
    ...(app.accepted
      ? [["accepted", `the consent ${app.accepted.digest} by ${safeText(app.accepted.by)}, ${moment(app.accepted.at)}`]]
      : []),
    ...(app.definition?.functions ?? []).map(({ name, runtime, memoryMb, timeoutSeconds }) => [
      "function",
      `${name}: ${runtime}, ${memoryMb} MB, at most ${timeoutSeconds} s`,
    ]),
    ...(app.definition?.routes ?? []).map(({ path, to, public: open, limit }) => [
      "route",
      `${safeText(path)} to ${to}, ${open ? `public, ${limit ?? "without a limit"}` : "for you alone"}`,
    ]),
    ...(app.definition?.data ?? []).map(({ kind, name, precious }) => [
      kind,
      `${name}, ${precious ? "kept when the app is removed" : "can be made again"}`,
    ]),
    ...app.grants.map((one) => ["grant", grantWords(one)]),
    ...(app.definition?.health ? [["health", safeText(app.definition.health)]] : []),
    ...app.fields.flatMap((field) =>
      field.set && field.kind !== "secret" ? [[`set ${safeText(field.key)}`, safeText(String(field.value))]] : [],
    ),
    ...app.commands.map((one) => ["command", ran(one)]),
    ...(app.measured ?? []).map((one) => ["data", measuredWords(one)]),
    ...app.kept.map(({ kind, name, id }) => ["kept data", `${name} (${kindWords(kind)}) ${safeText(id)}`]),
  ];
  return `${paint.bold(app.name)}  ${safeText(app.title)}\n\n${columns(rows.map(([key, value]) => [`  ${key}`, value!]))}`;
}

/** `cloud: reads what is installed …`, `cloud: taken back …` */
export function grantWords({ what, held }: ShowDocument["grants"][number]): string {
  if (held) return `${what}: reads ${grantMeans[what]}`;
  return `${what}: ${onlyGiven.includes(what) ? "not given" : "taken back"}, so it cannot read ${grantMeans[what]}`;
}

function fromWords({ source, ref, origin: { repository, commit } }: ShowDocument): string {
  if (source === "bundled") return `${ref} (bundled)`;
  return [safeText(ref), repository && safeText(repository), commit && `commit ${safeText(commit)}`]
    .filter(Boolean)
    .join(", ");
}

/** No word on reach where it was not compared: `upgrade` compares it, and asks. */
export const updateWords = ({ version, reach }: NonNullable<ShowDocument["update"]>): string =>
  `to ${safeText(version)}${reach === "unknown" ? "" : `, reach ${reach}`}`;

export function ran({ at, by, command, function: noun, write, exitCode }: ShowDocument["commands"][number]): string {
  const end = exitCode === undefined ? "no end recorded" : `exit code ${exitCode}`;
  return `${moment(at)} ${safeText(by.user)}: ${safeText(command)} as ${noun}${write ? ", writing" : ""}, ${end}`;
}
