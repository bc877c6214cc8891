/** What a run of the tests leaves behind on somebody's computer: nothing. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { expect, it } from "vitest";

// Thousands of folders a day were left by tests that failed, or never took theirs away.
it("temporary folders, of child processes too, are in the one that goes with the run", () => {
  expect(tmpdir()).toMatch(/freehold-test-\w{6}$/);
  expect(existsSync(tmpdir())).toBe(true);
  const child = execFileSync(process.execPath, ["-p", "require('node:os').tmpdir()"], { encoding: "utf8" });
  expect(child.trim()).toBe(tmpdir());
});
