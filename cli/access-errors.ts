/** The faults of who may come in: passkeys, sessions, keys, guests and grants. Bad input changes nothing. */
import { exitCodes, Fault } from "../blueprints/fault.ts";

const { usage, notFound } = exitCodes;
const near = (found: string | undefined): string => (found ? ` Did you mean ${found}?` : "");

export const accessFaults = {
  whichApp: (names: readonly string[]) =>
    new Fault({
      code: "app-unclear",
      summary: "Which app is to be opened",
      detail: names.length === 0 ? "No app runs here yet." : `There are several: ${names.join(", ")}.`,
      next: names.length === 0 ? "freehold up notes" : `freehold open ${names[0]}`,
      exitCode: names.length === 0 ? notFound : usage,
    }),
  noSignin: (cloud: string) =>
    new Fault({
      code: "access-not-yet",
      summary: "This cloud has no address for signing in yet",
      detail: `The foundation of ${cloud} is not there, or is of an earlier Freehold. setup brings it up; apps and data stay as they are.`,
      next: `freehold setup --name ${cloud}`,
    }),
  noneSuch: (what: string, said: string, list: string, found: string | undefined) =>
    new Fault({
      code: `${what}-unknown`,
      summary: `There is no such ${what}`,
      detail: `No ${what} has the name or id ${said}.${near(found)}`,
      next: list,
      exitCode: notFound,
    }),
  several: (what: string, said: string, ids: readonly string[], list: string) =>
    new Fault({
      code: `${what}-unclear`,
      summary: `Several have this name`,
      detail: `${said} is the name of ${ids.join(", ")}. Say which one by its id.`,
      next: list,
      exitCode: usage,
    }),
  revokeWhat: () =>
    new Fault({
      code: "arguments-invalid",
      summary: "The arguments do not fit",
      detail: "Which sessions are to end: their ids, or one of --all and --guest.",
      next: "freehold sessions ls",
      exitCode: usage,
    }),
  noRoute: (app: string, said: string, routes: readonly string[]) =>
    new Fault({
      code: "route-unknown",
      summary: "The app has no such route",
      detail: `${said} is no route of ${app}, and below none. It has ${routes.join(", ") || "none"}.`,
      next: `freehold show ${app}`,
      exitCode: usage,
    }),
  noVerb: (said: string, known: readonly string[]) =>
    new Fault({
      code: "verb-unknown",
      summary: "There is no such verb",
      detail: `${said} is none of ${known.join(", ")}.`,
      next: "freehold key new --help",
      exitCode: usage,
    }),
  noGrant: (app: string, what: string, asked: readonly string[]) =>
    new Fault({
      code: "grant-unknown",
      summary: "The app asks for no such grant",
      detail:
        asked.length === 0
          ? `${app} reaches its own things alone: its blueprint asks for nothing beyond them.`
          : `${app} does not ask for ${what}. It asks for ${asked.join(", ")}.`,
      next: "freehold grant ls",
      exitCode: notFound,
    }),
  noFiles: (app: string) =>
    new Fault({
      code: "blueprint-gone",
      summary: "The app's files are not here",
      detail: `What routes and roles ${app} has stands in its blueprint, of which this computer has no copy. up fetches it again.`,
      next: `freehold up ${app}`,
    }),
  ownerRole: (app: string) =>
    new Fault({
      code: "owner-stays",
      summary: "A guest cannot be the owner",
      detail: `The owner is whoever holds this cloud's own credentials; that is handed to nobody by a link. Invite to one of the app's other roles, or give the blueprint: what ${app} is, others can install in a cloud of their own.`,
      next: `freehold guest invite ${app} --role guest`,
      exitCode: usage,
    }),
  noRole: (app: string, said: string, roles: readonly string[]) =>
    new Fault({
      code: "role-unknown",
      summary: "The app has no such role",
      detail:
        roles.length === 0
          ? `${app} is made for its owner alone: its blueprint names no role for guests.`
          : `${said} is no role of ${app}. It has ${roles.join(", ")}.`,
      next: roles.length === 0 ? `freehold show ${app}` : `freehold guest invite ${app} --role ${roles[0]}`,
      exitCode: usage,
    }),
};
