/**
 * A run to be killed from outside: `node engine-run.ts URL`, credentials in the environment. Makes what is missing of
 * three things and says each thing it was told is durable.
 */
import { writeSync } from "node:fs";
import { systemClock } from "../../stacks/engine/clock.ts";
import { openBackend } from "../../stacks/engine/state/index.ts";
import { info, ref, root, thing } from "../stacks/engine/state/things.ts";

const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith("AWS_")));
const say = (text: string): void => void writeSync(1, `${text}\n`);

const backend = openBackend(process.argv[2] ?? "", { clock: systemClock, env });
const update = await backend.openUpdate(ref, "update", undefined);
const present = new Set(update.base.resources.map(({ urn }) => urn));
if (!present.has(root().urn)) update.journal.record({ resource: root(), replaces: null });
for (const pending of update.base.pendingOperations) update.journal.settle(pending);
for (const name of ["a", "b", "c"]) {
  const resource = thing(name);
  if (present.has(resource.urn)) continue;
  const entry = await update.journal.begin({ type: "creating", resource });
  say(`intent ${name}`);
  await entry.done({ resource, replaces: null });
  say(`done ${name}`);
}
await update.finish(info);
say("finished");
process.exit(0);
