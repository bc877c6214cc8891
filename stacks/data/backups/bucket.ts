/**
 * The backups of a cloud as they lie in its bucket: `APP/ID/` is an export, with `backup.json` when it is whole; `APP/keep.json`
 * the rule that was named last. Looks, and removes what it is told to; it makes no bucket, and reads none that is another
 * account's.
 */
import type { Cloud } from "../../cloud.ts";
import { guarded, s3 } from "../../deploy/clients.ts";
import { whole } from "../../engine/state/spoilt-answers.ts";
import { backupBucketName } from "../../names.ts";
import { bucketPlace } from "../format/bucket.ts";
import { patiently } from "../format/patience.ts";
import type { ExportPlace } from "../format/place.ts";
import {
  type Backup,
  backupRecord,
  begunOf,
  isBackupId,
  type KeepRule,
  type KeptRule,
  keptRule,
  recordFile,
  ruleFile,
} from "./record.ts";

type Made = Awaited<ReturnType<typeof s3>>;

export const bucketOf = ({ name, accountId, region }: Cloud): string =>
  backupBucketName({ cloud: name, accountId, region });

/** One backup as a place of an export. `scratch`: a folder for what is being written. */
export const backupPlace = (
  cloud: Cloud,
  { app, id }: Pick<Backup, "app" | "id">,
  scratch: string,
  signal: AbortSignal,
): Promise<ExportPlace> => bucketPlace(cloud, { bucket: bucketOf(cloud), prefix: `${app}/${id}/` }, scratch, signal);

const atOnce = 8;

/** With a client that goes when it is done; undefined where the cloud has no backups yet. */
async function inBackups<T>(cloud: Cloud, call: (made: Made, Bucket: string) => Promise<T>): Promise<T | undefined> {
  const Bucket = bucketOf(cloud);
  return guarded(cloud, async () => {
    const made = await s3(cloud);
    try {
      const asked = new made.sdk.HeadBucketCommand({ Bucket, ExpectedBucketOwner: cloud.accountId });
      const there = await made.client.send(asked).then(
        () => true,
        (error: Error) => {
          if (!/^(NotFound|NoSuchBucket)$/.test(error.name)) throw error;
          return false;
        },
      );
      return there ? await call(made, Bucket) : undefined;
    } finally {
      made.client.destroy();
    }
  });
}

/** Names of the folders below a prefix. */
async function foldersBelow({ sdk, client }: Made, Bucket: string, Prefix: string): Promise<string[]> {
  const found: string[] = [];
  let ContinuationToken: string | undefined;
  do {
    const page = await client.send(
      new sdk.ListObjectsV2Command({
        Bucket,
        Prefix,
        Delimiter: "/",
        ...(ContinuationToken ? { ContinuationToken } : {}),
      }),
    );
    for (const { Prefix: folder = "" } of page.CommonPrefixes ?? []) found.push(folder.slice(Prefix.length, -1));
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken);
  return found;
}

/** JSON, or undefined where there is none that can be read. */
async function jsonAt({ sdk, client }: Made, Bucket: string, Key: string): Promise<unknown> {
  try {
    const { bytes } = await whole(() => client.send(new sdk.GetObjectCommand({ Bucket, Key })));
    return JSON.parse(bytes.toString());
  } catch (error) {
    if (error instanceof SyntaxError || /^(NoSuchKey|NotFound)$/.test((error as Error).name)) return undefined;
    throw error;
  }
}

/** Of these apps, or of all that have any; by app, the newest first. */
export async function listBackups(cloud: Cloud, apps?: readonly string[]): Promise<Backup[]> {
  const found = await inBackups(cloud, async (made, Bucket) => {
    const owners = apps ?? (await foldersBelow(made, Bucket, ""));
    const ids = await Promise.all(
      owners.map(async (app) =>
        (await foldersBelow(made, Bucket, `${app}/`)).filter(isBackupId).map((id) => ({ app, id })),
      ),
    );
    const asked = ids.flat();
    const backups: Backup[] = [];
    for (let at = 0; at < asked.length; at += atOnce)
      backups.push(...(await Promise.all(asked.slice(at, at + atOnce).map((one) => readBackup(made, Bucket, one)))));
    return backups;
  });
  return (found ?? []).sort((a, b) => (a.app === b.app ? (a.id < b.id ? 1 : -1) : a.app < b.app ? -1 : 1));
}

async function readBackup(made: Made, Bucket: string, { app, id }: Pick<Backup, "app" | "id">): Promise<Backup> {
  const read = backupRecord.safeParse(await jsonAt(made, Bucket, `${app}/${id}/${recordFile}`));
  // A record of somewhere else says nothing of what lies here.
  if (read.success && read.data.app === app && read.data.id === id) return read.data;
  return { app, id, begun: begunOf(id) };
}

export async function rulesOf(cloud: Cloud, apps: readonly string[]): Promise<{ [app: string]: KeptRule }> {
  const found = await inBackups(cloud, (made, Bucket) =>
    Promise.all(
      apps.map(async (app) => {
        const read = keptRule.safeParse(await jsonAt(made, Bucket, `${app}/${ruleFile}`));
        return read.success ? [[app, read.data] as const] : [];
      }),
    ),
  );
  return Object.fromEntries((found ?? []).flat());
}

/** Before it is applied: what is gone by it can be explained. */
export async function noteRule(cloud: Cloud, app: string, rule: KeepRule, now: Date): Promise<void> {
  const Body = JSON.stringify({ rule, at: now.toISOString() } satisfies KeptRule);
  await inBackups(cloud, ({ sdk, client }, Bucket) =>
    client.send(new sdk.PutObjectCommand({ Bucket, Key: `${app}/${ruleFile}`, Body })),
  );
}

/** What makes it whole goes first: interrupted, the rest is one that was never finished. */
export async function dropBackup(cloud: Cloud, { app, id }: Pick<Backup, "app" | "id">, signal: AbortSignal) {
  await inBackups(cloud, async ({ sdk, client }, Bucket) => {
    const Prefix = `${app}/${id}/`;
    await patiently(signal, () => client.send(new sdk.DeleteObjectCommand({ Bucket, Key: `${Prefix}${recordFile}` })));
    for (;;) {
      signal.throwIfAborted();
      const { Contents = [] } = await patiently(signal, () =>
        client.send(new sdk.ListObjectsV2Command({ Bucket, Prefix })),
      );
      if (Contents.length === 0) return;
      const Delete = { Objects: Contents.map(({ Key }) => ({ Key })), Quiet: true };
      await patiently(signal, () => client.send(new sdk.DeleteObjectsCommand({ Bucket, Delete })));
    }
  });
}
