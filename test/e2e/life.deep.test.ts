/**
 * Whole lives by flags alone: from a catalog on an emulated GitHub to the day its repository is gone; upgrades and
 * rollbacks over one set of data; an upgrade that does not come up; and where a secret is found afterwards.
 */
import { cpSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { CreateTableCommand, DynamoDBClient, paginateScan } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { clientConfig, inventory } from "../support/aws.ts";
import { changeFile, copyCounter } from "../support/counter.ts";
import { type Hub, type HubRepository, startGitHub } from "../support/github.ts";
import { ask, changesOf, type Home, resultOf, signIn, withHome } from "../support/home.ts";

// Each of these is many commands after another.
vi.setConfig({ testTimeout: 600_000 });
const cycles = 10;
const lines = (stdout: string): any[] =>
  stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

/** Ends with 3, having changed nothing; answers the digest that accepts it and the command that was said to. */
async function asked(home: Home, ...args: string[]): Promise<{ digest: string; next: string; reasons: string[] }> {
  const { code, stdout, stderr } = await home.attempt(...args, "--json");
  expect(code, stdout + stderr).toBe(3);
  const events = lines(stdout);
  const { consent } = events.find(({ type }) => type === "consent");
  const { next } = events.find(({ type }) => type === "error");
  return { digest: consent.digest, next, reasons: consent.reasons };
}

/** Every file of a folder, its path from there. */
function filesOf(dir: string): Record<string, string> {
  const entries = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    entries.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [path.slice(dir.length + 1), readFileSync(path, "utf8")];
    }),
  );
}

const fixture = resolve(import.meta.dirname, "../support/fixtures/counter");

/** What an operation that does not come to pass says. */
async function refused(home: Home, ...args: string[]): Promise<{ code: string; summary: string; detail: string }> {
  const { code, stdout, stderr } = await home.attempt(...args, "--json");
  expect(code, stdout + stderr).not.toBe(0);
  return lines(stdout).find(({ type }) => type === "error");
}

/** Served, not only recorded. */
async function answers(home: Home, app: string): Promise<boolean> {
  const { apps } = await home.json("status");
  return apps.find(({ name }: { name: string }) => name === app).answers;
}

describe("an app of somebody's catalog", () => {
  let hub: Hub;
  let repository: HubRepository;
  let home: Home;
  let folder: string;
  const manifest = (change: (text: string) => string) => changeFile(join(folder, "counter/blueprint.yaml"), change);
  /** As its author does it: the index is built, and all is pushed. */
  async function built(): Promise<Record<string, string>> {
    await home.freehold("catalog", "build", "./apps", "--name", "anns");
    return filesOf(folder);
  }

  beforeAll(async () => {
    hub = await startGitHub();
    home = await withHome({ env: hub.env });
    folder = join(home.dir, "apps");
    await copyCounter(folder);
    repository = hub.repository("ann/apps", await built());
  });
  afterAll(async () => {
    await home?.close();
    await hub?.close();
  });

  it("is found, judged and agreed to before it is installed", async () => {
    await home.freehold("catalog", "add", "github:ann/apps");
    expect((await home.json("search", "counter")).hits).toMatchObject([{ catalog: "anns", name: "counter" }]);
    const { card } = await home.json("info", "anns/counter");
    expect(card).toMatchObject({ name: "counter", origin: { repository: "ann/apps", commit: repository.head } });
    const { digest, next, reasons } = await asked(home, "up", "anns/counter", "--yes");
    expect(reasons).toEqual(["outside"]);
    expect((await home.json("ls")).apps).toEqual([]);
    await home.freehold(...next.split(" ").slice(1));
    const show = await home.json("show", "counter");
    expect(show).toMatchObject({ source: "catalog", digest: card.digest, accepted: { digest } });
  });

  it("is said to have a newer version that reaches further, which is asked", async () => {
    await manifest((text) => `${text.replace("1.0.0", "1.1.0")}\nreach: { hosts: [api.github.com] }\n`);
    repository.commit(await built());
    await home.freehold("catalog", "refresh");
    const [app] = (await home.json("ls")).apps;
    expect(app).toMatchObject({ version: "1.0.0", update: { version: "1.1.0", reach: "wider" } });
    const { next, reasons } = await asked(home, "upgrade", "counter", "--yes");
    expect(reasons).toEqual(["wider-reach"]);
    await home.freehold(...next.split(" ").slice(1));
    expect((await home.json("show", "counter")).version).toBe("1.1.0");
  });

  // G4: whoever buys a repository gets its name and its number, and nothing that was installed from it.
  it("in other hands is asked about again", async () => {
    repository.rename("mallory/apps");
    await manifest((text) => text.replace("1.1.0", "1.2.0"));
    repository.commit(await built());
    await home.freehold("catalog", "refresh");
    const { reasons } = await asked(home, "upgrade", "counter", "--yes");
    expect(reasons).toEqual(["owner-changed"]);
    expect((await home.json("show", "counter")).version).toBe("1.1.0");
    expect(await answers(home, "counter")).toBe(true);
  });

  // G4: the name is free again, and somebody takes it.
  it("is not taken from another repository that has the old name now", async () => {
    await manifest((text) => text.replace("1.2.0", "1.3.0"));
    hub.repository("ann/apps", await built());
    const { stdout } = await home.attempt("catalog", "refresh", "anns", "--json");
    expect(JSON.parse(stdout).catalogs[0]).toMatchObject({ failure: { code: "repository-replaced" } });
    expect(await refused(home, "up", "github:ann/apps/counter")).toMatchObject({ code: "repository-replaced" });
    const show = await home.json("show", "counter");
    expect(show).toMatchObject({ state: "running", version: "1.1.0" });
    expect(await answers(home, "counter")).toBe(true);
  });
});

