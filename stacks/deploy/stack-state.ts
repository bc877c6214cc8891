/**
 * What a stack is called and where its state is, for whoever reads a state as well as for the engine. Loads no engine: a
 * question about data is answered before one would be there.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Cloud, foundationStack } from "../cloud.ts";
import { accountsStack } from "../names.ts";
import { thingsStack } from "../things/physical.ts";
import { faults } from "./faults.ts";
import { findPassphrase } from "./home.ts";
import type { Housed } from "./shelf.ts";

/** No app may be called as these are. */
export const ownProjects = [foundationStack, thingsStack, accountsStack];

const appPrefix = "freehold-app-";

export function projectOf(name: string): string {
  return ownProjects.includes(name) ? `freehold-${name}` : `${appPrefix}${name}`;
}

/** The app of a project; none of what is no app. */
export const appOf = (project: string): string[] =>
  project.startsWith(appPrefix) ? [project.slice(appPrefix.length)] : [];

export function environmentOf(cloud: Cloud): Record<string, string> {
  return {
    ...cloud.environment,
    AWS_REGION: cloud.region,
    ...(cloud.endpoint ? { AWS_ENDPOINT_URL: cloud.endpoint } : {}),
  };
}

export const settingsFileOf = (cloud: Cloud, name: string): string =>
  join(cloud.dir, "stacks", name, `Pulumi.${cloud.name}.yaml`);

/** For the engine: credentials, where state is, and what opens it. */
export async function stateEnvironment(cloud: Cloud, name: string): Promise<Record<string, string>> {
  return { ...environmentOf(cloud), ...(await stateOf(cloud, settingsFileOf(cloud, name))) };
}

/** Where state is kept: a folder, or a bucket of the account. */
export function stateAddress({ stateBucket, dir, region, endpoint }: Cloud): string {
  if (stateBucket === undefined) return pathToFileURL(dir).href;
  const query = new URLSearchParams({ region, ...(endpoint ? { endpoint, s3ForcePathStyle: "true" } : {}) });
  return `s3://${stateBucket}?${query}`;
}

/** Where it is kept, and what opens its secrets: a file, or a parameter of the account. */
async function stateOf(cloud: Cloud, settingsFile: string): Promise<Record<string, string>> {
  const { stateBucket, passphraseFile } = cloud;
  const PULUMI_BACKEND_URL = stateAddress(cloud);
  if (stateBucket === undefined) return { PULUMI_BACKEND_URL, PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile ?? "" };
  // It has nothing in it but a salt, and another computer may have begun the stack anew: the checkpoint's counts.
  await rm(settingsFile, { force: true });
  return { PULUMI_BACKEND_URL, PULUMI_CONFIG_PASSPHRASE: await passphraseOf({ ...cloud, stateBucket }) };
}

/** Asks for what a stack's state will need, of who has one in the account; whoever needs it is told what goes wrong. */
export function beginState(cloud: Cloud): void {
  const { stateBucket } = cloud;
  if (stateBucket !== undefined) passphraseOf({ ...cloud, stateBucket }).catch(() => undefined);
}

const passphrases = new Map<string, Promise<string>>();

/** Asked for once a process, and in no file. Throws `home-missing`. */
export function passphraseOf(cloud: Housed): Promise<string> {
  let asked = passphrases.get(cloud.stateBucket);
  if (!asked) {
    asked = findPassphrase(cloud).then((found) => {
      if (found === undefined) throw faults.homeMissing(cloud.name, cloud.stateBucket);
      return found;
    });
    asked.catch(() => passphrases.delete(cloud.stateBucket));
    passphrases.set(cloud.stateBucket, asked);
  }
  return asked;
}
