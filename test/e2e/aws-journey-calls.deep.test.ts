/**
 * An app's life meets a failure at a call of each of its commands, up, domain add, upgrade, rollback, domain rm and destroy
 * with a name: denied, failed, throttled, cut off, its answer lost or spoilt (A2, A3, A12), and kill -9 before and after
 * AWS carried it out (F1, F2, D2). What passes by itself is not noticed; after what does not, the same command goes on.
 * Each time the account is in the end what an undisturbed life leaves, part for part: nothing is there twice, and nothing
 * is left. On moto, as AWS is (test/support/scripted-aws.ts). A few calls here, drawn by FREEHOLD_TEST_SEED; in test:long
 * every one.
 */
import { randomBytes, randomInt } from "node:crypto";
import { join } from "node:path";
import { CreateHostedZoneCommand, Route53Client } from "@aws-sdk/client-route-53";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { accessKeysWritten } from "../support/access-keys.ts";
import { type ClientConfig, clientConfig } from "../support/aws.ts";
import { denied } from "../support/aws-setup.ts";
import { changeFile, copyCounter } from "../support/counter.ts";
import { killedAt, passing } from "../support/cut-off.ts";
import { everything } from "../support/everything.ts";
import { type Fault, type Refusal, startFaultProxy } from "../support/fault-proxy.ts";
import { changesOf, type Finished, type Home, resultOf, withHome } from "../support/home.ts";
import { leads, tagged } from "../support/leads.ts";
import { startMoto } from "../support/moto.ts";
import { stateIsInventory, textOf } from "../support/oracle.ts";
import { type ScriptedAws, seeded, startScriptedAws } from "../support/scripted-aws.ts";
import { missing, motoServer, rounds } from "../support/tools.ts";

const long = rounds > 5;
const seed = Number(process.env["FREEHOLD_TEST_SEED"] ?? randomInt(1_000_000));
/** Lives, each with one failure a command. */
const lives = long ? rounds : 1;
const kinds: Record<string, (operation: string) => Fault> = { ...passing, "a denial": denied };

interface Stage {
  name: string;
  command(app: string): string[];
  /** That the command, typed again after it was done, may end with instead: there is nothing left to do. */
  doneAlready: number[];
}
const names = { first: (app: string) => `${app}.example.com`, second: (app: string) => `second-${app}.example.com` };
const addFirst = (app: string) => ["domain", "add", app, names.first(app), "--signin", "keep"];
const addSecond = (app: string) => [
  "domain",
  "add",
  app,
  names.second(app),
  "--front",
  "cloudfront",
  "--signin",
  "keep",
];
const stages = [
  { name: "up", command: (app) => ["up", "./counter", "--as", app], doneAlready: [] },
  { name: "domain add", command: addFirst, doneAlready: [] },
  { name: "upgrade", command: (app) => ["upgrade", app, "--to", "./newer"], doneAlready: [] },
  { name: "rollback", command: (app) => ["rollback", app], doneAlready: [4] },
  { name: "domain rm", command: (app) => ["domain", "rm", app, names.first(app), "--yes"], doneAlready: [4] },
  { name: "domain add, CloudFront", command: addSecond, doneAlready: [] },
  { name: "destroy", command: (app) => ["destroy", app, "--data", "delete", "--yes"], doneAlready: [4] },
] as const satisfies readonly Stage[];
const at = (wanted: (typeof stages)[number]["name"]): number => stages.findIndex(({ name }) => name === wanted);
const commandOf = (wanted: (typeof stages)[number]["name"], app: string): string[] => stages[at(wanted)]!.command(app);

let moto: Awaited<ReturnType<typeof startMoto>>;
let leading: Awaited<ReturnType<typeof startFaultProxy>>;
let aws: ScriptedAws;
let home: Home;
let config: ClientConfig;
/** Of each command of an undisturbed life: its calls in order, and what it leaves of the app. */
const calls: string[][] = [];
const left: string[][] = [];
/** The account without an app. */
let empty: string[];
const secret = randomBytes(20).toString("hex");
const said: string[] = [];

async function attempt(...args: string[]): Promise<Finished> {
  const done = await home.attempt(...args);
  said.push(done.stdout, done.stderr);
  return done;
}

