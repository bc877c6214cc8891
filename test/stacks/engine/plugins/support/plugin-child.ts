/** A `pulumi-resource-test` in a process of its own: the test provider, served; its world is a file, its moods are names. */
import { appendFileSync } from "node:fs";
import { serveProvider } from "../../../../../stacks/engine/plugins/serve.ts";
import { partial, TestWorld } from "../../support/test-provider.ts";

const { PLUGIN_WORLD = "", PLUGIN_MOOD = "", PLUGIN_PIDS = "" } = process.env;
if (PLUGIN_PIDS) appendFileSync(PLUGIN_PIDS, `${process.pid}\n`);

export function moody(world: TestWorld): TestWorld {
  world.behaviour.before = async (op, name) => {
    if (op === "created" && name === "broken")
      throw partial(
        [...world.all()].find(([, value]) => value["__name"] === name)![0],
        { value: "half" },
        "came up half",
      );
    if (op === "create" && name === "refused") throw new Error("no room for it");
    if (op === "created" && name === "crash" && PLUGIN_MOOD !== "calm") {
      process.stderr.write("\u001b[31mpanic:\u001b[0m the provider fell over\n");
      process.exit(3);
    }
    if (op === "create" && name === "hang") await new Promise(() => undefined);
  };
  return world;
}

if (process.argv[1]?.endsWith("pulumi-resource-test")) await main();

async function main(): Promise<void> {
  if (PLUGIN_MOOD === "silent") return void setInterval(() => undefined, 1_000);
  if (PLUGIN_MOOD === "exits") {
    process.stderr.write("missing library libfoo.so\n");
    process.exit(7);
  }
  if (PLUGIN_MOOD === "garbage") return void process.stdout.write("Welcome to my provider!\n12345\n");
  const world = moody(new TestWorld(PLUGIN_WORLD));
  const { port } = await serveProvider(() => world.provider("test", "1.0.0")!, process.argv[2]);
  process.stdout.write(`${port}\n`);
  if (PLUGIN_MOOD === "flood")
    setInterval(() => {
      process.stdout.write("x".repeat(65_536));
      process.stderr.write(`${"y".repeat(65_535)}\n`);
    }, 1);
}
