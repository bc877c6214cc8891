/**
 * The data that lies beside a snapshot, into what was brought up of it. Before anything every byte is compared with its
 * digest. What is new here is filled; a store that has a part of it gets the rest; one that differs stays as it is, and is
 * told. At the end each is compared with what the snapshot has, item by item. The same command goes on after any end.
 */
import { dirname, join } from "node:path";
import { Fault } from "../../blueprints/fault.ts";
import type { Cloud } from "../../stacks/cloud.ts";
import type { Arrived, ExportedStore, OpenExport, Place } from "../../stacks/deploy.ts";
import type { CarriedData } from "../../stacks/events.ts";
import { cloudIn, elsewhere } from "../elsewhere.ts";
import { readJson, writeJson } from "../files.ts";
import { cloudDir } from "../paths.ts";
import { readApp } from "../registry.ts";
import { dataFolder, type Snapshot } from "../snapshot.ts";
import { snapshotFaults } from "../snapshot-errors.ts";
import { readThings } from "../things.ts";
import { sizeWords } from "../ui/size.ts";
import { many } from "../ui/table.ts";
import { importInto } from "./data-import.ts";
import { inTurns, placesIn, shortDigest, things } from "./data-places.ts";
import type { End, Work } from "./work.ts";

/** Undefined of a snapshot without data. Asks no cloud. Throws `snapshot-broken`. */
export async function openData(work: Work, file: string, { data }: Snapshot): Promise<OpenExport | undefined> {
  if (!data) return undefined;
  const { folderPlace, openExport } = await work.deploy.carrying();
  const at = join(dirname(file), dataFolder);
  const source = await openExport(folderPlace(at)).catch((error: unknown) => {
    throw error instanceof Fault ? snapshotFaults.noData(file, error) : error;
  });
  if (`sha256:${source.digest}` !== data.manifest) throw snapshotFaults.otherData(at);
  return source;
}

/** Throws `data-broken`. */
export async function checkData(work: Work, source: OpenExport): Promise<void> {
  const { checkExport } = await work.deploy.carrying();
  const { stores } = source.manifest;
  await inTurns(work, [...new Set(stores.map(({ app }) => app))], "same", (emit) =>
    checkExport(source, stores, { emit, signal: work.signal }),
  );
}

/** One app's, or one thing's: what is filled together, and stays together. */
interface Share {
  /** `notes`, `things/readings` */
  name: string;
  pairs: [ExportedStore, Place][];
}

type Told = CarriedData["stores"][number];

/** What it is that would come. */
export function tellData({ emit }: Work, { manifest }: OpenExport): void {
  for (const { app, name, kind, count, sizeBytes } of manifest.stores) {
    const what = many(count, kind === "table" ? "item" : "object");
    emit({ type: "note", level: "info", message: `Data of ${app}/${name} comes: ${what}, ${sizeWords(sizeBytes)}` });
  }
}

/**
 * Where nothing else is missing: what is here beside what the snapshot has. Undefined where something of it would be written,
 * which wants a yes.
 */
export async function dataIsHere(work: Work, cloud: Cloud, source: OpenExport): Promise<CarriedData | undefined> {
  const { shares, homeless } = await sharesOf(work, cloud, source);
  if (readFresh(work, cloud, source).length > 0) return undefined;
  const stores: Told[] = [];
  for (const share of shares) {
    const found = await comparedWith(work, cloud, source, share);
    if (isPartOfIt(found)) return undefined;
    if (differs(found)) tellStays(work, source, share);
    stores.push(...told(share, found, { stays: true }));
  }
  tellHomeless(work, source, homeless);
  return { at: source.place.at, stores };
}

/** `bringUp`: apps and things first, since data goes into what they made. */
export async function bringData(
  work: Work,
  cloud: Cloud,
  source: OpenExport,
  said: Snapshot,
  bringUp: () => Promise<End>,
): Promise<End> {
  const fresh = beginFresh(work, cloud, source, said);
  const end = await bringUp();
  const { shares, homeless } = await sharesOf(work, cloud, source);
  const stores: Told[] = [];
  let failed = false;
  for (const share of shares) {
    try {
      const filled = await fill(work, cloud, source, share, fresh.includes(share.name));
      stores.push(...filled.stores);
      if (!filled.whole) failed = true;
      dropFresh(work, cloud, source, share.name);
    } catch (error) {
      if (!(error instanceof Fault) || work.signal.aborted || shares.length === 1) throw error;
      const { exitCode: _, ...wire } = elsewhere(error, cloudIn(work.request.command)).toJSON();
      work.emit({ type: "error", ...wire });
      failed = true;
    }
  }
  tellHomeless(work, source, homeless);
  return { ...end, exitCode: failed ? 7 : end.exitCode, data: { at: source.place.at, stores } };
}

/** `whole`: what was written is here just so, and what was not written was not to be. */
async function fill(
  work: Work,
  cloud: Cloud,
  source: OpenExport,
  share: Share,
  fresh: boolean,
): Promise<{ stores: Told[]; whole: boolean }> {
  if (!fresh) {
    const found = await comparedWith(work, cloud, source, share);
    if (!isPartOfIt(found)) {
      if (differs(found)) tellStays(work, source, share);
      return { stores: told(share, found, { stays: true }), whole: true };
    }
  }
  // What an app that has just come up wrote of itself is written over: nobody had it yet.
  await importInto(work, cloud, source, share.pairs, { mode: "merge" });
  work.emit({ type: "note", level: "info", message: `Comparing what arrived of ${share.name}.` });
  const found = await comparedWith(work, cloud, source, share);
  const whole = !differs(found);
  if (!whole) tellNotWhole(work, share, found);
  return { stores: told(share, found), whole };
}

