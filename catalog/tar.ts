/**
 * A tar archive as a stream of entries: ustar, pax and GNU's long names, which is what git writes and most others. Where
 * two readers could understand an archive differently it is refused. Writes nothing and judges no name.
 */
import { faults } from "./archive-faults.ts";

export interface TarEntry {
  /** As it stands there, without a slash at its end. */
  name: string;
  kind: "file" | "folder" | "link" | "other";
  /** What it is, in words, when it is neither file nor folder. */
  what: string;
  executable: boolean;
  sizeBytes: number;
  /** Once, and before the next entry is asked for; what is not read is passed over. */
  content(): AsyncIterable<Buffer>;
}

export interface TarReader {
  entries: AsyncGenerator<TarEntry>;
  /** `git archive` writes down which commit it is of. Known after the first entry. */
  commit(): string | undefined;
}

const block = 512;
/** Of headers that stand before an entry: names and the like. */
const maxExtraBytes = 65_536;

const kinds: Record<string, [TarEntry["kind"], string]> = {
  "0": ["file", "a file"],
  "\0": ["file", "a file"],
  "5": ["folder", "a folder"],
  "1": ["link", "a hard link"],
  "2": ["link", "a symbolic link"],
  "3": ["other", "a character device"],
  "4": ["other", "a block device"],
  "6": ["other", "a pipe"],
  "7": ["other", "a contiguous file"],
  S: ["other", "a sparse file"],
};

/** Throws `archive-broken`. */
export function readTar(chunks: AsyncIterable<Uint8Array>): TarReader {
  const bytes = createBytes(chunks);
  let commit: string | undefined;

  async function* entries(): AsyncGenerator<TarEntry> {
    let extra: Extra = {};
    for (;;) {
      const header = await bytes.exactly(block);
      if (header.every((byte) => byte === 0)) return await endOf(bytes);
      const read = parseHeader(header);
      if (isExtra(read.type)) {
        if (read.sizeBytes > maxExtraBytes) throw faults.broken("has a header that is too long");
        const text = await bytes.exactly(padded(read.sizeBytes));
        const said = extraOf(read.type, text.subarray(0, read.sizeBytes));
        if (read.type === "g") commit = said.comment ?? commit;
        else extra = merged(extra, said);
        continue;
      }
      const entry = entryOf(read, extra, bytes);
      extra = {};
      yield entry;
      await bytes.skip(padded(entry.sizeBytes));
    }
  }
  return { entries: entries(), commit: () => commit };
}

const padded = (size: number): number => Math.ceil(size / block) * block;
const isExtra = (type: string): boolean => "gxLK".includes(type);

interface Header {
  name: string;
  type: string;
  mode: number;
  sizeBytes: number;
}

function parseHeader(header: Buffer): Header {
  const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
  if (octal(header.subarray(148, 156)) !== sum) throw faults.broken("has a header with a wrong checksum");
  const ustar = header.toString("latin1", 257, 263) === "ustar\0";
  const prefix = ustar ? text(header.subarray(345, 500)) : "";
  const name = text(header.subarray(0, 100));
  return {
    name: prefix === "" ? name : `${prefix}/${name}`,
    type: String.fromCharCode(header[156]!),
    mode: octal(header.subarray(100, 108)),
    sizeBytes: octal(header.subarray(124, 136)),
  };
}

function text(field: Uint8Array): string {
  const end = field.indexOf(0);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(end < 0 ? field : field.subarray(0, end));
  } catch (cause) {
    throw faults.broken("has a name that is not UTF-8", cause);
  }
}

/** Digits of eight, or GNU's binary numbers for what does not fit. */
function octal(field: Buffer): number {
  if (field[0]! & 0x80) {
    const value = field.subarray(1).reduce((total, byte) => total * 256 + byte, 0);
    if (field[0] !== 0x80 || !Number.isSafeInteger(value)) throw faults.broken("has a number that is none");
    return value;
  }
  const digits = field
    .toString("latin1")
    .replace(/[\0 ]+$/, "")
    .trimStart();
  if (!/^[0-7]*$/.test(digits)) throw faults.broken("has a number that is none");
  return digits === "" ? 0 : Number.parseInt(digits, 8);
}

interface Extra {
  path?: string;
  size?: string;
  comment?: string;
  linkpath?: string;
}

