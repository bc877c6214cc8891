/** What operations on data share: which stores a cloud has, by its registry; the turns of apps; where files are. */
import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import { suggest } from "../../blueprints/suggest.ts";
import type { Cloud } from "../../stacks/cloud.ts";
import type { ExportPlace, Place } from "../../stacks/deploy.ts";
import type { StepOp } from "../../stacks/events.ts";
import { faults as dataFaults } from "../data-faults.ts";
import { faults } from "../errors.ts";
import { readApps } from "../registry.ts";
import { ownersOf } from "../stores.ts";
import type { Work } from "./work.ts";

/** Of one's own things: a stack as an app's, and no app. */
export const things = "things";

/** Apps that are named, or all that are installed or kept. Throws `app-unknown`. */
export function appsMeant({ paths, request }: Pick<Work, "paths" | "request">, cloud: string): string[] {
  const known = [...readApps(paths, cloud).map(({ name }) => name), things];
  if (request.all) return known;
  const names = [...new Set(request.apps ?? [])];
  for (const name of names) if (!known.includes(name)) throw faults.unknownApp(name, suggest(name, known));
  return names;
}

/** Every table and bucket of these apps, or of all. */
export const placesIn = async ({ paths, deploy }: Work, cloud: Cloud, apps?: readonly string[]): Promise<Place[]> =>
  (await deploy.carrying()).placesOf(cloud, ownersOf(paths, cloud.name, apps));

/** What was typed, as a place: a folder of where it was typed, or a bucket reached with the cloud's credentials. */
export async function placeAt(
  { deploy, request, paths, signal }: Pick<Work, "deploy" | "request" | "paths" | "signal">,
  cloud: Cloud,
  typed: string,
): Promise<ExportPlace> {
  const { folderPlace, bucketAddress, bucketPlace } = await deploy.carrying();
  if (!typed.startsWith("s3://")) return folderPlace(resolve(request.cwd, typed));
  const address = bucketAddress(typed);
  if (!address) throw dataFaults.badAddress(typed);
  return bucketPlace(cloud, address, join(paths.cache, "exports", shortDigest([cloud.name, typed])), signal);
}

/** Of names that lie beside each other: what it is of, in sixteen letters. */
export const shortDigest = (of: unknown): string =>
  createHash("sha256").update(JSON.stringify(of)).digest("hex").slice(0, 16);

/** Each app's turn around the whole of it, so that views have a tree for each. */
export async function inTurns<T>(
  work: Work,
  apps: readonly string[],
  op: StepOp,
  run: (emit: Work["emit"]) => Promise<T>,
): Promise<T> {
  const started = performance.now();
  const counts = new Map<string, number>();
  const emit: Work["emit"] = (event) => {
    work.emit(event);
    if (event.type === "resource" && event.phase === "done" && event.op === op)
      counts.set(event.stack, (counts.get(event.stack) ?? 0) + 1);
  };
  for (const app of apps) work.emit({ type: "stack", stack: app, app, preview: false });
  let result: "succeeded" | "failed" | "canceled" = "failed";
  try {
    const done = await run(emit);
    result = "succeeded";
    return done;
  } catch (error) {
    if (work.signal.aborted) result = "canceled";
    throw error;
  } finally {
    const durationMs = Math.round(performance.now() - started);
    for (const app of apps) {
      const changes = { [op]: counts.get(app) ?? 0 };
      work.emit({ type: "summary", stack: app, app, result, preview: false, changes, durationMs });
    }
  }
}
