/** The exact folders of what is installed: what is carried out is what was compared, whatever becomes of where it was from. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { digestFiles, digestFolder } from "../../blueprints/digest.ts";
import { type Blueprint, loadBlueprint } from "../../blueprints/load.ts";
import { copyDir, keepCopy } from "../../cli/copies.ts";
import { findPaths } from "../../cli/paths.ts";
import { changeFile, copyCounter } from "../support/counter.ts";

const dir = mkdtempSync(join(tmpdir(), "freehold-copies-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
let home: string;
let folder: string;
let blueprint: Blueprint;
let digest: string;
const keep = () => keepCopy(findPaths({ FREEHOLD_HOME: join(home, "home") }), "home", blueprint, digest);

beforeEach(async () => {
  home = mkdtempSync(join(dir, "one-"));
  folder = await copyCounter(home);
  blueprint = await loadBlueprint(folder);
  digest = await digestFiles(blueprint.files);
});

describe("the copy of a blueprint", () => {
  it("is the folder that the digest is of, under the digest's name", async () => {
    const to = await keep();
    expect(to).toBe(copyDir(findPaths({ FREEHOLD_HOME: join(home, "home") }), "home", digest));
    expect(await digestFolder(to)).toBe(digest);
    await changeFile(join(folder, "api/index.mjs"), (text) => `${text}// later\n`);
    expect(await keep()).toBe(to);
    expect(await digestFolder(to)).toBe(digest);
  });

  // Between what somebody said yes to and what is carried out nobody may put other code: an editor, a build, an attacker.
  it.each([
    ["changed", () => changeFile(join(folder, "api/index.mjs"), (text) => `${text}// other\n`)],
    ["gone", () => rmSync(join(folder, "api/index.mjs"))],
  ])("is not made of files that were %s meanwhile, and nothing is left", async (_, meanwhile) => {
    await meanwhile();
    await expect(keep()).rejects.toMatchObject({ code: "folder-changed" });
    const copies = join(copyDir(findPaths({ FREEHOLD_HOME: join(home, "home") }), "home", digest), "..");
    expect(existsSync(copies) ? readdirSync(copies) : []).toEqual([]);
  });

  // What lies there for months is compared each time it is used.
  it("is made anew when it is not what its name says", async () => {
    const to = await keep();
    writeFileSync(join(to, "api/index.mjs"), "export const handler = evil;\n");
    expect(await keep()).toBe(to);
    expect(await digestFolder(to)).toBe(digest);
    expect(readFileSync(join(to, "api/index.mjs"), "utf8")).not.toContain("evil");
  });
});
