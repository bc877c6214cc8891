/**
 * Tar archives made in a test, honest and other: each header's field can be said otherwise than it is. Knows the formats
 * that git and GNU tar write; for reading there is nothing here.
 */

export interface TarEntry {
  name: string;
  /** One character, as in the header: `0` file (default), `5` folder, `2` symbolic link, `g`, `x`, `L` … */
  type?: string;
  mode?: number;
  content?: string | Buffer;
  link?: string;
  /** Instead of the content's length. */
  size?: number | string | Buffer;
  /** Written instead of the right checksum. */
  checksum?: string;
  /** In front of it as a pax header: `path`, `size`, `linkpath` … */
  pax?: Record<string, string>;
}

/** A whole archive with its two empty blocks at the end. */
export const tar = (entries: readonly TarEntry[]): Buffer =>
  Buffer.concat([...entries.flatMap((entry) => blocksOf(entry)), Buffer.alloc(1024)]);

export function blocksOf(entry: TarEntry): Buffer[] {
  const content = Buffer.from(entry.content ?? "");
  const before = entry.pax ? blocksOf({ name: "PaxHeader", type: "x", content: paxRecords(entry.pax) }) : [];
  return [...before, headerOf(entry, content.length), content, Buffer.alloc((512 - (content.length % 512)) % 512)];
}

/** Each record says its own length in front, the digits of the length included. */
export function paxRecords(values: Record<string, string>): string {
  return Object.entries(values)
    .map(([key, value]) => {
      const rest = ` ${key}=${value}\n`;
      const bytes = Buffer.byteLength(rest);
      let length = bytes + String(bytes).length;
      if (bytes + String(length).length !== length) length = bytes + String(length).length;
      return `${length}${rest}`;
    })
    .join("");
}

function headerOf({ name, type = "0", mode, link = "", size, checksum }: TarEntry, length: number): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0, 100);
  header.write(octal(mode ?? (type === "5" ? 0o755 : 0o644), 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  if (Buffer.isBuffer(size)) size.copy(header, 124);
  else header.write(typeof size === "string" ? size : octal(size ?? length, 11), 124);
  header.write(octal(1_700_000_000, 11), 136);
  header.write(" ".repeat(8), 148);
  header.write(type, 156);
  header.write(link, 157, 100);
  header.write("ustar\u000000", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(checksum ?? `${octal(sum, 6)}\0 `, 148);
  return header;
}

const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, "0");

/** As `git archive` writes it: the commit in a global header, one folder at the top, 100 bytes a name and pax beyond. */
export function gitTar(commit: string, top: string, entries: readonly TarEntry[]): Buffer {
  const named = entries.map(({ name, ...rest }): TarEntry => {
    const path = `${top}/${name}`;
    return Buffer.byteLength(path) <= 100 ? { ...rest, name: path } : { ...rest, name: "long", pax: { path } };
  });
  return tar([
    { name: "pax_global_header", type: "g", content: paxRecords({ comment: commit }), mode: 0o666 },
    { name: `${top}/`, type: "5", mode: 0o775 },
    ...named,
  ]);
}
