/**
 * The boundary, proved with the evaluator that the local cloud enforces with: the programs' own roles, of bundled and of
 * hostile blueprints, as they are and as if their own policies allowed everything.
 */
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadBlueprint } from "../../../blueprints/load.ts";
import { appProgram } from "../../../stacks/app.ts";
import { foundationProgram } from "../../../stacks/foundation.ts";
import {
  type CompiledPolicy,
  type Context,
  checkIdentityPolicy,
  compilePolicy,
  contextOf,
  evaluate,
  type Principal,
} from "../../../stacks/local/iam/policy/index.ts";
import { modelOf } from "../../../stacks/local/models/index.ts";
import { longestTogether, secretParameter, sessionKeyParameter, stateBucketName } from "../../../stacks/names.ts";
import { type Made, synthesise } from "../../support/synthesis.ts";

const account = "123456789012";
const where = { cloud: "home", target: "local", region: "eu-west-1", accountId: account, port: 4780 } as const;
const bundled = resolve(import.meta.dirname, "../../../blueprints");
const everything = compilePolicy(
  "everything",
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] }),
);

interface Role {
  app: string;
  arn: string;
  tags: Record<string, string>;
  /** What its own policies say. */
  statements: { Effect: string; Action: string[]; Resource: string[] }[];
}

interface Stack {
  app: string;
  roles: Role[];
  tables: string[];
  buckets: string[];
  functions: string[];
  groups: string[];
  parameters: string[];
}

/** Names that begin as others do, in every place where the grammar lets one choose a name. */
const hostile: readonly { app: string; cloud?: string; nouns: string[] }[] = [
  { app: "notes2", nouns: ["api", "api2"] },
  { app: "note", nouns: ["s", "notes"] },
  { app: "notes-x", nouns: ["a-b", "a"] },
  { app: "a-b", nouns: ["c", "notes-api", "exec"] },
  { app: "home-x", nouns: ["home", "foundation", "signin", "links"] },
  { app: "settings", nouns: ["settings", "session-key", "state"] },
  { app: "x".repeat(32), nouns: ["y".repeat(32), `${"y".repeat(31)}z`, "g"] },
  { app: "state", nouns: ["freehold", "gates", "gate-x", "x-gate"] },
];

let root: string;
let boundaryText: string;
let boundary: CompiledPolicy;
const stacks: Stack[] = [];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "freehold-boundary-"));
  const foundation = await foundationOf(where.cloud);
  boundaryText = foundation.boundary;
  boundary = compilePolicy("boundary", boundaryText);
  stacks.push(stackOf("foundation", foundation.made, [sessionKeyParameter("home")]));
  for (const entry of await readdir(bundled, { withFileTypes: true }))
    if (entry.isDirectory()) await add(entry.name, join(bundled, entry.name));
  await add("counter", resolve(import.meta.dirname, "../../support/fixtures/counter"));
  for (const { app, nouns } of hostile) await add(app, await write(app, nouns));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function foundationOf(cloud: string): Promise<{ made: Made[]; boundary: string }> {
  const signinDir = join(root, "signin");
  await mkdir(signinDir, { recursive: true });
  const input = { ...where, cloud, signinDir, signinDigest: "d", version: "1" };
  const { made } = await synthesise(async () => (await foundationProgram(input)) as never);
  return { made, boundary: made.find(({ type }) => type === "aws:iam/policy:Policy")?.inputs.policy };
}

