import { createHash, randomUUID } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { crc32, deflateRawSync } from "node:zlib";
import * as api from "@aws-sdk/client-lambda";
import { zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createFunction, type Harness, role, startLambda, zip } from "./harness.ts";

const objects = new Map<string, Uint8Array>();
const peers = {
  readObject: async (_call: unknown, bucket: string, key: string) => Readable.from([objects.get(`${bucket}/${key}`)!]),
};
let lambda: Harness;
let client: api.LambdaClient;
beforeAll(async () => {
  lambda = await startLambda({ peers });
  client = lambda.client;
});
afterAll(() => lambda.stop());

const account = "arn:aws:lambda:eu-west-1:123456789012";
const fresh = (): string => `layer-${randomUUID().slice(0, 8)}`;

async function publish(
  files: Record<string, string>,
  extra: Partial<api.PublishLayerVersionCommandInput> = {},
): Promise<api.PublishLayerVersionCommandOutput> {
  const Content = { ZipFile: zip(files) };
  return client.send(new api.PublishLayerVersionCommand({ LayerName: fresh(), Content, ...extra }));
}

async function invoke(FunctionName: string): Promise<unknown> {
  const answer = await client.send(new api.InvokeCommand({ FunctionName }));
  return JSON.parse(Buffer.from(answer.Payload!).toString());
}

const colour = (word: string) => ({
  "nodejs/node_modules/colour/index.js": `module.exports = ${JSON.stringify(word)};`,
});

/** By Node's own zlib: fflate takes seconds for this much, in which connections are lost. */
function zipOfZeros(bytes: number): Buffer {
  const zeros = Buffer.alloc(bytes);
  const packed = deflateRawSync(zeros, { level: 1 });
  const [name, common] = [Buffer.from("zeros"), Buffer.alloc(26)];
  common.writeUInt16LE(20, 0);
  common.writeUInt16LE(8, 4);
  common.writeUInt32LE(crc32(zeros), 10);
  common.writeUInt32LE(packed.length, 14);
  common.writeUInt32LE(bytes, 18);
  common.writeUInt16LE(name.length, 22);
  const local = Buffer.concat([Buffer.from("PK\x03\x04"), common, name, packed]);
  const central = Buffer.concat([Buffer.from("PK\x01\x02\x14\0"), common, Buffer.alloc(14), name]);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06");
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, central, end]);
}

