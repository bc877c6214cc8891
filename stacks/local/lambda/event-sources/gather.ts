/** The next batch of a lane: records that the mapping's filters let through, up to its size and a payload's. */
import type { StreamEvent, StreamReader } from "../../service.ts";
import { payloadLimitBytes } from "../invoke.ts";
import { compilePattern } from "./pattern.ts";
import type { MappingRecord } from "./records.ts";

export interface Batch {
  events: StreamEvent[];
  /** Everything up to here is in the batch, or was let pass by the filters. */
  position: number;
  bytes: number;
  /** No more fits, whatever comes. */
  full: boolean;
}

/** `{"Records":[…]}` around the records. */
const envelopeBytes = 14;
const readAtOnce = 1000;
const readBytes = 4 * 1024 * 1024;

export const emptyBatch = (position: number): Batch => ({ events: [], position, bytes: envelopeBytes, full: false });

const tests = new WeakMap<readonly string[], (event: unknown) => boolean>();

/** Compiled once for each list, which is replaced when it changes. */
function filterOf({ filters }: MappingRecord): (event: unknown) => boolean {
  const known = tests.get(filters);
  if (known) return known;
  const compiled = filters.map(compilePattern);
  const made = (event: unknown): boolean => compiled.some((test) => test(event));
  tests.set(filters, made);
  return made;
}

/** Adds to the batch what has come since. False: there is no such stream any longer. */
export function gather(reader: StreamReader, mapping: MappingRecord, lane: number, batch: Batch): boolean {
  const fits = filterOf(mapping);
  const share = { of: mapping.parallelization, index: lane };
  while (!batch.full) {
    const most = Math.min(
      readAtOnce,
      mapping.filters.length > 0 ? readAtOnce : mapping.batchSize - batch.events.length,
    );
    const found = reader.read(mapping.sourceArn, batch.position, { most, mostBytes: readBytes, share });
    if (!found) return false;
    if (found.length === 0) return true;
    for (const event of found) {
      if (mapping.filters.length === 0 || fits(JSON.parse(event.text))) {
        const bytes = Buffer.byteLength(event.text) + 1;
        batch.full = batch.events.length > 0 && batch.bytes + bytes > payloadLimitBytes;
        if (batch.full) return true;
        batch.events.push(event);
        batch.bytes += bytes;
      }
      batch.position = event.position;
      batch.full = batch.events.length >= mapping.batchSize;
      if (batch.full) return true;
    }
  }
  return true;
}
