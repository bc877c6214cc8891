/**
 * Physical names: a function of cloud, app and noun alone, so that anything can be found without its state. Parts are
 * joined with `--`, which no name has, so no two meet; what is too long for its service is cut and ends in a hash.
 */
import { createHash } from "node:crypto";
import { appNameLength } from "../blueprints/app-name.ts";

/** The stack of the accounts that a cloud's account pays for. */
export const accountsStack = "accounts";

/** Characters a name may have, by what it names. */
export const nameLimits = { function: 64, role: 64, policy: 128, table: 255, bucket: 63, budget: 100 } as const;

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

function shorten(name: string, limit: number): string {
  if (name.length <= limit) return name;
  return `${name.slice(0, limit - 9).replace(/-+$/, "")}-${sha256(name).slice(0, 8)}`;
}

/** `home--notes--api` */
export function physicalName(cloud: string, app: string, noun: string, limit: number): string {
  return shorten([cloud, app, noun].join("--"), limit);
}

/** Of the role for `exec` on a function; no noun has `--`, so no function's is called so. */
export function execNoun(noun: string): string {
  return `exec--${noun}`;
}

/**
 * Whether every name of the app begins with `CLOUD--APP--`, however long its noun: the boundary tells apps apart by it.
 * A bucket's name leaves the least room.
 */
export function namesFit(cloud: string, app: string): boolean {
  return cloud.length + app.length <= longestTogether;
}

/** Of the cloud's name and the app's: what a bucket's name has beside its hash, both `--` and one letter. */
export const longestTogether = nameLimits.bucket - 11 - 4 - 1;

/** Bucket names are the world's: `home--notes--files-` and ten digits of account, region, cloud and the name itself. */
export function bucketName(
  where: { cloud: string; accountId: string; region: string },
  app: string,
  noun: string,
): string {
  const name = [where.cloud, app, noun].join("--");
  const hash = sha256(`${where.accountId} ${where.region} ${where.cloud} ${name}`).slice(0, 10);
  return `${name.slice(0, nameLimits.bucket - 11).replace(/-+$/, "")}-${hash}`;
}

/** As an app's program calls the bucket of its pages. */
export const siteNoun = "site";

/**
 * Patterns of the buckets of all sites of a cloud and of what is in them. A name ends in the ten digits of its hash; a
 * bucket of an app's that is called site-something has more. Where cloud and app leave no room the noun is cut: then the
 * name is as long as one may be, which tells it from those of other apps, and no longer one begins with it.
 */
export function sitePatterns(cloud: string): string[] {
  const digits = "?".repeat(10);
  const cut = [...siteNoun].slice(1).flatMap((_, at) => {
    const noun = siteNoun.slice(0, at + 1);
    const app = nameLimits.bucket - `${cloud}----${noun}-${digits}`.length;
    return app <= appNameLength.max ? [`${cloud}--${"?".repeat(app)}--${noun}-${digits}*`] : [];
  });
  const whole = `${cloud}--*--${siteNoun}-${digits}`;
  return [whole, `${whole}/*`, ...cut];
}

/** Of the cloud's backups; no app has the foundation's name, so no app's rights reach it. */
export function backupBucketName(where: { cloud: string; accountId: string; region: string }): string {
  return bucketName(where, "foundation", backupsNoun);
}

/** As the foundation's program calls its bucket. */
export const backupsNoun = "backups";

/** What the names of a cloud's state buckets begin with, in any region: `freehold-state-work-`. No app's rights reach it. */
export function stateBucketPrefix(cloud: string): string {
  return `freehold-state-${cloud}-`;
}

/** The bucket an AWS cloud keeps its state in: a function of account, region and cloud, so that anyone finds it again. */
export function stateBucketName(where: { cloud: string; accountId: string; region: string }): string {
  const hash = sha256(`${where.accountId} ${where.region} ${where.cloud} state`).slice(0, 10);
  return `${stateBucketPrefix(where.cloud)}${hash}`;
}

export function statePassphraseParameter(cloud: string): string {
  return `/freehold/${cloud}/foundation/state-passphrase`;
}

/** `/freehold/home/notes/settings/token` */
export function secretParameter(cloud: string, app: string, setting: string): string {
  return `${secretFolder(cloud, app)}/${setting}`;
}

export function secretFolder(cloud: string, app: string): string {
  return `/freehold/${cloud}/${app}/settings`;
}

export function sessionKeyParameter(cloud: string): string {
  return `/freehold/${cloud}/foundation/session-key`;
}

/** The key of an app's `x-freehold-identity`, which its gate and its functions alone may read. */
export function identityKeyParameter(cloud: string, app: string): string {
  return `/freehold/${cloud}/${app}/identity-key`;
}

/** What is installed, a row an app: what the home page shows. */
export function appsTable(cloud: string): string {
  return physicalName(cloud, "foundation", "apps", nameLimits.table);
}

export function logGroupName(functionName: string): string {
  return `/aws/lambda/${functionName}`;
}

export function partitionOf(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}

/** `notes--home.localhost`; each app is a site of its own. */
export function localHost(cloud: string, app: string): string {
  return `${app}--${cloud}.localhost`;
}
