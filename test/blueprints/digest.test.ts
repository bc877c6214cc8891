/** The digest pins what is installed: it follows names, bytes and the executable bit, and nothing else. */
import { chmod, mkdir, mkdtemp, rename, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, it } from "vitest";
import { digestFolder } from "../../blueprints/digest.ts";
import { rounds } from "../support/tools.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "freehold-digest-"));
  await mkdir(join(dir, "a"));
  await writeFile(join(dir, "a/one"), "1");
  await writeFile(join(dir, "two"), "22");
});
afterEach(() => rm(dir, { recursive: true, force: true }));

it("is the same on every computer", async () => {
  expect(await digestFolder(dir)).toBe("sha256:f1059e106ff41dcdbac6b24de93b1b4b86ca4cd8f338be64c5acf18f5c04bf9c");
});

it("does not follow times, empty folders or what git keeps", async () => {
  const before = await digestFolder(dir);
  await utimes(join(dir, "two"), 1, 1);
  await mkdir(join(dir, "empty"));
  await mkdir(join(dir, ".git"));
  await writeFile(join(dir, ".git/config"), "x");
  expect(await digestFolder(dir)).toBe(before);
});

it("follows a byte, a name and the executable bit", async () => {
  const seen = new Set([await digestFolder(dir)]);
  await writeFile(join(dir, "two"), "23");
  seen.add(await digestFolder(dir));
  await chmod(join(dir, "two"), 0o755);
  seen.add(await digestFolder(dir));
  await rename(join(dir, "two"), join(dir, "three"));
  seen.add(await digestFolder(dir));
  expect(seen.size).toBe(4);
});

interface One {
  path: string;
  text: string;
  executable: boolean;
}

/** Bytes that look like the digest's own lines, so that a file could pass for two if lengths were not said. */
const texts = ["", "1", "22", "\n", '- 1 "b"\n', '1- 2 "two"\n22', 'x 0 "a/c"\n', "\u0000", "é", "e\u0301"];
const paths = ["a", "b", "two", "a/b", "a/c", "a b", 'a"', "é", "e\u0301", "\u{1f600}", "\uff5e", "A", "-"];
const tree = fc.uniqueArray(
  fc.record({ path: fc.constantFrom(...paths), text: fc.constantFrom(...texts), executable: fc.boolean() }),
  { selector: ({ path }) => path, maxLength: 5 },
);

async function digestOf(files: readonly One[], into: string): Promise<string> {
  await mkdir(into);
  for (const { path, text, executable } of files) {
    await mkdir(dirname(join(into, path)), { recursive: true });
    await writeFile(join(into, path), text);
    await chmod(join(into, path), executable ? 0o755 : 0o644);
  }
  return digestFolder(into);
}
const meaning = (files: readonly One[]): string =>
  JSON.stringify(files.map(({ path, text, executable }) => [path, text, executable]).sort());
/** No file where another has a folder. */
const stands = (files: readonly One[]): boolean =>
  !files.some(({ path }) => files.some((other) => other.path.startsWith(`${path}/`)));

// Two folders with one digest would be two programs under one yes; one folder with two could never be pinned.
it("is one for one tree in whatever order it was made, and another for any other tree", async () => {
  const seen = new Map<string, string>();
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(tree.filter(stands), fc.array(fc.nat()), async (files, order) => {
      const shuffled = [...files].sort(
        (a, b) => (order[paths.indexOf(a.path)] ?? 0) - (order[paths.indexOf(b.path)] ?? 0),
      );
      const [one, other] = await Promise.all([
        digestOf(files, join(dir, `tree-${++runs}`)),
        digestOf(shuffled.reverse(), join(dir, `tree-${++runs}`)),
      ]);
      expect(other).toBe(one);
      expect(seen.get(one) ?? meaning(files)).toBe(meaning(files));
      seen.set(one, meaning(files));
    }),
    { numRuns: 10 * rounds },
  );
  expect(new Set(seen.values()).size).toBe(seen.size);
});
