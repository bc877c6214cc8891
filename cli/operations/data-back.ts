/**
 * Data around a change of version: before an upgrade a copy of it that was read back, and with `rollback --data` its return.
 * What would be lost is counted and shown, and exactly that is said yes to; what is there is kept beside before it goes.
 */
import { createHash } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Cloud } from "../../stacks/cloud.ts";
import type { BackupRecord, ExportedStore, OpenExport, Place, Since } from "../../stacks/deploy.ts";
import type { LossEvent } from "../../stacks/events.ts";
import { faults } from "../data-faults.ts";
import { readJson, writeJson } from "../files.ts";
import { cloudDir } from "../paths.ts";
import { many } from "../ui/table.ts";
import { backUp } from "./data-backup.ts";
import { importInto } from "./data-import.ts";
import { placesIn } from "./data-places.ts";
import { openBackup } from "./data-restore.ts";
import type { Plan } from "./plan.ts";
import { ensureBackups, type Work } from "./work.ts";

/** Of an app that has nothing stored there is none. What fails here fails before the first change. */
export async function backUpBefore(work: Work, cloud: Cloud, { app: { name } }: Plan): Promise<void> {
  const { emit, deploy } = work;
  const places = await placesIn(work, cloud, [name]);
  const { hasData } = await deploy.carrying();
  const full = await Promise.all(places.map((place) => hasData(cloud, place)));
  if (!full.includes(true)) return;
  try {
    await ensureBackups(work, cloud);
    const { made } = await backUp(work, cloud, name, places, "upgrade");
    const message = `The data of ${name} is in the backup ${made.id}: freehold rollback ${name} --data brings it back, too.`;
    emit({ type: "note", level: "info", message, stack: name });
  } catch (error) {
    const message = `The data of ${name} could not be backed up, so the upgrade is not begun.`;
    emit({ type: "note", level: "warning", message, stack: name });
    throw error;
  }
}

interface Way {
  backup: BackupRecord;
  source: OpenExport;
  pairs: [ExportedStore, Place][];
}

/** To the newest backup of the version that comes back. Throws `backup-none`, `loss-unanswered`, `loss-differs`. */
export async function bringDataBack(work: Work, cloud: Cloud, plan: Plan): Promise<void> {
  const { name } = plan.app;
  const way = await wayBack(work, cloud, plan);
  const agreed = agreedFile(work, cloud, name);
  const begun = readJson<{ backup: string }>(agreed)?.backup === way.backup.id;
  if (!begun && !(await lossAgreed(work, cloud, plan, way))) return;
  // From here on what is there is half of each, and no answer to what is lost.
  writeJson(agreed, { backup: way.backup.id });
  await importInto(work, cloud, way.source, way.pairs, { mode: "replace", dryRun: false });
  if (existsSync(agreed)) rmSync(agreed);
}

const agreedFile = ({ paths }: Work, cloud: Cloud, app: string): string =>
  join(cloudDir(paths, cloud.name), "imports", `rollback-${app}.json`);

async function wayBack(work: Work, cloud: Cloud, { app, blueprint }: Plan): Promise<Way> {
  const { isWhole, listBackups } = await work.deploy.backups();
  const { targetsOf } = await work.deploy.carrying();
  const all = (await listBackups(cloud, [app.name])).filter(isWhole);
  // Of one table's past it is not a backup of the app.
  const backup = all.find(({ digest, why }) => digest === app.digest && why !== "moment");
  if (!backup) throw faults.noBackupOf(app.name, blueprint.manifest.version);
  const source = await openBackup(work, cloud, backup);
  const pairs = targetsOf(source.manifest.stores, await placesIn(work, cloud, [app.name]), app.name);
  return { backup, source, pairs };
}

/** False where nothing was written since: then nothing has to come back. */
async function lossAgreed(work: Work, cloud: Cloud, { app: { name } }: Plan, way: Way): Promise<boolean> {
  const { request, emit, signal, deploy } = work;
  const { backup, source, pairs } = way;
  const { writtenSince } = await deploy.backups();
  const stores = await writtenSince(cloud, source, pairs, signal);
  const differ = stores.filter(({ added, changed, gone }) => added + changed + gone > 0);
  const { id, until, version } = backup;
  const digest = `sha256:${createHash("sha256")
    .update(JSON.stringify([name, id, stores]))
    .digest("hex")}`;
  const needed = differ.length > 0 && request.lose !== digest;
  const loss: LossEvent["loss"] = { app: name, digest, backup: { id, until, ...(version ? { version } : {}) }, stores };
  for (const message of lossLines(loss))
    emit({ type: "note", level: needed ? "warning" : "info", message, stack: name });
  emit({ type: "loss", stack: name, needed, loss });
  if (!needed) return differ.length > 0;
  const to = request.to === undefined ? "" : ` --to ${request.to}`;
  const next = `freehold rollback ${name}${to} --data --lose ${digest}`;
  throw request.lose === undefined ? faults.lossUnanswered(name, next) : faults.lossDiffers(name, next);
}

function lossLines({ app, backup, stores }: LossEvent["loss"]): string[] {
  const words = stores.flatMap(({ store, kind, ...counts }) => {
    const noun = kind === "table" ? "item" : "file";
    const said = parts(counts, noun);
    return said.length > 0 ? [`${store}: ${said.join(", ")}`] : [];
  });
  const since = `the backup ${backup.id} of ${backup.until}`;
  if (words.length === 0) return [`The data of ${app} is as it is in ${since}.`];
  return [`Since ${since}, this was written to ${app} and would be lost:`, ...words];
}

const parts = ({ added, changed, gone }: Pick<Since, "added" | "changed" | "gone">, noun: string): string[] => [
  ...(added > 0 ? [`${many(added, `new ${noun}`)} removed`] : []),
  ...(changed > 0 ? [`${many(changed, `changed ${noun}`)} written over`] : []),
  ...(gone > 0 ? [`${many(gone, `removed ${noun}`)} back again`] : []),
];
