/** Whose credentials a run has, and what becomes of it when they run out or come to be somebody else's in the middle. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Table } from "@pulumi/aws/dynamodb/table.js";
import { LocalWorkspace } from "@pulumi/pulumi/automation/localWorkspace.js";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { embeddedEngine } from "../../../../stacks/engine/index.ts";
import type { Provider } from "../../../../stacks/engine/provider.ts";
import { createAwsProvider } from "../../../../stacks/providers/aws/index.ts";
import { startFaultProxy } from "../../../support/fault-proxy.ts";
import { listen } from "../../../support/listen.ts";
import { startTestCloud, type TestCloud } from "../../../support/local-cloud.ts";
import { fresh } from "./cases.ts";
import { Driver } from "./driver.ts";

const group = "aws:cloudwatch/logGroup:LogGroup";
const expired = {
  kind: "answer",
  status: 400,
  code: "ExpiredTokenException",
  message: "The security token included in the request is expired",
  form: "json",
} as const;

let dir: string;
let cloud: TestCloud;
let proxy: Awaited<ReturnType<typeof startFaultProxy>>;
/** STS by itself: says whose a key is, and may change the profile at the first question. */
let sts: Server;
let stsEndpoint: string;
let accounts: Record<string, string>;
let asked: string[];
let onFirst: () => Promise<void>;
const open: Provider[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "freehold-credentials-"));
  cloud = await startTestCloud();
  proxy = await startFaultProxy(cloud.endpoint);
  sts = createServer(async (req, res) => {
    const key = /Credential=([^/]+)/.exec(req.headers.authorization ?? "")?.[1] ?? "";
    asked.push(key);
    if (asked.length === 1) await onFirst();
    const account = accounts[key] ?? cloud.accountId;
    res.writeHead(200, { "content-type": "text/xml" });
    const result = `<Arn>arn:aws:iam::${account}:user/x</Arn><UserId>x</UserId><Account>${account}</Account>`;
    res.end(
      `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>${result}</GetCallerIdentityResult></GetCallerIdentityResponse>`,
    );
  });
  stsEndpoint = await listen(sts);
});
beforeEach(async () => {
  accounts = {};
  asked = [];
  onFirst = async () => undefined;
  proxy.plan([]);
  await profile({ accessKeyId: "AKIAOLD", secretAccessKey: "old" });
});
afterAll(async () => {
  await Promise.all(open.map((provider) => provider.close()));
  await proxy?.close();
  await cloud?.close();
  sts?.closeAllConnections();
  sts?.close();
  await rm(dir, { recursive: true, force: true });
});

async function profile({ accessKeyId, secretAccessKey }: { accessKeyId: string; secretAccessKey: string }) {
  await writeFile(
    join(dir, "credentials"),
    `[work]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
  );
}

async function withProfile(): Promise<Provider> {
  const provider = createAwsProvider({
    environment: {
      HOME: dir,
      AWS_PROFILE: "work",
      AWS_SHARED_CREDENTIALS_FILE: join(dir, "credentials"),
      AWS_CONFIG_FILE: join(dir, "config"),
      AWS_REGION: cloud.region,
      AWS_ENDPOINT_URL: proxy.endpoint,
      AWS_ENDPOINT_URL_STS: stsEndpoint,
    },
  });
  open.push(provider);
  await provider.configure({});
  return provider;
}

describe("credentials that run out in the middle", () => {
  // A4: a long run outlives its keys; whoever signed in again meanwhile goes on without noticing.
  it("are looked up once more where they came from, and the call is made with the new ones", async () => {
    onFirst = () => profile(cloud.credentials);
    proxy.plan([{ on: /CreateLogGroup/, fault: expired, times: 1 }]);
    const made = await new Driver(await withProfile(), group, fresh("group")).create({});
    expect(made.id).not.toBe("");
    expect(proxy.count(/CreateLogGroup/)).toBe(2);
    expect(asked).toEqual(["AKIAOLD", cloud.credentials.accessKeyId]);
  });

  it("stop the run when they are still the old ones, and say what to do", async () => {
    proxy.plan([{ on: /CreateLogGroup/, fault: expired, times: 9 }]);
    await expect(new Driver(await withProfile(), group, fresh("group")).create({})).rejects.toThrow(
      /CreateLogGroup.*expired.*sign in again/,
    );
    expect(proxy.count(/CreateLogGroup/)).toBe(2);
  });

  it("stop the run at once when they were given as they are: there is nowhere to look", async () => {
    proxy.plan([{ on: /CreateLogGroup/, fault: expired, times: 9 }]);
    const provider = createAwsProvider({ environment: { ...cloud.env, AWS_ENDPOINT_URL: proxy.endpoint } });
    open.push(provider);
    await provider.configure({});
    await expect(new Driver(provider, group, fresh("group")).create({})).rejects.toThrow(/sign in again/);
    expect(proxy.count(/CreateLogGroup/)).toBe(1);
  });
});

describe("credentials of another account", () => {
  // A5: a profile that somebody re-points while a run is under way must not get one call.
  it("that come in the middle end the run before the next call", async () => {
    accounts = { [cloud.credentials.accessKeyId]: "999999999999" };
    onFirst = () => profile(cloud.credentials);
    proxy.plan([{ on: /CreateLogGroup/, fault: expired, times: 1 }]);
    await expect(new Driver(await withProfile(), group, fresh("group")).create({})).rejects.toThrow(
      /have come to belong to AWS account 999999999999/,
    );
    expect(proxy.count(/CreateLogGroup/)).toBe(1);
  });

  // To them everything seems to be gone: a refresh that believed it would forget a whole cloud.
  it("refresh nothing and drop nothing, in a stack whose program named no account", async () => {
    const other = await startTestCloud({ accountId: "210987654321" });
    try {
      const stackIn = (env: Record<string, string>) =>
        LocalWorkspace.createOrSelectStack(
          {
            stackName: "dev",
            projectName: "pinned",
            program: async () => {
              new Table("t", {
                hashKey: "id",
                attributes: [{ name: "id", type: "S" }],
                billingMode: "PAY_PER_REQUEST",
              });
            },
          },
          {
            pulumiCommand: embeddedEngine({ providers: () => createAwsProvider({ environment: env }) }),
            envVars: { ...env, PULUMI_BACKEND_URL: `file://${dir}`, PULUMI_CONFIG_PASSPHRASE: "x" },
          },
        );
      const mine = await stackIn(cloud.env);
      await mine.up();
      const before = await mine.exportStack();
      const theirs = await stackIn(other.env);
      await expect(theirs.refresh()).rejects.toThrow(/but what this stack has made is in account 123456789012/);
      await expect(theirs.destroy()).rejects.toThrow(/but what this stack has made is in account 123456789012/);
      const after = await mine.exportStack();
      expect(after.deployment.resources).toEqual(before.deployment.resources);
      await mine.destroy();
    } finally {
      await other.close();
    }
  });
});

describe("a clock that is wrong", () => {
  // A16: signatures carry the time; AWS says what time it is, and the call is signed anew by that.
  it("is put right once by the answer's date", async () => {
    const ahead = await startTestCloud({ clock: { now: () => Date.now() + 20 * 60_000 } as never });
    const provider = createAwsProvider({ environment: ahead.env });
    try {
      await provider.configure({});
      expect((await new Driver(provider, group, fresh("group")).create({})).id).not.toBe("");
    } finally {
      await provider.close();
      await ahead.close();
    }
  });
});
