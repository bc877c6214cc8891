/** What a REF means: which source has it, and what is said of one that nothing has. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { Fault } from "../../blueprints/fault.ts";
import { resolveRef } from "../../catalog/resolve.ts";

const dir = mkdtempSync(join(tmpdir(), "freehold-catalog-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const bundled = join(dir, "bundled");
for (const name of ["notes", "photos", "not-one", "../own/app"]) mkdirSync(join(bundled, name), { recursive: true });
for (const name of ["notes", "photos"]) writeFileSync(join(bundled, name, "blueprint.yaml"), "freehold: 1\n");

const where = { bundled, cwd: join(dir, "own"), home: dir, installed: () => ["diary"] };

async function refused(ref: string): Promise<Fault> {
  try {
    await resolveRef(ref, where);
  } catch (error) {
    if (error instanceof Fault) return error;
  }
  throw new Error(`${ref} was not refused with a fault`);
}

describe("a REF", () => {
  it("is a bundled blueprint by its folder's name", async () => {
    expect(await resolveRef("notes", where)).toEqual({
      source: "bundled",
      ref: "notes",
      dir: join(bundled, "notes"),
      origin: { source: "bundled" },
    });
  });

  // The record of an installed app must find the folder again from anywhere, so what is answered is absolute.
  it.each(["./app", "../own/app", "~/own/app", join(dir, "own/app")])("is a folder when written as %s", async (ref) => {
    const own = join(dir, "own/app");
    expect(await resolveRef(ref, where)).toEqual({
      source: "folder",
      ref: own,
      dir: own,
      origin: { source: "folder" },
    });
  });

  // A folder of the same name in the current directory must not take a bundled blueprint's place unseen.
  it("is no folder without a sign of one", async () => {
    expect((await refused("app")).code).toBe("ref-unknown");
  });

  it("with a slip of the finger gets the nearest of what is bundled and installed", async () => {
    expect(await refused("ntoes")).toMatchObject({ code: "ref-unknown", next: "freehold up notes", exitCode: 4 });
    expect((await refused("dairy")).next).toBe("freehold up diary");
    expect((await refused("zzzzzz")).next).toBe("freehold ls");
  });

  // A folder without a manifest lies beside the bundled ones in a build; it is not one of them.
  it("is not a folder without a manifest", async () => {
    expect((await refused("not-one")).code).toBe("ref-unknown");
  });

  it("of a folder that is not there names it as it was written", async () => {
    expect(await refused("./gone")).toMatchObject({ code: "folder-missing", at: "./gone", exitCode: 4 });
  });

  it.each(["github:owner/repo", "community/notes"])(
    "of a kind that is not carried out yet is refused: %s",
    async (ref) => {
      expect(await refused(ref)).toMatchObject({ code: "ref-not-yet", exitCode: 2 });
    },
  );
});
