/**
 * `destroy --data export`, of an app that is down already and so writes nothing any more: what it left is exported, every
 * byte is read back, and only then is it deleted. What fails on the way leaves the data kept, and the same command goes on:
 * with the export, or where that was whole already, with the deletion.
 */
import { existsSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Cloud } from "../../stacks/cloud.ts";
import type { ExportedStore, Kept, OpenExport, Place } from "../../stacks/deploy.ts";
import { readJson, writeJson } from "../files.ts";
import { cloudDir } from "../paths.ts";
import { dropUnpacked, isArchive, unpackArchive } from "./data-archive.ts";
import { exportTo } from "./data-export.ts";
import { placeAt, placesIn } from "./data-places.ts";
import type { Work } from "./work.ts";

/** Of an attempt: where to, and since when. What lay there before it is none of its. */
interface Begun {
  at: string;
  since: string;
}

export async function exportThenDelete(work: Work, cloud: Cloud, name: string, kept: readonly Kept[]): Promise<void> {
  const { deploy, emit, signal, paths } = work;
  await exportLeft(work, cloud, [name], name);
  await deploy.destroyApp(cloud, name, { emit, signal, data: "delete", attach: kept, installed: false });
  rmSync(noteOf(paths, cloud, name), { force: true });
}

const noteOf = (paths: Work["paths"], { name: cloud }: Cloud, name: string): string =>
  join(cloudDir(paths, cloud), "imports", `destroy-${name}.json`);

/** Of these apps, or of all there is; `name`: what the place and the note of it are called after. */
export async function exportLeft(
  work: Work,
  cloud: Cloud,
  apps: readonly string[] | undefined,
  name: string,
): Promise<void> {
  const { emit, paths } = work;
  const places = await placesIn(work, cloud, apps);
  if (places.length === 0) return;
  const [note, at] = [noteOf(paths, cloud, name), placeFor(work, name)];
  const before = readJson<Begun>(note);
  const begun = before?.at === at ? before : { at, since: new Date().toISOString() };
  writeJson(note, begun);
  if (begun !== before || !(await isWhole(work, cloud, begun, places)))
    await exportTo(work, cloud, places, at, { verify: true });
  const stack = apps && { stack: name };
  emit({ type: "note", level: "info", message: `The data of ${name} is in ${at}, and was read back.`, ...stack });
}

/** Every byte of it is there, and nothing was written since to what is left of the data. */
async function isWhole(work: Work, cloud: Cloud, { at, since }: Begun, places: readonly Place[]): Promise<boolean> {
  const archive = isArchive(at);
  if (archive && !existsSync(at)) return false;
  const dir = archive ? await unpackArchive(work, at) : at;
  try {
    const { checkExport, manifestFile, openExport, progressFile } = await work.deploy.carrying();
    const place = await placeAt(work, cloud, dir);
    if ((await place.size(manifestFile)) === undefined || (await place.size(progressFile)) !== undefined) return false;
    const source = await openExport(place);
    if (source.manifest.begun < since) return false;
    const pairs = await leftOf(work, cloud, source, places);
    if (!pairs) return false;
    await checkExport(source, source.manifest.stores, work);
    const { writtenSince } = await work.deploy.backups();
    const written = await writtenSince(cloud, source, pairs, work.signal);
    // What is gone since went with a deletion that was interrupted.
    return written.every(({ added, changed }) => added + changed === 0);
  } finally {
    if (archive) await dropUnpacked(work.paths, dir);
  }
}

/** Stores that are still there, each with its part of the export; undefined where one has none. */
async function leftOf(
  work: Work,
  cloud: Cloud,
  { manifest }: OpenExport,
  places: readonly Place[],
): Promise<[ExportedStore, Place][] | undefined> {
  const { describeStore } = await work.deploy.data();
  const pairs: [ExportedStore, Place][] = [];
  for (const place of places) {
    if (!(await describeStore(cloud, place))) continue;
    const from = manifest.stores.find(
      ({ app, kind, id }) => app === place.app && kind === place.kind && id === place.id,
    );
    if (!from) return undefined;
    pairs.push([from, place]);
  }
  return pairs;
}

/** Of several apps each has a place of its own below the one that was named. */
function placeFor({ request }: Work, name: string): string {
  const own = `${name}-export`;
  const { to = own } = request;
  if (to.startsWith("s3://")) return (request.apps ?? []).length > 1 ? `${to.replace(/\/+$/, "")}/${own}` : to;
  return (request.apps ?? []).length > 1 && to !== own ? join(resolve(request.cwd, to), own) : resolve(request.cwd, to);
}
