/**
 * What `up`, `preview`, `upgrade`, `rollback`, `settings` and `undo` share: from what is wanted of some apps to their
 * running so. Everything that can be wrong with what was asked is found, and everything that has to be accepted is
 * asked, before the first change.
 */
import type { Cloud } from "../../stacks/cloud.ts";
import type { FoundationOutputs } from "../../stacks/deploy.ts";
import type { CloudConfig } from "../clouds.ts";
import { sandboxOf } from "../local-process.ts";
import { functionsDir } from "../paths.ts";
import { readApp } from "../registry.ts";
import { admitSource, needsSandbox } from "../sandbox-policy.ts";
import { type AppOutcome, carryOut } from "./carry-out.ts";
import { consentTo } from "./consent.ts";
import { eachApp } from "./each-app.ts";
import { findingsOf, previewOf } from "./findings.ts";
import { pullInstalled } from "./home.ts";
import { installHome } from "./install-home.ts";
import { checkNeeded } from "./needed.ts";
import { type Plan, planOf, type Wanted } from "./plan.ts";
import { tellingOfMoves } from "./signin-moves.ts";
import {
  type End,
  emitStart,
  ensureFoundation,
  enterCloud,
  homeIsDue,
  knownFoundation,
  lastFoundation,
  lockAll,
  type Work,
  whenFree,
} from "./work.ts";

export interface Undertaking {
  config: CloudConfig;
  /** Keeps a cloud that is made by this; answers with whoever was first. */
  keep?: () => Promise<CloudConfig>;
  wanted: () => Promise<Wanted[]>;
  /** After everything was asked, and before the first change of an app. */
  before?: (cloud: Cloud, plan: Plan) => Promise<void>;
  /** Brings back what was there when an app does not come up. */
  goBack?: (cloud: Cloud, foundation: FoundationOutputs, why: unknown) => Promise<void>;
}

export async function bringUp(work: Work, undertaking: Undertaking): Promise<End> {
  const { config, keep } = undertaking;
  const plan = async (): Promise<Plan[]> =>
    Promise.all((await undertaking.wanted()).map((wanted) => planOf(work, config.name, wanted)));
  const first = await plan();
  const names = first.map(({ app }) => app.name);
  emitStart(work, config.name, names);
  const release = await lockAll(work, config.name, names);
  try {
    const plans = first.every((one) => isFresh(work, config.name, one)) ? first : await plan();
    if (keep) for (const one of plans) await checkNeeded(work, undefined, one);
    const cloud = await enterCloud(work, keep ? await keep() : config);
    for (const { app } of plans) work.deploy.lookAhead(cloud, app.name);
    for (const one of plans) await checkNeeded(work, cloud, one);
    await admitSources(work, config, plans);
    await refuseForbidden(work, cloud, plans);
    if (work.request.operation === "preview") return await previewAll(work, cloud, plans);
    const homeDue = homeIsDue(work, cloud.name);
    const up = (first: Plan) =>
      whenFree(work, async (again) => {
        if (again) await pullInstalled(work, cloud);
        const now = again ? (await plan()).find(({ app }) => app.name === first.app.name) : undefined;
        return await upOne(work, cloud, now ?? first, undertaking);
      });
    const end = await eachApp(work, cloud, plans, up).catch(async (error) => {
      if (homeDue && knownFoundation(work, cloud)) await installHome(work, cloud);
      throw error;
    });
    const home = homeDue ? await installHome(work, cloud) : undefined;
    return home ? { ...end, apps: [...end.apps, home] } : end;
  } finally {
    release();
  }
}

/** Whether what is installed is still what was planned from; there may have been a wait for the lock. */
const isFresh = ({ paths }: Work, cloud: string, { app, before }: Plan): boolean =>
  JSON.stringify(readApp(paths, cloud, app.name)) === JSON.stringify(before);

/** What would be made for the first time, and no policy above the account may stop half-way. */
async function refuseForbidden({ deploy }: Work, cloud: Cloud, plans: readonly Plan[]): Promise<void> {
  if (cloud.target === "local" || plans.every(({ before }) => before?.state === "running")) return;
  await (await deploy.preflight()).refuseForbidden(cloud);
}

/** Before anything of a stranger's runs: whether something holds it back. */
export async function admitSources(
  { request, emit }: Work,
  config: CloudConfig,
  plans: readonly Plan[],
): Promise<void> {
  const strange = plans.filter(({ source }) => needsSandbox(source.source));
  if (strange.length === 0 || config.target !== "local") return;
  const sandbox = await sandboxOf(config);
  for (const { source } of strange) {
    const message = admitSource(source.source, source.ref, sandbox, request.unsandboxed === true);
    if (message) emit({ type: "note", level: "warning", message });
  }
}

async function previewAll(work: Work, cloud: Cloud, plans: Plan[]): Promise<End> {
  const { signal, deploy } = work;
  const emit = tellingOfMoves(work.emit, lastFoundation(work, cloud));
  const options = { emit, signal, preview: true };
  const foundation =
    knownFoundation(work, cloud) ??
    (await deploy.deployFoundation(cloud, { ...options, functionsDir: functionsDir() }));
  const apps: AppOutcome[] = [];
  for (const plan of plans) {
    const { url, findings } = await previewOf(work, cloud, foundation, plan);
    await consentTo(work, cloud, plan, findings);
    apps.push({ name: plan.app.name, version: plan.app.blueprint.manifest.version, ...(url ? { url } : {}) });
  }
  return { exitCode: 0, cloud: cloud.name, apps };
}

async function upOne(work: Work, cloud: Cloud, plan: Plan, { before, goBack }: Undertaking): Promise<AppOutcome> {
  const agreed = await consentTo(work, cloud, plan, await findingsOf(work, cloud, plan));
  const foundation = await ensureFoundation(work, cloud);
  await before?.(cloud, plan);
  try {
    return await carryOut(work, cloud, foundation, plan, agreed);
  } catch (error) {
    await goBack?.(cloud, foundation, error);
    throw error;
  }
}
