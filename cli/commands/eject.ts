/** `eject`: stacks as plain Pulumi projects in a new folder. Nothing here, and nothing in the cloud, is changed by it. */
import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Ejected } from "../../stacks/deploy.ts";
import type { Input, Outcome } from "../command.ts";
import { thingFaults } from "../things-errors.ts";
import { enter, holding, stacksMeant } from "./state.ts";

export interface EjectDocument {
  cloud: string;
  projects: Ejected[];
}

export async function run(input: Input): Promise<Outcome> {
  const [folder = "", only] = input.args;
  const dir = resolve(input.cwd, folder);
  if (existsSync(dir) && readdirSync(dir).length > 0) throw thingFaults.folderFull(dir);
  const { cloud, deploy } = await enter(input);
  const stacks = stacksMeant({ ...input, args: only === undefined ? [] : [only] }, cloud.name);
  const projects: Ejected[] = [];
  for (const stack of stacks) {
    const to = only === undefined ? join(dir, stack) : dir;
    projects.push(await holding(input, cloud.name, stack, () => deploy.ejectStack(cloud, stack, to)));
  }
  return { document: { cloud: cloud.name, projects } satisfies EjectDocument };
}
