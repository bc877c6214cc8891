/** The built `pulumi-resource-aws`, as an engine that is not ours starts it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { Table } from "@pulumi/aws/dynamodb/table.js";
import { Bucket } from "@pulumi/aws/s3/bucket.js";
import { type EngineEvent, LocalWorkspace, PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import { describe, expect, it, onTestFinished } from "vitest";
import { startTestCloud } from "../../../support/local-cloud.ts";
import { pulumiCli } from "../../../support/tools.ts";

const dist = resolve(import.meta.dirname, "../../../../dist");
const executable = join(dist, "pulumi-resource-aws");
const official = pulumiCli();
if (!official) process.stderr.write("SKIPPED: no official pulumi on this machine (FREEHOLD_TEST_PULUMI, or on PATH)\n");
if (!existsSync(executable)) throw new Error("dist/ is not built: run `npm run build`");

function tempFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), "aws-plugin-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true, maxRetries: 3 }));
  return dir;
}

async function program(): Promise<object> {
  const bucket = new Bucket("site", { tags: { app: "notes" } });
  const table = new Table("items", {
    hashKey: "pk",
    attributes: [{ name: "pk", type: "S" }],
    billingMode: "PAY_PER_REQUEST",
    tags: { bucket: bucket.arn },
  });
  return { bucket: bucket.id, table: table.arn };
}

describe.skipIf(!official)("under the official engine, found on PATH", () => {
  // Who uses Pulumi itself can have our provider, with state that either engine goes on with.
  it("makes a bucket and a table, finds nothing to do, and removes both", async () => {
    const cloud = await startTestCloud();
    onTestFinished(() => cloud.close());
    const dir = tempFolder();
    mkdirSync(join(dir, "cli/bin"), { recursive: true });
    symlinkSync(official!, join(dir, "cli/bin/pulumi"));
    const stack = await LocalWorkspace.createOrSelectStack(
      { stackName: "dev", projectName: "proj", program },
      {
        workDir: dir,
        pulumiCommand: await PulumiCommand.get({ root: join(dir, "cli"), skipVersionCheck: true }),
        envVars: {
          ...cloud.env,
          PATH: `${dist}:${dirname(process.execPath)}:${process.env["PATH"]}`,
          PULUMI_BACKEND_URL: `file://${dir}`,
          PULUMI_CONFIG_PASSPHRASE: "p",
          PULUMI_HOME: join(dir, "home"),
          PULUMI_SKIP_UPDATE_CHECK: "true",
          PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
        },
      },
    );
    const run = async (op: "up" | "destroy") => {
      const events: EngineEvent[] = [];
      const result = await stack[op]({ onEvent: (event) => events.push(event) });
      const summary = events.find((event) => event.summaryEvent)?.summaryEvent?.resourceChanges;
      return { result, summary };
    };
    const first = await run("up");
    expect(first.summary).toEqual({ create: 3 });
    const { bucket, table } = (first.result as unknown as { outputs: { [name: string]: { value: string } } }).outputs;
    expect(bucket!.value).toMatch(/^site-[0-9a-f]{7}$/);
    expect(table!.value).toMatch(/^arn:aws:dynamodb:eu-west-1:123456789012:table\/items-[0-9a-f]{7}$/);
    expect((await run("up")).summary).toEqual({ same: 3 });
    expect((await run("destroy")).summary).toEqual({ delete: 3 });
    // The official CLI takes seconds for each of its commands, and there are eight.
  }, 240_000);
});

describe("the executable", () => {
  // An engine that was killed leaves nothing behind that could go on changing a cloud.
  it("ends when the engine that started it goes away", async () => {
    const child = spawn(executable, ["127.0.0.1:9"], {
      stdio: ["pipe", "pipe", "inherit"],
      env: { PATH: `${dirname(process.execPath)}:/usr/bin:/bin` },
    });
    const [first] = await once(createInterface(child.stdout), "line");
    expect(first).toMatch(/^\d+$/);
    child.stdin.end();
    const [code] = await once(child, "exit");
    expect(code).toBe(0);
  });
});
