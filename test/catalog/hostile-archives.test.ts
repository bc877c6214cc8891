/**
 * Archives made to do harm, or to be understood in two ways: each is refused with its reason, within bounds of memory and
 * time, and nothing outside of the folder it was given is touched. Rows H1 to H5.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { Fault } from "../../blueprints/fault.ts";
import { extract, limits } from "../../catalog/extract.ts";
import { blocksOf, gitTar, paxRecords, type TarEntry, tar } from "../support/tar.ts";

const dir = mkdtempSync(join(tmpdir(), "freehold-hostile-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
let into: string;
let canary: string;
beforeEach(() => {
  const round = mkdtempSync(join(dir, "round-"));
  into = join(round, "cache");
  canary = join(round, "canary");
  mkdirSync(into);
  writeFileSync(canary, "sings");
});

async function* piecesOf(bytes: Buffer, size = 65_536): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function refused(archive: AsyncIterable<Uint8Array>, max: Partial<typeof limits> = {}): Promise<Fault> {
  try {
    await extract({ archive, path: "app", into, limits: { ...limits, ...max } });
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error("it was not refused");
}

/** One file of the app's, then what is tried, then another file. */
const around = (...tried: TarEntry[]): Buffer =>
  tar([{ name: "top/app/a", content: "1" }, ...tried, { name: "top/app/z", content: "2" }]);
const named = (name: string): Buffer => around({ name: "long", pax: { path: name }, content: "x" });
const big = (digits: number[]): Buffer => Buffer.from([0x80, ...Array(11 - digits.length).fill(0), ...digits]);

const names: [string, string, RegExp][] = [
  ["a way up", "top/app/../../x", /leads out/],
  ["a way up and back", "top/app/a/../../app/b", /leads out/],
  ["only dots", "top/app/..", /leads out/],
  ["dots in front", "../top/app/x", /leads out|one folder/],
  ["the root", "/etc/x", /leads out|one folder/],
  ["a second folder at the top", "other/app/x", /one folder/],
  ["an empty part", "top/app//x", /leads out|empty/],
  ["a drive", "top/app/C:x", /drive|Windows/],
  ["a stream of Windows", "top/app/file:stream", /Windows/],
  ["a backslash", "top/app/..\\..\\x", /backslash/],
  ["a control character", "top/app/x\u001b[2J", /control/],
  ["an invisible character", "top/app/x\u202etxt.exe", /invisible/],
  ["a dot at its end", "top/app/x.", /dot or a space/],
  ["a space at its end", "top/app/x ", /dot or a space/],
  ["a device of Windows", "top/app/CON", /device/],
  ["a device of Windows with an ending", "top/app/sub/com1.txt", /device/],
  ["git's folder", "top/app/.GIT/hooks/post-checkout", /git/],
  ["four thousand letters", `top/app/${"x".repeat(4000)}`, /bytes/],
  ["a long path", `top/app/${"seventeen-letters/".repeat(60)}x`, /longer|deep/],
  ["a thousand folders", `top/app/${"d/".repeat(500)}x`, /deep/],
];

const entries: [string, Buffer, RegExp][] = [
  ["a symbolic link", around({ name: "top/app/l", type: "2", link: "/etc/passwd" }), /symbolic link/],
  ["a link that stays inside", around({ name: "top/app/l", type: "2", link: "a" }), /symbolic link/],
  ["a hard link", around({ name: "top/app/l", type: "1", link: "top/app/a" }), /hard link/],
  [
    "a link, then a file through it",
    around({ name: "top/app/l", type: "2", link: "/tmp" }, { name: "top/app/l/x", content: "x" }),
    /symbolic link/,
  ],
  ["a character device", around({ name: "top/app/n", type: "3" }), /device/],
  ["a block device", around({ name: "top/app/n", type: "4" }), /device/],
  ["a pipe", around({ name: "top/app/n", type: "6" }), /pipe/],
  ["a sparse file", around({ name: "top/app/n", type: "S" }), /sparse/],
  ["an unknown kind", around({ name: "top/app/n", type: "Z" }), /not known/],
  ["the same name twice", around({ name: "top/app/a", content: "other" }), /twice/],
  ["another case of a name", around({ name: "top/app/A", content: "other" }), /same as/],
  ["another case of a folder", around({ name: "top/app/Sub/x" }, { name: "top/app/sub/y" }), /same as/],
  ["two forms of one letter", around({ name: "top/app/e\u0301" }, { name: "top/app/\u00e9" }), /twice|same as/],
  ["a ligature for two letters", around({ name: "top/app/\ufb01" }, { name: "top/app/fi" }), /same as/],
  ["a file that is a folder, too", around({ name: "top/app/a/b", content: "x" }), /twice/],
];