describe("an app of somebody on GitHub", () => {
  let hub: Hub;
  let repository: HubRepository;
  let home: Home;
  const one = filesOf(fixture);
  const two: Record<string, string> = {
    ...one,
    "blueprint.yaml": `${one["blueprint.yaml"]!.replace("version: 1.0.0", "version: 1.1.0")}\nreach: { hosts: [api.github.com] }\n`,
  };

  beforeAll(async () => {
    hub = await startGitHub();
    repository = hub.repository("ann/counter", one);
    repository.tag("v1.0.0");
    home = await withHome({ env: hub.env });
  });
  afterAll(async () => {
    await home?.close();
    await hub?.close();
  });

  it("is asked about before it is installed, and then pinned to what was shown", async () => {
    const { digest, next, reasons } = await asked(home, "up", "github:ann/counter@v1.0.0", "--yes");
    expect(reasons).toEqual(["outside"]);
    expect(next).toBe(`freehold up github:ann/counter@v1.0.0 --accept ${digest}`);
    expect((await home.json("ls")).apps).toEqual([]);
    await home.freehold(...next.split(" ").slice(1));
    const show = await home.json("show", "counter");
    expect(show).toMatchObject({ source: "github", version: "1.0.0", accepted: { digest } });
    expect(show.origin).toMatchObject({ repository: "ann/counter", commit: repository.head, ref: "v1.0.0" });
  });

  it("is set, and upgraded when its further reach is accepted; what was set stays", async () => {
    await home.freehold("settings", "counter", "api.memory=512MB", "greeting=Hi");
    expect(changesOf(await home.events("upgrade", "counter"))).toEqual([]);
    repository.commit(two);
    repository.tag("v1.1.0");
    const { next, reasons } = await asked(home, "upgrade", "counter", "--yes");
    expect(reasons).toEqual(["wider-reach"]);
    expect((await home.json("show", "counter")).version).toBe("1.0.0");
    await home.freehold(...next.split(" ").slice(1));
    const show = await home.json("show", "counter");
    expect(show).toMatchObject({ version: "1.1.0", settings: { greeting: "Hi" }, origin: { ref: "v1.1.0" } });
    expect(show.functions).toEqual({ api: { memory: "512 MB" } });
  });

  // G5: who has the repository has its tags; what a tag meant when it was installed is what counts.
  it("stays as it is when its tag means something else by now, which is said", async () => {
    const { digest, origin } = await home.json("show", "counter");
    repository.commit({ ...two, "api/index.mjs": `${two["api/index.mjs"]}\n// another\n` });
    repository.tag("v1.1.0");
    const { code, detail } = await refused(home, "upgrade", "counter", "--yes");
    expect(code).toBe("tag-moved");
    expect(detail).toContain(digest);
    expect(await home.json("show", "counter")).toMatchObject({ state: "running", digest, origin });
    expect(await answers(home, "counter")).toBe(true);
  });

  // Nobody, not the author and not GitHub, can take away what somebody installed.
  it("goes back, comes up again, is set and read when its repository is gone and the cache is empty", async () => {
    repository.removed = true;
    rmSync(join(home.dir, "freehold/cache"), { recursive: true, force: true });
    const before = hub.requests.length;
    const back = resultOf(await home.events("rollback", "counter")).apps[0];
    expect(back.version).toBe("1.0.0");
    const cookie = await signIn(back.link);
    const answer = await ask(new URL("/api/count", back.url).href, { headers: { cookie } });
    expect(JSON.parse(answer.text)).toEqual({ n: 1, greeting: "Hi" });
    await home.freehold("up", "counter");
    await home.freehold("settings", "counter", "greeting=Ho");
    expect((await home.json("show", "counter")).definition.functions).toHaveLength(1);
    expect(hub.requests.length).toBe(before);
    const { code, stderr } = await home.attempt("upgrade", "counter");
    expect(code, stderr).not.toBe(0);
    expect((await home.json("show", "counter")).state).toBe("running");
    await home.freehold("destroy", "counter", "--yes");
    // Its data is there, and so is what was accepted.
    await home.freehold("up", "counter");
    await home.freehold("destroy", "counter", "--data", "delete", "--yes");
  });
});

