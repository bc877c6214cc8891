/** A workspace without a program, on the engine in this process: for what runs no deployment. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LocalWorkspace, type LocalWorkspaceOptions } from "@pulumi/pulumi/automation/index.js";
import { embeddedEngine } from "../../../../../stacks/engine/index.ts";
import { saltStack } from "../../support/salt.ts";
import { TestWorld } from "../../support/test-provider.ts";

export interface Place {
  ws: LocalWorkspace;
  dir: string;
  options: LocalWorkspaceOptions;
}

/** `files` are written into the folder first; the project is `proj`, unless a file says otherwise. */
export async function workspace(
  files: { [name: string]: string } = {},
  more: Partial<LocalWorkspaceOptions> = {},
): Promise<Place> {
  const dir = mkdtempSync(join(tmpdir(), "automation-"));
  const all = Object.keys(files).some((name) => /^Pulumi\.(ya?ml|json)$/.test(name))
    ? files
    : { "Pulumi.yaml": "name: proj\nruntime: nodejs\n", ...files };
  for (const [name, text] of Object.entries(all)) writeFileSync(join(dir, name), text);
  // Only where the test says nothing of stack settings of its own.
  if (Object.keys(files).length === 0 && !more.secretsProvider) saltStack(dir);
  const world = new TestWorld();
  const options: LocalWorkspaceOptions = {
    workDir: dir,
    pulumiCommand: embeddedEngine({ providers: (pkg, version) => world.provider(pkg, version) }),
    envVars: {
      PULUMI_BACKEND_URL: `file://${dir}`,
      PULUMI_CONFIG_PASSPHRASE: "p",
      PULUMI_HOME: join(dir, "home"),
      USER: "tester",
    },
    ...more,
  };
  return { ws: await LocalWorkspace.create(options), dir, options };
}