const headers: [string, Buffer, RegExp][] = [
  ["a wrong checksum", around({ name: "top/app/x", checksum: "000001\0 " }), /checksum/],
  ["a size that is no number", around({ name: "top/app/x", size: "9z9" }), /number/],
  ["a size below zero", around({ name: "top/app/x", size: Buffer.alloc(12, 0xff) }), /number/],
  ["a size beyond all numbers", around({ name: "top/app/x", size: big([1, 0, 0, 0, 0, 0, 0, 0]) }), /number|MB/],
  ["two sizes", around({ name: "top/app/x", content: "x", pax: { size: "512" } }), /two sizes/],
  [
    "two names",
    tar([
      { name: "x", type: "x", content: paxRecords({ path: "top/app/x" }) },
      { name: "y", type: "L", content: "top/app/y\0" },
      { name: "top/app/z" },
    ]),
    /two ways/,
  ],
  [
    "a record said twice",
    tar([{ name: "x", type: "x", content: paxRecords({ path: "a" }) + paxRecords({ path: "b" }) }, { name: "z" }]),
    /two ways/,
  ],
  [
    "a record with a wrong length",
    tar([{ name: "x", type: "x", content: "99 path=x\n" }, { name: "z" }]),
    /cannot be read/,
  ],
  [
    "a NUL in a record",
    tar([{ name: "x", type: "x", content: paxRecords({ path: "top/app/x\0y" }) }, { name: "z" }]),
    /two ways/,
  ],
  ["a sparse file in records", around({ name: "top/app/x", pax: { "GNU.sparse.major": "1" } }), /not known/],
  [
    "a name for all entries",
    tar([{ name: "g", type: "g", content: paxRecords({ path: "top/app/x" }) }, { name: "z" }]),
    /not known/,
  ],
  ["a header without an end", tar([{ name: "x", type: "x", content: "x".repeat(100_000) }, { name: "z" }]), /too long/],
  [
    "a name that is not UTF-8",
    (() => {
      const raw = around({ name: "top/app/xx" });
      const at = raw.indexOf("top/app/xx");
      raw[at + 8] = 0xff;
      const sum = raw.subarray(at, at + 512).reduce((all, byte, i) => all + (i >= 148 && i < 156 ? 32 : byte), 0);
      raw.write(`${sum.toString(8).padStart(6, "0")}\0 `, at + 148);
      return raw;
    })(),
    /UTF-8/,
  ],
  ["a file whose name ends as a folder's", around({ name: "top/app/x/", content: "x" }), /folder's/],
  ["a folder with bytes", around({ name: "top/app/d/", type: "5", content: "x" }), /bytes/],
  [
    "an end, and more behind it",
    Buffer.concat([around(), ...blocksOf({ name: "top/app/late", content: "x" }), Buffer.alloc(1024)]),
    /after its end/,
  ],
  ["no end", around().subarray(0, -1024), /in the middle/],
  [
    "an end in the middle of a file",
    around({ name: "top/app/x", content: "x".repeat(2000) }).subarray(0, 2100),
    /in the middle/,
  ],
];

describe("an archive is refused", () => {
  const all = [
    ...names.map(([what, name, why]): [string, Buffer, RegExp] => [`with ${what} for a name (H1)`, named(name), why]),
    ...entries.map(([what, bytes, why]): [string, Buffer, RegExp] => [`with ${what} (H2, H5)`, bytes, why]),
    ...headers.map(([what, bytes, why]): [string, Buffer, RegExp] => [`with ${what} (H5)`, bytes, why]),
  ];

  // A corpus that shrank would be a promise that nobody keeps.
  it("in more than forty ways", () => expect(all.length).toBeGreaterThan(40));

  // What is unpacked is a stranger's: whatever it tries, nothing but its own folder may change.
  it.each(all)("%s", async (_what, bytes, why) => {
    const fault = await refused(piecesOf(gzipSync(bytes)));
    expect(fault.detail).toMatch(why);
    expect(fault.detail).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
    expect(readFileSync(canary, "utf8")).toBe("sings");
    expect(readdirSync(join(into, ".."))).toEqual(["cache", "canary"]);
    // Names reach the disk only when all of them are fit: until then there are numbers.
    expect(
      readdirSync(into, { recursive: true, encoding: "utf8" }).every((name) => /^parts([/\\]\d+)?$/.test(name)),
    ).toBe(true);
  });

  it.each<[string, Buffer, RegExp]>([
    ["that is no gzip", Buffer.from("PK\u0003\u0004 a zip"), /gzipped/],
    ["that is empty", Buffer.alloc(0), /in the middle|gzipped/],
    ["that is cut", gzipSync(around()).subarray(0, 60), /in the middle/],
    [
      "whose gzip has a wrong sum",
      (() => {
        const bytes = gzipSync(around());
        bytes[bytes.length - 6]! ^= 1;
        return bytes;
      })(),
      /gzipped/,
    ],
    [
      "of random bytes",
      gzipSync(Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 197) % 251))),
      /checksum|number/,
    ],
  ])("%s (H3)", async (_what, bytes, why) => {
    expect((await refused(piecesOf(bytes))).detail).toMatch(why);
  });
});

