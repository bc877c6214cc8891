/** An operation on several apps, one after the other, and what no app needs any more afterwards. */
import { Fault } from "../../blueprints/fault.ts";
import type { Cloud } from "../../stacks/cloud.ts";
import type { ResultEvent } from "../../stacks/events.ts";
import { pruneCopies } from "../copies.ts";
import { cloudIn, elsewhere } from "../elsewhere.ts";
import { pruneBlueprints } from "./home.ts";
import type { End, Work } from "./work.ts";

/** One alone throws what went wrong with it; of several, each is tried, and 7 says that some failed. */
export async function eachApp<Each>(
  work: Work,
  cloud: Cloud,
  all: readonly Each[],
  perform: (one: Each) => Promise<ResultEvent["apps"][number]>,
): Promise<End> {
  const apps: ResultEvent["apps"] = [];
  let failed = 0;
  const prune = pruneBlueprints(work, cloud);
  for (const one of all) {
    try {
      apps.push(await perform(one));
    } catch (error) {
      if (all.length === 1 || !(error instanceof Fault) || work.signal.aborted) throw error;
      const { exitCode: _, ...wire } = elsewhere(error, cloudIn(work.request.command)).toJSON();
      work.emit({ type: "error", ...wire });
      failed++;
    }
  }
  pruneCopies(work.paths, cloud.name);
  await prune();
  return { exitCode: failed > 0 ? 7 : 0, cloud: cloud.name, apps };
}
