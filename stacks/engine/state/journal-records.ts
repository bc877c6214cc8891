/** A journal's records as lines of text, each with its checksum. Knows nothing of what they mean, or where they lie. */
import { crc32 } from "node:zlib";
import { errors } from "./errors.ts";

export type JournalRecord =
  | { t: "base"; format: 1; digest: string | null }
  | { t: "begin"; op: number; type: string; resource: object; intentKey?: string }
  | { t: "done"; op?: number; resource: object | null; replaces: string | null }
  | { t: "failed"; op: number }
  | { t: "settled"; index: number }
  | { t: "fold"; digest: string };

export function encodeRecord(record: JournalRecord): string {
  return encodeText(JSON.stringify(record));
}

/** `text` is a record's JSON. */
export function encodeText(text: string): string {
  return `${crc32(text).toString(16).padStart(8, "0")} ${text}\n`;
}

/**
 * Drops a torn end and refuses damage before it. Undefined when there is not one whole record: then no call had been
 * announced.
 */
export function decodeRecords(file: string, text: string): { records: JournalRecord[]; torn: boolean } | undefined {
  const records: JournalRecord[] = [];
  let offset = 0;
  let brokenAt: number | undefined;
  for (const part of text.split("\n")) {
    const record = parse(part);
    if (record && brokenAt !== undefined) throw errors.journalDamaged(file, brokenAt);
    if (record) records.push(record);
    else if (part !== "") brokenAt ??= offset;
    offset += Buffer.byteLength(part) + 1;
  }
  const torn = brokenAt !== undefined;
  return records.length === 0 ? undefined : { records, torn };
}

/** What can be read of a damaged journal: the records before the damage, and the whole ones after it. */
export function salvageRecords(text: string): { before: JournalRecord[]; after: JournalRecord[] } {
  const before: JournalRecord[] = [];
  const after: JournalRecord[] = [];
  let broken = false;
  for (const part of text.split("\n")) {
    const record = parse(part);
    broken ||= record === undefined;
    if (record) (broken ? after : before).push(record);
  }
  return { before, after };
}

function parse(part: string): JournalRecord | undefined {
  const text = part.slice(9);
  if (!/^[0-9a-f]{8} \{/.test(part) || crc32(text) !== Number.parseInt(part.slice(0, 8), 16)) return undefined;
  return JSON.parse(text);
}
