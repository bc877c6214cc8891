/**
 * The home page comes with a new cloud, after what was asked for: it never makes that wait, and never makes it fail. Once
 * removed it stays away, for it comes only where the foundation was made for the first time.
 */
import { exitCodes, Fault } from "../../blueprints/fault.ts";
import type { Cloud } from "../../stacks/cloud.ts";
import { findSource } from "../refs.ts";
import { readApp } from "../registry.ts";
import { type AppOutcome, carryOut } from "./carry-out.ts";
import { consentTo } from "./consent.ts";
import { findingsOf } from "./findings.ts";
import { planOf } from "./plan.ts";
import type { OperationRequest } from "./request.ts";
import { ensureFoundation, lockAll, refWhere, type Work } from "./work.ts";

const name = "home";

/** Nothing when there is an app of that name, or when it did not work, which is said with what to type. */
export async function installHome(work: Work, cloud: Cloud): Promise<AppOutcome | undefined> {
  try {
    work.signal.throwIfAborted();
    return await install({ ...work, request: requestOf(work.request), answers: { settings: {} } }, cloud);
  } catch (error) {
    // Somebody else is at it.
    if (error instanceof Fault && error.exitCode === exitCodes.locked) return undefined;
    const why = work.signal.aborted ? "this was interrupted" : (error as Error).message;
    const message = `The home page is not there yet: ${why}. It is installed by: freehold up ${name} --cloud ${cloud.name}`;
    work.emit({ type: "note", level: "warning", message, stack: name });
    return undefined;
  }
}

async function install(work: Work, cloud: Cloud): Promise<AppOutcome | undefined> {
  const release = await lockAll(work, cloud.name, [name]);
  try {
    if (readApp(work.paths, cloud.name, name)) return undefined;
    const source = await findSource(`bundled/${name}`, refWhere(work, cloud.name));
    const plan = await planOf(work, cloud.name, { source });
    const agreed = await consentTo(work, cloud, plan, await findingsOf(work, cloud, plan));
    // The link of what was asked for signs in here, too.
    const { link: _, ...outcome } = await carryOut(work, cloud, await ensureFoundation(work, cloud), plan, agreed);
    return outcome;
  } finally {
    release();
  }
}

/** As if it had been asked for by itself: nothing that was said of another app counts for it. */
function requestOf({ format, id, at, cwd }: OperationRequest): OperationRequest {
  return { ...{ format, id, at, cwd }, operation: "up", command: `freehold up ${name}`, ref: name };
}