describe("layer versions", () => {
  // What infrastructure tools compare after publishing, and the content as it was given.
  test("are published, read by name and by ARN, and their content is there", async () => {
    const LayerName = fresh();
    const ZipFile = zip(colour("red"));
    const made = await client.send(
      new api.PublishLayerVersionCommand({
        ...{ LayerName, Content: { ZipFile }, Description: "colours", LicenseInfo: "MIT" },
        ...{ CompatibleRuntimes: ["nodejs24.x"], CompatibleArchitectures: ["arm64"] },
      }),
    );
    expect(made).toMatchObject({
      ...{ LayerArn: `${account}:layer:${LayerName}`, LayerVersionArn: `${account}:layer:${LayerName}:1`, Version: 1 },
      ...{ Description: "colours", LicenseInfo: "MIT", CompatibleRuntimes: ["nodejs24.x"] },
      ...{ CompatibleArchitectures: ["arm64"] },
      CreatedDate: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/),
      Content: { CodeSize: ZipFile.length, CodeSha256: createHash("sha256").update(ZipFile).digest("base64") },
    });
    const { $metadata, Content, ...same } = made;
    for (const name of [LayerName, made.LayerArn!]) {
      const got = await client.send(new api.GetLayerVersionCommand({ LayerName: name, VersionNumber: 1 }));
      expect(got).toMatchObject(same);
      expect(Buffer.from(await (await fetch(got.Content!.Location!)).arrayBuffer()).equals(Buffer.from(ZipFile))).toBe(
        true,
      );
    }
    expect(await client.send(new api.GetLayerVersionByArnCommand({ Arn: made.LayerVersionArn! }))).toMatchObject(same);
    objects.set("bucket/layer.zip", ZipFile);
    const second = await client.send(
      new api.PublishLayerVersionCommand({ LayerName, Content: { S3Bucket: "bucket", S3Key: "layer.zip" } }),
    );
    expect(second).toMatchObject({ Version: 2, Description: "", Content: { CodeSha256: Content!.CodeSha256 } });
  });

  // Numbers are never used twice: a function that names version 1 must not get other code under that name.
  test("keep their numbers after deletion, and deleting again is no error", async () => {
    const first = await publish(colour("red"));
    const of = { LayerName: first.LayerArn!, VersionNumber: 1 };
    await client.send(new api.DeleteLayerVersionCommand(of));
    await client.send(new api.DeleteLayerVersionCommand(of));
    await expect(client.send(new api.GetLayerVersionCommand(of))).rejects.toMatchObject({
      ...{ name: "ResourceNotFoundException", message: "The resource you requested does not exist." },
    });
    expect((await publish(colour("red"), { LayerName: first.LayerArn! })).Version).toBe(2);
  });

  // Lists show the newest that fits, and page to the end.
  test("are listed by what they are for, the newest first", async () => {
    const LayerName = fresh();
    for (const CompatibleRuntimes of [["nodejs24.x"], ["python3.12"], ["nodejs24.x"]] as api.Runtime[][])
      await publish(colour("red"), { LayerName, CompatibleRuntimes });
    const versions: number[] = [];
    for await (const page of api.paginateListLayerVersions({ client, pageSize: 2 }, { LayerName }))
      versions.push(...page.LayerVersions!.map(({ Version }) => Version!));
    expect(versions).toEqual([3, 2, 1]);
    const newest = async (CompatibleRuntime: api.Runtime) => {
      for await (const page of api.paginateListLayers({ client, pageSize: 1 }, { CompatibleRuntime }))
        for (const layer of page.Layers!)
          if (layer.LayerName === LayerName) return layer.LatestMatchingVersion?.Version;
      return undefined;
    };
    expect([await newest("python3.12"), await newest("nodejs24.x"), await newest("ruby3.4")]).toEqual([
      2,
      3,
      undefined,
    ]);
    expect((await client.send(new api.ListLayerVersionsCommand({ LayerName: "nobody" }))).LayerVersions).toEqual([]);
  });

  // Every problem of a request in AWS's words, and nothing kept.
  test.each([
    [{ LayerName: "a b" }, "Value 'a b' at 'layerName' failed to satisfy constraint: Member must satisfy regular"],
    [{ Description: "x".repeat(257) }, "at 'description' failed to satisfy constraint: Member must have length less"],
    [{ CompatibleRuntimes: ["cobol"] }, "Value '[cobol]' at 'compatibleRuntimes' failed to satisfy constraint"],
    [
      { CompatibleArchitectures: ["m68k"] },
      "Value '[m68k]' at 'compatibleArchitectures' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]",
    ],
    [{ Content: {} }, "Please provide a source for layer content."],
    [{ Content: { ZipFile: Buffer.from("no zip") } }, "Could not unzip uploaded file."],
  ])("PublishLayerVersion refuses %j", async (extra, text) => {
    const LayerName = fresh();
    await expect(publish(colour("red"), { LayerName, ...(extra as object) })).rejects.toThrow(text);
    expect((await client.send(new api.ListLayerVersionsCommand({ LayerName }))).LayerVersions).toEqual([]);
  });

  test("Version numbers begin at 1", async () => {
    const of = { LayerName: "nobody", VersionNumber: 0 };
    await expect(client.send(new api.GetLayerVersionCommand(of))).rejects.toThrow(
      "Layer Version Cannot be less than 1",
    );
    await expect(client.send(new api.GetLayerVersionByArnCommand({ Arn: "arn:aws:s3:::b" }))).rejects.toThrow(
      "Value 'arn:aws:s3:::b' at 'arn' failed to satisfy constraint",
    );
  });
});

