/** `freehold exec`: the built command, a local cloud of its own, and programs that use what they are given. */
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  GetRoleCommand,
  IAMClient,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clientConfig } from "../support/aws.ts";
import { copyCounter } from "../support/counter.ts";
import { type Finished, type Home, root, run, withHome } from "../support/home.ts";
import { type Running, start } from "../support/running.ts";
import { awsCli, missing } from "../support/tools.ts";

let home: Home;

/** Of the shell that types the command: nothing of it may reach the program. */
const ofTheOwner = {
  AWS_PROFILE: "mine",
  AWS_SECRET_ACCESS_KEY: "of-the-owner",
  FREEHOLD_TOKEN: "of-the-owner",
  GITHUB_TOKEN: "of-the-owner",
  NODE_OPTIONS: "--no-warnings",
};

beforeAll(async () => {
  home = await withHome();
  await copyCounter(home.dir);
  await home.freehold("up", "./counter");
  const sdk = JSON.stringify(join(root, "package.json"));
  await writeFile(
    join(home.dir, "table.mjs"),
    `import { createRequire } from "node:module";
const { DynamoDBClient, PutItemCommand, ScanCommand } = createRequire(${sdk})("@aws-sdk/client-dynamodb");
const client = new DynamoDBClient({ maxAttempts: 1 });
const commandOf = (word) => {
  const [verb, TableName = process.env.TABLE_COUNTS] = word.split(":");
  return verb === "put" ? new PutItemCommand({ TableName, Item: { id: { S: "from-exec" }, n: { N: "7" } } }) : new ScanCommand({ TableName });
};
const said = [];
for (const word of process.argv.slice(2))
  said.push(await client.send(commandOf(word)).then(({ Items }) => ({ items: Items?.map(({ id }) => id.S) }), ({ name, message }) => ({ name, message })));
console.log(JSON.stringify(said));
`,
  );
}, 120_000);
afterAll(() => home?.close());

const exec = (...args: string[]): Promise<Finished> =>
  run([home.entry, "exec", ...args], { ...home.env, ...ofTheOwner }, { cwd: home.dir });
const node = process.execPath;
/** What became of `put` and `scan`, of the app's own table or `scan:TABLE`, in order. */
const table = async (flags: string[], ...words: string[]): Promise<unknown> => {
  const { stdout, stderr } = await exec("counter", ...flags, "--", node, "table.mjs", ...words);
  try {
    return JSON.parse(stdout);
  } catch {
    return expect.fail(`${stdout}${stderr}`);
  }
};
/** A command under way that has said `there`. */
async function waiting(script: string): Promise<Running> {
  const begun = start(
    home,
    "exec",
    "counter",
    "--",
    node,
    "-e",
    `${script}; setInterval(() => {}, 1000); console.log("there")`,
  );
  await begun.said(/there/);
  return begun;
}
const faultOf = ({ stdout }: Finished) => JSON.parse(stdout);

