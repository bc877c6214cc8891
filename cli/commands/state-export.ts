/** `state export`: a stack's state as Pulumi has it, to the output or into a file only its owner reads. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { type Input, type Outcome, text } from "../command.ts";
import { faults } from "../errors.ts";
import { writeAtomically } from "../files.ts";
import { confirm } from "./operation.ts";
import { enter } from "./state.ts";

export interface StateFileDocument {
  stack: string;
  file: string;
  resources: number;
}

export async function run(input: Input): Promise<Outcome> {
  const [stack] = input.args as [string];
  const file = text(input.flags, "file");
  const to = file === undefined ? undefined : resolve(input.cwd, file);
  const { cloud, deploy } = await enter(input);
  const deployment: any = await deploy.exportStack(cloud, stack, input.flags["show-secrets"] === true);
  if (to === undefined) {
    input.line(deployment, JSON.stringify(deployment, null, 2));
    return {};
  }
  if (existsSync(to)) await confirm(input, `Write over ${to}?`, "--yes");
  try {
    writeAtomically(to, `${JSON.stringify(deployment, null, 2)}\n`);
  } catch (error) {
    throw faults.fileBroken(to, (error as Error).message, error);
  }
  const resources = (deployment.deployment?.resources ?? []).length;
  return { document: { stack, file: to, resources } satisfies StateFileDocument };
}
