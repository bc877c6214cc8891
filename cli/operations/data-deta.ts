/**
 * `data import` of what Deta Space exported: each base into the table, each drive into the bucket of an app that has its
 * name, or into the only one there is. What fits nowhere is said, and nothing is written.
 */
import { createReadStream } from "node:fs";
import type { Cloud } from "../../stacks/cloud.ts";
import type { BucketStore, DetaExport, DetaPair, Place, TableStore } from "../../stacks/deploy.ts";
import { faults } from "../data-faults.ts";
import { ownersOf } from "../stores.ts";
import { inTurns, placesIn } from "./data-places.ts";
import { type End, emitStart, lockAll, type Work } from "./work.ts";

/** Throws `deta-app`, `deta-nowhere`, `rows-replace`, and what importing throws. */
export async function importDetaOf(work: Work, cloud: Cloud, found: DetaExport): Promise<End> {
  const { request, deploy, paths, signal } = work;
  const app = request.into;
  if (app === undefined || app.includes("/")) throw faults.detaApp();
  if (request.mode === "replace") throw faults.rowsReplace();
  emitStart(work, cloud.name, [app]);
  const release = await lockAll(work, cloud.name, [app]);
  try {
    const { importDeta, findStore } = await deploy.carrying();
    const owners = ownersOf(paths, cloud.name);
    const pairs: DetaPair[] = [];
    for (const { base, drive, to } of placed(found, app, await placesIn(work, cloud, [app]))) {
      const store = await findStore(cloud, owners, `${app}/${to.name}:${to.kind}`);
      if (base)
        pairs.push({
          kind: "base",
          source: { at: `bases/${base.name}.json`, form: "base", read: () => createReadStream(base.file) },
          store: store as TableStore,
        });
      else pairs.push({ kind: "drive", dir: found.dir, drive: drive!, store: store as BucketStore });
    }
    const stores = await inTurns(work, [app], request.dryRun ? "same" : "import", (emit) =>
      importDeta(cloud, pairs, {
        ...{ emit, signal, typed: request.command },
        merge: request.mode === "merge",
        dryRun: request.dryRun === true,
      }),
    );
    const data = { at: request.from ?? "", stores, ...(request.dryRun ? { dryRun: true as const } : {}) };
    return { exitCode: 0, cloud: cloud.name, apps: [], data };
  } finally {
    release();
  }
}

interface Placed {
  base?: DetaExport["bases"][number];
  drive?: DetaExport["drives"][number];
  to: Place;
}

/** Each into a store of its own: two into one would write over each other's keys. */
function placed(found: DetaExport, app: string, places: readonly Place[]): Placed[] {
  const into = (kind: Place["kind"], all: readonly { name: string }[]) => {
    const stores = places.filter((place) => place.kind === kind);
    return all.map(({ name }) => {
      const named = stores.filter((place) => slug(place.name) === slug(name));
      if (named.length === 1) return named[0];
      return stores.length === 1 && all.length === 1 ? stores[0] : undefined;
    });
  };
  const bases = into("table", found.bases);
  const drives = into("bucket", found.drives);
  const pairs = [
    ...found.bases.map((base, at) => ({ base, to: bases[at] })),
    ...found.drives.map((drive, at) => ({ drive, to: drives[at] })),
  ];
  const taken = (to: Place | undefined): boolean => pairs.filter((pair) => pair.to === to).length > 1;
  const lost = [
    ...found.bases
      .filter((_, at) => bases[at] === undefined || taken(bases[at]))
      .map(({ name }) => `bases/${name}.json`),
    ...found.drives
      .filter((_, at) => drives[at] === undefined || taken(drives[at]))
      .map(({ name }) => `drives/${name}`),
  ];
  if (lost.length > 0)
    throw faults.detaNowhere(
      app,
      lost,
      places.map(({ kind, name }) => `${kind} ${name}`),
    );
  return pairs as Placed[];
}

/** Bases are called by any letters; tables by small ones, digits and hyphens. */
const slug = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]+/g, "-");