/** A blueprint that uses all it may: a function, a table and a bucket of each name, and a secret. */
async function write(app: string, nouns: string[]): Promise<string> {
  const dir = join(root, app);
  const uses = nouns.flatMap((noun) => [
    `t-${noun}`.slice(0, 32).replace(/-$/, ""),
    `b-${noun}`.slice(0, 32).replace(/-$/, ""),
  ]);
  const list = [...new Set(uses)];
  const manifest = {
    freehold: 1,
    name: app,
    version: "1.0.0",
    title: app,
    functions: Object.fromEntries(
      nouns.map((noun) => [
        noun,
        {
          code: "code",
          handler: "index.handler",
          runtime: "nodejs24.x",
          uses: Object.fromEntries(list.map((name) => [name, "write"])),
        },
      ]),
    ),
    tables: Object.fromEntries(
      list.filter((name) => name.startsWith("t-")).map((name) => [name, { key: { id: "string" } }]),
    ),
    buckets: Object.fromEntries(list.filter((name) => name.startsWith("b-")).map((name) => [name, {}])),
    routes: { "/": { to: nouns[0], public: true, limit: "5 per minute" } },
    settings: { token: { type: "secret" } },
  };
  // JSON is YAML.
  await mkdir(join(dir, "code"), { recursive: true });
  await writeFile(join(dir, "code/index.mjs"), "export const handler = async () => ({});\n");
  await writeFile(join(dir, "blueprint.yaml"), JSON.stringify(manifest));
  return dir;
}

async function add(app: string, dir: string): Promise<void> {
  stacks.push(await stackAt(app, dir));
}

async function stackAt(app: string, dir: string): Promise<Stack> {
  const blueprint = await loadBlueprint(dir);
  const { made } = await synthesise(() =>
    appProgram({
      ...where,
      app,
      blueprint,
      codeDigests: {},
      gateDigest: "gate",
      gateDir: dir,
      settings: {},
      owner: [`arn:aws:iam::${account}:root`],
      foundation: {
        signinFunction: "home--foundation--signin",
        signinArn: `arn:aws:lambda:eu-west-1:${account}:function:home--foundation--signin`,
        signinUrl: "http://signin--home.localhost:4780/",
        accessTable: "home--foundation--access",
        boundaryArn: `arn:aws:iam::${account}:policy/home--foundation--boundary`,
      },
      attach: new Map(),
    }),
  );
  return stackOf(app, made, [secretParameter("home", app, "token")]);
}

function stackOf(app: string, made: Made[], parameters: string[]): Stack {
  const of = (type: string): Made[] => made.filter((one) => one.type === type);
  const policies = of("aws:iam/rolePolicy:RolePolicy");
  return {
    app,
    roles: of("aws:iam/role:Role").map(({ inputs }) => {
      expect(inputs.permissionsBoundary).toBeTruthy();
      return {
        app,
        arn: `arn:aws:iam::${account}:role/${inputs.name}`,
        tags: inputs.tags,
        statements: policies
          .filter((policy) => policy.inputs.role === inputs.name)
          .flatMap((policy) => JSON.parse(policy.inputs.policy).Statement),
      };
    }),
    tables: of("aws:dynamodb/table:Table").map(
      ({ inputs }) => `arn:aws:dynamodb:eu-west-1:${account}:table/${inputs.name}`,
    ),
    buckets: of("aws:s3/bucket:Bucket").map(({ inputs }) => `arn:aws:s3:::${inputs.bucket}`),
    functions: of("aws:lambda/function:Function").map(
      ({ inputs }) => `arn:aws:lambda:eu-west-1:${account}:function:${inputs.name}`,
    ),
    groups: of("aws:cloudwatch/logGroup:LogGroup").map(
      ({ inputs }) => `arn:aws:logs:eu-west-1:${account}:log-group:${inputs.name}`,
    ),
    parameters: parameters.map((name) => `arn:aws:ssm:eu-west-1:${account}:parameter${name}`),
  };
}

/** As the evaluator sees a role: made once, asked many thousand times. `row`: the key of the item it asks for. */
const asked = new WeakMap<Role, { principal: Principal; context: Context }>();

function requestOf(role: Role, row?: string): { principal: Principal; context: Context } {
  const known = row === undefined ? asked.get(role) : undefined;
  if (known) return known;
  const tags = Object.entries(role.tags).map(([key, value]) => [`aws:PrincipalTag/${key}`, value]);
  const arn = `arn:aws:sts::${account}:assumed-role/${role.arn.split("/").at(-1)}/session`;
  const made = {
    principal: { kind: "role" as const, accountId: account, arn, roleArn: role.arn },
    context: contextOf({
      ...Object.fromEntries(tags),
      "aws:PrincipalArn": role.arn,
      "aws:PrincipalAccount": account,
      ...(row === undefined ? {} : { "dynamodb:LeadingKeys": [row] }),
    }),
  };
  if (row === undefined) asked.set(role, made);
  return made;
}

