/**
 * `snapshot FOLDER --with-data`: all data as an export, read back, and then how the cloud is, in a file that names the export by
 * its digest. That file comes last: a folder without it was interrupted, and the same command goes on. Changes nothing in
 * the cloud.
 */
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Cloud } from "../../stacks/cloud.ts";
import type { OpenExport } from "../../stacks/deploy.ts";
import { findCloud } from "../clouds.ts";
import { faults as dataFaults } from "../data-faults.ts";
import { readJson, writeJson } from "../files.ts";
import { cloudDir } from "../paths.ts";
import { dataFolder, snapshotFile } from "../snapshot.ts";
import { takeSnapshot } from "../snapshot-taken.ts";
import { shellWord } from "../ui/shell-word.ts";
import { carried, exportTo } from "./data-export.ts";
import { appsMeant, placeAt, placesIn, shortDigest } from "./data-places.ts";
import { atHome } from "./home.ts";
import { type End, emitStart, enterCloud, lockAll, type Work } from "./work.ts";

/** Of an attempt: since when. An export that lay there before is none of its. */
interface Begun {
  since: string;
}

export async function snapshotWithData(asked: Work): Promise<End> {
  const work: Work = { ...asked, request: { ...asked.request, all: true } };
  const { request, paths, deploy, emit } = work;
  const config = await atHome(work, await findCloud(paths, request.cloud));
  emitStart(work, config.name, appsMeant(work, config.name));
  const at = resolve(request.cwd, request.to ?? "");
  const release = await lockAll(work, config.name, [`export-${shortDigest(at)}`]);
  try {
    const note = join(cloudDir(paths, config.name), "imports", `snapshot-${shortDigest(at)}.json`);
    const begun = begin(note, at);
    const cloud = await enterCloud(work, config);
    const { manifest, digest } = await exportOf(work, cloud, join(at, dataFolder), begun);
    const file = join(at, snapshotFile);
    const taken = await takeSnapshot({ paths, deploy, config, cloud }, file, {
      data: { manifest: `sha256:${digest}` },
    });
    rmSync(note, { force: true });
    for (const what of taken.without) emit({ type: "note", level: "warning", message: `Not in it: ${what}` });
    if (taken.secrets.length > 0) {
      const message = `Not in it: the values of ${taken.secrets.join(", ")}, which are asked for where it is brought up.`;
      emit({ type: "note", level: "info", message });
    }
    const message = `Its digest is ${taken.digest}. Brought up by: freehold snapshot apply ${shellWord(at, "FOLDER")}`;
    emit({ type: "note", level: "info", message });
    return { exitCode: 0, cloud: config.name, apps: [], data: carried(at, manifest) };
  } finally {
    release();
  }
}

/** Throws `export-taken` where anything lies that is not an attempt at just this. */
function begin(note: string, at: string): Begun {
  const before = readJson<Begun>(note);
  if (before) return before;
  if (existsSync(at) && readdirSync(at).length > 0)
    throw dataFaults.exportTaken(at, "freehold snapshot ANOTHER --with-data");
  const begun = { since: new Date().toISOString() };
  writeJson(note, begun);
  return begun;
}

/** Goes on with one that was cut off; one that is whole already was read back, or is read back now. */
async function exportOf(work: Work, cloud: Cloud, at: string, { since }: Begun): Promise<OpenExport> {
  const { checkExport, manifestFile, openExport, progressFile } = await work.deploy.carrying();
  const place = await placeAt(work, cloud, at);
  const whole =
    (await place.size(manifestFile)) !== undefined && (await place.size(progressFile)) === undefined
      ? await openExport(place)
      : undefined;
  if (whole && whole.manifest.begun >= since) {
    await checkExport(whole, whole.manifest.stores, work);
    return whole;
  }
  await exportTo(work, cloud, await placesIn(work, cloud), at, { verify: true });
  return openExport(place);
}
