/**
 * Things of the owner's own over the built command: asked before they are made, with their rights and addresses, changed,
 * kept and taken back. Types one by one, and what is cut off, are in things.deep.test.ts.
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ask, changesOf, type Home, resultOf, withHome } from "../support/home.ts";

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

// Rights of a function follow from what it names, as an app's do, and its address is nobody's but the owner's.
it("has its walls, and a function the rights it names and an address behind the gate", async () => {
  expect(changesOf(await home.events("add", "bucket", "photos", "--yes"))).toContain(
    "create aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
  );
  mkdirSync(join(home.dir, "thumbs"));
  writeFileSync(join(home.dir, "thumbs/index.mjs"), "export const handler = async () => ({ statusCode: 200 });\n");
  const events = await home.events(
    ...["add", "function", "thumbs", "--code", "thumbs", "--uses", "photos=write", "--route", "--yes"],
  );
  const [{ url }] = resultOf(events).apps;
  expect(new URL(url).host).toMatch(/^things--home\.localhost:/);
  const answer = await ask(url, { headers: { accept: "text/html" } });
  expect([answer.status, String(answer.headers["location"])]).toEqual([
    302,
    expect.stringContaining("//signin--home."),
  ]);
  const { deployment } = JSON.parse((await home.freehold("state", "export", "things")).stdout);
  const of = (type: string, name: string) =>
    deployment.resources.find((one: any) => one.type === type && one.urn.endsWith(`::${name}`)).inputs;
  expect(of("aws:iam/role:Role", "thumbs").permissionsBoundary).toMatch(/:policy\/home--foundation--boundary$/);
  const { policy } = of("aws:iam/rolePolicy:RolePolicy", "thumbs");
  expect(policy).toContain("s3:PutObject");
  expect(policy).not.toContain("dynamodb:");
  const used = await home.attempt("destroy", "things/photos", "--yes");
  expect([used.code, used.stderr]).toEqual([2, expect.stringContaining("things/thumbs may use things/photos")]);
});

// Data outlives what it is in, as an app's does, and comes back under the same name.
it("keeps a table's data when it is removed, and takes it back", async () => {
  await home.freehold("add", "table", "readings", "--key", "sensor:string,at:number", "--yes");
  const [{ kept }] = resultOf(await home.events("destroy", "things/readings", "--yes")).apps;
  expect(kept).toEqual([{ kind: "aws:dynamodb/table:Table", name: "readings", id: "home--things--readings" }]);
  expect((await listed()).find(({ name }) => name === "readings")).toMatchObject({ state: "kept", kept });
  const back = changesOf(await home.events("add", "table", "readings", "--key", "sensor:string,at:number", "--yes"));
  expect(back).toContain("import aws:dynamodb/table:Table");
});

// Every input of every type is checked by what @pulumi/aws declares, before anything is asked of AWS.
it("is of any type, and says what does not fit", async () => {
  const wrong = await home.attempt(
    ...["add", "aws.s3.BucketVersioning", "versions", "--set", "bucket=b", "--yes"],
    ...["--set", 'versioningConfiguration={"statuss":"On"}'],
  );
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain("versioningConfiguration.statuss is nothing one says of it; did you mean status?");
  const events = await home.events("add", "cloudwatch/logGroup", "trail", "--set", "retentionInDays=7", "--yes");
  expect(changesOf(events)).toEqual(["create aws:cloudwatch/logGroup:LogGroup"]);
  expect((await listed()).map(({ name, state }) => `${name} ${state}`)).toEqual([
    ...["photos running", "readings running", "thumbs running", "trail running"],
  ]);
});

// The cloud's end is the things' end, too.
it("goes with the cloud", async () => {
  expect(resultOf(await home.events("destroy", "--all", "--data", "delete", "--yes")).apps).toHaveLength(4);
  expect(existsSync(join(home.dir, "freehold/data/clouds/home"))).toBe(false);
});
