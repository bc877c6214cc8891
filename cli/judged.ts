/**
 * A REF as somebody judges it: its blueprint, its card, and what of it is installed. Needs no cloud, starts none and asks
 * nobody but where REF itself leads.
 */
import type { Card, Reach } from "../blueprints/card.ts";
import { cardOf } from "../blueprints/card-of.ts";
import { type Blueprint, loadBlueprint } from "../blueprints/load.ts";
import { compareReach } from "../blueprints/reach.ts";
import { type CloudConfig, findCloud, readClouds } from "./clouds.ts";
import { type Input, text } from "./command.ts";
import { signInOf } from "./github.ts";
import { installedBlueprint } from "./installed.ts";
import { findAfresh, findSource, type RefWhere, type Source } from "./refs.ts";
import { type InstalledApp, readApps } from "./registry.ts";

/** What is installed of the same blueprint. */
export interface InstalledHere {
  app: string;
  version: string;
  digest: string;
  /** Its folder is the very one that is judged. */
  same: boolean;
  /** Of what is judged against it; left out when its files are not here any more. */
  reach?: { added: Reach[]; removed: Reach[] };
}

export interface Judged {
  source: Source;
  blueprint: Blueprint;
  card: Card;
  cloud: CloudConfig | undefined;
  installed: { app: InstalledApp; blueprint: Blueprint | undefined } | undefined;
}

/** Throws what finding and loading a blueprint throw. */
export async function judgedOf(input: Input, ref: string): Promise<Judged> {
  const cloud = await cloudOf(input);
  const source = cloud
    ? await findSource(ref, refWhere(input, cloud.name))
    : await findAfresh(ref, refWhere(input, ""));
  const blueprint = await loadBlueprint(source.dir);
  const card = await cardOf(blueprint, source.origin, { region: cloud?.region ?? (await firstRegion()) });
  const app = cloud && installedOf(input, cloud, source, blueprint);
  return {
    source,
    blueprint,
    card,
    cloud,
    installed: app && { app, blueprint: await installedBlueprint(input.paths, cloud.name, app) },
  };
}

/** Without a cloud nothing is installed, and no folder of one is looked into. */
export function refWhere(input: Input, cloud: string): RefWhere {
  const { paths, cwd, env } = input;
  return { paths, cloud, cwd, env, signIn: () => signInOf(input) };
}

/** Where a first cloud would be. */
const firstRegion = async (): Promise<string> => (await import("./operations/setup.ts")).defaultRegion;

async function cloudOf({ paths, flags }: Input): Promise<CloudConfig | undefined> {
  const wanted = text(flags, "cloud");
  if (wanted === undefined && (await readClouds(paths)).clouds.length === 0) return undefined;
  return findCloud(paths, wanted);
}

/** The app REF names, or else the first that was made of a blueprint of this name. */
function installedOf(
  { paths }: Input,
  cloud: CloudConfig,
  { app }: Source,
  { manifest }: Blueprint,
): InstalledApp | undefined {
  const running = readApps(paths, cloud.name).filter(({ state }) => state !== "kept");
  return running.find(({ name }) => name === app?.name) ?? running.find(({ blueprint }) => blueprint === manifest.name);
}

export async function installedHere({ card, installed }: Judged): Promise<InstalledHere | undefined> {
  if (!installed) return undefined;
  const { app, blueprint } = installed;
  const before = blueprint && (await cardOf(blueprint, app.origin, { region: card.cost.region }));
  return {
    app: app.name,
    version: app.version,
    digest: app.digest,
    same: app.digest === card.digest,
    // A folder that went on since it was installed says nothing of what is installed.
    ...(before?.digest === app.digest ? { reach: compareReach(before.reach, card.reach) } : {}),
  };
}
