/**
 * One operation on a stack of SIZE resources, as a process of its own: `node engine-child.ts DIR OPERATION SIZE`. Which
 * engine carries it out was decided when this was bundled; ours has the provider in process.
 */
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { LocalWorkspace } from "@pulumi/pulumi/automation/localWorkspace.js";
import { embeddedEngine } from "../../stacks/engine/index.ts";
import { instantProvider } from "./instant-provider.ts";

class Item extends pulumi.CustomResource {
  constructor(name: string, args: { [key: string]: pulumi.Input<string> }) {
    super("bench:index:Item", name, { size: undefined, ...args }, { version: "1.0.0" });
  }
}

const [dir = "", operation = "", size = ""] = process.argv.slice(2);

/** Side by side, all under the stack. */
const program = async (): Promise<void> => {
  for (let at = 0; at < Number(size); at++)
    new Item(`item-${at}`, { name: `item-${at}`, text: "some text of its own" });
};

async function main(): Promise<void> {
  const stack = await LocalWorkspace.createOrSelectStack(
    { stackName: "dev", projectName: "bench", program },
    {
      workDir: dir,
      pulumiHome: join(dir, "home"),
      pulumiCommand: embeddedEngine({ providers: (pkg) => (pkg === "bench" ? instantProvider() : undefined) }),
      envVars: { PULUMI_BACKEND_URL: `file://${dir}`, PULUMI_CONFIG_PASSPHRASE: "p" },
    },
  );
  const run = (stack as unknown as { [operation: string]: () => Promise<unknown> })[operation];
  await run!.call(stack);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${(error as Error).stack}\n`);
    process.exit(1);
  },
);
