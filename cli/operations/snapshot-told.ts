/** What is said beside the applying of a snapshot: what would come, what differs and stays, and which doors a person opens again. */
import type { CloudConfig } from "../clouds.ts";
import type { Snapshot } from "../snapshot.ts";
import { shellWord } from "../ui/shell-word.ts";
import type { Compared } from "./snapshot-compared.ts";
import type { Work } from "./work.ts";

/** Each a line: a snapshot of many apps is read from top to bottom. */
export function tellCompared({ emit, request }: Work, config: CloudConfig, said: Snapshot, found: Compared): void {
  const { absent, differs, more, kept } = found;
  const say = (level: "info" | "warning", message: string): void => emit({ type: "note", level, message });
  for (const { name, blueprint, version, ref } of absent.apps)
    say("info", `${name} comes: ${blueprint} ${version}, from ${ref}`);
  for (const { name, kind, adopted } of absent.things)
    say("info", `things/${name} comes: ${kind}${adopted === undefined ? "" : `, which is ${adopted}`}`);
  for (const { name, ref } of absent.catalogs) say("info", `The catalog ${name} comes: ${ref}`);
  const becomes = request.update
    ? "becomes what the snapshot says"
    : "stays as it is; --update makes it what the snapshot says";
  for (const { name } of [...differs.apps, ...differs.things.map(({ name }) => ({ name: `things/${name}` }))])
    say("warning", `${name} is here and differs: it ${becomes}.`);
  for (const { name } of differs.catalogs) say("warning", `The catalog ${name} is another one here, and stays.`);
  for (const name of more) say("info", `${name} is here and not in the snapshot: it stays.`);
  // Of one with data, what has nowhere to go is told at the end.
  for (const name of said.data ? [] : kept)
    say("warning", `Of ${name} only data was there, and a snapshot has none: freehold data import brings it back.`);
  const { region, timeZone } = said.cloud;
  if (region !== config.region) say("info", `It was in ${region}; this cloud is in ${config.region}.`);
  if (timeZone !== config.timeZone && !(found.empty && config.target === "local"))
    say("warning", `Its time zone was ${timeZone}; schedules go by this cloud's, ${config.timeZone}.`);
}

/** Keys are told once and links are used once: neither can be in a file, so a person makes them anew. */
export function tellDoors({ emit }: Work, { access, at }: Snapshot, apps: readonly string[]): void {
  const say = (message: string): void => emit({ type: "note", level: "info", message });
  const ends = (expires: string): boolean => expires > at;
  const days = (expires: string): number =>
    Math.min(366, Math.max(1, Math.ceil((Date.parse(expires) - Date.parse(at)) / 86_400_000)));
  for (const { app, name, routes, verbs, expires } of access?.keys ?? []) {
    if (!apps.includes(app) || !ends(expires)) continue;
    const words = routes.map((route) => ` --routes ${shellWord(route, "ROUTE")}`).join("");
    const more = `${words} --verbs ${shellWord(verbs.join(","), "VERBS")} --expires ${days(expires)}d`;
    say(`A key is made anew: freehold key new ${app} --name ${shellWord(name, "NAME")}${more}`);
  }
  for (const { app, name, role, expires } of access?.guests ?? [])
    if (apps.includes(app) && ends(expires))
      say(
        `A guest is invited anew: freehold guest invite ${app} --name ${shellWord(name, "NAME")} --role ${shellWord(role, "ROLE")} --expires ${days(expires)}d`,
      );
}
