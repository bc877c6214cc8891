/**
 * The rules on a plan: what our own components make passes them all, each thing a rule is about makes one finding when it
 * is put into that plan, and nothing hides from them behind a variable. Row H10; rows H12 and H15 by name.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy.js";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { appProgram } from "../../stacks/app.ts";
import { awsProvider } from "../../stacks/components/provider.ts";
import { collectPlan } from "../../stacks/deploy/planned.ts";
import { openStack, runStack } from "../../stacks/deploy/workspace.ts";
import { judge, rules } from "../../stacks/rules/index.ts";
import { type About, type PlannedResource, Unreadable } from "../../stacks/rules/plan.ts";
import { appInput, synthesise, where } from "../support/synthesis.ts";

const root = resolve(import.meta.dirname, "../..");
const about = (app: string, preciousTables: string[]): About => ({
  cloud: "home",
  app,
  accountId: where.accountId,
  boundaryArn: "arn:boundary",
  preciousTables,
  plainHttp: false,
});

/** A plan of the program in a folder; Pulumi's mocks answer unknown inputs with what was asked for. */
async function planAt(folder: string, app: string): Promise<{ resources: PlannedResource[]; about: About }> {
  const input = await appInput(folder, { app, settings: {} });
  const { made } = await synthesise(() => appProgram(input));
  const resources = made
    .filter(({ type }) => type.startsWith("aws:"))
    .map(({ type: kind, name, inputs }) => ({ urn: `${kind}::${name}`, kind, name, op: "create", inputs }));
  const tables = Object.entries(input.blueprint.manifest.tables);
  return {
    resources,
    about: about(
      app,
      tables.filter(([, { data }]) => data === "precious").map(([noun]) => noun),
    ),
  };
}

let counter: Awaited<ReturnType<typeof planAt>>;
beforeAll(async () => {
  counter = await planAt(join(root, "test/support/fixtures/counter"), "counter");
});

type Inputs = Record<string, any>;
/** The counter's plan with one resource changed. */
function changed(kind: string, name: string, change: (inputs: Inputs) => Inputs): PlannedResource[] {
  const at = counter.resources.findIndex((one) => one.kind === kind && one.name === name);
  if (at < 0) throw new Error(`no ${kind} ${name}`);
  const copy = structuredClone(
    counter.resources.map(({ inputs: { code: _, source: __, ...inputs }, ...rest }) => ({ ...rest, inputs })),
  );
  copy[at] = { ...copy[at]!, inputs: change(copy[at]!.inputs as Inputs) as never };
  return copy;
}
const added = (kind: string, inputs: Inputs, name = "extra"): PlannedResource[] => [
  ...counter.resources,
  { urn: `${kind}::${name}`, kind, name, op: "create", inputs },
];
const policy = (statement: object): string => JSON.stringify({ Version: "2012-10-17", Statement: [statement] });

const role = "aws:iam/role:Role";
const rights = "aws:iam/rolePolicy:RolePolicy";
const lambda = "aws:lambda/function:Function";
const own = "arn:aws:dynamodb:eu-west-1:123456789012:table/home--counter--counts";
const withRights = (statement: object): PlannedResource[] =>
  changed(rights, "api", (inputs) => ({ ...inputs, policy: policy({ Effect: "Allow", ...statement }) }));
const withTrust = (statement: object): PlannedResource[] =>
  changed(role, "api", (inputs) => ({
    ...inputs,
    assumeRolePolicy: policy({ Effect: "Allow", Action: "sts:AssumeRole", ...statement }),
  }));
const withVariable = (name: string, value: unknown): PlannedResource[] =>
  changed(lambda, "api", (inputs) => ({ ...inputs, environment: { variables: { [name]: value } } }));
const withFunction = (more: Inputs): PlannedResource[] => changed(lambda, "api", (inputs) => ({ ...inputs, ...more }));
const withBucketPolicy = (statement: object): PlannedResource[] =>
  added("aws:s3/bucketPolicy:BucketPolicy", { bucket: "b", policy: policy({ Effect: "Allow", ...statement }) });
const random = "9fK2mQ7xLp4RtZ8vBn1WsYc6HdGj3EaU";
const secretly = new Unreadable("secret");

