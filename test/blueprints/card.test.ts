/**
 * What is said of an app before it is installed, against what it would really be: the program's own resources and
 * policies. A card that says less than IAM allows is a lie that somebody agrees to.
 */
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Card, Finding, Reach } from "../../blueprints/card.ts";
import { cardOf } from "../../blueprints/card-of.ts";
import { cloudWords, dataWords } from "../../blueprints/cloud-grant.ts";
import { consentDigest, consentOf } from "../../blueprints/consent.ts";
import { loadBlueprint, parseManifest } from "../../blueprints/load.ts";
import { pricesAt } from "../../blueprints/price-list.ts";
import { costOf } from "../../blueprints/prices.ts";
import { reachOf, widerReach } from "../../blueprints/reach.ts";
import { pricesWords } from "../../cli/prices-words.ts";
import { appProgram } from "../../stacks/app.ts";
import { judge } from "../../stacks/rules/index.ts";
import { appInput, type Made, synthesise, where } from "../support/synthesis.ts";

const root = resolve(import.meta.dirname, "../..");
const region = "us-east-1";
let dir: string;
const folders: [name: string, folder: string][] = [];

/** Every verb, secrets, a function without rights, a second one, an index, and no site. */
const many = `freehold: 1
name: many
version: 2.0.0
title: Many
functions:
  api: { code: api, handler: index.handler, runtime: nodejs24.x, uses: { rows: write, old: read, shelf: read } }
  idle: { code: api, handler: index.handler, runtime: nodejs24.x, uses: { other: call } }
  other: { code: api, handler: index.handler, runtime: nodejs24.x }
tables:
  rows: { key: { id: string }, indexes: { by-day: { key: { day: string } } } }
  old: { key: { id: string }, data: rebuildable }
buckets: { shelf: { data: rebuildable } }
routes: { /api/*: api, /open/*: { to: idle, public: true } }
settings: { token: { type: secret }, second: { type: secret }, plain: { type: string } }
reach: { hosts: [api.github.com, "*.example.org"] }
`;
/** Nothing but a page: no function, no data, no limit. */
const page = "freehold: 1\nname: page\nversion: 1.0.0\ntitle: Page\nsite: api\nroutes: { /: site }\n";

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "freehold-card-"));
  for (const [name, text] of Object.entries({ many, page })) {
    await mkdir(join(dir, name, "api"), { recursive: true });
    await writeFile(join(dir, name, "blueprint.yaml"), text);
    await writeFile(join(dir, name, "api/index.mjs"), "export const handler = () => 1;\n");
    folders.push([name, join(dir, name)]);
  }
  folders.push(["counter", join(root, "test/support/fixtures/counter")]);
  for (const entry of await readdir(join(root, "blueprints"), { withFileTypes: true }))
    if (entry.isDirectory()) folders.push([entry.name, join(root, "blueprints", entry.name)]);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** Once each: a synthesis is most of what these tests take. */
const syntheses = new Map<string, Promise<Made[]>>();
const madeOf = (folder: string, app: string): Promise<Made[]> => {
  const known = syntheses.get(folder) ?? synthesisOf(folder, app);
  syntheses.set(folder, known);
  return known;
};
const synthesisOf = async (folder: string, app: string): Promise<Made[]> => {
  const input = await appInput(folder, { app, settings: {} });
  return (await synthesise(() => appProgram(input))).made;
};
const cardAt = async (folder: string): Promise<Card> =>
  cardOf(await loadBlueprint(folder), { source: "folder" }, { region });

