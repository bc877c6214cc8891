/** `data import`: an export comes back into apps that are there. It is checked whole before the first write. */
import { join } from "node:path";
import { findCloud } from "../clouds.ts";
import { cloudDir } from "../paths.ts";
import { inTurns, placeAt, placesIn, shortDigest } from "./data-places.ts";
import { atHome } from "./home.ts";
import { type End, emitStart, enterCloud, lockAll, type Work } from "./work.ts";

export async function dataImport(work: Work): Promise<End> {
  const { request, paths, deploy } = work;
  const config = await atHome(work, await findCloud(paths, request.cloud));
  const { openExport, targetsOf, importData, folderPlace } = await deploy.carrying();
  const source = await openExport(await placeAt(work, request.from ?? ""));
  const cloud = await enterCloud(work, config);
  const pairs = targetsOf(source.manifest.stores, await placesIn(work, cloud), request.into);
  const apps = [...new Set(pairs.map(([, { app }]) => app))];
  emitStart(work, config.name, apps);
  const release = await lockAll(work, config.name, apps);
  const own = cloudDir(paths, config.name);
  try {
    const imported = await inTurns(work, apps, request.dryRun ? "same" : "import", (emit) =>
      importData(cloud, source, pairs, {
        emit,
        signal: work.signal,
        dryRun: request.dryRun === true,
        ...(request.mode ? { mode: request.mode } : {}),
        notes: folderPlace(
          join(own, "imports", shortDigest([source.digest, pairs.map(([, { id }]) => id), request.mode])),
        ),
        before: (name) => folderPlace(join(own, "replaced", name)),
        attempt: request.id,
        typed: request.command,
        freehold: process.env.FREEHOLD_VERSION ?? "",
      }),
    );
    const stores = imported.map(({ store, kind, count, sizeBytes, had }) => ({ store, kind, count, sizeBytes, had }));
    const data = { at: source.place.at, stores, ...(request.dryRun ? { dryRun: true as const } : {}) };
    return { exitCode: 0, cloud: config.name, apps: [], data };
  } finally {
    release();
  }
}
