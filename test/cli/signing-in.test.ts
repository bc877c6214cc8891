/** Ways of signing in to AWS, found in a home made for each: what each is, whose, what stops it; and which one is meant. */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { wantsCode } from "../../cli/signing-in/profiles.ts";
import { codesAskedBy, passSecondFactor, takeSessions } from "../../cli/signing-in/second-factor.ts";
import { chooseWay, findWays, nextOf, waysDocument } from "../../cli/signing-in/ways.ts";
import type { Way } from "../../stacks/deploy.ts";
import { listen } from "../support/listen.ts";

const now = Date.parse("2026-11-26T12:00:00Z");
let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "freehold-aws-"));
  // The SDK's own readers look for tokens in the home of the process.
  vi.stubEnv("HOME", home);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true, force: true });
});

function write(path: string, text: string | object): void {
  const file = join(home, ".aws", path);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, typeof text === "string" ? text : JSON.stringify(text));
}

const none = { AWS_EC2_METADATA_DISABLED: "true" };
const find = (env: Record<string, string> = {}): Promise<Way[]> => findWays({ ...none, ...env }, home, {}, now);
const only = async (config: string): Promise<Way | undefined> => {
  write("config", config);
  return (await find())[0];
};
const sha1 = (text: string): string => createHash("sha1").update(text).digest("hex");
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

