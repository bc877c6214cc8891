/** A stream's record as text: as GetRecords answers it, and as Lambda hands it to a function. */
import { createHash } from "node:crypto";
import type { Stream, StreamRow } from "./records.ts";

/** AWS's have at least 21 digits. They sort as numbers and as texts. */
export const sequenceText = (seq: number): string => `1${String(seq).padStart(20, "0")}`;

/** Undefined: no stream has such a number. */
export function numberOf(sequence: string): number | undefined {
  if (!/^\d{21,40}$/.test(sequence)) return undefined;
  const seq = Number(BigInt(sequence) - 10n ** 20n);
  return Number.isSafeInteger(seq) && seq >= 0 ? seq : undefined;
}

/** `sourceArn`: the stream's; given, it is the record of a function's event. */
export function recordText(stream: Stream, row: StreamRow, region: string, sourceArn?: string): string {
  const id = createHash("md5").update(`${stream.id}/${row.seq}`).digest("hex");
  const facts =
    `"ApproximateCreationDateTime":${Math.floor(row.at / 1000)},${row.change},` +
    `"SequenceNumber":"${sequenceText(row.seq)}","SizeBytes":${row.size},"StreamViewType":"${stream.view}"`;
  return (
    `{"eventID":"${id}","eventName":"${row.event}","eventVersion":"1.1","eventSource":"aws:dynamodb",` +
    `"awsRegion":"${region}","dynamodb":{${facts}}${row.by_service ? identity(sourceArn !== undefined) : ""}` +
    `${sourceArn === undefined ? "" : `,"eventSourceARN":${JSON.stringify(sourceArn)}`}}`
  );
}

/** TTL is who deleted it; functions read it with small letters. */
const identity = (inEvent: boolean): string =>
  inEvent
    ? `,"userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"}`
    : `,"userIdentity":{"PrincipalId":"dynamodb.amazonaws.com","Type":"Service"}`;
