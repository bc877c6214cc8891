/** What the extractor takes comes out as it went in, for any tree of plain files; what it refuses leaves no name behind. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { digestFolder } from "../../blueprints/digest.ts";
import { Fault } from "../../blueprints/fault.ts";
import { extract } from "../../catalog/extract.ts";
import { objectId } from "../support/git-objects.ts";
import { gitTar, type TarEntry, tar } from "../support/tar.ts";
import { git, missing, rounds } from "../support/tools.ts";

const dir = mkdtempSync(join(tmpdir(), "freehold-extract-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const numRuns = rounds * 4;

async function* piecesOf(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const into = (): string => mkdtempSync(join(dir, "into-"));
const content = fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes));
const part = fc
  .stringMatching(/^[a-z0-9_][a-z0-9_ .-]{0,60}[a-z0-9_]$/)
  .filter((name) => !/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)|^git~/.test(name));
/** Files by path; none lies where another needs a folder. */
const tree = fc
  .dictionary(
    fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/")),
    fc.record({ content, executable: fc.boolean() }),
    { minKeys: 1, maxKeys: 12 },
  )
  .filter((files) =>
    Object.keys(files).every((path) => !Object.keys(files).some((other) => other.startsWith(`${path}/`))),
  );

describe("the extractor", () => {
  // The digest that pins an install is over what came out: it must not depend on how the archive was written.
  it("gives back any tree of plain files, with git's ids, whatever order, modes and pieces it came in", async () => {
    await fc.assert(
      fc.asyncProperty(
        tree,
        fc.integer({ min: 100, max: 5000 }),
        fc.integer({ min: 0, max: 0o77 }),
        async (files, size, noise) => {
          const entries = Object.entries(files).map(
            ([path, { content, executable }]): TarEntry => ({
              name: `app/${path}`,
              content,
              // Of the mode only the owner's executable bit counts.
              mode: (executable ? 0o700 : 0o600) | noise,
            }),
          );
          const archive = (order: TarEntry[]) => piecesOf(gzipSync(gitTar("c".repeat(40), "top", order)), size);
          const one = await extract({ archive: archive(entries), path: "app", into: into() });
          const other = await extract({ archive: archive([...entries].reverse()), path: "app", into: into() });
          for (const file of one.files) {
            const said = files[file.path]!;
            expect(readFileSync(join(one.dir, file.path)).equals(said.content)).toBe(true);
            expect((statSync(join(one.dir, file.path)).mode & 0o777) === (said.executable ? 0o700 : 0o600)).toBe(true);
            expect(file.blob).toBe(objectId("blob", said.content));
          }
          expect(one.files).toHaveLength(Object.keys(files).length);
          expect(await digestFolder(one.dir)).toBe(await digestFolder(other.dir));
          const plain = into();
          for (const [path, { content, executable }] of Object.entries(files)) {
            mkdirSync(join(plain, dirname(path)), { recursive: true });
            writeFileSync(join(plain, path), content, { mode: executable ? 0o755 : 0o644 });
          }
          expect(await digestFolder(plain)).toBe(await digestFolder(one.dir));
        },
      ),
      { numRuns },
    );
  });

  // Whatever a name is, it is refused or stays inside: no third way, and never a crash that is no fault.
  it("writes nothing outside, whatever the names are", async () => {
    const odd = fc.oneof(
      fc.string({ unit: "binary", maxLength: 40 }),
      fc
        .array(fc.constantFrom("..", ".", "", "a", "A", "/", "\\", "C:", "con", "\u0000", "\u202e", "é", "e\u0301"), {
          maxLength: 8,
        })
        .map((all) => all.join("/")),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(odd, { minLength: 1, maxLength: 5 }),
        fc.constantFrom("0", "1", "2", "5", "L", "x", "7"),
        async (names, type) => {
          const round = into();
          const cache = join(round, "cache");
          mkdirSync(cache);
          const entries = names.map(
            (name): TarEntry => ({
              name: "n",
              type,
              content: "0" === type ? "x" : "",
              pax: { path: `top/app/${name}` },
            }),
          );
          const archive = piecesOf(gzipSync(tar([...entries, { name: "top/app/ok" }])), 1000);
          const end = await extract({ archive, path: "app", into: cache }).catch((error: unknown) => error);
          if (end instanceof Error) expect(end, String(end.stack)).toBeInstanceOf(Fault);
          expect(readdirSync(round)).toEqual(["cache"]);
          expect(readdirSync(cache).every((name) => ["parts", "folder"].includes(name))).toBe(true);
        },
      ),
      { numRuns },
    );
  });

  // Bytes that were flipped on the way are found out, or change nothing: never something else quietly.
  it("takes an archive with flipped bits for what it was, or for broken", async () => {
    const whole = gitTar("c".repeat(40), "top", [
      { name: "app/a", content: "x".repeat(700) },
      { name: "app/b", content: "y" },
    ]);
    const files = async (bytes: Buffer) => {
      const out = await extract({ archive: piecesOf(bytes, 512), path: "app", into: into() });
      return out.files;
    };
    const right = await files(gzipSync(whole));
    await fc.assert(
      fc.asyncProperty(fc.nat(gzipSync(whole).length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
        const bytes = gzipSync(whole);
        bytes[at]! ^= mask;
        const end = await files(bytes).catch((error: unknown) => error);
        if (end instanceof Error) expect(end).toBeInstanceOf(Fault);
        else expect(end).toEqual(right);
      }),
      { numRuns: numRuns * 2 },
    );
  });
});

describe.skipIf(missing(git(), "git"))("what git itself archives", () => {
  // Our archives in tests are ours; these are git's own, with its way of long names, links and modes.
  it("is taken as it was committed", async () => {
    const repository = mkdtempSync(join(dir, "repository-"));
    const run = (...args: string[]) =>
      execFileSync("git", ["-C", repository, "-c", "user.name=a", "-c", "user.email=a@example.com", ...args], {
        env: { PATH: process.env["PATH"], HOME: repository },
        maxBuffer: 1024 ** 2,
      });
    const long = `app/${"long/".repeat(25)}ünïcode.txt`;
    run("init", "-q");
    for (const path of ["app/a.txt", "app/run.sh", long, "elsewhere"]) {
      mkdirSync(join(repository, dirname(path)), { recursive: true });
      writeFileSync(join(repository, path), path, { mode: path.endsWith(".sh") ? 0o755 : 0o644 });
    }
    execFileSync("ln", ["-s", "/etc/passwd", join(repository, "link")]);
    run("add", "-A");
    run("commit", "-q", "-m", "All");
    const commit = String(run("rev-parse", "HEAD")).trim();
    const bytes = run("archive", "--format=tar.gz", "--prefix=ann-apps-1234567/", commit);
    const { dir: out, files } = await extract({ archive: piecesOf(bytes, 300), path: "app", into: into(), commit });
    expect(files.map(({ path, executable }) => [path, executable])).toContainEqual(["run.sh", true]);
    expect(await digestFolder(out)).toBe(await digestFolder(join(repository, "app")));
    for (const { path, blob } of files) expect(String(run("rev-parse", `${commit}:app/${path}`)).trim()).toBe(blob);
    await expect(
      extract({ archive: piecesOf(bytes, 300), path: "app", into: into(), commit: "d".repeat(40) }),
    ).rejects.toMatchObject({
      code: "archive-other-commit",
    });
  });
});
