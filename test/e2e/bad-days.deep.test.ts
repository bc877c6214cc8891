/** Operations that fail half way: what is there is told, and the next command goes on from it, up or down. */
import { randomBytes } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copyCounter } from "../support/counter.ts";
import { type Home, withHome } from "../support/home.ts";

let home: Home;
/** Bytes: with base64 around them more than Lambda takes in one request. */
const tooMuch = 54 * 1024 * 1024;

beforeAll(async () => {
  home = await withHome();
  await home.freehold("setup", "--yes");
});
afterAll(() => home?.close());

// The middle is where people are left alone with what is there.
describe("what stopped in the middle", () => {
  it("a deploy that fails half way says what exists; the same command goes on", { timeout: 180_000 }, async () => {
    const to = await copyCounter(home.dir, "half");
    const code = join(to, "api/index.mjs");
    const good = await readFile(code, "utf8");
    // Bigger than Lambda takes: refused by the service after tables and roles are there.
    await writeFile(join(to, "api/heavy.bin"), randomBytes(tooMuch));
    const failed = await home.attempt("up", "./half", "--as", "half");
    expect(failed.code).toBe(1);
    expect(failed.stderr + failed.stdout).toMatch(/half/);
    expect((await home.freehold("ls")).stdout).toMatch(/half/);
    await rm(join(to, "api/heavy.bin"));
    await writeFile(code, good);
    expect((await home.events("up", "./half", "--as", "half")).at(-1)).toMatchObject({ ok: true });
    await home.freehold("destroy", "half", "--data", "delete", "--yes");
  });

  it("a destroy works from half way, too", { timeout: 180_000 }, async () => {
    const to = await copyCounter(home.dir, "quarter");
    await writeFile(join(to, "api/heavy.bin"), randomBytes(tooMuch));
    expect((await home.attempt("up", "./quarter", "--as", "quarter")).code).toBe(1);
    await home.freehold("destroy", "quarter", "--data", "delete", "--yes");
    expect((await home.freehold("ls", "--json")).stdout).not.toContain("quarter");
  });
});
