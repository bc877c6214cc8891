/**
 * Every way of signing in to AWS that is there, what each is, and which of them is meant. Whose each one is is asked of
 * AWS at once, within seconds; a way that would run a program of the owner's, or that wants a code, is not asked before it is
 * chosen.
 */
import { suggest } from "../../blueprints/suggest.ts";
import type { Identity, Way, WayKind, WaysDocument } from "../../stacks/deploy.ts";
import { faults } from "../errors.ts";
import { machineWays } from "./machine.ts";
import { type Environment, profileWays } from "./profiles.ts";

export interface Asked {
  /** `--profile` */
  profile?: string;
  /** `--sign-in` */
  signIn?: SignIn;
}

/** Ways that are not a profile, by the word that chooses them. */
export type SignIn = "environment" | "web-identity" | "container" | "instance";
export const signIns: readonly SignIn[] = ["environment", "web-identity", "container", "instance"];

/** Where AWS answers for all regions. */
export const anyRegion = "us-east-1";

/** Answers whose a way is; throws a fault. */
export type Probe = (way: Way) => Promise<Identity>;

const probeWithinMs = 5_000;
/** More than a person looks through; the rest are told without whose they are. */
const mostProbed = 24;

export async function findWays(env: Environment, home: string, asked: Asked, now = Date.now()): Promise<Way[]> {
  const machine = await machineWays(env, asked.signIn === "instance");
  const profiles = await profileWays(env, home, now);
  // Where AWS's tools look first comes first.
  const isFirst = ({ kind }: Way): boolean => kind === "environment";
  return [...machine.filter(isFirst), ...profiles, ...machine.filter((way) => !isFirst(way))];
}

/** What AWS's own tools would take here, by what the environment says and then by where they look. */
export function usualWay(env: Environment, ways: readonly Way[]): Way | undefined {
  const byKind = (kind: WayKind): Way | undefined => ways.find((way) => way.kind === kind && way.profile === undefined);
  return (
    byKind("environment") ??
    ways.find(({ profile }) => profile === (env["AWS_PROFILE"] || "default")) ??
    byKind("web-identity") ??
    byKind("container") ??
    byKind("instance")
  );
}

/** Whether somebody set this process's environment so that it says which. */
function isSaid(env: Environment, way: Way): boolean {
  return way.profile === undefined || way.profile === env["AWS_PROFILE"];
}

/**
 * The way that is meant; undefined when somebody has to say which. `ask`: a person is there to be asked, so of several
 * none is taken without a flag. Throws `way-unknown`, `no-way`.
 */
export function chooseWay(env: Environment, ways: readonly Way[], asked: Asked, ask: boolean): Way | undefined {
  const { profile, signIn } = asked;
  if (profile !== undefined) return ofProfile(ways, profile);
  if (signIn !== undefined) {
    const found = ways.find((way) => way.kind === signIn && way.profile === undefined);
    if (!found) throw faults.unknownWay(`--sign-in ${signIn}`, undefined);
    return found;
  }
  const named = env["AWS_PROFILE"];
  // A name that leads nowhere is a mistake, and nothing else is taken instead.
  if (named && !ways.some(({ kind }) => kind === "environment")) ofProfile(ways, named);
  if (ways.length === 0) throw faults.noWay();
  if (ways.length === 1) return ways[0];
  const usual = usualWay(env, ways);
  return !ask && usual && isSaid(env, usual) ? usual : undefined;
}

function ofProfile(ways: readonly Way[], profile: string): Way {
  const found = ways.find((way) => way.profile === profile);
  if (found) return found;
  const names = ways.flatMap((way) => way.profile ?? []);
  throw faults.unknownWay(`the profile ${profile}`, suggest(profile, names));
}

/** All of them with whose they are, as far as that can be told, and the one AWS's tools would take. */
export async function waysDocument(env: Environment, ways: readonly Way[], probe: Probe): Promise<WaysDocument> {
  const told = await Promise.all(ways.map((way, at) => (at < mostProbed ? probed(way, probe) : way)));
  const usual = usualWay(env, ways)?.flag ?? null;
  return { ways: told, usual, suggested: suggestedWay(told, usual)?.flag ?? null };
}

/** What ends by itself comes before what does not, and what AWS's own tools would take before the rest. */
function suggestedWay(ways: readonly Way[], usual: string | null): Way | undefined {
  const good = ways.filter(({ problem }) => !problem);
  const brief = good.filter(({ longLived }) => !longLived);
  const from = brief.length > 0 ? brief : good;
  return from.find(({ flag }) => flag === usual) ?? from[0];
}

async function probed(way: Way, probe: Probe): Promise<Way> {
  if (way.problem || way.identity || way.secondFactor || way.kind === "process") return way;
  const late = AbortSignal.timeout(probeWithinMs);
  const tooLate = new Promise<never>((_, reject) =>
    late.addEventListener("abort", () => reject(faults.wayLate(probeWithinMs / 1000)), { once: true }),
  );
  try {
    return { ...way, identity: await Promise.race([probe(way), tooLate]) };
  } catch (error) {
    const { detail, message, next } = error as { detail?: string; message: string; next?: string };
    return { ...way, problem: { says: detail ?? message, next: nextOf(way) ?? next ?? "" } };
  }
}

/** What makes a way usable again. */
export function nextOf({ kind, profile }: Pick<Way, "kind" | "profile">): string | undefined {
  if (kind === "sso") return `aws sso login --profile ${profile}`;
  if (kind === "login") return `aws login --profile ${profile}`;
  if (profile !== undefined) return `aws sts get-caller-identity --profile ${profile}`;
  return undefined;
}
