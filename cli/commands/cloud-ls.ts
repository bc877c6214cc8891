/** `cloud ls`: from the configuration alone. */
import { type CloudConfig, readClouds } from "../clouds.ts";
import type { Input, Outcome } from "../command.ts";

export interface CloudsDocument {
  current: string | null;
  clouds: CloudConfig[];
}

export async function run({ paths }: Input): Promise<Outcome> {
  const { current, clouds } = await readClouds(paths);
  return { document: { current: current ?? clouds[0]?.name ?? null, clouds } satisfies CloudsDocument };
}
