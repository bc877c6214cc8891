/** What `doctor` looks at of a local cloud: its process, its port, its sandbox. Starts nothing. */
import type { Check } from "../../stacks/deploy.ts";
import { type CloudConfig, freePort, isFree } from "../clouds.ts";
import { type Health, running, type SandboxState, sandboxOf } from "../local-process.ts";
import { portHolder } from "../port-holder.ts";
import { check, type Found, found } from "./check.ts";

export async function localChecks(config: CloudConfig): Promise<Check[]> {
  const health = await running(config);
  return [
    await check("local-process", "Local cloud", () => processOf(config, health)),
    await check("local-sandbox", "Sandbox", async () => sandboxFound(health && (await sandboxOf(config)), health)),
  ];
}

async function processOf(config: CloudConfig, health: Health | undefined): Promise<Found> {
  const { name, port = 0 } = config;
  const ours = process.env["FREEHOLD_VERSION"];
  if (health) {
    const old = ours !== undefined && health.version !== ours;
    if (!old) return found("ok", `Process ${health.pid} at 127.0.0.1:${port}.`);
    return found(
      "warn",
      `Process ${health.pid} is of version ${health.version}; this is ${ours}.`,
      `freehold cloud stop --cloud ${name}`,
    );
  }
  if (await isFree(port))
    return found("ok", `Not running; the first command that needs it starts it, at 127.0.0.1:${port}.`);
  const holder = (await portHolder(port)) ?? "another process";
  const free = await freePort(new Set([port]));
  return found("fail", `Port ${port} is held by ${holder}.`, `freehold cloud start --cloud ${name} --port ${free}`);
}

export function sandboxFound(sandbox: SandboxState | undefined, health: Health | undefined): Found {
  if (!health) return found("skipped", "Only a cloud that runs can say.");
  if (!sandbox)
    return found("warn", "The cloud's process does not say; it is of an earlier version.", "freehold cloud stop");
  if (sandbox.kind !== "none") return found("ok", `Functions run in ${sandbox.kind}.`);
  return found(
    "warn",
    `Nothing holds functions back here (${sandbox.why ?? "none works"}): only bundled apps and your own folders are run.`,
    process.platform === "linux" ? "sudo apt-get install bubblewrap" : "freehold up REF --unsandboxed",
  );
}
