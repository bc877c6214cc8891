/** `state verify`: looks the state of what is installed over, and what the cloud has besides. Changes nothing. */
import type { StackHealth, Tagged } from "../../stacks/deploy.ts";
import type { Input, Outcome } from "../command.ts";
import { readApps } from "../registry.ts";
import { readThings } from "../things.ts";
import { allStacksMeant, enter, stacksMeant } from "./state.ts";

export interface StateDocument {
  cloud: string;
  stacks: StackHealth[];
  /** With this cloud's tags, and of nothing that is installed. */
  strays: Tagged[];
}

export async function run(input: Input): Promise<Outcome> {
  const where = await enter(input);
  const { cloud, deploy } = where;
  const names = await allStacksMeant(input, where);
  const stacks: StackHealth[] = [];
  for (const name of names) stacks.push(await deploy.stackHealth(cloud, name));
  const known = stacksMeant({ ...input, args: [] }, cloud.name);
  // Data that an earlier destroy kept is nobody's stray: the registry knows whose it is.
  const kept = new Set(keptIds(input, cloud.name));
  const strays =
    input.args.length > 0
      ? []
      : (await deploy.taggedResources(cloud)).filter(({ app, id }) => !known.includes(app) && !kept.has(id));
  const sound = stacks.every(({ state }) => state === "sound");
  return { document: { cloud: cloud.name, stacks, strays } satisfies StateDocument, exitCode: sound ? 0 : 1 };
}

function keptIds({ paths }: Input, cloud: string): string[] {
  const things = readThings(paths, cloud)?.things ?? [];
  return [...readApps(paths, cloud), ...things].flatMap(({ kept }) => kept.map(({ id }) => id));
}