// A layer's policy as AWS keeps it: by version, with a revision of its own.
test("a layer version has permissions under their own revision", async () => {
  const { LayerVersionArn, LayerArn } = await publish(colour("red"));
  const of = { LayerName: LayerArn!, VersionNumber: 1 };
  const grant = { ...of, StatementId: "all", Action: "lambda:GetLayerVersion", Principal: "*" };
  await expect(client.send(new api.GetLayerVersionPolicyCommand(of))).rejects.toThrow(
    "No policy is associated with the given resource.",
  );
  const added = await client.send(
    new api.AddLayerVersionPermissionCommand({ ...grant, OrganizationId: "o-abcdefghij" }),
  );
  expect(JSON.parse(added.Statement!)).toEqual({
    ...{ Sid: "all", Effect: "Allow", Principal: "*", Action: "lambda:GetLayerVersion", Resource: LayerVersionArn },
    Condition: { StringEquals: { "aws:PrincipalOrgID": "o-abcdefghij" } },
  });
  await expect(client.send(new api.AddLayerVersionPermissionCommand(grant))).rejects.toMatchObject({
    name: "ResourceConflictException",
  });
  const one = { ...grant, StatementId: "one", Principal: "210987654321" };
  await expect(
    client.send(new api.AddLayerVersionPermissionCommand({ ...one, RevisionId: "x" })),
  ).rejects.toMatchObject({ name: "PreconditionFailedException" });
  await client.send(new api.AddLayerVersionPermissionCommand({ ...one, RevisionId: added.RevisionId }));
  const policy = await client.send(new api.GetLayerVersionPolicyCommand(of));
  expect(JSON.parse(policy.Policy!)).toMatchObject({
    ...{ Version: "2012-10-17", Id: "default" },
    Statement: [{ Sid: "all" }, { Sid: "one", Principal: { AWS: "arn:aws:iam::210987654321:root" } }],
  });
  await client.send(
    new api.RemoveLayerVersionPermissionCommand({ ...of, StatementId: "one", RevisionId: policy.RevisionId }),
  );
  await expect(client.send(new api.RemoveLayerVersionPermissionCommand({ ...of, StatementId: "one" }))).rejects.toThrow(
    "Statement one is not found in resource policy.",
  );
  await expect(
    client.send(new api.AddLayerVersionPermissionCommand({ ...grant, Action: "lambda:InvokeFunction" })),
  ).rejects.toThrow("at 'action' failed to satisfy constraint");
  await expect(client.send(new api.AddLayerVersionPermissionCommand({ ...grant, VersionNumber: 9 }))).rejects.toThrow(
    `Layer version ${LayerArn}:9 does not exist.`,
  );
});

