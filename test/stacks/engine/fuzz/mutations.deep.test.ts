/**
 * Whether the life cycle fuzz would notice: each mistake of mutations.ts is put into a copy of the engine, and the fuzz
 * has to find it. The copy without any has to pass.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rounds } from "../../../support/tools.ts";
import { engineFolder, playInChild, told } from "./child.ts";
import { mutations } from "./mutations.ts";

const root = resolve(engineFolder, "../..");
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mutants-"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function copy(name: string): string {
  const to = join(folder, name, "stacks", "engine");
  mkdirSync(to, { recursive: true });
  cpSync(engineFolder, to, { recursive: true });
  // What it imports beside itself.
  cpSync(join(root, "stacks/sign-in"), join(folder, name, "stacks/sign-in"), { recursive: true });
  return to;
}

describe("the life cycle fuzz", () => {
  it("has twenty mistakes to find", () => expect(mutations.length).toBeGreaterThanOrEqual(20));

  // What fails anyway finds everything.
  it("passes a copy of the engine as it is", { timeout: 120_000 }, async () => {
    const played = await playInChild(copy("sound"), 1, 40);
    expect(played.failed, told(played)).toBe(false);
  });

  // A mistake whose place is gone would be none.
  it.each(mutations)("has its place for: $breaks", ({ file, find }) => {
    expect(
      readFileSync(join(engineFolder, file), "utf8").split(find).length - 1,
      `${file} has no longer exactly one place that reads\n${find}\nPut another mistake of this kind in its place.`,
    ).toBe(1);
  });

  // A model that cannot tell these from the engine is no proof of it.
  it.concurrent.each(mutations.filter(({ late }) => !late || rounds > 3))(
    "notices: $breaks",
    { timeout: 240_000 },
    async ({ file, find, replace, breaks, seed = 1 }) => {
      const engine = copy(`mutant-${mutations.findIndex((one) => one.breaks === breaks)}`);
      const path = join(engine, file);
      const text = readFileSync(path, "utf8");
      writeFileSync(
        path,
        text.replace(find, () => replace),
      );
      const played = await playInChild(engine, seed, 600, ["--stop-early", "--seconds=200"]);
      expect(played.failed, `${played.scenarios} scenarios did not notice: ${breaks}`).toBe(true);
    },
  );
});
