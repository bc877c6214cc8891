/**
 * A new cloud in an AWS account, up to the first call that changes something: how to sign in, as whom, where, with which
 * rights, and what would be made. Ends with exit code 3 where an answer is missing; changes nothing.
 */
import { homedir } from "node:os";
import { Fault } from "../../blueprints/fault.ts";
import { idleCloud } from "../../blueprints/prices.ts";
import type { Caller, Check, Right, SaidBudget, SetupPlan, Way } from "../../stacks/deploy.ts";
import { awsEnvironment, type SignedInBy, withProxy } from "../access.ts";
import { localTimeZone } from "../clouds.ts";
import { accountChecks, lastingFound, type Preflight } from "../doctor/account.ts";
import { faults } from "../errors.ts";
import { functionsDir } from "../paths.ts";
import { sessionOf } from "../signing-in/second-factor.ts";
import { anyRegion, chooseWay, findWays, nextOf, waysDocument } from "../signing-in/ways.ts";
import { usualBudget } from "../ui/budget.ts";
import type { Work } from "./work.ts";

export interface Prepared {
  signedIn: SignedInBy;
  accountId: string;
  region: string;
  endpoint?: string;
  /** The account has this cloud already. */
  found: boolean;
}

interface Place {
  name: string;
  accountId: string;
  region: string;
  environment: Record<string, string>;
  endpoint?: string;
}

/**
 * Throws `sign-in-needed`, `region-needed`, `agreement-needed` (exit code 3), and what makes it impossible: `no-way`,
 * `root-user`, `clock-wrong`, `rights-missing`, `organization-denies`, `plan-ended`, `region-off`, credentials (exit code
 * 6), `region-unknown`.
 */
export async function prepareAws(work: Work, name: string): Promise<Prepared> {
  const { request, deploy } = work;
  const endpoint = process.env["AWS_ENDPOINT_URL"] || undefined;
  const way = await wayMeant(work, name, endpoint);
  const signedIn = signedInBy(way, request.profile !== undefined || request.signIn !== undefined);
  const reach = { environment: awsEnvironment(signedIn), ...(endpoint ? { endpoint } : {}) };
  const usual = usualRegion(way);
  const first = request.region ?? usual ?? anyRegion;
  const caller = await asWho(() => deploy.callerIdentity({ ...reach, region: first }), way);
  const { checkCaller } = await deploy.preflight();
  const warnings = checkCaller(caller, endpoint);
  const place: Place = { ...reach, name, accountId: caller.accountId, region: first };
  const region = request.region ?? (await regionOf(work, place, usual));
  if (region !== first) await asWho(() => deploy.callerIdentity({ ...reach, region }), way);
  const found = await agreed(work, { ...place, region }, caller, way, warnings);
  return { signedIn, accountId: caller.accountId, region, found, ...(endpoint ? { endpoint } : {}) };
}

/** For an AWS cloud that is there: by which way it is entered from now on; undefined when none was named. */
export async function newWay(work: Work, name: string): Promise<SignedInBy | undefined> {
  const { profile, signIn } = work.request;
  if (profile === undefined && signIn === undefined) return undefined;
  return signedInBy(await wayMeant(work, name, undefined), true);
}

async function wayMeant({ request, deploy, emit }: Work, name: string, endpoint: string | undefined): Promise<Way> {
  const { profile, signIn, ask = false } = request;
  const asked = { ...(profile === undefined ? {} : { profile }), ...(signIn === undefined ? {} : { signIn }) };
  const ways = await findWays(process.env, process.env["HOME"] || homedir(), asked);
  const way = chooseWay(process.env, ways, asked, ask);
  if (way?.problem) throw faults.wayUnusable(way.problem.says, way.problem.next);
  const locked = way?.secondFactor && !sessionOf(way.profile ?? "default");
  if (way && !locked) return way;
  // Where somebody can be asked, naming it is what lets the code be asked for.
  if (way && (!ask || profile !== undefined)) throw faults.secondFactor(way.profile ?? "default");
  const told = await waysDocument(process.env, ways, (one) =>
    deploy.callerIdentity({
      environment: awsEnvironment(signedInBy(one, true)),
      region: request.region ?? usualRegion(one) ?? anyRegion,
      ...(endpoint ? { endpoint } : {}),
    }),
  );
  emit({ type: "ways", ways: told });
  const flags = ways.map(({ flag }) => flag);
  throw faults.whichWay(flags, commandLine(request, name, told.suggested ?? flags[0]));
}

