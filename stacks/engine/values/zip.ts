/** The files of a ZIP, in the order of its directory, one at a time in memory. Reads through a function it is given. */
import { posix } from "node:path";
import { promisify } from "node:util";
import { inflateRaw } from "node:zlib";
import { Diagnosis } from "../diagnosis.ts";

const inflate = promisify(inflateRaw);

export interface RandomAccess {
  size: number;
  read(offset: number, length: number): Promise<Buffer>;
}

/** Throws when it is no ZIP, is encrypted, or is of a kind that only ZIP64 can say. */
export async function* readZip(
  source: RandomAccess,
  what: string,
): AsyncGenerator<{ name: string; bytes: Uint8Array }> {
  const fail = (why: string): never => {
    throw new Diagnosis(`failed to read ZIP '${what}': ${why}`);
  };
  const tail = await source.read(Math.max(0, source.size - 65557), Math.min(source.size, 65557));
  const end = tail.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  if (end < 0 || tail.length < end + 22) fail("not a valid zip file");
  const [length, offset] = [tail.readUInt32LE(end + 12), tail.readUInt32LE(end + 16)];
  if (offset === 0xffffffff) fail("ZIP64 is not supported");
  const directory = await source.read(offset, length);
  for (let at = 0; at < directory.length; ) {
    if (directory.length < at + 46 || directory.readUInt32LE(at) !== 0x02014b50) fail("its directory is damaged");
    const flags = directory.readUInt16LE(at + 8);
    const method = directory.readUInt16LE(at + 10);
    const [packed, size] = [directory.readUInt32LE(at + 20), directory.readUInt32LE(at + 24)];
    const [nameLength, extra, comment] = [28, 30, 32].map((field) => directory.readUInt16LE(at + field));
    const local = directory.readUInt32LE(at + 42);
    const name = directory.toString("utf8", at + 46, at + 46 + nameLength!);
    at += 46 + nameLength! + extra! + comment!;
    if (name.endsWith("/")) continue;
    if ((flags & 1) !== 0) fail(`'${name}' is encrypted`);
    if (method !== 0 && method !== 8) fail(`'${name}' is compressed in a way that is not supported (${method})`);
    const head = await source.read(local, 30);
    if (head.length < 30 || head.readUInt32LE(0) !== 0x04034b50) fail(`'${name}' is not where its directory says`);
    const begin = local + 30 + head.readUInt16LE(26) + head.readUInt16LE(28);
    const raw = await source.read(begin, packed);
    const bytes =
      method === 0 ? raw : await inflate(raw).catch((cause: Error) => fail(`'${name}' is damaged: ${cause.message}`));
    if (bytes.length !== size) fail(`'${name}' is damaged`);
    yield { name: posix.normalize(name), bytes };
  }
}
