/**
 * An export's folder as one file, `.tar.gz`: the manifest first, so that who unpacks it knows what may come, then all it
 * names. Every byte is compared with its sum on the way. Whole, or not there.
 */
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type { Cloud } from "../cloud.ts";
import { tarEnd, tarHeader, tarPadding } from "../engine/values/tar.ts";
import { asDataFault } from "./format/failures.ts";
import { faults } from "./format/faults.ts";
import { linesOf } from "./format/lines.ts";
import type { ExportedFile } from "./format/manifest.ts";
import { manifestFile } from "./format/names.ts";
import { textOf } from "./format/place.ts";
import { checked, type OpenExport, partsOf, readObject } from "./import-check.ts";

/** What a header of the plain format can say. */
const largestFile = 8 * 1024 ** 3 - 1;

export async function packExport(cloud: Cloud, source: OpenExport, file: string, signal: AbortSignal): Promise<void> {
  const beside = `${file}.partial`;
  try {
    await refuseLarge(source, signal);
    const out = createWriteStream(beside, { mode: 0o600, flush: true });
    await pipeline(Readable.from(archive(source, signal)), createGzip(), out, { signal });
    await rename(beside, file);
  } catch (error) {
    await rm(beside, { force: true });
    throw asDataFault(error, cloud, file);
  }
}

async function refuseLarge(source: OpenExport, signal: AbortSignal): Promise<void> {
  for await (const { path, sizeBytes } of filesIn(source, signal))
    if (sizeBytes > largestFile) throw faults.tooLarge(path, source.place.at);
}

async function* archive(source: OpenExport, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const manifest = Buffer.from((await textOf(source.place, manifestFile)) ?? "");
  yield* tarHeader(manifestFile, manifest.length);
  yield manifest;
  yield tarPadding(manifest.length);
  for await (const file of filesIn(source, signal)) {
    yield* tarHeader(file.path, file.sizeBytes);
    yield* checked(source.place, file, signal);
    yield tarPadding(file.sizeBytes);
  }
  yield tarEnd;
}

/** What the manifest names, then what lines of objects do. */
async function* filesIn(source: OpenExport, signal: AbortSignal): AsyncGenerator<ExportedFile> {
  yield* source.manifest.files;
  for (const store of source.manifest.stores) {
    if (store.kind !== "bucket") continue;
    for (const part of partsOf(source, store)) {
      let line = 0;
      for await (const text of linesOf(checked(source.place, part, signal), part.path)) {
        const object = readObject(text, part.path, ++line, store.folder);
        if (!object.deleted) yield { path: object.file, sizeBytes: object.size, sha256: object.sha256 };
      }
    }
  }
}
