/** `cloud status`: where a cloud is and whether its process runs. Starts nothing. */
import { type CloudConfig, findCloud } from "../clouds.ts";
import { type Input, type Outcome, text } from "../command.ts";
import { endpointOf, type Health, running, type SandboxState, sandboxOf } from "../local-process.ts";
import { cloudDir, type Paths } from "../paths.ts";

export interface CloudStatusDocument {
  cloud: string;
  target: "local" | "aws";
  running: boolean;
  endpoint: string | null;
  port: number | null;
  pid: number | null;
  region: string;
  accountId: string;
  dataDir: string;
  /** Clouds in AWS: the bucket their state is in; null while it is on this computer. */
  stateBucket: string | null;
  version: string | null;
  /** Local clouds: what IAM policies do. */
  access: "enforce" | "audit" | "off" | null;
  /** What holds functions back on this computer; null in AWS, and while the process does not run. */
  sandbox: SandboxState | null;
}

export async function run({ paths, flags }: Input): Promise<Outcome> {
  const config = await findCloud(paths, text(flags, "cloud"));
  const health = config.target === "local" ? await running(config) : undefined;
  return { document: await statusOf(paths, config, health) };
}

export async function statusOf(
  paths: Paths,
  config: CloudConfig,
  health: Health | undefined,
): Promise<CloudStatusDocument> {
  const local = config.target === "local";
  return {
    cloud: config.name,
    target: config.target,
    running: !local || health !== undefined,
    endpoint: local ? endpointOf(config) : (config.endpoint ?? null),
    port: config.port ?? null,
    pid: health?.pid ?? null,
    region: config.region,
    accountId: config.accountId,
    dataDir: cloudDir(paths, config.name),
    stateBucket: config.stateBucket ?? null,
    version: health?.version ?? null,
    access: local ? (config.access ?? "enforce") : null,
    sandbox: (health && (await sandboxOf(config))) ?? null,
  };
}
