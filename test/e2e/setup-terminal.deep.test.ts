/**
 * `setup` on a real terminal: it asks one thing at a time, shows what it would do before it does it, and a no changes
 * nothing. On this computer, and in AWS (a local cloud's) with two profiles to choose from.
 */
import { STSClient } from "@aws-sdk/client-sts";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { accessKeysWritten } from "../support/access-keys.ts";
import { startAwsWithBadDays, writeAws } from "../support/aws-setup.ts";
import { copyCounter } from "../support/counter.ts";
import { type Home, withHome } from "../support/home.ts";
import { allow, createRole, createUser, trust } from "../support/identity.ts";
import { mutating } from "../support/oracle.ts";
import { factor, startSecondFactor } from "../support/second-factor.ts";
import { closeTerminals, openFreehold, type Terminal } from "../support/terminal.ts";

let aws: Awaited<ReturnType<typeof startAwsWithBadDays>>;
let home: Home;

beforeAll(async () => {
  aws = await startAwsWithBadDays();
  home = await withHome({ env: { AWS_ENDPOINT_URL: aws.proxy.endpoint, AWS_EC2_METADATA_DISABLED: "true" } });
  const { accessKeyId, secretAccessKey } = aws.cloud.credentials;
  const keys = `aws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;
  await writeAws(home, "config", "[profile work]\nregion = eu-west-1\n");
  await writeAws(home, "credentials", `[old]\naws_access_key_id = AKIAX\naws_secret_access_key = y\n[work]\n${keys}`);
}, 60_000);
afterEach(closeTerminals);
afterAll(async () => {
  await home?.close();
  await aws?.close();
});

const setup = (...args: string[]) =>
  openFreehold(home, ["setup", ...args], { cols: 110, rows: 45, patienceMs: 60_000 });

// Everything up to the agreement is only looked at: a person may turn round at any question.
it("in AWS: asks how to sign in, where, and whether; a no leaves nothing behind", { timeout: 180_000 }, async () => {
  aws.proxy.plan([]);
  const terminal = setup();
  await terminal.until("the first question", () => terminal.text().includes("in your AWS account [1]:"));
  terminal.type("2\r");
  await terminal.until("the name", () => terminal.text().includes("Its name [aws]:"));
  terminal.type("work\r");
  await terminal.until("the ways", () => terminal.text().includes("Which one, 1 to 2"));
  expect(terminal.text()).toMatch(/1 {2}old · profile[\s\S]*cannot be used yet[\s\S]*2 {2}work · profile/);
  terminal.type("2\r");
  await terminal.until("the region", () => terminal.text().includes("Which region of AWS [eu-west-1]:"));
  terminal.type("\r");
  await terminal.until("the budget", () => terminal.text().includes("mail you, in $, or none [5]:"));
  terminal.type("five\r");
  await terminal.until("the budget again", () => terminal.text().split("mail you, in $").length === 3);
  terminal.type("\r");
  await terminal.until("whom to mail", () => terminal.text().includes("Your address"));
  terminal.type("me@example.com\r");
  await theEmbedded(terminal);
  await terminal.until("the agreement", () => terminal.text().includes("Set it up? [y/N]"));
  expect(terminal.text()).toMatch(
    /account {7}123456789012[\s\S]*creates[\s\S]*budget budget[\s\S]*idle {10}\$0\.00 a month[\s\S]*mails me@example\.com/,
  );
  terminal.type("\r");
  expect(await terminal.exited).toBe(1);
  expect(aws.proxy.count(mutating)).toBe(0);
  expect((await home.json("cloud", "ls")).clouds).toEqual([]);
});

/** Nothing is fetched in a test. */
async function theEmbedded(terminal: Terminal): Promise<void> {
  await terminal.until("the engine", () => /recommended in AWS[\s\S]*\[(Y\/n|y\/N)\]/.test(terminal.text()));
  terminal.type("n\r");
}

it("in AWS: a yes makes it, and the profile that was chosen counts from then on", { timeout: 180_000 }, async () => {
  // As in a new account: whether AWS is to be asked for more is a question of its own, and no other yes answers it.
  aws.account.state.concurrency = 10;
  const terminal = setup("--target", "aws", "--name", "work", "--profile", "work", "--region", "eu-west-1");
  await terminal.until("the budget", () => terminal.text().includes("mail you, in $, or none [5]:"));
  terminal.type("none\r");
  await theEmbedded(terminal);
  await terminal.until("the agreement", () => terminal.text().includes("Set it up? [y/N]"));
  terminal.type("y\r");
  await terminal.until("the other question", () => terminal.text().includes("Ask AWS for more functions at once"));
  expect(aws.proxy.count(mutating)).toBe(0);
  terminal.type("y\r");
  expect(await terminal.exited).toBe(0);
  expect(await home.json("engine", "status", "--cloud", "work")).toMatchObject({
    engine: "embedded",
    recommended: "official",
  });
  expect(terminal.all().join("\n")).toContain("The cloud work is ready.");
  expect(terminal.all().join(" ").replace(/\s+/g, " ")).toMatch(/AWS was asked for 1000 on \S+ and has not answered/);
  expect(aws.account.state.requests).toHaveLength(1);
  // Keys of nobody in the environment do not come before what was chosen.
  Object.assign(home.env, { AWS_ACCESS_KEY_ID: "AKIANOBODY", AWS_SECRET_ACCESS_KEY: "x" });
  expect((await home.json("status", "--cloud", "work")).running).toBe(true);
  // Another way of signing in takes its place only when it leads to the same account.
  expect(await home.attempt("setup", "--name", "work", "--profile", "old")).toMatchObject({ code: 6 });
  expect((await home.json("status", "--cloud", "work")).running).toBe(true);
});

// A phone's code is what most companies want; it is asked for while somebody is there, and what it opens is in no file.
it("in AWS: a role that wants a code of a second factor asks for it, once a command", {
  timeout: 180_000,
}, async () => {
  const person = await createUser(aws.cloud, allow("sts:AssumeRole"));
  const role = await createRole(aws.cloud, trust({ AWS: person.arn }), [allow("*")]);
  const { accessKeyId, secretAccessKey } = person.config.credentials;
  const base = `[profile base]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;
  const coded = `[profile phone]\nrole_arn = ${role}\nsource_profile = base\nmfa_serial = ${factor}\n`;
  await writeAws(home, "config", `[profile work]\nregion = eu-west-1\n${base}${coded}`);
  const sts = await startSecondFactor(aws.proxy.endpoint, new STSClient(person.config));
  const question = `Code of ${factor}, for the profile phone:`;
  const seen = (terminal: Terminal): string => terminal.all().join(" ").replace(/\s+/g, " ");
  try {
    home.env["AWS_ENDPOINT_URL"] = sts.endpoint;
    const change = setup("--name", "work", "--profile", "phone");
    await change.until("the code", () => seen(change).includes(question));
    change.type("123456\r");
    await change.until("the code again", () => seen(change).includes(`AWS did not take that one. ${question}`));
    sts.state.code = "234567";
    change.type("234567\r");
    expect(await change.exited).toBe(0);
    expect(sts.state.asked).toEqual(["123456", "234567"]);
    for (const args of [["status"], ["setup", "--name", "work", "--yes"], ["up", "--json"]]) {
      const refused = await home.attempt(...args, "--cloud", "work");
      expect(refused.code, refused.stderr).toBe(6);
      expect(refused.stdout + refused.stderr).toMatch(/The profile phone wants one with every use/);
    }
    expect(sts.state.asked).toHaveLength(2);
    await copyCounter(home.dir);
    sts.state.code = "345678";
    const up = openFreehold(home, ["up", "./counter", "--cloud", "work"], { cols: 110, rows: 45, patienceMs: 60_000 });
    await up.until("the code", () => seen(up).includes(question));
    up.type("345678\r");
    expect(await up.exited).toBe(0);
    expect(sts.state.asked).toHaveLength(3);
    expect(await accessKeysWritten(home)).toEqual([]);
    // It is suggested before keys that nothing ends, and asked for once it was chosen; no answer is a no.
    const another = setup("--target", "aws", "--name", "another");
    await another.until("the ways", () => another.text().includes("Which one, 1 to 5 [4]"));
    expect(seen(another)).toMatch(/phone · a role .{0,200}asked for on a terminal/);
    another.type("\r");
    await another.until("the code", () => seen(another).includes(question));
    another.type("\r");
    expect(await another.exited).toBe(1);
    const none = openFreehold(home, ["status", "--cloud", "work"], { cols: 110, rows: 45, patienceMs: 60_000 });
    await none.until("the code", () => seen(none).includes(question));
    none.type("\r");
    expect(await none.exited).toBe(1);
    expect(sts.state.asked).toHaveLength(3);
  } finally {
    home.env["AWS_ENDPOINT_URL"] = aws.proxy.endpoint;
    await sts.close();
  }
});

it("on this computer: name, time zone, foundation, and an app with its link", { timeout: 180_000 }, async () => {
  const started = performance.now();
  const terminal = setup("--target", "local");
  await terminal.until("the name", () => terminal.text().includes("Its name [home]:"));
  terminal.type("\r");
  await terminal.until("the app", () => terminal.text().includes("Install the app notes in it now? [Y/n]"));
  expect(terminal.all().join("\n")).toMatch(/Times of day are of \S+, this computer's time zone/);
  terminal.type("\r");
  expect(await terminal.exited).toBe(0);
  expect(terminal.all().join("\n")).toMatch(/notes is up at http:\/\/notes--home\.localhost:\d+\/\s+signed in, once/);
  // What a slow machine has for all of it; nobody here takes time to type.
  expect(performance.now() - started).toBeLessThan(30_000);
  // A second one asks nothing and changes nothing.
  const again = setup("--name", "home");
  expect(await again.exited).toBe(0);
  expect(again.all().join("\n")).not.toContain("?");
});
