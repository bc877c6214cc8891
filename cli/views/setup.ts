/**
 * What setup tells before it changes anything, in plain lines: ways of signing in, regions, what it is about to do. The
 * live view, the plain view and the terminal app's screen show these same lines.
 */
import type { Right, SetupPlan, Way, WaysDocument } from "../../stacks/deploy.ts";
import type { EngineEvent, OperationEvent, RegionEvent } from "../../stacks/events.ts";
import { safeText } from "../safe-text.ts";
import { budgetWords } from "../ui/budget.ts";
import type { Paint } from "../ui/paint.ts";
import { kindWords } from "../ui/steps.ts";

const setupEvents = ["ways", "region", "budget", "engine", "setup-plan"] as const;

export type SetupEvent = Extract<OperationEvent, { type: (typeof setupEvents)[number] }>;

export function isSetupEvent(event: OperationEvent): event is SetupEvent {
  return (setupEvents as readonly string[]).includes(event.type);
}

export function setupLines(event: SetupEvent, paint: Paint): string[] {
  if (event.type === "ways") return waysLines(event.ways, paint);
  // Asked with its own words; there is nothing to know before.
  if (event.type === "budget") return [];
  if (event.type === "engine") return [engineWords(event)];
  return event.type === "region" ? regionLines(event) : planLines(event.plan, paint);
}

/** Numbered, as they are asked about. */
export function waysLines({ ways, usual }: WaysDocument, paint: Paint): string[] {
  return [
    "Ways of signing in to AWS that are here:",
    ...ways.flatMap((way, at) => [
      `  ${at + 1}  ${paint.bold(titleOf(way))}${way.flag === usual ? "  (what AWS's own tools take here)" : ""}`,
      `     ${safeText(way.says)}${way.region ? ` Region ${safeText(way.region)}.` : ""}`,
      ...(way.identity ? [`     account ${safeText(way.identity.accountId)}, ${safeText(way.identity.arn)}`] : []),
      ...(way.problem ? [`     ${paint.warn("cannot be used yet")}: ${safeText(way.problem.says)}`] : []),
      ...(way.problem?.next ? [`     ${safeText(way.problem.next)}`] : []),
      `     ${safeText(way.flag)}`,
    ]),
  ];
}

const titles: Record<Way["kind"], string> = {
  environment: "keys in the environment",
  profile: "profile",
  sso: "IAM Identity Center",
  login: "aws login",
  process: "a program's keys",
  role: "a role",
  "web-identity": "web identity",
  container: "the container's role",
  instance: "the instance's role",
};

export function titleOf({ kind, profile }: Way): string {
  return profile === undefined ? titles[kind] : `${safeText(profile)} · ${titles[kind]}`;
}

export const engineWords = ({ found, fetched }: EngineEvent): string =>
  `Pulumi's own engine is recommended in AWS: ${
    found ? `${found.version} is here, ${found.file}.` : `${fetched} would be fetched from get.pulumi.com.`
  } Freehold's own comes along and needs nothing. Either goes on where the other stopped: freehold engine use.`;

function regionLines({ usual, found }: RegionEvent): string[] {
  if (found.length > 0)
    return [`The account has a cloud of this name in: ${found.map((one) => safeText(one)).join(", ")}`];
  return usual ? [`The environment or the profile says ${safeText(usual)}.`] : [];
}

export function planLines(plan: SetupPlan, paint: Paint): string[] {
  const { name, region, timeZone, accountId, arn, way, found, creates, idle, budget } = plan;
  return [
    `${paint.bold(safeText(name))} in AWS, ${safeText(region)}`,
    ...row("account", accountId ? [safeText(accountId)] : []),
    ...row("as", arn ? [safeText(arn)] : []),
    ...row("signed in by", way ? [safeText(way)] : []),
    ...row("time zone", [safeText(timeZone)]),
    ...row(
      "creates",
      found
        ? ["nothing: this account has the cloud already"]
        : creates.map((one) => `${kindWords(one.kind)} ${safeText(one.name)}: ${safeText(one.why)}`),
    ),
    ...row("idle", idle ? [`$${idle.perMonth.toFixed(2)} a month (prices of ${idle.pricesOf})`, ...idle.assumes] : []),
    ...row("budget", budget ? [safeText(budgetWords(budget))] : budget === null ? ["none"] : []),
    ...row("rights", rightsLines(plan, paint)),
    ...row("looked at", checkedLines(plan)),
    ...row("warning", warningLines(plan, paint)),
  ];
}

/** What of the account is as it should be, or could not be seen. Operations of an earlier Freehold told of none. */
function checkedLines({ checks = [] }: SetupPlan): string[] {
  return checks
    .filter(({ state }) => state === "ok" || state === "skipped")
    .map(({ title, detail }) => `${title}: ${safeText(detail)}`);
}

function warningLines({ checks = [], warnings }: SetupPlan, paint: Paint): string[] {
  const found = checks
    .filter(({ state }) => state === "warn" || state === "fail")
    .flatMap(({ state, detail, next }) => [
      paint[state === "fail" ? "bad" : "warn"](safeText(detail)),
      ...(next ? [safeText(next)] : []),
    ]);
  return [...warnings.map((one) => paint.warn(safeText(one))), ...found];
}

function rightsLines({ rights, uncheckedBecause }: SetupPlan, paint: Paint): string[] {
  const of = (state: Right["state"]): string[] =>
    rights.flatMap((right) => (right.state === state ? right.action : []));
  const [denied, unchecked] = [of("denied"), of("unchecked")];
  const all = rights.length;
  if (all === 0) return [];
  return [
    ...(of("allowed").length > 0 ? [`${of("allowed").length} of ${all} are there, by AWS's simulator`] : []),
    ...(denied.length > 0 ? [paint.bad(`missing: ${denied.join(", ")}`)] : []),
    ...(unchecked.length > 0
      ? [`${unchecked.length} could not be checked. ${safeText(uncheckedBecause ?? "")}`.trim()]
      : []),
  ];
}

const width = 14;

/** A heading with its lines beside it; nothing when there are none. */
function row(heading: string, lines: readonly string[]): string[] {
  return lines.map((line, at) => `  ${(at === 0 ? heading : "").padEnd(width)}${line}`.trimEnd());
}
