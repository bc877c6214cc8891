/**
 * `upgrade`: the newer version from where the app came from, or another one that is named. Settings stay. When it does
 * not come up, the version before is brought back by itself.
 */
import semver from "semver";
import { digestFiles } from "../../blueprints/digest.ts";
import { exitCodes, Fault } from "../../blueprints/fault.ts";
import { loadBlueprint } from "../../blueprints/load.ts";
import { findCloud } from "../clouds.ts";
import { faults } from "../errors.ts";
import { findAfresh, newerRef, type RefWhere, type Source } from "../refs.ts";
import type { InstalledApp } from "../registry.ts";
import { installedApp, wantedOf } from "./again.ts";
import { bringUp, type Undertaking } from "./bring-up.ts";
import { carryOut } from "./carry-out.ts";
import { backUpBefore } from "./data-back.ts";
import { atHome } from "./home.ts";
import { planOf } from "./plan.ts";
import { type End, emitStart, refWhere, sayNote, type Work } from "./work.ts";

export async function upgrade(work: Work): Promise<End> {
  const { request, answers, paths, emit } = work;
  const config = await atHome(work, await findCloud(paths, request.cloud));
  const app = installedApp(work, config.name);
  const found = await findNewer(app, request.to, refWhere(work, config.name));
  if (!found) {
    emitStart(work, config.name, [app.name]);
    emit({
      type: "note",
      level: "info",
      message: `${app.name} ${app.version} is the newest there is.`,
      stack: app.name,
    });
    const { name, version, url } = app;
    return { exitCode: 0, cloud: config.name, apps: [{ name, version, ...(url ? { url } : {}) }] };
  }
  sayNote(work, found);
  return bringUp(work, {
    config,
    wanted: async () => [{ source: found, name: app.name, given: answers.settings }],
    before: (cloud, plan) => backUpBefore(work, cloud, plan),
    goBack: goBackTo(work, config, app),
  });
}

/** Nothing when what is installed is the newest. Throws `upgrade-folder`, `version-not-there`, what resolving throws. */
async function findNewer(app: InstalledApp, to: string | undefined, where: RefWhere): Promise<Source | undefined> {
  if (to === undefined && app.source === "folder") throw faults.folderUpgrade(app.name, app.ref);
  const version = to !== undefined && semver.valid(to) ? to : undefined;
  const ref = to === undefined || version !== undefined ? await newerRef(app, version, where) : to;
  const found = await findAfresh(ref, where);
  const { manifest, files } = await loadBlueprint(found.dir);
  if (version !== undefined && !semver.eq(version, manifest.version))
    throw faults.versionNotThere(app.name, version, manifest.version);
  // One that was cut off is installed as the registry has it, and not as a cloud has it.
  if ((await digestFiles(files)) === app.digest) return app.state === "partial" ? { ...found, app } : undefined;
  // A catalog that went back to an older version takes nobody with it.
  if (to === undefined && semver.lt(manifest.version, app.version)) return undefined;
  return { ...found, app };
}

/** What ran whole before the upgrade runs again; what a person interrupted, or another holds, is left to them. */
function goBackTo(
  work: Work,
  config: Undertaking["config"],
  { name, versions, reach }: InstalledApp,
): NonNullable<Undertaking["goBack"]> {
  return async (cloud, foundation, error) => {
    const last = versions.at(-1);
    if (!last || work.signal.aborted || (error instanceof Fault && error.exitCode === exitCodes.locked)) return;
    const say = (level: "warning" | "error", message: string): void =>
      work.emit({ type: "note", level, message, stack: name });
    say("warning", `The upgrade of ${name} did not come up; ${last.version} is brought back.`);
    try {
      const plan = await planOf(work, config.name, await wantedOf(work, config, installedApp(work, config.name), last));
      const { accepted } = last;
      await carryOut(work, cloud, foundation, plan, { ...(reach ? { reach } : {}), ...(accepted ? { accepted } : {}) });
    } catch (second) {
      if (!(second instanceof Fault)) throw second;
      say("error", `${last.version} did not come up either: ${second.message} freehold rollback ${name} tries again.`);
    }
  };
}
