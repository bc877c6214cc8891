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

/** Of a cloud that was just set up, or was there. Undefined when the engine is the one that is asked for. */
export async function goOnWith(
  input: Input,
  cloud: string,
  engine: "official" | "embedded",
): Promise<Outcome | undefined> {
  const { official } = await findCloud(input.paths, cloud);
  if ((official ? "official" : "embedded") === engine) return undefined;
  if (engine === "embedded") return start(input, { operation: "engine", cloud, official: null });
  if (process.platform === "win32") throw faults.engineNeedsUnix();
  try {
    return await start(input, { operation: "engine", cloud, official: await chooseOfficial(input) });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const { detail = "", ...said } = error.toJSON();
    const done = `The cloud ${cloud} is set up, and the embedded engine carries it out. `;
    throw new Fault({
      ...said,
      detail: `${done}${detail}`,
      // What is only to be said yes to is said again, with it.
      ...(said.exitCode === 3 ? {} : { next: `freehold engine use official --cloud ${cloud}` }),
      cause: error,
    });
  }
}

/** Throws `answer-needed`, `declined`, `engine-missing`, `engine-version`, `engine-unreachable`. */
export async function chooseOfficial(input: Input): Promise<OfficialConfig> {
  const pulumi = await choosePulumi(input);
  const plugin = await choosePlugin(input, pulumi, "aws");
  const cloudflarePlugin = await choosePlugin(input, pulumi, "cloudflare").catch((error: unknown) => {
    if (!(error instanceof Fault)) throw error;
    // Most clouds have no record there, and ours makes those of the others.
    input.note?.(`${error.summary}: ${error.detail ?? ""} Freehold's own provider makes DNS records in Cloudflare.`);
    return undefined;
  });
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
