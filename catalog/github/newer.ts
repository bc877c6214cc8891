/**
 * Which tag of a repository is the newest of the kind an app was installed by: `v1.2.0` after `v1.1.0`, `notes@2.0.0`
 * after `notes@1.0.0`. Tags alone are looked at; what they mean is fetched as any other REF is.
 */

import semver from "semver/functions/parse.js";
import compare from "semver/functions/rcompare.js";
import type { Asking } from "./asking.ts";
import { repositoryNamed, tagsOf } from "./questions.ts";
import { isCommit, parseGitHubRef } from "./ref.ts";

/**
 * The REF of the newest tag, or of `version`; what was given where no tag with a version was named, or no other is there.
 * `repositoryId`: another repository of that name is refused. Throws what asking throws.
 */
export async function newestRef(
  asking: Asking,
  ref: string,
  { repositoryId, version }: { repositoryId?: number | undefined; version?: string | undefined },
): Promise<string> {
  const { repository: name, at } = parseGitHubRef(ref);
  const [, prefix, now] = /^(.*?)(\d+\.\d+\.\d+.*)$/.exec(at ?? "") ?? [];
  if (at === undefined || isCommit(at) || prefix === undefined || !semver(now)) return ref;
  const repository = await repositoryNamed(asking, { name, ...(repositoryId !== undefined && { id: repositoryId }) });
  const tags = await tagsOf(asking, repository);
  const versions = tags
    .filter((tag) => tag.name.startsWith(prefix))
    .map((tag) => tag.name.slice(prefix.length))
    .filter((one) => semver(one) && (version === undefined ? isRelease(one) : one === version));
  const [newest] = versions.sort(compare);
  return newest === undefined ? ref : ref.replace(/@.*$/, () => `@${prefix}${newest}`);
}

const isRelease = (version: string): boolean => semver(version)?.prerelease.length === 0;
