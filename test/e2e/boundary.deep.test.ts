/**
 * H16 with the cloud's own three: a gate, the sign-in function and the home page that somebody has broken into, on a real
 * local cloud. Each one's role is given everything, and foreign code runs with it; the boundary is all that is left.
 */
import { IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateFunctionCommand, InvokeCommand, LambdaClient, waitUntilFunctionActiveV2 } from "@aws-sdk/client-lambda";
import { zipSync } from "fflate";
import { afterAll, beforeAll, expect, it } from "vitest";
import { attack, type Try } from "../support/attack.ts";
import { clientConfig } from "../support/aws.ts";
import { copyCounter } from "../support/counter.ts";
import { type Home, withHome } from "../support/home.ts";

let home: Home;
let made = 0;
let account: string;
let iam: IAMClient;
let lambda: LambdaClient;

beforeAll(async () => {
  home = await withHome({ env: { FREEHOLD_NO_HOME: "" } });
  await copyCounter(home.dir);
  await home.freehold("up", "./counter", "--as", "notes");
  await home.freehold("up", "./counter", "--as", "notes2");
  const config = clientConfig((await home.json("cloud", "env")) as Record<string, string>);
  ({ accountId: account } = await home.json("cloud", "status"));
  iam = new IAMClient(config);
  lambda = new LambdaClient(config);
}, 120_000);
afterAll(async () => {
  for (const client of [iam, lambda]) client?.destroy();
  await home?.close();
});

/** What each try ended with, of foreign code with this role: `done`, or the error's name. */
async function as(RoleName: string, tries: readonly Try[]): Promise<string[]> {
  const everything = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };
  const PolicyDocument = JSON.stringify(everything);
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "everything", PolicyDocument }));
  const FunctionName = `broken-into-${++made}`;
  const ZipFile = zipSync({ "index.mjs": Buffer.from(`${attack}\nexport const handler = attack;\n`) });
  const Role = `arn:aws:iam::${account}:role/${RoleName}`;
  const code = { Runtime: "nodejs24.x", Handler: "index.handler", Timeout: 30, Code: { ZipFile } } as const;
  await lambda.send(new CreateFunctionCommand({ FunctionName, Role, ...code }));
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 30, minDelay: 1 }, { FunctionName });
  const answer = await lambda.send(new InvokeCommand({ FunctionName, Payload: Buffer.from(JSON.stringify(tries)) }));
  const text = Buffer.from(answer.Payload!).toString();
  expect(answer.FunctionError, text).toBeUndefined();
  return JSON.parse(text);
}

const access = "home--foundation--access";
const row = (id: string) => ({ id: { S: id } });
const getRow = (id: string): Try => ["dynamodb", "GetItem", { TableName: access, Key: row(id) }];
const putRow = (id: string): Try => ["dynamodb", "PutItem", { TableName: access, Item: row(id) }];
const scan = (TableName: string): Try => ["dynamodb", "Scan", { TableName }];
const call = (FunctionName: string): Try => ["lambda", "Invoke", { FunctionName }];
const sessionKey: Try = [
  "ssm",
  "GetParameter",
  { Name: "/freehold/home/foundation/session-key", WithDecryption: true },
];
/** What none of them has a use for. */
const nobodys: Try[] = [
  ["iam", "ListRoles", {}],
  ["iam", "CreateAccessKey", { UserName: "x" }],
  ["iam", "DeleteRolePermissionsBoundary", { RoleName: "home--notes--gate" }],
  ["s3", "ListBuckets", {}],
  ["dynamodb", "DeleteTable", { TableName: access }],
  ["lambda", "UpdateFunctionConfiguration", { FunctionName: "home--foundation--signin", Timeout: 3 }],
  ["lambda", "UpdateFunctionConfiguration", { FunctionName: "home--notes--gate", Timeout: 3 }],
  call("home--notes2--api"),
  scan("home--notes2--counts"),
];

it.each<{ role: string; may: Try[]; not: Try[] }>([
  {
    role: "home--notes--gate",
    may: [scan("home--notes--counts"), call("home--notes--api"), getRow("session/x"), getRow("app/notes/key/x")],
    not: [
      scan(access),
      getRow("app/notes2/key/x"),
      getRow("invite/x"),
      getRow("passkey/x"),
      putRow("session/x"),
      putRow("signing/x"),
      sessionKey,
      scan("home--foundation--apps"),
    ],
  },
  {
    role: "home--foundation--signin",
    may: [scan(access), putRow("session/x")],
    not: [scan("home--notes--counts"), call("home--notes--api"), call("home--notes--gate")],
  },
  {
    role: "home--home--api",
    may: [
      scan("home--foundation--apps"),
      ["dynamodb", "BatchGetItem", { RequestItems: { [access]: { Keys: [row("guest/x")] } } }],
    ],
    not: [
      ...[scan(access), getRow("session/x"), putRow("session/x"), sessionKey, call("home--foundation--signin")],
      ["dynamodb", "BatchGetItem", { RequestItems: { [access]: { Keys: [row("guest/x"), row("session/x")] } } }],
      ["dynamodb", "PutItem", { TableName: "home--foundation--apps", Item: row("x") }],
      ...[scan("home--notes--counts"), call("home--notes--api")],
    ],
  },
])(
  "H16: $role reaches what it is for, and nothing else",
  async ({ role, may, not }) => {
    const refused = [...not, ...nobodys];
    const said = await as(role, [...may, ...refused]);
    expect(may.map((_, at) => said[at])).toEqual(may.map(() => "done"));
    const reached = refused.filter((_, at) => !/^AccessDenied(Exception)?$/.test(said[may.length + at] ?? ""));
    expect(reached).toEqual([]);
  },
  60_000,
);

// The most there is to read: all of it by the owner's word, nothing without, and never who may come in.
it("H16: the home page reads what apps store once it is given that, and still nothing of the foundation for it", async () => {
  const asked = await home.attempt("grant", "add", "home", "data");
  const [, digest] = /--accept (sha256:[0-9a-f]{64})/.exec(asked.stderr) ?? [];
  await home.freehold("grant", "add", "home", "data", "--accept", digest!);
  const { stores } = await home.json("data", "ls", "notes");
  const bucket = stores.find(({ kind }: any) => kind === "bucket").id;
  const may: Try[] = [
    scan("home--notes--counts"),
    scan("home--notes2--counts"),
    ["s3", "ListObjectsV2", { Bucket: bucket }],
    scan("home--foundation--apps"),
  ];
  const not: Try[] = [
    ...[scan(access), getRow("session/x"), getRow("guest/x"), scan("home--notes--limits"), sessionKey],
    ["dynamodb", "PutItem", { TableName: "home--notes--counts", Item: row("x") }],
    ["s3", "PutObject", { Bucket: bucket, Key: "x", Body: "x" }],
    ...nobodys.slice(0, -1),
  ];
  const said = await as("home--home--api", [...may, ...not]);
  expect(said.slice(0, may.length)).toEqual(may.map(() => "done"));
  expect(not.filter((_, at) => !/^AccessDenied(Exception)?$/.test(said[may.length + at] ?? ""))).toEqual([]);
  await home.freehold("grant", "rm", "home", "data");
  const after = await as("home--home--api", may.slice(0, 3));
  expect(after.filter((one) => !/^AccessDenied(Exception)?$/.test(one))).toEqual([]);
}, 120_000);
