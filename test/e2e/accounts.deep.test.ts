/**
 * Accounts for others on an AWS that nobody here wrote (moto, which keeps accounts apart): one is made once, whatever gets
 * lost; its cloud works by the payer's sign-in, on any computer; its owner takes it along; it is closed only behind an export.
 */
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { IAM } from "@aws-sdk/client-iam";
import { Organizations } from "@aws-sdk/client-organizations";
import { S3 } from "@aws-sdk/client-s3";
import { STS } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { changeFile, copyCounter } from "../support/counter.ts";
import { begun, killedAt } from "../support/cut-off.ts";
import { type Fault, startFaultProxy } from "../support/fault-proxy.ts";
import { changesOf, type Home, resultOf, withHome } from "../support/home.ts";
import { type Moto, startMoto } from "../support/moto.ts";
import { changesSeen } from "../support/oracle.ts";
import { endingKeys, type Keys, organization } from "../support/organization.ts";
import { missing, motoServer } from "../support/tools.ts";

const forever = Number.POSITIVE_INFINITY;
const roleName = "OrganizationAccountAccessRole";
const create = /\.CreateAccount$/;
const denied: Fault = {
  kind: "answer",
  status: 403,
  code: "AccessDenied",
  message: "User: x is not authorized to perform: sts:AssumeRole on resource: y",
  form: "xml",
};