describe("upgrades and rollbacks, one after the other", () => {
  let home: Home;
  beforeAll(async () => {
    home = await withHome();
  });
  afterAll(() => home?.close());

  async function items(): Promise<string[]> {
    const config = clientConfig(await home.json("cloud", "env"));
    const found: string[] = [];
    for (const name of (await inventory(config)).filter((one) => one.startsWith("table ") && /counts/.test(one)))
      for await (const { Items = [] } of paginateScan(
        { client: new DynamoDBClient(config) },
        { TableName: name.slice("table ".length) },
      ))
        found.push(...Items.map((item) => JSON.stringify(item)));
    return found.sort();
  }

  it("leave identical data, and the copies of two versions", async () => {
    const folder = await copyCounter(home.dir);
    const { url, link } = resultOf(await home.events("up", "./counter")).apps[0];
    const cookie = await signIn(link);
    for (let n = 0; n < 5; n++) await ask(new URL("/api/count", url).href, { headers: { cookie } });
    const data = await items();
    expect(data.length).toBeGreaterThan(0);
    const newer = join(home.dir, "newer");
    cpSync(folder, newer, { recursive: true });
    await changeFile(join(newer, "blueprint.yaml"), (text) => text.replace("version: 1.0.0", "version: 2.0.0"));
    await changeFile(join(newer, "api/index.mjs"), (text) => text.replace('version: "one"', 'version: "two"'));
    for (let n = 0; n < cycles; n++) {
      expect(resultOf(await home.events("upgrade", "counter", "--to", "./newer")).apps[0].version).toBe("2.0.0");
      expect(resultOf(await home.events("rollback", "counter")).apps[0].version).toBe("1.0.0");
      expect(await items()).toEqual(data);
    }
    expect(readdirSync(join(home.dir, "freehold/data/clouds/home/blueprints"))).toHaveLength(2);
    expect((await home.json("show", "counter")).versions.length).toBeLessThanOrEqual(10);
  });

  // Row D10: what ran before serves again, and nobody has to know how.
  it("that do not come up leave the version before running, by themselves", async () => {
    const broken = join(home.dir, "broken");
    cpSync(join(home.dir, "counter"), broken, { recursive: true });
    await changeFile(join(broken, "blueprint.yaml"), (text) => text.replace("version: 1.0.0", "version: 3.0.0"));
    await changeFile(join(broken, "blueprint.yaml"), (text) =>
      text.replace("tables:\n", "tables:\n  taken: { key: { id: string } }\n"),
    );
    // Somebody else's table has the name that the new one would have.
    const client = new DynamoDBClient(clientConfig(await home.json("cloud", "env")));
    await client.send(
      new CreateTableCommand({
        TableName: "home--counter--taken",
        BillingMode: "PAY_PER_REQUEST",
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      }),
    );
    const failed = await home.attempt("upgrade", "counter", "--to", "./broken", "--json");
    expect(failed.code, failed.stdout).toBe(1);
    expect(failed.stdout).toContain("1.0.0 is brought back");
    const show = await home.json("show", "counter");
    expect(show).toMatchObject({ state: "running", version: "1.0.0" });
    const { link } = resultOf(await home.events("up", "./counter")).apps[0];
    expect((await ask(link)).status).toBe(303);
  });
});