type Case = [
  what: string,
  plan: () => PlannedResource[],
  severity: "refuse" | "ask" | "note",
  rule: string,
  said: RegExp,
];
const cases: Case[] = [
  ["any action", () => withRights({ Action: "*", Resource: own }), "refuse", "rights", /nobody has named/],
  [
    "any action of a service",
    () => withRights({ Action: ["dynamodb:*"], Resource: own }),
    "refuse",
    "rights",
    /dynamodb:\*/,
  ],
  [
    "writing to any resource",
    () => withRights({ Action: "dynamodb:PutItem", Resource: "*" }),
    "refuse",
    "rights",
    /Resource \*/,
  ],
  [
    "reading any resource",
    () => withRights({ Action: "dynamodb:GetItem", Resource: "*" }),
    "ask",
    "rights",
    /may read/,
  ],
  ["all actions but some", () => withRights({ NotAction: "iam:*", Resource: own }), "refuse", "rights", /NotAction/],
  [
    "all resources but some",
    () => withRights({ Action: "s3:GetObject", NotResource: own }),
    "refuse",
    "rights",
    /NotResource/,
  ],
  [
    "passing a role",
    () => withRights({ Action: "iam:PassRole", Resource: "arn:aws:iam::123456789012:role/home--counter--api" }),
    "refuse",
    "rights",
    /not given/,
  ],
  [
    "writing its own rights",
    () => withRights({ Action: "iam:PutRolePolicy", Resource: "arn:aws:iam::123456789012:role/home--counter--api" }),
    "refuse",
    "rights",
    /not given/,
  ],
  ["becoming any role", () => withRights({ Action: "sts:AssumeRole", Resource: "*" }), "refuse", "rights", /not given/],
  [
    "other code for a function",
    () =>
      withRights({
        Action: "lambda:UpdateFunctionCode",
        Resource: "arn:aws:lambda:eu-west-1:123456789012:function:home--counter--api",
      }),
    "refuse",
    "rights",
    /not given/,
  ],
  [
    "another app's table",
    () => withRights({ Action: "dynamodb:GetItem", Resource: own.replace("counter", "notes") }),
    "refuse",
    "rights",
    /not this app's/,
  ],
  [
    "an app whose name begins alike",
    () => withRights({ Action: "dynamodb:GetItem", Resource: own.replace("counter--", "counter-") }),
    "refuse",
    "rights",
    /not this app's/,
  ],
  [
    "another account's table",
    () => withRights({ Action: "dynamodb:GetItem", Resource: own.replace("123456789012", "999999999999") }),
    "refuse",
    "rights",
    /not this app's/,
  ],
  [
    "the session key",
    () =>
      withRights({
        Action: "ssm:GetParameter",
        Resource: "arn:aws:ssm:eu-west-1:123456789012:parameter/freehold/home/foundation/session-key",
      }),
    "refuse",
    "rights",
    /not this app's/,
  ],
  [
    "the foundation's table, by an app's function",
    () => withRights({ Action: "dynamodb:GetItem", Resource: own.replace("counter--counts", "foundation--access") }),
    "refuse",
    "rights",
    /not this app's/,
  ],
  [
    "a secret policy",
    () => changed(rights, "api", (inputs) => ({ ...inputs, policy: secretly })),
    "refuse",
    "rights",
    /cannot be read/,
  ],
  [
    "somebody else's policy",
    () =>
      added("aws:iam/rolePolicyAttachment:RolePolicyAttachment", {
        policyArn: "arn:aws:iam::aws:policy/AdministratorAccess",
      }),
    "refuse",
    "rights",
    /other people's/,
  ],
  ["a person", () => added("aws:iam/user:User", { name: "home--counter--eve" }), "refuse", "rights", /people/],
  ["a key", () => added("aws:iam/accessKey:AccessKey", { user: "eve" }), "refuse", "rights", /keys/],
  ["trust in everybody", () => withTrust({ Principal: "*" }), "refuse", "trust", /everybody/],
  ["trust in every account", () => withTrust({ Principal: { AWS: "*" } }), "refuse", "trust", /everybody/],
  [
    "trust in another account",
    () => withTrust({ Principal: { AWS: "arn:aws:iam::999999999999:root" } }),
    "refuse",
    "trust",
    /another account/,
  ],
  [
    "trust in an account's number",
    () => withTrust({ Principal: { AWS: "999999999999" } }),
    "refuse",
    "trust",
    /another account/,
  ],
  [
    "trust in the whole account",
    () => withTrust({ Principal: { AWS: "arn:aws:iam::123456789012:root" } }),
    "refuse",
    "trust",
    /names no one/,
  ],
  [
    "trust in the account, whoever it is",
    () =>
      withTrust({
        Principal: { AWS: "arn:aws:iam::123456789012:root" },
        Condition: { ArnLike: { "aws:PrincipalArn": "*" } },
      }),
    "refuse",
    "trust",
    /names no one/,
  ],
  [
    "trust in all but some",
    () => withTrust({ NotPrincipal: { AWS: "123456789012" } }),
    "refuse",
    "trust",
    /all but those/,
  ],
  [
    "trust in a sign-in elsewhere",
    () => withTrust({ Principal: { Federated: "accounts.google.com" } }),
    "refuse",
    "trust",
    /Federated/,
  ],
  ["trust in another service", () => withTrust({ Principal: { Service: "ec2.amazonaws.com" } }), "ask", "trust", /ec2/],
  [
    "trust that is not known yet",
    () => changed(role, "api", (inputs) => ({ ...inputs, assumeRolePolicy: new Unreadable("unknown") })),
    "refuse",
    "trust",
    /cannot be read/,
  ],
  [
    "no boundary",
    () => changed(role, "api", ({ permissionsBoundary: _, ...inputs }) => inputs),
    "refuse",
    "boundary",
    /without the boundary/,
  ],
  [
    "another boundary",
    () =>
      changed(role, "api", (inputs) => ({
        ...inputs,
        permissionsBoundary: "arn:aws:iam::aws:policy/AdministratorAccess",
      })),
    "refuse",
    "boundary",
    /without the boundary/,
  ],
  [
    "an address of its own",
    () =>
      added("aws:lambda/functionUrl:FunctionUrl", { functionName: "home--counter--api", authorizationType: "NONE" }),
    "refuse",
    "addresses",
    /open to everybody/,
  ],
  [
    "a function anybody calls",
    () =>
      added("aws:lambda/permission:Permission", {
        function: "home--counter--api",
        principal: "*",
        functionUrlAuthType: "NONE",
      }),
    "refuse",
    "addresses",
    /not the gate/,
  ],
  [
    "a gate anybody calls, past its address",
    () => added("aws:lambda/permission:Permission", { function: "home--counter--gate", principal: "*" }),
    "refuse",
    "addresses",
    /not the gate/,
  ],
  [
    "a function another account calls",
    () => added("aws:lambda/permission:Permission", { function: "home--counter--api", principal: "999999999999" }),
    "refuse",
    "addresses",
    /another account/,
  ],
  [
    "a function a service calls",
    () => added("aws:lambda/permission:Permission", { function: "home--counter--api", principal: "s3.amazonaws.com" }),
    "ask",
    "addresses",
    /s3/,
  ],
  [
    "a bucket half blocked",
    () =>
      changed("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "files", (inputs) => ({
        ...inputs,
        restrictPublicBuckets: false,
      })),
    "refuse",
    "buckets",
    /made public/,
  ],
  [
    "a bucket not encrypted",
    () =>
      changed(
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "files",
        (inputs) => ({ ...inputs, rules: [] }),
      ),
    "refuse",
    "buckets",
    /encryption/,
  ],
  [
    "a bucket without TLS",
    () =>
      changed("aws:s3/bucketPolicy:BucketPolicy", "files", (inputs) => ({
        ...inputs,
        policy: inputs["policy"].replace("s3:*", "s3:GetObject"),
      })),
    "refuse",
    "buckets",
    /without TLS/,
  ],
  [
    "a bucket for everybody",
    () => withBucketPolicy({ Principal: "*", Action: "s3:GetObject" }),
    "refuse",
    "bucket-policies",
    /to everybody/,
  ],
  [
    "a bucket for every account",
    () => withBucketPolicy({ Principal: { AWS: ["*"] }, Action: "s3:GetObject" }),
    "refuse",
    "bucket-policies",
    /to everybody/,
  ],
  [
    "a bucket for another account",
    () => withBucketPolicy({ Principal: { AWS: "arn:aws:iam::999999999999:root" }, Action: "s3:GetObject" }),
    "refuse",
    "bucket-policies",
    /another account/,
  ],
  [
    "a bucket for all but some",
    () => withBucketPolicy({ NotPrincipal: { AWS: "123456789012" }, Action: "s3:*" }),
    "refuse",
    "bucket-policies",
    /to everybody/,
  ],
  [
    "precious data that cannot be got back",
    () => changed("aws:dynamodb/table:Table", "counts", ({ pointInTimeRecovery: _, ...inputs }) => inputs),
    "refuse",
    "recovery",
    /earlier time/,
  ],
  [
    "a log for ever",
    () => changed("aws:cloudwatch/logGroup:LogGroup", "api", ({ retentionInDays: _, ...inputs }) => inputs),
    "refuse",
    "logs",
    /for ever/,
  ],
  [
    "a log that AWS would make",
    () => counter.resources.filter(({ kind, name }) => !(kind.includes("logGroup") && name === "api")),
    "refuse",
    "logs",
    /no log group/,
  ],
  [
    "a table of another app's (H12)",
    () => changed("aws:dynamodb/table:Table", "counts", (inputs) => ({ ...inputs, name: "home--notes--notes" })),
    "refuse",
    "names",
    /outside/,
  ],
  [
    "a table AWS would name (H12)",
    () => changed("aws:dynamodb/table:Table", "counts", ({ name: _, ...inputs }) => inputs),
    "refuse",
    "names",
    /outside/,
  ],
  [
    "a secret of another app's (H12)",
    () => added("aws:ssm/parameter:Parameter", { name: "/freehold/home/notes/settings/token" }),
    "refuse",
    "names",
    /outside/,
  ],
  ["code from a bucket", () => withFunction({ s3Bucket: "evil", s3Key: "code.zip" }), "refuse", "code", /no digest/],
  [
    "a layer of somebody's",
    () => withFunction({ layers: ["arn:aws:lambda:eu-west-1:999999999999:layer:evil:1"] }),
    "refuse",
    "code",
    /no digest/,
  ],
  ["an access key", () => withVariable("ID", "AKIAIOSFODNN7EXAMPLE"), "refuse", "environments", /AWS access key/],
  [
    "a private key",
    () => withVariable("PEM", "-----BEGIN RSA PRIVATE KEY-----\nMII"),
    "refuse",
    "environments",
    /private key/,
  ],
  ["a GitHub token", () => withVariable("X", `ghp_${"a1B2".repeat(9)}`), "refuse", "environments", /GitHub/],
  [
    "an address with a password",
    () => withVariable("DB", "postgres://me:hunter2@db.example.org/x"),
    "refuse",
    "environments",
    /with a password/,
  ],
  ["a random key", () => withVariable("SALT", random), "ask", "environments", /random/],
  ["a secret by its name", () => withVariable("API_KEY", "correct horse"), "ask", "environments", /by its name/],
  [
    "a security header that is not sent",
    () =>
      changed(lambda, "gate", (inputs) => {
        const gate = {
          ...JSON.parse(inputs["environment"].variables.FREEHOLD_GATE),
          headers: { "x-frame-options": false },
        };
        return { ...inputs, environment: { variables: { FREEHOLD_GATE: JSON.stringify(gate) } } };
      }),
    "note",
    "headers",
    /without x-frame-options/,
  ],
  ["much memory (H15)", () => withFunction({ memorySize: 10_240 }), "ask", "limits", /10240 MB/],
  ["much time (H15)", () => withFunction({ timeout: 900 }), "ask", "limits", /900 s/],
  [
    "reserved concurrency (H15)",
    () => withFunction({ reservedConcurrentExecutions: 0 }),
    "refuse",
    "limits",
    /concurrency/,
  ],
  [
    "a kind no rule knows",
    () => added("aws:sqs/queue:Queue", { name: "home--counter--jobs" }),
    "ask",
    "unknown-kinds",
    /sqs/,
  ],
];

