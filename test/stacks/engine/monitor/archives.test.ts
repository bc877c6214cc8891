import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Archive, Asset, OutputValue, Secret } from "../../../../stacks/engine/value.ts";
import { hashArchive, hashAsset, hashMap } from "../../../../stacks/engine/values/archive.ts";

// Made by Python's zipfile and tarfile: a folder, a compressed and a stored file, a name beyond 100 characters.
const zip = Buffer.from(
  "UEsDBBQAAAAAAAAAIQAAAAAAAAAAAAAAAAACAAAAYi9QSwMEFAAAAAgAGCZ6XfAjK9sYAAAAuAsAAAkAAABiL3R3by50eHTtwrENAAAMAqCTu5j0fd9wgJC/qKqq2wtQSwMEFAAAAAAAGCZ6XfGGbHoDAAAAAwAAAAUAAABhLnR4dG9uZVBLAQIUAxQAAAAAAAAAIQAAAAAAAAAAAAAAAAACAAAAAAAAAAAAAACAAQAAAABiL1BLAQIUAxQAAAAIABgmel3wIyvbGAAAALgLAAAJAAAAAAAAAAAAAACAASAAAABiL3R3by50eHRQSwECFAMUAAAAAAAYJnpd8YZsegMAAAADAAAABQAAAAAAAAAAAAAAgAFfAAAAYS50eHRQSwUGAAAAAAMAAwCaAAAAhQAAAAAA",
  "base64",
);
const gnuTarGz = Buffer.from(
  "H4sICDG6B2sC/2ZpbGVzLnRhcgDt2EsKwjAUheEsJStomuY1dQHdhAURUVLQii7f4ECwFnRgYrH/x4F0frgkt50S2dWJt/Z+JuNz4tvrxgjpRAHn07A+SikWqlPDpa+G6/C7/p0P4/6D07WQNf1nl9onhBBCCCGEzDzfev+vM+9+n+3/Zrz/exfY/0ro40ZguSpVqVXbx227i/uM8z8x94+Zb+zL/5/gtJAt85/dIVWv4iwVuJlQov/39799nn9jtG+4/0v1zxQAAAAAwP+7AY0yTWMAKAAA",
  "base64",
);
const paxTarGz = Buffer.from(
  "H4sICDG6B2sCA2ZpbGVzLnRhcgDt170KwjAUBeA7+xR5guavSXAQHB19hRSLDtKKRuzjGx2EloIOJhZ7Pg6kW4fLIbkVp+REZMvyeUbDc+TbSquJGcrgegn+HH9J81TxcGuL0IXfzd9YN5y/M0YQE5h/cnH6CIIgCIIgCIJMPN96//vEu99n+78e7v9OOux/ObRNTTBfBS/4euu7Te139Tld/0d6/+q8MrLffymU1MQ69D85aZfs5MNhdWybPW8m6XFFLVDVJHKM/f39X/b7r7VSCvd/rvmjBQAAAAAAAP/vDkpinTQAKAAA",
  "base64",
);

const dir = mkdtempSync(join(tmpdir(), "archives-"));
const long = "d".repeat(60);
let server: Server;
let base: string;
const asked: string[] = [];

