/** `show`: one app whole: what the registry knows of it, and what its manifest says. */
import type { Card, CardData, CardFunction } from "../../blueprints/card.ts";
import type { Blueprint } from "../../blueprints/load.ts";
import { grantsAsked } from "../../blueprints/reach.ts";
import type { Measured } from "../../stacks/deploy.ts";
import type { CloudConfig } from "../clouds.ts";
import type { Input, Outcome } from "../command.ts";
import { type HistoryEntry, readHistory } from "../history.ts";
import { installedBlueprint } from "../installed.ts";
import { holdsGrant, ruled, rulesStillThere } from "../owner-rules.ts";
import type { FunctionOverride, InstalledApp } from "../registry.ts";
import type { SettingField } from "../setting-fields.ts";
import { type NewerVersion, updatesOf } from "../updates.ts";
import { findApp } from "./app.ts";
import { isThing } from "./thing.ts";

export type ShowDocument = Omit<InstalledApp, "format"> & {
  cloud: string;
  target: CloudConfig["target"];
  update?: NewerVersion;
  /** What the installed manifest says; nothing where only data is kept, or the folder is gone. */
  definition?: {
    functions: CardFunction[];
    routes: Card["routes"];
    data: CardData[];
    health?: string;
  };
  /** What it may do beyond its own things, or asks to: `cloud`, `data`. */
  grants: { what: string; held: boolean }[];
  /** The form of `settings`; whether secrets are set is not asked. */
  fields: SettingField[];
  /** The newest of `exec`, oldest first. */
  commands: HistoryEntry[];
  /** With `--data`: how much there is, counted in the cloud. */
  measured?: Measured[];
};

const commandsShown = 10;

export async function run(input: Input): Promise<Outcome> {
  if (isThing(input.args[0]!)) return (await import("./show-thing.ts")).showThing(input);
  const { config, app } = await findApp(input);
  const { format: _, ...rest } = app;
  const commands = readHistory(input.paths, config.name, app.name, commandsShown);
  const blueprint = await installedBlueprint(input.paths, config.name, app);
  const rules = blueprint ? rulesStillThere(app.rules ?? {}, blueprint.manifest).kept : {};
  const definition =
    blueprint && (await definitionOf({ ...blueprint, manifest: ruled(blueprint.manifest, rules) }, app.functions));
  const asked = blueprint ? grantsAsked(blueprint.manifest) : [];
  const fields = blueprint
    ? (await import("../setting-fields.ts")).fieldsOf(blueprint.manifest, app, { region: config.region })
    : [];
  const measured = input.flags["data"] === true ? await measure(input, config, app) : undefined;
  const update = (await updatesOf(input.paths, [app])).get(app.name);
  const document: ShowDocument = {
    cloud: config.name,
    target: config.target,
    ...rest,
    ...(update ? { update } : {}),
    ...(definition ? { definition } : {}),
    fields,
    grants: asked.map((what) => ({ what, held: holdsGrant(rules, what) })),
    commands,
    ...(measured ? { measured } : {}),
  };
  return { document };
}

/** Of an app that is removed, what is kept of it. */
export async function measure(
  { paths }: Pick<Input, "paths">,
  config: CloudConfig,
  { name, kept }: InstalledApp,
): Promise<Measured[]> {
  const [{ enterCloud }, { measureData }] = await Promise.all([
    import("../access.ts"),
    import("../../stacks/deploy.ts"),
  ]);
  return measureData(await enterCloud(paths, config), name, kept);
}

async function definitionOf(
  { manifest, files }: Blueprint,
  overrides: Record<string, FunctionOverride>,
): Promise<ShowDocument["definition"]> {
  const [{ memoryMb, routesOf, timeoutSeconds }, { limitOf }] = await Promise.all([
    import("../../blueprints/manifest.ts"),
    import("../../blueprints/reach.ts"),
  ]);
  const bytesBelow = (folder: string): number =>
    files
      .filter(({ path }) => path.startsWith(`${folder.replace(/^\.\//, "").replace(/\/+$/, "")}/`))
      .reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return {
    functions: Object.entries(manifest.functions).map(([name, { runtime, memory, timeout, code }]) => ({
      name,
      runtime,
      memoryMb: memoryMb(overrides[name]?.memory ?? memory),
      timeoutSeconds: timeoutSeconds(overrides[name]?.timeout ?? timeout),
      codeBytes: bytesBelow(code),
    })),
    routes: routesOf(manifest).map((route) => ({
      path: route.path,
      to: route.to,
      public: route.public,
      ...limitOf(manifest, route),
    })),
    data: [
      ...Object.entries(manifest.tables).map(([name, { data }]) => ({
        kind: "table" as const,
        name,
        precious: data === "precious",
      })),
      ...Object.entries(manifest.buckets).map(([name, { data }]) => ({
        kind: "bucket" as const,
        name,
        precious: data === "precious",
      })),
    ],
    ...(manifest.health === undefined ? {} : { health: manifest.health }),
  };
}
