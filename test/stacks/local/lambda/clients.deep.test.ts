import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import {
  AddPermissionCommand,
  CreateFunctionUrlConfigCommand,
  InvokeCommand,
  InvokeWithResponseStreamCommand,
  LambdaClient,
} from "@aws-sdk/client-lambda";
import { AwsClient } from "aws4fetch";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestCloud, type TestCloud } from "../../../support/local-cloud.ts";
import { awsCli, missing, pythonWith } from "../../../support/tools.ts";
import { createFunction, zip } from "./harness.ts";

const run = promisify(execFile);
const dir = mkdtempSync(join(tmpdir(), "freehold-clients-"));
let cloud: TestCloud;
let client: LambdaClient;
let roleArn: string;

beforeAll(async () => {
  cloud = await startTestCloud({ checked: true });
  client = new LambdaClient(cloud.config);
  const iam = new IAMClient(cloud.config);
  const trust = { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" };
  const { Role } = await iam.send(
    new CreateRoleCommand({
      RoleName: "runner",
      AssumeRolePolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [trust] }),
    }),
  );
  roleArn = Role!.Arn!;
});
afterAll(async () => {
  client.destroy();
  await cloud.close();
  rmSync(dir, { recursive: true, force: true });
});

const environment = (): NodeJS.ProcessEnv => ({ ...process.env, ...cloud.env, AWS_PAGER: "" });

/** A URL without sign-in needs both grants. */
async function allowEveryone(FunctionName: string): Promise<void> {
  const grant = { FunctionName, Principal: "*" };
  const url = { StatementId: "a", Action: "lambda:InvokeFunctionUrl", FunctionUrlAuthType: "NONE" } as const;
  await client.send(new AddPermissionCommand({ ...grant, ...url }));
  const call = { StatementId: "b", Action: "lambda:InvokeFunction", InvokedViaFunctionUrl: true };
  await client.send(new AddPermissionCommand({ ...grant, ...call }));
}

// The whole way through the real door: signed calls, a role's own credentials, the function calling the cloud itself.
test("a function runs under its role and calls the cloud with the role's credentials", async () => {
  const name = await createFunction(
    client,
    `import { STSClient, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
     export const handler = async () => (await new STSClient({}).send(new GetCallerIdentityCommand({}))).Arn;`,
    { Role: roleArn, Timeout: 20, MemorySize: 256 },
  );
  const { Payload } = await client.send(new InvokeCommand({ FunctionName: name }));
  expect(JSON.parse(Buffer.from(Payload!).toString())).toBe(`arn:aws:sts::123456789012:assumed-role/runner/${name}`);
  const other = createFunction(client, "", { Role: "arn:aws:iam::123456789012:role/absent" });
  await expect(other).rejects.toThrow("The role defined for the function cannot be assumed by Lambda.");
});

// Streams and AWS_IAM URLs pass the door as on AWS: signed in, unsigned out.
test("a signed stream and an AWS_IAM URL work through the gateway", async () => {
  const name = await createFunction(
    client,
    `export const handler = awslambda.streamifyResponse(async (event, stream) => { stream.write("a"); stream.write("b"); stream.end(); });`,
    { Role: roleArn },
  );
  const { EventStream } = await client.send(new InvokeWithResponseStreamCommand({ FunctionName: name }));
  let text = "";
  for await (const { PayloadChunk } of EventStream!) text += Buffer.from(PayloadChunk?.Payload ?? []).toString();
  expect(text).toBe("ab");
  const host = `x--home.localhost:${cloud.port}`;
  const open = await createFunction(client, "export const handler = async (event) => event.rawQueryString;", {
    ...{ Role: roleArn, Tags: { "freehold:address": "x--home.localhost" } },
  });
  await client.send(new CreateFunctionUrlConfigCommand({ FunctionName: open, AuthType: "NONE" }));
  const ask = () => run("curl", ["-s", "-w", " %{http_code}", "-H", `Host: ${host}`, `${cloud.endpoint}/a?q=%20x&&y`]);
  expect((await ask()).stdout).toMatch(/ 403$/);
  await allowEveryone(open);
  expect((await ask()).stdout).toBe("q=%20x&&y 200");
});

