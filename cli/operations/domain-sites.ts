/** What has names of the owner's own: an app, or sign-in. Each is brought up with other names, and keeps them. */
import { bytesForNames } from "../../blueprints/check.ts";
import { loadBlueprint } from "../../blueprints/load.ts";
import { type Cloud, foundationStack } from "../../stacks/cloud.ts";
import type { Domain, FoundationOutputs } from "../../stacks/deploy.ts";
import { findCloud } from "../clouds.ts";
import { readApp, readApps } from "../registry.ts";
import { readThings } from "../things.ts";
import { asInstalled, installedApp } from "./again.ts";
import { type AppOutcome, carryOut } from "./carry-out.ts";
import { planOf } from "./plan.ts";
import { tellNames } from "./signin-moves.ts";
import { bringUpThings, haveGate } from "./things.ts";
import { deployFoundation, ensureFoundation, type Work } from "./work.ts";

export interface Site {
  /** As it is typed: an app's, or `signin`. */
  name: string;
  /** In whose state its names are. */
  stack: string;
  domains(): Promise<readonly Domain[]>;
  /** Bytes that the names may take in what its function is told. */
  room(): Promise<number>;
  bring(domains: readonly Domain[]): Promise<AppOutcome | undefined>;
}

export const signinStack = foundationStack;

export async function appSite(work: Work, cloud: Cloud, name: string): Promise<Site> {
  const foundation = await ensureFoundation(work, cloud);
  return {
    ...{ name, stack: name },
    domains: async () => installedApp(work, cloud.name).domains ?? [],
    room: async () => {
      const config = await findCloud(work.paths, cloud.name);
      const { source } = await asInstalled(work, config, installedApp(work, cloud.name));
      return bytesForNames((await loadBlueprint(source.dir)).manifest);
    },
    bring: (domains) => bringApp(work, cloud, foundation, name, domains),
  };
}

/** An app as it is installed, with these names, or with its own. What was said yes to stays said. */
async function bringApp(
  work: Work,
  cloud: Cloud,
  foundation: FoundationOutputs,
  name: string,
  domains?: readonly Domain[],
): Promise<AppOutcome> {
  const app = readApp(work.paths, cloud.name, name)!;
  const config = await findCloud(work.paths, cloud.name);
  const wanted = { ...(await asInstalled(work, config, app)), ...(domains ? { domains } : {}) };
  const { reach, accepted } = app;
  const agreed = { ...(reach ? { reach } : {}), ...(accepted ? { accepted } : {}) };
  return carryOut(work, cloud, foundation, await planOf(work, cloud.name, wanted), agreed);
}

export async function signinSite(work: Work, cloud: Cloud): Promise<Site> {
  const own = async () => (await work.deploy.foundationOutputs(cloud))?.domains ?? [];
  return {
    ...{ name: "signin", stack: signinStack },
    domains: own,
    room: async () => bytesForNames(),
    bring: async (domains) => {
      const { leadingHosts } = await work.deploy.domains();
      tellNames(work.emit, leadingHosts(await own()), leadingHosts(domains));
      await deployFoundation(work, cloud, { domains });
      return undefined;
    },
  };
}

/** Every gate learns where sign-in is with these names, that of things too. The caller holds the locks of all of them. */
export async function tellApps(work: Work, cloud: Cloud, domains: readonly Domain[]): Promise<void> {
  const { deploy, paths } = work;
  const foundation = await deploy.namedFoundation(cloud, domains);
  // One that this left half made is told, too; another is told when its own command goes on.
  for (const { name, state, begun } of readApps(paths, cloud.name))
    if (state === "running" || begun === "domain") await bringApp(work, cloud, foundation, name);
  if (haveGate(readThings(paths, cloud.name)?.things ?? [])) await bringUpThings(work, cloud, foundation);
}