const comparedWith = async (work: Work, cloud: Cloud, source: OpenExport, { pairs }: Share): Promise<Arrived[]> => {
  const { arrivedOf } = await work.deploy.carrying();
  const all: Arrived[] = [];
  for (const pair of pairs) all.push(await arrivedOf(cloud, source, pair, work.signal));
  return all;
};

/** Something is missing, and nothing else is there: an earlier attempt, on whichever computer, was cut off, or nothing came. */
const isPartOfIt = (found: readonly Arrived[]): boolean =>
  found.some(({ missing }) => missing > 0) && found.every(({ changed, more }) => changed + more === 0);

const differs = (found: readonly Arrived[]): boolean => found.some(({ changed, missing }) => changed + missing > 0);

const told = ({ pairs }: Share, found: readonly Arrived[], o: { stays?: true } = {}): Told[] =>
  pairs.map(([{ kind, count, sizeBytes }, { app, name }], at) => {
    const arrived = found[at]!;
    const stays = o.stays && arrived.changed + arrived.missing > 0 ? { stays: true as const } : {};
    return { store: `${app}/${name}`, kind, count, sizeBytes, arrived, ...stays };
  });

function tellStays({ emit }: Work, { place }: OpenExport, { name }: Share): void {
  const into = name.startsWith(`${things}/`) ? things : name;
  const message = `The data of ${name} is here and differs: it stays. To write over it: freehold data import ${place.at} ${into} --merge, or --replace, which keeps a copy`;
  emit({ type: "note", level: "warning", message });
}

function tellNotWhole({ emit }: Work, { name, pairs }: Share, found: readonly Arrived[]): void {
  const parts = found.flatMap(({ changed, missing }, at) =>
    changed + missing === 0 ? [] : [`${pairs[at]![1].name}: ${missing} missing, ${changed} otherwise`],
  );
  const message = `Not all of ${name} is as the snapshot has it (${parts.join("; ")}). The app may have changed it since.`;
  emit({ type: "note", level: "warning", message });
}

/** Of apps that are not here: kept in the cloud that the snapshot is of, or not come up. */
function tellHomeless({ emit }: Work, { place }: OpenExport, names: readonly string[]): void {
  for (const name of names) {
    const message = `The data of ${name} has nowhere to go here. Once there is such an app: freehold data import ${place.at} ${name}`;
    emit({ type: "note", level: "warning", message });
  }
}

const shareName = ({ app, name }: Pick<ExportedStore, "app" | "name">): string =>
  app === things ? `${things}/${name}` : app;

async function sharesOf(work: Work, cloud: Cloud, { manifest }: OpenExport) {
  const places = await placesIn(work, cloud);
  const { describeStore } = await work.deploy.data();
  const shares = new Map<string, Share>();
  const homeless = new Set<string>();
  for (const from of manifest.stores) {
    const name = shareName(from);
    const to = places.find((one) => one.app === from.app && one.kind === from.kind && one.name === from.name);
    if (!to || !(await describeStore(cloud, to))) homeless.add(name);
    else {
      const share = shares.get(name) ?? { name, pairs: [] };
      share.pairs.push([from, to]);
      shares.set(name, share);
    }
  }
  return { shares: [...shares.values()], homeless: [...homeless] };
}

/** What was not here when this snapshot was first brought up, and is not filled yet. */
const freshFile = ({ paths }: Work, cloud: Cloud, { digest }: OpenExport): string =>
  join(cloudDir(paths, cloud.name), "imports", `apply-${shortDigest(digest)}.json`);

const readFresh = (work: Work, cloud: Cloud, source: OpenExport): string[] =>
  readJson<{ fresh: string[] }>(freshFile(work, cloud, source))?.fresh ?? [];

/** Written before anything comes up: an app that has begun is no proof that its data was never anybody's. */
function beginFresh(work: Work, cloud: Cloud, source: OpenExport, said: Snapshot): string[] {
  const before = readJson<{ fresh: string[] }>(freshFile(work, cloud, source));
  if (before) return before.fresh;
  const listed = readThings(work.paths, cloud.name);
  const here = new Set([...(listed?.things ?? []), ...(listed?.begun ? [listed.begun] : [])].map(({ name }) => name));
  const comes = [
    ...said.apps
      .filter(({ name, state }) => state === "running" && !readApp(work.paths, cloud.name, name))
      .map(({ name }) => name),
    ...said.things
      // What was adopted had data of its own.
      .filter(({ name, state, adopted }) => state === "running" && adopted === undefined && !here.has(name))
      .map(({ name }) => `${things}/${name}`),
  ];
  const filled = new Set(source.manifest.stores.map(shareName));
  const fresh = comes.filter((name) => filled.has(name));
  writeJson(freshFile(work, cloud, source), { fresh });
  return fresh;
}

function dropFresh(work: Work, cloud: Cloud, source: OpenExport, name: string): void {
  const left = readFresh(work, cloud, source).filter((one) => one !== name);
  writeJson(freshFile(work, cloud, source), { fresh: left });
}