describe("rules on a plan", () => {
  // Else every app would be refused; of every bundled one: test/blueprints/card.test.ts.
  it("have nothing against what our components make", () => {
    expect(judge(counter)).toEqual([]);
  });

  it.each(cases)("see %s", (_, plan, severity, rule, said) => {
    const found = judge({ resources: plan(), about: counter.about });
    expect(found).toContainEqual(expect.objectContaining({ severity, rule, message: expect.stringMatching(said) }));
    // What one rule is about is no other rule's, but where two of them have a reason.
    expect(found.every((one) => one.severity !== "refuse" || severity === "refuse")).toBe(true);
    // A secret that was found is not told on.
    expect(JSON.stringify(found)).not.toMatch(/AKIAIOSF|hunter2|9fK2mQ|correct horse/);
  });

  it("are each about something that a case shows", () => {
    const shown = new Set(cases.map(([, , , rule]) => rule));
    expect(rules.map(({ name }) => name).filter((name) => !shown.has(name))).toEqual([]);
  });

  // Row H15.
  it("ask about a thousand functions, and about public routes with more calls than anybody means", () => {
    const one = counter.resources.find(({ kind, name }) => kind === lambda && name === "api")!;
    const many = Array.from({ length: 1000 }, (_, n) => ({ ...one, urn: `f${n}`, name: `f${n}` }));
    expect(judge({ resources: [...counter.resources, ...many], about: counter.about })).toContainEqual(
      expect.objectContaining({ rule: "limits", severity: "ask", message: "It has 1002 functions." }),
    );
    const open = changed(lambda, "gate", (inputs) => {
      const { FREEHOLD_GATE: text } = inputs["environment"].variables;
      const gate = JSON.parse(text);
      gate.routes = [{ path: "/x", to: "api", public: true, limit: { count: 999_999, seconds: 1 } }];
      return { ...inputs, environment: { variables: { FREEHOLD_GATE: JSON.stringify(gate) } } };
    });
    expect(judge({ resources: open, about: counter.about }).map(({ message }) => message)).toEqual([
      expect.stringMatching(/999999 times in 1 s/),
    ]);
  });
});