beforeAll(async () => {
  const file = (path: string, text: string): void => {
    mkdirSync(join(dir, "tree", path, ".."), { recursive: true });
    writeFileSync(join(dir, "tree", path), text);
  };
  file("foo/x", "x");
  file("foo-bar/y", "y");
  file("foo.txt", "z");
  file(".pulumi/state", "no");
  file("\u00fcnder.txt", "\u00e4");
  file(`${long}/${long}/${long}/file.txt`, "deep\n");
  symlinkSync("foo.txt", join(dir, "tree", "link"));
  symlinkSync("foo", join(dir, "tree", "linkdir"));
  writeFileSync(join(dir, "files.zip"), zip);
  writeFileSync(join(dir, "files.tar.gz"), gnuTarGz);
  writeFileSync(join(dir, "files.tar"), gunzipSync(paxTarGz));
  server = createServer((request, response) => {
    asked.push(request.url!);
    const failing = request.url === "/flaky.zip" && asked.filter((url) => url === request.url).length < 3;
    response.statusCode = failing ? 503 : request.url?.startsWith("/gone") ? 404 : 200;
    response.end(failing || response.statusCode === 404 ? "<html>sorry</html>" : zip);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  rmSync(dir, { recursive: true });
});

const at = (path: string): Archive => new Archive({ path });
const hashOf = async (archive: Archive): Promise<string | undefined> => (await hashArchive(archive, dir)).hash;

// The values are what Pulumi's own Go code says of the same files: a difference updates every function of a stack that
// changes hands. Order of folders and names, names that are not ASCII or too long, links and Pulumi's own folder count.
test.each([
  ["a folder", () => at("tree"), "a2683b64429400b4c6e0e89f722cf333760904b6bc997bd158ac91725bc0797d"],
  ["a ZIP", () => at("files.zip"), "bf0772af845f330db2505fe82a534b0284b7322ed3ee591c6c6de31930691139"],
  ["a TAR", () => at("files.tar.gz"), "8041f91933c62515772e7758f35177bc97f527361e83b97fb4fb9f2befa35b04"],
  [
    "no files at all",
    () => new Archive({ assets: {} }),
    "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
  ],
  [
    "archives in an archive",
    () =>
      new Archive({
        assets: {
          "in/zip": at("files.zip"),
          "in/tgz": at("files.tar.gz"),
          "in/tar": at("files.tar"),
          dir: at("tree"),
          "a.txt": new Asset({ text: "text" }),
        },
      }),
    "2166fad22ddb027dc8d0b8fe07d8fa52958f633b8765c987b18b673bc6aa497e",
  ],
])("the hash of %s is Pulumi's", async (_what, archive, hash) => {
  expect(await hashOf(archive())).toBe(hash);
});

// Where the bytes come from makes no difference.
test("files behind URIs are hashed like those here, after a few attempts", async () => {
  const here = await hashOf(at("files.zip"));
  expect(await hashOf(new Archive({ uri: pathToFileURL(join(dir, "files.zip")).href }))).toBe(here);
  expect(await hashOf(new Archive({ uri: `${base}/files.zip?v=1` }))).toBe(here);
  expect(await hashOf(new Archive({ uri: `${base}/flaky.zip` }))).toBe(here);
  expect(asked.filter((url) => url === "/flaky.zip")).toHaveLength(3);
  expect((await hashAsset(new Asset({ uri: `${base}/anything` }), dir)).hash).toBe(here);
  const remote = new Archive({ assets: { in: new Archive({ uri: `${base}/files.zip` }) } });
  expect(await hashOf(remote)).toBe(await hashOf(new Archive({ assets: { in: at("files.zip") } })));
});

// A page that says "not found" must not become the code of a function.
test.each([
  ["a page that is gone", () => new Archive({ uri: `${base}/gone.zip` }), "/gone.zip': 404 Not Found"],
  [
    "a server that is not there",
    () => new Archive({ uri: "http://u:p@127.0.0.1:1/x.zip" }),
    "'http://127.0.0.1:1/x.zip'",
  ],
  ["a URI of no archive", () => new Archive({ uri: `${base}/x.exe` }), "is not a recognized archive format"],
  ["a scheme nobody reads", () => new Archive({ uri: "ftp://h/x.zip" }), "Unrecognized or unsupported URI scheme: ftp"],
  ["no URI", () => new Archive({ uri: "x.zip" }), "'x.zip' is not a valid URI"],
  ["a folder that is not there", () => at("nowhere"), "couldn't read archive path"],
  ["a file that is no archive", () => at("tree/foo.txt"), "is neither a recognized archive type nor a directory"],
  [
    "a folder taken for a file",
    () => new Archive({ assets: { a: new Asset({ path: "tree" }) } }),
    "is a directory; try using an archive",
  ],
  ["a damaged ZIP", () => new Archive({ assets: { a: at("cut.zip") } }), "failed to read ZIP 'cut.zip'"],
  ["a damaged TAR", () => new Archive({ assets: { a: at("cut.tar") } }), "it ends in the middle of a file"],
  ["a damaged gzip", () => new Archive({ assets: { a: at("cut.tgz") } }), "failed to read 'cut.tgz'"],
])("%s is an error that names it", async (_what, archive, text) => {
  writeFileSync(join(dir, "cut.zip"), zip.subarray(0, 120));
  writeFileSync(join(dir, "cut.tar"), gunzipSync(paxTarGz).subarray(0, 1400));
  writeFileSync(join(dir, "cut.tgz"), gnuTarGz.subarray(0, 60));
  await expect(hashOf(archive())).rejects.toThrow(text);
});

// Contents may be left out where only the hash is known; what is wrapped is found.
test("hashes are put in wherever a file is, and one that is there stays", async () => {
  const file = new Asset({ text: "t" });
  const { hash } = await hashAsset(file, dir);
  const known = new Asset({ hash: "h" });
  const map = await hashMap(
    { a: [new Secret(file)], b: new OutputValue({ value: { c: file }, dependencies: ["u"] }), known, n: null },
    dir,
  );
  const full = new Asset({ text: "t", hash });
  expect(map).toEqual({
    a: [new Secret(full)],
    b: new OutputValue({ value: { c: full }, dependencies: ["u"] }),
    known,
    n: null,
  });
});
