/**
 * What of an export is whole: a line each part, written when the part is. From it the same command goes on, and the
 * manifest is made of it. A folder that has anything else in it is left alone.
 */
import { z } from "zod";
import type { Cloud } from "../cloud.ts";
import type { Emit } from "../events.ts";
import { faults } from "./format/faults.ts";
import { type ExportedFile, type ExportedStore, format } from "./format/manifest.ts";
import { isExportPath, manifestFile, progressFile } from "./format/names.ts";
import { type ExportPlace, put, type Sum, textOf } from "./format/place.ts";

const place = z.object({
  folder: z.string(),
  id: z.string(),
  /** Into how many a table is divided. */
  segments: z.number().int().positive(),
});

const header = z.object({
  format: z.literal(format),
  cloud: z.string(),
  begun: z.iso.datetime(),
  stores: z.array(place),
});

const note = z.object({
  folder: z.string(),
  segment: z.number().int().nonnegative(),
  file: z.object({ path: z.string(), sizeBytes: z.number(), sha256: z.string() }).optional(),
  count: z.number().int().nonnegative(),
  sizeBytes: z.number().int().nonnegative(),
  /** Files of objects so far. */
  objects: z.number().int().nonnegative().optional(),
  /** Where this segment goes on; null at its end; left out where the note is about no segment. */
  next: z.record(z.string(), z.any()).nullable().optional(),
  from: z.iso.datetime(),
  until: z.iso.datetime(),
});

export type ProgressHeader = z.infer<typeof header>;
export type PartNote = z.infer<typeof note>;

export interface Progress {
  header: ProgressHeader;
  notes: readonly PartNote[];
  add(note: PartNote): Promise<void>;
}

/** What every part of an export has in hand. */
export interface ExportWork {
  cloud: Cloud;
  place: ExportPlace;
  progress: Progress;
  emit: Emit;
  signal: AbortSignal;
  part: PartSize;
}

export interface PartSize {
  /** Of a table's items. */
  bytes: number;
  /** Of a bucket. */
  objects: number;
  objectBytes: number;
}

/** Begins, or goes on where the last attempt ended. Throws `export-taken`. */
export async function openProgress(at: ExportPlace, asked: ProgressHeader, next: string): Promise<Progress> {
  const before = await textOf(at, progressFile);
  if (before === undefined) {
    for await (const path of at.list()) throw faults.taken(at.at, `has ${JSON.stringify(path)} in it already`, next);
    await at.append(progressFile, JSON.stringify(asked));
    return progress(at, asked, []);
  }
  const [begun, ...notes] = readLines(before);
  const known = header.safeParse(begun);
  if (!known.success) throw faults.taken(at.at, `has a ${progressFile} that is none of ours`, next);
  const stores = ({ stores }: ProgressHeader): string => JSON.stringify(stores.map(({ folder, id }) => [folder, id]));
  if (known.data.cloud !== asked.cloud || stores(known.data) !== stores(asked))
    throw faults.taken(at.at, "has an export of something else that is not finished", next);
  const whole = notes.map((one) => note.parse(one));
  await clean(at, whole);
  // What a kill cut off in the middle of a line would be the beginning of the next one.
  const text = [known.data, ...whole].map((line) => `${JSON.stringify(line)}\n`).join("");
  if (text !== before) await put(at, progressFile, text);
  return progress(at, known.data, whole);
}

function progress(at: ExportPlace, header: ProgressHeader, notes: PartNote[]): Progress {
  // Segments are at it at once, and lines come one after the other.
  let last: Promise<unknown> = Promise.resolve();
  return {
    header,
    notes,
    add(one) {
      const added = last.then(async () => {
        await at.append(progressFile, JSON.stringify(one));
        notes.push(one);
      });
      last = added.catch(() => undefined);
      return added;
    },
  };
}

/** Up to the first line that is not whole. */
function readLines(text: string): unknown[] {
  const lines: unknown[] = [];
  for (const line of text.split("\n").slice(0, -1)) {
    try {
      lines.push(JSON.parse(line));
    } catch {
      break;
    }
  }
  return lines;
}

/** Of what was begun and not noted nothing stays. */
async function clean(at: ExportPlace, notes: readonly PartNote[]): Promise<void> {
  const kept = new Set(notes.flatMap(({ file }) => file?.path ?? []));
  const objects = new Map<string, number>();
  for (const { folder, objects: count } of notes) if (count !== undefined) objects.set(folder, count);
  for await (const path of at.list()) {
    if (kept.has(path) || path === progressFile || path === manifestFile) continue;
    const [, folder = "", number = ""] = /^(.*)\/objects\/\d+\/(\d+)[^/]*$/.exec(path) ?? [];
    const whole = Number(number) <= (objects.get(folder) ?? 0) && !path.endsWith(".partial");
    if (number !== "" && whole) continue;
    if (isExportPath(path.replace(/\.partial$/, "")) || path === `${progressFile}.partial`) await at.remove(path);
  }
}

/** Of what the notes say: files, and each store with counts and times. */
export function summed(
  { header, notes }: Progress,
  stores: readonly Pick<ExportedStore, "app" | "kind" | "name" | "id" | "folder">[],
): { files: ExportedFile[]; stores: ExportedStore[] } {
  const files = notes.flatMap(({ file }) => file ?? []).sort((a, b) => (a.path < b.path ? -1 : 1));
  return {
    files,
    stores: stores.map((store) => {
      const own = notes.filter(({ folder }) => folder === store.folder);
      const total = (of: (one: PartNote) => number): number => own.reduce((sum, one) => sum + of(one), 0);
      return {
        ...store,
        count: total(({ count }) => count),
        sizeBytes: total(({ sizeBytes }) => sizeBytes),
        from: own.map(({ from }) => from).sort()[0] ?? header.begun,
        until:
          own
            .map(({ until }) => until)
            .sort()
            .at(-1) ?? header.begun,
      };
    }),
  };
}

export const noted = (path: string, sum: Sum): ExportedFile => ({ path, ...sum });