/** What IAM lets a role do to an app's own things, read back out of its policy, in the words of a card. */
function allowed(who: string, policy: string, app: string): Reach[] {
  const words = new Map<string, Reach>();
  const { Statement: all } = JSON.parse(policy) as {
    Statement: { Effect: string; Action: string[]; Resource: string[] }[];
  };
  for (const { Action, Resource } of all.filter(({ Effect }) => Effect === "Allow")) {
    const write = Action.some((action) => /:(Put|Delete|Update|BatchWrite|Abort)/.test(action));
    for (const arn of Resource) {
      // Every function has them: its own log, and the key by which it can check who asks.
      if (arn.includes(":log-group:") || arn.endsWith(`:parameter/freehold/home/${app}/identity-key`)) continue;
      const table = new RegExp(`:table/home--${app}--([a-z-]+?)(/index/\\*)?$`).exec(arn)?.[1];
      const bucket = new RegExp(`:::home--${app}--([a-z-]+?)-[0-9a-f]{10}(/\\*)?$`).exec(arn)?.[1];
      const setting = new RegExp(`:parameter/freehold/home/${app}/settings/([a-z-]+)$`).exec(arn)?.[1];
      const called = new RegExp(`:function:home--${app}--([a-z-]+)$`).exec(arn)?.[1];
      if (called) {
        expect(Action).toEqual(["lambda:InvokeFunction"]);
        words.set(`function ${called}`, { who, what: `function ${called}`, may: "call" });
        continue;
      }
      // One word of the card for all of it: the rules hold it to exactly that (stacks/rules/plan.ts).
      if (/:table\/home--(foundation--(apps|access)|\*--limits)$/.test(arn)) {
        expect(Action.filter((action) => !/:(BatchGetItem|GetItem|Scan)$/.test(action))).toEqual([]);
        words.set(cloudWords, { who, what: cloudWords, may: "read" });
        continue;
      }
      if (/:(table\/|::)home--\*--\*(\/\*)?$/.test(arn)) {
        expect(
          Action.filter((action) => !/:(DescribeTable|GetItem|GetObject|ListBucket|Query|Scan)$/.test(action)),
        ).toEqual([]);
        words.set(dataWords, { who, what: dataWords, may: "read" });
        continue;
      }
      const what = table ? `table ${table}` : bucket ? `bucket ${bucket}` : setting && `setting ${setting}`;
      if (!what) throw new Error(`${who} reaches what no card has a word for: ${arn}`);
      const before = words.get(what)?.may;
      words.set(what, { who, what, may: setting ? "secret" : write || before === "write" ? "write" : "read" });
    }
  }
  return [...words.values()];
}

const inOrder = (reach: Reach[]): string[] => reach.map(({ who, may, what }) => `${who} ${may} ${what}`).sort();

describe("a card, of every bundled blueprint and of those that use everything", () => {
  it("says of each function what its policy allows, no less and no more, and the same of exec", async () => {
    expect(folders.length).toBeGreaterThanOrEqual(4);
    for (const [name, folder] of folders) {
      const { reach, functions } = await cardAt(folder);
      const policies = (await madeOf(folder, name)).filter(({ type }) => type === "aws:iam/rolePolicy:RolePolicy");
      for (const { name: who } of functions) {
        const said = inOrder(reach.filter((one) => one.who === who));
        const own = policies.find((one) => one.name === who);
        expect(inOrder(allowed(who, own!.inputs.policy, name)), `${name} ${who}`).toEqual(said);
        const exec = policies.find((one) => one.name === `exec--${who}`);
        expect(exec ? inOrder(allowed(who, exec.inputs.policy, name)) : [], `${name} exec ${who}`).toEqual(said);
      }
    }
  });

  it("says what would be made, kind by kind", async () => {
    for (const [name, folder] of folders) {
      const made = (await madeOf(folder, name)).filter(({ type }) => type.startsWith("aws:"));
      const counted = new Map<string, number>();
      for (const { type } of made) counted.set(type, (counted.get(type) ?? 0) + 1);
      const card = await cardAt(folder);
      expect(Object.fromEntries(card.creates.map(({ kind, count }) => [kind, count])), name).toEqual(
        Object.fromEntries(counted),
      );
    }
  });

  // The rules are about what our own components never make.
  it("is of a plan that no rule has anything against", async () => {
    for (const [name, folder] of folders) {
      const resources = (await madeOf(folder, name))
        .filter(({ type }) => type.startsWith("aws:"))
        .map((one) => ({
          urn: `${one.type}::${one.name}`,
          kind: one.type,
          name: one.name,
          op: "create",
          inputs: one.inputs,
        }));
      const preciousTables = (await cardAt(folder)).data
        .filter(({ kind, precious }) => kind === "table" && precious)
        .map((one) => one.name);
      const fixed = { cloud: "home", accountId: where.accountId, boundaryArn: "arn:boundary", plainHttp: false };
      const { reach } = await cardAt(folder);
      const [readsCloud, readsData] = [cloudWords, dataWords].map((words) => reach.some(({ what }) => what === words));
      const about = { ...fixed, app: name, preciousTables, readsCloud: readsCloud!, readsData: readsData! };
      const found = judge({ resources, about });
      // A header that a manifest declares is said, and is no reason to ask.
      expect(
        found.filter(({ rule, severity }) => rule !== "headers" || severity !== "note"),
        name,
      ).toEqual([]);
    }
  });

  it("says what is public, with its limit, what is kept, and the hosts", async () => {
    const card = await cardAt(join(dir, "many"));
    expect(card.reach.filter(({ who }) => who === "anybody" || who === "app")).toEqual([
      { who: "anybody", may: "public", what: "/open/* to idle", limit: "60 per minute" },
      { who: "app", may: "host", what: "*.example.org" },
      { who: "app", may: "host", what: "api.github.com" },
    ]);
    expect(card.data).toEqual([
      { kind: "table", name: "rows", precious: true },
      { kind: "table", name: "old", precious: false },
      { kind: "bucket", name: "shelf", precious: false },
    ]);
    expect(card.routes).toContainEqual({ path: "/open/*", to: "idle", public: true, limit: "60 per minute" });
    expect(card).toMatchObject({
      fileCount: 2,
      functions: [{ name: "api", memoryMb: 256, timeoutSeconds: 10 }, {}, {}],
    });
    expect(card.functions[0]!.codeBytes).toBe("export const handler = () => 1;\n".length);
  });
});

