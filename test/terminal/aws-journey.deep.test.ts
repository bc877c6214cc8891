/**
 * A cloud of one's own in AWS from nothing to nothing again, by keys alone in one real terminal against moto: setup with
 * region, budget and engine, an app of a catalog, a name for it and for sign-in, an upgrade, its end and the cloud's. By flags and
 * with failures it is in e2e/aws-journey-calls.deep.test.ts.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { CreateHostedZoneCommand, Route53Client } from "@aws-sdk/client-route-53";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accessKeysWritten } from "../support/access-keys.ts";
import type { ClientConfig } from "../support/aws.ts";
import { writeAws } from "../support/aws-setup.ts";
import { startBudgets } from "../support/budgets.ts";
import { changeFile, copyCounter } from "../support/counter.ts";
import { everything } from "../support/everything.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { type Home, withHome } from "../support/home.ts";
import { leads, tagged } from "../support/leads.ts";
import { type Moto, startMoto } from "../support/moto.ts";
import { closeTerminals, openFreehold, type Terminal } from "../support/terminal.ts";
import { missing, motoServer } from "../support/tools.ts";

describe.skipIf(missing(motoServer(), "moto_server"))("a whole life in AWS, by keys", { timeout: 180_000 }, () => {
  let moto: Moto;
  let budgets: Awaited<ReturnType<typeof startBudgets>>;
  let leading: Awaited<ReturnType<typeof startFaultProxy>>;
  let aws: Awaited<ReturnType<typeof startFaultProxy>>;
  let config: ClientConfig;
  let home: Home;
  let terminal: Terminal;
  let before: string[];
  /** The cloud's first role, kept back until somebody has left and come again. */
  let making: ReturnType<typeof aws.hold>;

  beforeAll(async () => {
    moto = await startMoto();
    budgets = await startBudgets(moto.endpoint);
    leading = await startFaultProxy(budgets.endpoint);
    leading.plan([leads, tagged]);
    aws = await startFaultProxy(leading.endpoint);
    const credentials = { accessKeyId: "testing", secretAccessKey: "testing" };
    config = { endpoint: moto.endpoint, region: "eu-west-1", credentials };
    await new Route53Client(config).send(new CreateHostedZoneCommand({ Name: "example.com", CallerReference: "one" }));
    before = await everything(config);
    home = await withHome({ env: { AWS_ENDPOINT_URL: aws.endpoint, AWS_EC2_METADATA_DISABLED: "true" } });
    const keys = "aws_access_key_id = testing\naws_secret_access_key = testing\n";
    await writeAws(home, "credentials", `[default]\n${keys}[work]\n${keys}`);
    await writeAws(home, "config", "[default]\nregion = eu-west-1\n");
    mkdirSync(join(home.dir, "anns"));
    await copyCounter(join(home.dir, "anns"));
    terminal = openFreehold(home, [], { patienceMs: 90_000 });
  });
  afterAll(async () => {
    await closeTerminals();
    await home?.close();
    await aws?.close();
    await leading?.close();
    await budgets?.close();
    await moto?.close();
  });

  /** A whole command line, as the palette takes it; back at home when it has ended. */
  async function command(line: string, says: RegExp): Promise<void> {
    terminal.keys(":");
    await terminal.shows(/freehold {2}command/);
    terminal.type(`${line}\r`);
    await terminal.has(says);
    await terminal.shows(/ freehold {2}aws · aws/);
  }

  // One after the other, as a person lives with a cloud: each step begins where the one before it has ended.
  it("begins with a cloud: where, by whom, with which budget and engine, and a yes below what it costs", async () => {
    await terminal.shows(/Where is it to be\?/);
    terminal.keys("down", "enter");
    await terminal.shows(/Name: aws/);
    terminal.keys("enter");
    await terminal.shows(/> default · profile[\s\S]*Account 123456789012/);
    terminal.keys("enter");
    await terminal.shows(/Region: eu-west-1/);
    terminal.keys("enter");
    await terminal.shows(/\$ a month, or none: 5/);
    terminal.keys("ctrl-u");
    terminal.type("7\r");
    await terminal.shows(/Your address: /);
    terminal.type("me@example.com\r");
    await terminal.shows(/Which engine is to carry it out\?[\s\S]*> Freehold's own engine/);
    terminal.keys("enter");
    await terminal.shows(/Type yes to set it up/);
    expect(await everything(config)).toEqual(before);
    making = aws.hold(/Action=CreateRole/);
    terminal.type("yes\r");
  });

  // Left, it goes on; the key that would begin it leads back to it.
  it("can be left while it is made, and watched again with one key", async () => {
    await making.reached;
    terminal.keys("d");
    await terminal.shows(/Its setup is under way\. Enter shows it\.[\s\S]*enter watch it/);
    terminal.keys("enter");
    await terminal.shows(/setup, under way[\s\S]*d leave it running/);
    making.release();
    await terminal.shows(/The cloud aws is ready\.[\s\S]*h home/);
    const all = terminal.all().join("\n");
    expect(new Set(all.match(/\d{8}-\d{6}-setup-[0-9a-f]{6}/g)).size).toBe(1);
    expect(all.match(/^ {2}succeeded, /gm)).toHaveLength(1);
    expect([...budgets.all.values()].map(({ budget }) => budget["BudgetLimit"])).toEqual([
      { Amount: expect.stringMatching(/^7(\.0+)?$/), Unit: "USD" },
    ]);
    terminal.keys("h");
    await terminal.shows(/aws · aws +0 apps[\s\S]*Nothing is installed/);
  });

  it("gets an app of somebody's catalog, once what it may reach was accepted", async () => {
    await command("catalog build anns", /catalog\.json/);
    await command("catalog add ./anns", /anns/);
    terminal.keys("b");
    terminal.type("counter");
    await terminal.shows(/Search: counter[\s\S]*> .*counter/);
    terminal.keys("enter");
    await terminal.shows(/anns\/counter[\s\S]*i install/);
    terminal.keys("i");
    await terminal.shows(/> Name +counter[\s\S]*i install/);
    terminal.keys("i");
    await terminal.shows(/install counter · asks first[\s\S]*Type yes to accept this/);
    terminal.type("yes\r");
    await terminal.shows(/counter is up at\s+https?:\S+[\s\S]*enter the app/);
    terminal.keys("enter");
    await terminal.shows(/counter · overview[\s\S]*state +running[\s\S]*n names/);
  });

  it("gets a name of its owner's, and sign-in one along with it", async () => {
    terminal.keys("n");
    await terminal.shows(/No name of your own yet/);
    terminal.keys("a");
    await terminal.shows(/add a name to counter[\s\S]*enter take it/);
    terminal.type("counter.example.com\r");
    await terminal.shows(/\$ freehold domain add counter counter\.example\.com/);
    terminal.keys("i");
    await terminal.shows(/counter is up at\s+https:\/\/counter\.example\.com\/[\s\S]*enter names/);
    terminal.keys("enter");
    await terminal.shows(/> counter\.example\.com +issued until/);
    terminal.keys("s");
    await terminal.shows(/signin · names +1 name\b[\s\S]*> signin\.example\.com +issued until/);
    terminal.keys("esc");
    await terminal.shows(/counter · overview[\s\S]*names +counter\.example\.com/);
    expect((await home.json("domain", "ls")).domains.map(({ host, state }: any) => [host, state])).toEqual([
      ["counter.example.com", "ready"],
      ["signin.example.com", "ready"],
    ]);
  });

  it("is upgraded when its catalog has a newer version, and keeps its name", async () => {
    // Through the card and the list it was found by.
    for (const shows of [/anns\/counter[\s\S]*i install/, /browse[\s\S]*> .*counter/, / > counter +1\.0\.0/]) {
      terminal.keys("esc");
      await terminal.shows(shows);
    }
    await changeFile(join(home.dir, "anns/counter/blueprint.yaml"), (text) =>
      text.replace("version: 1.0.0", "version: 1.1.0").replace("memory: 256 MB", "memory: 512 MB"),
    );
    await command("catalog build anns", /catalog\.json[\s\S]*catalog\.json/);
    await command("catalog refresh", /anns/);
    await terminal.shows(/> counter +1\.0\.0 +update to 1\.1\.0[\s\S]*u upgrade/);
    const changing = aws.hold(/^PUT \/2015-03-31\/functions\/[^/]+\/configuration/);
    terminal.keys("u");
    await changing.reached;
    terminal.keys("d");
    await terminal.shows(/> counter +1\.\d\.0 +at work[\s\S]*w watch it/);
    // Asked for once more it is not begun once more.
    terminal.keys("u");
    await terminal.shows(/Another operation is under way[\s\S]*enter watch it/);
    terminal.keys("enter");
    await terminal.shows(/upgrade, under way[\s\S]*d leave it running/);
    changing.release();
    await terminal.shows(/counter is up at\s+https:\/\/counter\.example\.com\/[\s\S]*enter the app/);
    terminal.keys("enter");
    await terminal.shows(/counter · overview[\s\S]*names +counter\.example\.com[\s\S]*version +1\.1\.0/);
    terminal.keys("esc");
  });

  it("goes with its data and its name when its own name is typed", async () => {
    await terminal.shows(/ > counter +1\.1\.0/);
    terminal.keys("x");
    await terminal.shows(/remove counter[\s\S]*name\s+\(counter\.example\.com\)[\s\S]*counts \(DynamoDB table\)/);
    terminal.keys("tab");
    await terminal.shows(/deleted\s+for ever/);
    terminal.type("counter\r");
    await terminal.has(/counter is removed\./);
    terminal.keys("enter");
    await terminal.shows(/aws · aws +0 apps[\s\S]*Nothing is installed/);
    expect((await everything(config)).filter((line) => /\bcounter\b/.test(line))).toEqual([]);
  });

  it("and the cloud goes after a yes, sign-in's name with it, until the account is as it was", async () => {
    terminal.keys(":");
    await terminal.shows(/freehold {2}command/);
    terminal.type("destroy --all --data delete\r");
    await terminal.has(/Remove all apps, the foundation and all backups\?[\s\S]*\[y\/N\]/);
    terminal.type("y\r");
    await terminal.has(/The cloud aws is gone\./);
    await terminal.shows(/Where is it to be\?/);
    terminal.keys("q");
    expect(await terminal.exited).toBe(0);
    expect([await everything(config), budgets.all.size]).toEqual([before, 0]);
    expect(await accessKeysWritten(home)).toEqual([]);
  });
});
