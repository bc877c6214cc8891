/** A cloud in an AWS account by keys alone, on a real terminal against moto: what is asked, what is said first, what stops it. */
import { appendFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { denied, startSts, writeAws } from "../support/aws-setup.ts";
import { descendants } from "../support/descendants.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { type Home, withHome } from "../support/home.ts";
import { type Moto, startMoto } from "../support/moto.ts";
import { mutating } from "../support/oracle.ts";
import { standInPulumi } from "../support/stand-in-pulumi.ts";
import { closeTerminals, matchesGolden, openFreehold, storm, type Terminal } from "../support/terminal.ts";
import { missing, motoServer } from "../support/tools.ts";

const hostile = "\u001b]0;owned\u0007\u001b[2J\u009b31m\u202etitle";
const keys = "aws_access_key_id = testing\naws_secret_access_key = testing\n";

describe.skipIf(missing(motoServer(), "moto_server"))("a cloud in AWS, by keys", () => {
  let moto: Moto;
  let aws: Awaited<ReturnType<typeof startFaultProxy>>;
  const homes: Home[] = [];

  beforeAll(async () => {
    moto = await startMoto();
    aws = await startFaultProxy(moto.endpoint);
  });
  afterEach(async () => {
    await closeTerminals();
    for (const home of homes.splice(0)) await home.close();
  });
  afterAll(async () => {
    await aws?.close();
    await moto?.close();
  });

  /** Somebody with two profiles that work and one that has to be signed in first. */
  async function signedIn(env: NodeJS.ProcessEnv = { AWS_ENDPOINT_URL: aws.endpoint }): Promise<Home> {
    await moto.reset();
    aws.plan([]);
    const home = await withHome({ env: { ...env, AWS_EC2_METADATA_DISABLED: "true" } });
    homes.push(home);
    await writeAws(home, "credentials", `[default]\n${keys}[work]\n${keys}`);
    const session = "[sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://corp.awsapps.com/start\n";
    const corp = "[profile corp]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = Admin\n";
    await writeAws(home, "config", `[default]\nregion = eu-west-1\n${session}${corp}`);
    return home;
  }

  /** To the ways of signing in. */
  async function begin(home: Home, size: { cols?: number; rows?: number } = {}): Promise<Terminal> {
    const terminal = openFreehold(home, [], size);
    await terminal.shows(/Where is it to be\?/);
    terminal.keys("down", "enter");
    await terminal.shows(/Name: aws/);
    terminal.keys("enter");
    return terminal;
  }

  /** Through ways and region to the plan. */
  async function toPlan(terminal: Terminal): Promise<void> {
    await terminal.shows(/Which way of signing in/);
    terminal.keys("enter");
    await terminal.shows(/Region: eu-west-1/);
    terminal.keys("enter");
    await withoutBudget(terminal);
    // Without a Pulumi here the other one is chosen already: enter fetches nothing.
    await terminal.shows(/Which engine is to carry it out\?[\s\S]*> Freehold's own engine/);
    terminal.keys("enter");
    await terminal.shows(/Type yes to set it up/);
  }

  async function withoutBudget(terminal: Terminal): Promise<void> {
    await terminal.shows(/\$ a month, or none: 5/);
    terminal.keys("ctrl-u");
    terminal.type("none\r");
  }

  describe.each([
    [80, 24],
    [120, 40],
    [40, 15],
  ])("at %ix%i", (cols, rows) => {
    // Whoever pays sees whose account it is, what comes into it and what it costs, before anything does.
    it("asks how to sign in and where, and shows the plan, its account and its cost as they are kept", async () => {
      const terminal = await begin(await signedIn(), { cols, rows });
      await terminal.shows(/Which way of signing in/);
      await matchesGolden(terminal, `setup-aws-ways-${cols}x${rows}`);
      terminal.keys("enter");
      await terminal.shows(/Region: eu-west-1/);
      await matchesGolden(terminal, `setup-aws-region-${cols}x${rows}`);
      terminal.keys("enter");
      await terminal.shows(/\$ a month, or none: 5/);
      await matchesGolden(terminal, `setup-aws-budget-${cols}x${rows}`);
      terminal.keys("enter");
      await terminal.shows(/Your address: /);
      terminal.type("me@example.com\r");
      await terminal.shows(/Which engine is to carry it out/);
      await matchesGolden(terminal, `setup-aws-engine-${cols}x${rows}`);
      terminal.keys("enter");
      await terminal.shows(/Type yes to set it up/);
      await matchesGolden(terminal, `setup-aws-plan-${cols}x${rows}`, [[/state-aws-[0-9a-f]+/g, "state-aws-ID"]]);
      expect(terminal.text().replace(/\s+/g, " ")).toMatch(
        /Account 123456789012, arn:\S+ ?\S*\. Idle it costs \$0\.00/,
      );
      for (const line of terminal.lines()) expect(line.length).toBeLessThanOrEqual(cols);
      expect(aws.count(mutating)).toBe(0);
    }, 120_000);
  });

  it("says what stops a way, takes only a region's name and only a yes, and then makes the cloud and goes home", async () => {
    const home = await signedIn();
    const terminal = await begin(home);
    await terminal.shows(/> default · profile[\s\S]*Account 123456789012/);
    terminal.keys("down");
    await terminal.shows(
      /> corp · IAM Identity Center[\s\S]*Cannot be used yet: Nobody\s+has signed in yet\. aws sso login/,
    );
    // Where enter would do nothing it is not offered; what was put right in another window is seen by r.
    expect(terminal.text()).not.toContain("sign in this way");
    await writeAws(home, "credentials", `[default]\n${keys}[later]\n${keys}[work]\n${keys}`);
    terminal.keys("enter", "r");
    await terminal.shows(/later · profile/);
    terminal.keys("down", "down", "down");
    await terminal.shows(/> work · profile/);
    terminal.keys("enter");
    await terminal.shows(/Region: +$/m);
    terminal.paste("here\n");
    await terminal.shows(/A region is written as eu-central-1/);
    terminal.keys("enter", "ctrl-u");
    terminal.type("eu-west-1\r");
    await terminal.shows(/\$ a month, or none: 5/);
    terminal.type("x\r");
    await terminal.shows(/An amount is written as 5 or 7\.50/);
    terminal.keys("ctrl-u");
    terminal.type("7.50\r");
    await terminal.shows(/Empty for no budget/);
    terminal.type("nobody\r");
    await terminal.shows(/An address is written as me@example\.com/);
    terminal.keys("ctrl-u", "enter");
    await terminal.shows(/Which engine is to carry it out/);
    terminal.keys("enter");
    await terminal.shows(/signed in by +profile work[\s\S]*Type yes to set it up/);
    terminal.type("no\r");
    await terminal.shows(/Only yes sets it up/);
    terminal.resize(50, 16);
    await terminal.shows(/\d+ lines; up and down scroll[\s\S]*Type yes to set it up: no/);
    terminal.resize(80, 24);
    expect(aws.count(mutating)).toBe(0);
    expect((await home.json("cloud", "ls")).clouds).toEqual([]);
    terminal.keys("ctrl-u");
    terminal.type("yes\r");
    await terminal.shows(/^ The cloud aws is ready\.\s+done/m, 120_000);
    terminal.keys("h");
    await terminal.shows(/aws · aws +0 apps[\s\S]*n install notes/);
    terminal.keys("q");
    expect(await terminal.exited).toBe(0);
    expect((await home.json("cloud", "ls")).clouds).toMatchObject([
      { name: "aws", target: "aws", region: "eu-west-1" },
    ]);
  }, 240_000);

  // Names of profiles and what is pasted are somebody else's words, here as on every other screen.
  it("shows nothing hostile, takes no paste for keys, and is whole after a storm of sizes, at each question", async () => {
    const home = await signedIn();
    await appendFile(join(home.dir, ".aws/config"), `[profile evil${hostile}]\nregion = eu-west-1\n`);
    await appendFile(join(home.dir, ".aws/credentials"), `[evil${hostile}]\n${keys}`);
    const terminal = await begin(home);
    const disturbed = async (shows: RegExp): Promise<void> => {
      await terminal.shows(shows);
      await storm(terminal, hostile, shows);
      for (const line of terminal.lines()) expect(line.length).toBeLessThanOrEqual(80);
      for (const bytes of ["\u001b]0;", "\u009b", "\u202e"]) expect(terminal.raw()).not.toContain(bytes);
      expect(aws.count(mutating)).toBe(0);
    };
    await disturbed(/Which way of signing in[\s\S]*evil/);
    terminal.keys("home", "enter");
    await disturbed(/Region: eu-west-1/);
    terminal.keys("ctrl-u");
    terminal.type("eu-west-1\r");
    await disturbed(/\$ a month, or none: 5/);
    terminal.keys("ctrl-u");
    terminal.type("none\r");
    await disturbed(/Which engine is to carry it out/);
    terminal.keys("enter");
    await disturbed(/Type yes to set it up/);
    terminal.keys("enter");
    await terminal.shows(/Only yes sets it up/);
    expect((await home.json("cloud", "ls")).clouds).toEqual([]);
  }, 120_000);

  // The same ways out as with flags (A1 to A4), and none of them a dead end: another way can be taken at once.
  // Recommended, and asked about before anything is made; the stand-in is our engine under another name.
  it("goes on with the Pulumi that is here when it is chosen", async () => {
    const home = await signedIn();
    const pulumi = await standInPulumi(home, "pulumi");
    home.env["PATH"] = [dirname(pulumi), home.env["PATH"]].join(delimiter);
    const terminal = await begin(home);
    await terminal.shows(/Which way of signing in/);
    terminal.keys("enter");
    await terminal.shows(/Region: eu-west-1/);
    terminal.keys("enter");
    await withoutBudget(terminal);
    await terminal.shows(/> the official Pulumi 3\.\d+\.\d+[\s\S]*is here/);
    terminal.keys("enter");
    await terminal.shows(/Type yes to set it up/);
    expect(aws.count(mutating)).toBe(0);
    terminal.type("yes\r");
    await terminal.shows(/goes on with aws from now on[\s\S]*aws is ready[\s\S]*enter install notes/, 120_000);
    terminal.keys("h");
    await terminal.shows(/n install notes/);
    expect(await home.json("engine", "status")).toMatchObject({ engine: "official", pulumi });
  }, 240_000);

  it("refuses root, and offers another way", async () => {
    const sts = await startSts("arn:aws:iam::111122223333:root");
    try {
      const terminal = await begin(await signedIn({ AWS_ENDPOINT_URL_STS: sts.endpoint }));
      await terminal.shows(/Account 111122223333,\s+arn:aws:iam::111122223333:root/);
      terminal.keys("enter");
      await terminal.shows(/root user[\s\S]*Next: aws\s+login[\s\S]*r try again {3}w another way/);
      terminal.keys("w");
      await terminal.shows(/Which way of signing in/);
    } finally {
      await sts.close();
    }
  }, 120_000);

  it("says which right the account lacks, and goes on from there when it has it", async () => {
    const home = await signedIn();
    const terminal = await begin(home);
    await toPlan(terminal);
    aws.plan([{ on: /Action=CreateRole&|Action=CreateRole$/, fault: denied("Action=CreateRole"), times: 100 }]);
    terminal.type("yes\r");
    await terminal.shows(/enter back/, 120_000);
    expect(terminal.all().join("\n")).toMatch(/AccessDenied|not allowed here/);
    aws.plan([]);
    terminal.keys("enter");
    await goesOn(terminal);
  }, 240_000);

  it("goes on from where it was when the app and the work are killed in the middle", async () => {
    const home = await signedIn();
    const first = await begin(home);
    await toPlan(first);
    first.type("yes\r");
    await first.has(/^ {2}\+ provider aws +created|working on foundation/m, 120_000);
    const below = descendants(first.pid);
    expect(below.length).toBeGreaterThan(0);
    first.kill("SIGKILL");
    await first.exited;
    for (const { pid } of below) process.kill(pid, "SIGKILL");
    await goesOn(openFreehold(home, []));
  }, 240_000);

  /** From a home whose cloud is half made. */
  async function goesOn(terminal: Terminal): Promise<void> {
    await terminal.shows(/aws · aws +0 apps[\s\S]*setup is not finished[\s\S]*enter go on with setup/);
    terminal.keys("enter");
    await terminal.shows(/The cloud aws is ready\.[\s\S]*h home/, 120_000);
    terminal.keys("h");
    await terminal.shows(/n install notes/);
  }
});
