/**
 * Accounts for others in the terminal app, against moto: which there are, and the questions that making and closing one
 * asks on a terminal. A no at any of them changes nothing.
 */
import { Organizations } from "@aws-sdk/client-organizations";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { type Home, withHome } from "../support/home.ts";
import { type Moto, startMoto } from "../support/moto.ts";
import { changesSeen } from "../support/oracle.ts";
import { organization } from "../support/organization.ts";
import { closeTerminals, matchesGoldenAtEachSize, openFreehold, type Terminal } from "../support/terminal.ts";
import { missing, motoServer } from "../support/tools.ts";

const hostile = "\u001b]0;owned\u0007\u001b[2J\u009b31m\u202etitle";

describe.skipIf(missing(motoServer(), "moto_server"))("accounts, in a terminal", { timeout: 240_000 }, () => {
  let moto: Moto;
  let proxy: Awaited<ReturnType<typeof startFaultProxy>>;
  let home: Home;
  let aws: Organizations;
  const anna = ["accounts", "new", "anna", "--email", "anna@family.example"];
  const closes = ["accounts", "close", "anna", "--to", "out"];

  beforeAll(async () => {
    moto = await startMoto();
    const credentials = { accessKeyId: "testing", secretAccessKey: "testing" };
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
