/**
 * Names of one's own by keys alone, on a real terminal against moto: what is in the way is asked about, the record that
 * somebody has to write stands there while it is waited for, and a name goes only when it is typed.
 */
import { ACMClient, ListCertificatesCommand } from "@aws-sdk/client-acm";
import { ChangeResourceRecordSetsCommand, CreateHostedZoneCommand, Route53Client } from "@aws-sdk/client-route-53";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { ClientConfig } from "../support/aws.ts";
import { type CloudflareFake, type FakeZone, startCloudflare } from "../support/cloudflare.ts";
import { copyCounter } from "../support/counter.ts";
import { startDns } from "../support/dns.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { type Home, withHome } from "../support/home.ts";
import { leads } from "../support/leads.ts";
import { startMoto } from "../support/moto.ts";
import { changesSeen } from "../support/oracle.ts";
import { closeTerminals, matchesGoldenAtEachSize, openFreehold, storm, type Terminal } from "../support/terminal.ts";
import { missing, motoServer } from "../support/tools.ts";

const host = "counter.example.com";
const byHand = "counter.elsewhere.org";
const hostile = "\u001b]0;owned\u0007\u001b[2J\u009b31m\u202etitle";

describe.skipIf(missing(motoServer(), "moto_server"))("names of one's own, by keys", { timeout: 240_000 }, () => {
  let moto: Awaited<ReturnType<typeof startMoto>>;
  let proxy: Awaited<ReturnType<typeof startFaultProxy>>;
  let dns: Awaited<ReturnType<typeof startDns>>;
  let config: ClientConfig;
  let home: Home;
  let zoneId: string;
  let cloudflare: CloudflareFake;
  let zone: FakeZone;
  let [weak, token] = ["", ""];

  beforeAll(async () => {
    [moto, dns, cloudflare] = await Promise.all([startMoto(), startDns(), startCloudflare()]);
    zone = cloudflare.addZone("example.net", { id: "a1", name: "Home" });
    weak = cloudflare.addToken({ zones: [zone.id], scopes: ["Zone:Read"] });
    token = cloudflare.addToken({ zones: [zone.id], scopes: ["Zone:Read", "DNS:Edit"] });
    dns.nameServers.set("example.net", "ada.ns.cloudflare.com");
    const credentials = { accessKeyId: "testing", secretAccessKey: "testing" };
    config = { endpoint: moto.endpoint, region: "eu-west-1", credentials };
    proxy = await startFaultProxy(moto.endpoint);
    proxy.plan([leads]);
    home = await withHome({
      env: {
        ...{ AWS_ENDPOINT_URL: proxy.endpoint, AWS_ACCESS_KEY_ID: "testing", AWS_SECRET_ACCESS_KEY: "testing" },
        ...{ FREEHOLD_DNS_SERVERS: dns.server, CLOUDFLARE_BASE_URL: cloudflare.endpoint },
      },
    });
    await copyCounter(home.dir);
    const hosted = { Name: "example.com", CallerReference: "one" };
    zoneId = (await new Route53Client(config).send(new CreateHostedZoneCommand(hosted))).HostedZone!.Id!;
    await home.freehold("setup", "--target", "aws", "--name", "work", "--region", "eu-west-1", "--yes");
    await home.freehold("up", "./counter");
  }, 120_000);
  afterEach(closeTerminals);
  afterAll(async () => {
    await home?.close();
    await proxy?.close();
    await Promise.all([moto?.close(), dns?.close(), cloudflare?.close()]);
  });

  const listed = async (): Promise<any[]> => (await home.json("domain", "ls")).domains;
  /** Somebody's site is there already. */
  const leadsElsewhere = (Name: string, Value: string) => {
    const set = { Name, Type: "A" as const, TTL: 60, ResourceRecords: [{ Value }] };
    const ChangeBatch = { Changes: [{ Action: "CREATE" as const, ResourceRecordSet: set }] };
    return new Route53Client(config).send(new ChangeResourceRecordSetsCommand({ HostedZoneId: zoneId, ChangeBatch }));
  };
  const certificates = async (): Promise<number> =>
    (await new ACMClient(config).send(new ListCertificatesCommand({}))).CertificateSummaryList?.length ?? 0;

  /** From home to the names of the app. */
  async function names(): Promise<Terminal> {
    const terminal = openFreehold(home, []);
    await terminal.shows(/> counter/);
    terminal.keys("enter");
    await terminal.shows(/counter · overview[\s\S]*n names/);
    terminal.keys("n");
    await terminal.shows(/counter · names +\d names?/);
    return terminal;
  }

  /** The form, filled in: sign-in stays where it is. */
  async function fillIn(terminal: Terminal, name: string): Promise<void> {
    terminal.keys("a");
    await terminal.shows(/add a name to counter[\s\S]*enter take it/);
    terminal.type(`${name}\r`);
    await terminal.shows(/i add it/);
    terminal.keys("down", "down", "down", "enter");
    await terminal.shows(/enter take it/);
    terminal.type("keep\r");
    await terminal.shows(new RegExp(`\\$ freehold domain add counter ${name}\\s+--signin keep`));
  }

  // A person may have a site there: nothing is begun before somebody has seen it and said yes.
  it("asks before a record that is there goes, keeps what was typed, and comes in one step after a yes", async () => {
    await leadsElsewhere(host, "192.0.2.7");
    const terminal = await names();
    await terminal.shows(/No name of your own yet/);
    await fillIn(terminal, host);
    await matchesGoldenAtEachSize(terminal, "name-add", /i add it/);
    proxy.plan([leads]);
    terminal.keys("i");
    await terminal.shows(/The name leads somewhere already[\s\S]*192\.0\.2\.7[\s\S]*y yes/);
    await matchesGoldenAtEachSize(terminal, "name-in-the-way", /y yes/);
    terminal.keys("esc");
    await terminal.shows(/\$ freehold domain add counter counter\.example\.com/);
    expect([changesSeen(proxy), await certificates()]).toEqual([[], 0]);
    terminal.keys("i");
    await terminal.shows(/y yes/);
    terminal.keys("y");
    await terminal.shows(/counter is up at https:\/\/counter\.example\.com\/[\s\S]*enter names/, 120_000);
    terminal.keys("enter");
    await terminal.shows(/> counter\.example\.com +issued until[\s\S]*DNS route53\s+example\.com/);
    expect(await listed()).toMatchObject([{ host, site: "counter", state: "ready" }]);
    terminal.keys("esc");
    await terminal.shows(/counter · overview[\s\S]*names +counter\.example\.com/);
  });

  // Whoever writes it reads it off the screen, leaves, and comes back another day.
  it("shows the record to be written by hand, can be left, and goes on when it is there", async () => {
    const terminal = await names();
    await fillIn(terminal, byHand);
    terminal.keys("i");
    const waits = /counter\.elsewhere\.org\s+CNAME\s+d-0123456789[\s\S]*ctrl-c stop/;
    await terminal.shows(waits, 120_000);
    await matchesGoldenAtEachSize(terminal, "name-waits", waits);
    terminal.keys("ctrl-c");
    await terminal.shows(/Interrupted[\s\S]*enter back/, 60_000);
    terminal.keys("enter");
    await terminal.shows(/add a name to counter/);
    terminal.keys("esc");
    await terminal.shows(/counter\.elsewhere\.org +waits for its address/);
    terminal.keys("end");
    await terminal.shows(/For its address, to be written into DNS:[\s\S]*enter go on/);
    await matchesGoldenAtEachSize(terminal, "names", /enter go on/, [[/\d{4}-\d\d-\d\d/g, "DATE"]]);
    terminal.keys("enter");
    await terminal.shows(waits, 120_000);
    const [{ records }] = (await listed()).filter((one) => one.host === byHand);
    dns.aliases.set(byHand, records.find(({ purpose }: { purpose: string }) => purpose === "address").value);
    await terminal.shows(/counter is up at[\s\S]*enter names/, 120_000);
    terminal.keys("enter");
    await terminal.shows(/counter\.elsewhere\.org +issued/);
  });

  // What ACM says of a certificate is text from outside.
  it("shows nothing hostile, takes no paste for keys, and is whole after a storm of sizes", async () => {
    const edit = (body: string): string => {
      const answer = JSON.parse(body);
      answer.Certificate.RenewalSummary = { RenewalStatus: hostile, RenewalStatusReason: hostile };
      answer.Certificate.FailureReason = hostile;
      return JSON.stringify(answer);
    };
    const forever = Number.POSITIVE_INFINITY;
    proxy.plan([leads, { on: /\.DescribeCertificate$/, times: forever, fault: { kind: "edit", edit } }]);
    const terminal = await names();
    await terminal.shows(/> counter\.example\.com[\s\S]*title/);
    const disturbed = async (shows: RegExp): Promise<void> => {
      await terminal.shows(shows);
      await storm(terminal, hostile, shows);
      for (const bytes of ["\u001b]0;", "\u009b", "\u202e"]) expect(terminal.raw()).not.toContain(bytes);
    };
    await disturbed(/counter · names/);
    terminal.keys("a");
    await disturbed(/add a name to counter/);
    terminal.keys("esc");
    await terminal.shows(/i add it/);
    terminal.keys("esc");
    await terminal.shows(/x remove/);
    terminal.keys("x");
    await disturbed(/remove counter\.example\.com/);
    proxy.plan([leads]);
    terminal.keys("enter");
    await terminal.shows(/Nothing is removed/);
    expect((await listed()).length).toBe(2);
  });

  it("takes a name away when it is typed, and no other", async () => {
    const terminal = await names();
    terminal.keys("x");
    await terminal.shows(/Type the name to remove it/);
    await matchesGoldenAtEachSize(terminal, "name-remove", /Type the name to remove it/);
    terminal.type(`${byHand}\r`);
    await terminal.shows(/Nothing is removed: that is not counter\.example\.com/);
    terminal.keys("ctrl-u");
    terminal.type(`${host}\r`);
    await terminal.shows(/enter names/, 120_000);
    terminal.keys("enter");
    await terminal.shows(/counter · names +1 name\b[\s\S]*> counter\.elsewhere\.org/);
    expect(await listed()).toMatchObject([{ host: byHand }]);
    expect(await certificates()).toBe(1);
  });

  // Its own names lie beside those of the apps; a name that can be none is told by the command, and stays to be corrected.
  it("has sign-in's names one key away, and says what cannot be one", async () => {
    const terminal = await names();
    terminal.keys("s");
    await terminal.shows(/signin · names +0 names/);
    terminal.keys("a");
    await terminal.shows(/add a name to signin/);
    terminal.type("notes.localhost\r");
    await terminal.shows(/i add it/);
    terminal.keys("i");
    await terminal.shows(/This cannot be the name of a site[\s\S]*enter back/);
    terminal.keys("enter");
    await terminal.shows(/> name +notes\.localhost/);
  });

  // In one step in Cloudflare, too: what it needs for that is asked for where somebody sits, and seen nowhere.
  it("asks for Cloudflare's token, once, unseen", async () => {
    const name = "counter.example.net";
    const terminal = await names();
    await fillIn(terminal, name);
    terminal.keys("i");
    for (const [says, typed] of [
      [/API token of Cloudflare[\s\S]*None is kept[\s\S]*enter take it/, weak],
      [/API token of Cloudflare[\s\S]*known\s+here\s+is\s+refused[\s\S]*enter take it/, token],
    ] as const) {
      await terminal.shows(says);
      terminal.type(`${typed}\r`);
      await terminal.shows(/i go on/);
      terminal.keys("i");
    }
    await terminal.shows(/counter is up at[\s\S]*enter names/, 120_000);
    terminal.keys("enter");
    await terminal.shows(/counter\.example\.net +issued[\s\S]*cloudflare/);
    for (const secret of [weak, token]) expect(terminal.raw()).not.toContain(secret);
    expect(cloudflare.recordsOf(zone).map(({ name: of }) => of)).toContain(name);
  });
});