// How a gate, or an owner with `aws4fetch`, calls a private URL: signed for lambda, and the event says by whom.
test("an AWS_IAM URL answers the signed and says who called", async () => {
  const name = await createFunction(
    client,
    "export const handler = async (event) => event.requestContext.authorizer.iam;",
    {
      ...{ Role: roleArn, Tags: { "freehold:address": "private--home.localhost" } },
    },
  );
  await client.send(new CreateFunctionUrlConfigCommand({ FunctionName: name, AuthType: "AWS_IAM" }));
  const signer = new AwsClient({ ...cloud.credentials, service: "lambda", region: "eu-west-1" });
  const url = `http://private--home.localhost:${cloud.port}/a?b=1`;
  const body = "hello";
  const signed = await signer.sign(url, { method: "POST", body, headers: { "content-type": "text/plain" } });
  const ask = (headers: string[]) =>
    run("curl", [
      "-s",
      "-X",
      "POST",
      "--data-binary",
      body,
      ...headers.flatMap((header) => ["-H", header]),
      `${cloud.endpoint}/a?b=1`,
    ]);
  const all = [...signed.headers].map(([key, value]) => `${key}: ${value}`);
  const host = `host: private--home.localhost:${cloud.port}`;
  expect(JSON.parse((await ask([...all, host])).stdout)).toMatchObject({
    ...{
      accessKey: cloud.credentials.accessKeyId,
      accountId: "123456789012",
      userArn: "arn:aws:iam::123456789012:root",
    },
  });
  expect((await ask([host])).stdout).toContain("Forbidden");
  const tampered = all.map((header) =>
    header.replace(/(Signature=)(.)/, (_, word, one) => `${word}${one === "0" ? "1" : "0"}`),
  );
  expect((await ask([...tampered, host])).stdout).toMatch(/signature/i);
});

// The first bytes of a page are with the browser while the function still writes, through the real door.
test("a streamed page arrives in pieces through the gateway", async () => {
  const name = await createFunction(
    client,
    `export const handler = awslambda.streamifyResponse(async (event, stream) => {
       stream = awslambda.HttpResponseStream.from(stream, { statusCode: 201, headers: { "content-type": "text/plain" } });
       stream.write("first"); await new Promise((r) => setTimeout(r, 500)); stream.write("second"); stream.end();
     });`,
    { Role: roleArn, Tags: { "freehold:address": "pieces--home.localhost" } },
  );
  await allowEveryone(name);
  await client.send(
    new CreateFunctionUrlConfigCommand({ FunctionName: name, AuthType: "NONE", InvokeMode: "RESPONSE_STREAM" }),
  );
  const headers = { host: `pieces--home.localhost:${cloud.port}` };
  const pieces = await new Promise<string[]>((resolve, reject) => {
    request({ host: "127.0.0.1", port: cloud.port, headers }, (got) => {
      const seen: string[] = [String(got.statusCode)];
      got.on("data", (chunk) => seen.push(String(chunk)));
      got.on("end", () => resolve(seen));
    })
      .on("error", reject)
      .end();
  });
  expect(pieces).toEqual(["201", "first", "second"]);
});

