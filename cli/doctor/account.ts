/**
 * What setup and `doctor` look at of an AWS account, judged: its region, organization, plan, how many functions may run,
 * CloudFront, and how long the credentials last. Each with what to do about it. Changes nothing.
 */
import type { Check, Cloud, Known, QuotaRequest, Way } from "../../stacks/deploy.ts";
import { check, type Found, found, needsIdentity } from "./check.ts";

export type Preflight = Awaited<ReturnType<typeof import("../../stacks/deploy.ts").preflight>>;

/** A cloud, or one that is about to be. */
export type Place = Pick<Cloud, "name" | "region" | "endpoint" | "environment">;

/** In the order in which they are told. `look`: none where it is not known as whom one would. Never throws. */
export async function accountChecks(look: Preflight | undefined, place: Place): Promise<Check[]> {
  const see = (id: string, title: string, judge: (look: Preflight) => Promise<Found>): Promise<Check> =>
    check(id, title, () => (look ? judge(look) : needsIdentity));
  return Promise.all([
    see("aws-region", "Region", async ({ regionStatus }) => regionFound(place, await regionStatus(place))),
    see("aws-organization", "Organization", async ({ organizationOf }) =>
      organizationFound(await organizationOf(place)),
    ),
    see("aws-organization-policy", "Policies of the organization", async ({ organizationDenials }) =>
      denialsFound(place, await organizationDenials(place)),
    ),
    see("aws-plan", "Plan", async ({ planOf }) => planFound(await planOf(place), Date.now())),
    see("aws-concurrency", "Functions at once", (one) => concurrencyFound(one, place)),
    see("aws-cloudfront", "CloudFront", async (one) =>
      cloudFrontFound(await one.hasDistributions(place), one.askForCloudFront),
    ),
  ]);
}

const notKnown = ({ unknown }: { unknown: string }): Found => found("skipped", `Could not check: ${unknown}.`);

/** Whoever is here was told by that region who he is: it is on, or on its way. */
export function regionFound({ region }: Pick<Place, "region">, status: Known<string>): Found {
  if ("unknown" in status) return notKnown(status);
  const { known } = status;
  if (/^ENABLED/.test(known)) return found("ok", `${region} is switched on.`);
  const next = `aws account get-region-opt-status --region-name ${region}`;
  if (known === "ENABLING") return found("warn", `${region} is still being switched on; that takes up to hours.`, next);
  return found("fail", `${region} is not switched on, or on its way out (${known}).`, next);
}

export function organizationFound(organization: Awaited<ReturnType<Preflight["organizationOf"]>>): Found {
  if ("unknown" in organization) return notKnown(organization);
  const { known } = organization;
  return found("ok", known ? `In ${known.id}, which ${known.managedBy} manages and pays for.` : "In none.");
}

function denialsFound({ name }: Place, denials: readonly string[]): Found {
  const [first] = denials;
  if (first === undefined)
    return found("ok", "None that closes a service which a cloud needs, as far as a look tells.");
  return found(
    "fail",
    `The organization forbids what a cloud needs here: ${first}`,
    `Ask who administers the organization, or take another region: freehold setup --target aws --name ${name} --region REGION`,
  );
}

const dayMs = 24 * 3_600_000;
const soonMs = 30 * dayMs;
const upgrade = "aws freetier upgrade-account-plan --account-plan-type PAID";
const thenClosed =
  "AWS then closes the account, and what runs in it stops; for 90 days the paid plan brings it back, and after that it is deleted.";

export function planFound(plan: Awaited<ReturnType<Preflight["planOf"]>>, now: number): Found {
  if ("unknown" in plan) return notKnown(plan);
  const { known } = plan;
  if (known === undefined || known.type === "PAID") return found("ok", "Paid by use; nothing ends by itself.");
  const { ended, endsAt, creditsLeft } = known;
  const ends = endsAt ? Date.parse(endsAt) : Number.NaN;
  const day = endsAt?.slice(0, 10);
  if (ended || ends <= now)
    return found("fail", `The free plan has ended${day ? ` on ${day}` : ""}. ${thenClosed}`, upgrade);
  const left = creditsLeft === undefined ? "" : ` $${creditsLeft.toFixed(2)} of its credits are left.`;
  const until = `The free plan lasts${day ? ` until ${day}` : ""}, or until its credits are used.${left}`;
  const soon = ends - now < soonMs || (creditsLeft !== undefined && creditsLeft < scarceCredits);
  return soon ? found("warn", `${until} ${thenClosed}`, upgrade) : found("ok", until);
}

/** US dollars; a cloud alone uses less than one in a month. */
const scarceCredits = 5;

async function concurrencyFound(look: Preflight, place: Place): Promise<Found> {
  const limit = await look.concurrencyOf(place);
  if ("unknown" in limit) return notKnown(limit);
  if (limit.known > look.smallConcurrency) return found("ok", `${limit.known} for all apps together.`);
  const few = `${limit.known} for all apps together, as new accounts have.`;
  const open = await look.openRequest(place);
  if ("known" in open && open.known) return found("ok", `${few} ${requestWords(open.known)}`);
  return found(
    "warn",
    `${few} Apps work; when more come at once, some wait or are turned away. ${look.usualConcurrency} are free, and AWS gives them when asked.`,
    `freehold setup --name ${place.name} --raise-concurrency`,
  );
}

/** That AWS has verified an account it says of none; what it has made something for, it has. */
export function cloudFrontFound(has: Known<boolean>, askFor: string): Found {
  if ("unknown" in has) return notKnown(has);
  if (has.known) return found("ok", "Open to this account, which has distributions.");
  return found(
    "skipped",
    "Could not check: AWS says it at the first distribution. Only a name of your own may need one.",
    askFor,
  );
}

export function requestWords({ id, status, desired, at }: QuotaRequest): string {
  const when = at ? ` on ${at.slice(0, 10)}` : "";
  return `AWS was asked for ${desired}${when} and has not answered yet (${[status, id].filter(Boolean).join(", ")}).`;
}

/** Of keys that nothing ends. At an endpoint of one's own there may be no others. */
export function lastingFound({ says, longLived }: Way, { endpoint }: Pick<Place, "endpoint">): Found | undefined {
  if (!longLived || endpoint) return undefined;
  return found(
    "warn",
    `${says} They are good until somebody deletes them, whoever has them by then. A sign-in that ends by itself is safer.`,
    "aws login --profile freehold",
  );
}
