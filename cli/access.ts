/** From a cloud's configuration to what a deployment needs of it: folders, passphrase, credentials. Keeps none of it. */
import { randomBytes } from "node:crypto";
import { existsSync, linkSync, rmSync, writeFileSync } from "node:fs";
import { devNull, homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { Fault } from "../blueprints/fault.ts";
import type { Cloud, OfficialEngine } from "../stacks/cloud.ts";
import { type CloudConfig, findCloud, type OfficialConfig } from "./clouds.ts";
import { faults } from "./errors.ts";
import { readText, writeAtomically } from "./files.ts";
import { endpointOf, ensureRunning, ownerKey } from "./local-process.ts";
import { cloudDir, distDir, makeFolder, type Paths } from "./paths.ts";
import { passSecondFactor, sessionOf } from "./signing-in/second-factor.ts";
import { shellWord } from "./ui/shell-word.ts";

/** Where the usual AWS tools look for credentials and how to get them. */
const credentialVariables = [
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_PROFILE",
  "AWS_CONFIG_FILE",
  "AWS_SHARED_CREDENTIALS_FILE",
  "AWS_ROLE_ARN",
  "AWS_WEB_IDENTITY_TOKEN_FILE",
  "AWS_ROLE_SESSION_NAME",
  "AWS_CA_BUNDLE",
  "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
  "AWS_CONTAINER_CREDENTIALS_FULL_URI",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
  "AWS_LOGIN_CACHE_DIRECTORY",
  "HOME",
  // Where its API is, when it is not Cloudflare's own. The token is asked for, and kept in the account.
  "CLOUDFLARE_BASE_URL",
];

/**
 * What a command may work on: the local cloud, started when it does not run, or an AWS cloud once its credentials are
 * known to be of the account it was set up in. Throws `account-differs`, credentials, `second-factor-needed`, what
 * ensureRunning throws.
 */
export async function enterCloud(paths: Paths, config: CloudConfig): Promise<Cloud> {
  await askForCode(paths, config);
  const opened = await openCloud(paths, config);
  if (config.target === "local") return opened;
  const cloud = config.role && opened.engine ? await forEngine(paths, opened, config.role.cloud) : opened;
  const { callerIdentity } = await import("../stacks/deploy.ts");
  const { accountId } = await callerIdentity(cloud).catch(async (error: unknown) => {
    throw withProxy(await signInAgain(paths, error, config));
  });
  if (accountId !== config.accountId) throw faults.wrongAccount(config.name, config.accountId, accountId);
  return cloud;
}

/**
 * Of a cloud in AWS whose sign-in wants a code of a second factor. The program that gives the keys of roles by way of it is
 * handed what the code opened: it has nobody to ask.
 */
export async function askForCode(paths: Paths, config: CloudConfig): Promise<void> {
  if (config.target === "local") return;
  const by = config.role ? await findCloud(paths, config.role.cloud) : config;
  await passSecondFactor(environmentBy(by), by.region);
  const environment = awsEnvironment(by);
  if (isByCode(environment)) process.env[payerVariable] = JSON.stringify(environment);
}

/** The official engine is told none of this process's own variables, and so the program that gives keys would find none. */
async function forEngine(paths: Paths, cloud: Cloud, payer: string): Promise<Cloud> {
  const handed = JSON.stringify(awsEnvironment(await findCloud(paths, payer)));
  return { ...cloud, environment: { ...cloud.environment, [payerVariable]: handed } };
}

/** Credentials that are refused or have run out, with what makes the recorded way of signing in usable again. */
export async function signInAgain(paths: Paths, error: unknown, by: SignedInBy): Promise<unknown> {
  if (!(error instanceof Fault && /^credentials/.test(error.code))) return error;
  if (by.role) return lacksPayer(paths, error, by.role);
  const { AWS_PROFILE: profile, AWS_ACCESS_KEY_ID: keys } = awsEnvironment(by);
  if (keys || (by.signIn !== undefined && by.signIn !== "profile")) return error;
  const { nextOf } = await import("./signing-in/ways.ts");
  const { profileWays } = await import("./signing-in/profiles.ts");
  const ways = await profileWays(process.env, process.env["HOME"] || homedir(), Date.now());
  const found = ways.find((way) => way.profile === (profile ?? "default"));
  const next = found && (found.problem?.next ?? nextOf(found));
  return next ? new Fault({ ...error.toJSON(), next, cause: error }) : error;
}

/** What the payer's own sign-in lacks: the program that gives the role's keys can tell nobody. */
async function lacksPayer(
  paths: Paths,
  error: Fault,
  { arn, cloud }: NonNullable<CloudConfig["role"]>,
): Promise<unknown> {
  const payer = await findCloud(paths, cloud).catch(() => undefined);
  if (!payer || payer.role) return error;
  const { accounts } = await import("../stacks/deploy.ts");
  const why = await (await accounts()).assumeRole(knownCloud(paths, payer), arn).then(
    () => new Fault({ ...error.toJSON(), next: `freehold doctor --cloud ${cloud}`, cause: error }),
    (refused: unknown) => signInAgain(paths, refused, payer),
  );
  if (!(why instanceof Fault)) return error;
  return new Fault({ ...why.toJSON(), detail: `By way of the cloud ${cloud}: ${why.detail}`, cause: error });
}

/** No answer, where a proxy is said to lead outside: the SDK goes past it, and nobody would guess. */
export function withProxy(error: unknown): unknown {
  const name = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"].find((one) => process.env[one]);
  if (!name || !(error instanceof Fault && error.code === "cloud-unreachable")) return error;
  const { detail = "", ...rest } = error.toJSON();
  return new Fault({
    ...rest,
    detail: `${detail} ${name} is set; AWS is asked directly, not through it.`,
    cause: error,
  });
}

/** Starts the local cloud when it does not run. Throws what ensureRunning throws. */
async function openCloud(paths: Paths, config: CloudConfig): Promise<Cloud> {
  if (config.target === "local") await ensureRunning(paths, config);
  return knownCloud(paths, config);
}

/** As it is written down: starts nothing, asks nobody. Throws `local-cloud-failed` of a local cloud that never ran. */
export function knownCloud(paths: Paths, config: CloudConfig): Cloud {
  const dir = makeFolder(cloudDir(paths, config.name));
  const { name, target, region, accountId, timeZone, port, stateBucket } = config;
  const endpoint = target === "local" ? endpointOf(config) : config.endpoint;
  return {
    name,
    target,
    region,
    accountId,
    timeZone,
    ...(port ? { port } : {}),
    ...(endpoint ? { endpoint } : {}),
    dir,
    ...(stateBucket ? { stateBucket } : { passphraseFile: passphraseFile(dir) }),
    ...(config.official ? { engine: engineOf(config.official) } : {}),
    environment: environmentOf(paths, config),
  };
}

function environmentOf(paths: Paths, config: CloudConfig): Record<string, string> {
  if (config.target === "local") return localEnvironment(paths, config);
  return config.role ? roleEnvironment(paths, config.name, config.role) : awsEnvironment(config);
}

/** What the official engine is started with: of this process's variables that providers read only those it is told. */
function engineOf({ pulumi, plugin, cloudflarePlugin }: OfficialConfig): OfficialEngine {
  const folder = (theirs: string | undefined) => ({ dir: theirs ?? distDir(), ours: theirs === undefined });
  return {
    pulumi,
    providers: { aws: folder(plugin), cloudflare: folder(cloudflarePlugin) },
    // Our providers' executables ask for a node by its name.
    path: [dirname(process.execPath), process.env["PATH"]].filter(Boolean).join(delimiter),
    hidden: Object.keys(process.env).filter((name) => /^(AWS|CLOUDFLARE|PULUMI)_/.test(name)),
  };
}

/** What the AWS SDKs and tools need to use a local cloud. */
export function localEnvironment(paths: Paths, config: CloudConfig): Record<string, string> {
  const key = ownerKey(paths, config.name);
  if (!key) throw faults.localCloudFailed(config.name, "it has made no key yet.", cloudDir(paths, config.name));
  return {
    AWS_ENDPOINT_URL: endpointOf(config),
    AWS_ACCESS_KEY_ID: key.accessKeyId,
    AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
    AWS_REGION: config.region,
  };
}

/** Which of the ways of signing in that there are. */
export type SignedInBy = Pick<CloudConfig, "profile" | "signIn" | "role">;

/** For `accounts keys` where it is started by an engine: the environment that the payer signs in with. */
export const payerVariable = "FREEHOLD_PAYER";

/**
 * A role in another account, by way of the payer's sign-in: told in AWS's own words for a program that gives keys, which all
 * SDKs understand, and which they ask again when the keys have run out. No key is in that file.
 */
export function roleEnvironment(
  paths: Paths,
  name: string,
  { arn, cloud }: NonNullable<CloudConfig["role"]>,
): Record<string, string> {
  const file = join(makeFolder(cloudDir(paths, name)), "aws-config");
  const program = [process.execPath, join(distDir(), "freehold.cjs")].map((file) => shellWord(file, "FILE"));
  const command = [...program, "accounts keys", arn, "--cloud", cloud].join(" ");
  const content = `# Written by Freehold: how the cloud ${name} is signed in to.\n[profile freehold]\ncredential_process = ${command}\n`;
  if (readText(file) !== content) writeAtomically(file, content);
  const { HOME, AWS_CA_BUNDLE } = process.env;
  return {
    AWS_PROFILE: "freehold",
    AWS_CONFIG_FILE: file,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    ...(HOME ? { HOME } : {}),
    ...(AWS_CA_BUNDLE ? { AWS_CA_BUNDLE } : {}),
  };
}

/** Keys that a code opened stand for the profile that wanted it. */
export function awsEnvironment(by: SignedInBy): Record<string, string> {
  const said = environmentBy(by);
  if (said["AWS_ACCESS_KEY_ID"] || said["AWS_CONFIG_FILE"] === devNull) return said;
  const session = sessionOf(said["AWS_PROFILE"] ?? "default");
  return session ? { ...without(said, hiding), ...session } : said;
}

/** Whether its keys are such ones: this process was not started with them. */
const isByCode = ({ AWS_ACCESS_KEY_ID: key }: Record<string, string>): boolean =>
  key !== undefined && key !== process.env["AWS_ACCESS_KEY_ID"];

/** As it was said, whatever a code has opened since. */
export function environmentBy({ profile, signIn }: SignedInBy): Record<string, string> {
  const found = Object.fromEntries(
    credentialVariables.flatMap((name) => (process.env[name] ? [[name, process.env[name] as string]] : [])),
  );
  if (signIn !== undefined) return { ...without(found, hiding), ...chosen(signIn, profile) };
  // Keys in the environment win over a profile, as everywhere; only without them does the recorded one count. Told of
  // both, one client would take the ones and another the other.
  if (found["AWS_ACCESS_KEY_ID"]) return without(found, ["AWS_PROFILE"]);
  return profile && !found["AWS_PROFILE"] ? { ...found, AWS_PROFILE: profile } : found;
}

/** What would be taken before the way that was named. */
const hiding = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"];

function without(all: Record<string, string>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(all).filter(([name]) => !names.includes(name)));
}

function chosen(signIn: NonNullable<SignedInBy["signIn"]>, profile: string | undefined): Record<string, string> {
  if (signIn === "profile") return { AWS_PROFILE: profile ?? "default" };
  // The SDK looks into the shared files before it asks a container or an instance: there shall be nothing in them. And
  // only where a profile is named does it leave this process's own keys alone.
  return { AWS_PROFILE: "default", AWS_CONFIG_FILE: devNull, AWS_SHARED_CREDENTIALS_FILE: devNull };
}

/** Random, made once; two that make it at once agree, since link(2) lets one win. */
function passphraseFile(dir: string): string {
  const file = join(dir, "passphrase");
  if (existsSync(file)) return file;
  const beside = `${file}.${randomBytes(6).toString("hex")}`;
  writeFileSync(beside, randomBytes(32).toString("base64url"), { mode: 0o600, flag: "wx", flush: true });
  try {
    linkSync(beside, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(beside, { force: true });
  }
  return file;
}
