/**
 * `state repair`: mends what can be mended from what is kept beside a state; what is lost altogether is found again in
 * the cloud by its names. Says first what it would do, and does nothing that was not agreed to.
 */

import { digestFiles } from "../../blueprints/digest.ts";
import { exitCodes } from "../../blueprints/fault.ts";
import { loadBlueprint } from "../../blueprints/load.ts";
import { foundationStack } from "../../stacks/cloud.ts";
import type { App, Mending, Rebuilt } from "../../stacks/deploy.ts";
import { readClouds } from "../clouds.ts";
import type { Input, Outcome } from "../command.ts";
import { faults } from "../errors.ts";
import { fromEnvironment } from "../github.ts";
import { overridden, stillThere } from "../operations/overrides.ts";
import { lastFoundation } from "../operations/work.ts";
import { rulesStillThere } from "../owner-rules.ts";
import { functionsDir } from "../paths.ts";
import { findSource } from "../refs.ts";
import { readApp } from "../registry.ts";
import { readThings, thingFiles } from "../things.ts";
import { accounts, allStacksMeant, enter, holding, type Where } from "./state.ts";

export interface RepairDocument {
  cloud: string;
  stacks: StackRepair[];
}

export interface StackRepair {
  stack: string;
  /** `sound`: nothing to do. `mended`, `rebuilt`: done. `would-mend`, `would-rebuild`: not agreed to; nothing was done. */
  outcome: "sound" | "mended" | "rebuilt" | "would-mend" | "would-rebuild";
  steps: Mending["steps"];
  found?: Rebuilt["found"];
  missing?: Rebuilt["missing"];
  others?: Rebuilt["others"];
}

export async function run(input: Input): Promise<Outcome> {
  const where = await enter(input);
  const { name } = where.cloud;
  const stacks: StackRepair[] = [];
  for (const stack of await allStacksMeant(input, where))
    stacks.push(await holding(input, name, stack, () => repairOne(input, where, stack)));
  const open = stacks.some(({ outcome }) => outcome.startsWith("would"));
  return {
    document: { cloud: name, stacks } satisfies RepairDocument,
    exitCode: open ? exitCodes.answerNeeded : exitCodes.done,
  };
}

async function repairOne(input: Input, where: Where, stack: string): Promise<StackRepair> {
  const { cloud, deploy } = where;
  const { lost, repaired, steps } = await deploy.mendStack(cloud, stack, (planned) =>
    agreed(input, `Mend the state of ${stack}?`, planned.map(said)),
  );
  if (!lost) return { stack, outcome: steps.length === 0 ? "sound" : repaired ? "mended" : "would-mend", steps };
  const { found, missing, others, deployment } = await rebuilt(input, where, stack);
  const lines = [
    ...found.map(({ kind, id, byName, differs }) => `found ${kind} ${id}${marks(byName, differs)}`),
    ...missing.map(({ kind, name }) => `not there: ${kind} ${name}; the next up makes it`),
    ...others.map(({ kind, id }) => `not this app's by its tags, and left alone: ${kind} ${id}`),
  ];
  const shown = { stack, steps: [], found, missing, others };
  if (!(await agreed(input, `Write a new state of ${stack} from these?`, lines)))
    return { ...shown, outcome: "would-rebuild" };
  await deploy.restoreStack(cloud, stack, deployment);
  return { ...shown, outcome: "rebuilt" };
}

const said = ({ says, loses }: Mending["steps"][number]): string => (loses ? `${says}; lost with it: ${loses}` : says);

function marks(byName: boolean, differs: readonly string[]): string {
  const marked = [
    ...(byName ? ["by its name"] : []),
    ...(differs.length > 0 ? [`differs in ${differs.join(", ")}`] : []),
  ];
  return marked.length > 0 ? ` (${marked.join("; ")})` : "";
}

/** Asks where there is somebody to ask; elsewhere only `--yes` agrees. */
async function agreed({ flags, interactive, ask }: Input, question: string, lines: string[]): Promise<boolean> {
  if (flags["yes"] === true) return true;
  if (!interactive) return false;
  const answer = await ask(`${lines.map((line) => `  ${line}`).join("\n")}\n${question} [y/N] `);
  return /^y(es)?$/i.test(answer.trim());
}

async function rebuilt(input: Input, { cloud, deploy }: Where, stack: string): Promise<Rebuilt> {
  const { signal } = new AbortController();
  const options = { signal, emit: () => undefined };
  if (stack === foundationStack) {
    const { domains = [] } = lastFoundation(input, cloud) ?? {};
    return deploy.rebuildFoundation(cloud, { ...options, functionsDir: functionsDir(), domains });
  }
  if (stack === accounts) return rebuiltAccounts(input, { cloud, deploy }, options);
  if (stack === "things") return rebuiltThings(input, { cloud, deploy }, options);
  return deploy.rebuildApp(cloud, await appOf(input, cloud.name, stack), options);
}

/** As their tags in the organization say; this computer may know by which roles it enters them. */
async function rebuiltAccounts(
  { paths }: Input,
  { cloud, deploy }: Pick<Where, "cloud" | "deploy">,
  options: Parameters<Where["deploy"]["rebuildApp"]>[2],
): Promise<Rebuilt> {
  const { clouds } = await readClouds(paths);
  const roles = clouds.flatMap(({ accountId, role }): [string, string][] =>
    role ? [[accountId, role.arn.slice(role.arn.lastIndexOf("/") + 1)]] : [],
  );
  return (await deploy.accounts()).rebuildAccounts(cloud, new Map(roles), options);
}

/** As they are listed. */
async function rebuiltThings(
  { paths }: Input,
  { cloud, deploy }: Pick<Where, "cloud" | "deploy">,
  options: Parameters<Where["deploy"]["rebuildApp"]>[2],
): Promise<Rebuilt> {
  const { things = [] } = readThings(paths, cloud.name) ?? {};
  const wanted = { things, filesDir: thingFiles(paths, cloud.name), functionsDir: functionsDir() };
  return (await deploy.things()).rebuildThings(cloud, await deploy.derivedFoundation(cloud), wanted, options);
}

/** As it was installed: its blueprint's copy, its settings, its names. */
async function appOf({ paths, cwd, env }: Input, cloud: string, name: string): Promise<App> {
  const entry = readApp(paths, cloud, name);
  if (!entry) throw faults.unknownApp(name, undefined);
  const where = { paths, cloud, cwd, env, signIn: async () => fromEnvironment(env) };
  const found = await loadBlueprint((await findSource(name, where)).dir);
  const blueprint = overridden(
    found,
    stillThere(entry.functions, found.manifest).kept,
    rulesStillThere(entry.rules ?? {}, found.manifest).kept,
  );
  const digest = await digestFiles(blueprint.files);
  const { settings, domains = [] } = entry;
  return { name, blueprint, digest, settings, domains, secrets: {}, functionsDir: functionsDir() };
}
