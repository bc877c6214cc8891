/**
 * A stack with a DNS record in Cloudflare beside what it has in AWS: its state lost and found again, and its way out as a
 * plain Pulumi project. The local cloud and the fake of Cloudflare are below both.
 */
import { readFileSync, rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Bucket } from "@pulumi/aws/s3/bucket.js";
import type { PulumiFn } from "@pulumi/pulumi/automation/index.js";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Cloud } from "../../stacks/cloud.ts";
import { rebuild } from "../../stacks/deploy/rebuild.ts";
import { openStack } from "../../stacks/deploy/workspace.ts";
import { ejectStack } from "../../stacks/deploy.ts";
import { engines, previewOf } from "../support/ejected.ts";
import { startTestCloud, type TestCloud } from "../support/local-cloud.ts";
import { localCloud, workspace } from "./deploy-session.ts";
import { Ground, www } from "./providers/cloudflare/programs.ts";

let local: TestCloud;
let ground: Ground;
let dir: string;
let cloud: Cloud;
const quiet = { signal: new AbortController().signal, emit: () => undefined };

beforeEach(async () => {
  [local, ground, dir] = [await startTestCloud(), await Ground.make(), await workspace()];
  const known = localCloud(local, dir);
  const reach = { CLOUDFLARE_BASE_URL: ground.fake.endpoint, CLOUDFLARE_API_TOKEN: ground.token };
  cloud = { ...known, environment: { ...known.environment, ...reach } };
}, 60_000);
afterEach(async () => {
  await local?.close();
  await ground?.close();
  await rm(dir, { recursive: true, force: true });
});

const program: PulumiFn = async () => {
  const bucket = new Bucket("pages", { bucket: "pages-of-notes" });
  www(ground.zone.id, { name: "www.example.com" }, { dependsOn: bucket });
};
const up = async () => (await openStack(cloud, "notes", program)).stack.up(quiet);

// Nobody's tags say whose a record is: the same record in the same place is found, and told as found by its name.
it("a record is found again when the state is lost, and one that says something else is not taken", async () => {
  await up();
  rmSync(join(cloud.dir, ".pulumi"), { recursive: true });
  const record = ground.fake.recordsOf(ground.zone)[0]!;
  const again = await rebuild(cloud, "notes", program, quiet);
  expect(again.found.map(({ kind, byName, differs }) => ({ kind, byName, differs }))).toEqual([
    { kind: "aws:s3/bucket:Bucket", byName: true, differs: [] },
    { kind: "cloudflare:index/dnsRecord:DnsRecord", byName: true, differs: [] },
  ]);
  expect(again.found[1]!.id).toBe(record.id);
  expect([again.missing, again.others]).toEqual([[], []]);
  const { stack } = await openStack(cloud, "notes", program);
  await stack.importStack(again.deployment);
  expect((await stack.up(quiet)).summary.resourceChanges).toEqual({ same: 3 });

  rmSync(join(cloud.dir, ".pulumi"), { recursive: true });
  record.content = "elsewhere.example.org";
  const { found, missing } = await rebuild(cloud, "notes", program, quiet);
  expect(found.map(({ kind }) => kind)).toEqual(["aws:s3/bucket:Bucket"]);
  expect(missing).toEqual([{ kind: "cloudflare:index/dnsRecord:DnsRecord", name: "www" }]);
  expect(ground.fake.count(/^(PUT|DELETE) /)).toBe(0);
}, 60_000);

// Who leaves goes on with Cloudflare's own classes, in the versions that made what there is.
it("leaves as a program that either engine has nothing to do with", async () => {
  await up();
  const to = join(dir, "left");
  await ejectStack(cloud, "notes", to);
  const text = readFileSync(join(to, "index.ts"), "utf8");
  expect(text).toContain('import * as cloudflare from "@pulumi/cloudflare";');
  expect(text).toContain("new cloudflare.DnsRecord(");
  expect(JSON.parse(readFileSync(join(to, "package.json"), "utf8")).dependencies).toEqual({
    "@pulumi/aws": "7.48.0",
    "@pulumi/cloudflare": "6.22.1",
    "@pulumi/pulumi": "3.270.0",
  });
  const environment = { ...cloud.environment, AWS_REGION: cloud.region, AWS_ENDPOINT_URL: cloud.endpoint! };
  for (const engine of engines()) {
    const leaver = { cloud: "home", passphraseFile: cloud.passphraseFile!, environment };
    expect(await previewOf(to, engine, leaver), engine).toEqual({ same: 3 });
  }
}, 120_000);