describe("costs", () => {
  const manifest = (text: string) =>
    parseManifest(text, [{ path: "api/index.mjs", absolute: "/x", executable: false, sizeBytes: 1 }]);

  // By hand, us-east-1. Every request: the gate 0.2e-6 + 0.5 GB x 0.12 s x 0.0000166667 = 1.200002e-6; 1 KB of logs
  // 1024/2^30 x 0.5 = 0.4768e-6; 10 KB out 10240/2^30 x 0.09 = 0.8583e-6: together 2.5351e-6.
  const gate = 0.2e-6 + 0.06 * 0.0000166667 + 0.4768e-6 + 0.8583e-6;

  it("of a page: the gate and one object read, and 1 GB of site a month", () => {
    const cost = costOf(manifest(page), { region, siteBytes: 1024 ** 3 });
    // 1000 x (2.5351e-6 + 0.0004/1000) = 0.002935
    expect(cost.perThousandRequests).toBeCloseTo((gate + 0.4e-6) * 1000, 6);
    expect(cost.perThousandRequests).toBeCloseTo(0.002935, 6);
    expect(cost).toMatchObject({ idlePerMonth: 0.023, region, pricesOf: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) });
  });

  it("of functions: the dearest one, with its data, indexes and counters", () => {
    const cost = costOf(manifest(many), { region, siteBytes: 0 });
    // api: 0.2e-6 + 0.25 GB x 0.1 s x 0.0000166667 = 0.616668e-6; rows: 0.125e-6 + 0.1 x 2 x 0.625e-6 = 0.25e-6;
    // old: 0.125e-6; shelf: 0.4e-6. With the gate's 2.5351e-6: 3.9268e-6 a request.
    expect(cost.perThousandRequests).toBeCloseTo(0.003927, 6);
    expect(cost.idlePerMonth).toBe(0);
    const open = costOf(manifest(many.replace("/api/*: api, ", "")), { region, siteBytes: 0 });
    // idle: 0.616668e-6, 0.625e-6 for the limit's counter, and every tenth calls the other: 3.8385e-6.
    expect(open.perThousandRequests).toBeCloseTo(0.003838, 6);
  });

  it("follow memory, and say which prices stand for a region that is not in the table", () => {
    const at = (memory: string, where: string) =>
      costOf(manifest(many.replace("index.handler,", `index.handler, memory: ${memory},`)), {
        region: where,
        siteBytes: 0,
      });
    // 1 GB instead of 0.25 GB for 0.1 s: 0.075 x 0.0000166667 x 1000 = 0.00125 more.
    expect(at("1 GB", region).perThousandRequests - at("256 MB", region).perThousandRequests).toBeCloseTo(0.00125, 6);
    expect(at("1 GB", "eu-central-1").perThousandRequests).toBeGreaterThan(at("1 GB", region).perThousandRequests);
    expect(at("1 GB", "mars-north-1")).toMatchObject({ region: "mars-north-1", pricesIn: region });
    expect(at("1 GB", "mars-north-1").assumes[0]).toMatch(/mars-north-1 are not known; those of us-east-1 stand for/);
    expect(at("1 GB", region).assumes.join(" ")).not.toContain("stand for");
    expect(at("1 GB", region)).not.toHaveProperty("pricesIn");
    expect(pricesWords(at("1 GB", "mars-north-1"))).toMatch(/^mars-north-1, by the prices of us-east-1 of \d{4}-/);
  });

  // AWS's price lists in force on 2026-08-15, a second time: of two numbers one mistyped digit shows.
  it.each([
    ["us-east-1", [0.125, 0.625, 0.25, 0.2], [0.023, 0.0004, 0.005], 0.5],
    ["us-east-2", [0.125, 0.625, 0.25, 0.2], [0.023, 0.0004, 0.005], 0.5],
    ["us-west-2", [0.125, 0.625, 0.25, 0.2], [0.023, 0.0004, 0.005], 0.5],
    ["eu-west-1", [0.1415, 0.705, 0.283, 0.22], [0.023, 0.0004, 0.005], 0.57],
    ["eu-central-1", [0.1525, 0.7625, 0.306, 0.2448], [0.0245, 0.00043, 0.0054], 0.63],
  ])("are those of the price list of %s", (where, dynamodb, s3, logs) => {
    const prices = pricesAt(where);
    expect(Object.values(prices.dynamodb)).toEqual(dynamodb);
    expect(Object.values(prices.s3)).toEqual(s3);
    expect(prices.logs.perGb).toBe(logs);
    // The same in all of them.
    expect(prices.lambda).toEqual({ perMillionRequests: 0.2, perGbSecond: 0.0000166667 });
    expect(prices.transfer.perGb).toBe(0.09);
  });
});

