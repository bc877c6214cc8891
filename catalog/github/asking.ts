/**
 * One question to GitHub through octokit, from asking to a fault in our words. Nobody signs in who need not: a token is
 * used only when GitHub shows nothing without one. Octokit's own retries and throttling are off: they cannot be ended,
 * and wait for minutes.
 */
import type { Octokit } from "octokit";
import { Fault } from "../../blueprints/fault.ts";
import { faults, type LimitedFault, type SignInNote } from "./faults.ts";
import { type Hosts, hostsOf } from "./hosts.ts";
import { patiently } from "./patience.ts";
import { type Bounds, carry } from "./transport.ts";

export interface SignIn {
  token: string;
  /** Where it is from, as it is shown: `GITHUB_TOKEN`, `gh`. */
  from: string;
}

export interface GitHubAccess {
  /** GITHUB_API_URL; absent: github.com's. */
  apiUrl?: string;
  userAgent: string;
  /** Asked at most once, and only when GitHub shows nothing without. */
  signIn?: () => Promise<SignIn | undefined>;
  signal?: AbortSignal;
  /** Other bounds than the usual ones, for those who cannot wait. */
  bounds?: { answer?: Partial<Bounds>; archive?: Partial<Bounds> };
}

/** What a question is about, for what is said when there is no answer. */
export interface About {
  repository: string;
  what: string;
  /** Of a status that means more here than by itself. */
  on?: Record<number, (note: SignInNote) => Fault>;
  archive?: boolean;
  /** The number the repository has to have: a rename is followed to no other. */
  id?: number;
}

/** As octokit throws them. */
export interface Answered extends Error {
  status?: number;
  response?: { headers: Record<string, string | undefined>; data: unknown };
}

export interface Asking {
  ask<T>(about: About, question: (octokit: Octokit) => Promise<T>): Promise<T>;
  signedIn(): SignIn | undefined;
}

const mb = 1024 ** 2;
const answerBounds: Bounds = { bytes: 32 * mb, timeMs: 30_000, idleMs: 15_000 };
const archiveBounds: Bounds = { bytes: 512 * mb, timeMs: 600_000, idleMs: 30_000 };

/** What signing in may change: a limit, and not being shown what is private. */
const helped = new Set(["github-limited", "repository-not-found", "repository-gone"]);

/** Throws `github-address`. */
export function askWith(access: GitHubAccess): Asking {
  const hosts = hostsOf(access.apiUrl);
  let by: SignIn | undefined;
  let looking: Promise<SignIn | undefined> | undefined;
  /** Why signing in did not help: GitHub's word on the token. Then it is not shown again. */
  let note: string | undefined;

  async function attempt<T>(about: About, question: (octokit: Octokit) => Promise<T>, as?: SignIn): Promise<T> {
    try {
      return await question(await clientFor(access, hosts, about, as));
    } catch (error) {
      // Octokit makes an error of its own of that, too.
      if (access.signal?.aborted) throw access.signal.reason;
      throw meaning(error, about, note ? { note } : {});
    }
  }

  async function ask<T>(about: About, question: (octokit: Octokit) => Promise<T>): Promise<T> {
    try {
      return await attempt(about, question, by);
    } catch (error) {
      if (by && isRefusal(error)) return afterRefusal(about, question, by);
      if (by || note || !(error instanceof Fault) || !helped.has(error.code)) throw error;
      looking = looking ?? access.signIn?.();
      const found = await looking;
      if (!found) throw error;
      by = found;
      return ask(about, question);
    }
  }

  /** G9: a token that is wrong or has ended costs nobody what everybody may read. */
  async function afterRefusal<T>(about: About, question: (octokit: Octokit) => Promise<T>, as: SignIn): Promise<T> {
    note = `${as.from} is no help: GitHub does not accept it (it is wrong, was taken back, or has expired).`;
    by = undefined;
    return attempt(about, question);
  }

  return { ask, signedIn: () => by };
}

const isRefusal = (error: unknown): boolean => error instanceof Fault && error.code === "github-token-refused";

async function clientFor(access: GitHubAccess, hosts: Hosts, about: About, as: SignIn | undefined): Promise<Octokit> {
  const { Octokit } = await import("octokit");
  const nothing = (): void => undefined;
  return new Octokit({
    baseUrl: hosts.api,
    userAgent: access.userAgent,
    retry: { enabled: false },
    throttle: { enabled: false },
    log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
    ...(as && { auth: as.token }),
    request: { fetch: fetchFor(access, hosts, about) },
  });
}

/** What octokit is given as `fetch`: patient, bounded, and with the whole body read unless it is an archive. */
function fetchFor({ bounds, signal }: GitHubAccess, hosts: Hosts, about: About) {
  const { what, id, archive = false } = about;
  const within = archive ? { ...archiveBounds, ...bounds?.archive } : { ...answerBounds, ...bounds?.answer };
  const onMoved = (path: string): void => {
    const to = /\/repositories\/(\d+)(\/|$)/.exec(path)?.[1];
    if (id !== undefined && to !== undefined && Number(to) !== id)
      throw faults.anotherOwner(about.repository, id, Number(to));
  };
  return (url: string, init: RequestInit): Promise<Response> =>
    patiently(async () => {
      const carried = { what, bounds: within, archive, onMoved, ...(signal && { signal }) };
      const response = await carry(hosts, url, init, carried);
      if (archive && response.ok) return response;
      // Here a body that breaks off is a fault; octokit would take what came for the answer.
      const body = response.body ? await response.arrayBuffer() : null;
      return new Response(body, { status: response.status, headers: response.headers });
    }, signal);
}

function meaning(error: unknown, about: About, note: SignInNote): unknown {
  const { status, response, cause } = error as Answered;
  const inner = [error, cause].find((one) => one instanceof Fault);
  if (inner?.code === "github-limited") return faults.limited(inner as LimitedFault, note);
  if (inner) return inner;
  if (status === undefined || !response) return error;
  const own = about.on?.[status];
  if (own) return own(note);
  if (status === 401) return faults.tokenRefused();
  if (status === 451 || (status === 403 && /access blocked/i.test((error as Error).message)))
    return faults.blocked(about.repository);
  if (status === 403) return faults.forbidden(about.repository, forbiddance(response.headers));
  return faults.notAsExpected(`${about.what}: status ${status}`);
}

function forbiddance(headers: Record<string, string | undefined>): string {
  if (headers["x-github-sso"]) return "its organization asks for single sign-on: authorize the token for it on GitHub.";
  return "it was not given the right to.";
}
