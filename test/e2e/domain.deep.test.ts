/**
 * A name of the owner's own: from `domain add` to its records, certificate and API, and back to nothing, against an AWS and
 * a Cloudflare that nobody here wrote into (moto, a fake of Cloudflare's API). moto issues each certificate by itself.
 */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ACMClient, ListCertificatesCommand } from "@aws-sdk/client-acm";
import { ApiGatewayV2Client, GetApisCommand, GetDomainNamesCommand } from "@aws-sdk/client-apigatewayv2";
import { CloudFrontClient, ListDistributionsCommand } from "@aws-sdk/client-cloudfront";
import { GetFunctionCommand, GetPolicyCommand, LambdaClient } from "@aws-sdk/client-lambda";
import {
  ChangeResourceRecordSetsCommand,
  ListResourceRecordSetsCommand,
  Route53Client,
} from "@aws-sdk/client-route-53";
import { S3 } from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type CloudflareFake, startCloudflare } from "../support/cloudflare.ts";
import { resultOf } from "../support/home.ts";
import { leads } from "../support/leads.ts";
import { type NamedAws, startNamedAws } from "../support/named-aws.ts";
import { changesSeen } from "../support/oracle.ts";
import { closeTerminals, openFreehold } from "../support/terminal.ts";
import { missing, motoServer } from "../support/tools.ts";

const host = "counter.example.com";
const eventsIn = (stdout: string): any[] =>
  stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

