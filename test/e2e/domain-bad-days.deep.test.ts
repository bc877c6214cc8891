/**
 * Names of the owner's own where something is in the way: a refused certificate, a limit, what still uses one, a person who
 * leaves, one who is asked, and one at another computer. Each time the fault says what to do, and the same command goes on.
 */
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ChangeResourceRecordSetsCommand, Route53Client } from "@aws-sdk/client-route-53";
import { GetObjectCommand, ListBucketsCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { refused } from "../support/aws-setup.ts";
import { killedAt } from "../support/cut-off.ts";
import { everything } from "../support/everything.ts";
import type { Fault, Rule } from "../support/fault-proxy.ts";
import { type Home, resultOf, root, withHome } from "../support/home.ts";
import { leads } from "../support/leads.ts";
import { type NamedAws, startNamedAws } from "../support/named-aws.ts";
import { changesSeen } from "../support/oracle.ts";
import { start } from "../support/running.ts";
import { closeTerminals, openFreehold } from "../support/terminal.ts";
import { missing, motoServer } from "../support/tools.ts";

interface Certificate {
  CertificateArn: string;
  Status: string;
  FailureReason?: string;
  RenewalSummary?: object;
}

/** ACM says something else of a certificate than it would. */
const certificates = (edit: (certificate: Certificate) => void): Rule => ({
  on: /DescribeCertificate/,
  times: Number.POSITIVE_INFINITY,
  fault: {
    kind: "edit",
    edit: (body) => {
      const said = JSON.parse(body) as { Certificate: Certificate };
      edit(said.Certificate);
      return JSON.stringify(said);
    },
  },
});

const errorIn = (stdout: string): any =>
  stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
    .find(({ type }) => type === "error");

describe.skipIf(missing(motoServer(), "moto_server"))("a name on a bad day", { timeout: 240_000 }, () => {
  let aws: NamedAws;
  let home: Home;
  let before: string[];
  const add = (name: string, ...more: string[]): string[] => [
    "domain",
    "add",
    "counter",
    name,
    "--signin",
    "keep",
    ...more,
  ];
  const rm = (name: string): Promise<unknown> => home.freehold("domain", "rm", "counter", name, "--yes");

  beforeAll(async () => {
    aws = await startNamedAws();
    home = aws.home;
    before = await everything(aws.config);
  }, 120_000);
  beforeEach(() => aws.proxy.plan([leads]));
  afterEach(closeTerminals);
  afterAll(() => aws?.close());

  // A CAA record is put right in DNS; then the refused certificate must not stand in the way for good.
  it.each([
    ["FAILED", "CAA_ERROR", /allow amazon\.com, too/],
    ["VALIDATION_TIMED_OUT", undefined, /72 hours/],
  ])(
    "with a certificate that is %s is told why, and the same command asks for another",
    async (Status, FailureReason, why) => {
      const name = `${Status.toLowerCase().replaceAll("_", "-")}.elsewhere.org`;
      let bad: string | undefined;
      const refusing = certificates((certificate) => {
        bad ??= certificate.CertificateArn;
        if (certificate.CertificateArn === bad) Object.assign(certificate, { Status, FailureReason });
      });
      aws.proxy.plan([leads]);
      const words = add(name, "--dns", "by-hand", "--no-wait");
      const shown = await home.attempt(...words, "--json");
      expect([shown.code, errorIn(shown.stdout)?.code]).toEqual([3, "domain-records-needed"]);
      aws.proxy.plan([refusing, leads]);
      const told = await home.attempt("domain", "ls", "--json");
      expect(JSON.parse(told.stdout).domains[0].certificate.refused).toMatch(why);
      // The one that is refused goes, and another comes.
      aws.dns.aliases.set(name, "d-0123456789.execute-api.eu-west-1.amazonaws.com");
      const events = await home.events(...add(name));
      expect(events.some(({ type, message }) => type === "note" && why.test(message))).toBe(true);
      expect(resultOf(events)).toMatchObject({ ok: true, apps: [{ url: `https://${name}/` }] });
      await rm(name);
      expect(await everything(aws.config)).toEqual(before);
    },
  );

  // In one step nobody stands by: the deployment fails, and what it fails of is ACM's word and not the engine's.
  it("whose certificate fails in the middle ends with what ACM says of it", async () => {
    const name = "refused.example.com";
    const refusing = certificates((certificate) => {
      Object.assign(certificate, { Status: "FAILED", FailureReason: "CAA_ERROR" });
    });
    const pending = certificates((certificate) => {
      certificate.Status = "PENDING_VALIDATION";
    });
    aws.proxy.plan([{ ...pending, times: 3 }, refusing, leads]);
    const { code, stdout } = await home.attempt(...add(name), "--json");
    expect([code, errorIn(stdout)]).toEqual([
      1,
      expect.objectContaining({
        code: "certificate-refused",
        detail: expect.stringContaining("allow amazon.com, too"),
        next: add(name).join(" ").replace("domain", "freehold domain"),
      }),
    ]);
    aws.proxy.plan([leads]);
    await rm(name);
    expect(await everything(aws.config)).toEqual(before);
  });

  // A year has so many certificates; and what still holds on to one lets go of it a while later.
  it("goes on after ACM's limit, and waits at its end for what uses the certificate", async () => {
    const name = "limit.example.com";
    const limit = refused("CertificateManager.RequestCertificate", "LimitExceededException", "Cannot request more");
    // The same word is said of too many at once, so it is asked again for most of a minute.
    aws.proxy.plan([{ on: /RequestCertificate/, times: Number.POSITIVE_INFINITY, fault: limit }, leads]);
    const first = await home.attempt(...add(name), "--json");
    expect([first.code, errorIn(first.stdout)]).toEqual([
      1,
      expect.objectContaining({ detail: expect.stringContaining("Cannot request more") }),
    ]);
    aws.proxy.plan([leads]);
    expect(resultOf(await home.events(...add(name)))).toMatchObject({ ok: true, apps: [{ url: `https://${name}/` }] });
    const inUse = refused("CertificateManager.DeleteCertificate", "ResourceInUseException", "is in use");
    aws.proxy.plan([{ on: /DeleteCertificate/, times: 2, fault: inUse }, leads]);
    await rm(name);
    expect(aws.proxy.count(/DeleteCertificate/)).toBe(3);
    expect(await everything(aws.config)).toEqual(before);
  });

  // Where somebody can answer, what is in the way is asked about; a no changes nothing.
  it("that leads somewhere already is asked about on a terminal", async () => {
    const name = "asked.example.com";
    const set = { Name: name, Type: "A" as const, TTL: 60, ResourceRecords: [{ Value: "192.0.2.9" }] };
    const change = (Action: "CREATE" | "DELETE") =>
      new Route53Client(aws.config).send(
        new ChangeResourceRecordSetsCommand({
          HostedZoneId: aws.zoneId,
          ChangeBatch: { Changes: [{ Action, ResourceRecordSet: set }] },
        }),
      );
    await change("CREATE");
    const there = await everything(aws.config);
    const first = openFreehold(home, add(name), { cols: 120 });
    await first.has(/Let these records go/);
    aws.proxy.plan([leads]);
    first.type("n\r");
    expect([await first.exited, changesSeen(aws.proxy)]).toEqual([3, []]);
    expect(first.all().join("\n")).toContain("192.0.2.9");
    expect(await everything(aws.config)).toEqual(there);
    const second = openFreehold(home, add(name), { cols: 120, patienceMs: 90_000 });
    await second.has(/Let these records go/);
    second.type("y\r");
    expect(await second.exited).toBe(0);
    expect((await aws.gateConfig()).hosts).toEqual([name]);
    await rm(name);
    expect(await everything(aws.config)).toEqual(before);
  });

  // Whoever looks at how all is has to see it before the name answers nobody.
  it("whose certificate is not renewed is told by status, which then ends with 1", async () => {
    const name = "renewed.example.com";
    await home.freehold(...add(name));
    const failing = certificates((certificate) => {
      certificate.RenewalSummary = { RenewalStatus: "FAILED", DomainValidationOptions: [], UpdatedAt: 1 };
    });
    aws.proxy.plan([failing, leads]);
    const { code, stdout } = await home.attempt("status", "--json");
    expect([code, JSON.parse(stdout).names]).toEqual([
      1,
      [{ says: expect.stringContaining("(FAILED)"), next: `freehold domain add counter ${name}`, bad: true }],
    ]);
    expect((await home.attempt("status")).stdout).toContain(`cannot renew the certificate of ${name}`);
    aws.proxy.plan([leads]);
    expect(JSON.parse((await home.attempt("status", "--json")).stdout).names).toBeUndefined();
    await rm(name);
  });

  // A function's policy and its environment have an end; it is found before anything is made.
  it("that is one too many is refused, and nothing is begun", async () => {
    const s3 = new S3Client({ ...aws.config, forcePathStyle: true });
    const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
    const of = {
      Bucket: Buckets.find(({ Name }) => Name?.startsWith("freehold-state-work-"))!.Name!,
      Key: "freehold/apps/counter.json",
    };
    const kept = await (await s3.send(new GetObjectCommand(of))).Body!.transformToString();
    const waiting = { front: "http-api", dns: { at: "by-hand" }, awaits: "certificate" };
    const many = (count: number, label: string) =>
      Array.from({ length: count }, (_, at) => ({ ...waiting, host: `${label}${at}.elsewhere.org` }));
    for (const domains of [many(30, "n"), many(29, "long".repeat(12)).concat(many(1, "n"))]) {
      await s3.send(new PutObjectCommand({ ...of, Body: JSON.stringify({ ...JSON.parse(kept), domains }) }));
      aws.proxy.plan([leads]);
      const { code, stdout } = await home.attempt(...add("more.example.com"), "--json");
      expect([code, errorIn(stdout)?.code, changesSeen(aws.proxy)]).toEqual([2, "domain-too-many", []]);
    }
    await s3.send(new PutObjectCommand({ ...of, Body: kept }));
    expect(await everything(aws.config)).toEqual(before);
  });

  // What was half made for its sake was left as it was by the same command: its gate led to a name that was gone.
  it("of sign-in that is killed while an app learns that it goes: the same command tells that app, too", async () => {
    const unnamed = (await aws.gateConfig()).signinUrl;
    await home.freehold("domain", "add", "signin", "killed.example.com");
    const gone = ["domain", "rm", "signin", "killed.example.com", "--yes"];
    const at = { k: 0, reached: true, on: /^PUT \S*\/freehold\/apps\/counter\.json/ };
    await killedAt(aws.proxy, home, gone, at);
    aws.proxy.plan([leads]);
    expect((await aws.gateConfig()).signinUrl).toBe("https://killed.example.com/");
    await home.freehold(...gone, "--wait");
    expect((await aws.gateConfig()).signinUrl).toBe(unnamed);
    expect((await home.json("ls")).apps).toMatchObject([{ name: "counter", state: "running" }]);
    expect(await everything(aws.config)).toEqual(before);
  });

  // Its own name was there, so that the same command took sign-in for one that stays where it is, and ended well.
  it("that is killed while sign-in comes along: the same command goes on with sign-in's name", async () => {
    const words = ["domain", "add", "counter", "along.example.com"];
    const record = /^POST .*\/rrset/;
    const cutAt = (k: number, fault: Fault): void =>
      aws.proxy.plan([
        leads,
        { on: record, fault: { kind: "latency", ms: 0 }, times: k },
        { on: record, fault, times: Number.POSITIVE_INFINITY },
      ]);
    // Two are of the app's own name.
    await killedAt({ cutAt }, home, words, { k: 2, reached: true });
    aws.proxy.plan([leads]);
    await home.freehold(...words, "--wait");
    expect((await aws.gateConfig()).signinUrl).toBe("https://signin.example.com/");
    expect((await home.json("domain", "ls")).domains).toMatchObject([
      { host: "along.example.com", state: "ready" },
      { host: "signin.example.com", site: "signin", state: "ready" },
    ]);
    await rm("along.example.com");
    await home.freehold("domain", "rm", "signin", "signin.example.com", "--yes");
    expect(await everything(aws.config)).toEqual(before);
  });

  // Sign-in by itself, at a DNS that somebody else has: its record takes a day, and another computer knows nothing of it.
  it("of sign-in waits for a person, who may leave and go on, and holds on every computer", async () => {
    const name = "id.elsewhere.org";
    const otherHost = join(root, "test/support/fixtures/other-host.cjs");
    const second = await withHome({ env: { ...aws.env, NODE_OPTIONS: `--require ${otherHost}` } });
    try {
      // What it knows is from before there was a name, of sign-in too.
      cpSync(home.env["FREEHOLD_HOME"]!, second.env["FREEHOLD_HOME"]!, { recursive: true });
      mkdirSync(join(home.dir, "own"));
      writeFileSync(join(home.dir, "own/index.mjs"), "export const handler = async () => ({ statusCode: 200 });\n");
      await home.freehold("add", "function", "own", "--code", "own", "--route", "--yes");
      const unnamed = (await aws.gateConfig()).signinUrl;
      expect((await aws.gateConfig("things")).signinUrl).toBe(unnamed);
      const words = ["domain", "add", "signin", name];
      const going = start(home, ...words);
      // The second record, and not the one that proves the name, which is waited for first when the certificate is very new.
      await going.said(/\n {2}id\.elsewhere\.org {2}CNAME .*\n[^\n]*Waiting for it/);
      going.child.kill("SIGINT");
      expect([await going.ended, going.output()]).toEqual([130, expect.stringContaining(words.join(" "))]);
      expect((await aws.gateConfig()).signinUrl).toBe(unnamed);
      const [{ records }] = (await home.json("domain", "ls")).domains;
      aws.dns.aliases.set(name, records.at(-1).value);
      const events = await home.events(...words);
      expect(resultOf(events)).toMatchObject({ ok: true });
      const notes = events.flatMap(({ type, message }) => (type === "note" ? message : []));
      expect(notes).toContainEqual(expect.stringContaining(`Sign-in gets the name ${name}`));
      const named = `https://${name}/`;
      const gates = async () => [(await aws.gateConfig()).signinUrl, (await aws.gateConfig("things")).signinUrl];
      expect(await gates()).toEqual([named, named]);
      await second.freehold("settings", "counter", "requests=4000 per day");
      expect(await gates()).toEqual([named, named]);
      // What things are made of is at the first one, whose gate would have to learn it.
      aws.proxy.plan([leads]);
      const refusal = await second.attempt("domain", "rm", "signin", name, "--yes", "--json");
      expect([refusal.code, errorIn(refusal.stdout)?.code, changesSeen(aws.proxy)]).toEqual([
        4,
        "thing-files-gone",
        [],
      ]);
      const gone = await home.events("domain", "rm", "signin", name, "--yes");
      expect(gone).toContainEqual(
        expect.objectContaining({ message: expect.stringContaining(`loses the name ${name}`) }),
      );
      expect(await gates()).toEqual([unnamed, unnamed]);
    } finally {
      await second.close();
    }
  });
});
