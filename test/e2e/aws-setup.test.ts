/**
 * Setting up in AWS, up to the first call that changes something: nothing is changed before it was agreed to, and what
 * stands in the way is one line with what to do. Against a local cloud behind a proxy that has bad days.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startAwsWithBadDays, startSts, writeAws } from "../support/aws-setup.ts";
import { type Home, withHome } from "../support/home.ts";
import { mutating } from "../support/oracle.ts";

type Aws = Awaited<ReturnType<typeof startAwsWithBadDays>>;
let aws: Aws;
const setup = ["setup", "--target", "aws", "--name", "work"];
const looks = /^(Action=|\w+\.)?(Get|List|Describe|Simulate)\w+$|^(GET|HEAD) \/|^POST \/getRegionOptStatus$/;
const forever = Number.POSITIVE_INFINITY;

beforeAll(async () => {
  aws = await startAwsWithBadDays();
});
afterAll(() => aws?.close());

/** Ends with this code, one fault, nothing changed anywhere. */
async function stops(home: Home, args: string[], code: number): Promise<string> {
  const done = await home.attempt(...args);
  expect(done.stdout).toBe("");
  expect(done.code, done.stderr).toBe(code);
  expect(done.stderr).not.toMatch(/bug in Freehold|\.[cm]js:\d+/);
  expect(aws.proxy.count(mutating)).toBe(0);
  expect((await home.json("cloud", "ls")).clouds).toEqual([]);
  return done.stderr;
}