describe("an archive that never ends", () => {
  const zeros = gzipSync(Buffer.alloc(8 * 1024 ** 2));

  /** A file that says it has a gigabyte, and nothing but zeros after that: 1 MiB sent for each GiB. */
  async function* bomb(): AsyncGenerator<Uint8Array> {
    yield gzipSync(blocksOf({ name: "top/app/zeros", size: 1024 ** 3 })[0]!);
    for (let sent = 0; sent < 128; sent++) yield zeros;
  }

  // A gigabyte of nothing in a megabyte: neither memory nor disk may take it (H3).
  it("because it is a bomb stops at the ratio, in little memory", async () => {
    const before = process.memoryUsage().rss;
    const started = performance.now();
    const fault = await refused(bomb(), { fileBytes: 2 * 1024 ** 3, bytes: 2 * 1024 ** 3 });
    expect(fault.detail).toContain("bombs");
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 ** 2);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it("because its one file is too large stops before a byte of it", async () => {
    expect((await refused(bomb())).detail).toMatch(/more than 256 MB/);
  });

  /** Entries without an end. */
  async function* many(entry: (at: number) => TarEntry): AsyncGenerator<Uint8Array> {
    const gzip = (from: number): Buffer =>
      gzipSync(Buffer.concat(Array.from({ length: 500 }, (_, at) => Buffer.concat(blocksOf(entry(from + at))))), {
        level: 1,
      });
    for (let at = 0; at < 1_000_000; at += 500) yield gzip(at);
  }

  // A million names are found out by counting (H4).
  it.each<[string, (at: number) => TarEntry, RegExp]>([
    ["of its files", (at) => ({ name: `top/app/${at}` }), /500 files/],
    ["of its folders", (at) => ({ name: `top/app/${at}/`, type: "5" }), /500 folders/],
    ["of folders that only files have", (at) => ({ name: `top/app/${at}/x` }), /500 f/],
    ["of what lies elsewhere", (at) => ({ name: `top/else/${at}` }), /2000 entries/],
  ])("because %s there are too many stops at the count", async (_what, entry, why) => {
    expect((await refused(many(entry), { files: 500, folders: 500, entries: 2000 })).detail).toMatch(why);
  });

  it("because its bytes together are too many stops there, also where they lie elsewhere", async () => {
    const content = Buffer.from(Array.from({ length: 65_536 }, (_, at) => (at * at * 31) % 256));
    const all = (name: string) => many((at) => ({ name: `top/${name}/${at}`, content }));
    expect((await refused(all("app"), { bytes: 1024 ** 2 })).detail).toMatch(/1 MB/);
    rmSync(join(into, "parts"), { recursive: true });
    expect((await refused(all("else"), { unpackedBytes: 4 * 1024 ** 2, ratio: 1e9 })).detail).toMatch(/4 MB/);
  });
});

describe("an archive is taken", () => {
  // What lies elsewhere in a repository is nobody's business here: links there harm nobody who does not follow them.
  it("with links and odd names elsewhere, which are passed over", async () => {
    const bytes = tar([
      { name: "top/link", type: "2", link: "/etc" },
      { name: "top/other/CON", content: "x" },
      { name: "top/app/a", content: "1", mode: 0o6755 },
      { name: "top/app/.DS_Store", content: "x" },
      { name: "top/apple/b", content: "2" },
    ]);
    const { dir: out, files } = await extract({ archive: piecesOf(gzipSync(bytes)), path: "app", into });
    expect(files.map(({ path, executable }) => [path, executable])).toEqual([["a", true]]);
    expect(readdirSync(out)).toEqual(["a"]);
  });

  // Long names come in two ways; both mean what they say. Names are kept in one form of Unicode.
  it("with long names of git's and GNU's, in pieces of any size", async () => {
    const long = `${"folder/".repeat(20)}file`;
    const gnu: TarEntry[] = [
      { name: "././@LongLink", type: "L", content: `top/app/${long}2\0` },
      { name: "short", content: "2" },
    ];
    const git = gitTar("c".repeat(40), "top", [
      { name: `app/${long}`, content: "1" },
      { name: "app/e\u0301", content: "3" },
    ]);
    const bytes = gzipSync(
      Buffer.concat([git.subarray(0, -1024), ...gnu.flatMap((one) => blocksOf(one)), Buffer.alloc(1024)]),
    );
    const { files } = await extract({ archive: piecesOf(bytes, 7), path: "app", into, commit: "c".repeat(40) });
    expect(files.map(({ path }) => path)).toEqual([long, "\u00e9", `${long}2`]);
  });
});
