/** What may be said of a thing: from the declarations of @pulumi/aws, and checked whole before anything is asked of AWS. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { knownTypes } from "../../../stacks/providers/aws/index.ts";
import { classes } from "../../../stacks/things/classes.ts";
import { firstSentence, generated } from "../../../stacks/things/generate.ts";
import { findThingType, thingTypes } from "../../../stacks/things/schema.ts";
import { type Thing, thingNameProblem } from "../../../stacks/things/thing.ts";
import { readUsual } from "../../../stacks/things/usual.ts";
import { readWords } from "../../../stacks/things/words.ts";

const typeOf = async (word: string) => {
  const found = await findThingType(word);
  if (!("type" in found)) throw new Error(`no type ${word}`);
  return found.type;
};
const whys = ({ problems }: { problems: readonly { key: string; why: string }[] }): string[] =>
  problems.map(({ key, why }) => `${key} ${why}`);

// An update of @pulumi/aws, or of the provider, is followed by npm run fix.
it("what is committed of the types is what the declarations say", () => {
  for (const { path, text } of generated) expect(readFileSync(path, "utf8"), String(path)).toBe(text());
});

// A type without a class, or a class without a type, could be said and not made.
it("every type the provider knows can be said, and made by its class", async () => {
  const tokens = (await thingTypes()).map(({ token }) => token);
  expect(tokens).toEqual([...knownTypes].sort());
  expect(Object.keys(classes)).toEqual(tokens);
});

describe("a type", () => {
  // People write it as the documentation of Pulumi, of Terraform or of AWS does.
  it.each(["aws:s3/bucket:Bucket", "s3/bucket", "aws.s3.Bucket", "s3.bucket", "S3/Bucket"])(
    "is found as %s",
    async (word) => expect((await typeOf(word)).token).toBe("aws:s3/bucket:Bucket"),
  );

  it.each([
    ["s3/buket", "s3/bucket"],
    ["aws.dynamodb.Tabel", "dynamodb/table"],
    ["queue-of-mine", undefined],
  ])("is suggested for %s: %s", async (word, near) => expect(await findThingType(word)).toEqual({ near }));
});

describe("what was said", () => {
  it("is of its kind, as text, number, flag and JSON", async () => {
    const { inputs, problems } = readWords(await typeOf("cloudwatch/logGroup"), {
      name: "/own",
      retentionInDays: "7",
      tags: '{"of":"mine"}',
    });
    expect(problems).toEqual([]);
    expect(inputs).toEqual({ name: "/own", retentionInDays: 7, tags: { of: "mine" } });
  });

  // One run, one answer: whoever types does not want to be told one mistake at a time.
  it("has every problem told at once, each by its place", async () => {
    const rules = JSON.stringify([{ id: "old", status: "On", expiration: { day: 3 } }]);
    expect(whys(readWords(await typeOf("s3/bucketLifecycleConfiguration"), { rules, buckt: "b" }))).toEqual([
      "rules[0].status is one of Enabled, Disabled",
      "rules[0].expiration.day is nothing one says of it; did you mean days?",
      "buckt is nothing one says of it; did you mean bucket?",
      "bucket is needed: a text",
    ]);
    expect(whys(readWords(await typeOf("cloudwatch/logGroup"), { retentionInDays: "soon", tags: "{" }))).toEqual([
      "retentionInDays is a number",
      "tags is a map, in JSON",
    ]);
  });

  // What the engine would not carry out is refused by name, and with what to use instead.
  it("is refused where the provider does not carry it out, and where it would be a secret in a list", async () => {
    expect(whys(readWords(await typeOf("s3/bucket"), { versioning: '{"enabled":true}' }))[0]).toContain(
      "is not carried out by Freehold's engine",
    );
    const secret = readWords(await typeOf("ssm/parameter"), { type: "SecureString", value: "s3cret" });
    expect(whys(secret)).toEqual(["value would be kept in plain: secrets are set by freehold secret set"]);
    expect(JSON.stringify(secret.problems)).not.toContain("s3cret");
  });

  // Names of every object: a schema's own are looked up, and nothing of JavaScript's.
  it.each(["constructor", "__proto__", "toString"])("does not know %s", async (key) =>
    expect(whys(readWords(await typeOf("cloudwatch/logGroup"), { [key]: "x" }))[0] ?? "dropped").toMatch(
      /nothing one says|dropped/,
    ),
  );
});

describe("the four that need no word of AWS's", () => {
  const bucket = { name: "photos", shape: "bucket", state: "running" } as Thing;

  it("have sensible values where nothing is said", () => {
    expect(readUsual("table", { words: {} }, [], undefined).inputs).toEqual({ key: { id: "string" } });
    expect(readUsual("table", { key: "a:string,b:number", words: {} }, [], undefined).inputs).toEqual({
      key: { a: "string" },
      sort: { b: "number" },
    });
    expect(readUsual("function", { code: "f", words: {} }, [], undefined).inputs).toMatchObject({
      ...{ runtime: "nodejs24.x", handler: "index.handler", uses: {}, route: false },
    });
  });

  it.each(["a:bool", "a,a", "a,b,c", ""])("refuse the key %j", (key) =>
    expect(whys(readUsual("table", { key, words: {} }, [], undefined))).toHaveLength(1),
  );

  it("say what may be used, and how", () => {
    const uses = ["photos=send", "photo=read", "notes/notes=read", "photos=write"];
    expect(whys(readUsual("function", { code: "f", uses, words: {} }, [bucket], undefined))).toEqual([
      "--uses photos can be read or write, and not that",
      "--uses photo is no thing of this cloud; did you mean photos?",
      expect.stringContaining("--uses notes/notes is an app's, for its own code alone"),
    ]);
  });

  it("change by what is said again, and keep the rest", () => {
    const before = { inputs: { code: "old", memory: "512 MB", uses: { photos: "read" }, route: true } } as never;
    expect(readUsual("function", { words: { timeout: "1 min" } }, [bucket], before).inputs).toMatchObject({
      ...{ code: "old", memory: "512 MB", timeout: "1 min", uses: { photos: "read" }, route: true },
    });
  });
});

// Names of the stack's own parts would meet theirs.
it.each(["gate", "x", "Photos", "a--b", "limits"])("no thing is called %s", (name) =>
  expect(thingNameProblem(name)).toBeDefined(),
);

// A form has room for a sentence: links, marks and notes of the documentation are none.
it.each([
  ["Name of the bucket. Must be lowercase. Full list of naming rules.", "Name of the bucket"],
  ["ARN, see the [User Guide](https://example.com/a_b#c). More words.", "ARN, see the User Guide"],
  ["Whether e.g. `s3.amazonaws.com` may call. Defaults to `false`.", "Whether e.g. s3.amazonaws.com may call"],
  ["> **NOTE:** Not this.\n\nAllowed only _at creation_.", "Allowed only at creation"],
  ["Valid values:\n\n* `a`", "Valid values"],
  ["> **Only a note.**", undefined],
  [`${"word ".repeat(50)}.`, `${"word ".repeat(32).trim()}…`],
])("of %j the help is %s", (text, help) => expect(firstSentence(text)).toBe(help));

it("every type says what it is, and most of what can be said of one has help", async () => {
  const types = await thingTypes();
  expect(types.filter(({ help }) => help === undefined).map(({ token }) => token)).toEqual([]);
  const inputs = types
    .flatMap((type) => Object.values(type.inputs))
    .filter((field) => field.refused === undefined && !field.secret);
  const helped = inputs.filter(({ help }) => help !== undefined);
  expect(helped.length).toBeGreaterThan(inputs.length * 0.9);
  for (const { help } of helped) expect(help).toMatch(/^[^\n`*]{3,161}$/);
});
