/** What the `state` commands share: which stack is meant, its lock, what is installed of it. */

import { suggest } from "../../blueprints/suggest.ts";
import type { Cloud } from "../../stacks/cloud.ts";
import { enterCloud } from "../access.ts";
import { type CloudConfig, findCloud } from "../clouds.ts";
import { type Input, text } from "../command.ts";
import { faults } from "../errors.ts";
import { lock, lockName } from "../lock.ts";
import { newOperationId } from "../operations/request.ts";
import { readApps } from "../registry.ts";
import { hasThings } from "../things.ts";

export const foundation = "foundation";

export interface Where {
  cloud: Cloud;
  config: CloudConfig;
  deploy: typeof import("../../stacks/deploy.ts");
}

/** Of an AWS cloud: only with credentials of the account it was set up in. */
export async function enter({ paths, flags }: Input): Promise<Where> {
  const config = await findCloud(paths, text(flags, "cloud"));
  const cloud = await enterCloud(paths, config);
  return { cloud, config, deploy: await import("../../stacks/deploy.ts") };
}

/** The stack that is named, or all that are installed. Throws `app-unknown` (exit code 4). */
export function stacksMeant({ paths, args }: Input, cloud: string): string[] {
  const installed = [
    foundation,
    ...(hasThings(paths, cloud) ? ["things"] : []),
    ...readApps(paths, cloud).flatMap(({ name, state }) => (state === "kept" ? [] : name)),
  ];
  const [name] = args;
  // Of clouds whose account pays for others; what is not there is said by whoever looks.
  if (name === "accounts") return [name];
  if (name === undefined) return installed;
  if (!installed.includes(name)) throw faults.unknownApp(name, suggest(name, installed));
  return [name];
}

/** Throws `locked`: an operation under way is not disturbed. */
export async function holding<T>({ paths }: Input, cloud: string, stack: string, work: () => Promise<T>): Promise<T> {
  const id = newOperationId("state", new Date());
  const { signal } = new AbortController();
  const release = await lock(paths.state, lockName(cloud, stack), id, { waitMs: 0, signal, onWait: () => undefined });
  try {
    return await work();
  } finally {
    release();
  }
}
