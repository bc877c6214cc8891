/** What `doctor` looks at of a cloud's engine: can it be started, and does it fit what programs here are written for. */
import type { Check } from "../../stacks/deploy.ts";
import type { CloudConfig } from "../clouds.ts";
import { check, type Found, found } from "./check.ts";

export async function engineChecks({ name, target, official }: CloudConfig): Promise<Check[]> {
  return [await check("engine", "Engine", () => engineOf(name, target, official))];
}

async function engineOf(
  cloud: string,
  target: CloudConfig["target"],
  official: CloudConfig["official"],
): Promise<Found> {
  const engines = await (await import("../../stacks/deploy.ts")).officialPulumi();
  const use = `freehold engine use official --cloud ${cloud}`;
  if (!official) {
    const advice = target === "aws" ? " In AWS the official Pulumi is recommended." : "";
    return found(
      "ok",
      `Freehold's own, which speaks Pulumi ${engines.pinnedPulumi}.${advice}`,
      advice ? use : undefined,
    );
  }
  const { file, version } = await engines.lookAtPulumi(official.pulumi);
  const said = `The official Pulumi ${version}, ${file}.`;
  for (const [pkg, dir] of [
    ["aws", official.plugin],
    ["cloudflare", official.cloudflarePlugin],
  ] as const)
    if (dir !== undefined && !(await engines.isPlugin(pkg, dir)))
      return found("fail", `${said} Pulumi's own ${pkg} plugin ${engines.pluginVersions[pkg]} is not in ${dir}.`, use);
  if (engines.isOlder(version))
    return found(
      "warn",
      `${said} Programs here are written for ${engines.pinnedPulumi}; an older one may not know all that they ask for.`,
      use,
    );
  return found("ok", said);
}
