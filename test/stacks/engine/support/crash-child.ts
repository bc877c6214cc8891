/**
 * One operation in a process that kills itself at a named point: `node crash-child.ts DIR OP POINT VALUE`, where POINT
 * is `create one` (before the provider's effect) or `created one` (after it), or `-` for no kill.
 */
import { join } from "node:path";
import { drive, Thing } from "./stack.ts";
import { TestWorld } from "./test-provider.ts";

const [dir, op, point, value] = process.argv.slice(2) as [string, "up" | "destroy", string, string];
const world = new TestWorld(join(dir, "world.json"));
world.behaviour.before = (what, name) => {
  if (`${what} ${name}` === point) process.kill(process.pid, "SIGKILL");
};
async function main(): Promise<void> {
  const { program, run } = await drive(world, dir);
  program(async () => {
    const one = new Thing("one", { key: "k1", value });
    // A replacement made first has a physical name of its own, as autonaming gives it.
    new Thing("two", { key: `k2-${value}`, value: one.arn, force: value });
  });
  const ran = await run(op);
  console.log(
    JSON.stringify({
      changes: ran.changes,
      error: ran.error?.message,
      left: [...world.all().values()].map((item) => item["__name"]),
    }),
  );
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
