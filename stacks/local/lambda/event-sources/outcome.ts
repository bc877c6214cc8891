/** What a function's answer says of its batch, where it may report single records as failed. */
import type { StreamEvent } from "../../service.ts";

/**
 * Which record of the batch is to be sent again, with all behind it: their number when none is, 0 when the report cannot
 * be understood.
 */
export function firstFailure(batch: readonly StreamEvent[], payload: Buffer): number {
  const failures = failuresIn(payload);
  if (failures === undefined) return 0;
  const places = failures.map((failure) => batch.findIndex(({ sequenceNumber }) => sequenceNumber === failure));
  return places.includes(-1) ? 0 : Math.min(batch.length, ...places);
}

/** Undefined: there is a report, and it is wrong. */
function failuresIn(payload: Buffer): unknown[] | undefined {
  let answer: any;
  try {
    answer = JSON.parse(payload.toString("utf8") || "null");
  } catch {
    return undefined;
  }
  const failures = answer?.batchItemFailures ?? [];
  return Array.isArray(failures) ? failures.map((failure) => failure?.itemIdentifier) : undefined;
}