// A person sees what this finds, and nothing else: what is overlooked cannot be chosen.
describe("profiles", () => {
  it("with keys are told apart by whether they last, with their region, from both files", async () => {
    write("config", "[default]\nregion = eu-west-1\n[profile work]\nregion = us-east-2\n");
    write(
      "credentials",
      "[work]\naws_access_key_id = A\naws_secret_access_key = s3cret\naws_session_token = t0ken\n[default]\naws_access_key_id = B\naws_secret_access_key = s3cret\n",
    );
    const ways = await find();
    expect(ways).toEqual([
      {
        kind: "profile",
        profile: "default",
        flag: "--profile default",
        region: "eu-west-1",
        says: "Long-lived keys in a file.",
        longLived: true,
      },
      {
        kind: "profile",
        profile: "work",
        flag: "--profile work",
        region: "us-east-2",
        says: "Temporary keys in a file; they run out.",
      },
    ]);
    expect(JSON.stringify(ways)).not.toMatch(/s3cret|t0ken/);
  });

  it("that hold nothing to sign in with, and sections that are no profile, are none", async () => {
    write(
      "config",
      "[profile region-only]\nregion = eu-west-1\n[sso-session s]\nsso_start_url = https://x.awsapps.com/start\n",
    );
    expect(await find()).toEqual([]);
  });

  const session = "[sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://corp.awsapps.com/start\n";
  const profile = "[profile corp]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = Admin\n";

  it("of IAM Identity Center: signed in, not yet, or no more", async () => {
    const says = "IAM Identity Center: Admin in account 111122223333.";
    const next = "aws sso login --profile corp";
    expect(await only(session + profile)).toMatchObject({
      kind: "sso",
      says,
      problem: { says: "Nobody has signed in yet.", next },
    });
    const file = `sso/cache/${sha1("corp")}.json`;
    write(file, { accessToken: "secret-token", expiresAt: "2026-11-26T09:00:00Z" });
    expect((await find())[0]?.problem).toEqual({ says: "The sign-in ended at 2026-11-26T09:00:00.000Z.", next });
    write(file, { accessToken: "secret-token", expiresAt: "2026-11-26T14:00:00Z" });
    expect((await find())[0]).toEqual({ kind: "sso", profile: "corp", flag: "--profile corp", says });
    // What is renewed by itself is not called ended.
    write(file, { accessToken: "secret-token", expiresAt: "2026-11-26T09:00:00Z", refreshToken: "secret" });
    expect((await find())[0]?.problem).toBeUndefined();
    expect(JSON.stringify(await find())).not.toContain("secret");
  });

  it("of IAM Identity Center in the older form, and incomplete ones", async () => {
    const old =
      "[profile old]\nsso_start_url = https://o.awsapps.com/start\nsso_region = eu-west-1\nsso_account_id = 111122223333\n";
    expect((await only(old))?.problem).toEqual({
      says: "The profile does not name a role.",
      next: "aws configure sso --profile old",
    });
    write(`sso/cache/${sha1("https://o.awsapps.com/start")}.json`, {
      accessToken: "t",
      expiresAt: "2026-11-27T00:00:00Z",
    });
    expect((await only(`${old}sso_role_name = R\n`))?.problem).toBeUndefined();
  });

  it("of aws login: whose they are is known without a call", async () => {
    const arn = "arn:aws:iam::111122223333:user/ada";
    const config = `[profile console]\nlogin_session = ${arn}\nregion = eu-north-1\n`;
    expect((await only(config))?.problem?.next).toBe("aws login --profile console");
    const accessToken = { accountId: "111122223333", expiresAt: "2026-11-26T12:10:00Z", secretAccessKey: "s3cret" };
    write(`login/cache/${sha256(arn)}.json`, { accessToken });
    const way = await only(config);
    expect(way).toMatchObject({ kind: "login", region: "eu-north-1", identity: { accountId: "111122223333", arn } });
    expect(JSON.stringify(way)).not.toContain("s3cret");
    write(`login/cache/${sha256(arn)}.json`, { accessToken: { ...accessToken, expiresAt: "2026-11-26T11:00:00Z" } });
    expect((await only(config))?.problem?.says).toMatch(/run out/);
  });

  it("of a program: it is named, its words are not, and it is not run", async () => {
    const ran = join(home, "ran");
    const way = await only(`[profile tool]\ncredential_process = /usr/bin/touch ${ran} --token s3cret\n`);
    expect(way).toMatchObject({ kind: "process", says: expect.stringContaining("program touch.") });
    const asked: string[] = [];
    const probe = async ({ flag }: Way) => {
      asked.push(flag);
      return { accountId: "1", arn: "a" };
    };
    const told = await waysDocument(none, [way!], probe);
    expect(asked).toEqual([]);
    expect(JSON.stringify(told)).not.toContain("s3cret");
    expect(() => writeFileSync(ran, "", { flag: "wx" })).not.toThrow();
  });

  it("of a role: by way of what, and that it wants a code of a second factor", async () => {
    const role = "[profile admin]\nrole_arn = arn:aws:iam::111122223333:role/admin\nsource_profile = base\n";
    write("credentials", "[base]\naws_access_key_id = A\naws_secret_access_key = s\n");
    expect(await only(role)).toMatchObject({
      kind: "role",
      says: "The role arn:aws:iam::111122223333:role/admin, by way of the profile base. That one's keys are long-lived.",
      longLived: true,
    });
    const brief = "[base]\naws_access_key_id = A\naws_secret_access_key = s\naws_session_token = t\n";
    write("credentials", brief);
    expect(await only(role)).not.toHaveProperty("longLived");
    const coded = `${role}mfa_serial = arn:aws:iam::111122223333:mfa/ada\n`;
    const through = "[profile through]\nrole_arn = arn:r\nsource_profile = admin\n";
    write("config", coded + through);
    const ways = (await find()).filter(({ kind }) => kind === "role");
    expect(
      ways.map(({ secondFactor, problem, says }) => [secondFactor, problem, /asked for on a terminal/.test(says)]),
    ).toEqual(Array(2).fill([true, undefined, true]));
    expect(await wantsCode(none, home, "through")).toBe(true);
    expect(await wantsCode(none, home, "base")).toBe(false);
    // Nobody is asked for it before the way was chosen, nor AWS.
    const probe = async () => expect.fail("was asked");
    expect((await waysDocument(none, ways, probe)).ways).toEqual(ways);
  });

  it("of a role by way of another profile: what stops that one stops it, with that one's remedy", async () => {
    const role = (name: string, by: string) => `[profile ${name}]\nrole_arn = arn:r\nsource_profile = ${by}\n`;
    expect((await only(role("admin", "base")))?.problem?.says).toBe("There is no profile base.");
    const ways = await (async () => {
      write("config", role("admin", "corp") + session + profile);
      return find();
    })();
    const next = "aws sso login --profile corp";
    expect(ways.map(({ problem }) => problem)).toEqual(Array(2).fill({ says: "Nobody has signed in yet.", next }));
    expect((await only(role("one", "other") + role("other", "one")))?.problem?.says).toMatch(/lead in a circle/);
    // One with keys may name itself.
    write("credentials", "[self]\naws_access_key_id = A\naws_secret_access_key = s\n");
    expect((await only(role("self", "self")))?.problem).toBeUndefined();
  });

  it("of a token for web identity: whether it can be read is told, and nothing of it", async () => {
    const file = join(home, "token");
    const config = `[profile build]\nrole_arn = arn:r\nweb_identity_token_file = ${file}\n`;
    expect((await only(config))?.problem).toEqual({
      says: `Its token cannot be read: ${file} (ENOENT).`,
      next: `ls -l ${file}`,
    });
    writeFileSync(file, "s3cret");
    const way = await only(config);
    expect(way?.problem).toBeUndefined();
    expect(JSON.stringify(way)).not.toContain("s3cret");
  });

  it("are read from where the variables say", async () => {
    write("elsewhere", "[x]\naws_access_key_id = A\naws_secret_access_key = s\n");
    const ways = await find({ AWS_SHARED_CREDENTIALS_FILE: join(home, ".aws/elsewhere") });
    expect(ways.map(({ flag }) => flag)).toEqual(["--profile x"]);
  });
});

