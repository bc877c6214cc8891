/**
 * The five checksums of S3: computed as bytes stream by, and combined for whole objects of many parts. CRC32 and the
 * SHAs are Node's; CRC32C and CRC64NVME are tables here. Values are base64 of big-endian bytes, as on the wire.
 */
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";

export type Algorithm = "CRC32" | "CRC32C" | "CRC64NVME" | "SHA1" | "SHA256";
export type ChecksumType = "FULL_OBJECT" | "COMPOSITE";

export const algorithms: readonly Algorithm[] = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"];

export const headerOf = (algorithm: Algorithm): string => `x-amz-checksum-${algorithm.toLowerCase()}`;
export const memberOf = (algorithm: Algorithm): string => `Checksum${algorithm}`;

export interface Hasher {
  update(bytes: Buffer): void;
  /** Base64. */
  digest(): string;
}

export function hasherOf(algorithm: Algorithm): Hasher {
  if (algorithm === "CRC32") return crc32Hasher((bytes, crc) => crc32(bytes, crc));
  if (algorithm === "CRC32C") return crc32Hasher(crc32c);
  if (algorithm === "CRC64NVME") return crc64Hasher();
  const hash = createHash(algorithm.toLowerCase());
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest("base64") };
}

function crc32Hasher(next: (bytes: Buffer, crc: number) => number): Hasher {
  let crc = 0;
  return {
    update(bytes) {
      crc = next(bytes, crc);
    },
    digest() {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(crc >>> 0);
      return bytes.toString("base64");
    },
  };
}

let castagnoli: Uint32Array | undefined;

function crc32c(bytes: Buffer, before: number): number {
  castagnoli ??= Uint32Array.from({ length: 256 }, (_, n) => {
    let c = n;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0x82f63b78 : c >>> 1;
    return c;
  });
  let crc = ~before;
  for (let i = 0; i < bytes.length; i++) crc = castagnoli[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

const nvme = 0x9a6c9329ac4bc9b5n;
let nvmeTables: { low: Uint32Array; high: Uint32Array } | undefined;

/** Two 32-bit halves: BigInt arithmetic a byte would be a hundred times slower. */
function nvmeTable(): { low: Uint32Array; high: Uint32Array } {
  if (nvmeTables) return nvmeTables;
  const low = new Uint32Array(256);
  const high = new Uint32Array(256);
  for (let n = 0; n < 256; n++) {
    let c = BigInt(n);
    for (let bit = 0; bit < 8; bit++) c = c & 1n ? (c >> 1n) ^ nvme : c >> 1n;
    low[n] = Number(c & 0xffffffffn);
    high[n] = Number(c >> 32n);
  }
  nvmeTables = { low, high };
  return nvmeTables;
}

function crc64Hasher(): Hasher {
  const table = nvmeTable();
  let low = -1;
  let high = -1;
  return {
    update(bytes) {
      for (let i = 0; i < bytes.length; i++) {
        const at = (low ^ bytes[i]!) & 0xff;
        low = ((low >>> 8) | (high << 24)) ^ table.low[at]!;
        high = (high >>> 8) ^ table.high[at]!;
      }
    },
    digest() {
      const bytes = Buffer.alloc(8);
      bytes.writeUInt32BE(~high >>> 0, 0);
      bytes.writeUInt32BE(~low >>> 0, 4);
      return bytes.toString("base64");
    },
  };
}

const polynomials: Partial<Record<Algorithm, { bits: number; polynomial: bigint }>> = {
  CRC32: { bits: 32, polynomial: 0xedb88320n },
  CRC32C: { bits: 32, polynomial: 0x82f63b78n },
  CRC64NVME: { bits: 64, polynomial: nvme },
};

/** A whole object's CRC from its parts' (zlib's crc32_combine, for any width). SHAs cannot be combined: undefined. */
export function combine(
  algorithm: Algorithm,
  parts: readonly { checksum: string; size: number }[],
): string | undefined {
  const shape = polynomials[algorithm];
  if (!shape) return undefined;
  let crc = 0n;
  for (const { checksum, size } of parts)
    crc = shift(crc, size, shape) ^ BigInt(`0x${Buffer.from(checksum, "base64").toString("hex")}`);
  return Buffer.from(crc.toString(16).padStart(shape.bits / 4, "0"), "hex").toString("base64");
}

/** `crc` after `size` zero bytes: the one-bit operator, squared as often as the length has binary digits. */
function shift(crc: bigint, size: number, { bits, polynomial }: { bits: number; polynomial: bigint }): bigint {
  let operator = [polynomial, ...Array.from({ length: bits - 1 }, (_, n) => 1n << BigInt(n))];
  let value = crc;
  for (let left = BigInt(size) * 8n; left > 0n; left >>= 1n) {
    if (left & 1n) value = times(operator, value);
    const current = operator;
    operator = current.map((column) => times(current, column));
  }
  return value;
}

function times(matrix: readonly bigint[], vector: bigint): bigint {
  let sum = 0n;
  for (let at = 0, rest = vector; rest > 0n; at++, rest >>= 1n) if (rest & 1n) sum ^= matrix[at]!;
  return sum;
}

/** A checksum of checksums: what SHA and, by default, CRC32 say of an object of parts. */
export function composite(algorithm: Algorithm, checksums: readonly string[]): string {
  const hasher = hasherOf(algorithm);
  for (const checksum of checksums) hasher.update(Buffer.from(checksum, "base64"));
  return `${hasher.digest()}-${checksums.length}`;
}
