/** The digest pins what is installed: it follows names, bytes and the executable bit, and nothing else. */
import { chmod, mkdir, mkdtemp, rename, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { digestFolder } from "../../blueprints/digest.ts";

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