describe.skipIf(missing(motoServer(), "moto_server"))("accounts for others", { timeout: 240_000 }, () => {
  let moto: Moto;
  let proxy: Awaited<ReturnType<typeof startFaultProxy>>;
  let home: Home;
  let second: Home;
  let aws: Organizations;
  let keys: ReturnType<typeof endingKeys>;
  const owners: Keys[] = [];
  const credentials = { accessKeyId: "testing", secretAccessKey: "testing" };
  const anna = ["accounts", "new", "anna", "--email", "anna@family.example", "--cloud", "pay"];
  const ben = ["accounts", "new", "ben", "--email", "ben@family.example", "--cloud", "pay", "--yes"];

  const listed = async (name: string): Promise<{ Id?: string | undefined; Status?: string | undefined }[]> =>
    ((await aws.listAccounts({})).Accounts ?? []).filter(({ Name }) => Name === name);
  /** Ends with this code and changed nothing. */
  const refuses = async (at: Home, args: string[], code: number): Promise<string> => {
    proxy.plan([]);
    const done = await at.attempt(...args);
    expect(done.code, done.stderr).toBe(code);
    expect(changesSeen(proxy)).toEqual([]);
    expect(done.stderr).not.toMatch(/bug in Freehold|\.[cm]js:\d+/);
    return done.stderr;
  };
  const configOf = (at: Home): Promise<string> => readFile(join(at.dir, "freehold/config/clouds.yaml"), "utf8");

  beforeAll(async () => {
    moto = await startMoto();
    aws = new Organizations({ endpoint: moto.endpoint, region: "us-east-1", credentials });
    keys = endingKeys(organization(moto.endpoint, owners));
    proxy = await startFaultProxy(moto.endpoint, keys.nature);
    const env = {
      ...{ AWS_ENDPOINT_URL: proxy.endpoint, AWS_EC2_METADATA_DISABLED: "true" },
      ...{ AWS_ACCESS_KEY_ID: "testing", AWS_SECRET_ACCESS_KEY: "testing" },
    };
    home = await withHome({ env });
    second = await withHome({ env });
    await copyCounter(home.dir);
    await home.freehold("setup", "--target", "aws", "--name", "pay", "--region", "eu-west-1", "--yes");
  }, 120_000);
  afterAll(async () => {
    aws?.destroy();
    await home?.close();
    await second?.close();
    await proxy?.close();
    await moto?.close();
  });

  // An account cannot be taken back: whatever can be known is known before AWS is asked for one.
  it("are refused before anything is changed, each with what to do", async () => {
    expect(await refuses(home, anna, 3)).toMatch(/no organization yet[\s\S]*--create-organization/);
    expect(await refuses(home, [...anna, "--create-organization"], 3)).toMatch(/cannot be taken back[\s\S]*--yes/);
    expect(await refuses(home, ["accounts", "new", "anna", "--cloud", "pay"], 3)).toContain("--email E");
    expect(await refuses(home, ["accounts", "new", "anna", "--email", "anna", "--cloud", "pay"], 2)).toMatch(
      /--email is/,
    );
    expect(await refuses(home, ["accounts", "new", "A--b", "--email", "a@b.example", "--cloud", "pay"], 2)).toMatch(
      /name/,
    );
    expect(await refuses(home, [...anna, "--region", "mars"], 2)).toMatch(/region of AWS/);
    expect(await refuses(home, ["accounts", "close", "anna", "--confirm", "anna", "--cloud", "pay"], 4)).toMatch(
      /no account anna/,
    );
    const managed = JSON.stringify({ Organization: { Id: "o-1", MasterAccountId: "999999999999", FeatureSet: "ALL" } });
    const elsewhere: Fault = { kind: "edit", edit: () => managed };
    await aws.createOrganization({ FeatureSet: "ALL" });
    proxy.plan([{ on: /\.DescribeOrganization$/, fault: elsewhere, times: forever }]);
    const done = await home.attempt(...anna, "--yes");
    expect([done.code, changesSeen(proxy)]).toEqual([6, []]);
    expect(done.stderr).toMatch(/999999999999 can make accounts/);
    await aws.deleteOrganization({});
  });

  it("are made with an organization for them, once, though the answer was lost and the role took its time", async () => {
    proxy.plan([
      { on: create, fault: { kind: "reset", reached: true }, times: 1 },
      { on: /Action=AssumeRole$/, fault: denied, times: 3 },
    ]);
    const events = await home.events(...anna, "--create-organization", "--yes");
    const { ok, cloud, apps } = resultOf(events);
    expect({ ok, cloud }).toEqual({ ok: true, cloud: "anna" });
    expect(apps[0].link).toMatch(/^https?:\/\/.*token=|^https?:\/\/.+\/.+/);
    expect(events.some(({ message }) => /Waiting for AWS to let the role/.test(message))).toBe(true);
    const [account, ...others] = await listed("anna");
    expect(others).toEqual([]);
    const { clouds } = await home.json("cloud", "ls");
    const role = `arn:aws:iam::${account!.Id}:role/${roleName}`;
    expect(clouds.find(({ name }: { name: string }) => name === "anna")).toMatchObject({
      accountId: account!.Id,
      region: "eu-west-1",
      role: { arn: role, cloud: "pay" },
    });
    const { accounts, organization: id } = await home.json("accounts", "ls", "--cloud", "pay");
    expect(id).toMatch(/^o-/);
    expect(accounts).toContainEqual(
      expect.objectContaining({ made: "anna", cloud: "anna", state: "ACTIVE", email: "anna@family.example" }),
    );
    expect((await home.freehold("accounts", "ls", "--cloud", "pay")).stdout).toMatch(
      /anna +\d{12} +active +cloud anna/,
    );
  });

  it("are only gone on with when they are there: nothing is asked, made or changed", async () => {
    proxy.plan([]);
    const events = await home.events(...anna);
    expect(resultOf(events)).toMatchObject({ ok: true, cloud: "anna" });
    expect(changesOf(events)).toEqual([]);
    expect(proxy.count(create)).toBe(0);
    expect(
      await refuses(home, ["accounts", "new", "dora", "--email", "Anna@family.example", "--cloud", "pay"], 2),
    ).toMatch(/anna@family\.example is of/i);
    expect(await refuses(home, [...anna.slice(0, 4), "other@family.example", "--cloud", "pay"], 2)).toMatch(
      /with another address/,
    );
    expect(await refuses(home, [...anna, "--region", "us-east-1"], 2)).toMatch(/anna has the region eu-west-1/);
    // A list is what is decided by: an answer that was cut off is asked for again.
    proxy.plan([{ on: /\.ListAccounts$/, fault: { kind: "truncate" }, times: 1 }]);
    expect((await home.json("accounts", "ls", "--cloud", "pay")).accounts).toHaveLength(2);
  });

  it("leave no keys in any file", async () => {
    const files = await readdir(home.dir, { recursive: true, withFileTypes: true });
    const found: string[] = [];
    for (const file of files.filter((one) => one.isFile())) {
      const path = join(file.parentPath, file.name);
      if (/A(KIA|SIA)[A-Z0-9]{16}/.test(await readFile(path, "latin1"))) found.push(path);
    }
    expect(found).toEqual([]);
  });

  // A4: an hour is the most that AWS gives who came by a role, and an operation may take longer.
  it("renew the role's keys by the payer's sign-in, in the middle of a command", async () => {
    // Long enough for a program to be started in, on a busy machine, and so for it to answer with keys that are good.
    keys.state.lastMs = 9_000;
    const first = proxy.hold(/\/functions$/);
    const up = begun(home, ["up", "./counter", "--cloud", "anna"]);
    await first.reached;
    keys.state.lastMs = undefined;
    const [before, at] = [new Set(keys.state.ends.keys()), Date.now()];
    await expect.poll(() => Date.now() - at, { timeout: 30_000 }).toBeGreaterThan(9_500);
    const seen = proxy.seen.length;
    first.release();
    await up.ended;
    expect(JSON.parse(up.said().trim().split("\n").at(-1)!)).toMatchObject({ type: "result", ok: true });
    const later = proxy.seen.slice(seen).map(({ key }) => key);
    expect(later.length).toBeGreaterThan(10);
    expect(later.filter((key) => before.has(key))).toEqual([]);
  });

  it("say what the payer's sign-in lacks, which the program that gives the keys could not", async () => {
    const over: Fault = { kind: "answer", status: 400, code: "ExpiredToken", message: "The token has expired" };
    for (const [fault, says] of [
      [over, /The sign-in has run out[\s\S]*By way of the cloud pay: .*The token has expired/],
      [denied, /By way of the cloud pay: .*sts:AssumeRole/],
    ] as const) {
      proxy.plan([{ on: /Action=AssumeRole$/, fault, times: forever }]);
      const refused = await home.attempt("status", "--cloud", "anna");
      expect(refused.stderr).toMatch(says);
      expect(refused.code).toBe(6);
    }
    proxy.plan([]);
  });

  it("have clouds as any other is, by the payer's sign-in, and never another account's", async () => {
    expect((await home.json("ls", "--cloud", "anna")).apps).toMatchObject([{ name: "counter", state: "running" }]);
    const { checks } = await home.json("doctor", "--cloud", "anna").catch(async () => {
      return JSON.parse((await home.attempt("doctor", "--cloud", "anna", "--json")).stdout);
    });
    const signIn = checks.find(({ id }: { id: string }) => id === "aws-sign-in");
    expect(signIn).toMatchObject({ state: "ok", detail: expect.stringMatching(/by way of the cloud pay/) });
    const file = join(home.dir, "freehold/config/clouds.yaml");
    const before = await configOf(home);
    await changeFile(file, (text) =>
      text.replace(/role\/Organ/, "role/Organ").replace(/iam::\d{12}/, "iam::210987654321"),
    );
    expect(await refuses(home, ["up", "--cloud", "anna"], 6)).toMatch(/another account[\s\S]*210987654321/);
    await writeFile(file, before);
  });

  // The record is in the payer's bucket: a lost computer loses nothing.
  it("are found by a second computer that has nothing but the payer's sign-in", async () => {
    await second.freehold("setup", "--target", "aws", "--name", "pay", "--yes");
    expect((await second.json("accounts", "ls", "--cloud", "pay")).accounts).toContainEqual(
      expect.objectContaining({ made: "anna", cloud: null }),
    );
    expect(await refuses(second, ["accounts", "close", "anna", "--confirm", "anna", "--cloud", "pay"], 4)).toMatch(
      /freehold accounts new anna --email anna@family\.example/,
    );
    const events = await second.events(...anna);
    expect(resultOf(events)).toMatchObject({ ok: true, cloud: "anna" });
    expect(changesOf(events)).toEqual([]);
    expect((await second.json("ls", "--cloud", "anna")).apps).toMatchObject([{ name: "counter" }]);
  });

  // D3: without the record nobody would know whom the payer pays for.
  it("are found again by their tags when the payer's record of them is lost", async () => {
    const { stateBucket } = (await home.json("cloud", "status", "--cloud", "pay")) as { stateBucket: string };
    const s3 = new S3({ endpoint: moto.endpoint, region: "eu-west-1", credentials, forcePathStyle: true });
    const { Contents = [] } = await s3.listObjectsV2({ Bucket: stateBucket, Prefix: ".pulumi/" });
    const record = Contents.filter(({ Key }) => /\/freehold-accounts\//.test(Key!));
    expect(record.length).toBeGreaterThan(0);
    for (const { Key } of record) await s3.deleteObject({ Bucket: stateBucket, Key });
    s3.destroy();
    for (const args of [
      ["accounts", "close", "anna", "--confirm", "anna"],
      ["destroy", "--all", "--data", "delete", "--yes"],
    ])
      expect(await refuses(home, [...args, "--cloud", "pay"], 1)).toContain("freehold state repair accounts");
    const verified = JSON.parse((await home.attempt("state", "verify", "--cloud", "pay", "--json")).stdout);
    expect(verified.stacks).toContainEqual(expect.objectContaining({ stack: "accounts", state: "lost" }));
    expect(await refuses(home, ["state", "repair", "accounts", "--cloud", "pay"], 3)).toBe("");
    const { stacks } = await home.json("state", "repair", "accounts", "--cloud", "pay", "--yes");
    expect(stacks).toMatchObject([{ stack: "accounts", outcome: "rebuilt", missing: [], others: [] }]);
    expect(stacks[0].found).toMatchObject([{ kind: "aws:organizations/account:Account", name: "anna", differs: [] }]);
    expect((await home.json("accounts", "ls", "--cloud", "pay")).accounts).toContainEqual(
      expect.objectContaining({ made: "anna", cloud: "anna" }),
    );
  });

  it("survive kill -9 at the call that makes one, Ctrl-C while one waits, kill -9 in the setup behind it", async () => {
    await killedAt(proxy, home, ben, { k: 0, reached: true, on: create });
    proxy.plan([{ on: /Action=AssumeRole$/, fault: denied, times: forever }]);
    const waiting = begun(home, ben);
    await expect.poll(waiting.said, { timeout: 60_000 }).toContain("Waiting for AWS to let the role");
    waiting.child.kill("SIGINT");
    await waiting.ended;
    expect(waiting.child.exitCode).toBe(130);
    expect(waiting.said()).toMatch(/"code":"interrupted"[\s\S]*"exitCode":130/);
    await killedAt(proxy, home, ben, { k: 3, reached: true, on: /Action=CreatePolicy|CreateTable|PUT / });
    proxy.plan([]);
    expect(resultOf(await home.events(...ben))).toMatchObject({ ok: true, cloud: "ben" });
    expect(await listed("ben")).toHaveLength(1);
  });

  it("are their owner's, who leaves with all that is in them", async () => {
    const [account] = await listed("anna");
    const settings = { endpoint: moto.endpoint, region: "us-east-1" };
    const sts = new STS({ ...settings, credentials });
    const { Credentials: by } = await sts.assumeRole({
      RoleArn: `arn:aws:iam::${account!.Id}:role/${roleName}`,
      RoleSessionName: "anna",
    });
    const iam = new IAM({
      ...settings,
      credentials: {
        accessKeyId: by!.AccessKeyId!,
        secretAccessKey: by!.SecretAccessKey!,
        sessionToken: by!.SessionToken!,
      },
    });
    await iam.createUser({ UserName: "anna" });
    const { AccessKey: key } = await iam.createAccessKey({ UserName: "anna" });
    const own = { accessKeyId: key!.AccessKeyId!, secretAccessKey: key!.SecretAccessKey! };
    owners.push(own);
    const member = new Organizations({ endpoint: proxy.endpoint, region: "us-east-1", credentials: own });
    await member.leaveOrganization({});
    expect(await listed("anna")).toEqual([]);
    const folder = await withHome({
      env: {
        ...{ AWS_ENDPOINT_URL: proxy.endpoint, AWS_EC2_METADATA_DISABLED: "true" },
        ...{ AWS_ACCESS_KEY_ID: own.accessKeyId, AWS_SECRET_ACCESS_KEY: own.secretAccessKey },
      },
    });
    try {
      const events = await folder.events("setup", "--target", "aws", "--name", "anna", "--yes");
      expect(changesOf(events)).toEqual([]);
      expect((await folder.json("ls", "--cloud", "anna")).apps).toMatchObject([{ name: "counter", state: "running" }]);
      // Whose `exec` roles are: hers from now on.
      expect(changesOf(await folder.events("up", "--cloud", "anna"))).toEqual(["update aws:iam/role:Role"]);
    } finally {
      await folder.close();
    }
    // The computer that had it by the role changes to the owner's own way, which has to lead to the same account.
    const keys = `aws_access_key_id = ${own.accessKeyId}\naws_secret_access_key = ${own.secretAccessKey}\n`;
    const file = join(home.dir, "own-credentials");
    await writeFile(file, `[anna]\n${keys}[other]\naws_access_key_id = testing\naws_secret_access_key = testing\n`);
    home.env["AWS_SHARED_CREDENTIALS_FILE"] = file;
    expect(await refuses(home, ["setup", "--name", "anna", "--profile", "other"], 6)).toMatch(/another account/);
    await home.freehold("setup", "--name", "anna", "--profile", "anna");
    const { clouds } = await home.json("cloud", "ls");
    const cloud = clouds.find(({ name }: { name: string }) => name === "anna");
    expect(cloud).toMatchObject({ profile: "anna", signIn: "profile" });
    expect(cloud.role).toBeUndefined();
    expect((await home.json("accounts", "ls", "--cloud", "pay")).accounts).toContainEqual(
      expect.objectContaining({ made: "anna", state: "LEFT", cloud: "anna" }),
    );
    await home.freehold("accounts", "close", "anna", "--confirm", "anna", "--cloud", "pay");
    expect(JSON.stringify(await home.json("accounts", "ls", "--cloud", "pay"))).not.toContain('"anna"');
    // Theirs: it is still there, and still known here.
    expect((await home.json("ls", "--cloud", "anna")).apps).toMatchObject([{ name: "counter" }]);
  });

  it("are closed by their name, behind an export that was read back, or not at all", async () => {
    await home.freehold("up", "./counter", "--cloud", "ben");
    const close = ["accounts", "close", "ben", "--cloud", "pay"];
    expect(await refuses(home, [...close, "--yes"], 3)).toMatch(/--confirm ben/);
    expect(await refuses(home, [...close, "--confirm", "bon"], 2)).toMatch(/account's name, ben/);
    expect(await refuses(home, ["destroy", "--all", "--cloud", "pay", "--yes"], 2)).toMatch(/pays for ben/);
    const scan: Fault = { kind: "answer", status: 400, code: "AccessDeniedException", message: "No.", form: "json" };
    proxy.plan([{ on: /\.Scan$/, fault: scan, times: forever }]);
    expect((await home.attempt(...close, "--confirm", "ben", "--to", "first")).code).not.toBe(0);
    expect((await listed("ben"))[0]).toMatchObject({ Status: "ACTIVE" });
    expect(await refuses(home, [...close, "--confirm", "ben", "--to", "first"], 2)).toMatch(/new folder/);
    proxy.plan([{ on: /\.CloseAccount$/, fault: { kind: "reset", reached: true }, times: 1 }]);
    const { ok, data } = resultOf(await home.events(...close, "--confirm", "ben", "--to", "ben-out"));
    expect(ok).toBe(true);
    expect(data.stores).toContainEqual(expect.objectContaining({ store: "counter/counts", kind: "table" }));
    await stat(join(home.dir, "ben-out/snapshot.json"));
    expect((await listed("ben"))[0]).toMatchObject({ Status: "SUSPENDED" });
    expect((await home.json("cloud", "ls")).clouds.map(({ name }: { name: string }) => name).sort()).toEqual([
      "anna",
      "pay",
    ]);
    expect(await refuses(home, [...close, "--confirm", "ben"], 4)).toMatch(/made no account ben/);
  });
});
