/**
 * The programs under Pulumi's mocks: what a manifest becomes, the rights above all. No engine, no cloud; what these
 * resources do is shown by the journeys.
 */
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AppInput, appProgram } from "../../../stacks/app.ts";
import { foundationProgram } from "../../../stacks/foundation.ts";
import { appInput, type Made, synthesise as run, where } from "../../support/synthesis.ts";

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "freehold-app-"));
  await cp(resolve(import.meta.dirname, "../../support/fixtures/counter"), dir, { recursive: true });
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const input = (change: Partial<AppInput> = {}) => appInput(dir, change);

const of = (made: Made[], type: string): Made[] => made.filter((one) => one.type === type);
const one = (made: Made[], type: string, name: string): Made => {
  const found = made.find((candidate) => candidate.type === type && candidate.name === name);
  if (!found) throw new Error(`no ${type} ${name}`);
  return found;
};
const rights = (made: Made[], name: string) =>
  JSON.parse(one(made, "aws:iam/rolePolicy:RolePolicy", name).inputs.policy).Statement as {
    Action: string[];
    Resource: string[];
  }[];

describe("an app", () => {
  let made: Made[];
  let outputs: any;
  beforeAll(async () => {
    const whole = await input();
    ({ made, outputs } = await run(() => appProgram(whole)));
  });

  it("has the address of a site of its own", () => {
    expect(outputs.url).toBe("http://counter--home.localhost:4780/");
    expect(one(made, "aws:lambda/function:Function", "gate").inputs.tags["freehold:address"]).toBe(
      "counter--home.localhost",
    );
    expect(of(made, "aws:lambda/functionUrl:FunctionUrl").map(({ name }) => name)).toEqual(["gate"]);
  });

  it("gives a function what it uses and nothing else: no wildcard of actions, no resource of another's", () => {
    const statements = rights(made, "api");
    const resources = statements.flatMap(({ Resource }) => Resource);
    const identity = "arn:aws:ssm:eu-west-1:123456789012:parameter/freehold/home/counter/identity-key";
    expect(resources.every((arn) => arn.includes("home--counter--") || arn === identity)).toBe(true);
    expect(resources.filter((arn) => arn.endsWith("*")).map((arn) => arn.replace(/^.*:/, ""))).toEqual([
      "*",
      "table/home--counter--counts/index/*",
      expect.stringMatching(/^home--counter--files-[0-9a-f]{10}\/\*$/),
    ]);
    expect(statements.flatMap(({ Action }) => Action).filter((action) => action.includes("*"))).toEqual([]);
    expect(resources).toContain("arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/home--counter--api:*");
  });

  it("gives the gate its app's functions and site, the sign-in function, the counters and the key of who asks", () => {
    const statements = rights(made, "gate");
    const by = (action: string) =>
      statements.filter(({ Action }) => Action.includes(action)).flatMap(({ Resource }) => Resource);
    expect(by("lambda:InvokeFunction")).toEqual([
      "arn:aws:lambda:eu-west-1:123456789012:function:home--foundation--signin",
      "arn:aws:lambda:eu-west-1:123456789012:function:home--counter--api",
    ]);
    expect(by("s3:GetObject")).toEqual([expect.stringMatching(/^arn:aws:s3:::home--counter--site-[0-9a-f]{10}\/\*$/)]);
    expect(by("dynamodb:UpdateItem")).toEqual(
      ["foundation--access", "counter--limits"].map(
        (name) => `arn:aws:dynamodb:eu-west-1:123456789012:table/home--${name}`,
      ),
    );
    expect(by("ssm:GetParameter")).toEqual([
      "arn:aws:ssm:eu-west-1:123456789012:parameter/freehold/home/counter/identity-key",
    ]);
  });

  // Its log is the access log; an app's own is for finding faults.
  it("keeps the gate's log for 90 days, and a function's for 30", () => {
    const logs = of(made, "aws:cloudwatch/logGroup:LogGroup");
    expect(Object.fromEntries(logs.map(({ name, inputs }) => [name, inputs.retentionInDays]))).toEqual({
      api: 30,
      gate: 90,
    });
  });

  it("opens the gate's address with both grants, and nothing else to anybody", () => {
    expect(of(made, "aws:lambda/permission:Permission").map(({ inputs }) => inputs)).toEqual([
      expect.objectContaining({ action: "lambda:InvokeFunctionUrl", functionUrlAuthType: "NONE", principal: "*" }),
      expect.objectContaining({ action: "lambda:InvokeFunction", invokedViaFunctionUrl: true, principal: "*" }),
    ]);
    const blocks = of(made, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock");
    expect(blocks).toHaveLength(of(made, "aws:s3/bucket:Bucket").length);
    expect(blocks.every(({ inputs }) => inputs.blockPublicPolicy && inputs.restrictPublicBuckets)).toBe(true);
  });

  it("tells the function where its things are", () => {
    expect(one(made, "aws:lambda/function:Function", "api").inputs.environment.variables).toEqual({
      FREEHOLD_APP: "counter",
      FREEHOLD_CLOUD: "home",
      FREEHOLD_IDENTITY_KEY: "/freehold/home/counter/identity-key",
      TABLE_COUNTS: "home--counter--counts",
      BUCKET_FILES: expect.stringMatching(/^home--counter--files-/),
      SETTING_GREETING: "Hello",
      GREETING: "Hello",
    });
  });

  it("tags everything that takes tags, and bounds every role", () => {
    const taggable = /^aws:(s3\/bucket:|dynamodb\/table|iam\/role:|lambda\/function:|cloudwatch\/logGroup)/;
    const tagged = made.filter(({ type }) => taggable.test(type));
    expect(tagged.length).toBeGreaterThanOrEqual(10);
    for (const { type, name, inputs } of tagged)
      expect(inputs.tags, `${type} ${name}`).toMatchObject({
        "freehold:cloud": "home",
        "freehold:app": "counter",
        "freehold:version": "1.0.0",
        "freehold:blueprint": expect.stringMatching(/^[0-9a-f]{32}$/),
      });
    expect(of(made, "aws:iam/role:Role").every(({ inputs }) => inputs.permissionsBoundary === "arn:boundary")).toBe(
      true,
    );
  });

  it("changes the function alone when a line of its code changes", async () => {
    const file = join(dir, "api/index.mjs");
    const before = await readFile(file, "utf8");
    await writeFile(file, before.replace('"one"', '"two"'));
    const changed = await input({ gateDir: join(dir, "site") });
    const { made: after } = await run(() => appProgram(changed));
    await writeFile(file, before);
    const differ = after.filter(({ type, name, inputs }) => {
      const { code: _, ...now } = inputs;
      const { code: __, ...then } = made.find((old) => old.type === type && old.name === name)?.inputs ?? {};
      return JSON.stringify(now) !== JSON.stringify(then);
    });
    expect(differ.map(({ type, name }) => `${type} ${name}`)).toEqual(["aws:lambda/function:Function api"]);
  });

  // A function that may call another may call that one, and nothing that IAM would let it call besides.
  it("lets a function call the functions it uses, by name, and no others", async () => {
    const whole = await input();
    const { manifest } = whole.blueprint;
    const api = manifest.functions["api"]!;
    const calling = { ...api, uses: { "day-report": "call" as const } };
    const functions = { api: calling, "day-report": { ...api, uses: {} } };
    const blueprint = { ...whole.blueprint, manifest: { ...manifest, functions } };
    const codeDigests = { ...whole.codeDigests, "day-report": whole.codeDigests["api"]! };
    const { made: two } = await run(() => appProgram({ ...whole, blueprint, codeDigests }));
    const called = (noun: string) =>
      rights(two, noun)
        .filter(({ Action }) => Action.includes("lambda:InvokeFunction"))
        .flatMap(({ Resource }) => Resource);
    expect(called("api")).toEqual(["arn:aws:lambda:eu-west-1:123456789012:function:home--counter--day-report"]);
    expect(called("day-report")).toEqual([]);
    const variables = (noun: string) => one(two, "aws:lambda/function:Function", noun).inputs.environment.variables;
    expect(variables("api")).toMatchObject({ FUNCTION_DAY_REPORT: "home--counter--day-report" });
    expect(variables("day-report")).not.toHaveProperty("FUNCTION_DAY_REPORT");
  });

  it("lets a function read its secret settings one by one, and holds no value of them", async () => {
    await writeFile(
      join(dir, "blueprint.yaml"),
      (await readFile(join(dir, "blueprint.yaml"), "utf8")).replace(
        "settings:\n",
        "settings:\n  token: { type: secret, required: true }\n",
      ),
    );
    const whole = await input();
    const { made: secretly } = await run(() => appProgram(whole));
    const { variables } = one(secretly, "aws:lambda/function:Function", "api").inputs.environment;
    expect(variables.SETTING_TOKEN_PARAMETER).toBe("/freehold/home/counter/settings/token");
    expect(rights(secretly, "api").find(({ Action }) => Action.includes("ssm:GetParameter"))?.Resource).toEqual([
      "arn:aws:ssm:eu-west-1:123456789012:parameter/freehold/home/counter/settings/token",
    ]);
  });
});

describe("the foundation", () => {
  it("lets the sign-in function alone read the session key, and holds it nowhere", async () => {
    const { made, outputs } = await run(
      async () =>
        (await foundationProgram({
          ...where,
          signinDir: join(dir, "api"),
          signinDigest: "d",
          version: "1",
        })) as never,
    );
    expect(outputs).toMatchObject({
      signinFunction: "home--foundation--signin",
      signinUrl: "http://signin--home.localhost:4780/",
      accessTable: "home--foundation--access",
    });
    const key = "arn:aws:ssm:eu-west-1:123456789012:parameter/freehold/home/foundation/session-key";
    expect(rights(made, "signin").find(({ Resource }) => Resource.includes(key))?.Action).toEqual([
      "ssm:GetParameter",
      "ssm:PutParameter",
    ]);
    const boundary = JSON.parse(one(made, "aws:iam/policy:Policy", "boundary").inputs.policy).Statement as {
      Effect: string;
      Resource: string[];
      Condition?: { StringEquals?: Record<string, string[]> };
    }[];
    // What reaches further than one's own is taken away, or of a role that was given what all apps store.
    const given = ({ Condition }: (typeof boundary)[number]): boolean =>
      Condition?.StringEquals?.["aws:PrincipalTag/freehold:grants"]?.every((tag) => /\bdata\b/.test(tag)) === true;
    for (const { Resource } of boundary.filter((one) => one.Effect === "Allow" && !given(one)))
      for (const arn of Resource)
        expect(arn).toMatch(/[:/]home(--|\/)(\$\{aws:PrincipalTag|foundation|\*--gate(:\*)?$|\*--limits$)/);
    expect(of(made, "aws:iam/role:Role")[0]?.inputs.permissionsBoundary).toBe("arn:boundary");
  });
});
