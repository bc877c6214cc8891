/**
 * A run that holds a stack for as long as it is told: `node engine-holder.ts URL LEASE_SECONDS`, credentials in the
 * environment. Takes a line at a time (`begin NAME`, `done`, `finish`) and says what came of it.
 */
import { createInterface } from "node:readline";
import { systemClock } from "../../stacks/engine/clock.ts";
import { openBackend } from "../../stacks/engine/state/index.ts";
import { info, ref, thing } from "../stacks/engine/state/things.ts";

const [url = "", seconds = "30"] = process.argv.slice(2);
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith("AWS_")));
const say = (text: string): void => void process.stdout.write(`${text.split("\n")[0]}\n`);

try {
  const backend = openBackend(url, { clock: systemClock, env, leaseSeconds: Number(seconds) });
  const update = await backend.openUpdate(ref, "update", undefined);
  say("held");
  let done: () => Promise<void> = async () => undefined;
  for await (const line of createInterface({ input: process.stdin })) {
    const [what, name = ""] = line.split(" ");
    try {
      if (what === "begin") {
        const entry = await update.journal.begin({ type: "creating", resource: thing(name, { id: undefined }) });
        done = () => entry.done({ resource: thing(name), replaces: null });
      } else if (what === "done") await done();
      else await update.finish(info);
      say(`${what} ok`);
    } catch (error) {
      say(`${what} ${(error as { code?: string }).code}`);
    }
  }
} catch (error) {
  say(`refused ${(error as { code?: string }).code}`);
}
process.exit(0);