function allows(
  role: Role,
  action: string,
  resource: string,
  identity: CompiledPolicy[] = [everything],
  row?: string,
): boolean {
  return evaluate({ ...requestOf(role, row), action, resource }, { identity, boundary }).decision === "allowed";
}

const tableActions =
  "GetItem PutItem UpdateItem DeleteItem Query Scan BatchGetItem BatchWriteItem DescribeTable DeleteTable UpdateTable PartiQLSelect GetRecords ExportTableToPointInTime CreateBackup";
const objectActions =
  "GetObject PutObject DeleteObject GetObjectVersion DeleteObjectVersion PutObjectAcl GetObjectTagging RestoreObject";
const bucketActions =
  "ListBucket DeleteBucket PutBucketPolicy PutBucketCORS GetBucketLocation PutBucketPublicAccessBlock PutLifecycleConfiguration";
const functionActions =
  "InvokeFunction UpdateFunctionCode UpdateFunctionConfiguration AddPermission CreateFunctionUrlConfig GetFunction DeleteFunction TagResource UntagResource PutFunctionConcurrency PublishVersion CreateAlias";
const logActions = "CreateLogStream PutLogEvents GetLogEvents FilterLogEvents DeleteLogGroup";
const parameterActions =
  "GetParameter GetParameters GetParametersByPath PutParameter DeleteParameter GetParameterHistory";

/** Every action on every thing of the stack. */
function askedOf(stack: Stack): [action: string, resource: string][] {
  const ask = (service: string, actions: string, arns: string[], below = "") =>
    arns.flatMap((arn) =>
      actions.split(" ").map((action): [string, string] => [`${service}:${action}`, `${arn}${below}`]),
    );
  return [
    ...ask("dynamodb", tableActions, stack.tables),
    ...ask("dynamodb", "Query Scan", stack.tables, "/index/by-date"),
    ...ask("s3", objectActions, stack.buckets, "/some/key"),
    ...ask("s3", bucketActions, stack.buckets),
    ...ask("lambda", functionActions, stack.functions),
    ...ask("logs", logActions, stack.groups, ":log-stream:x"),
    ...ask("logs", logActions, stack.groups, ":*"),
    ...ask("ssm", parameterActions, stack.parameters),
  ];
}

const grantsOf = ({ tags }: Role): string[] => (tags["freehold:grants"] ?? "").split(" ");

/** What the grant of the data is: tables and buckets of apps, to read, and of none the counts or the site. */
const isTheData = (role: Role, action: string, resource: string): boolean =>
  grantsOf(role).includes("data") &&
  !/--foundation--|--limits(\/|$)|--site-[0-9a-f]{10}(\/|$)/.test(resource) &&
  /^dynamodb:(GetItem|Query|Scan|DescribeTable) |^s3:(GetObject|ListBucket) /.test(`${action} ${resource}`);

/** What the grants are, beyond an app's own things. Of the cloud: what is installed, and the logs of who came. */
const isTheGrant = (role: Role, action: string, resource: string): boolean =>
  isTheData(role, action, resource) ||
  // With both, what may be scanned may be queried and described.
  (grantsOf(role).length === 2 &&
    /^dynamodb:(DescribeTable|Query|Scan) .*--foundation--apps(\/index\/.*)?$/.test(`${action} ${resource}`)) ||
  (grantsOf(role).includes("cloud") &&
    /^dynamodb:(GetItem|Scan) .*--foundation--apps$|^logs:FilterLogEvents .*--(gate|foundation--signin):/.test(
      `${action} ${resource}`,
    ));