describe.skipIf(missing(motoServer(), "moto_server"))(`a life with a failure in each command, seed ${seed}`, () => {
  beforeAll(async () => {
    moto = await startMoto();
    leading = await startFaultProxy(moto.endpoint);
    leading.plan([leads, tagged]);
    aws = await startScriptedAws(leading.endpoint, { seed, scale: 0.02 });
    const env = { ...moto.env, AWS_SECRET_ACCESS_KEY: secret };
    config = clientConfig({ ...env, AWS_ENDPOINT_URL: moto.endpoint });
    home = await withHome({ env: { ...env, AWS_ENDPOINT_URL: aws.endpoint } });
    await new Route53Client(config).send(new CreateHostedZoneCommand({ Name: "example.com", CallerReference: "one" }));
    await copyCounter(home.dir);
    const newer = await copyCounter(home.dir, "newer");
    await changeFile(join(newer, "blueprint.yaml"), (text) =>
      text
        .replace("version: 1.0.0", "version: 1.1.0")
        .replace("memory: 256 MB", "memory: 512 MB")
        .replace("{ key: { id: string } }", "{ key: { id: string }, indexes: { by-n: { key: { n: string } } } }"),
    );
    await changeFile(join(newer, "api/index.mjs"), (text) => `${text}\n// Another version.\n`);
    await home.freehold("setup", "--target", "aws", "--name", "work", "--region", "eu-west-1", "--yes");
    empty = await everything(config);
    for (const { command } of stages) {
      aws.plan([]);
      await home.freehold(...command("whole"));
      calls.push(aws.seen.map(({ operation }) => operation));
      left.push(await everything(config, "whole"));
    }
  }, 480_000);
  // What one that failed had planned would keep the next one from its end.
  beforeEach(() => aws.plan([]));
  afterAll(async () => {
    await home?.close();
    await aws?.close();
    await leading?.close();
    await moto?.close();
  });

  it("is tried at more calls than an app has parts, and an undisturbed one leaves nothing", async () => {
    const after = (name: (typeof stages)[number]["name"]): string[] => left[at(name)]!;
    const ofKind = (kind: RegExp, lines: string[]): string[] => lines.filter((line) => kind.test(line));
    expect(after("up").length).toBeGreaterThan(12);
    expect(calls[at("up")]!.length).toBeGreaterThan(after("up").length);
    const named = ["api", "certificate", "domain name", "grant", "names", "record A", "record CNAME"];
    for (const kind of named) expect(ofKind(new RegExp(`^${kind} .*APP`), after("domain add")), kind).not.toEqual([]);
    expect(after("upgrade")).not.toEqual(after("domain add"));
    expect(ofKind(/^function/, after("rollback"))).toEqual(ofKind(/^function/, after("up")));
    expect(ofKind(/example\.com/, after("domain rm"))).toEqual([]);
    expect(ofKind(/^distribution /, after("domain add, CloudFront"))).toEqual(["distribution second-APP.example.com"]);
    expect(after("destroy")).toEqual([]);
    expect(await everything(config)).toEqual(empty);
  });

  for (let life = 0; life < lives; life++) {
    it(`life ${life + 1}: with a failed call`, { timeout: long ? 1_800_000 : 600_000 }, async () => {
      for (const [turn, ks] of places(life).entries()) await withFailures(`fails-${life}-${turn}`, life + turn, ks);
    });
    it(`life ${life + 1}: killed at a call`, { timeout: long ? 1_800_000 : 600_000 }, async () => {
      for (const [turn, ks] of places(life + lives).entries())
        await withKills(`killed-${life}-${turn}`, (life + turn) % 2 === 0, ks);
    });
  }

  // What is installed was written down, and nothing was done yet: an upgrade had nothing to do then, and a rollback went
  // forward again.
  it("domain add goes on with a wait that was killed; upgrade and rollback do, killed before their first step", {
    timeout: 600_000,
  }, async () => {
    const app = "killed-early";
    await home.freehold(...commandOf("up", app));
    // The wait for the certificate, which is minutes in AWS: it stayed as begun for ever, and no destroy came to its end.
    const all = calls[at("domain add")]!;
    const looks = all.slice(
      0,
      all.findIndex((call) => /\/rrset/.test(call) && call.startsWith("POST")),
    );
    const k = looks.filter((call) => call.endsWith(".DescribeCertificate")).length;
    await killedAt(aws, home, commandOf("domain add", app), { k, reached: true, on: /\.DescribeCertificate$/ });
    await goesOn(app, at("domain add"), "domain add killed while it waited for the certificate");
    for (const name of ["upgrade", "rollback"] as const) {
      const firstStep = { k: 0, reached: true, on: /^PUT .*\/freehold\/apps\// };
      await killedAt(aws, home, commandOf(name, app), firstStep);
      expect(await everything(config, app)).toEqual(left[at(name) - 1]);
      expect((await home.json("ls")).apps).toContainEqual(expect.objectContaining({ name: app, state: "partial" }));
      await goesOn(app, at(name), `${name} killed before its first step`);
    }
    await home.freehold(...commandOf("destroy", app));
  });

  // Its state was gone and the registry still had it: what it was made of was called lost, and its data forgotten.
  it.each(["delete", "keep"])(
    "destroy goes on though it was killed when only its word was left, data: %s",
    { timeout: 600_000 },
    async (data) => {
      const app = `killed-late-${data}`;
      const destroy = ["destroy", app, "--data", data, "--yes"];
      await home.freehold(...commandOf("up", app));
      await killedAt(aws, home, destroy, { k: 0, reached: true, on: /^AmazonSSM\.DeleteParameters/ });
      aws.plan([]);
      const [{ kept, ...one }] = (await home.json("ls")).apps;
      expect(one).toMatchObject({ name: app, state: "partial" });
      const kinds = kept.map(({ kind }: { kind: string }) => kind);
      expect(kinds.sort()).toEqual(["aws:dynamodb/table:Table", "aws:s3/bucket:Bucket"]);
      await home.freehold(...destroy);
      if (data === "keep") {
        expect((await home.json("ls")).apps).toMatchObject([{ name: app, state: "kept", kept }]);
        await home.freehold("destroy", app, "--data", "delete", "--yes");
      }
      expect((await home.json("ls")).apps).toEqual([]);
      expect(await everything(config)).toEqual(empty);
    },
  );

  it("has told its secret to nobody", async () => {
    expect(await accessKeysWritten(home)).toEqual([]);
    expect(`${await textOf(home)}${said.join("\n")}`.includes(secret)).toBe(false);
  });
});

/** At which calls the commands of a round's lives fail: one drawn for each; in long runs the round's share of all. */
function places(round: number): number[][] {
  if (!long) {
    const random = seeded(seed + round * 7_919);
    return [calls.map((all) => Math.floor(random() * all.length))];
  }
  const turns = Math.ceil(Math.max(...calls.map(({ length }) => length)) / rounds);
  return Array.from({ length: turns }, (_, turn) =>
    calls.map(({ length }) => ((round % rounds) + turn * rounds) % length),
  );
}

async function withFailures(app: string, first: number, ks: number[]): Promise<void> {
  for (const [index, stage] of stages.entries()) {
    const k = ks[index]!;
    const title = Object.keys(kinds)[(first + index + k) % Object.keys(kinds).length]!;
    // Calls at the same time come in another order each time: what is said of one has its own service's form.
    const { form: _, ...fault } = kinds[title]!(calls[index]![k] ?? "") as Refusal;
    aws.plan([
      { on: /(?:)/, fault: { kind: "latency", ms: 0 }, times: k },
      { on: /(?:)/, fault, times: 1 },
    ]);
    const json = k % 2 === 1;
    const done = await attempt(...stage.command(app), ...(json ? ["--json"] : []));
    const met = `${app} ${stage.name}: ${title} at call ${k}, ${aws.seen[k]?.operation}\n${done.stdout}${done.stderr}`;
    expect(done.stderr, met).not.toMatch(/bug in Freehold/);
    // Some calls only ask what it would be nice to know; then it ends well with one of them denied.
    if (title !== "a denial") expect(done.code, met).toBe(0);
    else expect([0, 6], met).toContain(done.code);
    if (json) endsWith(done, met);
    await goesOn(app, index, met);
  }
}

/** The last line says how it ended; refused before it was an operation, it is the refusal. */
function endsWith({ code, stdout }: Finished, met: string): void {
  const last = JSON.parse(stdout.trim().split("\n").at(-1)!);
  if (last.type === "result") expect(last, met).toMatchObject({ ok: code === 0, exitCode: code });
  else expect([last.type, code], met).toEqual(["error", 6]);
}

async function withKills(app: string, reached: boolean, ks: number[]): Promise<void> {
  for (const [index, stage] of stages.entries()) {
    const k = ks[index]!;
    await killedAt(aws, home, stage.command(app), { k, reached });
    await goesOn(
      app,
      index,
      `${app} ${stage.name}: killed at call ${k}, ${aws.seen[k]?.operation}, reached ${reached}`,
    );
  }
}

/** What is of no app but this one, should it have left something under another name: other lives answer for theirs. */
const nobodys = async (): Promise<string[]> =>
  (await everything(config)).filter((line) => !/\b(fails|killed)-\d+-\d+(?!\d)/.test(line));

/** The same command ends well, and all is as it should be; typed again, it has nothing to do. */
async function goesOn(app: string, index: number, met: string): Promise<void> {
  const { name, command, doneAlready } = stages[index]!;
  aws.plan([]);
  const again = await attempt(...command(app), "--wait");
  expect([0, ...doneAlready], `${met}\nthen ${again.stdout}${again.stderr}`).toContain(again.code);
  expect(await everything(config, app), met).toEqual(left[index]);
  if (name === "destroy") return expect(await nobodys(), met).toEqual(empty);
  expect((await home.json("state", "verify", app)).stacks, met).toMatchObject([{ stack: app, state: "sound" }]);
  await stateIsInventory(home, config, app);
  if (name === "up") expect(changesOf(await home.events(...command(app))), met).toEqual([]);
  expect(resultOf(await home.events("preview", app)), met).toBeDefined();
}
