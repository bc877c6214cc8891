/**
 * A whole life of a cloud in AWS, with everything secret known by name and looked for wherever it could have got to: files, state
 * and its earlier versions, events, logs, what is said, arguments and environments of processes, snapshots and exports. What
 * may be somewhere is written down here, with why.
 */
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { S3Client } from "@aws-sdk/client-s3";
import { GetParametersByPathCommand, SSMClient } from "@aws-sdk/client-ssm";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startAwsWithBadDays } from "../support/aws-setup.ts";
import { type Finished, type Home, run, withHome } from "../support/home.ts";
import { allow, createRole, createUser, trust } from "../support/identity.ts";
import {
  formsOf,
  inBucket,
  inFiles,
  keysInFiles,
  type Secret,
  sightings,
  watchProcesses,
} from "../support/secret-scanner.ts";
import { writeVault } from "../support/vault.ts";

const typed = "ghp_Typed-and-never-shown/+42";
let aws: Awaited<ReturnType<typeof startAwsWithBadDays>>;
let home: Home;
let own: string;
const secrets: Secret[] = [{ name: "secret setting", value: typed }];
/** Told once, on the screen of the command that made them. */
const told: Secret[] = [];
const said: { command: string; text: string }[] = [];
let watched: ReturnType<ReturnType<typeof watchProcesses>["stop"]>;
let bucket: Awaited<ReturnType<typeof inBucket>>;

async function does(...args: string[]): Promise<Finished> {
  const done = await home.attempt(...args);
  said.push({ command: args.join(" "), text: done.stdout + done.stderr });
  return done;
}

/** Every SecureString of the account: the passphrase, identity keys, settings. The key of sessions is made at the first sign-in. */
async function learnParameters(ssm: SSMClient): Promise<void> {
  for (let NextToken: string | undefined; ; ) {
    const asked = { Path: "/freehold", Recursive: true, WithDecryption: true, ...(NextToken ? { NextToken } : {}) };
    const page = await ssm.send(new GetParametersByPathCommand(asked));
    for (const { Name, Value = "", Type } of page.Parameters ?? [])
      if (Type === "SecureString" && !secrets.some(({ value }) => value === Value))
        secrets.push({ name: Name!, value: Value });
    if (!page.NextToken) return;
    ({ NextToken } = page);
  }
}

beforeAll(async () => {
  aws = await startAwsWithBadDays();
  const person = await createUser(aws.cloud, allow("sts:AssumeRole"));
  const RoleArn = await createRole(aws.cloud, trust({ AWS: person.arn }), [allow("*")]);
  const { Credentials } = await new STSClient(person.config).send(
    new AssumeRoleCommand({ RoleArn, RoleSessionName: "ada" }),
  );
  const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials!;
  const env = {
    AWS_ENDPOINT_URL: aws.cloud.endpoint,
    AWS_REGION: "eu-west-1",
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_ACCESS_KEY_ID: AccessKeyId!,
    AWS_SECRET_ACCESS_KEY: SecretAccessKey!,
    AWS_SESSION_TOKEN: SessionToken!,
    GITHUB_TOKEN: "ghp_OfTheShellThatStartedIt0123456789",
  };
  secrets.push(
    { name: "access key", value: AccessKeyId! },
    { name: "secret key", value: SecretAccessKey! },
    { name: "session token", value: SessionToken! },
    { name: "GitHub token", value: env.GITHUB_TOKEN },
  );
  home = await withHome({ env });
  own = join(home.dir, "freehold");
  mkdirSync(join(home.dir, "tmp"));
  home.env["TMPDIR"] = join(home.dir, "tmp");
  const ssm = new SSMClient(aws.cloud.config);
  const watching = watchProcesses(own, env, () => [...secrets, ...told]);

  const folder = writeVault(home.dir);
  await does("setup", "--target", "aws", "--name", "work", "--yes");
  await learnParameters(ssm);
  const piped = await run([home.entry, "secret", "set", "vault", "token"], home.env, { cwd: home.dir, stdin: typed });
  said.push({ command: "secret set", text: piped.stdout + piped.stderr });
  const up = await does("up", folder, "--json");
  const { link } = JSON.parse(up.stdout.trim().split("\n").at(-1)!).apps[0];
  told.push({ name: "first link", value: new URL(link).searchParams.get("link")! });
  await learnParameters(ssm);
  const key = await does("key", "new", "vault", "--name", "job", "--verbs", "GET", "--json");
  told.push({ name: "app key", value: JSON.parse(key.stdout).key });
  const open = await does("open", "vault", "--json");
  told.push({ name: "link", value: new URL(JSON.parse(open.stdout).link).searchParams.get("link")! });
  await does("data", "put", "vault/items", '{"id":"one"}');
  writeFileSync(
    join(folder, "blueprint.yaml"),
    readFileSync(join(folder, "blueprint.yaml"), "utf8").replace("1.0.0", "1.1.0"),
  );
  // A folder has no versions to upgrade to: it is read again.
  await does("up", "vault", "--verbose");
  await does("settings", "vault", "title=Other", "api.memory=512 MB", "--yes");
  await does("logs", "vault");
  await does("doctor", "--verbose");
  await does("state", "export", "vault");
  await does("snapshot", join(home.dir, "one.json"));
  await does("snapshot", join(home.dir, "all"), "--with-data");
  await does("snapshot", "apply", join(home.dir, "all"));
  await does("eject", join(home.dir, "ejected"));
  // What goes wrong says more than what goes well.
  await does("up", "./nowhere", "--verbose");
  await does("secret", "set", "vault", "unknown");
  bucket = await inBucket(
    new S3Client({ ...aws.cloud.config, forcePathStyle: true }),
    (await home.json("cloud", "status")).stateBucket,
    [...secrets, ...told],
  );
  await does("destroy", "--all", "--data", "delete", "--yes", "--verbose");
  watched = watching.stop();
}, 300_000);
afterAll(async () => {
  await home?.close();
  await aws?.close();
});