describe.skipIf(missing(awsCli(), "the aws CLI"))("aws CLI", () => {
  // What an owner types: the CLI's basics, with nothing but the four variables `cloud env` prints.
  // Python starts anew for each of some twenty calls.
  test("create, invoke, list, logs, delete", { timeout: 240_000 }, async () => {
    const aws = async (...args: string[]) =>
      (await run(awsCli()!, [...args, "--output", "json"], { env: environment(), cwd: dir })).stdout;
    writeFileSync(
      join(dir, "code.zip"),
      zip({ "index.mjs": "export const handler = async (e) => { console.log('said'); return e; };" }),
    );
    await aws(
      ...[
        "lambda",
        "create-function",
        "--function-name",
        "cli",
        "--runtime",
        "nodejs24.x",
        "--handler",
        "index.handler",
      ],
      ...["--role", roleArn, "--zip-file", "fileb://code.zip"],
    );
    await aws("lambda", "wait", "function-active-v2", "--function-name", "cli");
    writeFileSync(join(dir, "event.json"), '{"a":1}');
    const invoke = ["lambda", "invoke", "--function-name", "cli", "--payload", "fileb://event.json", "out.json"];
    expect(JSON.parse(await aws(...invoke))).toEqual({ StatusCode: 200, ExecutedVersion: "$LATEST" });
    expect(readFileSync(join(dir, "out.json"), "utf8")).toBe('{"a":1}');
    expect(await aws("lambda", "list-functions")).toContain('"cli"');
    const group = ["--log-group-name", "/aws/lambda/cli"];
    const found = JSON.parse(await aws("logs", "filter-log-events", ...group, "--filter-pattern", "said"));
    expect(found.events.length).toBe(1);
    const { logStreamName } = JSON.parse(await aws("logs", "describe-log-streams", ...group)).logStreams[0];
    const lines = await aws("logs", "get-log-events", ...group, "--log-stream-name", logStreamName);
    expect(lines).toContain("REPORT RequestId");
    await aws("lambda", "delete-function", "--function-name", "cli");
    await expect(aws("lambda", "get-function", "--function-name", "cli")).rejects.toThrow("ResourceNotFoundException");
  });
});

describe.skipIf(missing(pythonWith("boto3"), "python3 with boto3"))("boto3", () => {
  // botocore parses answers by AWS's own model: a field of the wrong type fails here.
  test("create, invoke, stream, read", async () => {
    const script = `
import base64, boto3, io, json, time, zipfile
buf = io.BytesIO()
with zipfile.ZipFile(buf, "w", zipfile.ZIP_DEFLATED) as z:
    z.writestr("main.js", "exports.handler = async (e) => { if (e.fail) throw new Error('x'); return { got: e }; };")
l = boto3.client("lambda")
l.create_function(FunctionName="boto", Runtime="nodejs22.x", Role="${roleArn}", Handler="main.handler", Code={"ZipFile": buf.getvalue()}, Publish=True)
l.get_waiter("function_active_v2").wait(FunctionName="boto")
r = l.invoke(FunctionName="boto", Payload=json.dumps({"a": 1}), LogType="Tail")
out = {"got": json.load(r["Payload"]), "tail": "REPORT" in base64.b64decode(r["LogResult"]).decode() or "START" in base64.b64decode(r["LogResult"]).decode()}
out["error"] = l.invoke(FunctionName="boto", Payload=json.dumps({"fail": 1}))["FunctionError"]
s = l.invoke_with_response_stream(FunctionName="boto", Payload="{}")
out["stream"] = b"".join(e["PayloadChunk"]["Payload"] for e in s["EventStream"] if "PayloadChunk" in e).decode()
out["versions"] = [v["Version"] for v in l.list_versions_by_function(FunctionName="boto")["Versions"]]
l.put_function_event_invoke_config(FunctionName="boto", MaximumRetryAttempts=1)
out["modified"] = str(type(l.get_function_event_invoke_config(FunctionName="boto")["LastModified"]).__name__)
logs = boto3.client("logs")
until = time.time() + 10
while not logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/boto")["logGroups"] and time.time() < until: time.sleep(0.05)
out["groups"] = [g["logGroupName"] for g in logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/boto")["logGroups"]]
print(json.dumps(out))
`;
    const { stdout } = await run(pythonWith("boto3")!, ["-c", script], { env: environment() });
    expect(JSON.parse(stdout)).toEqual({
      ...{ got: { got: { a: 1 } }, tail: true, error: "Unhandled", stream: '{"got":{}}', versions: ["$LATEST", "1"] },
      ...{ modified: "datetime", groups: ["/aws/lambda/boto"] },
    });
  });
});
