/** The built `data` commands over one local cloud with an app in it: look, put, edit, remove, take back. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copyCounter } from "../support/counter.ts";
import { type Finished, type Home, run, withHome } from "../support/home.ts";

let home: Home;
beforeAll(async () => {
  home = await withHome();
  await copyCounter(home.dir);
  await home.freehold("up", "./counter");
}, 120_000);
afterAll(() => home?.close());

/** With an editor that does to its file what this program says, of `text`. */
async function edit(program: string, ...args: string[]): Promise<Finished> {
  const editor = join(home.dir, "my editor.mjs");
  await writeFile(
    editor,
    `import { readFileSync, writeFileSync } from "node:fs";
const file = process.argv.at(-1);
const text = readFileSync(file, "utf8");
writeFileSync(file, await (async () => { ${program} })());
`,
  );
  const env = { ...home.env, EDITOR: `"${process.execPath}" '${editor}'`, VISUAL: "" };
  return run([home.entry, "data", "edit", ...args], env, { cwd: home.dir });
}

// What a person types, from looking to taking back; each step shows what the one before it did.
describe("the data commands", { timeout: 60_000 }, () => {
  it("find every store of an app that runs, and say what there is when there is none of that name", async () => {
    const { stores } = await home.json("data", "ls");
    expect(stores).toMatchObject([
      { app: "counter", name: "counts", kind: "table", key: { hash: { name: "id" } }, items: 0 },
      { app: "counter", name: "files", kind: "bucket", items: 0 },
    ]);
    const wrong = await home.attempt("data", "ls", "counter/count");
    expect(wrong).toMatchObject({ code: 4, stderr: expect.stringMatching(/counter\/counts[\s\S]*freehold data ls/) });
  });

  it("an item that is put is found, edited and taken back, with escapes in names and values inert", async () => {
    const item = { id: "a=b \u001b[2J\u202e", "n\u001b]0;x\u0007": 1, big: 12345678901234567000 };
    const text = JSON.stringify(item).replace("12345678901234567000", "12345678901234567890");
    const put = await home.pipe(text, "data", "put", "counter/counts");
    expect(put.stdout).not.toMatch(/[\u001b\u202e]/);
    const shown = await home.freehold("data", "ls", "counter/counts");
    expect(shown.stdout).toContain("id=a=b");
    expect(shown.stdout).not.toMatch(/[\u001b\u202e\u0007]/);
    const got = await home.freehold("data", "get", "counter/counts", `id=${item.id}`);
    expect(JSON.parse(got.stdout)).toEqual({ ...item, big: { N: "12345678901234567890" } });
    expect(got.stdout).not.toMatch(/[\u001b\u202e\u0007]/);

    const edited = await edit("return text.replace('1,', '2,')", "counter/counts", `id=${item.id}`);
    expect(edited).toMatchObject({ code: 0, stdout: expect.stringContaining("was replaced") });
    const found = await home.json("data", "query", "counter/counts", "`n\u001b]0;x\u0007` = 2 and big > 1e19");
    expect(found).toMatchObject({
      total: 1,
      read: 1,
      plan: { by: "whole" },
      items: [{ big: { N: "12345678901234567890" } }],
    });
    await home.freehold("data", "undo");
    expect((await home.json("data", "get", "counter/counts", `id=${item.id}`))["n\u001b]0;x\u0007"]).toBe(1);
    const history = await home.json("data", "history");
    expect(history.changes).toMatchObject([{ what: "undo" }, { what: "changed", undone: true }, { what: "made" }]);
  });

  it("an edit over what somebody changed meanwhile, or of what is no item, changes nothing and loses nothing", async () => {
    await home.freehold("data", "put", "counter/counts", '{"id": "x", "n": 1}');
    const put = `const { spawnSync } = await import("node:child_process");
      spawnSync(process.execPath, [${JSON.stringify(home.entry)}, "data", "put", "counter/counts", '{"id": "x", "n": 7}']);
      return text.replace("1", "2");`;
    const late = await edit(put, "counter/counts", "id=x");
    expect(late).toMatchObject({ code: 1, stderr: expect.stringContaining("Somebody else changed it meanwhile") });
    const kept = /What you wrote is in (\S+)\./.exec(late.stderr)?.[1] ?? "";
    expect(JSON.parse(await readFile(kept, "utf8"))).toEqual({ id: "x", n: 2 });
    expect(await home.json("data", "get", "counter/counts", "id=x")).toEqual({ id: "x", n: 7 });
    expect(await edit("return text.replace('x', 'y')", "counter/counts", "id=x")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("A key cannot be changed"),
    });
  });

  it("many go only when their deletion is named, and come back together", async () => {
    const where = ["--where", "n > 0 and id in (x, y)"];
    await home.freehold("data", "put", "counter/counts", '{"id": "y", "n": 3}');
    const asked = await home.attempt("data", "rm", "counter/counts", ...where, "--yes");
    expect(asked).toMatchObject({ code: 3, stderr: expect.stringContaining("2 items of counter/counts go") });
    expect(asked.stderr).toContain("freehold data rm counter/counts --where 'n > 0 and id in (x, y)' --data delete");
    await home.freehold("data", "rm", "counter/counts", ...where, "--data", "delete");
    expect((await home.json("data", "undo")).changes).toHaveLength(2);
    expect((await home.freehold("data", "query", "counter/counts", where[1]!, "--count")).stdout).toBe("2\n");
    const set = ["data", "set", "counter/counts", "id = y", "n=12345678901234567890", "note=two words", "list=[1, {}]"];
    expect(await home.json(...set, "--yes")).toMatchObject({ changed: 1, keys: ["id=y"] });
    expect(await home.json("data", "get", "counter/counts", "id=y")).toEqual({
      ...{ id: "y", n: { N: "12345678901234567890" }, note: "two words", list: [1, {}] },
    });
    const wrong = await home.attempt("data", "query", "counter/counts", "n > > 1");
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining("Column 5") });
  });
});
