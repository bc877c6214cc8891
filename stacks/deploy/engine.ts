/**
 * The one place where an engine is chosen: the embedded one, or the official Pulumi where its owner has said so
 * (`freehold engine use`). Both are a `PulumiCommand` to the Automation API, and keep state in the same place.
 */
import type { PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import type { Cloud, OfficialEngine, ProviderPackage } from "../cloud.ts";
import { embeddedEngine } from "../engine/index.ts";
import { servicesWithEndpoints } from "../providers/aws/config.ts";
import { ownProviders } from "../providers/index.ts";
import { engineFaults } from "./engine-faults.ts";
import { asFault, isOfAws } from "./faults.ts";
import { settle } from "./health.ts";
import { memoryOf } from "./memories.ts";
import { officialCommand, pluginVersions, type Run } from "./official.ts";
import { environmentOf, projectOf } from "./stack-state.ts";

export interface ChosenEngine {
  engine: PulumiCommand;
  /** Besides what says where state is. */
  environment: Record<string, string>;
}

export async function engineOf(cloud: Cloud, name: string): Promise<ChosenEngine> {
  if (!cloud.engine) return { engine: embedded(cloud), environment: {} };
  return {
    engine: await official(cloud, name, cloud.engine),
    environment: {
      PATH: cloud.engine.path,
      // Otherwise it looks on the internet for what a state names, and fetches it without a word.
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    },
  };
}

function embedded(cloud: Cloud): PulumiCommand {
  const engine = embeddedEngine({ providers: ownProviders(environmentOf(cloud)), memory: memoryOf(cloud) });
  const run: typeof engine.run = async (args, ...more) => {
    try {
      return await engine.run(args, ...more);
    } catch (error) {
      throw watchedCommands.has(args[0] ?? "") ? error : ofState(cloud, error);
    }
  };
  // Whichever engine it is, it stays as it was, and whole: one of another make is an object of a class.
  return Object.create(engine, { run: { value: run } }) as PulumiCommand;
}

/** Whose failures are told with what was seen of them: runStack. */
const watchedCommands = new Set(["up", "preview", "destroy", "refresh"]);

/** What AWS said when a state in its bucket was read or written, as what it is; other failures pass. */
function ofState(cloud: Cloud, error: unknown): unknown {
  const { cause } = error as { cause?: unknown };
  return cloud.stateBucket && cause && isOfAws(cause) ? asFault(cause, cloud.endpoint) : error;
}

/**
 * What the embedded engine left unfinished is taken into the checkpoint first, since the official one knows nothing of
 * journals; what was cut off is left to the embedded one, which alone looks what became of it.
 */
async function official(cloud: Cloud, name: string, engine: OfficialEngine): Promise<PulumiCommand> {
  const command = await officialCommand(engine);
  const run: Run = async (args, ...more) => {
    if (watchedCommands.has(args[0] ?? "")) {
      const { unfinished } = await settle(cloud, name);
      if (unfinished.length > 0) throw engineFaults.unfinished(name, unfinished, cloud.name);
    }
    return command.run(args, ...more);
  };
  return Object.create(command, { run: { value: run } }) as PulumiCommand;
}

/** Pulumi.yaml: for the official engine with the providers that it is to start, and how they reach an endpoint. */
export function projectText(cloud: Cloud, name: string, workDir: string): string {
  const lines = [`name: ${projectOf(name)}`, "runtime: nodejs", `main: ${JSON.stringify(workDir)}`];
  if (cloud.engine) lines.push(...pluginLines(cloud.engine), ...endpointLines(cloud, cloud.engine));
  return `${lines.join("\n")}\n`;
}

const pluginLines = ({ providers }: OfficialEngine): string[] => [
  "plugins:",
  "  providers:",
  ...Object.entries(providers).map(
    ([name, { dir }]) =>
      `    - { name: ${name}, version: ${pluginVersions[name as ProviderPackage]}, path: ${JSON.stringify(dir)} }`,
  ),
];

/**
 * Ours goes by AWS_ENDPOINT_URL. Pulumi's own asks for buckets by host names unless it is told otherwise, and looks at
 * regions and at a machine's metadata as AWS has them. Whose account it is it asks the endpoint: names are made of it.
 */
function endpointLines({ endpoint }: Cloud, { providers }: OfficialEngine): string[] {
  if (endpoint === undefined || providers.aws.ours) return [];
  const all = Object.fromEntries(servicesWithEndpoints.map((service) => [service, endpoint]));
  const flags = ["s3UsePathStyle", "skipCredentialsValidation", "skipMetadataApiCheck", "skipRegionValidation"];
  return [
    "config:",
    ...flags.map((flag) => `  aws:${flag}: { value: true }`),
    `  aws:endpoints: { value: ${JSON.stringify([all])} }`,
  ];
}
