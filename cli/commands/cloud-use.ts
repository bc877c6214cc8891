/** `cloud use`: which cloud commands mean from now on. */
import { findCloud, readClouds, writeClouds } from "../clouds.ts";
import type { Input, Outcome } from "../command.ts";
import type { CloudsDocument } from "./cloud-ls.ts";

export async function run({ paths, args }: Input): Promise<Outcome> {
  const { name } = await findCloud(paths, args[0]);
  const { clouds } = await readClouds(paths);
  await writeClouds(paths, { current: name, clouds });
  return { document: { current: name, clouds } satisfies CloudsDocument };
}
