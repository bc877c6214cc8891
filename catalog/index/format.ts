/**
 * How an index is written and read. It is written in one way: one entry a line, sorted, so that two builds of the same
 * are the same bytes, a change is a line in a diff, and one entry is found without parsing the others. It is read as
 * somebody else's text: limits first, then every entry, and one that does not fit refuses the whole.
 */
import type { CatalogEntry, CatalogIndex } from "./entry.ts";
import { faults } from "./faults.ts";
import { headOf, isWrittenByUs } from "./lines.ts";
import { fields, fits, isEntry, limits, name } from "./rules.ts";

type Written = Record<string, unknown>;

/** The file's text; deterministic. Entries may come in any order. */
export function formatIndex({ name, serial, entries }: CatalogIndex): string {
  const head = headOf(name, serial);
  const lines = [...entries].sort(byId).map((entry) => JSON.stringify(written(entry)));
  return lines.length === 0 ? `${head}]}\n` : `${head}\n${lines.join(",\n")}\n]}\n`;
}

const byId = (a: CatalogEntry, b: CatalogEntry): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/** As it stands in the file: in one order, without what is understood when it is left out. */
function written({ sizeBytes, ...entry }: CatalogEntry): Written {
  const whole: Written = { ...entry, size: sizeBytes };
  if (whole["path"] === entry.id) delete whole["path"];
  return Object.fromEntries(
    Object.keys(fields).flatMap((field) => {
      const value = whole[field];
      return value === undefined || (Array.isArray(value) && value.length === 0) ? [] : [[field, value]];
    }),
  );
}

/** As the file has it, which has passed the checks. */
interface Line extends Omit<CatalogEntry, "path" | "tags" | "reach" | "runtimes" | "sizeBytes"> {
  path?: string;
  tags?: string[];
  reach?: string[];
  runtimes?: string[];
  size: number;
}

const none: string[] = [];

/** Field by field, so that ten thousand of them are of one shape and made quickly. */
function read(line: Line): CatalogEntry {
  return {
    id: line.id,
    version: line.version,
    title: line.title,
    tagline: line.tagline,
    tags: line.tags ?? none,
    license: line.license,
    repositoryId: line.repositoryId,
    commit: line.commit,
    path: line.path ?? line.id,
    digest: line.digest,
    reach: line.reach ?? none,
    level: line.level,
    runtimes: line.runtimes ?? none,
    sizeBytes: line.size,
  };
}

/** Throws `index-too-large`, `index-broken`, `index-newer`. */
export async function parseIndex(text: string): Promise<CatalogIndex> {
  const size = Buffer.byteLength(text);
  if (size > limits.bytes) throw faults.tooLarge(`${(size / 1024 ** 2).toFixed(1)} MiB`);
  const value = parsed(text);
  const { format, entries } = (value ?? {}) as { format?: unknown; entries?: unknown };
  if (typeof format === "number" && format > 1) throw faults.newer(format);
  if (Array.isArray(entries) && entries.length > limits.entries) throw faults.tooLarge(`${entries.length} entries`);
  if (!isWrittenByUs(text, value) && !isIndex(value)) await refuse(value);
  const index = value as { name: string; serial: number; entries: Line[] };
  const all = index.entries.map(read);
  if (!inOrder(all)) all.sort(byId);
  for (let at = 1; at < all.length; at++)
    if (all[at]!.id === all[at - 1]!.id) throw faults.broken("entries", `${all[at]!.id} is in it twice`);
  return { format: 1, name: index.name, serial: index.serial, entries: all };
}

const inOrder = (entries: CatalogEntry[]): boolean =>
  entries.every(({ id }, at) => at === 0 || entries[at - 1]!.id < id);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw faults.broken("", `it is not JSON: ${(cause as Error).message.slice(0, 120)}`);
  }
}

function isIndex(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const { format, name: called, serial, entries, ...rest } = value as Written;
  if (format !== 1 || !fits(name, called) || Object.keys(rest).length > 0 || !Array.isArray(entries)) return false;
  return Number.isSafeInteger(serial) && (serial as number) >= 1 && entries.every(isEntry);
}

/** The schema has the last word, and says the place. */
async function refuse(value: unknown): Promise<void> {
  const { misfit } = await import("./schema.ts");
  const found = misfit(value);
  if (found) throw faults.broken(found.at, found.message);
}

/** The names in such a text that begin so, in its order, without reading the entries. */
export function namesIn(text: string, prefix: string): string[] {
  if (!/^[a-z0-9-]*$/.test(prefix)) return [];
  return Array.from(text.matchAll(new RegExp(`^\\{"id":"(${prefix}[a-z0-9-]*)",`, "gm")), ([, id]) => id!);
}

/** The entry of this name in a text that formatIndex has written, without reading the others. */
export function entryIn(text: string, id: string): CatalogEntry | undefined {
  if (!fits(name, id)) return undefined;
  const start = text.indexOf(`\n{"id":"${id}",`);
  if (start === -1) return undefined;
  const line = text.slice(start + 1, text.indexOf("\n", start + 1));
  const value = parsed(line.replace(/,$/, ""));
  return isEntry(value) ? read(value as Line) : undefined;
}
