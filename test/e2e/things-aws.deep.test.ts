/** Things of a cloud in AWS: their list is in the account, where a second computer finds it, and neither writes over the other's. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { GetObjectCommand, ListBucketsCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { changesOf, type Home, withHome } from "../support/home.ts";
import { startMoto } from "../support/moto.ts";
import { missing, motoServer } from "../support/tools.ts";

describe.skipIf(missing(motoServer(), "moto_server"))("things of a cloud in AWS", { timeout: 120_000 }, () => {
  let moto: Awaited<ReturnType<typeof startMoto>>;
  let s3: S3Client;
  let Bucket: string;
  let first: Home;
  let second: Home;
  const setUp = ["setup", "--target", "aws", "--name", "work", "--region", "eu-west-1", "--yes"];
  const named = async (home: Home): Promise<string[]> =>
    (await home.json("ls")).things.map(({ name, state }: any) => `${name} ${state}`);

  beforeAll(async () => {
    moto = await startMoto();
    const credentials = { accessKeyId: "testing", secretAccessKey: "testing" };
    s3 = new S3Client({ endpoint: moto.endpoint, region: "eu-west-1", credentials, forcePathStyle: true });
    const env = { AWS_ENDPOINT_URL: moto.endpoint, AWS_ACCESS_KEY_ID: "testing", AWS_SECRET_ACCESS_KEY: "testing" };
    first = await withHome({ env });
    second = await withHome({ env });
    await first.freehold(...setUp);
    await second.freehold(...setUp);
    const all = (await s3.send(new ListBucketsCommand({}))).Buckets ?? [];
    Bucket = all.find(({ Name }) => Name?.startsWith("freehold-state-work-"))!.Name!;
  }, 120_000);
  afterAll(async () => {
    await first?.close();
    await second?.close();
    await moto?.close();
  });

  // Two computers of one person: a list that one of them kept to itself would delete the other's things.
  it("are the same on every computer", async () => {
    await first.freehold("add", "table", "readings", "--yes");
    expect(await named(second)).toEqual(["readings running"]);
    expect(changesOf(await second.events("add", "parameter", "motto", "--value", "be well", "--yes"))).toEqual([
      "create aws:ssm/parameter:Parameter",
    ]);
    expect(await named(first)).toEqual(["motto running", "readings running"]);
    expect(changesOf(await first.events("up"))).toEqual([]);
    await first.freehold("destroy", "things/readings", "--yes");
    expect(await named(second)).toEqual(["motto running", "readings kept"]);
  });

  // Files are on the computer that has them: another one says so before it changes anything.
  it("are brought up elsewhere but for their files, which are asked for by name", async () => {
    const source = "export const handler = async () => 1;\n";
    writeFileSync(join(first.dir, "index.mjs"), source);
    expect((await first.attempt("add", "function", "own", "--code", ".", "--yes")).stderr).toContain(
      "lie in this folder",
    );
    mkdirSync(join(first.dir, "own"));
    writeFileSync(join(first.dir, "own/index.mjs"), source);
    await first.freehold("add", "function", "own", "--code", "own", "--yes");
    const { code, stderr } = await second.attempt("up");
    expect([code, stderr]).toEqual([4, expect.stringContaining("freehold add function own --code DIR")]);
    expect(await named(first)).toContain("own running");
  });

  // What was read and is another one by now is not written over.
  it("refuses to write over what another computer wrote meanwhile", async () => {
    const Key = "freehold/things.json";
    const before = await (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body!.transformToString();
    const { keepThings, pullThings } = await import("../../cli/things.ts");
    const deploy = await import("../../stacks/deploy.ts");
    const data = join(first.dir, "freehold/data");
    const paths = { config: data, data, cache: data, state: data };
    const environment = { AWS_ACCESS_KEY_ID: "testing", AWS_SECRET_ACCESS_KEY: "testing" };
    const place = { region: "eu-west-1", accountId: moto.accountId, endpoint: moto.endpoint, stateBucket: Bucket };
    const cloud = { name: "work", target: "aws" as const, timeZone: "UTC", dir: data, environment, ...place };
    const { list, tag } = await pullThings(paths, cloud, deploy);
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: `${before}\n` }));
    await expect(keepThings(paths, cloud, deploy, list!, tag)).rejects.toMatchObject({ code: "things-changed" });
    expect(await (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body!.transformToString()).toBe(`${before}\n`);
    expect(JSON.parse(readFileSync(join(data, "clouds/work/things.json"), "utf8"))).toEqual(list);
  });
});
