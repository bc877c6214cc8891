/**
 * The profiles of AWS's shared files as ways of signing in, read by the SDK's own readers. Looks at files alone: no call
 * is made, no program of a profile is run, no token renewed. Of a program only its name is told, for its words may be
 * secret.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Identity, Way, WayKind } from "../../stacks/deploy.ts";
import { tokenInFile } from "./token-file.ts";

export type Environment = Readonly<Record<string, string | undefined>>;
type Profile = Readonly<Record<string, string | undefined>>;

interface Context {
  name: string;
  profile: Profile;
  profiles: Readonly<Record<string, Profile>>;
  /** By way of whom it was reached, from the last: roles may lead in a circle. */
  via: readonly string[];
  /** Every section of the configuration file, `sso-session.NAME` among them. */
  sections: Readonly<Record<string, Profile>>;
  env: Environment;
  home: string;
  now: number;
}

type Told = Pick<Way, "says" | "identity" | "problem" | "longLived" | "secondFactor">;

/** In the order in which the SDK decides what a profile is (credential-provider-ini). */
const kinds: readonly { kind: WayKind; is(profile: Profile): boolean; tell(context: Context): Told | Promise<Told> }[] =
  [
    { kind: "role", is: (profile) => profile["role_arn"] !== undefined && fromAnother(profile), tell: role },
    { kind: "profile", is: hasKeys, tell: keys },
    {
      kind: "web-identity",
      is: ({ web_identity_token_file, role_arn }) => web_identity_token_file !== undefined && role_arn !== undefined,
      tell: ({ profile }) => tokenInFile(profile["role_arn"], profile["web_identity_token_file"]),
    },
    { kind: "process", is: (profile) => profile["credential_process"] !== undefined, tell: program },
    { kind: "sso", is: isSso, tell: sso },
    { kind: "login", is: (profile) => profile["login_session"] !== undefined, tell: login },
  ];

/** Sorted by name, `default` first. Profiles that hold no way of signing in, a region alone, are left out. */
export async function profileWays(env: Environment, home: string, now: number): Promise<Way[]> {
  const { profiles, sections } = await readProfiles(env, home);
  const found: Way[] = [];
  for (const [name, profile] of Object.entries(profiles)) {
    const way = await wayOf({ name, profile, profiles, via: [], sections, env, home, now });
    if (way) found.push(way);
  }
  return found;
}

/** Whether it, or one that it is taken by way of, is a role that wants a code of a second factor. */
export async function wantsCode(env: Environment, home: string, name: string): Promise<boolean> {
  const { profiles } = await readProfiles(env, home);
  const seen = new Set<string>();
  for (let at: string | undefined = name; at !== undefined && !seen.has(at); at = profiles[at]?.["source_profile"]) {
    seen.add(at);
    if (profiles[at]?.["role_arn"] !== undefined && profiles[at]?.["mfa_serial"] !== undefined) return true;
  }
  return false;
}

async function readProfiles(env: Environment, home: string): Promise<Pick<Context, "profiles" | "sections">> {
  const { loadSharedConfigFiles } = await import("./sdk.ts");
  const { configFile, credentialsFile } = await loadSharedConfigFiles({
    configFilepath: env["AWS_CONFIG_FILE"] || join(home, ".aws", "config"),
    filepath: env["AWS_SHARED_CREDENTIALS_FILE"] || join(home, ".aws", "credentials"),
    ignoreCache: true,
  });
  const names = [...new Set([...Object.keys(configFile), ...Object.keys(credentialsFile)])]
    .filter((name) => !/^(sso-session|services)\./.test(name))
    .sort((one, other) => Number(other === "default") - Number(one === "default") || (one < other ? -1 : 1));
  const profiles = Object.fromEntries(names.map((name) => [name, { ...configFile[name], ...credentialsFile[name] }]));
  return { profiles, sections: configFile };
}

async function wayOf(context: Context): Promise<Way | undefined> {
  const { name, profile } = context;
  const found = kinds.find(({ is }) => is(profile));
  if (!found) return undefined;
  const region = profile["region"];
  const flag = `--profile ${name}`;
  return { kind: found.kind, profile: name, flag, ...(region ? { region } : {}), ...(await found.tell(context)) };
}

function hasKeys(profile: Profile): boolean {
  return profile["aws_access_key_id"] !== undefined && profile["aws_secret_access_key"] !== undefined;
}

function fromAnother(profile: Profile): boolean {
  return (profile["source_profile"] === undefined) !== (profile["credential_source"] === undefined);
}

function isSso(profile: Profile): boolean {
  return ["sso_session", "sso_start_url", "sso_account_id", "sso_role_name"].some((key) => profile[key] !== undefined);
}