// Row F62: a scanner over everything that is kept and said.
describe("a secret", () => {
  it("is nowhere in plain, kept or said, through settings, upgrade, rollback and undo", async () => {
    const home = await withHome();
    try {
      const secret = `secret-${"s3cr3t".repeat(4)}`;
      const folder = await copyCounter(home.dir);
      await changeFile(
        join(folder, "blueprint.yaml"),
        (text) => `${text}  token: { type: secret, required: true, pattern: "^secret-" }\n`,
      );
      const said: string[] = [];
      const run = async (...args: string[]) => {
        const { stdout, stderr } = await home.attempt(...args);
        said.push(stdout, stderr);
      };
      const setFirst = { stderr: expect.stringContaining("freehold secret set counter token") };
      // Nothing is made for an app that cannot come up, the first cloud least of all.
      expect(await home.attempt("up", "./counter")).toMatchObject({ code: 3, ...setFirst });
      expect((await home.json("ls")).cloud).toBeNull();
      await home.freehold("setup", "--yes");
      expect(await home.attempt("up", "./counter", "--settings", `token=${secret}`)).toMatchObject({
        code: 2,
        ...setFirst,
      });
      await home.pipe("another", "secret", "set", "counter", "token");
      const unfit = await home.attempt("up", "./counter");
      expect(unfit).toMatchObject({ code: 2, stderr: expect.stringContaining("does not meet ^secret-") });
      expect((await home.json("ls")).apps).toEqual([]);
      const set = await home.pipe(secret, "secret", "set", "counter", "token");
      expect(set.stdout).toContain("counter is not installed: its first up finds this.");
      said.push(set.stdout, unfit.stderr);
      await home.freehold("up", "./counter");
      const typed = await home.attempt("settings", "counter", `token=${secret}`);
      expect(typed).toMatchObject({ code: 2, stderr: expect.stringContaining("freehold secret set counter token") });
      said.push(typed.stdout, typed.stderr);
      cpSync(folder, join(home.dir, "newer"), { recursive: true });
      await changeFile(join(home.dir, "newer/blueprint.yaml"), (text) => text.replace("1.0.0", "2.0.0"));
      for (const args of [
        ["settings", "counter", "api.memory=512MB"],
        ["preview", "./newer"],
        ["upgrade", "counter", "--to", "./newer", "--json"],
        ["rollback", "counter"],
        ["undo", "counter", "--yes"],
        ["settings", "counter", "--json"],
        ["show", "counter", "--json"],
        ["history", "counter", "--json"],
        ["state", "export", "counter"],
      ])
        await run(...args);
      expect(said.join("\n")).not.toContain(secret);
      const dir = join(home.dir, "freehold");
      expect((await home.json("secret", "ls", "counter")).secrets).toEqual(["token"]);
      const holding = (text: string): string[] =>
        readdirSync(dir, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map(({ parentPath, name }) => join(parentPath, name))
          .filter((path) => readFileSync(path).includes(text));
      // The scanner finds what is there, so that finding nothing means something.
      expect(holding("home--counter--api")).not.toEqual([]);
      expect(holding(secret)).toEqual([]);
    } finally {
      await home.close();
    }
  });
});
