/** What `doctor` looks at of what is installed: is the state of each of it whole. Changes nothing. */
import { foundationStack } from "../../stacks/cloud.ts";
import type { Check } from "../../stacks/deploy.ts";
import { knownCloud } from "../access.ts";
import type { CloudConfig } from "../clouds.ts";
import type { Paths } from "../paths.ts";
import { readApps } from "../registry.ts";
import { check, type Found, found } from "./check.ts";

export async function stateChecks(paths: Paths, config: CloudConfig): Promise<Check[]> {
  return [await check("state-health", "State of what is installed", () => stateOf(paths, config))];
}

async function stateOf(paths: Paths, config: CloudConfig): Promise<Found> {
  const cloud = knownCloud(paths, config);
  const { stackHealth } = await import("../../stacks/deploy.ts");
  const installed = readApps(paths, config.name).flatMap(({ name, state }) => (state === "kept" ? [] : name));
  const bad: string[] = [];
  for (const name of [foundationStack, ...installed]) {
    const { state } = await stackHealth(cloud, name);
    if (state !== "sound") bad.push(`${name} is ${state}`);
  }
  if (bad.length === 0) return found("ok", `${installed.length + 1} stacks are sound.`);
  return found("fail", `${bad.join(", ")}.`, `freehold state repair --cloud ${config.name}`);
}
