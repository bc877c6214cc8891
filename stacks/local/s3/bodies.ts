/**
 * Bodies of objects: received with every checksum the client promised, read as a list of segments, and deleted only
 * when no row refers to them and nobody reads them. Never holds a body in memory.
 */
import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { Call, LocalCloud } from "../service.ts";
import { type Algorithm, algorithms, hasherOf, headerOf } from "./checksums.ts";
import { s3Error } from "./errors.ts";
import type { Records, Segment } from "./records.ts";

export interface Received {
  segment: Segment;
  /** Hex. */
  md5: string;
  algorithm: Algorithm;
  checksum: string;
}

export const maxPutBytes = 5 * 1024 ** 3;

/** Which checksum the client sends or asks for; undefined: none. */
export function promisedAlgorithm(headers: Call["headers"]): Algorithm | undefined {
  const trailers = (headers["x-amz-trailer"] ?? "").toLowerCase();
  const sent = algorithms.filter((name) => headers[headerOf(name)] !== undefined || trailers.includes(headerOf(name)));
  if (sent.length > 1) throw s3Error("InvalidRequest", "Expecting a single x-amz-checksum- header");
  const declared = headers["x-amz-sdk-checksum-algorithm"];
  if (declared !== undefined && sent.length === 0 && headers["content-md5"] === undefined)
    throw s3Error(
      "InvalidRequest",
      "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.",
    );
  const asked = (declared ?? headers["x-amz-checksum-algorithm"])?.toUpperCase();
  if (asked !== undefined && !algorithms.includes(asked as Algorithm))
    throw s3Error(
      "InvalidRequest",
      "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]",
    );
  return sent[0] ?? (asked as Algorithm | undefined);
}

/** What the client said of the body, in a header or behind it, against what came. Throws BadDigest. */
function checkSum(call: Pick<Call, "headers" | "trailers">, algorithm: Algorithm, checksum: string): void {
  const said = call.headers[headerOf(algorithm)] ?? call.trailers[headerOf(algorithm)];
  if (said === undefined && call.headers["x-amz-trailer"] !== undefined) throw s3Error("MalformedTrailerError");
  if (said !== undefined && said !== checksum)
    throw s3Error("BadDigest", `The ${algorithm} you specified did not match the calculated checksum.`);
}

/**
 * The whole of a small body, checked against all the client said of it. `tooLarge` is thrown beyond `max` bytes. With
 * `sums: "of another"`, the headers' checksums are not the body's.
 */
export async function readWhole(
  call: Call,
  max: number,
  tooLarge: () => Error,
  sums: "its own" | "of another" = "its own",
): Promise<Buffer> {
  const algorithm = sums === "its own" ? promisedAlgorithm(call.headers) : undefined;
  const md5 = expectedMd5(call.headers);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of call.body) {
    size += chunk.length;
    if (size > max) throw tooLarge();
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  if (bytes.length !== (call.bodyLength ?? bytes.length)) throw s3Error("IncompleteBody");
  if (md5 !== undefined && md5 !== createHash("md5").update(bytes).digest("hex")) throw s3Error("BadDigest");
  if (algorithm !== undefined) {
    const hasher = hasherOf(algorithm);
    hasher.update(bytes);
    checkSum(call, algorithm, hasher.digest());
  }
  return bytes;
}

function expectedMd5(headers: Call["headers"]): string | undefined {
  const said = headers["content-md5"];
  if (said === undefined) return undefined;
  const bytes = Buffer.from(said, "base64");
  if (bytes.length !== 16) throw s3Error("InvalidDigest");
  return bytes.toString("hex");
}

export type BodyStore = ReturnType<typeof openBodyStore>;

