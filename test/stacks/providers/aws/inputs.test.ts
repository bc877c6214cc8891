/** What a program may say, and when two ways of saying it are the same: check, names, diff, configuration. No AWS here. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { Archive, Asset, type PropertyMap, unknown } from "../../../../stacks/engine/value.ts";
import { settingsOf } from "../../../../stacks/providers/aws/config.ts";
import { createAwsProvider, knownTypes } from "../../../../stacks/providers/aws/index.ts";
import { findType } from "../../../../stacks/providers/aws/registry.ts";
import { propertiesOf } from "../../../../stacks/providers/kit/skeleton.ts";
import { allow, code, trust } from "./cases.ts";
import { contextOf } from "./driver.ts";

const provider = createAwsProvider({ environment: {} });
const context = contextOf();
const randomSeed = new Uint8Array(32).fill(7);
const idOf = (type: string, name = "thing") => ({ urn: `urn:pulumi:s::p::${type}::${name}`, type, name });

const check = (type: string, news: PropertyMap, olds?: PropertyMap, name = "thing") =>
  provider.check({ ...idOf(type, name), news, olds, randomSeed }, context);
const diff = (type: string, oldInputs: PropertyMap, newInputs: PropertyMap, ignoreChanges: string[] = []) =>
  provider.diff({ ...idOf(type), id: "x", oldInputs, oldOutputs: {}, newInputs, ignoreChanges }, context);

const table = "aws:dynamodb/table:Table";
const role = "aws:iam/role:Role";
const bucket = "aws:s3/bucket:Bucket";

/** A resource class's own list of inputs, as its compiled file sends them. */
function sentBy(token: string): string[] {
  const [, module, name] = /^aws:([^/]+)\/([^:]+):/.exec(token)!;
  const require = createRequire(import.meta.url);
  const source = readFileSync(require.resolve(`@pulumi/aws/${module}/${name}.js`), "utf8");
  return [...source.matchAll(/resourceInputs\["(\w+)"\] = .*args\??\.\w+/g)].map((match) => match[1]!);
}

describe("the tables", () => {
  // An input that the class sends and the table does not know would be refused as a misspelling.
  it.each(knownTypes)("know every input of %s", (token) => {
    const known = Object.keys(propertiesOf(findType(token)!));
    expect(sentBy(token).filter((name) => !known.includes(name))).toEqual([]);
    expect(sentBy(token).length).toBeGreaterThan(0);
  });
});

describe("check", () => {
  // All mistakes at once, each with its path.
  it("names unknown, missing and mistyped properties by path", async () => {
    const { failures } = await check(table, { hashkey: "pk", attributes: [{ name: "pk", type: "X" }], ttl: true });
    expect(failures).toEqual(
      expect.arrayContaining([
        { property: "hashkey", reason: "Unknown property 'hashkey'. Did you mean 'hashKey'?" },
        { property: "hashKey", reason: "Missing required property 'hashKey'" },
        { property: "attributes[0].type", reason: "Expected one of S, N, B, got 'X'" },
        { property: "ttl", reason: "Expected a map, got a boolean" },
      ]),
    );
  });

  // In a preview half of the inputs are not known yet.
  it("lets unknown values pass wherever they stand", async () => {
    const policy: PropertyMap = { Version: "2012-10-17", Statement: [{ Resource: unknown }] };
    const { failures, inputs } = await check("aws:iam/rolePolicy:RolePolicy", { role: unknown, policy });
    expect(failures).toEqual([]);
    expect(inputs["policy"]).toEqual(unknown);
  });

  // Never ignored: the person must learn that nothing would have happened.
  it("refuses what is not carried out, and says what to use", async () => {
    const { failures } = await check(bucket, { versioning: { enabled: true } });
    expect(failures[0]).toMatchObject({ property: "versioning" });
    expect(failures[0]!.reason).toMatch(/does not carry out 'versioning'.*aws\.s3\.BucketVersioning/);
  });

  it("names an unknown type and where it works", async () => {
    await expect(check("aws:ec2/instance:Instance", {})).rejects.toThrow(
      "the embedded engine does not know aws:ec2/instance:Instance; use the official engine for it",
    );
  });
});

