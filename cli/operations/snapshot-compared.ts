/** What of a snapshot a cloud has not, has just so, and has otherwise. Reads the registry and the list of things; changes nothing. */
import { isDeepStrictEqual } from "node:util";
import { bundled, readCatalogs } from "../../catalog/catalogs.ts";
import type { Thing } from "../../stacks/deploy.ts";
import { catalogHome } from "../catalogs.ts";
import type { Paths } from "../paths.ts";
import { type InstalledApp, type InstalledVersion, readApp, readApps } from "../registry.ts";
import type { Snapshot, SnapshotApp, SnapshotThing } from "../snapshot.ts";
import { readThings } from "../things.ts";
import { sameVersion } from "../versions.ts";

export interface Compared {
  /** Not there, or begun and not come up. */
  absent: { apps: SnapshotApp[]; things: SnapshotThing[]; catalogs: Snapshot["catalogs"] };
  /** There, and otherwise. */
  differs: { apps: SnapshotApp[]; things: SnapshotThing[]; catalogs: Snapshot["catalogs"] };
  /** Here, and not in the snapshot: `APP`, `things/NAME`. */
  more: string[];
  /** Only their data was there; a snapshot has none. */
  kept: string[];
  /** Nothing is in this cloud. */
  empty: boolean;
}

export async function compared(paths: Paths, cloud: string, said: Snapshot): Promise<Compared> {
  const apps = said.apps.filter(({ state }) => state === "running");
  const things = said.things.filter(({ state }) => state === "running");
  const { things: listed = [], begun } = readThings(paths, cloud) ?? {};
  const thingNamed = (name: string): Thing | undefined =>
    begun?.name === name ? undefined : listed.find((one) => one.name === name);
  const catalogs = (await readCatalogs(catalogHome(paths))).filter(({ name }) => name !== bundled.name);
  const refOf = (name: string): string | undefined => catalogs.find((one) => one.name === name)?.ref;
  const installed = readApps(paths, cloud);
  const here = [...installed.map(({ name }) => name), ...listed.map(({ name }) => `things/${name}`)];
  const there = [...said.apps.map(({ name }) => name), ...said.things.map(({ name }) => `things/${name}`)];
  return {
    absent: {
      apps: apps.filter((app) => isAbsent(readApp(paths, cloud, app.name), app)),
      things: things.filter(({ name }) => (thingNamed(name)?.state ?? "kept") === "kept"),
      catalogs: said.catalogs.filter(({ name }) => refOf(name) === undefined),
    },
    differs: {
      apps: apps.filter((app) => {
        const found = readApp(paths, cloud, app.name);
        return !isAbsent(found, app) && !isSame(found!, app);
      }),
      things: things.filter((thing) => {
        const found = thingNamed(thing.name);
        return found?.state === "running" && !isSameThing(found, thing);
      }),
      catalogs: said.catalogs.filter(({ name, ref }) => (refOf(name) ?? ref) !== ref),
    },
    more: here.filter((name) => !there.includes(name)),
    kept: [
      ...said.apps.filter(({ state }) => state === "kept").map(({ name }) => name),
      ...said.things.filter(({ state }) => state === "kept").map(({ name }) => `things/${name}`),
    ].filter((name) => !here.includes(name)),
    empty: here.length === 0 && begun === undefined,
  };
}

const isSame = (found: InstalledApp, said: SnapshotApp): boolean =>
  found.blueprint === said.blueprint && sameVersion(found, versionOf(said));

/** What decides how it is, as the registry has it. */
export const versionOf = ({ digest, settings, functions, rules = {} }: SnapshotApp) =>
  ({ digest, settings, functions, rules }) as Pick<InstalledVersion, "digest" | "settings" | "functions" | "rules">;

/** One that was cut off on its way to just this goes on. */
const isAbsent = (found: InstalledApp | undefined, said: SnapshotApp): boolean =>
  found === undefined || found.state === "kept" || (found.state === "partial" && isSame(found, said));

const isSameThing = (found: Thing, said: SnapshotThing): boolean =>
  found.kind === said.kind &&
  found.adopted === said.adopted &&
  // What was adopted is as it was found, here and there.
  (said.adopted !== undefined || isDeepStrictEqual({ ...found.inputs }, { ...said.inputs }));
