/**
 * AWS is asked to let more functions of the account run at once, since somebody said so by name. Nothing is asked where
 * there are enough, and nothing twice.
 */
import type { Cloud } from "../../stacks/cloud.ts";
import { requestWords } from "../doctor/account.ts";
import type { Work } from "./work.ts";

/** Throws what AWS refuses. */
export async function raiseConcurrency({ deploy, emit }: Work, cloud: Cloud): Promise<void> {
  const look = await deploy.preflight();
  const say = (message: string): void => emit({ type: "note", level: "info", message });
  const limit = await look.concurrencyOf(cloud);
  if ("known" in limit && limit.known > look.smallConcurrency)
    return say(`${limit.known} functions may run at once already; AWS was asked for nothing.`);
  const { request, before } = await look.requestConcurrency(cloud);
  if (before) return say(`${requestWords(request)} It was not asked again.`);
  say(`${requestWords(request)} It answers by mail, most often within a day; the cloud works meanwhile.`);
}
