/** What a REF means: which source has it, and what is said of one that nothing has. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { digestFolder } from "../../blueprints/digest.ts";
import { Fault } from "../../blueprints/fault.ts";
import { resolveRef, type Where } from "../../catalog/resolve.ts";

const dir = mkdtempSync(join(tmpdir(), "freehold-catalog-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const bundled = join(dir, "bundled");
for (const name of ["notes", "photos", "not-one", "../own/app"]) mkdirSync(join(bundled, name), { recursive: true });
for (const name of ["notes", "photos"]) writeFileSync(join(bundled, name, "blueprint.yaml"), "freehold: 1\n");

const own = join(dir, "own");
const todo = join(own, "apps/todo");
mkdirSync(todo, { recursive: true });
writeFileSync(join(todo, "blueprint.yaml"), "freehold: 1\n");
const ann = { name: "ann", id: "todo", digest: await digestFolder(todo) };

/** What catalogs in that folder have. */
const hits =
  (...entries: (typeof ann)[]): Where["entries"] =>
  async (id, only) =>
    entries
      .filter((one) => one.id === id && (only === undefined || one.name === only))
      .map(({ name, digest }) => ({ catalog: { name, ref: own }, entry: { id, path: "apps/todo", digest } }));

const where: Where = {
  bundled,
  cwd: own,
  home: dir,
  installed: () => ["diary"],
  entries: hits(),
  shelf: { cache: join(dir, "cache") },
  github: () => {
    throw new Error("nobody asks GitHub for these");
  },
  origins: () => [],
};

async function refused(ref: string, from = where): Promise<Fault> {
  try {
    await resolveRef(ref, from);
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

  // Two catalogs may have a notes: neither takes the other's place unseen.
  it("that two catalogs have lists both, and each by its whole name", async () => {
    const both = { ...where, entries: hits(ann, { ...ann, name: "bea" }) };
    expect(await refused("todo", both)).toMatchObject({ code: "ref-ambiguous", exitCode: 2 });
    expect((await refused("todo", both)).detail).toContain("ann/todo or bea/todo");
    expect(await resolveRef("bea/todo", both)).toMatchObject({ source: "catalog", ref: "bea/todo" });
    expect((await refused("notes", { ...where, entries: hits({ ...ann, id: "notes" }) })).detail).toContain(
      "bundled/notes or ann/notes",
    );
    expect(await resolveRef("bundled/notes", both)).toMatchObject({ source: "bundled", ref: "notes" });
  });

  // What a catalog of a folder promised is copied, so that the folder may change without changing what is installed.
  it("of a catalog in a folder is copied when it is what the catalog promised", async () => {
    const found = await resolveRef("todo", { ...where, entries: hits(ann) });
    expect(found).toMatchObject({ ref: "ann/todo", origin: { source: "catalog", catalog: "ann", path: "apps/todo" } });
    expect(found.dir.startsWith(join(dir, "cache"))).toBe(true);
    writeFileSync(join(own, "apps/todo/blueprint.yaml"), "freehold: 1 # other\n");
    expect((await resolveRef("todo", { ...where, entries: hits(ann) })).digest).toBe(found.digest);
    rmSync(join(dir, "cache"), { recursive: true });
    expect((await refused("todo", { ...where, entries: hits(ann) })).code).toBe("digest-differs");
    expect(existsSync(join(dir, "cache/blueprints")) && readdirSync(join(dir, "cache/blueprints"))).toEqual([]);
  });

  // Somebody who deletes a folder of their catalog is told so, and not that it is a bug.
  it("of a catalog whose folder lacks what its index lists says what to do", async () => {
    const entry = { id: "todo", path: "apps/gone", digest: `sha256:${"0".repeat(64)}` };
    const refusal = await refused("todo", {
      ...where,
      entries: async () => [{ catalog: { name: "ann", ref: own }, entry }],
    });
    expect(refusal).toMatchObject({ code: "entry-missing", exitCode: 4 });
    expect(refusal.next).toBe(`freehold catalog build ${own}`);
  });

  it.each(["a/b/c", "a/", "ann//todo"])("that is none of these is refused: %s", async (ref) => {
    expect((await refused(ref)).exitCode).toBeGreaterThan(1);
  });
});
