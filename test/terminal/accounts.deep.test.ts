/**
 * Accounts for others in the terminal app, against moto: which there are, and the questions that making and closing one
 * asks on a terminal. A no at any of them changes nothing.
 */
import { Organizations } from "@aws-sdk/client-organizations";
import { STSClient } from "@aws-sdk/client-sts";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { accessKeysWritten } from "../support/access-keys.ts";
import { writeAws } from "../support/aws-setup.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { type Home, withHome } from "../support/home.ts";
import { type Moto, startMoto } from "../support/moto.ts";
import { changesSeen } from "../support/oracle.ts";
import { organization } from "../support/organization.ts";
import { factor, startSecondFactor } from "../support/second-factor.ts";
import { closeTerminals, matchesGoldenAtEachSize, openFreehold, type Terminal } from "../support/terminal.ts";
import { missing, motoServer } from "../support/tools.ts";

const hostile = "\u001b]0;owned\u0007\u001b[2J\u009b31m\u202etitle";

describe.skipIf(missing(motoServer(), "moto_server"))("accounts, in a terminal", { timeout: 240_000 }, () => {
  let moto: Moto;
  let proxy: Awaited<ReturnType<typeof startFaultProxy>>;
  let home: Home;
  let aws: Organizations;
  const credentials = { accessKeyId: "testing", secretAccessKey: "testing" };
  const anna = ["accounts", "new", "anna", "--email", "anna@family.example"];
  const closes = ["accounts", "close", "anna", "--to", "out"];

  beforeAll(async () => {
    moto = await startMoto();
    aws = new Organizations({ endpoint: moto.endpoint, region: "us-east-1", credentials });
    proxy = await startFaultProxy(moto.endpoint, organization(moto.endpoint, []));
    home = await withHome({
      env: {
        ...{ AWS_ENDPOINT_URL: proxy.endpoint, AWS_EC2_METADATA_DISABLED: "true" },
        ...{ AWS_ACCESS_KEY_ID: "testing", AWS_SECRET_ACCESS_KEY: "testing" },
      },
    });
    await home.freehold("setup", "--target", "aws", "--name", "pay", "--region", "eu-west-1", "--yes");
  }, 120_000);
  afterEach(closeTerminals);
  afterAll(async () => {
    aws?.destroy();
    await home?.close();
    await proxy?.close();
    await moto?.close();
  });

  const accountsOf = async () => (await aws.listAccounts({})).Accounts ?? [];

  async function accounts(): Promise<Terminal> {
    const terminal = openFreehold(home, []);
    await terminal.shows(/pay · aws[\s\S]*a accounts/);
    terminal.keys("a");
    await terminal.shows(/freehold {2}accounts[\s\S]*n new {3}x close/);
    return terminal;
  }

  const atEachSize = (terminal: Terminal, name: string, shows: RegExp): Promise<void> =>
    matchesGoldenAtEachSize(terminal, name, shows, [
      [/\b\d{12}\b/g, "ACCOUNT"],
      [/\b\d{4}-\d\d-\d\d\b/g, "DATE"],
    ]);

  // A no is one: neither an organization nor an account comes of it.
  it("asks for the organization and for the account, and makes neither without a yes to both", async () => {
    proxy.plan([]);
    const first = openFreehold(home, anna);
    await first.has(/no organization yet[\s\S]*Make an organization that account 123456789012 pays for\? \[y\/N\]/);
    first.type("\r");
    expect(await first.exited).not.toBe(0);
    const second = openFreehold(home, anna);
    await second.has(/Make an organization/);
    second.type("y\r");
    await second.has(/an AWS account anna with\s+the\s+address[\s\S]*only closed\. \[y\/N\]/);
    second.type("n\r");
    expect(await second.exited).not.toBe(0);
    expect(changesSeen(proxy)).toEqual([]);
    await expect(aws.describeOrganization({})).rejects.toThrow();
  });

  it("says that there is none, and takes the command from there to a cloud of its own", async () => {
    const terminal = await accounts();
    await terminal.shows(/No organization yet/);
    await atEachSize(terminal, "accounts-none", /n new/);
    terminal.keys("n");
    await terminal.shows(/ : accounts new/);
    terminal.type("anna --email anna@family.example\r");
    await terminal.has(/Make an organization/);
    terminal.type("y\r");
    await terminal.has(/only closed\. \[y\/N\]/);
    terminal.type("y\r");
    await terminal.shows(/freehold {2}accounts[\s\S]*anna +\d{12} +active +cloud anna/, 180_000);
    await atEachSize(terminal, "accounts", /n new/);
    expect((await accountsOf()).map(({ Name }) => Name)).toContain("anna");
  });

  // Whoever has an account of the organization says what it is called.
  it("shows nothing hostile of an account's name", async () => {
    await aws.createAccount({ AccountName: `evil${hostile}`, Email: "evil@family.example" });
    const terminal = await accounts();
    await terminal.shows(/eviltitle +\d{12} +active/);
    for (let at = 0; at < 40; at++) terminal.resize(40 + (at % 7) * 13, 12 + (at % 5) * 6);
    terminal.paste(`q\r\n${hostile}\u0003`);
    terminal.resize(80, 24);
    await terminal.shows(/freehold {2}accounts/);
    for (const bytes of ["\u001b]0;", "\u009b", "\u202e"]) expect(terminal.raw()).not.toContain(bytes);
  });

  // Who pays for others may well sign in with a phone beside: to the payer's cloud, and through it to every member's.
  it("asks for the code of the payer's second factor over any screen, once, and on the terminal for a member's cloud", async () => {
    proxy.plan([]);
    const by = new STSClient({ endpoint: moto.endpoint, region: "eu-west-1", credentials });
    const sts = await startSecondFactor(proxy.endpoint, by, /role\/phone$/);
    const phone = await withHome({ env: { AWS_ENDPOINT_URL: sts.endpoint, AWS_EC2_METADATA_DISABLED: "true" } });
    const question = /Code of\s+arn:aws:iam::123456789012:mfa\/ada,\s+for\s+the\s+profile\s+phone:[\s\S]*enter sign in/;
    const code = (now: string, text: string): void => {
      sts.state.code = now;
      app.type(text);
    };
    let app: Terminal;
    try {
      const base = "[profile base]\naws_access_key_id = testing\naws_secret_access_key = testing\n";
      const role = "role_arn = arn:aws:iam::123456789012:role/phone\nsource_profile = base";
      await writeAws(phone, "config", `${base}[profile phone]\nregion = eu-west-1\n${role}\nmfa_serial = ${factor}\n`);
      app = openFreehold(phone, []);
      await app.shows(/Where is it to be\?/);
      app.keys("down", "enter");
      await app.shows(/Name: aws/);
      app.keys("ctrl-u");
      app.type("pay\r");
      await app.shows(/> phone · a role/);
      app.keys("enter");
      await app.shows(question);
      await matchesGoldenAtEachSize(app, "second-factor", question);
      app.resize(80, 24);
      app.paste(`q\r\n${hostile}\u0003`);
      await app.shows(/Code: q[\s\S]*A code is six digits/);
      for (const bytes of ["\u001b]0;", "\u009b", "\u202e"]) expect(app.raw()).not.toContain(bytes);
      app.keys("ctrl-u");
      code("234567", "123456\r");
      await app.shows(/AWS did not take that one\.\s+Code of/);
      // Turned down is what the command was, and no more: it can be asked again, and another way be taken.
      app.keys("esc");
      await app.shows(/r try again {3}w another way/);
      expect(sts.state.asked).toEqual(["123456"]);
      app.keys("r");
      await app.shows(question);
      app.type("234567\r");
      await app.shows(/pay · aws/, 120_000);
      app.keys("a");
      await app.shows(/freehold {2}accounts[\s\S]*anna +\d{12} +active/);
      expect(sts.state.asked).toEqual(["123456", "234567"]);
      app.keys("q");
      expect(await app.exited).toBe(0);

      for (const args of [[...anna, "--cloud", "pay"], ["status"]]) {
        const refused = await phone.attempt(...args);
        expect([refused.code, refused.stderr]).toEqual([6, expect.stringContaining("wants one with every use")]);
      }
      app = openFreehold(phone, [...anna, "--cloud", "pay"]);
      await app.has(/for\s+the\s+profile\s+phone:/);
      code("345678", "345678\r");
      expect(await app.exited).toBe(0);
      app = openFreehold(phone, ["--cloud", "anna"]);
      await app.shows(question);
      app.keys("esc");
      await app.shows(/anna · aws[\s\S]*As last seen/);
      app.keys("r");
      await app.shows(question);
      code("456789", "456789\r");
      await app.shows(/anna · aws(?![\s\S]*As last seen)/);
      expect(sts.state.asked.slice(2)).toEqual(["345678", "456789"]);
      expect(await accessKeysWritten(phone)).toEqual([]);
    } finally {
      by.destroy();
      await phone.close();
      await sts.close();
    }
  });

  it("closes one only when its name is typed", async () => {
    proxy.plan([]);
    const wrong = openFreehold(home, closes);
    await wrong.has(/exported first[\s\S]*Type its name to close it:/);
    wrong.type("anne\r");
    expect([await wrong.exited, changesSeen(proxy)]).toEqual([2, []]);
    const right = openFreehold(home, closes);
    await right.has(/Type its name to close it:/);
    right.type("anna\r");
    expect(await right.exited).toBe(0);
    expect((await accountsOf()).find(({ Name }) => Name === "anna")?.Status).toBe("SUSPENDED");
  });
});
