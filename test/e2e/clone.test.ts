/** What a clone promises: the second command of any kind installs nothing and builds nothing. */
import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "../support/home.ts";

it("a second run reinstalls and rebuilds nothing", () => {
  const files = ["node_modules/.freehold-stamp", "dist/.stamp", "dist/freehold.cjs", "dist/main.mjs"].map((file) =>
    join(root, file),
  );
  const before = files.map((file) => [statSync(file).mtimeMs, readFileSync(file, "utf8")]);
  const said = execFileSync(process.execPath, ["cli/bootstrap.cjs", "build"], {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  expect(said).toBe("");
  expect(files.map((file) => [statSync(file).mtimeMs, readFileSync(file, "utf8")])).toEqual(before);
});

it("an older Node is told so in one line by the published command", () => {
  const text = readFileSync(join(root, "cli/freehold.cjs"), "utf8");
  // Run with an old version pretended, since only one Node is here.
  const script = `Object.defineProperty(process.versions,"node",{value:"20.1.0"});Object.defineProperty(process,"version",{value:"v20.1.0"});${text.replace(/^#!.*/, "")}`;
  let code = 0;
  let said = "";
  try {
    execFileSync(process.execPath, ["-e", script], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error: any) {
    code = error.status;
    said = error.stderr;
  }
  expect(code).toBe(1);
  expect(said).toMatch(/^Freehold needs Node 24 or later; this is v20\.1\.0\..*\n$/);
});
