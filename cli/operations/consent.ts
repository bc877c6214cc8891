/**
 * Before anything is changed: what an app is, reaches and costs, what the rules say of its plan, and whether somebody has
 * to say yes first (docs/decisions/0017). Answers with what is accepted, or ends the operation. Nothing waits for a
 * person here: the command asks, and runs the operation again with the answer.
 */
import { userInfo } from "node:os";
import type { Card, Consent, ConsentReason, Finding, Reach } from "../../blueprints/card.ts";
import { cardOf } from "../../blueprints/card-of.ts";
import { consentOf } from "../../blueprints/consent.ts";
import { Fault } from "../../blueprints/fault.ts";
import { type Blueprint, loadBlueprint } from "../../blueprints/load.ts";
import { costOf } from "../../blueprints/prices.ts";
import type { Cloud } from "../../stacks/cloud.ts";
import { faults } from "../errors.ts";
import { ruleKey, rulesStillThere } from "../owner-rules.ts";
import { pricesWords } from "../prices-words.ts";
import type { Accepted, InstalledApp } from "../registry.ts";
import { findCopy } from "./home.ts";
import { overridden, stillThere } from "./overrides.ts";
import type { Plan } from "./plan.ts";
import type { Work } from "./work.ts";

/**
 * What there is to ask of it. A folder of the owner's is nobody else's. What is brought back ran here before, and what is
 * set differently runs already: of these only more reach is asked than there is now.
 */
function asked(work: Work, { source, restored }: Plan, { reasons }: Consent): ConsentReason[] {
  const back = restored !== undefined || work.request.operation === "settings";
  return reasons.filter((reason) => {
    if (back) return reason === "wider-reach" || (reason === "finding" && restored === undefined);
    return reason !== "outside" || source.source !== "folder";
  });
}

export interface Agreed {
  reach: Reach[];
  accepted?: Accepted;
}

/** Emits `consent`. Throws `plan-refused`, `consent-needed`, `consent-differs`. */
export async function consentTo(work: Work, cloud: Cloud, plan: Plan, findings: readonly Finding[]): Promise<Agreed> {
  const { request, emit } = work;
  const { name } = plan.app;
  const weighed = await weigh(work, cloud, plan, findings);
  tellCost(work, cloud, plan);
  const consent: Consent = { ...weighed, reasons: asked(work, plan, weighed) };
  const said = plan.agreed === true || request.accept === consent.digest;
  const earlier = earlierOf(plan, consent.digest);
  const asks = consent.reasons.length > 0;
  const needed = asks && !said && !earlier;
  if (needed || isNews(work, consent)) emit({ type: "consent", stack: name, needed, consent });
  const refused = consent.findings.filter(({ severity }) => severity === "refuse");
  if (refused.length > 0) throw faults.planRefused(name, refused);
  const { reach } = consent.card;
  if (request.operation === "preview") return { reach };
  const next = `${again(work, plan)} --accept ${consent.digest}`;
  if (request.accept !== undefined && !said && request.ref !== undefined)
    throw faults.consentDiffers(name, request.accept, next);
  if (needed) throw faults.consentNeeded(name, consent, next);
  const now = said ? { digest: consent.digest, at: new Date().toISOString(), by: userInfo().username } : keptOf(plan);
  const accepted = earlier ?? now;
  return { reach, ...(accepted ? { accepted } : {}) };
}

/** Of settings that change what a call costs: memory is what it is paid by. */
function tellCost({ request, emit }: Work, { region }: Cloud, { app, blueprint, before, functions }: Plan): void {
  if (request.operation !== "settings" || !before) return;
  const costs = [before.functions, functions].map((one) => {
    const { manifest } = overridden(blueprint, stillThere(one, blueprint.manifest).kept);
    return costOf(manifest, { region, siteBytes: 0 });
  });
  const [was, is] = costs.map(({ perThousandRequests }) => perThousandRequests);
  if (was === is) return;
  const message = `In AWS 1,000 requests cost about $${is}, and $${was} before (${pricesWords(costs[0]!)}).`;
  emit({ type: "note", level: "info", message, stack: app.name });
}

