/**
 * From nothing to the first registration: `node engine-start.ts DIR`, a stack of one resource driven through the
 * Automation API. Prints milliseconds from Node's own start being through to the first question put to the provider, without those
 * that the passphrase's key takes (PBKDF2 with a million rounds, by Pulumi's format).
 */
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { LocalWorkspace } from "@pulumi/pulumi/automation/localWorkspace.js";
import { embeddedEngine } from "../../stacks/engine/index.ts";
import { instantProvider } from "./instant-provider.ts";

class Item extends pulumi.CustomResource {
  constructor(name: string) {
    super("bench:index:Item", name, { name }, { version: "1.0.0" });
  }
}

async function main(): Promise<void> {
  const [dir = ""] = process.argv.slice(2);
  const imported = performance.now() - performance.nodeTiming.bootstrapComplete;
  const provider = instantProvider();
  let first = 0;
  const { check } = provider;
  provider.check = (request, context) => {
    first ||= performance.now();
    return check(request, context);
  };
  const options = {
    workDir: dir,
    pulumiHome: join(dir, "home"),
    pulumiCommand: embeddedEngine({ providers: () => provider }),
    envVars: { PULUMI_BACKEND_URL: `file://${dir}`, PULUMI_CONFIG_PASSPHRASE: "p" },
  };
  const program = async (): Promise<void> => void new Item("one");
  const stack = await LocalWorkspace.createOrSelectStack({ stackName: "dev", projectName: "bench", program }, options);
  const began = performance.now();
  await stack.up();
  process.stdout.write(`${JSON.stringify({ imported, register: first - began })}\n`);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${(error as Error).stack}\n`);
    process.exit(1);
  },
);
