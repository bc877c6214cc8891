/**
 * What the rules (stacks/rules) have against the resolved plan of an app, found by a preview: nothing is changed. What
 * comes with Freehold and is set as it comes is judged by its tests, and not again each time.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Finding } from "../../blueprints/card.ts";
import { manifestFile } from "../../blueprints/files.ts";
import type { Cloud } from "../../stacks/cloud.ts";
import type { FoundationOutputs } from "../../stacks/deploy.ts";
import { copyDir } from "../copies.ts";
import { sameVersion } from "../versions.ts";
import type { Plan } from "./plan.ts";
import { knownFoundation, type Work } from "./work.ts";

const asItComes = ({ source, app, functions, rules }: Plan): boolean =>
  source.source === "bundled" && Object.keys({ ...app.settings, ...functions, ...rules }).length === 0;

/** Unheard. Of what is planned just so already nothing is looked for, unless somebody says yes to it once more. */
export async function findingsOf(work: Work, cloud: Cloud, plan: Plan): Promise<Finding[]> {
  const { request, deploy, signal } = work;
  const { app } = plan;
  if (asItComes(plan) || (request.accept === undefined && (await isPlannedSo(work, cloud, plan)))) return [];
  const foundation = knownFoundation(work, cloud) ?? (await deploy.derivedFoundation(cloud));
  return (await deploy.judgePlan(cloud, foundation, app, { signal, emit: () => undefined })).findings;
}

/** The plan follows from the manifest, settings and functions; of code in an owner's folder no rule says anything. */
async function isPlannedSo(
  { paths }: Work,
  cloud: Cloud,
  { app, before, functions, rules, source }: Plan,
): Promise<boolean> {
  if (before?.state !== "running" || !sameVersion(before, { ...app, functions, rules, digest: before.digest }))
    return false;
  if (before.digest === app.digest) return true;
  if (source.source !== "folder" || before.source !== "folder") return false;
  const [is, was] = await Promise.all(
    [app.blueprint.dir, copyDir(paths, cloud.name, before.digest)].map((dir) =>
      readFile(join(dir, manifestFile), "utf8").catch(() => undefined),
    ),
  );
  return is !== undefined && is === was;
}

/** The preview that a person asked for, heard, and with it the findings. */
export async function previewOf(
  { emit, signal, deploy, request }: Work,
  cloud: Cloud,
  foundation: FoundationOutputs,
  plan: Plan,
): Promise<{ url: string | undefined; findings: Finding[] }> {
  const { app } = plan;
  const looking = { emit, signal, refresh: request.refresh === true };
  if (!asItComes(plan)) return deploy.judgePlan(cloud, foundation, app, looking);
  return { ...(await deploy.deployApp(cloud, foundation, app, { ...looking, preview: true })), findings: [] };
}
