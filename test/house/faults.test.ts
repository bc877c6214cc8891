/** Every fault that the documentation says is tested has a test that names it. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";

const root = resolve(import.meta.dirname, "../..");
const rows = [...readFileSync(join(root, "docs/working/faults.md"), "utf8").matchAll(/^\| ([ACDFGHL]\d+) \|/gm)].map(
  ([, row]) => row!,
);
const tests = readdirSync(join(root, "test"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".test.ts"))
  .map((name) => readFileSync(join(root, "test", name), "utf8"))
  .join("\n");

// A row whose test went with a rewrite would be a promise that nobody keeps.
it("has a test for each row", () => {
  expect(rows.length).toBeGreaterThan(50);
  expect(rows.filter((row) => !new RegExp(`\\b${row}\\b`).test(tests))).toEqual([]);
});