describe("a function with layers", () => {
  // What people put into layers: packages for both module systems, programs, data. Later layers win, the function's own
  // files come before them all.
  test("finds its packages by require and import, and its files in the folder named by the environment", async () => {
    const first = await publish({
      ...colour("red"),
      "nodejs/node_modules/shape/package.json": '{"type":"module","exports":"./main.js"}',
      "nodejs/node_modules/shape/main.js": "import colour from 'colour'; export const shape = `${colour} square`;",
      "nodejs/node24/node_modules/only24/index.js": "module.exports = 24;",
      "data/a.txt": "first a",
      "data/b.txt": "first b",
    });
    const second = await publish({ ...colour("blue"), "data/b.txt": "second b" });
    const Layers = [first.LayerVersionArn!, second.LayerVersionArn!];
    const name = await createFunction(
      client,
      {
        "index.mjs": `import { shape } from "shape"; import { createRequire } from "node:module"; import { readFileSync } from "node:fs";
          const require = createRequire(import.meta.url);
          const read = (path) => readFileSync((process.env.LAMBDA_OPT_ROOT ?? "/opt") + path, "utf8");
          const refused = (act) => { try { act(); return "done"; } catch (error) { return error.code; } };
          export const handler = async () => ({ shape, colour: require("colour"), mine: require("mine"), only: require("only24"),
            a: read("/data/a.txt"), b: read("/data/b.txt"), absent: refused(() => require("absent")),
            outside: refused(() => readFileSync((process.env.LAMBDA_OPT_ROOT ?? "/opt") + "/../../store.db")),
            write: refused(() => require("fs").writeFileSync((process.env.LAMBDA_OPT_ROOT ?? "/opt") + "/data/new.txt", "x")) });`,
        "node_modules/mine/index.js": "module.exports = 'mine';",
      },
      { Layers },
    );
    // By the sandbox, or by Node's permissions without one.
    const refused = /^(ENOENT|EROFS|ERR_ACCESS_DENIED)$/;
    expect(await invoke(name)).toEqual({
      ...{ shape: "blue square", colour: "blue", mine: "mine", only: 24, a: "first a", b: "second b" },
      ...{ absent: "MODULE_NOT_FOUND", outside: expect.stringMatching(refused), write: expect.stringMatching(refused) },
    });
    const { Configuration } = await client.send(new api.GetFunctionCommand({ FunctionName: name }));
    expect(Configuration!.Layers).toEqual(
      [first, second].map(({ LayerVersionArn, Content }) => ({ Arn: LayerVersionArn, CodeSize: Content!.CodeSize })),
    );
  });

  // Python's places, and a custom runtime whose bootstrap is the layer's.
  test("finds Python packages, and a bootstrap for a custom runtime", async () => {
    const python = await publish({
      "python/tone.py": "TONE = 'c'",
      "python/lib/python3.12/site-packages/key.py": "KEY = 'major'",
    });
    const name = await createFunction(
      client,
      { "main.py": "import tone, key\ndef handler(event, context):\n    return f'{tone.TONE} {key.KEY}'" },
      { Runtime: "python3.12", Handler: "main.handler", Layers: [python.LayerVersionArn!] },
    );
    expect(await invoke(name)).toBe("c major");
    const bootstrap = `#!/usr/bin/env node
const api = "http://" + process.env.AWS_LAMBDA_RUNTIME_API + "/2018-06-01/runtime/invocation/";
const next = await fetch(api + "next");
await fetch(api + next.headers.get("lambda-runtime-aws-request-id") + "/response", { method: "POST", body: JSON.stringify(process.env._HANDLER) });
await fetch(api + "next");
`;
    const executable = { os: 3, attrs: 0o100755 << 16 } as const;
    const ZipFile = zipSync({
      bootstrap: [Buffer.from(bootstrap), executable],
      "package.json": Buffer.from('{"type":"module"}'),
    });
    const { LayerVersionArn } = await publish({}, { Content: { ZipFile } });
    const custom = await createFunction(
      client,
      { readme: "no bootstrap here" },
      { Runtime: "provided.al2023", Handler: "from-the-layer", Layers: [LayerVersionArn!], Timeout: 10 },
    );
    expect(await invoke(custom)).toBe("from-the-layer");
  });

  // Deleting a layer's version takes it from no function, over a restart too; without users nothing of it is left.
  test("keeps a version that was deleted, until it is changed", async () => {
    const dataDir = mkdtempSync(join(tmpdir(), "freehold-layers-"));
    let cloud = await startLambda({ dataDir });
    const send = (FunctionName: string) =>
      cloud.client
        .send(new api.InvokeCommand({ FunctionName }))
        .then(({ Payload }) => Buffer.from(Payload!).toString());
    const made = await cloud.client.send(
      new api.PublishLayerVersionCommand({ LayerName: "gone", Content: { ZipFile: zip(colour("red")) } }),
    );
    const FunctionName = await createFunction(
      cloud.client,
      { "index.js": "const colour = require('colour'); exports.handler = async () => colour;" },
      { Layers: [made.LayerVersionArn!] },
    );
    const before = await cloud.client.send(new api.PublishVersionCommand({ FunctionName }));
    expect(before.Version).toBe("1");
    await cloud.client.send(new api.DeleteLayerVersionCommand({ LayerName: "gone", VersionNumber: 1 }));
    await cloud.stop();
    rmSync(join(dataDir, "lambda/opt"), { recursive: true, force: true });
    cloud = await startLambda({ dataDir });
    expect(await send(FunctionName)).toBe('"red"');
    await cloud.client.send(new api.UpdateFunctionConfigurationCommand({ FunctionName, Layers: [] }));
    await api.waitUntilFunctionUpdatedV2({ client: cloud.client, minDelay: 0.02, maxWaitTime: 10 }, { FunctionName });
    expect(await send(FunctionName)).toContain("Cannot find module 'colour'");
    expect(await send(`${FunctionName}:1`)).toBe('"red"');
    // The layers are part of what a version is.
    expect((await cloud.client.send(new api.PublishVersionCommand({ FunctionName }))).Version).toBe("2");
    await cloud.client.send(new api.DeleteFunctionCommand({ FunctionName }));
    await cloud.stop();
    cloud = await startLambda({ dataDir });
    await cloud.stop();
    expect(readdirSync(join(dataDir, "lambda/opt"))).toEqual([]);
    expect(readdirSync(join(dataDir, "lambda/zips"))).toEqual([]);
    rmSync(dataDir, { recursive: true, force: true });
  });

  // The rules AWS has for layers of a function; nothing changes when one is broken.
  test("has at most five, each once, all of them there and of this account", async () => {
    const { LayerArn, LayerVersionArn } = await publish(colour("red"));
    await publish(colour("blue"), { LayerName: LayerArn! });
    const FunctionName = await createFunction(client, "export const handler = async () => 'as it was';");
    const set = (Layers: string[]) => client.send(new api.UpdateFunctionConfigurationCommand({ FunctionName, Layers }));
    await expect(set(Array(6).fill(LayerVersionArn))).rejects.toThrow("Cannot reference more than 5 layers.");
    await expect(set([LayerVersionArn!, `${LayerArn}:2`])).rejects.toThrow(
      `Two different versions of the same layer are not allowed to be referenced in the same function. ${LayerVersionArn} and ${LayerArn}:2 are versions of the same layer.`,
    );
    await expect(set([`${LayerArn}:9`])).rejects.toThrow(`Layer version ${LayerArn}:9 does not exist.`);
    await expect(set([LayerArn!])).rejects.toThrow(`Value '[${LayerArn}]' at 'layers' failed to satisfy constraint`);
    await expect(set([LayerVersionArn!.replace("eu-west-1", "us-east-1")])).rejects.toThrow(
      "Layers are not in the same region as the function. Layers are expected to be in region eu-west-1.",
    );
    await expect(set([LayerVersionArn!.replace("123456789012", "210987654321")])).rejects.toMatchObject({
      ...{ name: "AccessDeniedException", $metadata: { httpStatusCode: 403 } },
      message: expect.stringContaining("no resource-based policy allows the lambda:GetLayerVersion action"),
    });
    expect(await invoke(FunctionName)).toBe("as it was");
    expect((await client.send(new api.GetFunctionConfigurationCommand({ FunctionName }))).Layers).toBeUndefined();
  });

  // 250 MB unzipped, code and layers together: a function over it would not start on AWS.
  test("is 250 MB at most with them", async () => {
    const ZipFile = zipOfZeros(200 * 1024 * 1024);
    const { LayerVersionArn } = await publish({}, { Content: { ZipFile } });
    const Code = { ZipFile: zipOfZeros(60 * 1024 * 1024) };
    const create = new api.CreateFunctionCommand({
      ...{ FunctionName: fresh(), Role: role, Runtime: "nodejs24.x", Handler: "index.handler", Code },
      Layers: [LayerVersionArn!],
    });
    await expect(client.send(create)).rejects.toThrow(
      `Function code combined with layers exceeds the maximum allowed size of 262144000 bytes. The actual size is ${260 * 1024 * 1024} bytes.`,
    );
  });
});