/** What is written down of a way. Of one that nobody named, only the profile; the environment may say another then. */
function signedInBy({ kind, profile }: Way, named: boolean): SignedInBy {
  if (profile !== undefined) return named ? { profile, signIn: "profile" } : { profile };
  const lasting = kind === "web-identity" || kind === "container" || kind === "instance";
  return named && lasting ? { signIn: kind } : {};
}

function usualRegion(way: Way): string | undefined {
  return process.env["AWS_REGION"] || process.env["AWS_DEFAULT_REGION"] || way.region;
}

/** What is wrong with credentials is put right where they came from. */
async function asWho<T>(ask: () => Promise<T>, way: Way): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const next = nextOf(way);
    if (!(error instanceof Fault && /^credentials/.test(error.code) && next)) throw withProxy(error);
    throw new Fault({ ...error.toJSON(), next, cause: error });
  }
}

/** Where the account has the cloud already, else what is usual here, unless somebody can be asked. */
async function regionOf({ request, deploy, emit }: Work, place: Place, usual: string | undefined): Promise<string> {
  const found = await homesOf(deploy, { ...place, region: place.endpoint ? place.region : anyRegion });
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0) return only;
  if (usual !== undefined && (found.includes(usual) || (found.length === 0 && !request.ask))) return usual;
  emit({ type: "region", usual: usual ?? null, found });
  const what =
    found.length === 0
      ? "Which region the cloud is to be in."
      : `The cloud is in several regions: ${found.join(", ")}.`;
  throw faults.whichRegion(what, commandLine({ ...request, region: usual ?? found[0] ?? "REGION" }, place.name));
}

async function homesOf(deploy: Work["deploy"], place: Place): Promise<string[]> {
  try {
    return await deploy.homeRegions(place);
  } catch (error) {
    // Who may not list buckets may still have one made, as long as it is said where.
    if (error instanceof Fault && error.code === "denied") return [];
    throw error;
  }
}

const nothingAsked: { rights: Right[]; missing: string[]; forbidden: string[]; uncheckedBecause?: string } = {
  rights: [],
  missing: [],
  forbidden: [],
};

/** Told only: an account may well be meant for what does not need them. */
function appWarnings({ rights }: { rights: Right[] }): string[] {
  const denied = rights.filter(({ state }) => state === "denied").map(({ action }) => action);
  return denied.length > 0 ? [`Some apps will not go up, for these rights are missing: ${denied.join(", ")}.`] : [];
}

/** As the plan has it. Throws `answer-needed` of an amount without an address, and where somebody can be asked. */
function budgetSaid({ request: { budget, ...request }, emit }: Work, { name, region }: Place): SetupPlan["budget"] {
  const asks = (what: string, flags: string): Fault =>
    faults.answer(what, commandLine({ ...request, region }, name, flags));
  if (budget === undefined && request.ask && !request.agreed) {
    emit({ type: "budget", suggested: usualBudget });
    throw asks("At which cost a month AWS is to mail you.", `--budget ${usualBudget} --budget-email ADDRESS`);
  }
  if (budget === undefined) return undefined;
  if (budget === "none") return null;
  const { perMonth, email } = budget;
  if (email !== undefined) return { perMonth, email };
  throw asks("Whom AWS is to mail about the budget.", `--budget ${perMonth} --budget-email ADDRESS`);
}

const rightsFor = (look: Preflight, place: Place, budget: SetupPlan["budget"]) => [
  ...look.neededRights(place),
  ...(budget ? look.budgetRights(place) : []),
];

const noBudget = (name: string): string =>
  `No budget: nobody is mailed when the account costs more than you thought. Now or later: freehold setup --name ${name} --budget 5 --budget-email ADDRESS`;