describe("the plan they see", () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "freehold-rules-"));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  // The engine's own preview: strings put together, promises, maps and secrets are values by then, or unreadable.
  it("is the resolved one: no variable, function or secret hides what it says", async () => {
    const program = async () => {
      const provider = awsProvider({ ...where });
      const star = pulumi.output(Promise.resolve(["d", "ynamodb:", "*"])).apply((parts) => parts.join(""));
      const hidden = pulumi
        .all([star, pulumi.output("Al").apply((al) => `${al}low`)])
        .apply(([Action, Effect]) =>
          JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect, Action, Resource: "*" }] }),
        );
      const names = { role: "home--counter--api" };
      new RolePolicy("indirect", { ...names, name: "a", policy: hidden }, { provider });
      new RolePolicy("secretly", { ...names, name: "b", policy: pulumi.secret(hidden) }, { provider });
      return {};
    };
    const cloud = {
      ...where,
      name: "home",
      timeZone: "UTC",
      endpoint: "http://127.0.0.1:9",
      dir: join(dir, "cloud"),
      passphraseFile: join(root, "package.json"),
      environment: { AWS_ACCESS_KEY_ID: "x", AWS_SECRET_ACCESS_KEY: "x" },
    };
    const { stack } = await openStack(cloud, "counter", program);
    const plan = collectPlan();
    const signal = new AbortController().signal;
    await runStack({ name: "counter", preview: true, next: "", emit: () => undefined, signal }, (options) =>
      stack.preview({ ...options, onEvent: (event) => plan.onEvent(event) }),
    );
    const found = judge({ resources: plan.resources(), about: about("counter", []) });
    expect(found.filter(({ resource }) => resource === "indirect").map(({ message }) => message)).toEqual([
      expect.stringMatching(/dynamodb:\*/),
      expect.stringMatching(/Resource \*/),
    ]);
    expect(found).toContainEqual(
      expect.objectContaining({
        resource: "secretly",
        severity: "refuse",
        message: expect.stringMatching(/cannot be read/),
      }),
    );
  });
});

