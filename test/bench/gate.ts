/**
 * What a gate costs: a warm call through it beside the same function's own address, in turns, and what it leaves of that
 * one's rate; its first call, and the size of its code. On the local cloud, where a call has no network to hide in.
 */
import { statSync } from "node:fs";
import { Agent, request } from "node:http";
import { join } from "node:path";
import {
  AddPermissionCommand,
  CreateFunctionUrlConfigCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdatedV2,
} from "@aws-sdk/client-lambda";
import { clientConfig } from "../support/aws.ts";
import { type Home, root, signIn } from "../support/home.ts";
import { median, table } from "./table.ts";

const rounds = 10;
const calls = 60;
const connections = 4;
/** What V8 has not compiled yet runs several times as long, and it compiles what has run a thousand times. */
const warmUp = 1500;

export async function gate(home: Home): Promise<void> {
  await home.freehold("setup", "--yes");
  await home.freehold("up", join(root, "test/abuse/fixtures/gated"), "--yes");
  const { link } = await home.json<{ link: string }>("open", "gated");
  const cookie = await signIn(link);
  const lambda = new LambdaClient(clientConfig(await home.json("cloud", "env")));
  const { apps } = await home.json<{ apps: { name: string; url: string }[] }>("ls");
  const url = new URL(apps.find(({ name }) => name === "gated")!.url);
  const bare = await openAddress(lambda, "home--gated--plain");
  const get = (host: string, path = "/plain/x"): Promise<number> => call(Number(url.port), host, path, cookie);
  await warm(
    () => get(url.host),
    () => get(bare),
  );
  await share(
    () => get(url.host),
    () => get(bare),
  );
  await cold(lambda, () => get(url.host, "/"));
  const bytes = statSync(join(root, "dist/functions/gate/index.mjs")).size;
  table.add({ name: "gate, its code", unit: "KiB", goal: "<= 1024", samples: [bytes / 1024] });
}

async function warm(gated: () => Promise<number>, bare: () => Promise<number>): Promise<void> {
  const samples: Record<"gated" | "bare" | "more", number[]> = { gated: [], bare: [], more: [] };
  for (let i = 0; i < warmUp; i++) await Promise.all([gated(), bare()]);
  for (let round = 0; round < rounds; round++) {
    const own: number[] = [];
    const through: number[] = [];
    for (let i = 0; i < calls; i++) {
      own.push(await bare());
      through.push(await gated());
    }
    samples.bare.push(median(own));
    samples.gated.push(median(through));
    samples.more.push(median(through) - median(own));
  }
  const peer = { name: "the function's own address", samples: samples.bare };
  table.add({ name: "warm call through the gate, p50", unit: "ms", goal: "-", samples: samples.gated, peer });
  table.add({ name: "what the gate adds to it, p50", unit: "ms", goal: "<= 1.5", samples: samples.more });
}

/** Calls a second, four at once, a second each in turns, so that whatever else this computer does is met by both. */
async function share(gated: () => Promise<number>, bare: () => Promise<number>): Promise<void> {
  const samples: number[] = [];
  for (let round = 0; round < rounds; round++) samples.push((await rate(gated)) / (await rate(bare)));
  table.add({ name: "rate through the gate, of the app's own", unit: "x", goal: ">= 0.33", samples });
}

async function rate(ask: () => Promise<number>): Promise<number> {
  const began = performance.now();
  let n = 0;
  const asking = async (): Promise<void> => {
    for (; performance.now() < began + 1000; n++) await ask();
  };
  await Promise.all(Array.from({ length: connections }, asking));
  return (n * 1000) / (performance.now() - began);
}

/** A change of the configuration takes the warm environment away. A page of the site starts no other function. */
async function cold(lambda: LambdaClient, page: () => Promise<number>): Promise<void> {
  const FunctionName = "home--gated--gate";
  const samples: number[] = [];
  for (let i = 0; i < 10; i++) {
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Description: `${i}` }));
    await waitUntilFunctionUpdatedV2(
      { client: lambda, maxWaitTime: 20, minDelay: 0.1, maxDelay: 0.1 },
      { FunctionName },
    );
    samples.push(await page());
  }
  table.add({ name: "first page through a cold gate", unit: "ms", goal: "<= 150", samples });
}

async function openAddress(lambda: LambdaClient, FunctionName: string): Promise<string> {
  const { FunctionUrl } = await lambda.send(new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: "NONE" }));
  const open = { FunctionName, Principal: "*" };
  await lambda.send(
    new AddPermissionCommand({
      ...{ ...open, StatementId: "url", Action: "lambda:InvokeFunctionUrl", FunctionUrlAuthType: "NONE" },
    }),
  );
  await lambda.send(
    new AddPermissionCommand({
      ...{ ...open, StatementId: "call", Action: "lambda:InvokeFunction", InvokedViaFunctionUrl: true },
    }),
  );
  return new URL(FunctionUrl!).host;
}

const kept = new Agent({ keepAlive: true, maxSockets: connections });

/** Milliseconds to the last byte; throws when it is no 200. */
function call(port: number, host: string, path: string, cookie: string): Promise<number> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port, path, agent: kept, headers: { host, cookie } }, (response) => {
      response.resume().once("end", () => {
        if (response.statusCode === 200) resolve(performance.now() - began);
        else reject(new Error(`${host}${path} answered ${response.statusCode}`));
      });
    })
      .once("error", reject)
      .end();
  });
}