/** Throws `answer-needed` where somebody can be asked. */
async function engineSaid({ request, deploy, emit }: Work, { name, region }: Place): Promise<void> {
  if (request.engine !== undefined || !request.ask || request.agreed || process.platform === "win32") return;
  const { findPulumi, pinnedPulumi } = await deploy.officialPulumi();
  // One that cannot be driven is none.
  const found = await findPulumi(process.env["PATH"] ?? "").catch(() => undefined);
  emit({ type: "engine", found: found ?? null, fetched: pinnedPulumi });
  const again = commandLine({ ...request, region }, name, `--engine ${found ? "official" : "embedded"}`);
  throw faults.answer("Which engine is to carry it out.", again);
}

/** Tells what would be done, and ends here unless it was agreed to. Answers whether the account has it already. */
async function agreed(work: Work, place: Place, caller: Caller, way: Way, warnings: string[]): Promise<boolean> {
  const { request, emit, deploy } = work;
  const look = await deploy.preflight();
  const found = await look.homeThere(place);
  const budget = found ? undefined : budgetSaid(work, place);
  if (!found) await engineSaid(work, place);
  const [checks, { missing, forbidden, ...rights }] = await Promise.all([
    accountChecks(look, place),
    found ? nothingAsked : look.simulatedRights(place, caller.arn, rightsFor(look, place, budget)),
  ]);
  const plan: SetupPlan = {
    format: 1,
    name: place.name,
    target: "aws",
    region: place.region,
    timeZone: localTimeZone(),
    accountId: caller.accountId,
    arn: caller.arn,
    way: way.profile === undefined ? way.says : `profile ${way.profile}. ${way.says}`,
    found,
    idle: idleOf(place.region),
    creates: found ? [] : await creates(work, place, request.budget),
    ...(budget === undefined ? {} : { budget }),
    ...rights,
    warnings: [...warnings, ...appWarnings(rights), ...(found || budget !== undefined ? [] : [noBudget(place.name)])],
    checks: [...signInCheck(way, place), ...checks],
  };
  const next = commandLine({ ...request, region: place.region, agreed: true }, place.name);
  emit({ type: "setup-plan", needed: !found && !request.agreed, plan });
  look.refuseFound(checks, place.region);
  look.refuseMissing({ missing, forbidden }, caller.arn, next);
  if (request.budget && request.budget !== "none") await look.refuseBudget(place, next);
  if (!found && !request.agreed) throw faults.agreement(next);
  return found;
}

/** Checkpoints, their history and older versions of both, after a year of some use. */
const stateBytes = 20 * 1024 ** 2;

function idleOf(region: string): SetupPlan["idle"] {
  const { idlePerMonth: perMonth, pricesOf, assumes } = idleCloud({ region, storedBytes: stateBytes });
  return { perMonth, pricesOf, assumes };
}

async function creates(
  { deploy, emit, signal }: Work,
  place: Place,
  budget: SaidBudget | undefined,
): Promise<SetupPlan["creates"]> {
  const { wouldCreate } = await deploy.preflight();
  return wouldCreate(
    { ...place, timeZone: localTimeZone() },
    {
      ...{ emit, signal, functionsDir: functionsDir() },
      ...(budget ? { budget } : {}),
    },
  );
}

function signInCheck(way: Way, place: Place): Check[] {
  const lasting = lastingFound(way, place);
  return lasting ? [{ id: "aws-sign-in", title: "Signing in", ...lasting }] : [];
}

const budgetFlags = (budget: SaidBudget): string =>
  budget === "none"
    ? "--budget none"
    : `--budget ${budget.perMonth}${budget.email === undefined ? "" : ` --budget-email ${budget.email}`}`;

/** To be typed again, complete. */
function commandLine(request: Partial<Work["request"]>, name: string, flag?: string): string {
  const { region, profile, signIn, budget, engine, raiseConcurrency, agreed } = request;
  return [
    "freehold setup --target aws --name",
    name,
    ...(region ? [`--region ${region}`] : []),
    ...(profile ? [`--profile ${profile}`] : []),
    ...(signIn ? [`--sign-in ${signIn}`] : []),
    ...(flag ? [flag] : []),
    ...(budget ? [budgetFlags(budget)] : []),
    ...(engine ? [`--engine ${engine}`] : []),
    ...(raiseConcurrency ? ["--raise-concurrency"] : []),
    ...(agreed ? ["--yes"] : []),
  ].join(" ");
}
