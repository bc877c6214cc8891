/**
 * `snapshot`: the whole cloud as one file, for a person to keep and for `snapshot apply` to bring up; with its data as a folder,
 * which an operation writes.
 */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { enterCloud } from "../access.ts";
import { findCloud } from "../clouds.ts";
import { type Input, type Outcome, text } from "../command.ts";
import { faults } from "../errors.ts";
import type { Taken } from "../snapshot-taken.ts";
import { confirm, start } from "./operation.ts";

export interface SnapshotDocument extends Taken {
  cloud: string;
}

export async function run(input: Input): Promise<Outcome> {
  const { paths } = input;
  if (input.flags["with-data"] === true) return withData(input);
  const config = await findCloud(paths, text(input.flags, "cloud"));
  const file = resolve(input.cwd, input.args[0] ?? `${config.name}-snapshot.json`);
  if (existsSync(file)) await confirm(input, `Write over ${file}?`, "--yes");
  const { lookAtHome } = await import("../operations/home.ts");
  await lookAtHome(paths, config);
  const [{ takeSnapshot }, deploy] = await Promise.all([
    import("../snapshot-taken.ts"),
    import("../../stacks/deploy.ts"),
  ]);
  const cloud = await enterCloud(paths, config);
  try {
    const taken = await takeSnapshot({ paths, deploy, config, cloud }, file);
    return { document: { cloud: config.name, ...taken } satisfies SnapshotDocument };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw faults.fileBroken(file, (error as Error).message, error);
  }
}

async function withData(input: Input): Promise<Outcome> {
  const { name } = await findCloud(input.paths, text(input.flags, "cloud"));
  const to = input.args[0] ?? `${name}-snapshot`;
  return start(input, { operation: "export", snapshot: true, to, cloud: name }, {});
}