/** What no role may do, with its own app's things neither. */
function never(stack: Stack): [string, string][] {
  const state = stateBucketName({ ...where, cloud: "home" });
  const policy = `arn:aws:iam::${account}:policy/home--foundation--boundary`;
  return [
    ...stacks.flatMap(({ roles }) =>
      roles.flatMap(({ arn }): [string, string][] => [
        ["sts:AssumeRole", arn],
        ["sts:TagSession", arn],
        ["iam:PassRole", arn],
      ]),
    ),
    ...Object.keys(modelOf("iam").operations).flatMap((name) =>
      ["*", policy].map((arn): [string, string] => [`iam:${name}`, arn]),
    ),
    ["sts:GetFederationToken", `arn:aws:sts::${account}:federated-user/x`],
    ...["GetObject", "PutObject", "DeleteObject"].map((action): [string, string] => [
      `s3:${action}`,
      `arn:aws:s3:::${state}/.pulumi/x`,
    ]),
    ["s3:ListBucket", `arn:aws:s3:::${state}`],
    ["s3:ListAllMyBuckets", "*"],
    ["s3:CreateBucket", `arn:aws:s3:::home--${stack.app}--new`],
    ["dynamodb:CreateTable", `arn:aws:dynamodb:eu-west-1:${account}:table/home--${stack.app}--new`],
    ["dynamodb:ListTables", "*"],
    ["lambda:CreateFunction", `arn:aws:lambda:eu-west-1:${account}:function:home--${stack.app}--new`],
    ["lambda:ListFunctions", "*"],
    ["logs:DescribeLogGroups", "*"],
    ["kms:Decrypt", `arn:aws:kms:eu-west-1:${account}:key/11111111-2222-3333-4444-555555555555`],
    ["ssm:GetParameter", `arn:aws:ssm:eu-west-1:${account}:parameter/freehold/home/foundation/state-passphrase`],
    ["ssm:GetParametersByPath", `arn:aws:ssm:eu-west-1:${account}:parameter/freehold/home`],
    ...stack.functions.flatMap((arn) =>
      functionActions
        .split(" ")
        .slice(1)
        .map((action): [string, string] => [`lambda:${action}`, arn]),
    ),
    ...stack.tables.map((arn): [string, string] => ["dynamodb:DeleteTable", arn]),
    ...stack.buckets.flatMap((arn) =>
      ["DeleteBucket", "PutBucketPolicy", "PutBucketCORS"].map((action): [string, string] => [`s3:${action}`, arn]),
    ),
    ...stack.groups.flatMap((arn) =>
      ["GetLogEvents", "FilterLogEvents", "DeleteLogGroup"].map((action): [string, string] => [
        `logs:${action}`,
        `${arn}:*`,
      ]),
    ),
    // But for the session key, which the sign-in function makes.
    ...stack.parameters
      .filter(() => stack.app !== "foundation")
      .map((arn): [string, string] => ["ssm:PutParameter", arn]),
  ];
}

/** `*` of a right stands for something that is there. */
const concrete = (arn: string): string => arn.replace(/\*/g, "some-thing");

