/**
 * Random life cycles of random programs, judged by a model that knows the specification and nothing of the engine. To
 * see one again: `FREEHOLD_FUZZ_SEED=… npm run test:deep -- test/stacks/engine/fuzz`.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { rounds } from "../../../support/tools.ts";
import { engineFolder, playInChild, told } from "./child.ts";
import { examples } from "./examples.ts";

const more = process.env["FREEHOLD_TEST_ROUNDS"] !== undefined;
/** Only these play a drawn seed, too. */
const long = rounds >= 50;
const given = process.env["FREEHOLD_FUZZ_SEED"];
const base = 20_261_126;
/** Where the fixed seed ends, the drawn one begins: every long run sees something new, and a landing depends on no luck. */
const drawn = Math.floor(Math.random() * 2 ** 31);
const scenarios = more ? rounds * 200 : 60;
/** A busy machine plays fewer of them in `npm test`, and says how many. */
const seconds = more || given ? 4 * 3600 : 45;

describe("life cycles", () => {
  // Half of what the engine has to withstand nobody would think of writing down.
  it.each(given ? [Number(given)] : long ? [base, drawn] : [base])(
    "of seed %i hold what the model says",
    { timeout: (seconds + 120) * 1000 },
    async (seed) => {
      const runs = given ? Math.max(scenarios, 2_000) : seed === base ? scenarios : Math.ceil(scenarios / 4);
      const limit = seed === drawn ? seconds / 4 : seconds;
      const played = await playInChild(engineFolder, seed, runs, [
        `--seconds=${limit}`,
        ...(long ? ["--progress"] : []),
      ]);
      const { failed, scenarios: done, operations, crashes, cancellations, faults, median, ms } = played;
      console.log(
        `fuzz seed ${seed}: ${done} of ${runs} scenarios, ${operations} operations, ${crashes} crashes, ${cancellations} cancellations, ${faults} faults, programs of ${median} (median), ${(ms / 1000).toFixed(0)} s`,
      );
      expect(failed, told(played)).toBe(false);
      expect(done).toBeGreaterThan(0);
      // A generator that slides into triviality proves nothing any more.
      if (done >= 50) {
        expect(median).toBeGreaterThanOrEqual(12);
        expect(crashes).toBeGreaterThan(done / 10);
      }
    },
  );

  // What was found once and put right stays right.
  it.skipIf(examples.length === 0).each(examples)("once: $was", async ({ scenario }) => {
    const folder = mkdtempSync(join(tmpdir(), "example-"));
    const file = join(folder, "scenario.json");
    writeFileSync(file, JSON.stringify(scenario));
    const played = await playInChild(engineFolder, 0, 1, [`--scenario=${file}`]);
    rmSync(folder, { recursive: true });
    expect(played.failed, told(played)).toBe(false);
  });

  // A model that looks into the engine repeats its mistakes.
  it.each(["model.ts", "world.ts", "program.ts", "scenario.ts", "sdk.ts", "cuts.ts"])(
    "%s imports nothing of the engine",
    (file) => {
      const text = readFileSync(join(import.meta.dirname, file), "utf8");
      const imported = [...text.matchAll(/(?:from|import\()\s*"([^"]+)"/g)].map(([, name]) => name!);
      expect(imported.filter((name) => name.includes("stacks/") || name.startsWith("../"))).toEqual([]);
      const own = imported.filter((name) => name.startsWith("./"));
      expect(
        own.filter((name) => !["./model.ts", "./world.ts", "./program.ts", "./scenario.ts", "./sdk.ts"].includes(name)),
      ).toEqual([]);
    },
  );
});