// What this process and computer bring by themselves is easily forgotten, and often what a CI has.
describe("ways that are no profile", () => {
  it("are found by their variables, in the order in which AWS's tools look", async () => {
    write("credentials", "[default]\naws_access_key_id = A\naws_secret_access_key = s\n");
    const ways = await find({
      AWS_ACCESS_KEY_ID: "A",
      AWS_SECRET_ACCESS_KEY: "s3cret",
      AWS_WEB_IDENTITY_TOKEN_FILE: "/token",
      AWS_ROLE_ARN: "arn:aws:iam::111122223333:role/ci",
      AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/role",
      AWS_REGION: "eu-west-3",
    });
    expect(ways.map(({ flag }) => flag)).toEqual([
      "--sign-in environment",
      "--profile default",
      "--sign-in web-identity",
      "--sign-in container",
    ]);
    expect(ways[0]?.region).toBe("eu-west-3");
    expect(JSON.stringify(ways)).not.toContain("s3cret");
  });

  it("an instance's role is looked for only where there is one, or where it was asked for", async () => {
    expect(await find()).toEqual([]);
    const nobody = { AWS_EC2_METADATA_SERVICE_ENDPOINT: "http://127.0.0.1:1" };
    for (const asked of [{}, { signIn: "instance" }] as const) {
      const [way] = await findWays(nobody, home, asked, now);
      expect(way).toMatchObject({ kind: "instance", problem: { next: "aws login" } });
      expect(way?.problem?.says).toBe("No service of an instance answers at http://127.0.0.1:1 within a second.");
    }
    expect(await findWays({ ...none, ...nobody }, home, { signIn: "instance" }, now)).toEqual([]);
  });

  it("an instance's service is told by its role, and believed in nothing else", async () => {
    const asked: string[] = [];
    let role = "builder";
    const server = createServer((req, res) => {
      asked.push(`${req.method} ${req.url} ${req.headers["x-aws-ec2-metadata-token"] ?? ""}`.trim());
      res.end(req.method === "PUT" ? "t0ken" : role);
    });
    const env = { AWS_EC2_METADATA_SERVICE_ENDPOINT: await listen(server) };
    try {
      const says = "The role builder of the EC2 instance that this runs on.";
      expect(await findWays(env, home, {}, now)).toEqual([{ kind: "instance", flag: "--sign-in instance", says }]);
      const keysOf = "/latest/meta-data/iam/security-credentials/";
      expect(asked).toEqual(["PUT /latest/api/token", `GET ${keysOf} t0ken`]);
      for (role of ["<html>sign in here</html>", "\u001b[31mred", "x".repeat(10_000), ""])
        expect((await findWays(env, home, {}, now))[0]).toMatchObject({
          says: "The role of the EC2 instance that this runs on.",
          problem: { says: expect.not.stringMatching(/html|31m|xxx/) },
        });
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

const way = (flag: string, more: Partial<Way> = {}): Way => ({ kind: "profile", flag, says: "", ...more });
const work = way("--profile work", { profile: "work" });
const standard = way("--profile default", { profile: "default" });
const keys = way("--sign-in environment", { kind: "environment" });

// The wrong account costs more than a question.
describe("which one is meant", () => {
  it("is the only one, the one that was named, or the one the environment says", () => {
    expect(chooseWay({}, [work], {}, false)).toBe(work);
    expect(chooseWay({}, [work, standard], { profile: "default" }, false)).toBe(standard);
    expect(chooseWay({ AWS_PROFILE: "work" }, [work, standard], {}, false)).toBe(work);
    expect(chooseWay({}, [keys, work, standard], {}, false)).toBe(keys);
    expect(chooseWay({ AWS_PROFILE: "work" }, [keys, work], {}, false)).toBe(keys);
    expect(chooseWay({}, [keys, work], { profile: "work" }, false)).toBe(work);
    expect(chooseWay({}, [keys, work], { signIn: "environment" }, false)).toBe(keys);
  });

  it("is asked of several profiles, and of a person always", () => {
    expect(chooseWay({}, [work, standard], {}, false)).toBeUndefined();
    expect(chooseWay({}, [keys, work], {}, true)).toBeUndefined();
  });

  it("is never another one than was named", () => {
    expect(() => chooseWay({}, [work], { profile: "wrok" }, false)).toThrow(/profile wrok.*Did you mean work/s);
    expect(() => chooseWay({ AWS_PROFILE: "wrok" }, [work], {}, false)).toThrow(/wrok/);
    expect(() => chooseWay({}, [work], { signIn: "container" }, false)).toThrow(/container/);
    expect(() => chooseWay({}, [], {}, false)).toThrow(/no way of signing in/);
  });
});

describe("whose they are", () => {
  it("is asked of each that can be asked; what is wrong with one is said of that one, with what to do", async () => {
    const sso = way("--profile corp", { kind: "sso", profile: "corp" });
    const told = await waysDocument(
      {},
      [keys, sso, { ...work, problem: { says: "x", next: "y" } }],
      async ({ kind }) => {
        if (kind === "sso") throw new Error("the token is refused");
        return { accountId: "111122223333", arn: "arn:aws:iam::111122223333:user/ada" };
      },
    );
    expect(told).toMatchObject({ usual: "--sign-in environment", suggested: "--sign-in environment" });
    expect(told.ways[0]?.identity?.accountId).toBe("111122223333");
    expect(told.ways[1]?.problem).toEqual({ says: "the token is refused", next: nextOf(sso) });
    expect(told.ways[2]?.problem?.says).toBe("x");
  });

  // Keys that nothing ends are worth most to whoever steals them.
  it("what ends by itself is suggested before what does not, and nothing that cannot be used", async () => {
    const sso = way("--profile corp", { kind: "sso", profile: "corp" });
    const lasting = { ...keys, longLived: true as const };
    const suggested = async (...ways: Way[]) =>
      (await waysDocument({}, ways, async () => ({ accountId: "1", arn: "a" }))).suggested;
    expect(await suggested(lasting, sso)).toBe("--profile corp");
    expect(await suggested(lasting, { ...sso, problem: { says: "x", next: "y" } })).toBe("--sign-in environment");
    expect(await suggested({ ...sso, problem: { says: "x", next: "y" } })).toBeNull();
    expect(await suggested(keys, sso)).toBe("--sign-in environment");
  });
});

// The terminal app lives longer than what a code opens, and asks from many screens at once.
describe("what a code of a second factor opened", () => {
  const pass = () => {
    const files = { AWS_CONFIG_FILE: join(home, ".aws/config"), AWS_SHARED_CREDENTIALS_FILE: join(home, "none") };
    return passSecondFactor({ AWS_PROFILE: "phone", ...files }, "eu-west-1");
  };
  const session = (lastsMs: number) =>
    takeSessions({ phone: { keys: { AWS_ACCESS_KEY_ID: "A" }, expires: Date.now() + lastsMs } });

  it("is asked for anew before it ends, in turn, and by nobody where nobody can answer", async () => {
    const role =
      "role_arn = arn:aws:iam::111122223333:role/x\nsource_profile = base\nmfa_serial = arn:aws:iam::1:mfa/ada";
    write("config", `[profile phone]\n${role}\n[profile base]\naws_access_key_id = A\naws_secret_access_key = s\n`);
    await expect(pass()).rejects.toMatchObject({ code: "second-factor-needed" });
    session(60_000);
    await pass();
    let [asked, open, most] = [0, 0, 0];
    codesAskedBy(async (question) => {
      expect(question).toContain("Code of arn:aws:iam::1:mfa/ada");
      asked++;
      most = Math.max(most, ++open);
      await new Promise(setImmediate);
      open--;
      return "";
    });
    const declined = { code: "declined" };
    await Promise.all([pass(), pass()].map((one) => expect(one).rejects.toMatchObject(declined)));
    expect([asked, most]).toEqual([2, 1]);
    session(30 * 60_000);
    await pass();
    expect(asked).toBe(2);
  });
});