// Whoever reads the plan has to be able to say no.
describe("before anything is changed", () => {
  it("tells whose account it is, what would be made, what it costs and which rights there are", async () => {
    aws.proxy.plan([]);
    const done = await aws.home.attempt(...setup, "--json");
    const events = done.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(done.code).toBe(3);
    // Calls that only look, and nothing that somebody forgot to call a change.
    expect(aws.proxy.seen.length).toBeGreaterThan(3);
    expect(aws.proxy.seen.map(({ operation }) => operation).filter((call) => !looks.test(call))).toEqual([]);
    const { plan, needed } = events.find(({ type }) => type === "setup-plan");
    expect(needed).toBe(true);
    expect(plan).toMatchObject({ name: "work", region: "eu-west-1", accountId: "123456789012", found: false });
    const kinds = plan.creates.map(({ kind }: { kind: string }) => kind);
    for (const kind of ["s3/bucket:Bucket", "ssm/parameter:Parameter", "iam/policy:Policy", "lambda/function:Function"])
      expect(kinds).toContain(`aws:${kind}`);
    expect(plan.idle.perMonth).toBeGreaterThan(0);
    expect(plan.idle.perMonth).toBeLessThan(0.01);
    // The local cloud's owner is no user whose policies could be simulated: that is said, not taken for granted.
    expect(plan.rights.every(({ state }: { state: string }) => state === "unchecked")).toBe(true);
    expect(plan.uncheckedBecause).toMatch(/users and roles only/);
    // What doctor looks at, by doctor's names.
    const ids = plan.checks.map(({ id, state }: { id: string; state: string }) => `${id} ${state}`);
    expect(ids).toEqual([
      "aws-region ok",
      "aws-organization ok",
      "aws-organization-policy ok",
      "aws-plan ok",
      "aws-concurrency ok",
      "aws-cloudfront skipped",
    ]);
    const { next, code } = events.find(({ type }) => type === "error");
    expect({ next, code }).toEqual({
      code: "agreement-needed",
      next: "freehold setup --target aws --name work --region eu-west-1 --yes",
    });
  });

  it("asks which way of signing in is meant when several are there, and says whose each is", async () => {
    const { accessKeyId, secretAccessKey } = aws.cloud.credentials;
    const keys = `aws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;
    const home = await withHome({ env: { AWS_ENDPOINT_URL: aws.proxy.endpoint, AWS_EC2_METADATA_DISABLED: "true" } });
    try {
      await writeAws(
        home,
        "credentials",
        `[one]\n${keys}[two]\naws_access_key_id = AKIAX\naws_secret_access_key = y\n`,
      );
      aws.proxy.plan([]);
      const said = await stops(home, setup, 3);
      expect(said).toMatch(/one · profile[\s\S]*account 123456789012[\s\S]*two · profile[\s\S]*cannot be used yet/);
      expect(said).toContain("freehold setup --target aws --name work --profile one");
      expect(said).not.toContain(secretAccessKey);
      expect(await stops(home, [...setup, "--profile", "onne"], 2)).toContain("Did you mean one?");
      // No region is said by anybody: that is the next thing that is missing.
      expect(await stops(home, [...setup, "--profile", "one"], 3)).toMatch(/--profile one/);
      expect(await stops(home, [...setup, "--profile", "two", "--region", "eu-west-1"], 6)).toContain(
        "aws sts get-caller-identity --profile two",
      );
    } finally {
      await home.close();
    }
  });

  it("says that there is no way at all", async () => {
    const home = await withHome({ env: { AWS_EC2_METADATA_DISABLED: "true" } });
    try {
      expect(await stops(home, setup, 6)).toMatch(/no way of signing in[\s\S]*aws login/);
    } finally {
      await home.close();
    }
  });

  it("A4: says that the sign-in has run out", async () => {
    const message = "The security token included in the request is expired";
    const fault = { kind: "answer", status: 403, code: "ExpiredToken", message, form: "xml" } as const;
    aws.proxy.plan([{ on: /GetCallerIdentity/, fault, times: forever }]);
    expect(await stops(aws.home, [...setup, "--yes"], 6)).toMatch(/sign-in has run out/);
  });

  it("refuses a region that is none by its form, before anybody is asked", async () => {
    aws.proxy.plan([]);
    expect(await stops(aws.home, [...setup, "--region", "evil.example.com/"], 2)).toMatch(/is a region of AWS/);
    expect(aws.proxy.seen).toEqual([]);
  });
});

// Endpoints of one's own know only root; AWS's own is refused to it, so these say where STS alone is.
describe("who AWS says it is", () => {
  const at = async (arn: string, options?: Parameters<typeof startSts>[1]) => {
    const sts = await startSts(arn, options);
    const keys = { AWS_ACCESS_KEY_ID: "A", AWS_SECRET_ACCESS_KEY: "s" };
    const env = { AWS_ENDPOINT_URL_STS: sts.endpoint, AWS_ENDPOINT_URL_ACCOUNT: aws.account.endpoint, ...keys };
    const home = await withHome({ env: { ...env, AWS_EC2_METADATA_DISABLED: "true" } });
    return { sts, home };
  };

  it("is not root: what to do instead is said, and nothing else is asked", async () => {
    const { sts, home } = await at("arn:aws:iam::111122223333:root");
    try {
      const said = await stops(home, [...setup, "--region", "eu-west-1", "--yes"], 6);
      expect(said).toMatch(/root user[\s\S]*Identity Center/);
      expect(sts.calls).toEqual(["GetCallerIdentity eu-west-1"]);
    } finally {
      await home.close();
      await sts.close();
    }
  });

  it("A16: is not asked further with a clock that is a quarter of an hour wrong", async () => {
    const { sts, home } = await at("arn:aws:iam::111122223333:user/ada", {
      date: () => new Date(Date.now() + 15 * 60_000),
    });
    try {
      const said = await stops(home, [...setup, "--region", "eu-west-1", "--yes"], 1);
      expect(said).toMatch(/clock is wrong[\s\S]*15 minutes behind[\s\S]*timedatectl/);
    } finally {
      await home.close();
      await sts.close();
    }
  });

  // A19: keys that one region takes and another does not know are good; it is the region that is not there for them.
  it("A19: is asked elsewhere, too, when a region knows nobody: then it is the region that is not switched on", async () => {
    const { sts, home } = await at("arn:aws:iam::111122223333:user/ada", { offIn: "ap-east-1" });
    try {
      const said = await stops(home, [...setup, "--region", "ap-east-1", "--yes"], 6);
      expect(said).toMatch(/region is not switched on[\s\S]*aws account enable-region --region-name ap-east-1/);
      expect(sts.calls).toEqual(["GetCallerIdentity ap-east-1", "GetCallerIdentity us-east-1"]);
      // Who has switched it on already is told to wait, and not to switch it on.
      aws.account.state.region = "ENABLING";
      expect(await stops(home, [...setup, "--region", "ap-east-1", "--yes"], 6)).toMatch(
        /being switched on[\s\S]*aws account get-region-opt-status --region-name ap-east-1/,
      );
      // A cloud that is there, whose region was switched off since: nothing of it is asked, and no app made by halves.
      const work = { target: "aws", accountId: "111122223333", region: "ap-east-1", timeZone: "UTC" };
      const clouds = { work: { ...work, stateBucket: "freehold-state-work-0123456789" } };
      await mkdir(join(home.dir, "freehold/config"), { recursive: true, mode: 0o700 });
      const file = join(home.dir, "freehold/config/clouds.yaml");
      await writeFile(file, JSON.stringify({ format: 1, current: "work", clouds }));
      const up = await home.attempt("up", "notes");
      expect(up.stderr).toMatch(/^Error: This region is not switched on in the account/m);
      expect(up.code).toBe(6);
      expect(aws.proxy.count(mutating)).toBe(0);
    } finally {
      aws.account.reset();
      await home.close();
      await sts.close();
    }
  });
});