/** Whether the card says what was not said of this app before. */
function isNews({ request }: Work, { before, added, removed, findings }: Consent): boolean {
  if (!before || request.operation === "preview" || request.operation === "upgrade") return true;
  return added.length + removed.length > 0 || findings.some(({ severity }) => severity !== "note");
}

/**
 * Somebody's yes to exactly this: of what is installed, and of what is brought back. New reach of an upgrade is asked each
 * time, though it was there before a rollback.
 */
function earlierOf({ before, restored }: Plan, digest: string): Accepted | undefined {
  const versions = restored === undefined ? [] : (before?.versions ?? []);
  return [...versions, ...(before ? [before] : [])]
    .map(({ accepted }) => accepted)
    .findLast((one) => one?.digest === digest);
}

/** Of the very same folder, what was accepted goes on to count. */
const keptOf = ({ before, app }: Plan): Accepted | undefined =>
  before?.digest === app.digest ? before.accepted : undefined;

async function weigh(work: Work, cloud: Cloud, plan: Plan, findings: readonly Finding[]): Promise<Consent> {
  const { region } = cloud;
  const { app, source, before } = plan;
  const card = await cardOf(app.blueprint, source.origin, { region });
  // What is kept of an app that is gone runs nothing: it is installed anew.
  const installed = before && before.state !== "kept" ? before : undefined;
  if (!installed) return consentOf({ app: app.name, card, findings });
  const { version, digest } = installed;
  const old =
    digest === app.digest
      ? {
          ...(await cardOf(asInstalled(plan.blueprint, installed), source.origin, { region })),
          origin: installed.origin,
        }
      : await cardBefore(work, cloud, installed);
  return consentOf({ app: app.name, card, before: { version, digest, ...(old ? { card: old } : {}) }, findings });
}

/** As its owner had set it. */
function asInstalled(blueprint: Blueprint, { functions, rules = {} }: InstalledApp): Blueprint {
  const { manifest } = blueprint;
  return overridden(blueprint, stillThere(functions, manifest).kept, rulesStillThere(rules, manifest).kept);
}

/** Nothing when its copy is lost, or is from a Freehold that kept none. */
async function cardBefore(work: Work, cloud: Cloud, installed: InstalledApp): Promise<Card | undefined> {
  const copy = await findCopy(work, cloud, installed.digest);
  if (!copy) return undefined;
  try {
    const blueprint = await loadBlueprint(copy);
    return await cardOf(asInstalled(blueprint, installed), installed.origin, { region: cloud.region });
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
}

/** The very command that was given, with these settings, too; whoever calls adds the answer. */
export function again(
  { request, answers }: Work,
  { app, source, blueprint }: Plan,
  more: readonly string[] = [],
): string {
  const { operation, ref, as, to, withData, lose } = request;
  // Of the owner's rules nothing is secret, and what is said yes to is one of them.
  const pairOf = (key: string): string =>
    ruleKey(key, blueprint.manifest) ? `'${key}=${answers.settings[key]}'` : `${key}=VALUE`;
  const keys = [...new Set([...Object.keys(answers.settings), ...more])].map(
    (key) => `${operation === "settings" ? "" : "--settings "}${pairOf(key)}`,
  );
  const resets = (request.reset ?? []).filter((key) => !more.includes(key)).map((key) => `--reset ${key}`);
  const flags = [
    "",
    ...keys,
    ...resets,
    as && `--as ${as}`,
    to && `--to ${to}`,
    withData && "--data",
    lose && `--lose ${lose}`,
  ].filter((one) => one !== undefined);
  return `freehold ${operation} ${ref ?? source.app?.name ?? app.name}${flags.join(" ")}`;
}