function keys({ profile }: Context): Told {
  const lasting = profile["aws_session_token"] === undefined;
  return lasting
    ? { says: "Long-lived keys in a file.", longLived: true }
    : { says: "Temporary keys in a file; they run out." };
}

async function role(context: Context): Promise<Told> {
  const { profile } = context;
  const by = profile["source_profile"] ? `the profile ${profile["source_profile"]}` : profile["credential_source"];
  const says = `The role ${profile["role_arn"]}, by way of ${by}.`;
  const before = await sourceOf(context);
  if (before?.problem) return { says, problem: before.problem };
  // What a code opens ends by itself, whatever it was opened with.
  if (profile["mfa_serial"] !== undefined || before?.secondFactor)
    return {
      says: `${says} It wants a code of a second factor, which is asked for on a terminal.`,
      secondFactor: true,
    };
  return before?.longLived ? { says: `${says} That one's keys are long-lived.`, longLived: true } : { says };
}

/** The profile that a role is taken by way of: what is wrong with that, and how long it lasts, is so of the role. */
async function sourceOf(context: Context): Promise<Partial<Told> | undefined> {
  const { name, profile, profiles, via } = context;
  const source = profile["source_profile"];
  if (source === undefined) return undefined;
  // A profile with keys may name itself.
  if (source === name) return hasKeys(profile) ? keys(context) : undefined;
  const next = "aws configure list-profiles";
  if (via.includes(source))
    return { problem: { says: `The profiles ${[...via, name].join(", ")} lead in a circle.`, next } };
  const before = profiles[source];
  if (!before) return { problem: { says: `There is no profile ${source}.`, next } };
  return wayOf({ ...context, name: source, profile: before, via: [...via, name] });
}

function program({ profile }: Context): Told {
  const words = profile["credential_process"] ?? "";
  const file = /^"([^"]+)"|^(\S+)/.exec(words.trim());
  const called = basename(file?.[1] ?? file?.[2] ?? "");
  return { says: `Keys from the program ${called}. It is run only once this way is chosen.` };
}

async function sso({ name, profile, sections, now }: Context): Promise<Told> {
  const session = profile["sso_session"];
  const start = session ? sections[`sso-session.${session}`]?.["sso_start_url"] : profile["sso_start_url"];
  const next = `aws sso login --profile ${name}`;
  const { sso_account_id: accountId, sso_role_name: roleName } = profile;
  if (!start || !accountId || !roleName) {
    const lacks = !start ? "where to sign in" : !accountId ? "an account" : "a role";
    return {
      says: "IAM Identity Center.",
      problem: { says: `The profile does not name ${lacks}.`, next: `aws configure sso --profile ${name}` },
    };
  }
  const says = `IAM Identity Center: ${roleName} in account ${accountId}.`;
  const { getSSOTokenFilepath } = await import("./sdk.ts");
  const token = await readToken(getSSOTokenFilepath(session ?? start));
  if (!token) return { says, problem: { says: "Nobody has signed in yet.", next } };
  const ends = Date.parse(String(token["expiresAt"]));
  // With a refresh token the SDK renews it by itself.
  if (!(ends > now) && !token["refreshToken"]) {
    const when = Number.isNaN(ends) ? "" : ` at ${new Date(ends).toISOString()}`;
    return { says, problem: { says: `The sign-in ended${when}.`, next } };
  }
  return { says };
}

async function login({ name, profile, env, home, now }: Context): Promise<Told> {
  const session = profile["login_session"] ?? "";
  const says = `Signed in with aws login as ${session}.`;
  const next = `aws login --profile ${name}`;
  const dir = env["AWS_LOGIN_CACHE_DIRECTORY"] || join(home, ".aws", "login", "cache");
  const token = await readToken(join(dir, `${createHash("sha256").update(session).digest("hex")}.json`));
  const access = token?.["accessToken"] as { accountId?: string; expiresAt?: string } | undefined;
  if (!access) return { says, problem: { says: "Nobody has signed in yet, or the sign-in was ended.", next } };
  const lasts = Date.parse(access.expiresAt ?? "") > now;
  if (!lasts && !token?.["refreshToken"]) return { says, problem: { says: "The sign-in has run out.", next } };
  const identity: Identity | undefined = access.accountId ? { accountId: access.accountId, arn: session } : undefined;
  return { says, ...(identity ? { identity } : {}) };
}

/** Undefined when there is none that can be read. */
async function readToken(file: string): Promise<Record<string, unknown> | undefined> {
  try {
    const token: unknown = JSON.parse(await readFile(file, "utf8"));
    return token !== null && typeof token === "object" ? (token as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