describe("names", () => {
  // Preview and update must agree on the name, and the next deployment must keep it.
  it("are invented once, fit their service and stay", async () => {
    const first = await check(role, { assumeRolePolicy: trust }, undefined, "a".repeat(100));
    const name = String(first.inputs["name"]);
    expect(name).toMatch(/^a{56}-[0-9a-f]{7}$/);
    expect(first.inputs["__defaults"]).toContain("name");
    const again = await check(role, { assumeRolePolicy: trust }, undefined, "a".repeat(100));
    expect(again.inputs["name"]).toBe(name);
    const later = await check(role, { assumeRolePolicy: trust, description: "x" }, first.inputs, "other");
    expect(later.inputs["name"]).toBe(name);
  });

  it("are lower case for buckets, and follow a prefix", async () => {
    expect((await check(bucket, {}, undefined, "MyBucket")).inputs["bucket"]).toMatch(/^mybucket-[0-9a-f]{7}$/);
    const prefixed = await check(bucket, { bucketPrefix: "pre-" });
    expect(prefixed.inputs["bucket"]).toMatch(/^pre-[0-9a-f]{7}$/);
  });

  // A name that was said and is no longer said is a new resource with a name of its own.
  it("that the program took back are not kept", async () => {
    const said = await check(role, { assumeRolePolicy: trust, name: "mine" });
    const later = await check(role, { assumeRolePolicy: trust }, said.inputs);
    expect(later.inputs["name"]).toMatch(/^thing-/);
  });
});

describe("diff", () => {
  // AWS answers policies in its own spelling; a difference here would come back on every `up`.
  it("reads policies as AWS does", async () => {
    const said = { assumeRolePolicy: trust, name: "r" };
    const live = JSON.stringify({
      Statement: { Principal: { Service: ["lambda.amazonaws.com"] }, Action: ["sts:AssumeRole"], Effect: "Allow" },
      Version: "2012-10-17",
    });
    expect((await diff(role, said, { ...said, assumeRolePolicy: live })).changes).toBe("none");
    const other = trust.replace("Allow", "Deny");
    expect(await diff(role, said, { ...said, assumeRolePolicy: other })).toMatchObject({
      changes: "some",
      replaces: [],
      detailedDiff: { assumeRolePolicy: { kind: "update", inputDiff: true } },
    });
  });

  it("takes sets without order and defaults as nothing", async () => {
    const attributes = ["a", "b"].map((name) => ({ name, type: "S" }));
    const olds = { name: "t", hashKey: "a", attributes, billingMode: "PROVISIONED", ttl: { enabled: false } };
    const news = { name: "t", hashKey: "a", attributes: [...attributes].reverse(), tableClass: "STANDARD" };
    expect((await diff(table, olds, news)).changes).toBe("none");
  });

  it("gives the path of each difference and what it forces", async () => {
    const olds = { name: "t", hashKey: "a", rangeKey: "b", tags: { one: "1" }, tagsAll: { one: "1" } };
    const news = {
      name: "t",
      hashKey: "a",
      rangeKey: "c",
      tags: { one: "2", two: "2" },
      tagsAll: { one: "2", two: "2" },
    };
    const result = await diff(table, olds, news);
    expect(result.replaces).toEqual(["rangeKey"]);
    expect(result.deleteBeforeReplace).toBe(true);
    expect(Object.entries(result.detailedDiff!).map(([path, { kind }]) => `${path} ${kind}`)).toEqual(
      expect.arrayContaining(["rangeKey update-replace", "tags.one update", "tags.two add"]),
    );
  });

  // An invented name changes with the replacement, so the old one can wait.
  it("lets the new one come first when its name is invented", async () => {
    const olds = (await check(role, { assumeRolePolicy: trust })).inputs;
    const news = (await check(role, { assumeRolePolicy: trust, path: "/x/" }, olds)).inputs;
    expect(await diff(role, olds, news)).toMatchObject({ replaces: ["path"], deleteBeforeReplace: false });
  });

  it("honours ignoreChanges", async () => {
    const olds = { name: "r", assumeRolePolicy: trust, description: "a" };
    expect((await diff(role, olds, { ...olds, description: "b" }, ["description"])).changes).toBe("none");
  });

  it("compares code by its hash when it is known", async () => {
    const type = "aws:lambda/function:Function";
    const base = { name: "f", role: "r", handler: "h", runtime: "nodejs22.x" };
    const one = { ...base, code: new Archive({ path: "/a", hash: "1" }) };
    expect((await diff(type, one, { ...base, code: new Archive({ path: "/b", hash: "1" }) })).changes).toBe("none");
    expect((await diff(type, one, { ...base, code: new Archive({ path: "/a", hash: "2" }) })).diffs).toEqual(["code"]);
    expect((await diff(type, { ...base, code: code("a") }, { ...base, code: code("b") })).diffs).toEqual(["code"]);
  });
});

