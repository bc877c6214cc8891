/** D3: a state that is lost is found again in the cloud: by its names, asking only; afterwards there is nothing to do. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { DynamoDBClient, ListTagsOfResourceCommand, UntagResourceCommand } from "@aws-sdk/client-dynamodb";
import { DeleteFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { digestFolder } from "../../blueprints/digest.ts";
import { loadBlueprint } from "../../blueprints/load.ts";
import type { Cloud } from "../../stacks/cloud.ts";
import * as deploy from "../../stacks/deploy.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { root } from "../support/home.ts";
import { startTestCloud, type TestCloud } from "../support/local-cloud.ts";
import { localCloud, type Session, session, workspace } from "./deploy-session.ts";

let local: TestCloud;
let proxy: Awaited<ReturnType<typeof startFaultProxy>>;
let dir: string;
let cloud: Cloud;
let me: Session;
const signal = new AbortController().signal;
const quiet = { signal, emit: () => undefined };
const mutating = /(^|[.=])(Create|Put|Update|Delete|Add|Tag|Untag|Attach|Detach|Remove)\w*$|^(PUT|DELETE) |^POST \/20/;

beforeAll(async () => {
  local = await startTestCloud();
  proxy = await startFaultProxy(local.endpoint);
  dir = await workspace();
  cloud = { ...localCloud(local, dir), endpoint: proxy.endpoint };
  me = session(cloud, dir);
  await me.foundation();
}, 90_000);
afterAll(async () => {
  await proxy?.close();
  await local?.close();
  if (dir) await rm(dir, { recursive: true, force: true });
});

const project = (name: string): string => (name === "foundation" ? "freehold-foundation" : `freehold-app-${name}`);
const fileOf = (name: string): string => join(cloud.dir, ".pulumi/stacks", project(name), "home.json");
function lose(name: string): void {
  for (const folder of ["stacks", "history", "backups", "journals"])
    rmSync(join(cloud.dir, ".pulumi", folder, project(name)), { recursive: true, force: true });
}
const resourcesOf = async (name: string): Promise<any[]> =>
  ((await deploy.exportStack(cloud, name, true)) as any).deployment.resources;
/** What a state says, without when it was said and where this computer keeps the code. */
const gist = (resources: any[]): string[] =>
  resources
    .map(({ urn, id, parent, inputs, retainOnDelete, deletedWith }) => {
      const said = { urn, id, parent, inputs, retainOnDelete, deletedWith };
      return JSON.stringify(said, (key, value) =>
        key === "id" && /^[0-9a-f-]{36}$/.test(value) ? "uuid" : value,
      ).replaceAll(/"(path|provider)":"[^"]*"/g, '"$1":""');
    })
    .sort();

async function notes(): Promise<deploy.App> {
  const folder = join(root, "blueprints/notes");
  const blueprint = await loadBlueprint(folder);
  const digest = await digestFolder(folder);
  return { name: "notes", blueprint, digest, settings: {}, secrets: {}, functionsDir: join(dir, "functions") };
}
const up = async (app: deploy.App, emit: (event: any) => void = () => undefined) =>
  deploy.deployApp(cloud, (await deploy.foundationOutputs(cloud))!, app, { signal, emit });

/** The steps of a further `up` that are any. */
async function steps(app: deploy.App): Promise<string[]> {
  const seen: string[] = [];
  await up(app, (event) => {
    if (event.type === "resource" && event.phase === "done" && event.op !== "same")
      seen.push(`${event.op} ${event.kind}`);
  });
  return seen;
}

