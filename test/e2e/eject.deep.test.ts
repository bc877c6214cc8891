/**
 * Leaving: an app, things of several kinds and the foundation as plain Pulumi projects, on which an engine goes on with nothing to
 * do. With Pulumi's own engine where there is one (FREEHOLD_TEST_PULUMI), and with ours always.
 */
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { LocalWorkspace, PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { embeddedEngine } from "../../stacks/engine/index.ts";
import { createAwsProvider } from "../../stacks/providers/aws/index.ts";
import { offline } from "../official/support/offline.ts";
import { serveProvider } from "../official/support/serve.ts";
import { clientConfig } from "../support/aws.ts";
import { type Home, root, withHome } from "../support/home.ts";
import { missing } from "../support/tools.ts";

let home: Home;
let dir: string;
let environment: Record<string, string>;
const official = process.env["FREEHOLD_TEST_PULUMI"];

beforeAll(async () => {
  home = await withHome();
  await home.freehold("up", "notes");
  mkdirSync(join(home.dir, "own"));
  writeFileSync(join(home.dir, "own/index.mjs"), "export const handler = async () => ({ statusCode: 200 });\n");
  await home.freehold("add", "bucket", "photos", "--yes");
  await home.freehold("add", "table", "readings", "--yes");
  await home.freehold("add", "function", "own", "--code", "own", "--uses", "photos=write", "--route", "--yes");
  environment = await home.json("cloud", "env");
  const ssm = new SSMClient(clientConfig(environment));
  await ssm.send(new PutParameterCommand({ Name: "/old/motto", Type: "String", Value: "be well" }));
  await home.freehold("adopt", "ssm/parameter", "/old/motto", "--yes");
  await home.freehold("eject", "left");
  dir = join(home.dir, "left");
}, 180_000);
afterAll(() => home?.close());

// Nothing of Freehold's may be needed to go on, nor stand in what is left.
it("leaves nothing of ours in the programs, and no secret in plain", () => {
  expect(readdirSync(dir).sort()).toEqual(["foundation", "notes", "things"]);
  for (const stack of readdirSync(dir)) {
    const text = readFileSync(join(dir, stack, "index.ts"), "utf8");
    expect([...text.matchAll(/^import .* from "(.*)";$/gm)].map(([, from]) => from)).toEqual([
      "@pulumi/aws",
      "@pulumi/pulumi",
    ]);
    expect(text).not.toContain(home.dir);
    const { dependencies } = JSON.parse(readFileSync(join(dir, stack, "package.json"), "utf8"));
    const { devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    for (const [name, version] of Object.entries(dependencies)) expect(version).toBe(devDependencies[name]);
  }
  expect(readFileSync(join(dir, "things/index.ts"), "utf8")).toContain("config.requireSecretObject");
  expect(readFileSync(join(dir, "things/index.ts"), "utf8")).not.toContain("be well");
});

// Whoever goes on would change something at once, if the program said less, or more, than what is there.
describe.each(["own", "official"] as const)("a preview with the %s engine", (which) => {
  it.skipIf(which === "official" && missing(official, "Pulumi's own engine (FREEHOLD_TEST_PULUMI)"))(
    "has nothing to do",
    { timeout: 180_000 },
    async () => {
      const provider = () => createAwsProvider({ environment });
      const server = which === "official" ? await serveProvider(provider()) : undefined;
      try {
        const command =
          which === "official"
            ? await PulumiCommand.get({ root: join(official!, "../..") })
            : embeddedEngine({ providers: (pkg) => (pkg === "aws" ? provider() : undefined) });
        const more = server ? { ...offline, PULUMI_DEBUG_PROVIDERS: `aws:${server.port}` } : {};
        for (const stack of readdirSync(dir)) expect(await changesIn(stack, which, command, more), stack).toEqual({});
      } finally {
        server?.close();
      }
    },
  );
});

/** Steps that are not `same`, by kind, of a preview of the program as it stands there. */
async function changesIn(
  stack: string,
  which: string,
  pulumiCommand: PulumiCommand | ReturnType<typeof embeddedEngine>,
  more: Record<string, string>,
): Promise<Record<string, number>> {
  const workDir = join(dir, stack);
  // As `npm install` would have it; and each run is a module of its own.
  if (!readdirSync(workDir).includes("node_modules"))
    symlinkSync(join(root, "node_modules"), join(workDir, "node_modules"));
  const { outputText } = ts.transpileModule(readFileSync(join(workDir, "index.ts"), "utf8"), {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
  });
  const module = join(workDir, `${which}.mjs`);
  writeFileSync(module, outputText);
  const found = await LocalWorkspace.selectStack(
    {
      stackName: "home",
      projectName: `freehold-${stack === "notes" ? "app-notes" : stack}`,
      program: async () => ({ ...(await import(module)) }),
    },
    {
      workDir,
      pulumiCommand: pulumiCommand as PulumiCommand,
      envVars: {
        ...environment,
        ...more,
        PULUMI_BACKEND_URL: `file://${join(workDir, "state")}`,
        PULUMI_CONFIG_PASSPHRASE_FILE: join(home.dir, "freehold/data/clouds/home/passphrase"),
        PULUMI_SKIP_UPDATE_CHECK: "true",
      },
    },
  );
  const { changeSummary } = await found.preview();
  const { same, ...rest } = changeSummary as Record<string, number>;
  expect(same).toBeGreaterThan(5);
  return rest;
}