describe("previews", () => {
  // A program that reads an ARN in a preview must get "not known yet", never undefined.
  it("leave what AWS decides unknown and show the rest", async () => {
    const inputs = (await check(role, { assumeRolePolicy: trust, name: "r" })).inputs;
    const { id, outputs } = await provider.create({ ...idOf(role), inputs, preview: true }, context);
    expect(id).toBe("");
    expect(outputs).toMatchObject({ name: "r", arn: unknown, uniqueId: unknown });
    expect(outputs["__defaults"]).toBeUndefined();
  });
});

describe("what was made up, level by level", () => {
  const lambda = "aws:lambda/function:Function";
  const said = {
    ...{ name: "f", role: "r", handler: "h", runtime: "nodejs22.x", code: new Archive({ path: "/a", hash: "1" }) },
    ...{ environment: { variables: { TABLE: "t" } }, tags: { one: "1" } },
  };

  // Where the list is missing, Pulumi's own plugin keeps what a program no longer says inside an object.
  it("is listed in every object, and in no map of the program's own keys", async () => {
    const { inputs } = await check(lambda, said);
    expect(inputs["environment"]).toEqual({ variables: { TABLE: "t" }, __defaults: [] });
    expect([inputs["tags"], inputs["tagsAll"]]).toEqual([{ one: "1" }, { one: "1" }]);
    const attributes = [{ name: "pk", type: "S" }];
    const items = await check(table, { hashKey: "pk", attributes, ttl: { attributeName: "until", enabled: true } });
    expect(items.inputs["attributes"]).toEqual([{ name: "pk", type: "S", __defaults: [] }]);
    expect(items.inputs["ttl"]).toEqual({ attributeName: "until", enabled: true, __defaults: [] });
  });

  // As that plugin answers a check: marks in maps, too, and defaults that ours does not write.
  const theirs = {
    ...said,
    __defaults: ["memorySize", "publish", "reservedConcurrentExecutions", "skipDestroy", "timeout"],
    ...{ memorySize: 128, publish: false, reservedConcurrentExecutions: -1, skipDestroy: false, timeout: 3 },
    environment: { __defaults: [], variables: { __defaults: [], TABLE: "t" } },
    tags: { __defaults: [], one: "1" },
    tagsAll: { one: "1" },
  };

  it("is no difference in a state of Pulumi's own plugin, and what differs is told without it", async () => {
    const same = (await check(lambda, said, theirs)).inputs;
    expect(await diff(lambda, theirs, same)).toMatchObject({ changes: "none", diffs: [] });
    const news = (await check(lambda, { ...said, environment: { variables: { OTHER: "o" } } }, theirs)).inputs;
    expect(Object.keys((await diff(lambda, theirs, news)).detailedDiff!).sort()).toEqual([
      "environment.variables.OTHER",
      "environment.variables.TABLE",
    ]);
    const request = { ...idOf(lambda), id: "f", oldInputs: theirs, oldOutputs: {}, newInputs: news, ignoreChanges: [] };
    const { outputs } = await provider.update({ ...request, preview: true }, context);
    expect(JSON.stringify(outputs)).not.toContain("__defaults");
  });
});

