/**
 * alchemy, installed from the registry for the bench alone, to bring up what notes consists of beside us: its program is
 * alchemy-program.mjs, run by Node as it is. Its calls go where AWS_ENDPOINT_URL says, which it honours by itself, and none
 * to its makers. What cannot be had is said and left out.
 */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetFunctionConfigurationCommand, LambdaClient, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { changeFile } from "../support/counter.ts";
import { root, run } from "../support/home.ts";
import type { TestCloud } from "../support/local-cloud.ts";
import { installPackages } from "./installed.ts";

const version = "0.94.0";
/** What it asks for beside itself. */
const clients = ["dynamodb", "iam", "lambda", "s3"].map((service) => `@aws-sdk/client-${service}`);
export const steps = ["up", "unchanged", "update", "destroy"] as const;
export type Took = Record<(typeof steps)[number], number>;

export interface Alchemy {
  name: string;
  /** One life of the app, milliseconds of each command. `state`: in a bucket as ours, or on this disk, as it does unless told. */
  live(app: string, state: "bucket" | "disk"): Promise<Took>;
  close(): Promise<void>;
}

/** `endpoint`: in front of the cloud. */
export async function startAlchemy(cloud: TestCloud, endpoint: string): Promise<Alchemy | undefined> {
  const dir = await mkdtemp(join(tmpdir(), "freehold-alchemy-"));
  const remove = (): Promise<void> => rm(dir, { recursive: true, force: true, maxRetries: 5 });
  try {
    const { devDependencies } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
    await writeFile(join(dir, "package.json"), "{}");
    await installPackages(dir, [
      `alchemy@${version}`,
      ...clients.map((client) => `${client}@${devDependencies[client]}`),
    ]);
  } catch (error) {
    process.stderr.write(`  alchemy: LEFT OUT, ${(error as Error).message}\n`);
    await remove();
    return undefined;
  }
  const bucket = "alchemy-states";
  const client = new S3Client({ ...cloud.config, forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  client.destroy();
  const lambda = new LambdaClient(cloud.config);
  const codeOf = async (app: string): Promise<string | undefined> =>
    (await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: `${app}-api` }))).CodeSha256;
  const env = {
    ...cloud.env,
    PATH: process.env["PATH"],
    HOME: dir,
    AWS_ENDPOINT_URL: endpoint,
    ALCHEMY_TELEMETRY_DISABLED: "1",
  };
  const live = async (app: string, state: "bucket" | "disk"): Promise<Took> => {
    const cwd = join(dir, app);
    await mkdir(cwd);
    await cp(join(root, "blueprints/notes/api"), join(cwd, "api"), { recursive: true });
    await cp(join(import.meta.dirname, "alchemy-program.mjs"), join(cwd, "alchemy.run.mjs"));
    const timed = async (...args: string[]): Promise<number> => {
      const finished = await run(["alchemy.run.mjs", app, state === "bucket" ? bucket : "", ...args], env, { cwd });
      const said = finished.stdout + finished.stderr;
      // What it could not do it only tells, and ends with 0.
      if (finished.code !== 0 || /WARN|ERROR/.test(said))
        throw new Error(`alchemy ended with ${finished.code}\n${said}`);
      return finished.ms;
    };
    const up = await timed();
    const code = await codeOf(app);
    const unchanged = await timed();
    await changeFile(join(cwd, "api/index.mjs"), (text) => text.replace('?? "Notes"', '?? "Other notes"'));
    const update = await timed();
    if ((await codeOf(app)) === code) throw new Error("alchemy left the old code");
    const destroy = await timed("--destroy");
    const { Functions = [] } = await lambda.send(new ListFunctionsCommand({}));
    if (Functions.some(({ FunctionName }) => FunctionName === `${app}-api`))
      throw new Error("alchemy left the function");
    return { up, unchanged, update, destroy };
  };
  return {
    name: `alchemy ${version}`,
    live,
    close: async () => {
      lambda.destroy();
      await remove();
    },
  };
}
