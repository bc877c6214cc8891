/**
 * Things of the owner's own and what is stored in them, over the built command: asked before they are made, looked into,
 * changed and taken back. Rights, addresses and what is cut off are in things.deep.test.ts, more of data in data.deep.test.ts.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { editData } from "../support/editor.ts";
import { type Home, resultOf, withHome } from "../support/home.ts";

let home: Home;

beforeAll(async () => {
  home = await withHome();
  await home.freehold("setup");
});
afterAll(() => home?.close());

const listed = async (): Promise<any[]> => (await home.json("ls")).things;

// A thing costs money in AWS, and reaches data: nothing is made that nobody said yes to.
it("is shown and asked before it is made, and where nobody can be asked nothing is made", async () => {
  const asked = await home.attempt("add", "bucket", "photos");
  expect(asked.code).toBe(3);
  expect(asked.stderr).toContain("S3 bucket photos would be created");
  expect(asked.stderr).toContain("freehold add bucket photos --yes");
  expect(await listed()).toEqual([]);
});

// Without it one would have to know @pulumi/aws; the form of the terminal app is made of the same lines.
it("says which types there are, and what one takes, each in a sentence", async () => {
  const types = (await home.attempt("add", "--types", "--json")).stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(types.length).toBeGreaterThan(30);
  expect(types.find(({ type }) => type === "s3/bucket")).toEqual({
    ...{ type: "s3/bucket", token: "aws:s3/bucket:Bucket", help: expect.stringMatching(/bucket/i) },
  });
  const { stdout } = await home.attempt("add", "cloudwatch/logGroup", "--inputs");
  expect(stdout).toMatch(/^retentionInDays +number: \S.* log events/m);
  expect(stdout).not.toContain("deletionProtectionEnabled");
  expect((await home.attempt("add", "table", "--inputs")).stdout).toMatch(/^--key +string: Its key/m);
});

// Every input of every type is checked by what @pulumi/aws declares, before anything is asked of AWS.
it("is of any type, and says what does not fit", async () => {
  const wrong = await home.attempt(
    ...["add", "aws.s3.BucketVersioning", "versions", "--set", "bucket=b", "--yes"],
    ...["--set", 'versioningConfiguration={"statuss":"On"}'],
  );
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain("versioningConfiguration.statuss is nothing one says of it; did you mean status?");
});

// What a person types, from putting to taking back; each step shows what the one before it did.
it("keeps an item that is put, which is found, edited and taken back, with escapes in names and values inert", async () => {
  await home.freehold("add", "table", "counts", "--key", "id:string", "--yes");
  const item = { id: "a=b \u001b[2J\u202e", "n\u001b]0;x\u0007": 1, big: 12345678901234567000 };
  const text = JSON.stringify(item).replace("12345678901234567000", "12345678901234567890");
  const put = await home.pipe(text, "data", "put", "things/counts");
  expect(put.stdout).not.toMatch(/[\u001b\u202e]/);
  const shown = await home.freehold("data", "ls", "things/counts");
  expect(shown.stdout).toContain("id=a=b");
  expect(shown.stdout).not.toMatch(/[\u001b\u202e\u0007]/);
  const got = await home.freehold("data", "get", "things/counts", `id=${item.id}`);
  expect(JSON.parse(got.stdout)).toEqual({ ...item, big: { N: "12345678901234567890" } });
  expect(got.stdout).not.toMatch(/[\u001b\u202e\u0007]/);

  const edited = await editData(home, "return text.replace('1,', '2,')", "things/counts", `id=${item.id}`);
  expect(edited).toMatchObject({ code: 0, stdout: expect.stringContaining("was replaced") });
  const found = await home.json("data", "query", "things/counts", "`n\u001b]0;x\u0007` = 2 and big > 1e19");
  expect(found).toMatchObject({
    total: 1,
    read: 1,
    plan: { by: "whole" },
    items: [{ big: { N: "12345678901234567890" } }],
  });
  await home.freehold("data", "undo");
  expect((await home.json("data", "get", "things/counts", `id=${item.id}`))["n\u001b]0;x\u0007"]).toBe(1);
  const history = await home.json("data", "history");
  expect(history.changes).toMatchObject([{ what: "undo" }, { what: "changed", undone: true }, { what: "made" }]);
});

// The cloud's end is the things' end, too.
it("goes with the cloud", async () => {
  expect(resultOf(await home.events("destroy", "--all", "--data", "delete", "--yes")).apps).toHaveLength(1);
  expect(existsSync(join(home.dir, "freehold/data/clouds/home"))).toBe(false);
});