describe("the boundary", () => {
  // IAM takes no more than 6,144 characters, and it must be one policy whatever the cloud is called.
  it("is one managed policy that IAM takes, for the longest name, too", async () => {
    const longest = await foundationOf("c".repeat(24));
    for (const text of [boundaryText, longest.boundary]) {
      expect(() => checkIdentityPolicy(text)).not.toThrow();
      expect(text.length).toBeLessThanOrEqual(6_144);
    }
  });

  // The proof: whatever a role's own policies were made to say, nothing of another app or of the foundation is in reach.
  it("keeps every role from everything of every other stack, even one that may do anything", () => {
    const reached: string[] = [];
    let asked = 0;
    for (const { app, roles } of stacks)
      for (const role of roles)
        for (const other of stacks.filter((stack) => stack.app !== app))
          for (const [action, resource] of askedOf(other)) {
            asked++;
            if (allows(role, action, resource) && !isTheGrant(role, action, resource))
              reached.push(`${role.arn} ${action} ${resource}`);
          }
    expect(asked).toBeGreaterThan(10_000);
    const signin = `lambda:InvokeFunction arn:aws:lambda:eu-west-1:${account}:function:home--foundation--signin`;
    const gates = stacks
      .filter(({ app }) => app !== "foundation")
      .map(({ app }) => `arn:aws:iam::${account}:role/home--${app}--gate ${signin}`);
    // Gates call the sign-in function, which answers nothing without a link.
    expect(reached.sort()).toEqual(gates.sort());
  });

  // The home page sees what is there and who came; what the owner did not grant, a policy that says everything grants not.
  it("lets a function with the grant of the cloud look at what is installed and at who came, and at nothing else", async () => {
    const dir = join(root, "homepage");
    await mkdir(join(dir, "code"), { recursive: true });
    await writeFile(join(dir, "code/index.mjs"), "export const handler = async () => ({});\n");
    const code = { code: "code", handler: "index.handler", runtime: "nodejs24.x" };
    const functions = { api: { ...code, uses: { cloud: "read" } }, other: code };
    await writeFile(
      join(dir, "blueprint.yaml"),
      JSON.stringify({
        freehold: 1,
        name: "homepage",
        version: "1.0.0",
        title: "x",
        functions,
        routes: { "/": "api" },
      }),
    );
    const { roles } = await stackAt("homepage", dir);
    const others = stacks.flatMap((stack) => askedOf(stack).map((one) => [stack.app, ...one] as const));
    const reachOf = (noun: string): string[] => {
      const role = roles.find(({ arn }) => arn.endsWith(`--${noun}`))!;
      const signin = `arn:aws:lambda:eu-west-1:${account}:function:home--foundation--signin`;
      return others
        .filter(([, action, resource]) => resource !== signin && allows(role, action, resource))
        .map(
          ([app, action, resource]) => `${action} ${app} ${resource.split(/[:/]/).find((part) => part.includes("--"))}`,
        );
    };
    const table = "home--foundation--apps";
    const expected = [
      ...["GetItem", "Scan"].map((action) => `dynamodb:${action} foundation ${table}`),
      ...["foundation", ...stacks.map(({ app }) => app).filter((app) => app !== "foundation")].map(
        (app) => `logs:FilterLogEvents ${app} home--${app}--${app === "foundation" ? "signin" : "gate"}`,
      ),
    ];
    for (const noun of ["api", "exec--api"]) expect([...new Set(reachOf(noun))].sort(), noun).toEqual(expected.sort());
    for (const noun of ["other", "exec--other", "gate"]) expect(reachOf(noun), noun).toEqual([]);
    const api = roles.find(({ arn }) => arn.endsWith("--api"))!;
    const rows = (name: string): string[] =>
      ["requests/2026-11-26T14", "guest/a1", "app/notes/key/a1", "session/a1", "invite/a1", "passkey/a1"].filter(
        (row) =>
          allows(
            api,
            "dynamodb:BatchGetItem",
            `arn:aws:dynamodb:eu-west-1:${account}:table/${name}`,
            [everything],
            row,
          ),
      );
    expect(rows("home--notes--limits")).toEqual(["requests/2026-11-26T14", "guest/a1", "app/notes/key/a1"]);
    expect(rows("home--foundation--access")).toEqual(["requests/2026-11-26T14", "guest/a1", "app/notes/key/a1"]);
    expect(rows("home--notes--notes")).toEqual([]);
    const own = api.statements;
    expect(own.flatMap(({ Action }) => Action)).toEqual(
      expect.arrayContaining(["dynamodb:Scan", "logs:FilterLogEvents"]),
    );
  });

  // What everybody's apps store is the most there is to read: by the owner's grant alone, all of it, and nothing besides.
  it.each([
    { uses: { data: "read" }, tag: "data" },
    { uses: { cloud: "read", data: "read" }, tag: "cloud data" },
  ])(
    "lets a function with the grant $tag read what apps store, and nothing of the foundation for it",
    async ({ uses, tag }) => {
      const name = `reader${tag.length}`;
      const dir = join(root, name);
      await mkdir(join(dir, "code"), { recursive: true });
      await writeFile(join(dir, "code/index.mjs"), "export const handler = async () => ({});\n");
      const code = { code: "code", handler: "index.handler", runtime: "nodejs24.x" };
      const functions = { api: { ...code, uses }, other: code };
      const manifest = { freehold: 1, name, version: "1.0.0", title: "x", functions, routes: { "/": "api" } };
      await writeFile(join(dir, "blueprint.yaml"), JSON.stringify(manifest));
      const { roles } = await stackAt(name, dir);
      const roleOf = (noun: string): Role => roles.find(({ arn }) => arn.endsWith(`--${noun}`))!;
      const all = stacks
        .flatMap(askedOf)
        .filter(([, resource]) => !resource.endsWith(":function:home--foundation--signin"));
      for (const noun of ["api", "exec--api"]) {
        const role = roleOf(noun);
        expect(role.tags["freehold:grants"]).toBe(tag);
        const own = [compilePolicy("own", JSON.stringify({ Version: "2012-10-17", Statement: role.statements }))];
        // By its own rights and by the boundary alike: the boundary would hold where the rights said too much.
        for (const identity of [own, [everything]]) {
          const [reached, due] = [[], []] as string[][];
          for (const [action, resource] of all) {
            if (allows(role, action, resource, identity)) reached!.push(`${action} ${resource}`);
            if (isTheGrant(role, action, resource)) due!.push(`${action} ${resource}`);
          }
          expect(reached!.sort()).toEqual(due!.sort());
          expect(due).toContain(`dynamodb:Scan arn:aws:dynamodb:eu-west-1:${account}:table/home--notes--notes`);
          expect(due!.filter((one) => /s3:GetObject .*--drop--/.test(one)).length).toBeGreaterThan(0);
        }
      }
      for (const noun of ["other", "exec--other", "gate"])
        expect(
          all.filter(([action, resource]) => allows(roleOf(noun), action, resource)),
          noun,
        ).toEqual([]);
    },
  );

  // Least of all may an app change what holds it: roles, code, policies, keys, the state.
  it("keeps every role from administration, keys and the state, of its own app, too", () => {
    const reached = stacks.flatMap((stack) => {
      const list = never(stack);
      return stack.roles.flatMap((role) =>
        list
          .filter(([action, resource]) => allows(role, action, resource) && !isTheGrant(role, action, resource))
          .map((one) => `${role.arn} ${one.join(" ")}`),
      );
    });
    expect(reached).toEqual([]);
  });

  // A boundary that denies what an app needs would be found on AWS only, by its users.
  it("leaves every role what its own policies say", () => {
    let asked = 0;
    for (const { app, roles } of stacks)
      for (const role of roles) {
        const own =
          role.statements.length === 0
            ? []
            : [compilePolicy("own", JSON.stringify({ Version: "2012-10-17", Statement: role.statements }))];
        for (const { Action, Resource } of role.statements.filter(({ Effect }) => Effect === "Allow"))
          for (const action of Action)
            for (const resource of Resource) {
              asked++;
              const row = resource.endsWith("--*--limits")
                ? "requests/x"
                : resource.endsWith("--foundation--access") && app !== "foundation"
                  ? `app/${app}/key/x`
                  : undefined;
              const says = `${role.arn} ${action} ${resource}`;
              expect(allows(role, action, concrete(resource), own, row), says).toBe(true);
            }
      }
    expect(asked).toBeGreaterThan(200);
  });

  // The table says who comes in: whoever could add or change a row of it would be let in, or keep the owner out.
  it("lets gates read sessions, public keys and their own app's rows, note a key's use, and touch nothing else of that table", () => {
    const access = `arn:aws:dynamodb:eu-west-1:${account}:table/home--foundation--access`;
    const rows = (app: string): string[] => [
      ...["session/s", "signing/k", `app/${app}/key/i`, `app/${app}/x`, `app/${app}s/key/i`, "app/other/key/i"],
      ...["session", "link/x", "invite/x", "code/x", "challenge/x", "passkey/x", "guest/x", "tried/x/0", "*", "app/*"],
    ];
    const reached = stacks
      .filter(({ app }) => app !== "foundation")
      .flatMap(({ app, roles }) =>
        // What the grant of the cloud is has a test above.
        roles
          .filter(({ tags }) => !tags["freehold:grants"])
          .flatMap((role) =>
            tableActions.split(" ").flatMap((action) =>
              rows(app)
                .filter((row) => allows(role, `dynamodb:${action}`, access, [everything], row))
                .map((row) => `${role.arn.split("--").at(-1)} ${action} ${row.replace(`app/${app}/`, "app/OWN/")}`),
            ),
          ),
      );
    expect([...new Set(reached)].sort()).toEqual([
      ...["gate GetItem app/OWN/key/i", "gate GetItem app/OWN/x", "gate GetItem session/s", "gate GetItem signing/k"],
      "gate UpdateItem app/OWN/key/i",
    ]);
  });

  // Its role is the only one that may make keys, and what it may ask of apps is where they are.
  it("lets the sign-in function alone change the session key, and ask gates for their addresses alone", () => {
    const key = `arn:aws:ssm:eu-west-1:${account}:parameter${sessionKeyParameter("home")}`;
    const gate = `arn:aws:lambda:eu-west-1:${account}:function:home--notes--gate`;
    const may = (action: string, resource: string): string[] =>
      stacks
        .flatMap(({ roles }) => roles)
        .filter((role) => allows(role, action, resource))
        .map(({ arn }) => arn);
    const signin = [`arn:aws:iam::${account}:role/home--foundation--signin`];
    expect(may("ssm:PutParameter", key)).toEqual(signin);
    expect(may("ssm:GetParameter", key)).toEqual(signin);
    expect(may("lambda:GetFunctionUrlConfig", gate)).toEqual(signin);
    expect(may("lambda:GetFunctionUrlConfig", gate.replace("--gate", "--api"))).toEqual([]);
    expect(may("lambda:ListTags", gate)).toEqual(signin);
    expect(may("lambda:ListTags", gate.replace("--gate", "--api"))).toEqual([]);
    expect(may("lambda:TagResource", gate)).toEqual([]);
    expect(may("lambda:UpdateFunctionUrlConfig", gate)).toEqual([]);
  });

  // Whose role it is is said by its tag alone: without one, or with one that is no app's name, it reaches nothing.
  it("allows nothing to a role without the tag, or with a wildcard in it", () => {
    const [notes] = stacks.filter(({ app }) => app === "notes");
    const role = notes!.roles[0]!;
    for (const tags of [{}, { "freehold:app": "*" }, { "freehold:app": "note?" }, { "freehold:app": "" }] as Record<
      string,
      string
    >[])
      for (const stack of stacks)
        for (const [action, resource] of askedOf(stack)) {
          const signin = action === "lambda:InvokeFunction" && resource.endsWith("--signin");
          if (!signin) expect(allows({ ...role, tags }, action, resource), `${action} ${resource}`).toBe(false);
        }
  });

  // The name's length is part of it: cut off before the app's end, names of two apps would begin alike.
  it("has every name begin with cloud and app, for names as long as they may be", async () => {
    const cloud = "c".repeat(longestTogether - 32);
    const { physicalName, bucketName, nameLimits, execNoun } = await import("../../../stacks/names.ts");
    const app = "a".repeat(32);
    for (const noun of ["n", "n".repeat(32), `${"n-".repeat(15)}n`]) {
      const names = [
        bucketName({ ...where, cloud }, app, noun),
        ...Object.values(nameLimits).map((limit) => physicalName(cloud, app, noun, limit)),
        physicalName(cloud, app, execNoun(noun), nameLimits.role),
      ];
      for (const name of names) expect(name.startsWith(`${cloud}--${app}--`), name).toBe(true);
    }
  });
});
