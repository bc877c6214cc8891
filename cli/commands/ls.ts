/** `ls`: reads the registry's files, nothing else. */
import { findCloud, readClouds } from "../clouds.ts";
import { type Input, type Outcome, text } from "../command.ts";
import { type InstalledApp, readApps } from "../registry.ts";

export interface ListDocument {
  cloud: string | null;
  target: "local" | "aws" | null;
  region: string | null;
  apps: Pick<
    InstalledApp,
    "name" | "title" | "blueprint" | "version" | "digest" | "state" | "url" | "kept" | "installedAt"
  >[];
}

export async function run({ paths, flags }: Input): Promise<Outcome> {
  const wanted = text(flags, "cloud");
  const { clouds } = await readClouds(paths);
  if (clouds.length === 0 && wanted === undefined)
    return { document: { cloud: null, target: null, region: null, apps: [] } satisfies ListDocument };
  const { name, target, region } = await findCloud(paths, wanted);
  const apps = readApps(paths, name).map(
    ({ name, title, blueprint, version, digest, state, url, kept, installedAt }) => ({
      name,
      title,
      blueprint,
      version,
      digest,
      state,
      ...(url ? { url } : {}),
      kept,
      installedAt,
    }),
  );
  return { document: { cloud: name, target, region, apps } satisfies ListDocument };
}
