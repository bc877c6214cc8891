/** `state import`: a state that was exported takes the place of the one there is; what it would do is said first. */
import { resolve } from "node:path";
import { type Input, type Outcome, text } from "../command.ts";
import { faults } from "../errors.ts";
import { readText } from "../files.ts";
import { confirm } from "./operation.ts";
import { enter, holding } from "./state.ts";
import type { StateFileDocument } from "./state-export.ts";

export async function run(input: Input): Promise<Outcome> {
  const [stack] = input.args as [string];
  const file = text(input.flags, "file");
  if (file === undefined) throw faults.arguments("state import", "Say which file: --file FILE.");
  const from = resolve(input.cwd, file);
  const deployment = read(from);
  const { cloud, deploy } = await enter(input);
  const { now, after } = await deploy.compareImport(cloud, stack, deployment);
  const before = now === null ? "it has none yet" : `it has ${now} resources now`;
  await confirm(input, `Put ${from} (${after} resources) in the place of the state of ${stack} (${before})?`, "--yes");
  await holding(input, cloud.name, stack, () => deploy.importStack(cloud, stack, deployment));
  return { document: { stack, file: from, resources: after } satisfies StateFileDocument };
}

function read(file: string): unknown {
  const text = readText(file);
  if (text === undefined) throw faults.fileBroken(file, "there is no such file.");
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw faults.fileBroken(file, "it is not JSON.", cause);
  }
}
