/**
 * F93: what an app's functions write, as a person follows it: merged in time, by function and by pattern, through a
 * restart of the cloud, on a terminal and in a pipe, with the places of the sources. The lines are put by the test.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as cwl from "@aws-sdk/client-cloudwatch-logs";
import { LambdaClient, UpdateFunctionCodeCommand } from "@aws-sdk/client-lambda";
import { spawn } from "@lydell/node-pty";
import { build } from "esbuild";
import { strToU8, zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copyCounter } from "../support/counter.ts";
import { type Home, withHome } from "../support/home.ts";
import { startTestCloud, type TestCloud } from "../support/local-cloud.ts";
import { start } from "../support/running.ts";

let dir: string;
let cloud: TestCloud;
let home: Home;
let logs: cwl.CloudWatchLogsClient;
const groups: { [noun: string]: string } = {};

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "freehold-logs-"));
  cloud = await startTestCloud({ dataDir: join(dir, "cloud") });
  home = await withHome({ env: cloud.env });
  logs = new cwl.CloudWatchLogsClient({ ...cloud.config, maxAttempts: 3 });
  await copyCounter(home.dir);
  await home.freehold("setup", "--target", "aws", "--name", "work", "--yes");
  await home.freehold("up", "./counter");
  const { logGroups } = await logs.send(new cwl.DescribeLogGroupsCommand({}));
  for (const { logGroupName } of logGroups!)
    for (const noun of ["api", "gate"]) if (logGroupName!.includes(`counter--${noun}`)) groups[noun] = logGroupName!;
  expect(Object.keys(groups).sort()).toEqual(["api", "gate"]);
  for (const logGroupName of Object.values(groups))
    await logs.send(new cwl.CreateLogStreamCommand({ logGroupName, logStreamName: "test" }));
}, 120_000);
afterAll(async () => {
  logs?.destroy();
  await home?.close();
  await cloud?.close();
  await rm(dir, { recursive: true, force: true });
});

let at = 0;
function put(noun: string, ...messages: string[]) {
  const logEvents = messages.map((message) => {
    at = Math.max(at + 1, Date.now());
    return { timestamp: at, message };
  });
  return logs.send(new cwl.PutLogEventsCommand({ logGroupName: groups[noun]!, logStreamName: "test", logEvents }));
}

const id = "11111111-2222-4333-8444-555555555555";

async function shown(...args: string[]): Promise<any[]> {
  const { stdout } = await home.freehold("logs", "counter", "--json", ...args);
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

describe("logs", () => {
  // Two groups, one story: by time, each with its function and the call that wrote it.
  it("merges the functions by time, with the ids of their calls", async () => {
    await put("api", `START RequestId: ${id} Version: $LATEST`, "plain words of the call");
    await put("gate", '{"level":"WARN","requestId":"99999999-2222-4333-8444-555555555555"}');
    await put("api", `END RequestId: ${id}`, "after the call");
    const lines = (await shown("--since", "10m")).filter(({ message }) => !/^INIT/.test(message));
    const ours = lines.slice(lines.findIndex(({ message }) => message.startsWith("START RequestId: 11111111")));
    expect(ours.map(({ function: name, requestId }) => [name, requestId?.slice(0, 8)])).toEqual([
      ...[
        ["api", "11111111"],
        ["api", "11111111"],
        ["gate", "99999999"],
        ["api", "11111111"],
        ["api", undefined],
      ],
    ]);
    expect(ours.map(({ at: time }) => time)).toEqual(ours.map(({ at: time }) => time).sort());
  });

  // What is asked for is shown, and what cannot be is said, not shown as nothing.
  it("shows one function's, or what a pattern matches", async () => {
    await put("api", "an ORANGE line");
    await put("gate", "another ORANGE one", "a line");
    const messages = async (...args: string[]) => (await shown(...args)).map(({ message }) => message);
    expect(await messages("--filter", "ORANGE")).toEqual(["an ORANGE line", "another ORANGE one"]);
    expect(await messages("--filter", "ORANGE", "--function", "gate")).toEqual(["another ORANGE one"]);
    const nobody = await home.attempt("logs", "counter", "--function", "nobody");
    expect([nobody.code, nobody.stderr]).toEqual([4, expect.stringMatching(/api.*gate|gate.*api/)]);
    const broken = await home.attempt("logs", "counter", "--filter", "{ $.a = }");
    expect([broken.code, broken.stderr]).toEqual([2, expect.stringContaining("Invalid filter pattern")]);
  });

  // The cloud may end and come back: nothing is lost, nothing is said twice, and Ctrl-C ends it as it ends all.
  it("follows through a restart of the cloud", async () => {
    const following = start(home, "logs", "counter", "-f", "--json", "--filter", "turn");
    await put("api", "turn 1", "turn 2");
    await following.said(/turn 2/);
    // Stamped before what was shown already, as by a clock that is slow: it is no less new.
    const late = { timestamp: Date.now() - 600_000, message: "turn 0" };
    const stream = { logGroupName: groups["api"]!, logStreamName: "test" };
    await logs.send(new cwl.PutLogEventsCommand({ ...stream, logEvents: [late] }));
    await following.said(/turn 0/);
    const { port } = cloud;
    await cloud.close();
    cloud = await startTestCloud({ dataDir: join(dir, "cloud"), port });
    await put("gate", "turn 3");
    await put("api", "turn 4");
    await following.said(/turn 4/);
    following.child.kill("SIGINT");
    expect(await following.ended).toBe(130);
    expect([...following.output().matchAll(/turn (\d)/g)].map(([, turn]) => turn)).toEqual(["1", "2", "0", "3", "4"]);
  });

  // A function's text is a stranger's: on a terminal it moves no cursor, and colours are ours; a pipe gets none.
  it("is safe and coloured on a terminal, plain in a pipe", async () => {
    await put("api", "PURPLE \u001b[2J\u001b]0;title\u0007 text");
    const args = ["logs", "counter", "--filter", "PURPLE"];
    const terminal = spawn(process.execPath, [home.entry, ...args], {
      cwd: home.dir,
      env: { ...home.env, CI: "", TERM: "xterm-256color" } as Record<string, string>,
      cols: 200,
      rows: 24,
    });
    let screen = "";
    terminal.onData((data) => (screen += data));
    await new Promise((resolve) => terminal.onExit(resolve));
    expect(screen).toContain("PURPLE");
    expect(screen).toContain("\u001b[2m");
    expect(screen).not.toContain("\u001b[2J");
    expect(screen).not.toContain("\u001b]0;");
    const { stdout } = await home.freehold(...args);
    expect(stdout).toContain("PURPLE");
    expect(stdout).not.toContain("\u001b");
  });

  // The bundle's line 1 column 3,000 says nothing to who wrote the source.
  it.each(["external", "inline"] as const)("names the sources of a trace, by an %s map", async (sourcemap) => {
    const source = join(dir, "thrower.ts");
    const lines = [
      "export const handler = async (n: number) => {",
      "  // a comment",
      "  throw new Error(`no ${n}`);",
      "};",
    ];
    await writeFile(source, lines.join("\n"));
    const { outputFiles } = await build({
      ...{ entryPoints: [source], outfile: join(dir, "index.mjs"), bundle: true, minify: true, write: false },
      ...{ format: "esm", platform: "node", sourcemap },
    });
    const files = Object.fromEntries(
      outputFiles!.map(({ path, text }) => [path.endsWith(".map") ? "index.mjs.map" : "index.mjs", strToU8(text)]),
    );
    const lambda = new LambdaClient(cloud.config);
    const FunctionName = groups["api"]!.replace("/aws/lambda/", "");
    await lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: zipSync(files) }));
    lambda.destroy();
    const column = new TextDecoder().decode(files["index.mjs"]).split("\n")[0]!.indexOf("new Error") + 1;
    await put("api", `Error: ${sourcemap} 1\n    at handler (file:///var/task/index.mjs:1:${column})`);
    const [{ message }] = await shown("--filter", `"Error: ${sourcemap}"`);
    expect(message).toMatch(/at handler \((\S*\/)?thrower\.ts:3:\d+\)/);
  });
});