describe("nothing secret", () => {
  // A journey that failed at its second step shows nothing.
  it("was looked for in vain: each command did what it is for, and each secret was known", () => {
    const failed = said.filter(({ text }) => /^Error|"type":"error"/m.test(text)).map(({ command }) => command);
    expect(failed).toEqual(["up ./nowhere --verbose", "secret set vault unknown"]);
    const names = secrets.map(({ name }) => name);
    for (const name of ["state-passphrase", "identity-key"])
      expect(names.filter((one) => one.endsWith(name)).length).toBeGreaterThan(0);
    expect(bucket.objects).toBeGreaterThan(10);
    expect(watched.commands.some((command) => command.includes("worker"))).toBe(true);
  });

  it("is in a file of ours, or in one that was left in the temporary folder", () => {
    const ours = (path: string): boolean => !path.startsWith("vault/");
    expect(inFiles(home.dir, [...secrets, ...told], ours)).toEqual([]);
    expect(keysInFiles(home.dir, ours)).toEqual([]);
  });

  it("is in the state or in one of its earlier versions", () => {
    expect(bucket.found).toEqual([]);
  });

  it("was said, but once what is told once", () => {
    const found = said.flatMap(({ command, text }) => sightings(secrets, command, text));
    expect(found).toEqual([]);
    const once = said.flatMap(({ command, text }) => sightings(told, command, text));
    expect(once).toEqual([
      { secret: "first link", where: `up ${join(home.dir, "vault")} --json` },
      { secret: "app key", where: "key new vault --name job --verbs GET --json" },
      { secret: "link", where: "open vault --json" },
    ]);
  });

  it("was in the arguments of a process, or in its environment under a name that the person had not set", () => {
    expect(watched.found).toEqual([]);
  });

  it("is for others to read: files are their owner's alone", () => {
    for (const file of [join(home.dir, "one.json"), join(home.dir, "all/snapshot.json")])
      expect(statSync(file).mode & 0o077).toBe(0);
  });
});

// A scanner that finds nothing has to be known to find something.
it("the scanner sees a secret as it is, in base64 at any place, in a URL and in JSON", () => {
  const value = 'a"b/c+d e\\fgh-ijkl';
  const seen = (text: string): number => sightings([{ name: "x", value }], "here", text).length;
  for (const before of ["", "1", "12", "123"])
    expect(seen(Buffer.from(`${before}${value}${before}after`).toString("base64"))).toBe(1);
  expect(
    [value, encodeURIComponent(value), JSON.stringify({ value }), Buffer.from(value).toString("hex")].map(seen),
  ).toEqual([1, 1, 1, 1]);
  expect(seen("a different text")).toBe(0);
  expect(formsOf(value).every((form) => form.length >= 8)).toBe(true);
});