describe("configuration", () => {
  // A program's own provider wins over the environment; the two are never mixed into one pair of keys.
  it("takes the program first, then the environment", () => {
    const environment = {
      AWS_ACCESS_KEY_ID: "env",
      AWS_SECRET_ACCESS_KEY: "env-secret",
      AWS_SESSION_TOKEN: "env-token",
      AWS_REGION: "eu-west-1",
      AWS_ENDPOINT_URL: "http://127.0.0.1:1",
      AWS_ENDPOINT_URL_S3: "http://127.0.0.1:2",
    };
    expect(settingsOf({}, environment)).toMatchObject({
      region: "eu-west-1",
      accessKey: "env",
      token: "env-token",
      endpoints: { s3: "http://127.0.0.1:2", dynamodb: "http://127.0.0.1:1" },
    });
    const inputs = {
      region: "us-east-1",
      accessKey: "said",
      secretKey: "said-secret",
      endpoints: JSON.stringify([{ dynamodb: "http://127.0.0.1:3" }]),
      defaultTags: JSON.stringify({ tags: { team: "one" } }),
      s3UsePathStyle: "true",
    };
    const settings = settingsOf(inputs, environment);
    expect(settings).toMatchObject({
      region: "us-east-1",
      accessKey: "said",
      defaultTags: { team: "one" },
      pathStyle: true,
    });
    expect(settings.token).toBeUndefined();
    expect(settings.endpoints["dynamodb"]).toBe("http://127.0.0.1:3");
  });

  it("refuses what it does not know or carry out", async () => {
    const { failures } = await provider.checkConfig({ urn: "u", news: { regoin: "x", httpProxy: "http://p" } });
    expect(failures.map(({ property }) => property).sort()).toEqual(["httpProxy", "regoin"]);
  });

  // Default tags belong to every taggable resource, and the program's own win.
  it("merges default tags into tagsAll", async () => {
    const tagged = createAwsProvider({ environment: {} });
    await tagged.configure({ defaultTags: JSON.stringify({ tags: { a: "1", b: "1" } }) });
    const news = { tags: { b: "2" } };
    const { inputs } = await tagged.check({ ...idOf(bucket), news, randomSeed }, context);
    expect(inputs["tagsAll"]).toEqual({ a: "1", b: "2" });
    expect(inputs["tags"]).toEqual({ b: "2" });
  });
});

describe("functions of the provider", () => {
  it("write policy documents as pulumi-aws does", async () => {
    const statements = [
      {
        sid: "Read",
        actions: ["s3:GetObject", "s3:ListBucket"],
        resources: ["*"],
        principals: [{ type: "Service", identifiers: ["lambda.amazonaws.com"] }],
        conditions: [{ test: "StringEquals", variable: "aws:SourceAccount", values: ["1"] }],
      },
    ];
    const token = "aws:iam/getPolicyDocument:getPolicyDocument";
    const { result, failures } = await provider.invoke({ token, args: { statements }, preview: false }, context);
    expect(failures).toEqual([]);
    expect(JSON.parse(String(result["json"]))).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "Read",
          Effect: "Allow",
          Action: ["s3:ListBucket", "s3:GetObject"],
          Resource: "*",
          Principal: { Service: "lambda.amazonaws.com" },
          Condition: { StringEquals: { "aws:SourceAccount": "1" } },
        },
      ],
    });
    expect(allow("a")).toContain("Allow");
  });

  it("that are unknown are named", async () => {
    const token = "aws:ec2/getVpc:getVpc";
    await expect(provider.invoke({ token, args: {}, preview: false }, context)).rejects.toThrow(
      /does not know aws:ec2/,
    );
  });
});

// An asset where an archive belongs is a program's mistake that the table must find.
it("an object's source takes an asset, and text only as content", async () => {
  const type = "aws:s3/bucketObjectv2:BucketObjectv2";
  expect((await check(type, { bucket: "b", source: new Asset({ text: "x" }) })).failures).toEqual([]);
  expect((await check(type, { bucket: "b", source: "x" })).failures[0]?.property).toBe("source");
  expect((await check(type, { bucket: "b" }, undefined, "page.html")).inputs["key"]).toBe("page.html");
});
