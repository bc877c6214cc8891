/**
 * `setup` on a real terminal: it asks one thing at a time, shows what it would do before it does it, and a no changes
 * nothing. On this computer, and in AWS (a local cloud's) with two profiles to choose from.
 */
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { startAwsWithBadDays, writeAws } from "../support/aws-setup.ts";
import { type Home, withHome } from "../support/home.ts";
import { mutating } from "../support/oracle.ts";
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
