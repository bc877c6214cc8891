/**
 * Journey 5: the same commands against an AWS that nobody here wrote (moto): set up, up, change, nothing to do, destroy
 * with data kept, attach again, destroy all. moto runs no functions, so nothing is requested through the gate here.
 */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ClientConfig, inventory } from "../support/aws.ts";
import { changeFile, copyCounter } from "../support/counter.ts";
import { changesOf, type Home, resultOf, root, withHome } from "../support/home.ts";
import { startMoto } from "../support/moto.ts";
import { missing, motoServer } from "../support/tools.ts";

describe.skipIf(missing(motoServer(), "moto_server"))("against a second AWS", { timeout: 180_000 }, () => {
  let moto: Awaited<ReturnType<typeof startMoto>>;
  let home: Home;
  let folder: string;
  let config: ClientConfig;

  beforeAll(async () => {
    moto = await startMoto();
    config = {
      endpoint: moto.endpoint,
      region: "eu-west-1",
      credentials: { accessKeyId: "testing", secretAccessKey: "testing" },
    };
    home = await withHome({
      env: {
        ...{ AWS_ENDPOINT_URL: config.endpoint, AWS_ACCESS_KEY_ID: "testing", AWS_SECRET_ACCESS_KEY: "testing" },
        // As people have it: with the home page.
        FREEHOLD_NO_HOME: "",
      },
    });
    folder = await copyCounter(home.dir);
  }, 60_000);

  afterAll(async () => {
    await home?.close();
    await moto?.close();
  });

  it("is set up once; the second time changes nothing", async () => {
    const args = ["setup", "--target", "aws", "--name", "work", "--region", "eu-west-1", "--yes"];
    expect(resultOf(await home.events(...args))).toMatchObject({ ok: true, cloud: "work", apps: [{ name: "home" }] });
    // The home page is an app like others there, too: behind its own gate, with a role that its grant is written on.
    const { grants } = await home.json("grant", "ls", "--cloud", "work");
    expect(grants).toMatchObject([
      { app: "home", what: "cloud", held: true },
      { app: "home", what: "data", held: false },
    ]);
    expect((await home.json("open", "--cloud", "work")).app).toBe("home");
    const before = await inventory(config);
    expect(changesOf(await home.events(...args))).toEqual([]);
    expect(await inventory(config)).toEqual(before);
  });

  it("notes goes up, and up again has nothing to do", async () => {
    const up = resultOf(await home.events("up", "notes", "--cloud", "work"));
    expect(up.apps[0].url).toMatch(/^https?:\/\//);
    expect((await inventory(config)).filter((line) => line.includes("notes")).length).toBeGreaterThanOrEqual(6);
    expect(changesOf(await home.events("up", "notes", "--cloud", "work"))).toEqual([]);
  });

  it("a changed line updates the function alone", async () => {
    await home.events("up", "./counter", "--cloud", "work");
    await changeFile(join(folder, "api/index.mjs"), (text) => text.replace('"one"', '"two"'));
    expect(changesOf(await home.events("up", "./counter", "--cloud", "work"))).toEqual([
      "update aws:lambda/function:Function",
    ]);
  });

  // What AWS is asked for it must be asked for in AWS's words, and its keys must be others than the owner's.
  it("a command runs with an hour's credentials of the app's own role", async () => {
    const sdk = JSON.stringify(join(root, "package.json"));
    const script = `const { DynamoDBClient, DescribeTableCommand } = require("module").createRequire(${sdk})("@aws-sdk/client-dynamodb");
      const { AWS_ACCESS_KEY_ID: key, TABLE_COUNTS: TableName } = process.env;
      new DynamoDBClient({}).send(new DescribeTableCommand({ TableName })).then(({ Table }) => console.log(JSON.stringify({ key, status: Table.TableStatus })));`;
    const { stdout } = await home.freehold("exec", "counter", "--cloud", "work", "--", process.execPath, "-e", script);
    expect(JSON.parse(stdout)).toEqual({ key: expect.stringMatching(/^ASIA/), status: "ACTIVE" });
    const { commands } = await home.json("show", "counter", "--cloud", "work");
    expect(commands.at(-1)).toMatchObject({ exitCode: 0, by: { principal: expect.stringMatching(/^arn:aws:sts::/) } });
  });

  it("D5: comes down without its data, attaches it again, and goes without a trace", async () => {
    const kept = resultOf(await home.events("destroy", "counter", "--cloud", "work", "--yes")).apps[0].kept;
    expect(kept).toHaveLength(2);
    expect(
      (await inventory(config)).filter((line) => line.includes("counter")).map((line) => line.split(" ")[0]),
    ).toEqual(["bucket", "table"]);
    const up = changesOf(await home.events("up", "./counter", "--cloud", "work"));
    expect(up).toContain("import aws:dynamodb/table:Table");
    // The gate keeps a table of its own for limits; it holds no data and comes and goes with the app.
    expect(up.filter((step) => step === "create aws:s3/bucket:Bucket")).toHaveLength(1);
    await home.events("destroy", "counter", "--cloud", "work", "--data", "delete", "--yes");
    expect((await inventory(config)).filter((line) => line.includes("counter"))).toEqual([]);
  });
});