describe("consent", () => {
  let card: Card;
  beforeAll(async () => {
    card = await cardAt(join(dir, "many"));
  });
  const asks: Finding = { rule: "limits", severity: "ask", resource: "api", message: "It is large." };

  // Row H11: an answer holds for exactly what was asked.
  it("has another digest for another folder, owner, reach, limit, route, host, kind of resource or question, and for nothing else", () => {
    const first = consentDigest(card, [asks]);
    const copies: Card[] = [
      { ...card, digest: card.digest.replace(/.$/, (last) => (last === "0" ? "1" : "0")) },
      { ...card, reach: card.reach.slice(1) },
      { ...card, reach: card.reach.map((one) => (one.limit ? { ...one, limit: "61 per minute" } : one)) },
      { ...card, reach: [...card.reach, { who: "app", may: "host", what: "evil.example" }] },
      { ...card, routes: card.routes.map((one) => ({ ...one, public: true })) },
      { ...card, creates: card.creates.slice(1) },
      // The same bytes in other hands: a yes to one is none to the other.
      { ...card, origin: { source: "github", repository: "eve/many", repositoryId: 6 } },
      { ...card, origin: { source: "github", repository: "eve/many", repositoryId: 7 } },
    ];
    const others = [
      ...copies.map((copy) => consentDigest(copy, [asks])),
      consentDigest(card, []),
      consentDigest(card, [{ ...asks, message: "It is larger." }]),
      consentDigest(card, [asks, { ...asks, resource: "idle" }]),
    ];
    expect(new Set([first, ...others]).size).toBe(1 + others.length);

    const same: [Card, Finding[]][] = [
      [structuredClone(card), [{ message: asks.message, severity: "ask", resource: "api", rule: "limits" }]],
      [{ ...card, reach: [...card.reach].reverse(), routes: [...card.routes].reverse() }, [asks]],
      [{ ...card, cost: { ...card.cost, idlePerMonth: 9 } }, [asks]],
      [card, [asks, { rule: "x", severity: "note", message: "By the way." }]],
      [{ ...card, creates: card.creates.map((one) => ({ ...one, count: one.count + 1 })) }, [asks]],
    ];
    for (const [copy, findings] of same) expect(consentDigest(copy, findings)).toBe(first);
  });

  it("names why somebody has to say yes", () => {
    const before = { card, version: "1.0.0", digest: "sha256:0" };
    const of = (now: Card, then?: typeof before, findings: Finding[] = []) =>
      consentOf({ app: "many", card: now, ...(then ? { before: then } : {}), findings }).reasons;
    expect(of(card)).toEqual(["outside"]);
    expect(of({ ...card, origin: { source: "bundled" } })).toEqual([]);
    expect(of(card, before)).toEqual([]);
    expect(of(card, before, [asks])).toEqual(["finding"]);
    const wider = { ...card, reach: [...card.reach, { who: "app", may: "host", what: "evil.example" }] };
    expect(of(wider, before)).toEqual(["wider-reach"]);
    expect(consentOf({ app: "many", card: wider, before, findings: [] }).added).toEqual([wider.reach.at(-1)]);
    expect(of(card, { ...before, card: wider })).toEqual([]);
    expect(consentOf({ app: "many", card, before: { version: "1.0.0", digest: "x" }, findings: [] }).reasons).toEqual([
      "wider-reach",
    ]);

    const at = (repository: string, repositoryId: number, source: "github" | "catalog" = "github"): Card => ({
      ...card,
      origin: { source, repository, repositoryId },
    });
    const from = (then: Card) => ({ ...before, card: then });
    expect(of(at("ada/many", 1, "catalog"), from(at("Ada/many", 1)))).toEqual([]);
    expect(of(at("ada/renamed", 1), from(at("ada/many", 1)))).toEqual([]);
    expect(of(at("bob/many", 1), from(at("ada/many", 1)))).toEqual(["owner-changed"]);
    expect(of(at("ada/many", 2), from(at("ada/many", 1)))).toEqual(["owner-changed"]);
    expect(of(at("ada/many", 1), before)).toEqual(["owner-changed"]);
  });

  it("takes for wider only what nothing before includes", () => {
    const table = (may: string): Reach => ({ who: "api", may, what: "table rows" });
    const open = (limit?: string): Reach => ({
      who: "anybody",
      may: "public",
      what: "/x to api",
      ...(limit ? { limit } : {}),
    });
    const host = (what: string): Reach => ({ who: "app", may: "host", what });
    const cases: [before: Reach, after: Reach, wider: boolean][] = [
      [table("write"), table("read"), false],
      [table("read"), table("write"), true],
      [table("read"), { ...table("read"), who: "other" }, true],
      [open("60 per minute"), open("30 per minute"), false],
      [open("60 per minute"), open("61 per minute"), true],
      [open("60 per minute"), open("60 per second"), true],
      [open("1 per second"), open("60 per minute"), true],
      [open("60 per minute"), open(), true],
      [open(), open("60 per minute"), false],
      [open("60 per minute"), { ...open("60 per minute"), what: "/x to admin" }, true],
      [host("*.example.org"), host("api.example.org"), false],
      [host("api.example.org"), host("*.example.org"), true],
      [host("*.example.org"), host("evilexample.org"), true],
    ];
    for (const [before, after, wider] of cases)
      expect(widerReach([before], [after]).length > 0, JSON.stringify([before, after])).toBe(wider);
    expect(
      reachOf(parseManifest(page, [{ path: "api/index.mjs", absolute: "/x", executable: false, sizeBytes: 1 }])),
    ).toEqual([]);
  });
});
