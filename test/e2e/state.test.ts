/** The state commands as a person types them: keep a state, bring it back, look it over, mend it, find it again. */
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copyCounter } from "../support/counter.ts";
import { changesOf, type Home, withHome } from "../support/home.ts";

let home: Home;
const below = (folder: string): string =>
  join(home.dir, "freehold/data/clouds/home/.pulumi", folder, "freehold-app-counter");
const checkpoint = (): string => join(below("stacks"), "home.json");
const nothingToDo = async (): Promise<void> => expect(changesOf(await home.events("up", "./counter"))).toEqual([]);

beforeAll(async () => {
  home = await withHome();
  await copyCounter(home.dir);
  await home.freehold("up", "./counter");
}, 240_000);
afterAll(() => home?.close());

describe("the state commands", { timeout: 240_000 }, () => {
  it("export prints Pulumi's own JSON, or writes it where only its owner reads it", async () => {
    const printed = JSON.parse((await home.freehold("state", "export", "counter")).stdout);
    expect(printed).toMatchObject({ version: 3, deployment: { secrets_providers: { type: "passphrase" } } });
    await home.freehold("state", "export", "counter", "--file", "kept.json");
    expect(statSync(join(home.dir, "kept.json")).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(join(home.dir, "kept.json"), "utf8"))).toEqual(printed);
    // What is there is not written over unasked.
    expect((await home.attempt("state", "export", "counter", "--file", "kept.json")).code).toBe(3);
    expect((await home.attempt("state", "export", "nobody")).code).toBe(4);
  });

  it("import asks first, and refuses what is another stack's or no state, changing nothing", async () => {
    const before = readFileSync(checkpoint());
    expect((await home.attempt("state", "import", "counter", "--file", "kept.json")).code).toBe(3);
    await home.freehold("state", "export", "foundation", "--file", "other.json");
    const other = await home.attempt("state", "import", "counter", "--file", "other.json", "--yes");
    expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining("Nothing was changed") });
    await writeFile(join(home.dir, "torn.json"), '{"version":3,');
    expect((await home.attempt("state", "import", "counter", "--file", "torn.json", "--yes")).code).toBe(2);
    expect(readFileSync(checkpoint())).toEqual(before);
    await home.freehold("state", "import", "counter", "--file", "kept.json", "--yes");
    await nothingToDo();
  });

  it("verify says what is damaged; repair says what it would do, and does it when told", async () => {
    expect((await home.freehold("state", "verify")).stdout).toMatch(/foundation · sound[\s\S]*counter · sound/);
    const damaged = readFileSync(checkpoint()).subarray(0, 500);
    writeFileSync(checkpoint(), damaged);
    expect((await home.attempt("state", "verify", "counter")).code).toBe(1);
    expect((await home.attempt("up", "./counter")).code).toBe(1);
    const shown = await home.attempt("state", "repair", "counter");
    expect(shown).toMatchObject({ code: 3, stdout: expect.stringMatching(/can be mended[\s\S]*put back from/) });
    expect(readFileSync(checkpoint())).toEqual(damaged);
    expect((await home.json("state", "repair", "counter", "--yes")).stacks).toMatchObject([{ outcome: "mended" }]);
    expect((await home.json("state", "verify", "counter")).stacks).toMatchObject([{ state: "sound" }]);
    await nothingToDo();
  });

  it("a state that is gone stops every command, and is found again in the cloud", async () => {
    for (const folder of ["stacks", "history", "backups"]) rmSync(below(folder), { recursive: true, force: true });
    for (const command of [
      ["up", "./counter"],
      ["destroy", "counter", "--yes"],
    ])
      expect(await home.attempt(...command), command.join(" ")).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("freehold state repair counter"),
      });
    const shown = await home.attempt("state", "repair", "counter");
    expect(shown).toMatchObject({ code: 3, stdout: expect.stringContaining("found aws:dynamodb/table:Table") });
    expect((await home.json("state", "repair", "counter", "--yes")).stacks).toMatchObject([
      { outcome: "rebuilt", missing: [], others: [] },
    ]);
    await nothingToDo();
    await home.freehold("destroy", "counter", "--data", "delete", "--yes");
    const { strays } = await home.json("state", "verify");
    expect(strays).toEqual([]);
  });
});
