/**
 * `engine use`: which Pulumi is meant is found out, asked and fetched here; that it may go on with the cloud is found
 * out by the operation. Nothing is fetched that nobody said yes to.
 */
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { Fault } from "../../blueprints/fault.ts";
import type { ProviderPackage } from "../../stacks/cloud.ts";
import { findCloud, type OfficialConfig } from "../clouds.ts";
import { type Input, type Outcome, text } from "../command.ts";
import { faults } from "../errors.ts";
import type { Paths } from "../paths.ts";
import { confirm, start } from "./operation.ts";

export type Plugin = "freehold" | "pulumi";

export async function run(input: Input): Promise<Outcome> {
  const [to = ""] = input.args;
  if (to !== "official" && to !== "embedded")
    throw faults.arguments("engine use", `The engine is official or embedded, not ${to}.`);
  const { name } = await findCloud(input.paths, text(input.flags, "cloud"));
  if (to === "embedded") return start(input, { operation: "engine", cloud: name, official: null });
  if (process.platform === "win32") throw faults.engineNeedsUnix();
  return start(input, { operation: "engine", cloud: name, official: await chooseOfficial(input) });
}

/**
 * Asked once, of a cloud in AWS that was just made: what is recommended there. A no, or a Pulumi that cannot be had or
 * finds something to do, leaves the embedded engine.
 */
export async function offerOfficial(input: Input, cloud: string): Promise<void> {
  if (process.platform === "win32") return;
  const official = await engines();
  const found = await official.findPulumi(input.env["PATH"] ?? "").catch(() => undefined);
  const what = found
    ? `Use Pulumi ${found.version}, ${found.file}? [Y/n] `
    : `Fetch Pulumi ${official.pinnedPulumi} from get.pulumi.com? [y/N] `;
  const answer = await input.ask(`The official Pulumi engine is recommended in AWS; Freehold's own is in use. ${what}`);
  if (!(found ? /^(y(es)?)?$/i : /^y(es)?$/i).test(answer.trim())) return;
  try {
    const agreed = { ...input, flags: { ...input.flags, yes: true } };
    await start(input, { operation: "engine", cloud, official: await chooseOfficial(agreed) });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    input.note?.(`${error.summary}: ${error.detail ?? ""} Later: freehold engine use official --cloud ${cloud}`);
  }
}

/** Throws `answer-needed`, `declined`, `engine-missing`, `engine-version`, `engine-unreachable`. */
export async function chooseOfficial(input: Input): Promise<OfficialConfig> {
  const pulumi = await choosePulumi(input);
  const plugin = await choosePlugin(input, pulumi, "aws");
  const cloudflarePlugin = await choosePlugin(input, pulumi, "cloudflare");
  return { pulumi, ...(plugin ? { plugin } : {}), ...(cloudflarePlugin ? { cloudflarePlugin } : {}) };
}

async function choosePulumi(input: Input): Promise<string> {
  const { paths, env, cwd, flags } = input;
  const official = await engines();
  const said = text(flags, "pulumi");
  if (said !== undefined) return (await official.lookAtPulumi(resolve(cwd, said))).file;
  const found = await official.findPulumi(env["PATH"] ?? "");
  if (found) return found.file;
  const root = join(pulumiHome(paths), official.pinnedPulumi);
  const question = `There is no Pulumi on PATH. Fetch Pulumi ${official.pinnedPulumi} from get.pulumi.com into ${root}?`;
  await confirm(input, question, "--yes");
  return (await official.fetchPulumi(root)).file;
}

/** Pulumi's own where it is here already, or was asked for; else ours, which comes with Freehold. */
async function choosePlugin(input: Input, pulumi: string, name: ProviderPackage): Promise<string | undefined> {
  const { paths, env, flags } = input;
  const said = text(flags, "provider") as Plugin | undefined;
  if (said === "freehold") return undefined;
  const { findPlugin, fetchPlugin } = await engines();
  const found = await findPlugin(name, pluginHomes(paths, env));
  if (found !== undefined || said === undefined) return found;
  input.note?.(`Pulumi's own ${name} plugin is fetched${name === "aws" ? "; it is some hundred megabytes" : ""}.`);
  return fetchPlugin(name, pulumi, pulumiHome(paths), env);
}

const engines = async () => (await import("../../stacks/deploy.ts")).officialPulumi();

/** What is fetched for Freehold, for all clouds. */
const pulumiHome = (paths: Paths): string => join(paths.data, "pulumi");

/** Of what was fetched for Freehold, and the person's own. */
export const pluginHomes = (paths: Paths, env: NodeJS.ProcessEnv): string[] => [
  pulumiHome(paths),
  env["PULUMI_HOME"] || join(env["HOME"] || homedir(), ".pulumi"),
];
