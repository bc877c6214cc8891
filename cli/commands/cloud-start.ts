/** `cloud start`: the process; with `--port`, `--access` or `--concurrency` another than before, which the cloud keeps. */
import { type CloudConfig, findCloud, isFree, saveCloud } from "../clouds.ts";
import { type Input, type Outcome, text } from "../command.ts";
import { faults } from "../errors.ts";
import { ensureRunning, running, stopProcess } from "../local-process.ts";
import { portHolder } from "../port-holder.ts";
import { statusOf } from "./cloud-status.ts";

export async function run({ paths, flags }: Input): Promise<Outcome> {
  let config = await findCloud(paths, text(flags, "cloud"));
  if (config.target !== "local") throw faults.notLocal(config.name);
  const port = portOf(text(flags, "port"));
  if (port !== undefined && port !== config.port) {
    if (!(await isFree(port)))
      throw faults.portTaken(port, (await portHolder(port)) ?? "another process", config.name, port + 1);
    if (await running(config)) await stopProcess(config);
    config = { ...config, port };
    await saveCloud(paths, config);
  }
  const access = text(flags, "access") as CloudConfig["access"];
  const lambdaConcurrency = concurrencyOf(text(flags, "concurrency"));
  const changed: CloudConfig = {
    ...config,
    ...(access !== undefined && { access }),
    ...(lambdaConcurrency !== undefined && { lambdaConcurrency }),
  };
  if (
    (changed.access ?? "enforce") !== (config.access ?? "enforce") ||
    changed.lambdaConcurrency !== config.lambdaConcurrency
  ) {
    if (await running(config)) await stopProcess(config);
    config = changed;
    await saveCloud(paths, config);
  }
  const { health } = await ensureRunning(paths, config);
  return { document: await statusOf(paths, config, health) };
}

function concurrencyOf(said: string | undefined): number | undefined {
  if (said === undefined) return undefined;
  const concurrency = Number(said);
  if (!/^\d{1,6}$/.test(said) || concurrency < 10)
    throw faults.badFlag("cloud start", "--concurrency", "is a number from 10, a new AWS account's, on");
  return concurrency;
}

function portOf(said: string | undefined): number | undefined {
  if (said === undefined) return undefined;
  const port = Number(said);
  if (!/^\d+$/.test(said) || port < 1024 || port > 65_535)
    throw faults.badFlag("cloud start", "--port", "is a number from 1024 to 65535");
  return port;
}
