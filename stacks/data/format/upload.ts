/** A file up to S3, in pieces where it is large. What breaks off is ended; what a kill cuts off somebody else ends. */
import type { s3 } from "../../deploy/clients.ts";
import { patiently } from "./patience.ts";

const pieceBytes = 8 * 1024 ** 2;
const mostPieces = 10_000;

/** How large the pieces of a file are, which decides its ETag: one piece and less goes up at once. */
export const pieceBytesOf = (sizeBytes: number): number => Math.max(pieceBytes, Math.ceil(sizeBytes / mostPieces));

export interface Upload {
  client: Awaited<ReturnType<typeof s3>>;
  what: { Bucket: string; Key: string; ExpectedBucketOwner?: string };
  /** What is said of it besides. */
  headers: Record<string, unknown>;
  sizeBytes: number;
  /** The end is not among them. */
  bytes(start: number, end: number): Promise<Buffer>;
  /** Of pieces: before the first. */
  began?(id: string): Promise<void>;
  more?(bytes: number): void;
  signal: AbortSignal;
}

export async function upload(o: Upload): Promise<void> {
  const { sdk, client } = o.client;
  if (o.sizeBytes > pieceBytes) return inPieces(o);
  const Body = await o.bytes(0, o.sizeBytes);
  const asked = { ...o.what, ...o.headers, Body, ContentLength: Body.length };
  await patiently(o.signal, () => client.send(new sdk.PutObjectCommand(asked)));
  o.more?.(Body.length);
}

async function inPieces({
  client: { sdk, client },
  what,
  headers,
  sizeBytes,
  bytes,
  began,
  more,
  signal,
}: Upload): Promise<void> {
  const piece = pieceBytesOf(sizeBytes);
  const begin = new sdk.CreateMultipartUploadCommand({ ...what, ...headers });
  const { UploadId } = await patiently(signal, () => client.send(begin));
  try {
    await began?.(UploadId!);
    const Parts: { ETag: string | undefined; PartNumber: number }[] = [];
    for (let start = 0; start < sizeBytes; start += piece) {
      signal.throwIfAborted();
      const PartNumber = Parts.length + 1;
      const Body = await bytes(start, Math.min(sizeBytes, start + piece));
      const asked = { ...what, UploadId, PartNumber, Body, ContentLength: Body.length };
      const { ETag } = await patiently(signal, () => client.send(new sdk.UploadPartCommand(asked)));
      Parts.push({ ETag, PartNumber });
      more?.(Body.length);
    }
    const whole = { ...what, UploadId, MultipartUpload: { Parts } };
    await patiently(signal, () => client.send(new sdk.CompleteMultipartUploadCommand(whole)));
  } catch (error) {
    // What went wrong is said; an upload that cannot be ended now is left to who finds its note.
    await client.send(new sdk.AbortMultipartUploadCommand({ ...what, UploadId })).catch(() => undefined);
    throw error;
  }
}
