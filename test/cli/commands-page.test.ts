/** The page of commands is what a person reads beside the help: it has to be of this table. */
import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { commands } from "../../cli/command-table.ts";
import { generated } from "../../cli/generate.ts";

// A stale page promises what is not there.
it("is up to date (node cli/generate.ts)", async () => {
  expect(await readFile(generated.path, "utf8")).toBe(generated.text());
});

// An example that names another command, or a flag the command does not take, teaches a mistake.
it("has examples of the command itself, with flags it takes", () => {
  for (const { name, flags, examples } of commands) {
    expect(examples.length, name).toBeGreaterThan(0);
    for (const [line] of examples) {
      expect(line).toContain(`freehold ${name}`);
      for (const [, flag = ""] of line.split(" -- ")[0]!.matchAll(/ --([a-z-]+)/g))
        expect([...Object.keys(flags), "cloud", "json", "yes"], line).toContain(flag);
    }
  }
});
