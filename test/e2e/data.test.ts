/** The built `data` commands over one local cloud with an app in it: look, put, edit, remove, take back. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copyCounter } from "../support/counter.ts";
import { editData } from "../support/editor.ts";
import { type Home, withHome } from "../support/home.ts";

let home: Home;
beforeAll(async () => {
  home = await withHome();
  await copyCounter(home.dir);
  await home.freehold("up", "./counter");
}, 120_000);
afterAll(() => home?.close());

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

    const edited = await editData(home, "return text.replace('1,', '2,')", "counter/counts", `id=${item.id}`);
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

  it("a backup brings back what is there no more", async () => {
    await home.freehold("data", "put", "counter/counts", '{"id": "kept", "n": 1}');
    await home.freehold("data", "backup", "counter");
    await home.freehold("data", "rm", "counter/counts", "id=kept");
    await home.freehold("data", "restore", "counter/counts", "id=kept");
    expect(await home.json("data", "get", "counter/counts", "id=kept")).toEqual({ id: "kept", n: 1 });
    expect((await home.json("data", "backups", "counter")).backups).toMatchObject([{ version: "1.0.0", why: "asked" }]);
  });
});
