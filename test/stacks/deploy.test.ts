/**
 * An app's whole life through the door of the stacks: real programs, the embedded engine, the AWS provider, and below
 * them the local cloud (deploy-second.deep.test.ts: an AWS that nobody here wrote). What the command line adds is tested
 * in e2e.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cardOf } from "../../blueprints/card-of.ts";
import { loadBlueprint } from "../../blueprints/load.ts";
import type { Cloud } from "../../stacks/cloud.ts";
import * as deploy from "../../stacks/deploy.ts";
import { inventory } from "../support/aws.ts";
import { awsLatency } from "../support/aws-latency.ts";
import { ask, signIn } from "../support/home.ts";
import { startTestCloud, type TestCloud } from "../support/local-cloud.ts";
import { localCloud, type Session, session, workspace } from "./deploy-session.ts";

// With AWS's latency, so that the whole life is one that AWS would let pass.
describe("on the local cloud", () => {
  const latency = awsLatency();
  let dir: string;
  let local: TestCloud;
  let cloud: Cloud;
  let on: Session;
  let url: string;
  let cookie: string;
  let kept: deploy.Kept[];

  beforeAll(async () => {
    dir = await workspace();
    local = await startTestCloud(latency.options);
    cloud = localCloud(local, dir);
    on = session(cloud, dir);
  }, 120_000);

  afterAll(async () => {
    await local?.close();
    await rm(dir, { recursive: true, force: true });
  });

  const get = (path: string, headers = { cookie }) => ask(new URL(path, url).href, { headers });
  const count = async (): Promise<unknown> => JSON.parse((await get("/api/count")).text);

  it("a foundation is made once", async () => {
    expect(await deploy.foundationOutputs(cloud)).toBeNull();
    const made = await on.foundation();
    expect(made).toMatchObject({ signinFunction: "home--foundation--signin", accessTable: "home--foundation--access" });
    expect(await on.foundation()).toEqual(made);
    expect(on.touched()).toEqual([]);
    expect(await deploy.foundationOutputs(cloud)).toEqual(made);
  });

  it("a preview shows everything and leaves nothing", async () => {
    await on.up({ preview: true });
    expect(on.touched()).toContain("create aws:lambda/function:Function api");
    await expect(deploy.stackOutputs(cloud, "counter")).rejects.toMatchObject({ code: "stack-not-found", exitCode: 4 });
  });

  // What is agreed to is this plan: the rules see all of it, resolved, and judging it makes and changes nothing.
  it("a plan is judged whole, before and after it is carried out, and nothing is made by that", async () => {
    const { resources, findings, changes } = await on.judged();
    expect(findings).toEqual([]);
    const kinds = resources.filter(({ kind }) => kind.startsWith("aws:")).map(({ kind }) => kind);
    const { creates } = await cardOf(await loadBlueprint(join(dir, "counter")), { source: "folder" }, cloud);
    expect([...kinds].sort()).toEqual(creates.flatMap(({ kind, count }) => Array<string>(count).fill(kind)).sort());
    expect(changes.create).toBeGreaterThan(kinds.length);
    await expect(deploy.stackOutputs(cloud, "counter")).rejects.toMatchObject({ code: "stack-not-found" });
    const secret = await on.judged({ settings: { greeting: "AKIAIOSFODNN7EXAMPLE" } });
    expect(secret.findings).toContainEqual(expect.objectContaining({ rule: "environments", severity: "refuse" }));
  });

  it("an app goes up, is private, and lets its owner in once by a link", async () => {
    ({ url } = await on.up().then((result) => ({ url: result.url ?? "" })));
    expect(url).toBe(`http://counter--home.localhost:${local.port}/`);
    expect((await get("/", {} as never)).status).toBe(401);
    const link = await deploy.mintLink(cloud, (await deploy.foundationOutputs(cloud))!, { app: "counter" });
    cookie = await signIn(link);
    expect((await ask(link)).status).toBe(401);
    expect((await get("/")).text).toContain("<p>Counter</p>");
    expect(await count()).toEqual({ n: 1, greeting: "Hello" });
  });

  // What the first `up` on AWS meets, with no proxy that plays it.
  it("a role that was just made is waited for: by functions, aloud, and by a command of the owner's", async () => {
    const created = latency.early.filter((call) => call === "lambda POST /2015-03-31/functions");
    // Too early at least once for each of api and gate; the sign-in function's was an earlier operation.
    expect(created.length).toBeGreaterThanOrEqual(3);
    expect(JSON.stringify(on.events())).toMatch(/waiting for role home--counter--api to be assumable by Lambda/);
    // Its role was made with the others; as if it were the last of them.
    await local.cloud.store.write((db) =>
      db
        .prepare("UPDATE iam_roles SET created = ? WHERE name = 'home--counter--exec--api'")
        .run(local.cloud.clock.now()),
    );
    const execAccess = await deploy.execAccess(cloud, "counter", { write: false });
    expect(execAccess.environment["AWS_ACCESS_KEY_ID"]).toMatch(/^ASIA/);
    expect(latency.early.filter((call) => call.startsWith("sts ")).length).toBeGreaterThanOrEqual(1);
  });

  // AWS's root user may assume no role: better told so than by a denial that names a policy.
  it("a command of the owner's is refused to AWS's root user before anything is asked for", async () => {
    const signedIn = deploy.execAccess({ ...cloud, target: "aws" }, "no-such-app", { write: false });
    await expect(signedIn).rejects.toMatchObject({ code: "root-user", exitCode: 6 });
  });

  it("the site has ranges, ETag and the right types", async () => {
    const whole = await get("/");
    expect(whole.headers["content-type"]).toBe("text/html; charset=utf-8");
    const part = await get("/", { cookie, range: "bytes=0-3" } as never);
    expect([part.status, part.text]).toEqual([206, whole.text.slice(0, 4)]);
    const again = await get("/", { cookie, "if-none-match": String(whole.headers["etag"]) } as never);
    expect([again.status, again.text]).toEqual([304, ""]);
  });

  it("functions that fail: 502 and 504 with the request's id, and the trace in the logs", async () => {
    const thrown = await get("/api/throw");
    expect(thrown.status).toBe(502);
    expect(thrown.text).toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/);
    expect((await get("/api/hang")).status).toBe(504);
    expect((await count()) as object).toMatchObject({ n: 2 });
    await expect
      .poll(async () => {
        const lines: string[] = [];
        const signal = new AbortController().signal;
        await deploy.readLogs(cloud, "counter", { signal }, (line) => lines.push(`${line.function}: ${line.message}`));
        return lines.join("\n");
      })
      .toMatch(/api: [\s\S]*thrown on purpose/);
  });

  it("a public route has its limit, exactly", async () => {
    const window = () => Math.floor(Date.now() / 60_000);
    for (;;) {
      const before = window();
      const statuses: number[] = [];
      for (let i = 0; i < 7; i++) statuses.push((await get("/public/x", {} as never)).status);
      if (window() !== before) continue;
      // A window that began with the loop above has seen some already; it never lets more than five through.
      expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(5);
      expect(statuses.at(-1)).toBe(429);
      return;
    }
  });

  it("up again: nothing to do", async () => {
    const { changes } = await on.up();
    expect(on.touched()).toEqual([]);
    expect(Object.keys(changes)).toEqual(["same"]);
  });

  it("a changed line updates the function alone, and the data stays", async () => {
    await on.changeLine('version: "one"', 'version: "two"');
    await on.up();
    expect(on.touched()).toEqual(["update aws:lambda/function:Function api"]);
    expect(JSON.parse((await get("/api/version")).text).version).toBe("two");
    expect((await count()) as object).toMatchObject({ n: 3 });
  });

  it("comes down without its data, and takes it back", async () => {
    ({ kept } = await on.down("keep"));
    expect(kept.map(({ kind, name }) => `${kind} ${name}`).sort()).toEqual([
      "aws:dynamodb/table:Table counts",
      "aws:s3/bucket:Bucket files",
    ]);
    // What was kept is as it was; the rules look at what it is to be.
    expect((await on.judged({ attach: kept })).findings).toEqual([]);
    expect(on.touched()).toContain("import aws:dynamodb/table:Table counts");
    await on.up({ attach: kept });
    expect(on.touched()).toEqual(
      expect.arrayContaining(["import aws:dynamodb/table:Table counts", "import aws:s3/bucket:Bucket files"]),
    );
    cookie = await signIn(await deploy.mintLink(cloud, (await deploy.foundationOutputs(cloud))!, { app: "counter" }));
    expect((await count()) as object).toMatchObject({ n: 4 });
    await on.up();
    expect(on.touched()).toEqual([]);
  });

  it("secret settings are in no state and no event", async () => {
    await deploy.putSecret(cloud, "counter", "token", "hunter2");
    expect(await deploy.listSecrets(cloud, "counter")).toEqual(["token"]);
    await deploy.putSecret(cloud, "counter", "token", null);
    expect(await deploy.listSecrets(cloud, "counter")).toEqual([]);
    const key = JSON.stringify(await deploy.exportStack(cloud, "foundation", true));
    expect(key).not.toMatch(/MC4CAQAw/);
  });

  it("D4: the foundation stays while an app is there, and nothing is left after the last", async () => {
    await expect(on.end()).rejects.toMatchObject({ code: "cloud-in-use" });
    expect(await on.down("delete")).toMatchObject({ kept: [] });
    await on.end();
    expect(await inventory(local.config)).toEqual([]);
  });
});