describe.skipIf(missing(motoServer(), "moto_server"))("a name of one's own", { timeout: 240_000 }, () => {
  let aws: NamedAws;
  let cloudflare: CloudflareFake;
  let { dns, proxy, config, home, zoneId, gateConfig } = {} as NamedAws;

  const records = async (): Promise<string[]> => {
    const sets = await new Route53Client(config).send(new ListResourceRecordSetsCommand({ HostedZoneId: zoneId }));
    return (sets.ResourceRecordSets ?? [])
      .filter(({ Type }) => Type !== "NS" && Type !== "SOA")
      .map(({ Name, Type }) => `${Type} ${Name}`)
      .sort();
  };
  /** What a name is made of, beside records, in every service. */
  const made = async (): Promise<Record<string, number>> => {
    const gateway = new ApiGatewayV2Client(config);
    const [certificates, away, apis, names, distributions] = await Promise.all([
      new ACMClient(config).send(new ListCertificatesCommand({})),
      new ACMClient({ ...config, region: "us-east-1" }).send(new ListCertificatesCommand({})),
      gateway.send(new GetApisCommand({})),
      gateway.send(new GetDomainNamesCommand({})),
      new CloudFrontClient(config).send(new ListDistributionsCommand({})),
    ]);
    return {
      certificates: certificates.CertificateSummaryList?.length ?? 0,
      "us-east-1": away.CertificateSummaryList?.length ?? 0,
      apis: apis.Items?.length ?? 0,
      names: names.Items?.length ?? 0,
      distributions: distributions.DistributionList?.Items?.length ?? 0,
    };
  };
  const nothing = { certificates: 0, "us-east-1": 0, apis: 0, names: 0, distributions: 0 };
  const byApi = { ...nothing, certificates: 1, apis: 1, names: 1 };
  const gate = async () => {
    const lambda = new LambdaClient(config);
    const FunctionName = "work--counter--gate";
    const { Configuration, Tags } = await lambda.send(new GetFunctionCommand({ FunctionName }));
    const policy = await lambda.send(new GetPolicyCommand({ FunctionName }));
    const { hosts } = JSON.parse(Configuration!.Environment!.Variables!["FREEHOLD_GATE"]!);
    return { hosts, tag: Tags?.["freehold:names"], policy: policy.Policy! };
  };
  const ls = async (): Promise<any> => (await home.json("domain", "ls")).domains;

  beforeAll(async () => {
    cloudflare = await startCloudflare();
    aws = await startNamedAws({ CLOUDFLARE_BASE_URL: cloudflare.endpoint });
    ({ dns, proxy, config, home, zoneId, gateConfig } = aws);
  }, 120_000);

  afterEach(closeTerminals);
  afterAll(async () => {
    await aws?.close();
    await cloudflare?.close();
  });

  // A person may have a site there: it is shown, and nothing is begun.
  it("leaves a record that is there already alone, until somebody says that it may go", async () => {
    const set = { Name: host, Type: "A" as const, TTL: 60, ResourceRecords: [{ Value: "192.0.2.7" }] };
    await new Route53Client(config).send(
      new ChangeResourceRecordSetsCommand({
        HostedZoneId: zoneId,
        ChangeBatch: { Changes: [{ Action: "CREATE", ResourceRecordSet: set }] },
      }),
    );
    proxy.plan([leads]);
    const { code, stderr } = await home.attempt("domain", "add", "counter", host);
    expect([code, stderr]).toEqual([3, expect.stringContaining("192.0.2.7")]);
    expect(stderr).toContain(`freehold domain add counter ${host} --replace-record`);
    expect(changesSeen(proxy)).toEqual([]);
    expect([await made(), await records()]).toEqual([nothing, [`A ${host}.`]]);
  });

  // The whole in one step: proof, certificate, API, name, record; and the gate knows who it is.
  it("comes in one step where the zone is in Route 53, and is the address that is told", async () => {
    const events = await home.events("domain", "add", "counter", host, "--replace-record", "--signin", "keep");
    expect(resultOf(events)).toMatchObject({ ok: true, apps: [{ name: "counter", url: `https://${host}/` }] });
    expect(events.find((event) => event.records)?.records).toEqual([{ name: host, type: "A", value: "192.0.2.7" }]);
    expect(await made()).toEqual(byApi);
    const all = await records();
    expect(all).toEqual([`A ${host}.`, expect.stringMatching(/^CNAME _\w+\.counter\.example\.com\.$/)]);
    const { hosts, tag, policy } = await gate();
    expect([hosts, tag]).toEqual([[host], host]);
    expect(policy).toContain("apigateway.amazonaws.com");
    expect((await home.json("ls")).apps).toMatchObject([{ name: "counter", url: `https://${host}/` }]);
    expect(await ls()).toMatchObject([
      { host, site: "counter", front: "http-api", dns: "route53", zone: "example.com", state: "ready" },
    ]);
    expect((await ls())[0].certificate.status).toBe("ISSUED");
  });

  // The app's name would be there, and the command would have failed.
  it("refuses a name for sign-in that cannot be before anything is made", async () => {
    const other = "other.example.com";
    proxy.plan([leads]);
    for (const [code, ...more] of [
      [2, "--signin", host],
      [2, "--signin", other],
      [4, "--signin", "id.elsewhere.org", "--dns", "route53"],
    ] as const)
      expect([(await home.attempt("domain", "add", "counter", other, ...more)).code, more]).toEqual([code, more]);
    expect([(await home.attempt("domain", "add", "signin", other, "--signin", "keep")).code]).toEqual([2]);
    expect([changesSeen(proxy), await made()]).toEqual([[], byApi]);
  });

  // Neither a second run nor an `up` that knows nothing of names takes anything away or asks.
  it("changes nothing the second time, and stays with an up and a setting", async () => {
    const before = [await made(), await records()];
    for (const args of [
      ["domain", "add", "counter", host, "--signin", "keep"],
      ["up"],
      ["settings", "counter", "requests=5000 per day"],
    ])
      expect(resultOf(await home.events(...args))).toMatchObject({ ok: true });
    expect([await made(), await records()]).toEqual(before);
    expect((await home.json("ls")).apps).toMatchObject([{ url: `https://${host}/` }]);
  });

  it("moves to CloudFront in place", async () => {
    await home.freehold("domain", "add", "counter", host, "--front", "cloudfront", "--signin", "keep");
    expect(await made()).toEqual({ ...nothing, "us-east-1": 1, distributions: 1 });
    expect((await records()).filter((line) => line.endsWith(` ${host}.`))).toEqual([`A ${host}.`, `AAAA ${host}.`]);
    const { DistributionList } = await new CloudFrontClient(config).send(new ListDistributionsCommand({}));
    expect(JSON.stringify(DistributionList?.Items?.[0]?.Origins)).toContain("x-freehold-host");
  });

  it("leaves nothing when it is removed, and the app at its own address", async () => {
    await home.freehold("domain", "rm", "counter", host, "--yes");
    expect([await made(), await records(), await ls()]).toEqual([nothing, [], []]);
    const { hosts, tag } = await gate();
    expect([hosts, tag]).toEqual([[], undefined]);
    expect((await home.json("ls")).apps[0].url).not.toContain("example.com");
  });

  // DNS that nobody here can write: a person writes it, and the operation goes on by itself.
  it("shows the records that are to be written by hand, ends without waiting, and goes on later", async () => {
    const [name, words] = ["counter.elsewhere.org", ["domain", "add", "counter", "counter.elsewhere.org", "--no-wait"]];
    expect((await home.attempt("domain", "add", "signin", name, "--dns", "route53")).code).toBe(4);
    const before = await home.attempt(...words, "--json");
    const event = eventsIn(before.stdout).findLast(({ records: said }) => said);
    expect([before.code, event?.records.length]).toEqual([3, 1]);
    for (let tries = 0; tries < 20 && (await ls())[0].state === "certificate"; tries++) await home.attempt(...words);
    const [{ state, records: wanted }] = await ls();
    expect([state, wanted]).toEqual([
      "address",
      [expect.objectContaining({ purpose: "certificate" }), expect.objectContaining({ purpose: "address", name })],
    ]);
    expect((await home.json("ls")).apps[0].url).not.toContain(name);
    const going = home.events("domain", "add", "counter", name);
    dns.aliases.set(name, wanted[1].value);
    expect(resultOf(await going)).toMatchObject({ ok: true, apps: [{ url: `https://${name}/` }] });
    expect((await ls())[0].state).toBe("ready");
    await home.freehold("domain", "rm", "counter", name, "--yes");
    expect(await made()).toEqual(nothing);
  });

  // The token is a secret: asked for unseen where somebody sits, what it may is said when it is not enough, another takes its
  // place, and it is in no file, event or state in plain.
  it("writes into Cloudflare with the token it is given, and without repeating it anywhere", async () => {
    const zone = cloudflare.addZone("example.net", { id: "a1", name: "Home" });
    const weak = cloudflare.addToken({ zones: [zone.id], scopes: ["Zone:Read"] });
    const [first, token] = [1, 2].map(() =>
      cloudflare.addToken({ zones: [zone.id], scopes: ["Zone:Read", "DNS:Edit"] }),
    );
    const variable = "CLOUDFLARE_API_TOKEN";
    const name = "counter.example.net";
    const add = ["domain", "add", "counter", name, "--signin", "keep"];
    // By its name servers it is Cloudflare's, whatever a token reads.
    dns.nameServers.set("example.net", "ada.ns.cloudflare.com");
    const none = await home.attempt(...add, "--json");
    expect([none.code, eventsIn(none.stdout)]).toEqual([
      3,
      expect.arrayContaining([
        expect.objectContaining({ type: "settings-needed", settings: [expect.objectContaining({ name: variable })] }),
        expect.objectContaining({
          ...{ code: "cloudflare-token-needed", next: expect.stringContaining(add.join(" ")) },
          detail: expect.stringContaining("Zone:Read and DNS:Edit"),
        }),
      ]),
    ]);
    home.env[variable] = weak;
    const little = await home.attempt(...add);
    expect([little.code, little.stderr]).toEqual([6, expect.stringContaining("DNS:")]);
    delete home.env[variable];
    expect(await made()).toEqual(nothing);
    const terminal = openFreehold(home, add, { cols: 120, patienceMs: 90_000 });
    await terminal.has(/None is kept in this cloud[\s\S]*API token of Cloudflare:/);
    terminal.type(`${weak}\r`);
    await terminal.has(/known here is\s+refused[\s\S]*API token of Cloudflare:/);
    terminal.type(`${first}\r`);
    expect(await terminal.exited).toBe(0);
    const there = cloudflare.recordsOf(zone).map(({ type, name: of, proxied }) => [type, of, proxied]);
    expect(there).toContainEqual(["CNAME", name, false]);
    expect([there.length, await made()]).toEqual([2, byApi]);
    // Once the first one is revoked.
    cloudflare.tokens.delete(first!);
    home.env[variable] = token!;
    const added = await home.freehold(...add, "--json");
    delete home.env[variable];
    // Without it in the environment: it is kept in the account.
    const up = await home.freehold("up", "--json");
    const files = await readdir(home.dir, { recursive: true, withFileTypes: true });
    const texts = await Promise.all(
      files.filter((one) => one.isFile()).map((one) => readFile(join(one.parentPath, one.name), "latin1")),
    );
    const state = await home.freehold("state", "export", "counter");
    for (const text of [...texts, terminal.raw(), added.stdout, added.stderr, up.stdout, state.stdout])
      for (const secret of [weak, first!, token!]) expect(text.includes(secret)).toBe(false);
    await isFoundAgain("signin.example.net");
    // And destroy takes all of it along.
    await home.freehold("destroy", "counter", "--data", "delete", "--yes");
    expect([cloudflare.recordsOf(zone), await made(), await ls()]).toEqual([[], nothing, []]);
  });

  // What leads to an app and to sign-in is in their states: both are lost here, and neither a record nor a certificate is.
  async function isFoundAgain(signin: string): Promise<void> {
    await home.freehold("domain", "add", "signin", signin);
    const zone = cloudflare.zones[0]!;
    const before = [cloudflare.recordsOf(zone).map(({ id }) => id), await made(), (await gateConfig()).signinUrl];
    const s3 = new S3({ ...config, forcePathStyle: true });
    const { stateBucket: Bucket } = await home.json("cloud", "status");
    const { Contents = [] } = await s3.listObjectsV2({ Bucket });
    const states = Contents.filter(({ Key }) => /\/freehold-(foundation|app-counter)\//.test(Key!));
    for (const { Key } of states) await s3.deleteObject({ Bucket, Key });
    s3.destroy();
    // A computer that never learned of the name would write a state without it.
    const record = join(home.dir, "freehold/data/clouds/work/foundation.json");
    const known = await readFile(record, "utf8");
    await writeFile(record, JSON.stringify({ ...JSON.parse(known), outputs: {} }));
    const { code, stderr } = await home.attempt("state", "repair", "foundation", "--yes");
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(new RegExp(`name that is not known here[\\s\\S]*${signin}`)),
    ]);
    await writeFile(record, known);
    const { stacks } = await home.json("state", "repair", "--yes");
    // That a certificate was waited for is no thing that could be found, and an integration has no name.
    const unnamed = expect.stringMatching(/:(CertificateValidation|Integration)$/);
    const missing = [1, 2].map(() => expect.objectContaining({ kind: unnamed }));
    const again = { outcome: "rebuilt", missing, others: [] };
    expect(stacks).toMatchObject([
      { stack: "foundation", ...again },
      { stack: "counter", ...again },
    ]);
    await home.freehold("setup", "--name", "work");
    expect(resultOf(await home.events("up")).ok).toBe(true);
    const after = [cloudflare.recordsOf(zone).map(({ id }) => id), await made(), (await gateConfig()).signinUrl];
    expect(after).toEqual(before);
    await home.freehold("domain", "rm", "signin", signin, "--yes");
  }

  // Whatever was made when the process died is found again, and nothing is made twice.
  it("goes on after kill -9 in the middle", async () => {
    // moto 5.2 refuses a record that is the very same as one that was there before: another name each time.
    const name = "killed.example.com";
    await home.freehold("up", "./counter");
    let kill: () => void = () => undefined;
    const killed = new Promise<void>((resolve) => {
      kill = resolve;
    });
    const on = /^POST \/v2\/domainnames$/;
    proxy.plan([{ on, times: 1, fault: { kind: "hang", reached: true, told: () => kill() } }, leads]);
    const add = ["domain", "add", "counter", name, "--signin", "keep"];
    const first = home.attempt(...add);
    await killed;
    process.kill(await newestWorker(), "SIGKILL");
    expect((await first).code).toBe(1);
    proxy.plan([leads]);
    expect(resultOf(await home.events(...add))).toMatchObject({ ok: true, apps: [{ url: `https://${name}/` }] });
    expect(await made()).toEqual(byApi);
    expect((await records()).length).toBe(2);
    await home.freehold("domain", "rm", "counter", name, "--yes");
    expect([await made(), await records()]).toEqual([nothing, []]);
  });
  const newestWorker = async (): Promise<number> => {
    const operations = join(home.dir, "freehold/state/operations");
    const newest = (await readdir(operations)).sort().at(-1)!;
    return JSON.parse(await readFile(join(operations, newest, "worker.json"), "utf8")).pid;
  };

  // Wrong words cost nothing: neither a call that changes, nor a certificate of those that a year has.
  it("refuses what cannot be a name of a site, and one that is taken", async () => {
    proxy.plan([leads]);
    for (const name of ["192.0.2.1", "*.example.com", "notes.localhost", `${"a".repeat(60)}.example.com`])
      expect((await home.attempt("domain", "add", "counter", name)).code).toBe(2);
    expect((await home.attempt("domain", "add", "nobody", host)).code).toBe(4);
    expect((await home.attempt("domain", "rm", "counter", host, "--yes")).code).toBe(4);
    expect([changesSeen(proxy), await made()]).toEqual([[], nothing]);
  });

  // Every gate sends people to where sign-in is, and the function's own address stays good. Beside a domain's own name is below it.
  it("gives sign-in a name along with the first one, which all gates learn, and takes it back", async () => {
    const name = "example.com";
    const before = (await gateConfig()).signinUrl;
    const named = "signin.example.com";
    const [first] = resultOf(await home.events("domain", "add", "counter", "Example.COM.")).apps;
    // From here nobody would come to the new name yet: the link is for the older one, which is good as long.
    expect(new URL(first.link).origin).toBe(new URL(before).origin);
    expect((await gateConfig()).signinUrl).toBe(`https://${named}/`);
    expect(await ls()).toMatchObject([
      { host: name, site: "counter", state: "ready" },
      { host: named, site: "signin", state: "ready" },
    ]);
    expect((await home.attempt("domain", "add", "counter", named)).code).toBe(2);
    const checks: { id: string; state: string }[] = JSON.parse((await home.attempt("doctor", "--json")).stdout).checks;
    expect(checks.find(({ id }) => id === "domains")?.state).toBe("ok");
    expect(resultOf(await home.events("up")).ok).toBe(true);
    expect((await gateConfig()).signinUrl).toBe(`https://${named}/`);
    await home.freehold("domain", "rm", "signin", named, "--yes");
    // moto 5.2 takes no record that is the very same as one before.
    const other = "id.example.com";
    dns.aliases.set(other, "d-0123456789.execute-api.eu-west-1.amazonaws.com");
    const [then] = resultOf(await home.events("domain", "add", "counter", name, "--signin", other)).apps;
    expect(new URL(then.link).origin).toBe(`https://${other}`);
    await home.freehold("domain", "rm", "signin", other, "--yes");
    await home.freehold("domain", "rm", "counter", name, "--yes");
    expect([(await gateConfig()).signinUrl, await made(), await records()]).toEqual([before, nothing, []]);
  });
});
