/**
 * `destroy --data export`, of an app that is down already and so writes nothing any more: what it left is exported, every
 * byte is read back, and only then is it deleted. What fails on the way leaves the data kept.
 */
import { join, resolve } from "node:path";
import type { Cloud } from "../../stacks/cloud.ts";
import type { Kept } from "../../stacks/deploy.ts";
import { exportTo } from "./data-export.ts";
import { placesIn } from "./data-places.ts";
import type { Work } from "./work.ts";

export async function exportThenDelete(work: Work, cloud: Cloud, name: string, kept: readonly Kept[]): Promise<void> {
  const { deploy, emit, signal } = work;
  const places = await placesIn(work, cloud, [name]);
  if (places.length > 0) {
    const at = placeFor(work, name);
    await exportTo(work, cloud, places, at, { verify: true });
    emit({ type: "note", level: "info", message: `The data of ${name} is in ${at}, and was read back.`, stack: name });
  }
  await deploy.destroyApp(cloud, name, { emit, signal, data: "delete", attach: kept, installed: false });
}

/** Of several apps each has a place of its own below the one that was named. */
function placeFor({ request }: Work, name: string): string {
  const own = `${name}-export`;
  const { to = own } = request;
  if (to.startsWith("s3://")) return (request.apps ?? []).length > 1 ? `${to.replace(/\/+$/, "")}/${own}` : to;
  return (request.apps ?? []).length > 1 && to !== own ? join(resolve(request.cwd, to), own) : resolve(request.cwd, to);
}
