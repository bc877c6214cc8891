/** `data backups`: which there are, of all apps or of one; what each is of, and what all of them cost. Changes nothing. */
import { storageCost } from "../../blueprints/prices.ts";
import type { Backup, KeptRule } from "../../stacks/deploy.ts";
import { enterCloud } from "../access.ts";
import { findCloud } from "../clouds.ts";
import { type Input, type Outcome, text } from "../command.ts";

export interface BackupsDocument {
  cloud: string;
  /** `s3://BUCKET` */
  at: string;
  /** By app, the newest first; one without `verified` was interrupted. */
  backups: Backup[];
  /** Rules that were named, and when each was last applied. */
  kept: { [app: string]: KeptRule };
  sizeBytes: number;
  /** US dollars. */
  costPerMonth: number;
}

export async function run(input: Input): Promise<Outcome> {
  const config = await findCloud(input.paths, text(input.flags, "cloud"));
  const [cloud, deploy] = await Promise.all([enterCloud(input.paths, config), import("../../stacks/deploy.ts")]);
  const room = await deploy.backups();
  const [app] = input.args;
  const backups = await room.listBackups(cloud, app === undefined ? undefined : [app]);
  const sizeBytes = backups.filter(room.isWhole).reduce((sum, one) => sum + one.sizeBytes, 0);
  const kept = await room.rulesOf(cloud, [...new Set(backups.map((one) => one.app))]);
  const document: BackupsDocument = {
    ...{ cloud: config.name, at: `s3://${room.bucketOf(cloud)}`, backups, kept, sizeBytes },
    costPerMonth: storageCost(cloud, sizeBytes),
  };
  return { document };
}