export function openBodyStore(cloud: LocalCloud, records: Records) {
  const { bodies } = cloud.store;
  const { drop, hold } = openHolds(cloud);

  const store = async (source: Readable, algorithm: Algorithm): Promise<Received> => {
    const md5 = createHash("md5");
    const hasher = hasherOf(algorithm);
    const { id, size } = await bodies.put(source, (chunk) => {
      md5.update(chunk);
      hasher.update(chunk);
    });
    return { segment: { id, size }, md5: md5.digest("hex"), algorithm, checksum: hasher.digest() };
  };

  return {
    drop,
    hold,
    store,
    /** The call's body, checked against all the client said of it. The file is durable and not yet referred to. */
    async receive(call: Call, fallback: Algorithm): Promise<Received> {
      const algorithm = promisedAlgorithm(call.headers) ?? fallback;
      const md5 = expectedMd5(call.headers);
      if (call.bodyLength === undefined && call.headers["transfer-encoding"] !== undefined)
        throw s3Error("MissingContentLength");
      if ((call.bodyLength ?? 0) > maxPutBytes)
        throw s3Error("EntityTooLarge", undefined, { ProposedSize: call.bodyLength, MaxSizeAllowed: maxPutBytes });
      const received = await store(call.body, algorithm);
      try {
        if (received.segment.size !== (call.bodyLength ?? received.segment.size)) throw s3Error("IncompleteBody");
        if (md5 !== undefined && md5 !== received.md5)
          throw s3Error("BadDigest", undefined, {
            ExpectedDigest: md5,
            CalculatedDigest: Buffer.from(received.md5, "hex").toString("base64"),
          });
        checkSum(call, algorithm, received.checksum);
      } catch (error) {
        drop([received.segment.id]);
        throw error;
      }
      return received;
    },
    /** `start` and `end` are inclusive offsets into all segments together. */
    read(segments: readonly Segment[], range?: { start: number; end: number }): Readable {
      const free = hold(segments.map(({ id }) => id));
      async function* bytes(): AsyncGenerator<Buffer> {
        let offset = 0;
        for (const { id, size } of segments) {
          const from = Math.max(0, (range?.start ?? 0) - offset);
          const to = Math.min(size - 1, (range?.end ?? Number.MAX_SAFE_INTEGER) - offset);
          offset += size;
          if (from <= to) yield* exactly(bodies.read(id, { start: from, end: to }), to - from + 1, id);
        }
      }
      const stream = Readable.from(bytes(), { objectMode: false });
      stream.once("close", free);
      return stream;
    },
    sweep: (startedAt: number, stopped: () => boolean): Promise<void> => sweep(cloud, records, startedAt, stopped),
  };
}

/** A file that the disk cut short must end the answer as an error: a client would wait for the rest for ever. */
async function* exactly(source: Readable, wanted: number, id: string): AsyncGenerator<Buffer> {
  let seen = 0;
  for await (const chunk of source) {
    seen += chunk.length;
    yield chunk;
  }
  if (seen !== wanted) throw new Error(`body ${id} has ${seen} bytes of ${wanted}`);
}

/** Who reads which body: one that is deleted meanwhile goes with its last reader. */
function openHolds(cloud: LocalCloud) {
  const { bodies } = cloud.store;
  const readers = new Map<string, number>();
  const doomed = new Set<string>();

  const drop = (ids: readonly string[]): void => {
    for (const id of ids) {
      if (readers.has(id)) doomed.add(id);
      else bodies.drop(id).catch((error: Error) => cloud.log(`s3: body not deleted: ${error.message}`));
    }
  };
  const hold = (ids: readonly string[]): (() => void) => {
    for (const id of ids) readers.set(id, (readers.get(id) ?? 0) + 1);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      for (const id of ids) {
        const left = (readers.get(id) ?? 1) - 1;
        if (left > 0) readers.set(id, left);
        else readers.delete(id);
        if (left <= 0 && doomed.delete(id)) drop([id]);
      }
    };
  };
  return { drop, hold };
}

/** Files of writes that a kill cut off before their row: deleted in slices, nothing younger than this process. */
async function sweep(
  { store: { bodies, dir } }: LocalCloud,
  records: Records,
  startedAt: number,
  stopped: () => boolean,
): Promise<void> {
  let seen = 0;
  for (const id of bodies.list()) {
    if (stopped()) return;
    if (++seen % 200 === 0) await new Promise((resolve) => setImmediate(resolve));
    if (records.get("SELECT 1 FROM s3_bodies WHERE id = ?", id)) continue;
    const file = await stat(join(dir, "bodies", id.slice(0, 2), id)).catch(() => undefined);
    if (file && file.mtimeMs < startedAt) await bodies.drop(id);
  }
}
