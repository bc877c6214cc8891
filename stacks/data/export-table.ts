/**
 * A table into lines: segments read at once, each into parts of bounded size, noted with the place where it goes on. In
 * memory are a few pages; items are not understood, only passed on.
 */
import { type ExportWork, noted, type PartNote } from "./export-progress.ts";
import { telling } from "./export-told.ts";
import type { TypedItem } from "./format/attribute.ts";
import type { TableSchema } from "./format/manifest.ts";
import { itemsFile } from "./format/names.ts";
import { patiently } from "./format/patience.ts";
import { put, type Writing } from "./format/place.ts";
import { type RawTables, rawTables } from "./format/wire.ts";
import type { TableStore } from "./stores.ts";

/**
 * So much of a table is asked for at once, by the size of the items before. DynamoDB's own pages are four times as large, and
 * of each segment there are two at a time, as bytes, as text and as items.
 */
const pageBytes = 256 * 1024;
/** Items, before their size is known. */
const firstPage = 50;

export async function exportTable(work: ExportWork, store: TableStore, folder: string): Promise<void> {
  const { segments } = work.progress.header.stores.find((one) => one.folder === folder)!;
  const own = (): PartNote[] => work.progress.notes.filter((one) => one.folder === folder);
  const told = telling(work.emit, store, "read");
  for (const { count, sizeBytes } of own()) told.more(count, sizeBytes);
  const tables = await rawTables(work.cloud);
  try {
    const schemaFile = `${folder}/schema.json`;
    if (!own().some(({ file }) => file?.path === schemaFile)) await writeSchema(work, store, folder, schemaFile);
    let part = own().filter(({ file, next }) => file && next !== undefined).length;
    // One that fails ends the others at their next page, so that none writes on when the export is over.
    const failed = new AbortController();
    const signal = AbortSignal.any([work.signal, failed.signal]);
    const results = await Promise.allSettled(
      Array.from({ length: segments }, async (_, segment) => {
        const last = own().findLast((one) => one.segment === segment && one.next !== undefined);
        if (last?.next === null) return;
        const place = { segment, segments, signal, ...(last?.next ? { after: last.next as TypedItem } : {}) };
        const nextPart = (): string => itemsFile(folder, ++part);
        await exportSegment({ work, tables, store, folder, nextPart, more: told.more }, place).catch((error) => {
          failed.abort();
          throw error;
        });
      }),
    );
    throwFirst(results);
    told.done();
  } catch (error) {
    told.failed(error);
    throw error;
  } finally {
    tables.close();
  }
}

/** What ended the others rather than what they ended with. */
function throwFirst(results: readonly PromiseSettledResult<void>[]): void {
  const reasons = results.flatMap((one) => (one.status === "rejected" ? [one.reason as Error] : []));
  const first = reasons.find(({ name }) => name !== "AbortError") ?? reasons[0];
  if (first) throw first;
}

async function writeSchema({ place, progress }: ExportWork, store: TableStore, folder: string, file: string) {
  const from = new Date().toISOString();
  const { id, key, indexes, ttl } = store;
  const schema: TableSchema = { table: id, key, indexes, ...(ttl ? { ttl } : {}) };
  const sum = await put(place, file, `${JSON.stringify(schema, null, 2)}\n`);
  await progress.add({ folder, segment: 0, file: noted(file, sum), count: 0, sizeBytes: 0, from, until: from });
}

interface Segment {
  work: ExportWork;
  tables: RawTables;
  store: TableStore;
  folder: string;
  nextPart: () => string;
  more: (count: number, bytes: number) => void;
}

interface Part {
  path: string;
  writing: Writing;
  count: number;
  bytes: number;
  from: string;
}

async function exportSegment(
  { work, tables, store, folder, nextPart, more }: Segment,
  begin: { segment: number; segments: number; after?: TypedItem; signal: AbortSignal },
): Promise<void> {
  const { signal, segment } = begin;
  let limit = firstPage;
  const scan = (after: TypedItem | undefined) => {
    const place = { ...begin, limit, ...(after ? { after } : {}) };
    const page = patiently(signal, () => tables.scan(store.id, place));
    // It is looked at when the page before it is written.
    page.catch(() => undefined);
    return page;
  };
  let part: Part | undefined;
  const finish = async (next: TypedItem | null): Promise<void> => {
    const until = new Date().toISOString();
    const { path, writing, count, bytes, from } = part ?? { count: 0, bytes: 0, from: until };
    part = undefined;
    const file = path && writing ? { file: noted(path, await writing.finish()) } : {};
    await work.progress.add({ folder, segment, ...file, count, sizeBytes: bytes, next, from, until });
  };
  try {
    let coming = scan(begin.after);
    for (;;) {
      const { items, sizeBytes, next } = await coming;
      signal.throwIfAborted();
      if (items.length > 0) limit = Math.max(1, Math.floor((pageBytes * items.length) / sizeBytes));
      if (next) coming = scan(next);
      if (items.length > 0) {
        part ??= await beginPart(work, nextPart());
        const text = Buffer.from(linesOf(items));
        await part.writing.write(text);
        part.count += items.length;
        part.bytes += text.length;
        more(items.length, text.length);
      }
      if (!next) return await finish(null);
      if (part && part.bytes >= work.part.bytes) await finish(next);
    }
  } finally {
    await part?.writing.abandon();
  }
}

async function beginPart({ place }: ExportWork, path: string): Promise<Part> {
  return { path, writing: await place.create(path), count: 0, bytes: 0, from: new Date().toISOString() };
}

function linesOf(items: readonly TypedItem[]): string {
  let text = "";
  for (const item of items) text += `${JSON.stringify(item)}\n`;
  return text;
}