describe("a lost state", () => {
  it("is refused, not made a second time and not taken for gone", async () => {
    await up(await notes());
    const before = readFileSync(fileOf("notes"));
    lose("notes");
    proxy.plan([]);
    await expect(up({ ...(await notes()), installed: true })).rejects.toMatchObject({ code: "state-lost" });
    await expect(deploy.destroyApp(cloud, "notes", { ...quiet, data: "keep", installed: true })).rejects.toMatchObject({
      code: "state-lost",
    });
    expect(proxy.seen.filter(({ operation }) => mutating.test(operation))).toEqual([]);
    mkdirSync(join(fileOf("notes"), ".."), { recursive: true });
    writeFileSync(fileOf("notes"), before);
    expect((await deploy.stackHealth(cloud, "notes")).state).toBe("sound");
  });

  it("of notes is found again whole, with nothing asked but questions, and there is nothing to do after", async () => {
    const before = await resourcesOf("notes");
    lose("notes");
    proxy.plan([]);
    const found = await deploy.rebuildApp(cloud, await notes(), quiet);
    expect(proxy.seen.filter(({ operation }) => mutating.test(operation))).toEqual([]);
    expect(found.missing).toEqual([]);
    expect(found.others).toEqual([]);
    expect(found.found.filter(({ differs }) => differs.length > 0)).toEqual([]);
    expect((await deploy.stackHealth(cloud, "notes")).state).toBe("lost");
    await deploy.restoreStack(cloud, "notes", found.deployment);
    expect(gist(await resourcesOf("notes"))).toEqual(gist(before));
    expect(await steps({ ...(await notes()), installed: true })).toEqual([]);
  });

  it("of the foundation, damaged beyond every copy, is found again, and the damaged one is kept", async () => {
    const before = await resourcesOf("foundation");
    for (const folder of ["history", "backups"])
      rmSync(join(cloud.dir, ".pulumi", folder, "freehold-foundation"), { recursive: true, force: true });
    rmSync(`${fileOf("foundation")}.bak`, { force: true });
    writeFileSync(fileOf("foundation"), readFileSync(fileOf("foundation")).subarray(0, 700));
    expect((await deploy.stackHealth(cloud, "foundation")).state).toBe("damaged");
    expect((await deploy.mendStack(cloud, "foundation", async () => true)).lost).toBe(true);
    const found = await deploy.rebuildFoundation(cloud, { ...quiet, functionsDir: join(dir, "functions") });
    await deploy.restoreStack(cloud, "foundation", found.deployment);
    expect(gist(await resourcesOf("foundation"))).toEqual(gist(before));
    await me.foundation();
    expect(me.touched()).toEqual([]);
    expect(await deploy.foundationOutputs(cloud)).toMatchObject({ accountId: local.accountId });
  });

  it("says what is not there, what differs and what has lost its tags; the next up puts all of it right", async () => {
    const config = { ...local.config, maxAttempts: 3 };
    await new LambdaClient(config).send(new DeleteFunctionCommand({ FunctionName: "home--notes--api" }));
    const ResourceArn = `arn:aws:dynamodb:${local.region}:${local.accountId}:table/home--notes--notes`;
    const tables = new DynamoDBClient(config);
    await tables.send(
      new UntagResourceCommand({
        ResourceArn,
        TagKeys: ["freehold:cloud", "freehold:app", "freehold:version", "freehold:blueprint"],
      }),
    );
    const site = (await deploy.taggedResources(cloud)).find(({ id }) => id.startsWith("home--notes--site"))!.id;
    await new S3Client({ ...config, forcePathStyle: true }).send(
      new PutObjectCommand({
        Bucket: site,
        Key: "index.html",
        Body: "edited by hand",
        ContentType: "text/html; charset=utf-8",
      }),
    );
    lose("notes");
    const found = await deploy.rebuildApp(cloud, await notes(), quiet);
    expect(found.missing).toContainEqual({ kind: "aws:lambda/function:Function", name: "api" });
    expect(found.found.find(({ id }) => id === "home--notes--notes")).toMatchObject({
      byName: true,
      differs: ["tagsAll"],
    });
    expect(found.found.find(({ id }) => id === "index.html")?.differs).toContain("source");
    await deploy.restoreStack(cloud, "notes", found.deployment);
    expect((await steps({ ...(await notes()), installed: true })).sort()).toEqual([
      "create aws:lambda/function:Function",
      "update aws:dynamodb/table:Table",
      "update aws:s3/bucketObjectv2:BucketObjectv2",
    ]);
    const { Tags = [] } = await tables.send(new ListTagsOfResourceCommand({ ResourceArn }));
    expect(Tags).toContainEqual({ Key: "freehold:app", Value: "notes" });
    expect(await steps({ ...(await notes()), installed: true })).toEqual([]);
  });

  it("found again, goes without a trace", async () => {
    const { deployment } = await deploy.rebuildApp(cloud, await notes(), quiet);
    lose("notes");
    await deploy.restoreStack(cloud, "notes", deployment);
    expect((await deploy.taggedResources(cloud)).filter(({ app }) => app === "notes").length).toBeGreaterThan(8);
    await deploy.destroyApp(cloud, "notes", { ...quiet, data: "delete", installed: true });
    expect((await deploy.taggedResources(cloud)).filter(({ app }) => app === "notes")).toEqual([]);
  });
});
