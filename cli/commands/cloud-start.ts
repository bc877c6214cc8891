/** `cloud start`: the process; with `--port` or `--access` in another way than before, which the cloud then keeps. */
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
  if (access !== undefined && access !== (config.access ?? "enforce")) {
    if (await running(config)) await stopProcess(config);
    config = { ...config, access };
    await saveCloud(paths, config);
  }
  const { health } = await ensureRunning(paths, config);
  return { document: await statusOf(paths, config, health) };
}

function portOf(said: string | undefined): number | undefined {
  if (said === undefined) return undefined;
  const port = Number(said);
  if (!/^\d+$/.test(said) || port < 1024 || port > 65_535)
    throw faults.badFlag("cloud start", "--port", "is a number from 1024 to 65535");
  return port;
}