// The home page may look at the cloud; nobody else may, and nobody may look at more than that.
it("lets exactly the grant of the cloud through, of an app whose manifest asks for it", () => {
  const arn = (service: string, resource: string): string => `arn:aws:${service}:eu-west-1:123456789012:${resource}`;
  const apps = arn("dynamodb", "table/home--foundation--apps");
  const gates = arn("logs", "log-group:/aws/lambda/home--*--gate:*");
  const signin = arn("logs", "log-group:/aws/lambda/home--foundation--signin:*");
  const named = [arn("dynamodb", "table/home--*--limits"), arn("dynamodb", "table/home--foundation--access")];
  const rows = (ids: string[], isThere = "false"): object => ({
    Action: "dynamodb:BatchGetItem",
    Resource: named,
    Condition: {
      "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ids },
      Null: { "dynamodb:LeadingKeys": isThere },
    },
  });
  const found = (statement: object, readsCloud: boolean): number =>
    judge({ resources: withRights(statement), about: { ...counter.about, readsCloud } }).filter(
      ({ rule, severity }) => rule === "rights" && severity === "refuse",
    ).length;
  const granted = [
    { Action: ["dynamodb:GetItem", "dynamodb:Scan"], Resource: apps },
    { Action: ["logs:FilterLogEvents"], Resource: [gates, signin] },
    rows(["requests/*", "guest/*", "app/*/key/*"]),
  ];
  for (const statement of granted) expect([found(statement, true), found(statement, false)]).toEqual([0, 1]);
  const more = [
    { Action: "dynamodb:PutItem", Resource: apps },
    { Action: ["dynamodb:Scan", "dynamodb:DeleteItem"], Resource: apps },
    { Action: "dynamodb:Scan", Resource: arn("dynamodb", "table/home--foundation--access") },
    { Action: "dynamodb:Scan", Resource: arn("dynamodb", "table/home--notes--notes") },
    { Action: "logs:FilterLogEvents", Resource: arn("logs", "log-group:/aws/lambda/home--*:*") },
    { Action: "logs:FilterLogEvents", Resource: arn("logs", "log-group:/aws/lambda/home--notes--api:*") },
    rows(["requests/*", "session/*"]),
    rows([]),
    rows(["guest/*"], "true"),
    { Action: "dynamodb:BatchGetItem", Resource: named },
    { Action: "dynamodb:Scan", Resource: apps.replace("123456789012", "999999999999") },
  ];
  for (const statement of more) expect(found(statement, true), JSON.stringify(statement)).toBe(1);
});

