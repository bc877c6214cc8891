/**
 * TAR as Go's archive/tar writes it, block by block (the hash of a folder is that of its TAR), and as others write it,
 * read again. Pure: no file is opened here.
 */
import { posix } from "node:path";
import { Diagnosis } from "../diagnosis.ts";

const block = 512;
/** What eleven octal digits say. */
const largest = 0o77777777777;

/** What comes before a file's bytes: mode 0600, no owner, time zero, ustar; PAX only for names that do not fit. */
export function tarHeader(name: string, size: number): Uint8Array[] {
  if (size > largest) throw new Diagnosis(`'${name}' has ${size} bytes; an archive holds files up to 8 GiB`);
  const split = splitName(name);
  const short = split ?? { name: asciiOnly(name).slice(0, 100), prefix: "" };
  return [...(split ? [] : paxHeader(name)), header(short, size, "0")];
}

/** What comes after them. */
export function tarPadding(size: number): Uint8Array {
  return new Uint8Array((block - (size % block)) % block);
}

export const tarEnd = new Uint8Array(2 * block);

function splitName(name: string): { name: string; prefix: string } | undefined {
  if (asciiOnly(name) !== name) return undefined;
  if (name.length <= 100) return { name, prefix: "" };
  const cut = name.lastIndexOf("/", name.endsWith("/") ? 155 : Math.min(155, name.length - 2));
  if (cut <= 0 || name.length - cut - 1 > 100) return undefined;
  return { name: name.slice(cut + 1), prefix: name.slice(0, cut) };
}

function asciiOnly(text: string): string {
  return [...text].filter((c) => c.charCodeAt(0) < 128).join("");
}

function header(at: { name: string; prefix: string }, size: number, flag: string): Uint8Array {
  const block = Buffer.alloc(512);
  block.write(at.name, 0, 100, "ascii");
  block.write(flag === "x" ? "0000000" : "0000600", 100);
  block.write("0000000", 108);
  block.write("0000000", 116);
  block.write(size.toString(8).padStart(11, "0"), 124);
  block.write("00000000000", 136);
  block.write(flag, 156);
  block.write("ustar\0" + "00", 257, "latin1");
  // The record of a long name says nothing of devices, not even zero.
  if (flag !== "x") {
    block.write("0000000", 329);
    block.write("0000000", 337);
  }
  block.write(at.prefix, 345, 155, "ascii");
  block.write(" ".repeat(8), 148);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

function paxHeader(name: string): Uint8Array[] {
  const tail = Buffer.byteLength(` path=${name}\n`);
  let length = tail + String(tail).length;
  if (String(length).length !== String(tail).length) length = tail + String(length).length;
  const record = Buffer.from(`${length} path=${name}\n`);
  const slash = name.lastIndexOf("/");
  const at = asciiOnly(`${name.slice(0, slash + 1)}PaxHeaders.0/${name.slice(slash + 1)}`).slice(0, 100);
  return [
    header({ name: at, prefix: "" }, record.length, "x"),
    record,
    new Uint8Array((512 - (record.length % 512)) % 512),
  ];
}

export interface TarEntry {
  name: string;
  bytes: Uint8Array;
}

/** The files of a TAR, in its order, one at a time in memory. Throws on what is no file and no folder. */
export async function* readTar(source: AsyncIterable<Uint8Array>, what: string): AsyncGenerator<TarEntry> {
  const { take, close } = reader(source, what);
  try {
    yield* entriesOf(take, what);
  } finally {
    await close();
  }
}

async function* entriesOf(take: (length: number) => Promise<Buffer>, what: string): AsyncGenerator<TarEntry> {
  let longName: string | undefined;
  for (;;) {
    const head = await take(block);
    if (head.length === 0 || head.every((byte) => byte === 0)) return;
    if (head.length < block) throw new Diagnosis(`failed to read TAR '${what}': it ends in the middle of a file`);
    const size = sizeOf(head);
    const flag = String.fromCharCode(head[156]!);
    const bytes = await take(size);
    await take((block - (size % block)) % block);
    if (bytes.length < size) throw new Diagnosis(`failed to read TAR '${what}': it ends in the middle of a file`);
    if (flag === "x") longName = paxPath(bytes) ?? longName;
    else if (flag === "L") longName = textOf(bytes);
    else {
      const name = longName ?? nameOf(head);
      longName = undefined;
      if (flag === "g" || flag === "K" || flag === "5" || name.endsWith("/")) continue;
      if (!"0\x007".includes(flag))
        throw new Diagnosis(`'${name}' in '${what}' is neither a file nor a folder; only those are supported`);
      yield { name: posix.normalize(name), bytes };
    }
  }
}

/** Takes that many bytes off a stream; fewer at its end. */
function reader(
  source: AsyncIterable<Uint8Array>,
  what: string,
): { take: (length: number) => Promise<Buffer>; close: () => Promise<unknown> } {
  const chunks = source[Symbol.asyncIterator]();
  let rest = Buffer.alloc(0);
  const take = async (length: number): Promise<Buffer> => {
    const parts = [rest];
    let have = rest.length;
    while (have < length) {
      const next = await chunks.next().catch((cause: Error) => {
        throw new Diagnosis(`failed to read '${what}': ${cause.message}`);
      });
      if (next.done) break;
      parts.push(Buffer.from(next.value));
      have += next.value.length;
    }
    const all = parts.length === 1 ? rest : Buffer.concat(parts);
    rest = all.subarray(length);
    return all.subarray(0, length);
  };
  return { take, close: async () => chunks.return?.() };
}

function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return Buffer.from(end < 0 ? bytes : bytes.subarray(0, end)).toString("utf8");
}

/** Octal, or bytes with the top bit set for what octal cannot say. */
function sizeOf(head: Buffer): number {
  if ((head[124]! & 0x80) !== 0) return Number(head.readBigUInt64BE(128));
  const size = Number.parseInt(textOf(head.subarray(124, 136)).trim() || "0", 8);
  if (Number.isNaN(size)) throw new Diagnosis("failed to read TAR: a header says no size");
  return size;
}

function nameOf(head: Buffer): string {
  const name = textOf(head.subarray(0, 100));
  const prefix = head.toString("latin1", 257, 263) === "ustar\0" ? textOf(head.subarray(345, 500)) : "";
  return prefix ? `${prefix}/${name}` : name;
}

function paxPath(bytes: Uint8Array): string | undefined {
  let found: string | undefined;
  for (let at = 0; at < bytes.length; ) {
    const length = Number.parseInt(Buffer.from(bytes.subarray(at, at + 20)).toString("latin1"), 10);
    if (!(length > 0)) break;
    const record = Buffer.from(bytes.subarray(at, at + length)).toString("utf8");
    const [, key, value] = /^\d+ ([^=]+)=([\s\S]*)\n$/.exec(record) ?? [];
    if (key === "path") found = value;
    at += length;
  }
  return found;
}