describe("a command of exec", () => {
  // What it is for: the owner's script on the app's data, with the names that the function knows.
  it("reaches what the app's function reaches, and no other table", async () => {
    const [put, scan, others] = (await table(["--write"], "put", "scan", "scan:home--foundation--access")) as unknown[];
    expect([put, scan]).toEqual([{}, { items: ["from-exec"] }]);
    expect(others).toMatchObject({ name: "AccessDeniedException" });
  });

  // A slip of a script must not cost data: changing needs to be said.
  it("may only read without --write", async () => {
    const message = expect.stringMatching(/not authorized to perform: dynamodb:PutItem .*session policy/);
    expect(await table([], "put", "scan")).toEqual([
      { name: "AccessDeniedException", message },
      { items: ["from-exec"] },
    ]);
  });

  // The role is the owner's: its trust policy, not the caller's rights, says who may have it.
  it("has a role that nobody but the owner may assume", async () => {
    const config = clientConfig((await home.json("cloud", "env")) as Record<string, string>);
    const iam = new IAMClient(config);
    const UserName = "somebody";
    await iam.send(new CreateUserCommand({ UserName }));
    const Statement = [{ Effect: "Allow", Action: "sts:*", Resource: "*" }];
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: "sts", PolicyDocument }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: "home--counter--exec--api" }));
    const sts = new STSClient({
      ...config,
      credentials: { accessKeyId: AccessKey?.AccessKeyId ?? "", secretAccessKey: AccessKey?.SecretAccessKey ?? "" },
    });
    const asked = sts.send(new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: "mine" }));
    await expect(asked).rejects.toMatchObject({ name: "AccessDenied" });
    expect(Role?.MaxSessionDuration).toBe(3600);
    sts.destroy();
    iam.destroy();
  });

  // Credentials of the owner, tokens of other programs and what a blueprint sets itself stay out.
  it("has an allow-listed environment, and credentials that end within the hour", async () => {
    const before = Date.now();
    const { stdout, code } = await exec("counter", "--", node, "-p", "JSON.stringify(process.env)");
    expect(code).toBe(0);
    const env = JSON.parse(stdout) as Record<string, string>;
    expect(stdout).not.toContain("of-the-owner");
    expect(Object.keys(env).sort()).toEqual(
      [
        ...["AWS_ACCESS_KEY_ID", "AWS_CREDENTIAL_EXPIRATION", "AWS_DEFAULT_REGION", "AWS_EC2_METADATA_DISABLED"],
        ...["AWS_ENDPOINT_URL", "AWS_REGION", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "BUCKET_FILES"],
        ...["FREEHOLD_APP", "FREEHOLD_CLOUD", "HOME", "PATH", "SETTING_GREETING", "TABLE_COUNTS"],
      ].sort(),
    );
    expect(env).toMatchObject({ TABLE_COUNTS: "home--counter--counts", FREEHOLD_APP: "counter" });
    expect(env["AWS_ACCESS_KEY_ID"]).toMatch(/^ASIA/);
    const end = Date.parse(env["AWS_CREDENTIAL_EXPIRATION"] ?? "");
    // Told in whole seconds.
    expect(end).toBeGreaterThan(before + 3_600_000 - 1000);
    expect(end).toBeLessThanOrEqual(Date.now() + 3_600_000);
  });

  // A script is a part of other scripts: its words, its end and its signals are its own.
  it("has its words as they are, its exit code, and the signals", async () => {
    const words = ["a b", "$HOME", "--json", "--", "*", ""];
    const echoed = await exec(
      "counter",
      "--",
      node,
      "-e",
      "console.log(JSON.stringify(process.argv.slice(1)))",
      "--",
      ...words,
    );
    expect(JSON.parse(echoed.stdout)).toEqual(words);
    expect((await exec("counter", "--", node, "-e", "process.exit(42)")).code).toBe(42);
    const [handles, ends] = await Promise.all([waiting("process.on('SIGTERM', () => process.exit(9))"), waiting("0")]);
    for (const { child } of [handles, ends]) child.kill("SIGTERM");
    expect([await handles.ended, await ends.ended]).toEqual([9, 128 + 15]);
  });

  // Whoever looks later must see who did what; an argument may be a secret.
  it("is in the app's history, without its arguments", async () => {
    await exec("counter", "--write", "--", node, "-e", "process.exit(3)", "of-the-owner");
    const { commands } = await home.json("show", "counter");
    expect(commands.at(-1)).toMatchObject({
      type: "exec",
      function: "api",
      command: "node",
      write: true,
      exitCode: 3,
      by: { principal: expect.stringMatching(/^arn:aws:iam::\d{12}:root$/), user: expect.any(String) },
    });
    expect((await home.freehold("show", "counter")).stdout).toMatch(/node as api, writing, exit code 3/);
    const path = join(home.dir, "freehold/data/clouds/home/history/counter.jsonl");
    expect(await readFile(path, "utf8")).not.toContain("of-the-owner");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  // The tool that people have for this.
  it.skipIf(missing(awsCli(), "the aws CLI"))("may be the aws CLI", async () => {
    const { stdout, code } = await exec(
      "counter",
      "--",
      awsCli()!,
      "dynamodb",
      "scan",
      "--table-name",
      "home--counter--counts",
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout).Items).toHaveLength(1);
  });
});

describe("exec refuses", () => {
  // Each before anything ran, with the code that programs read.
  it.each([
    ["an app that is not there", ["counters", "--", "true"], "app-unknown", 4],
    ["a function that is not there", ["counter", "--function", "apo", "--", "true"], "function-unknown", 4],
    ["no command", ["counter"], "arguments-invalid", 2],
    ["nothing after --", ["counter", "--"], "arguments-invalid", 2],
    ["a command without --", ["counter", "true"], "arguments-invalid", 2],
    ["a program that is not there", ["counter", "--", "no-such-program"], "command-missing", 4],
  ])("%s", async (_, args, code, exitCode) => {
    const finished = await exec("--json", ...args);
    expect(finished.code).toBe(exitCode);
    expect(faultOf(finished)).toMatchObject({ type: "error", code });
  });
});
