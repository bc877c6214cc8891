/**
 * Journey 5: the same commands against an AWS that nobody here wrote (moto): set up, up, change, nothing to do, destroy
 * with data kept, attach again, destroy all. moto runs no functions, so nothing is requested through the gate here.
 */
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { IAMClient, ListRolesCommand } from "@aws-sdk/client-iam";
import { LambdaClient, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Home, root, withHome } from "../support/home.ts";
import { startMoto } from "../support/moto.ts";
import { missing, motoServer } from "../support/tools.ts";

describe.skipIf(missing(motoServer(), "moto_server"))("against a second AWS", () => {
  let moto: Awaited<ReturnType<typeof startMoto>>;
  let home: Home;
  let folder: string;
  let config: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };

  beforeAll(async () => {
    moto = await startMoto();
    config = {
      endpoint: moto.endpoint,
      region: "eu-west-1",
      credentials: { accessKeyId: "testing", secretAccessKey: "testing" },
    };
    home = await withHome({
      env: { AWS_ENDPOINT_URL: config.endpoint, AWS_ACCESS_KEY_ID: "testing", AWS_SECRET_ACCESS_KEY: "testing" },
    });
    folder = join(home.dir, "counter");
    await cp(join(root, "test/support/fixtures/counter"), folder, { recursive: true });
  }, 60_000);

  afterAll(async () => {
    await home?.close();
    await moto?.close();
  });

  const last = (events: any[]): any => events.at(-1);
  const changes = (events: any[]): string[] => [
    ...new Set(
      events
        .filter(
          ({ type, op, kind, phase }) =>
            type === "resource" && phase !== "waiting" && op !== "same" && kind.startsWith("aws:"),
        )
        .map(({ op, kind }) => `${op} ${kind}`),
    ),
  ];

  async function inventory(): Promise<string[]> {
    const [functions, tables, buckets, roles] = await Promise.all([
      new LambdaClient(config).send(new ListFunctionsCommand({})),
      new DynamoDBClient(config).send(new ListTablesCommand({})),
      new S3Client({ ...config, forcePathStyle: true }).send(new ListBucketsCommand({})),
      new IAMClient(config).send(new ListRolesCommand({})),
    ]);
    return [
      ...(functions.Functions ?? []).map(({ FunctionName }) => `function ${FunctionName}`),
      ...(tables.TableNames ?? []).map((name) => `table ${name}`),
      ...(buckets.Buckets ?? []).map(({ Name }) => `bucket ${Name}`),
      ...(roles.Roles ?? []).map(({ RoleName }) => `role ${RoleName}`),
    ].sort();
  }

  it("is set up once; the second time changes nothing", async () => {
    const args = ["setup", "--target", "aws", "--name", "work", "--region", "eu-west-1", "--yes"];
    expect(last(await home.events(...args))).toMatchObject({ ok: true, cloud: "work" });
    const before = await inventory();
    expect(changes(await home.events(...args))).toEqual([]);
    expect(await inventory()).toEqual(before);
  });

  it("notes goes up, and up again has nothing to do", async () => {
    const up = last(await home.events("up", "notes", "--cloud", "work"));
    expect(up.apps[0].url).toMatch(/^https?:\/\//);
    expect((await inventory()).filter((line) => line.includes("notes")).length).toBeGreaterThanOrEqual(6);
    expect(changes(await home.events("up", "notes", "--cloud", "work"))).toEqual([]);
  });

  it("a changed line updates the function alone", async () => {
    await home.events("up", "./counter", "--cloud", "work");
    const file = join(folder, "api/index.mjs");
    await writeFile(file, (await readFile(file, "utf8")).replace('"one"', '"two"'));
    expect(changes(await home.events("up", "./counter", "--cloud", "work"))).toEqual([
      "update aws:lambda/function:Function",
    ]);
  });

  it("comes down without its data, attaches it again, and goes without a trace", async () => {
    const kept = last(await home.events("destroy", "counter", "--cloud", "work", "--yes")).apps[0].kept;
    expect(kept).toHaveLength(2);
    expect((await inventory()).filter((line) => line.includes("counter")).map((line) => line.split(" ")[0])).toEqual([
      "bucket",
      "table",
    ]);
    const up = changes(await home.events("up", "./counter", "--cloud", "work"));
    expect(up).toContain("import aws:dynamodb/table:Table");
    // The gate keeps a table of its own for limits; it holds no data and comes and goes with the app.
    expect(up.filter((step) => step === "create aws:s3/bucket:Bucket")).toHaveLength(1);
    await home.events("destroy", "counter", "--cloud", "work", "--data", "delete", "--yes");
    expect((await inventory()).filter((line) => line.includes("counter"))).toEqual([]);
  });
});