function extraOf(type: string, value: Buffer): Extra {
  if (type === "L") return { path: text(value) };
  if (type === "K") return { linkpath: text(value) };
  const said = paxOf(value);
  const known = type === "g" ? ["comment"] : ["path", "size", "linkpath", "comment", "mtime", "atime", "ctime"];
  const other = [...said.keys()].find((key) => !known.includes(key));
  if (other !== undefined)
    throw faults.broken(`says ${JSON.stringify(other.slice(0, 40))} of an entry, which is not known here`);
  return Object.fromEntries(said);
}

/** Records `LENGTH KEY=VALUE\n`, their length included. */
function paxOf(value: Buffer): Map<string, string> {
  const said = new Map<string, string>();
  for (let at = 0; at < value.length; ) {
    const space = value.indexOf(32, at);
    const digits = space < 0 ? "" : value.toString("latin1", at, space);
    const length = /^[1-9]\d{0,5}$/.test(digits) ? Number(digits) : 0;
    const record = value.subarray(space + 1, at + length);
    const equals = record.indexOf(61);
    if (at + length > value.length || record.at(-1) !== 10 || equals < 1)
      throw faults.broken("has a record that cannot be read");
    const key = text(record.subarray(0, equals));
    const content = record.subarray(equals + 1, -1);
    if (said.has(key) || content.includes(0))
      throw faults.broken(`says ${JSON.stringify(key.slice(0, 40))} in two ways`);
    said.set(key, text(content));
    at += length;
  }
  return said;
}

function merged(before: Extra, said: Extra): Extra {
  const twice = Object.keys(said).find((key) => key in before);
  if (twice !== undefined) throw faults.broken(`says ${JSON.stringify(twice)} in two ways`);
  return { ...before, ...said };
}

function entryOf(header: Header, extra: Extra, bytes: Bytes): TarEntry {
  const [kind, what] = kinds[header.type] ?? ["other", "of a kind that is not known"];
  const name = extra.path ?? header.name;
  const slashed = name.endsWith("/");
  if (slashed && kind === "file") throw faults.broken("has a file whose name ends as a folder's");
  const sizeBytes = sizeOf(header.sizeBytes, extra.size);
  if (kind !== "file" && kind !== "other" && sizeBytes > 0) throw faults.broken("has bytes where none can be");
  return {
    name: slashed ? name.slice(0, -1) : name,
    kind,
    what,
    executable: (header.mode & 0o100) !== 0,
    sizeBytes,
    content: () => bytes.take(sizeBytes),
  };
}

function sizeOf(header: number, pax: string | undefined): number {
  if (pax === undefined) return header;
  if (!/^\d{1,15}$/.test(pax)) throw faults.broken("has a number that is none");
  // Other readers would go by the other one, and find other entries behind.
  if (header !== 0 && header !== Number(pax)) throw faults.broken("says two sizes of one entry");
  return Number(pax);
}

/** After the first empty block there is a second one, and then nothing. */
async function endOf(bytes: Bytes): Promise<void> {
  if ((await bytes.exactly(block)).some((byte) => byte !== 0)) throw faults.broken("goes on after its end");
  for await (const rest of bytes.rest())
    if (rest.some((byte) => byte !== 0)) throw faults.broken("goes on after its end");
}

type Bytes = ReturnType<typeof createBytes>;

/** Bytes of a stream by number. `skip` passes over what `take` left of the same stretch. */
function createBytes(chunks: AsyncIterable<Uint8Array>) {
  const source = chunks[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);
  /** Of the stretch under way. */
  let taken = 0;

  async function more(): Promise<boolean> {
    const { done, value } = await source.next();
    if (done) return false;
    held = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    return true;
  }
  async function* pieces(count: number): AsyncGenerator<Buffer> {
    for (let left = count; left > 0; ) {
      if (held.length === 0 && !(await more())) throw faults.broken("ends in the middle");
      const piece = held.subarray(0, left);
      held = held.subarray(piece.length);
      left -= piece.length;
      taken += piece.length;
      yield piece;
    }
  }
  return {
    async exactly(count: number): Promise<Buffer> {
      const parts: Buffer[] = [];
      for await (const piece of pieces(count)) parts.push(piece);
      taken = 0;
      return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    },
    take: (count: number): AsyncIterable<Buffer> => pieces(count),
    async skip(count: number): Promise<void> {
      for await (const _ of pieces(count - taken));
      taken = 0;
    },
    async *rest(): AsyncGenerator<Buffer> {
      do {
        if (held.length > 0) yield held;
      } while (await more());
    },
  };
}
