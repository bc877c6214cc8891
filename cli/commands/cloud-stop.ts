/** `cloud stop`: ends the process gracefully. One that does not run is stopped. */
import { findCloud, readClouds } from "../clouds.ts";
import { type Input, type Outcome, text } from "../command.ts";
import { faults } from "../errors.ts";
import { stopProcess } from "../local-process.ts";

export interface CloudStopDocument {
  stopped: string[];
  notRunning: string[];
}

export async function run({ paths, flags }: Input): Promise<Outcome> {
  const all = flags["all"] === true;
  const chosen = all ? (await readClouds(paths)).clouds : [await findCloud(paths, text(flags, "cloud"))];
  const document: CloudStopDocument = { stopped: [], notRunning: [] };
  for (const cloud of chosen) {
    if (cloud.target !== "local") {
      if (!all) throw faults.notLocal(cloud.name);
      continue;
    }
    document[(await stopProcess(cloud)) ? "stopped" : "notRunning"].push(cloud.name);
  }
  return { document };
}
