/** Backends of a test's own, in a folder or in a bucket, and resources to put in them. */
import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { systemClock } from "../../../../stacks/engine/clock.ts";
import { type BackendOptions, openBackend } from "../../../../stacks/engine/state/index.ts";
import { startTestCloud } from "../../../support/local-cloud.ts";
import { localStack, reachLocalStack } from "../../../support/localstack.ts";
import { startMoto } from "../../../support/moto.ts";
import { rounds } from "../../../support/tools.ts";

import { keys } from "./things.ts";

export { info, keys, ref, root, rootUrn, thing, urn } from "./things.ts";

/** Time that moves a second a look, so that every history entry has its own. */
export function steppingClock() {
  let at = Date.parse("2026-01-02T03:04:05Z");
  return {
    now: () => {
      at += 1000;
      return at;
    },
    uuid: () => systemClock.uuid(),
  };
}

/** A place for state, and its files seen from outside the engine. Keys begin with `.pulumi/`. */
export interface Place {
  url: string;
  /** For child processes and backends: credentials, when it takes some. */
  env: Record<string, string>;
  open(options?: Partial<BackendOptions>): ReturnType<typeof openBackend>;
  get(key: string): Promise<string | undefined>;
  put(key: string, content: string | Uint8Array): Promise<void>;
  drop(key: string): Promise<void>;
  /** Everything below a folder, sorted. */
  list(folder: string): Promise<string[]>;
  remove(): Promise<void>;
}

export async function folderPlace(): Promise<Place> {
  const dir = await mkdtemp(join(tmpdir(), "freehold-state-"));
  const url = pathToFileURL(dir).href;
  const absent = (error: NodeJS.ErrnoException): undefined => {
    if (error.code !== "ENOENT") throw error;
  };
  return {
    url,
    env: {},
    open: (options) => openBackend(url, { clock: steppingClock(), ...options }),
    get: (key) => readFile(join(dir, key), "utf8").catch(absent),
    async put(key, content) {
      await mkdir(dirname(join(dir, key)), { recursive: true });
      await writeFile(join(dir, key), content);
    },
    drop: async (key) => void (await unlink(join(dir, key)).catch(absent)),
    async list(folder) {
      const found = (await readdir(join(dir, folder), { recursive: true, withFileTypes: true }).catch(absent)) ?? [];
      const files = found.filter((entry) => entry.isFile());
      return files.map(({ parentPath, name }) => join(parentPath, name).slice(join(dir, folder).length + 1)).sort();
    },
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}

type Aws = Awaited<ReturnType<typeof startTestCloud | typeof startMoto | typeof reachLocalStack>>;

/** Buckets of one AWS, which ends with `close`. */
export async function bucketPlaces(start: () => Promise<Aws>) {
  const aws = await start();
  const client = new S3Client({
    endpoint: aws.endpoint,
    region: aws.region,
    credentials: { accessKeyId: aws.env.AWS_ACCESS_KEY_ID, secretAccessKey: aws.env.AWS_SECRET_ACCESS_KEY },
    forcePathStyle: true,
  });
  return {
    close: () => aws.close(),
    async place(): Promise<Place> {
      const Bucket = `state-${randomUUID()}`;
      await client.send(
        new CreateBucketCommand({
          Bucket,
          CreateBucketConfiguration: { LocationConstraint: aws.region as "eu-west-1" },
        }),
      );
      const url = `s3://${Bucket}/some/prefix?region=${aws.region}&endpoint=${aws.endpoint}&s3ForcePathStyle=true&awssdk=v2`;
      const at = (key: string) => ({ Bucket, Key: `some/prefix/${key}` });
      return {
        url,
        env: aws.env,
        open: (options) => openBackend(url, { clock: steppingClock(), env: aws.env, ...options }),
        get: (key) =>
          client.send(new GetObjectCommand(at(key))).then(
            ({ Body }) => Body!.transformToString(),
            (error) => {
              if (error.name !== "NoSuchKey") throw error;
            },
          ) as Promise<string | undefined>,
        put: async (key, content) =>
          void (await client.send(new PutObjectCommand({ ...at(key), Body: Buffer.from(content) }))),
        drop: async (key) => void (await client.send(new DeleteObjectCommand(at(key)))),
        async list(folder) {
          const Prefix = `some/prefix/${folder}/`;
          const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket, Prefix }));
          return Contents.map(({ Key }) => Key!.slice(Prefix.length)).sort();
        },
        remove: async () => undefined,
      };
    },
  };
}

/** Where state is kept, by name: a folder, a bucket of the local cloud; in the long loops and when it is named, others. */
export const stores: { [name: string]: () => Promise<{ place(): Promise<Place>; close(): Promise<void> }> } = {
  "a folder": async () => ({ place: folderPlace, close: async () => undefined }),
  "a bucket": () => bucketPlaces(startTestCloud),
  ...(rounds > 5 ? { "a bucket of moto": () => bucketPlaces(startMoto) } : {}),
  ...(localStack ? { "a bucket of LocalStack": () => bucketPlaces(reachLocalStack) } : {}),
};

export async function temporaryBackend() {
  const place = await folderPlace();
  const dir = new URL(place.url).pathname;
  const open = () => openBackend(place.url, { clock: steppingClock() });
  return {
    dir,
    backend: open(),
    open,
    file: join(dir, keys.checkpoint),
    journal: join(dir, keys.journal),
    locks: join(dir, keys.locks),
    remove: place.remove,
  };
}
