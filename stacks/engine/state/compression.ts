/** Checkpoints and history as the official engine packs them on request: gzip or zstd, known by their first bytes. */
import { promisify } from "node:util";
import { gunzip, gzip, zstdCompress, zstdDecompress } from "node:zlib";
import { errors } from "./errors.ts";

export type Packing = "" | ".gz" | ".zst";

export const packings: readonly Packing[] = ["", ".gz", ".zst"];

const pack: Record<Packing, (text: string) => string | Promise<Buffer>> = {
  "": (text) => text,
  ".gz": (text) => promisify(gzip)(text),
  ".zst": (text) => promisify(zstdCompress)(text),
};

export async function packed(text: string, packing: Packing): Promise<string | Buffer> {
  return pack[packing](text);
}

/** `file` is for messages. */
export async function unpacked(file: string, bytes: Buffer): Promise<string> {
  try {
    if (bytes.length >= 2 && bytes.readUInt16BE(0) === 0x1f8b) return (await promisify(gunzip)(bytes)).toString();
    if (bytes.length >= 4 && bytes.readUInt32BE(0) === 0x28b52ffd)
      return (await promisify(zstdDecompress)(bytes)).toString();
  } catch (error) {
    throw errors.compression(file, (error as Error).message);
  }
  return bytes.toString();
}
