/**
 * Asks catalogs for their indexes, all at once and each for so long: one that is slow, broken, hostile or limited keeps
 * nobody else waiting, and its copy stays in use. An index that is older than the copy is refused. What a source is, and
 * how it is asked, is not known here.
 */
import { setTimeout as delay } from "node:timers/promises";
import { bug, Fault } from "../blueprints/fault.ts";
import { copyIsWhole, dropCopies, type Known, readKnown, stateOf, writeCopy, writeKnown } from "./cache.ts";
import { faults } from "./catalog-faults.ts";
import { addCatalog, bundled, type Catalog, type CatalogHome, checkNewName } from "./catalogs.ts";
import type { CatalogState } from "./documents.ts";
import type { CatalogIndex } from "./index/entry.ts";
import { parseIndex } from "./index/format.ts";
import type { CatalogSource, IndexText } from "./source.ts";

/** What is needed of a source here. */
export type IndexSource = Pick<CatalogSource, "readIndex" | "signedInWith">;

export interface Asking {
  home: CatalogHome;
  /** How a catalog is asked; throws faults. */
  open(catalog: Catalog): IndexSource | Promise<IndexSource>;
  /** Milliseconds; ten seconds when it is not said. */
  deadlineMs?: number;
  /** Milliseconds. */
  now(): number;
}

const usualDeadlineMs = 10_000;

/** The states afterwards, in the order given. What failed is in them; only what is a mistake of ours is thrown, at the end. */
export async function refreshCatalogs(catalogs: readonly Catalog[], asking: Asking): Promise<CatalogState[]> {
  const ends = await Promise.allSettled(catalogs.map((catalog) => refreshOne(catalog, asking)));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  return catalogs.map((catalog) => stateOf(asking.home, catalog, asking.now()));
}

async function refreshOne(catalog: Catalog, asking: Asking): Promise<void> {
  if (catalog.ref === bundled.ref) return;
  const { home } = asking;
  const before = readKnown(home, catalog);
  const askedAt = new Date(asking.now()).toISOString();
  try {
    writeKnown(home, catalog, await ask(catalog, before, askedAt, asking));
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const { code, summary, detail, next } = error;
    const until = untilOf(error);
    const failure = { at: askedAt, code, summary, detail, next, until };
    writeKnown(home, catalog, { ...(before ?? { format: 1, ref: catalog.ref }), askedAt, failure });
    return;
  }
  const used = readKnown(home, catalog)?.copy?.file;
  if (used) dropCopies(home, catalog, used, before?.copy?.file);
}

/** ISO 8601, of faults that say when to ask again. */
function untilOf(error: Fault): string | undefined {
  const { until } = error as { until?: unknown };
  return typeof until === "string" ? until : undefined;
}

async function ask(catalog: Catalog, before: Known | undefined, askedAt: string, asking: Asking): Promise<Known> {
  const { home } = asking;
  const source = await asking.open(catalog);
  const usable = copyIsWhole(home, catalog, before);
  const previous = { validators: usable ? before!.copy!.validators : {}, repositoryId: catalog.repositoryId };
  const answer = await within(asking.deadlineMs ?? usualDeadlineMs, source.readIndex(previous));
  const told = { format: 1 as const, ref: catalog.ref, askedAt, checkedAt: askedAt, token: source.signedInWith() };
  if (answer.unchanged) return { ...told, copy: before?.copy };
  const index = await parseIndex(answer.text);
  if (before?.copy && index.serial < before.copy.serial)
    throw faults.rolledBack(catalog.name, index.serial, before.copy.serial);
  return { ...told, copy: copyOf(home, catalog, index, answer) };
}

function copyOf(home: CatalogHome, catalog: Catalog, index: CatalogIndex, answer: IndexText): Known["copy"] {
  const { commit, repository, repositoryId, validators } = answer;
  const file = writeCopy(home, catalog, index);
  const { serial, entries } = index;
  return { file, entries: entries.length, serial, validators, commit, repository, repositoryId };
}

/**
 * Reads a catalog that is not known yet, and makes it known: under `name`, or the one it gives itself. What cannot be
 * read is not added. Throws what the source, the index and the list of catalogs throw.
 */
export async function learnCatalog(ref: string, name: string | undefined, asking: Asking): Promise<CatalogState> {
  const { home } = asking;
  if (name !== undefined) await checkNewName(home, name);
  const source = await asking.open({ name: name ?? "", ref });
  const answer = await within(asking.deadlineMs ?? usualDeadlineMs, source.readIndex());
  if (answer.unchanged) throw bug("a catalog that was never read says that it has not changed");
  const index = await parseIndex(answer.text);
  const catalog: Catalog = { name: name ?? index.name, ref, repositoryId: answer.repositoryId };
  await checkNewName(home, catalog.name);
  const askedAt = new Date(asking.now()).toISOString();
  const copy = copyOf(home, catalog, index, answer);
  writeKnown(home, catalog, { format: 1, ref, askedAt, checkedAt: askedAt, token: source.signedInWith(), copy });
  await addCatalog(home, catalog);
  return stateOf(home, catalog, asking.now());
}

/** What takes longer is left to end by itself; its answer is not used. */
async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const ended = new AbortController();
  const late = delay(ms, undefined, { signal: ended.signal, ref: true }).then(() => {
    throw faults.tooSlow(ms / 1000);
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    ended.abort();
    work.catch(() => undefined);
  }
}