// What the owner gave by name is no mistake; a pattern that is wider, or that writes, is one.
it("lets exactly the grant of the data through, of an app that was given it", () => {
  const arn = (service: string, account: string, resource: string): string =>
    `arn:aws:${service}:${service === "s3" ? "" : "eu-west-1"}:${account}:${resource}`;
  const tables = arn("dynamodb", "123456789012", "table/home--*--*");
  const buckets = arn("s3", "", "home--*--*");
  const found = (statement: object, readsData: boolean): number =>
    judge({ resources: withRights(statement), about: { ...counter.about, readsData } }).filter(
      ({ rule, severity }) => rule === "rights" && severity === "refuse",
    ).length;
  const granted = [
    { Action: ["dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan"], Resource: tables },
    { Action: ["s3:GetObject", "s3:ListBucket"], Resource: buckets },
  ];
  for (const statement of granted) expect([found(statement, true), found(statement, false)]).toEqual([0, 1]);
  const more = [
    { Action: "dynamodb:PutItem", Resource: tables },
    { Action: ["s3:GetObject", "s3:DeleteObject"], Resource: buckets },
    { Action: "s3:GetObject", Resource: arn("s3", "", "home--*") },
    { Action: "dynamodb:Scan", Resource: arn("dynamodb", "123456789012", "table/*") },
    { Action: "dynamodb:Scan", Resource: arn("dynamodb", "999999999999", "table/home--*--*") },
  ];
  for (const statement of more) expect(found(statement, true), JSON.stringify(statement)).toBe(1);
});
