/** `data import`: an export comes back into apps that are there. It is checked whole before the first write. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Cloud } from "../../stacks/cloud.ts";
import type { DetaExport, ExportedStore, ExportPlace, OpenExport, Place } from "../../stacks/deploy.ts";
import type { CarriedData } from "../../stacks/events.ts";
import { findCloud } from "../clouds.ts";
import { faults } from "../data-faults.ts";
import { cloudDir } from "../paths.ts";
import { dropUnpacked, isArchive, unpackArchive } from "./data-archive.ts";
import { importDetaOf } from "./data-deta.ts";
import { inTurns, placeAt, placesIn, shortDigest } from "./data-places.ts";
import { importFile, type RowsForm, rowsForm } from "./data-rows.ts";
import { atHome } from "./home.ts";
import type { OperationRequest } from "./request.ts";
import { type End, emitStart, enterCloud, lockAll, type Work } from "./work.ts";

export async function dataImport(work: Work): Promise<End> {
  const { request, paths, deploy } = work;
  const config = await atHome(work, await findCloud(paths, request.cloud));
  const { openExport, targetsOf } = await deploy.carrying();
  const cloud = await enterCloud(work, config);
  const form = rowsForm(request.from ?? "");
  if (form) return importRowsOf(work, cloud, form);
  const place = await sourceOf(work, cloud);
  const deta = (request.from ?? "").startsWith("s3://") ? undefined : await detaIn(work, place);
  if (deta) return importDetaOf(work, cloud, deta);
  const source = await openExport(place);
  const pairs = targetsOf(source.manifest.stores, await placesIn(work, cloud), request.into);
  const apps = [...new Set(pairs.map(([, { app }]) => app))];
  emitStart(work, config.name, apps);
  const release = await lockAll(work, config.name, apps);
  try {
    const stores = await importInto(work, cloud, source, pairs);
    if (!request.dryRun) await dropUnpacked(paths, source.place.at);
    const data = { at: request.from ?? "", stores, ...(request.dryRun ? { dryRun: true as const } : {}) };
    return { exitCode: 0, cloud: config.name, apps: [], data };
  } finally {
    release();
  }
}

/** Some stores of an export into those of a cloud; the caller holds their apps. */
export async function importInto(
  work: Work,
  cloud: Cloud,
  source: OpenExport,
  pairs: readonly [ExportedStore, Place][],
  { mode, dryRun = false }: Pick<OperationRequest, "mode" | "dryRun"> = work.request,
): Promise<CarriedData["stores"]> {
  const { importData, folderPlace } = await work.deploy.carrying();
  const own = cloudDir(work.paths, cloud.name);
  const apps = [...new Set(pairs.map(([, { app }]) => app))];
  const imported = await inTurns(work, apps, dryRun ? "same" : "import", (emit) =>
    importData(cloud, source, pairs, {
      emit,
      signal: work.signal,
      dryRun,
      ...(mode ? { mode } : {}),
      notes: folderPlace(join(own, "imports", shortDigest([source.digest, pairs.map(([, { id }]) => id), mode]))),
      before: (name) => folderPlace(join(own, "replaced", name)),
      attempt: work.request.id,
      typed: work.request.command,
      freehold: process.env.FREEHOLD_VERSION ?? "",
    }),
  );
  return imported.map(({ store, kind, count, sizeBytes, had }) => ({ store, kind, count, sizeBytes, had }));
}

async function importRowsOf(work: Work, cloud: Cloud, form: RowsForm): Promise<End> {
  const [app = ""] = (work.request.into ?? "").split("/");
  emitStart(work, cloud.name, [app]);
  const release = await lockAll(work, cloud.name, [app]);
  try {
    return await importFile(work, cloud, form);
  } finally {
    release();
  }
}

/** Undefined where a manifest says that it is an export of ours. */
async function detaIn({ deploy }: Work, place: ExportPlace): Promise<DetaExport | undefined> {
  const { openDeta, manifestFile } = await deploy.carrying();
  return (await place.size(manifestFile)) === undefined ? openDeta(place.at) : undefined;
}

/** A folder, an archive, or a bucket. */
async function sourceOf(work: Work, cloud: Cloud): Promise<ExportPlace> {
  const from = work.request.from ?? "";
  const file = resolve(work.request.cwd, from);
  if (from.startsWith("s3://")) return placeAt(work, cloud, from);
  if (!existsSync(file)) throw faults.noSource(file);
  if (/\.zip$/i.test(from)) throw faults.zip(file);
  return placeAt(work, cloud, isArchive(from) ? await unpackArchive(work, file) : file);
}
