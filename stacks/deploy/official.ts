/**
 * The official Pulumi and its plugins on this computer: found, looked at, fetched when somebody has said so, and made a
 * command of the Automation API's. Nothing is fetched by itself.
 */
import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access, open, stat } from "node:fs/promises";
import { basename, delimiter, isAbsolute, join } from "node:path";
import { promisify } from "node:util";
import cmd from "@pulumi/pulumi/automation/cmd.js";
import type { PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import { SemVer } from "semver";
import type { OfficialEngine, ProviderPackage } from "../cloud.ts";
import { pulumiVersion } from "../engine/version.ts";
import { pluginVersion as awsVersion } from "../providers/aws/config.ts";
import { pluginVersion as cloudflareVersion } from "../providers/cloudflare/config.ts";
import { engineFaults } from "./engine-faults.ts";

/** What the Automation API calls, and what its declarations leave out. */
export type Run = (
  args: string[],
  cwd: string,
  env: Record<string, string | undefined>,
  ...more: unknown[]
) => Promise<unknown>;

export interface FoundPulumi {
  /** Absolute. */
  file: string;
  /** `3.270.0` */
  version: string;
}

/** From here on events come as a stream; earlier ones are read from a file, late and not all of them. */
export const oldestPulumi = "3.206.0";

/** What is fetched: the version that the Automation API here is of. */
export const pinnedPulumi = pulumiVersion;

const { PulumiCommand: Command } = cmd as unknown as {
  PulumiCommand: { prototype: { run: Run }; install(options: { version: SemVer; root: string }): Promise<unknown> };
};

/** Throws `engine-missing`, `engine-version`. */
export async function officialCommand({ pulumi, hidden }: OfficialEngine): Promise<PulumiCommand & { run: Run }> {
  const { version } = await lookAtPulumi(pulumi);
  const covered = Object.fromEntries(hidden.map((name) => [name, undefined]));
  const run: Run = (args, cwd, env, ...more) =>
    Command.prototype.run.call(command, args, cwd, { ...covered, ...env }, ...more);
  const command = Object.create(Command.prototype, {
    command: { value: pulumi },
    version: { value: new SemVer(version) },
    run: { value: run },
  }) as PulumiCommand & { run: Run };
  return command;
}

/** The first one on PATH that is not what `freehold engine install` writes; undefined when there is none. */
export async function findPulumi(path: string): Promise<FoundPulumi | undefined> {
  for (const folder of path.split(delimiter).filter(isAbsolute)) {
    const file = join(folder, "pulumi");
    if ((await isExecutable(file)) && !(await isOurs(file))) return lookAtPulumi(file);
  }
  return undefined;
}

const looked = new Map<string, Promise<FoundPulumi>>();

/** Asked once a process, which may run for hours and in which nobody changes it. Throws `engine-missing`, `engine-version`. */
export function lookAtPulumi(file: string): Promise<FoundPulumi> {
  let look = looked.get(file);
  if (!look) {
    look = askVersion(file);
    look.catch(() => looked.delete(file));
    looked.set(file, look);
  }
  return look;
}

async function askVersion(file: string): Promise<FoundPulumi> {
  if (!(await isExecutable(file))) throw engineFaults.missing(file, "there is no program of this name");
  if (await isOurs(file)) throw engineFaults.missing(file, "it is Freehold's own engine, by `freehold engine install`");
  const { stdout } = await promisify(execFile)(file, ["version"], { timeout: 60_000 }).catch((cause: Error) => {
    throw engineFaults.missing(file, `asked for its version it fails, ${lastLine(cause)}`, cause);
  });
  const said = stdout.trim().split("\n").at(-1) ?? "";
  const version = /^v?\d+\.\d+\.\d+/.test(said) ? new SemVer(said) : undefined;
  const oldest = new SemVer(oldestPulumi);
  if (!version || version.major !== oldest.major || version.compare(oldest) < 0)
    throw engineFaults.version(file, said, oldestPulumi);
  return { file, version: version.version };
}

/** Into `root`, by the Automation API. Throws `engine-unreachable`; what is there already is not fetched again. */
export async function fetchPulumi(root: string): Promise<FoundPulumi> {
  const file = join(root, "bin", "pulumi");
  try {
    await Command.install({ version: new SemVer(pulumiVersion), root });
  } catch (error) {
    throw engineFaults.unreachable(pulumiVersion, firstLine(error), error);
  }
  return lookAtPulumi(file);
}

/** The versions of Pulumi's own plugins that programs here are written against. */
export const pluginVersions: Readonly<Record<ProviderPackage, string>> = {
  aws: awsVersion,
  cloudflare: cloudflareVersion,
};

/** Than the one that programs here are written for. */
export const isOlder = (version: string): boolean => new SemVer(version).compare(new SemVer(pinnedPulumi)) < 0;

/** Whether the folder holds Pulumi's own plugin in the version that programs here are written against. */
export async function isPlugin(name: ProviderPackage, dir: string): Promise<boolean> {
  const ofVersion = basename(dir) === basename(pluginDir(name, ""));
  return ofVersion && (await isExecutable(join(dir, `pulumi-resource-${name}`)));
}

/** Where Pulumi's own plugin is, in that version; undefined when in none of these. */
export async function findPlugin(name: ProviderPackage, homes: readonly string[]): Promise<string | undefined> {
  for (const home of homes) {
    const dir = pluginDir(name, home);
    if (await isPlugin(name, dir)) return dir;
  }
  return undefined;
}

/** Fetched by the official Pulumi itself, whose environment is the caller's. Throws `engine-unreachable`. */
export async function fetchPlugin(
  name: ProviderPackage,
  pulumi: string,
  home: string,
  environment: NodeJS.ProcessEnv,
): Promise<string> {
  const options = { env: { ...environment, PULUMI_HOME: home, PULUMI_SKIP_UPDATE_CHECK: "true" } };
  const args = ["plugin", "install", "resource", name, pluginVersions[name], "--non-interactive"];
  const plugin = `${name} plugin ${pluginVersions[name]}`;
  await promisify(execFile)(pulumi, args, options).catch((cause: Error) => {
    throw engineFaults.pluginUnreachable(plugin, lastLine(cause), cause);
  });
  const dir = await findPlugin(name, [home]);
  if (dir === undefined)
    throw engineFaults.pluginUnreachable(plugin, `pulumi says that it is installed, and it is not in ${home}`);
  return dir;
}

const pluginDir = (name: ProviderPackage, home: string): string =>
  join(home, "plugins", `resource-${name}-v${pluginVersions[name]}`);

/** Of what a program said before it failed. */
const lastLine = (error: Error & { stderr?: string }): string =>
  error.stderr?.trim().split("\n").at(-1) || firstLine(error);

const firstLine = (error: unknown): string => String((error as Error).message ?? error).split("\n")[0] ?? "";

const isExecutable = async (file: string): Promise<boolean> => {
  try {
    await access(file, constants.X_OK);
    // A folder may be entered, which is the same right.
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
};

/** The mark stands in its second line. */
async function isOurs(file: string): Promise<boolean> {
  const handle = await open(file, "r");
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(256), 0, 256, 0);
    return buffer.toString("latin1", 0, bytesRead).includes("Written by `freehold engine install`");
  } finally {
    await handle.close();
  }
}
