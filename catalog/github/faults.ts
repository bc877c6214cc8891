/** The table of faults of what comes from GitHub: each accident with whose move it is. */
import { exitCodes, Fault } from "../../blueprints/fault.ts";
import { spelled } from "../../blueprints/seen.ts";

/** What is told of an attempt to sign in that did not help: one sentence, or nothing. */
export interface SignInNote {
  note?: string;
}

/** Says until when; `until` is for whoever shows it otherwise. */
export type LimitedFault = Fault & { until?: string };

const signIn = "Set GITHUB_TOKEN, or sign in with the gh CLI, to be allowed more.";
const stays = "What is installed stays as it is and keeps running.";

const sentences = (...parts: (string | undefined)[]): string => parts.filter(Boolean).join(" ");

export const faults = {
  address: (url: string) =>
    new Fault({
      code: "github-address",
      summary: "GITHUB_API_URL is not an address of GitHub's API",
      detail: `${spelled(url)}: it begins with https://, and has no name, password or question mark in it.`,
      exitCode: exitCodes.usage,
    }),
  refMalformed: (ref: string, why: string) =>
    new Fault({
      code: "github-ref-malformed",
      summary: "This is not how a blueprint on GitHub is written",
      detail: `${spelled(ref)}: ${why}. It is github:OWNER/REPO[/PATH][@TAG|COMMIT].`,
      exitCode: exitCodes.usage,
    }),
  unreachable: (host: string, why: string, cause?: unknown) =>
    new Fault({
      code: "github-unreachable",
      summary: "GitHub cannot be reached",
      detail: sentences(`${host}: ${spelled(why)}.`, stays),
      next: "Try again when there is a network; what was fetched before can be used without.",
      cause,
    }),
  failing: (host: string, status: number) =>
    new Fault({
      code: "github-failing",
      summary: "GitHub has trouble of its own",
      detail: sentences(`${host} answered ${status}, several times.`, stays),
      next: "Try again in a few minutes.",
    }),
  limited: (limit: { until?: string }, { note }: SignInNote = {}): LimitedFault => {
    const until = limit.until === undefined ? undefined : new Date(limit.until);
    const minutes = until && Math.max(1, Math.ceil((until.getTime() - Date.now()) / 60_000));
    const when = until ? `It answers again at ${clock(until)}, in ${minutes} min.` : "It does not say until when.";
    const fault = new Fault({
      code: "github-limited",
      summary: "GitHub answers no more questions from here for now",
      detail: sentences("Without signing in it allows 60 an hour from one address.", when, note, stays),
      next: signIn,
    });
    return Object.assign(fault, until && { until: until.toISOString() });
  },
  redirect: (to: string) =>
    new Fault({
      code: "github-redirect",
      summary: "GitHub's answer points to another place",
      detail: `It sends us to ${spelled(to)}, which is not one of its own hosts. Nothing was fetched from there.`,
      next: "Look at what answers in GitHub's place: a proxy, or GITHUB_API_URL.",
    }),
  tooManyRedirects: () =>
    new Fault({
      code: "github-redirect",
      summary: "GitHub's answer points to another place",
      detail: "Again and again.",
    }),
  tooMuch: (what: string, bytes: number) =>
    new Fault({
      code: "github-too-much",
      summary: "GitHub sends more than is taken",
      detail: `${what} is larger than ${Math.round(bytes / 1024 ** 2)} MB. Nothing of it was kept.`,
    }),
  tooSlow: (what: string, ms: number) =>
    new Fault({
      code: "github-too-slow",
      summary: "GitHub takes too long",
      detail: `${what} had not come whole after ${Math.round(ms / 1000)} s. Nothing of it was kept.`,
      next: "Try again.",
    }),
  notAsExpected: (what: string, cause?: unknown) =>
    new Fault({
      code: "github-answer-odd",
      summary: "What answers is not GitHub, or not as it was",
      detail: `${spelled(what)}. A proxy or a sign-in page of the network may stand between.`,
      next: "Try again on another network.",
      cause,
    }),
  notFound: (repository: string, { note }: SignInNote = {}) =>
    new Fault({
      code: "repository-not-found",
      summary: "There is no such repository on GitHub, or it is private",
      detail: sentences(`${repository} cannot be seen.`, note),
      at: `github:${repository}`,
      next: "Look at the name; for a private repository set GITHUB_TOKEN, or sign in with the gh CLI.",
      exitCode: exitCodes.notFound,
    }),
  gone: (repository: string, id: number, { note }: SignInNote = {}) =>
    new Fault({
      code: "repository-gone",
      summary: "The repository is no longer there, or no longer public",
      detail: sentences(`${repository} (number ${id}) was there before: it was deleted, or made private.`, note, stays),
      at: `github:${repository}`,
      next: "Ask its owner; if it is private now, set GITHUB_TOKEN to a token that may read it.",
      exitCode: exitCodes.notFound,
    }),
  blocked: (repository: string) =>
    new Fault({
      code: "repository-blocked",
      summary: "GitHub does not show this repository any more",
      detail: sentences(`${repository} is blocked, for legal reasons or by GitHub's rules.`, stays),
      at: `github:${repository}`,
      exitCode: exitCodes.notFound,
    }),
  anotherOwner: (repository: string, was: number, is: number) =>
    new Fault({
      code: "repository-replaced",
      summary: "This name belongs to another repository now",
      detail: sentences(
        `${repository} was number ${was} and is number ${is}: it was deleted or renamed, and somebody took the name.`,
        "Nothing was fetched from it.",
        stays,
      ),
      at: `github:${repository}`,
      next: "If you trust who has it now, remove what came from the old one and add it again.",
    }),
  noRef: (repository: string, ref: string, hint?: string) =>
    new Fault({
      code: "github-ref-not-found",
      summary: "The repository has no such tag or commit",
      detail: sentences(`${repository} has no ${spelled(ref)}.`, hint),
      at: `github:${repository}@${spelled(ref)}`,
      exitCode: exitCodes.notFound,
    }),
  commitGone: (repository: string, commit: string) =>
    new Fault({
      code: "commit-gone",
      summary: "The commit is not in the repository any more",
      detail: sentences(
        `${repository} does not have ${commit}: its history was written anew (a force-push), or it never had it.`,
        stays,
      ),
      at: `github:${repository}@${commit}`,
      next: "Ask its owner for a version that is there.",
      exitCode: exitCodes.notFound,
    }),
  foreignCommit: (repository: string, commit: string) =>
    new Fault({
      code: "commit-foreign",
      summary: "The commit may be somebody else's",
      detail: sentences(
        `${commit} is neither on the default branch of ${repository} nor what a branch or a tag of it points at.`,
        "GitHub shows the commits of forks under this name, too. Nothing was fetched.",
      ),
      at: `github:${repository}@${commit}`,
      next: "Name a tag, or the repository that the commit is in.",
    }),
  noPath: (repository: string, path: string, commit: string) =>
    new Fault({
      code: "github-path-not-found",
      summary: "The repository has no such folder",
      detail: `${repository} has no folder ${spelled(path) || "/"} at ${commit.slice(0, 12)}.`,
      at: `github:${repository}/${spelled(path)}`,
      exitCode: exitCodes.notFound,
    }),
  noIndex: (repository: string) =>
    new Fault({
      code: "catalog-without-index",
      summary: "The repository is not a catalog",
      detail: `${repository} has no catalog.json at its top.`,
      at: `github:${repository}`,
      next: "To install one blueprint of it: freehold up github:OWNER/REPO/PATH",
      exitCode: exitCodes.notFound,
    }),
  tagMoved: (repository: string, tag: string, was: Pinned, is: Pinned) =>
    new Fault({
      code: "tag-moved",
      summary: "The tag means something else than when it was installed",
      detail: sentences(
        `${repository}@${spelled(tag)} was ${was.digest} (commit ${was.commit.slice(0, 12)})`,
        `and is now ${is.digest} (commit ${is.commit.slice(0, 12)}).`,
        "A released version does not change: nothing was installed.",
        stays,
      ),
      at: `github:${repository}@${spelled(tag)}`,
      next: `Ask its owner what happened; to take it all the same, name the commit: github:${repository}@${is.commit}`,
    }),
  tokenRefused: () =>
    new Fault({
      code: "github-token-refused",
      summary: "GitHub does not accept the token",
      detail: "It is wrong, was taken back, or has expired.",
      next: "Set GITHUB_TOKEN to one that is valid, or unset it.",
      exitCode: exitCodes.credentials,
    }),
  forbidden: (repository: string, why: string) =>
    new Fault({
      code: "github-forbidden",
      summary: "GitHub does not let this token read the repository",
      detail: `${repository}: ${why}`,
      at: `github:${repository}`,
      exitCode: exitCodes.credentials,
    }),
};

export interface Pinned {
  digest: string;
  commit: string;
}

const clock = (at: Date): string => at.toTimeString().slice(0, 5);
