/** `data export`: what apps keep becomes files. Nothing in the cloud is changed; the same command goes on after an interruption. */
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { resolve } from "node:path";
import type { Cloud } from "../../stacks/cloud.ts";
import type { ExportedApp, ExportPlace, Manifest, Place } from "../../stacks/deploy.ts";
import type { CarriedData } from "../../stacks/events.ts";
import { type CloudConfig, findCloud } from "../clouds.ts";
import { faults as dataFaults } from "../data-faults.ts";
import { faults } from "../errors.ts";
import { readApp } from "../registry.ts";
import { isArchive } from "./data-archive.ts";
import { appsMeant, inTurns, placeAt, placesIn, shortDigest } from "./data-places.ts";
import { exportFile } from "./data-rows.ts";
import { atHome } from "./home.ts";
import { type End, emitStart, enterCloud, lockAll, type Work } from "./work.ts";

export async function dataExport(work: Work): Promise<End> {
  const { request, paths } = work;
  const config = await atHome(work, await findCloud(paths, request.cloud));
  if (/\.csv$/i.test(request.to ?? "")) return exportOneTable(work, config);
  const apps = appsMeant(work, config.name);
  emitStart(work, config.name, apps);
  const to = request.to ?? `${request.all ? config.name : apps.join("-")}-export`;
  const at = to.startsWith("s3://") ? to : resolve(request.cwd, to);
  // Two at one place would write into each other's files.
  const release = await lockAll(work, config.name, [`export-${shortDigest(at)}`]);
  try {
    const cloud = await enterCloud(work, config);
    const places = await placesIn(work, cloud, apps);
    if (places.length === 0) throw faults.noData(request.all ? config.name : apps.join(", "));
    const manifest = await exportTo(work, cloud, places, at);
    return { exitCode: 0, cloud: config.name, apps: [], data: carried(at, manifest) };
  } finally {
    release();
  }
}

async function exportOneTable(work: Work, config: CloudConfig): Promise<End> {
  const { request } = work;
  const [said, ...more] = request.apps ?? [];
  if (request.all || more.length > 0) throw dataFaults.rowsTable();
  emitStart(work, config.name, [said ?? ""]);
  return exportFile(work, await enterCloud(work, config), said, resolve(request.cwd, request.to ?? ""));
}

/** `at`: an absolute path, an archive's, too, or an address of a bucket. */
export async function exportTo(
  work: Work,
  cloud: Cloud,
  places: readonly Place[],
  at: string,
  o: { verify?: true } = {},
): Promise<Manifest> {
  const { bucketAddress } = await work.deploy.carrying();
  const bucket = bucketAddress(at)?.bucket;
  if (places.some(({ id }) => id === bucket)) throw dataFaults.intoItself(bucket!);
  if (!isArchive(at)) {
    const place = await placeAt(work, cloud, at);
    const manifest = await exportPlaces(work, cloud, places, place);
    if (o.verify) await readBack(work, place);
    return manifest;
  }
  if (existsSync(at))
    throw dataFaults.exportTaken(
      at,
      `freehold data export ${[...new Set(places.map(({ app }) => app))].join(" ")} --to ANOTHER.tar.gz`,
    );
  return exportArchive(work, cloud, places, at);
}

/** Every byte, as an import would. */
async function readBack({ deploy, emit, signal }: Work, place: ExportPlace): Promise<void> {
  const { checkExport, openExport } = await deploy.carrying();
  const source = await openExport(place);
  await checkExport(source, source.manifest.stores, { emit, signal });
}

/** By a folder beside, which is gone when it is packed; packing compares every byte with its sum. */
async function exportArchive(work: Work, cloud: Cloud, places: readonly Place[], file: string): Promise<Manifest> {
  const { folderPlace, openExport, packExport, manifestFile } = await work.deploy.carrying();
  const dir = `${file}.parts`;
  const place = folderPlace(dir);
  const whole = (await place.size(manifestFile)) !== undefined;
  // Packing was interrupted: then the folder is what is to be packed.
  if (!whole) await exportPlaces(work, cloud, places, place);
  const source = await openExport(place);
  work.emit({ type: "note", level: "info", message: `Packing ${file}` });
  await packExport(cloud, source, file, work.signal);
  await rm(dir, { recursive: true, force: true });
  return source.manifest;
}

/** Some stores of a cloud, to a place. */
export async function exportPlaces(
  work: Work,
  cloud: Cloud,
  places: readonly Place[],
  place: ExportPlace,
): Promise<Manifest> {
  const { exportData } = await work.deploy.carrying();
  const apps = [...new Set(places.map(({ app }) => app))];
  const about = await Promise.all(apps.map((app) => aboutApp(work, cloud, app)));
  return inTurns(work, apps, "read", (emit) =>
    exportData(cloud, places, place, {
      emit,
      signal: work.signal,
      apps: about.flat(),
      freehold: process.env.FREEHOLD_VERSION ?? "",
      next: `freehold data export ${work.request.all ? "--all" : apps.join(" ")} --to ${resolve(work.request.cwd, "another-folder")}`,
    }),
  );
}

/** What the manifest says of it: nothing secret. */
export async function aboutApp({ paths, deploy }: Work, cloud: Cloud, name: string): Promise<ExportedApp[]> {
  const app = readApp(paths, cloud.name, name);
  if (!app) return [];
  const { blueprint, version, digest, settings } = app;
  return [{ name, blueprint, version, digest, settings, secrets: await deploy.listSecrets(cloud, name) }];
}

export const carried = (at: string, { stores }: Manifest): CarriedData => ({
  at,
  stores: stores.map(({ app, name, kind, count, sizeBytes }) => ({ store: `${app}/${name}`, kind, count, sizeBytes })),
});
