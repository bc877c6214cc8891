/** The built `data` commands where people meet each other, and where many items go at once. */
import { readFile } from "node:fs/promises";
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

// Each leaves what the next one finds.
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

  it("an edit over what somebody changed meanwhile, or of what is no item, changes nothing and loses nothing", async () => {
    await home.freehold("data", "put", "counter/counts", '{"id": "x", "n": 1}');
    const put = `const { spawnSync } = await import("node:child_process");
      spawnSync(process.execPath, [${JSON.stringify(home.entry)}, "data", "put", "counter/counts", '{"id": "x", "n": 7}']);
      return text.replace("1", "2");`;
    const late = await editData(home, put, "counter/counts", "id=x");
    expect(late).toMatchObject({ code: 1, stderr: expect.stringContaining("Somebody else changed it meanwhile") });
    const kept = /What you wrote is in (\S+)\./.exec(late.stderr)?.[1] ?? "";
    expect(JSON.parse(await readFile(kept, "utf8"))).toEqual({ id: "x", n: 2 });
    expect(await home.json("data", "get", "counter/counts", "id=x")).toEqual({ id: "x", n: 7 });
    expect(await editData(home, "return text.replace('x', 'y')", "counter/counts", "id=x")).toMatchObject({
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

  it("a backup brings back what is there no more", async () => {
    await home.freehold("data", "put", "counter/counts", '{"id": "kept", "n": 1}');
    await home.freehold("data", "backup", "counter");
    await home.freehold("data", "rm", "counter/counts", "id=kept");
    await home.freehold("data", "restore", "counter/counts", "id=kept");
    expect(await home.json("data", "get", "counter/counts", "id=kept")).toEqual({ id: "kept", n: 1 });
    expect((await home.json("data", "backups", "counter")).backups).toMatchObject([{ version: "1.0.0", why: "asked" }]);
  });
});
