/**
 * One operation of the engine fed registrations without the SDK: `node engine-alone.ts DIR OPERATION SIZE`. What is
 * measured is import, state from disk, steps, journal and checkpoint; the provider answers at once.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import resourcePb from "@pulumi/pulumi/proto/resource_pb.js";
import structPb from "google-protobuf/google/protobuf/struct_pb.js";
import { embeddedEngine, type Program } from "../../stacks/engine/index.ts";
import { instantProvider } from "./instant-provider.ts";

const [dir = "", operation = "", size = ""] = process.argv.slice(2);

function registration(type: string, name: string, parent: string, inputs: { [key: string]: string }) {
  const request = new resourcePb.RegisterResourceRequest();
  request.setType(type);
  request.setName(name);
  request.setCustom(type !== "pulumi:pulumi:Stack");
  request.setParent(parent);
  request.setObject(structPb.Struct.fromJavaScript(inputs));
  request.setVersion("1.0.0");
  request.setAcceptsecrets(true);
  request.setAcceptresources(true);
  return request;
}

const program: Program = async ({ monitor }) => {
  const stack = await monitor.registerResource(registration("pulumi:pulumi:Stack", "bench-dev", "", {}));
  await Promise.all(
    Array.from({ length: Number(size) }, (_, at) =>
      monitor.registerResource(
        registration("bench:index:Item", `item-${at}`, stack.getUrn(), {
          name: `item-${at}`,
          text: "some text of its own",
        }),
      ),
    ),
  );
};

async function main(): Promise<void> {
  writeFileSync(join(dir, "Pulumi.yaml"), "name: bench\nruntime: nodejs\n");
  const engine = embeddedEngine({ providers: (pkg) => (pkg === "bench" ? instantProvider() : undefined), program });
  const env = { PULUMI_BACKEND_URL: `file://${dir}`, PULUMI_CONFIG_PASSPHRASE: "p", PULUMI_HOME: join(dir, "home") };
  if (operation === "init") await engine.run(["stack", "init", "dev"], dir, env);
  else await engine.run([operation, "--yes", "--skip-preview", "--stack", "dev"], dir, env);
  process.stdout.write(`${process.resourceUsage().maxRSS}\n`);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${(error as Error).stack}\n`);
    process.exit(1);
  },
);
