/**
 * A plan becomes what runs: the folder is kept, the registry says `partial`, the stack goes up, the registry says what
 * runs. An upgrade that fails goes back to the version before by itself.
 */
import { userInfo } from "node:os";
import { exitCodes, Fault } from "../../blueprints/fault.ts";
import { loadBlueprint } from "../../blueprints/load.ts";
import type { Cloud } from "../../stacks/cloud.ts";
import type { FoundationOutputs } from "../../stacks/deploy.ts";
import type { ResultEvent } from "../../stacks/events.ts";
import { keepCopy } from "../copies.ts";
import { type InstalledApp, type InstalledVersion, versionsKept } from "../registry.ts";
import { sameVersion } from "../versions.ts";
import type { Agreed } from "./consent.ts";
import { keepInstalled, writeInstalled } from "./home.ts";
import { tellHomePage } from "./home-page.ts";
import { leftBy } from "./left-data.ts";
import { overridden } from "./overrides.ts";
import type { Plan } from "./plan.ts";
import type { Work } from "./work.ts";

export type AppOutcome = ResultEvent["apps"][number];

export async function carryOut(
  work: Work,
  cloud: Cloud,
  foundation: FoundationOutputs,
  plan: Plan,
  agreed: Partial<Agreed>,
): Promise<AppOutcome> {
  const { paths, emit, signal, deploy } = work;
  const { app } = plan;
  tellDropped(work, plan);
  const entry = entryOf(work, plan, agreed);
  // From here on nothing of where it came from is read: a folder may change while it is brought up.
  const dir = await keepCopy(paths, cloud.name, plan.blueprint, app.digest);
  const keeping = keepInstalled(work, cloud, entry);
  // Told to whoever waits for it: the deployment, before its first change.
  keeping.catch(() => undefined);
  const blueprint = overridden(await loadBlueprint(dir), plan.functions, plan.rules);
  const data = leftBy(blueprint.manifest, entry.kept, emit);
  const { url } = await deploy
    .deployApp(
      cloud,
      foundation,
      { ...app, blueprint },
      { emit: data.emit, signal, ready: keeping, refresh: work.request.refresh === true },
    )
    .catch(async (error) => {
      // Somebody else is at it: what is installed is theirs to say.
      if (error instanceof Fault && error.exitCode === exitCodes.locked) await (await keeping)();
      const more = data.left().filter(({ id }) => !entry.kept.some((one) => one.id === id));
      if (more.length > 0) await keepInstalled(work, cloud, { ...entry, kept: [...entry.kept, ...more] });
      throw error;
    });
  const now = new Date().toISOString();
  const { begun: _, goingBack: __, ...whole } = entry;
  const done: InstalledApp = { ...whole, state: "running", kept: data.left(), updatedAt: now, ...(url ? { url } : {}) };
  const [, , link] = await Promise.all([
    writeInstalled(work, cloud, { ...done, versions: withVersion(work, plan, done) }),
    tellHomePage(work, cloud, done, blueprint),
    url ? deploy.mintLink(cloud, foundation, { app: app.name }) : undefined,
  ]);
  return { name: app.name, version: entry.version, ...(url ? { url } : {}), ...(link ? { link } : {}) };
}

function tellDropped({ emit }: Work, { app, dropped }: Plan): void {
  if (dropped.length === 0) return;
  const message = `This version has no ${dropped.join(", ")} any more: what was set there is dropped.`;
  emit({ type: "note", level: "warning", message, stack: app.name });
}

function entryOf({ request }: Work, plan: Plan, agreed: Partial<Agreed>): InstalledApp {
  const { app, source, before, functions, rules, restored } = plan;
  const { operation } = request;
  const { manifest } = app.blueprint;
  const now = new Date().toISOString();
  return {
    format: 1,
    name: app.name,
    ref: source.ref,
    source: source.source,
    origin: source.origin,
    blueprint: manifest.name,
    title: manifest.title ?? manifest.name,
    version: manifest.version,
    digest: app.digest,
    ...(before?.url ? { url: before.url } : {}),
    ...{ state: "partial", begun: operation },
    ...(restored ? { goingBack: { operation, to: restored } } : {}),
    kept: before?.kept ?? [],
    settings: { ...app.settings },
    functions,
    ...(Object.keys(rules).length > 0 ? { rules } : {}),
    ...(app.domains?.length ? { domains: [...app.domains] } : {}),
    ...agreed,
    versions: before?.versions ?? [],
    installedAt: before && before.state !== "kept" ? before.installedAt : now,
    updatedAt: now,
  };
}

/** One more when something is other than the last one says; the oldest go. */
function withVersion({ request }: Work, { restored }: Plan, app: InstalledApp): InstalledVersion[] {
  const { version, digest, ref, origin, settings, functions, rules, accepted, updatedAt, versions } = app;
  const last = versions.at(-1);
  if (last && sameVersion(last, app)) return versions;
  const added: InstalledVersion = {
    version,
    digest,
    ref,
    origin,
    settings,
    functions,
    ...(rules ? { rules } : {}),
    at: updatedAt,
    operation: request.operation,
    by: userInfo().username,
    ...(accepted ? { accepted } : {}),
    ...(restored ? { restored } : {}),
  };
  return [...versions, added].slice(-versionsKept);
}
